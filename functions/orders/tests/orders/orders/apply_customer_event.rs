//! `apply-customer-event`.

use domain::events::{OrderReowned, PasswordChanged, UserErased, UserEvent, UserMerged};
use domain::orders::standing::WRITTEN_WITHIN;
use edge::queue::Failure;
use edge::{List, Problem};
use orders::orders::apply_customer_event;

use super::place_order::{Checkout, body, reservation};
use crate::*;

/// The account whose owner Ada, who orders as a guest here, turns out to be.
fn account() -> SignedIn {
    signed_in(2)
}

fn merged(from: &SignedIn) -> Envelope {
    let merged = UserMerged { from: from.user_id, into: account().user_id };
    Cause::new("test").envelope(Event::User(UserEvent::Merged(merged)), now())
}

impl Shelf {
    /// Delivers that a guest has an account.
    pub async fn merge(&self, from: &SignedIn, now: Timestamp) -> Result<(), Failure> {
        apply_customer_event(self.orders.clone(), Delivery::new(merged(from), now)).await
    }

    /// Delivers that a customer's account was erased.
    pub async fn erase(&self, customer: &SignedIn) -> Result<(), Failure> {
        let erased = UserEvent::Erased(UserErased { user_id: customer.user_id });
        let event = Cause::new("test").envelope(Event::User(erased), now());
        apply_customer_event(self.orders.clone(), Delivery::new(event, now())).await
    }

    /// Places three orders of Ada's, one of which is paid and one cancelled since. Returns them as they were placed.
    async fn unpaid_paid_and_cancelled(&self) -> [Order; 3] {
        let unpaid = self.placed(1, SignedDuration::ZERO).await;
        let paid = self.placed(2, SignedDuration::from_secs(1)).await;
        let cancelled = self.placed(3, SignedDuration::from_secs(2)).await;
        self.deliver(Event::Payment(PaymentEvent::Captured(outcome(&paid)))).await;
        let call = Call::new(ada(), Optional::default(), now()).with_path("order_id", cancelled.order_id);
        cancel_order(self.in_force(), call).await.unwrap();
        [unpaid, paid, cancelled]
    }

    async fn listed(&self, caller: SignedIn) -> Vec<Order> {
        let call = Call::new(caller, NoBody, now()).with_query("limit=100").unwrap();
        let List { items, .. } =
            list_orders(self.orders.clone(), call).await.unwrap().body().unwrap().clone();
        items.into_iter().map(|view| view.order).collect()
    }

    /// Claims a slot for an order of Ada, as the request that places it does first.
    async fn claim(&self, order_id: OrderId, now: Timestamp) -> Result<u64, Problem> {
        let tick = Tick::new(now, Cause::new("test"));
        self.orders.claim_slot(ada().user_id, order_id, &tick).await
    }

    /// Returns the orders that have another owner, as events say.
    async fn reowned(&self) -> Vec<OrderReowned> {
        let events = self.events().await.into_iter().filter_map(|envelope| match envelope.event {
            Event::Order(OrderEvent::Reowned(order)) => Some(order),
            _ => None,
        });
        let mut reowned: Vec<_> = events.collect();
        reowned.sort_by_key(|order| order.order_id);
        reowned
    }
}

fn reowned(orders: &[&Order]) -> Vec<OrderReowned> {
    let user_id = account().user_id;
    orders.iter().map(|order| OrderReowned { order_id: order.order_id, user_id }).collect()
}

#[tokio::test]
async fn all_orders_of_a_guest_become_the_accounts() {
    let shelf = shelf().await;
    let [unpaid, paid, cancelled] = shelf.unpaid_paid_and_cancelled().await;
    let before = shelf.listed(ada()).await;
    let own = shelf.listed(account()).await;
    assert_eq!((before.len(), own.len()), (3, 0));

    let later = now() + SignedDuration::from_mins(1);
    shelf.merge(&ada(), later).await.unwrap();
    assert_eq!(shelf.listed(ada()).await, []);
    let user_id = account().user_id;
    let expected: Vec<_> =
        before.into_iter().map(|order| Order { user_id, updated_at: later, ..order }).collect();
    assert_eq!(shelf.listed(account()).await, expected, "and nothing else has changed");
    assert_eq!(shelf.reowned().await, reowned(&[&unpaid, &paid, &cancelled]));

    let get = |caller| {
        let call = Call::new(caller, NoBody, later).with_path("order_id", unpaid.order_id);
        get_order((shelf.in_force(), absent_users()), call.with_query("").unwrap())
    };
    assert_eq!(get(ada()).await.unwrap_err().code(), "order_not_found");
    assert!(get(account()).await.is_ok());
    let call = Call::new(account(), Optional::default(), later).with_path("order_id", unpaid.order_id);
    assert!(cancel_order(shelf.in_force(), call).await.is_ok(), "the account's owner cancels it");
}

#[tokio::test]
async fn a_duplicate_event_changes_nothing() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let event = merged(&ada());
    for _ in 0..2 {
        apply_customer_event(shelf.orders.clone(), Delivery::new(event.clone(), now())).await.unwrap();
    }
    shelf.merge(&ada(), now()).await.unwrap();
    assert_eq!(shelf.state(&order).await.2, 2, "written once");
    assert_eq!(shelf.reowned().await, reowned(&[&order]));
}

#[tokio::test]
async fn an_order_of_another_customer_is_not_touched() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.merge(&signed_in(3), now()).await.unwrap();
    assert_eq!(shelf.listed(ada()).await, [order]);
    assert_eq!((shelf.listed(account()).await, shelf.reowned().await), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn more_orders_than_a_page_all_become_the_accounts() {
    let shelf = shelf().await;
    for number in 1..=101 {
        shelf.placed(number, SignedDuration::from_secs(i64::try_from(number).unwrap())).await;
    }
    shelf.merge(&ada(), now()).await.unwrap();
    assert_eq!(shelf.listed(ada()).await, []);
    assert_eq!(shelf.reowned().await.len(), 101);
}

#[tokio::test]
async fn an_order_that_does_not_decode_fails_the_delivery_and_delays_no_other() {
    let shelf = shelf().await;
    let broken = shelf.placed(1, SignedDuration::ZERO).await;
    let sound = shelf.placed(2, SignedDuration::ZERO).await;
    shelf.breaks(&broken).await;
    let failure = shelf.merge(&ada(), now()).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "the row ORDER#ord_00000000000000000000000001|ORDER does not decode at `.`"
    );
    assert_eq!(shelf.reowned().await, reowned(&[&sound]));
}

/// A request of the guest has claimed its slot before the guest was merged, and writes its order afterwards.
#[tokio::test]
async fn an_order_that_is_being_placed_fails_the_delivery_until_it_is_written() {
    let shelf = shelf().await;
    shelf.claim(OrderId::from_parts(0, 1), now()).await.unwrap();
    let done = shelf.placed(2, SignedDuration::ZERO).await;
    let failure = shelf.merge(&ada(), now()).await.unwrap_err();
    assert_eq!(failure.to_string(), "the order ord_00000000000000000000000001 may still be written");
    assert_eq!(shelf.reowned().await, reowned(&[&done]), "the others do not wait for it");
    let written = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.merge(&ada(), now() + SignedDuration::from_secs(2)).await.unwrap();
    assert_eq!(shelf.reowned().await, reowned(&[&written, &done]));
}

#[tokio::test]
async fn an_order_that_was_never_written_is_waited_for_no_longer_than_a_minute() {
    let shelf = shelf().await;
    shelf.claim(OrderId::from_parts(0, 1), now()).await.unwrap();
    shelf.merge(&ada(), now() + WRITTEN_WITHIN - SignedDuration::from_secs(1)).await.unwrap_err();
    shelf.merge(&ada(), now() + WRITTEN_WITHIN).await.unwrap();
    assert_eq!(shelf.reowned().await, []);
}

/// Its slot leads to it, as long as the index of the guest's orders does not show it.
#[tokio::test]
async fn an_order_that_the_index_does_not_show_yet_is_found_by_its_slot() {
    let shelf = shelf().await;
    let order_id = OrderId::from_parts(0, 1);
    shelf.claim(order_id, now()).await.unwrap();
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.hides(&order).await;
    assert_eq!(shelf.listed(ada()).await, []);
    shelf.merge(&ada(), now()).await.unwrap();
    assert_eq!(shelf.reowned().await, reowned(&[&order]));
    assert_eq!(shelf.listed(account()).await.len(), 1);
}

#[tokio::test]
async fn a_guest_who_was_merged_places_no_order() {
    let checkout = Checkout::open().await;
    checkout.script([reservation("held")]);
    checkout.order("before", &body(), now()).await.unwrap();
    checkout.shelf.merge(&ada(), now()).await.unwrap();
    let refused = checkout.order("after", &body(), now()).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (409, "guest_merged"));
    assert_eq!(checkout.shelf.listed(account()).await.len(), 1);
}

/// Both write the order's row. Neither loses what the other has written.
#[tokio::test]
async fn a_payment_that_is_captured_meanwhile_confirms_the_order() {
    let shelf = shelf().await;
    let mut orders = Vec::new();
    for number in 1..=5 {
        orders.push(shelf.placed(number, SignedDuration::ZERO).await);
    }
    let captures =
        orders.iter().map(|order| shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(order)))));
    let (moved, _) =
        futures::future::join(shelf.merge(&ada(), now()), futures::future::join_all(captures)).await;
    moved.unwrap();
    for order in &orders {
        assert_eq!(shelf.state(order).await, (OrderStatus::Confirmed, PaymentStatus::Captured, 3));
    }
    assert_eq!(shelf.listed(account()).await.len(), 5);
    assert_eq!(shelf.reowned().await, reowned(&orders.iter().collect::<Vec<_>>()));
}

#[tokio::test]
async fn a_decline_after_the_merger_counts_against_the_account() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.merge(&ada(), now()).await.unwrap();
    shelf.deliver(failed(&order)).await;
    assert_eq!(shelf.state(&order).await.0, OrderStatus::PaymentFailed);
    assert_eq!(shelf.standing(&account()).await.map(|standing| standing.declines.len()), Some(1));
    assert_eq!(shelf.standing(&ada()).await.map(|standing| standing.declines.len()), Some(0));
}

#[tokio::test]
async fn an_event_of_another_queue_is_an_error() {
    let shelf = shelf().await;
    let changed = Event::User(UserEvent::PasswordChanged(PasswordChanged { user_id: ada().user_id }));
    let delivery = Delivery::new(Cause::new("test").envelope(changed, now()), now());
    let refused = apply_customer_event(shelf.orders.clone(), delivery).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this consumer does not handle events of type bodega.user.password_changed.v1"
    );
}

#[test]
fn the_sample_event_is_a_merged_guest() {
    let sample = include_str!("../../../../../events/apply-customer-event.json");
    let batch: serde_json::Value = serde_json::from_str(sample).unwrap();
    let envelope: Envelope = serde_json::from_str(batch["Records"][0]["body"].as_str().unwrap()).unwrap();
    assert!(matches!(envelope.event, Event::User(UserEvent::Merged(_))));
}

#[tokio::test]
async fn of_an_erased_customer_only_what_was_sold_keeps_its_address() {
    let shelf = shelf().await;
    let [unpaid, paid, cancelled] = shelf.unpaid_paid_and_cancelled().await;
    let events = shelf.events().await.len();
    for time in ["the first", "and once more"] {
        shelf.erase(&ada()).await.unwrap();
        for order in [&unpaid, &paid] {
            let found = shelf.orders.get(order.order_id).await.unwrap().unwrap();
            assert_eq!(found.value.shipping_address, order.shipping_address, "{time}");
        }
        let found = shelf.orders.get(cancelled.order_id).await.unwrap().unwrap();
        assert_eq!(found.value.shipping_address.city.as_ref(), "erased", "{time}");
        assert_eq!(found.value.shipping_address.country, cancelled.shipping_address.country);
        assert_eq!(shelf.events().await.len(), events, "no other service has to be told");
    }
}
