//! A customer's standing at checkout: unpaid orders, which hold stock for nothing, and declined payments, by which
//! somebody tests stolen cards. Both are limited per customer.
//!
//! A slot is claimed before stock is reserved, so it also covers stock that was reserved for an order that was never
//! written. Slots are not given back when an order ends: the next checkout that needs one looks at the orders that hold
//! them. So no path by which an order ends can forget a slot, and no crash can leave one behind
//! (docs/decisions/0030-slots-for-unpaid-orders.md).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Order, OrderRefusal};
use crate::words::hold::{GRACE, HOLD};
use crate::words::id::{OrderId, UserId};

/// Maximum number of unpaid orders per customer.
pub const MAX_UNPAID: usize = 3;

/// Maximum number of declined payments per customer within [`DECLINES_COUNT_FOR`].
pub const MAX_DECLINES: usize = 5;

/// How long a decline counts.
pub const DECLINES_COUNT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// An order is written within this time after its slot was claimed, or never: the function that claimed it ends after
/// ten seconds, and another request for the order claims the slot again.
pub const WRITTEN_WITHIN: SignedDuration = SignedDuration::from_mins(1);

/// Longer than anything here matters: declines count for a day, and the access tokens of a guest who was merged end
/// after minutes.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a customer holds and has failed to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The customer.
    pub user_id: UserId,
    /// The orders that hold stock, or may do so.
    pub slots: Vec<Slot>,
    /// Number of slots claimed so far, which tells two claims for one order apart.
    pub claims: u64,
    /// The latest declined payments, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declines: Vec<Decline>,
    /// The account that this customer, a guest until then, has turned out to own. Their orders are its orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<UserId>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A slot for an unpaid order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The order, which is written after its slot is claimed.
    pub order_id: OrderId,
    /// The claim's number.
    pub claim: u64,
    /// By then, stock that was reserved for the order is released even if the order was never written.
    pub until: Timestamp,
}

/// A declined payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// The order.
    pub order_id: OrderId,
    /// When it was declined.
    pub at: Timestamp,
}

impl Slot {
    fn until(claimed_at: Timestamp) -> Timestamp {
        claimed_at + HOLD + GRACE
    }

    fn claimed_at(&self) -> Timestamp {
        self.until - HOLD - GRACE
    }
}

impl Standing {
    /// Creates the standing of a customer who has not ordered yet.
    #[must_use]
    pub fn new(user_id: UserId, now: Timestamp) -> Self {
        Self {
            user_id,
            slots: Vec::new(),
            claims: 0,
            declines: Vec::new(),
            merged_into: None,
            updated_at: now,
        }
    }

    /// Returns whether a slot for the order is free. If not, [`without_ended`](Self::without_ended) may free some.
    #[must_use]
    pub fn has_slot_for(&self, order_id: OrderId, now: Timestamp) -> bool {
        self.others(order_id).count() < self.allowed(now)
    }

    /// Frees the slots of orders that have ended, and of those that can no longer be written. `found` are the orders in
    /// the slots, as far as they exist.
    #[must_use]
    pub fn without_ended(mut self, found: &[Order], now: Timestamp) -> Self {
        self.slots.retain(|slot| match found.iter().find(|order| order.order_id == slot.order_id) {
            Some(order) if order.is_understood() => order.is_open(),
            Some(_) | None => now < slot.until,
        });
        self
    }

    /// Claims a slot for an order. A repeated claim for the same order takes no second slot.
    ///
    /// # Errors
    /// If the customer has too many unpaid orders, or too many declined payments, or was a guest who has an account now.
    pub fn claim(mut self, order_id: OrderId, now: Timestamp) -> Result<Self, OrderRefusal> {
        if self.merged_into.is_some() {
            return Err(OrderRefusal::GuestMerged);
        }
        if self.recent_declines(now) >= MAX_DECLINES {
            return Err(OrderRefusal::TooManyDeclines);
        }
        if !self.has_slot_for(order_id, now) {
            return Err(OrderRefusal::TooManyOpenOrders);
        }
        self.claims += 1;
        self.slots.retain(|slot| slot.order_id != order_id);
        self.slots.push(Slot { order_id, claim: self.claims, until: Slot::until(now) });
        Ok(Self { updated_at: now, ..self })
    }

    /// Gives a slot back because the order was refused and holds no stock. Returns `None` if the slot was claimed again
    /// since: then another request for the same order may hold stock.
    #[must_use]
    pub fn release(&self, order_id: OrderId, claim: u64, now: Timestamp) -> Option<Self> {
        let is_this = |slot: &Slot| slot.order_id == order_id && slot.claim == claim;
        self.slots.iter().any(is_this).then(|| {
            let slots = self.slots.iter().filter(|slot| !is_this(slot)).cloned().collect();
            Self { slots, updated_at: now, ..self.clone() }
        })
    }

    /// Counts an order's declined payment. Returns `None` if it is counted already.
    #[must_use]
    pub fn decline(&self, order_id: OrderId, now: Timestamp) -> Option<Self> {
        if self.declines.iter().any(|decline| decline.order_id == order_id) {
            return None;
        }
        let mut declines = self.declines.clone();
        declines.retain(|decline| counts(decline, now));
        declines.push(Decline { order_id, at: now });
        Some(Self { declines, updated_at: now, ..self.clone() })
    }

    /// Records that the customer was a guest whose orders become those of the account `into`. From then on no slot can be
    /// claimed, so no order is placed that nobody would move: a guest's access token outlives the guest by minutes.
    /// Returns `None` if this is recorded already.
    #[must_use]
    pub fn merge(&self, into: UserId, now: Timestamp) -> Option<Self> {
        let is_new = self.merged_into.is_none() && into != self.user_id;
        is_new.then(|| Self { merged_into: Some(into), updated_at: now, ..self.clone() })
    }

    /// Returns whether the order has a slot that was claimed so recently that the order may still be written.
    #[must_use]
    pub fn may_be_written(&self, order_id: OrderId, now: Timestamp) -> bool {
        let slots = self.slots.iter().filter(|slot| slot.order_id == order_id);
        slots.map(Slot::claimed_at).any(|claimed_at| now < claimed_at + WRITTEN_WITHIN)
    }

    /// Returns when the record can be deleted.
    #[must_use]
    pub fn kept_until(&self) -> Timestamp {
        self.updated_at + KEPT
    }

    /// Each unpaid order may be declined, so a customer close to the limit of declines gets fewer slots.
    fn allowed(&self, now: Timestamp) -> usize {
        MAX_UNPAID.min(MAX_DECLINES.saturating_sub(self.recent_declines(now)))
    }

    fn recent_declines(&self, now: Timestamp) -> usize {
        self.declines.iter().filter(|decline| counts(decline, now)).count()
    }

    fn others(&self, order_id: OrderId) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(move |slot| slot.order_id != order_id)
    }
}

fn counts(decline: &Decline, now: Timestamp) -> bool {
    now.duration_since(decline.at) < DECLINES_COUNT_FOR
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::orders::PaymentNews;
    use crate::orders::tests::placed_as;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn id(number: u8) -> OrderId {
        OrderId::from_parts(0, u128::from(number))
    }

    fn standing() -> Standing {
        Standing::new(UserId::from_parts(0, 1), at(0))
    }

    #[test]
    fn a_fourth_unpaid_order_is_refused_until_one_has_ended() {
        let three = (1..=3).fold(standing(), |standing, number| standing.claim(id(number), at(0)).unwrap());
        assert_eq!(three.clone().claim(id(4), at(1)), Err(OrderRefusal::TooManyOpenOrders));
        assert!(three.clone().claim(id(2), at(1)).is_ok(), "the same order");
        let paid = placed_as(id(2)).apply_payment(PaymentNews::Captured, 1, at(1)).unwrap().order;
        let orders = [placed_as(id(1)), paid];
        let two = three.clone().without_ended(&orders, at(1));
        assert_eq!(two.slots.iter().map(|slot| slot.order_id).collect::<Vec<_>>(), [id(1), id(3)]);
        assert!(two.claim(id(4), at(1)).is_ok());
        // The third was never written, so its stock is released after the grace period.
        let late = at(0) + HOLD + GRACE;
        let slots = three.without_ended(&orders, late).slots;
        assert_eq!(slots.iter().map(|slot| slot.order_id).collect::<Vec<_>>(), [id(1)]);
    }

    #[test]
    fn a_slot_that_was_claimed_again_is_not_given_back() {
        let first = standing().claim(id(1), at(0)).unwrap();
        let again = first.clone().claim(id(1), at(0)).unwrap();
        assert_eq!(again.release(id(1), first.claims, at(1)), None);
        assert_eq!(again.release(id(1), again.claims, at(1)).unwrap().slots, []);
    }

    #[test]
    fn five_declines_within_a_day_end_the_checkout_for_a_day() {
        let decline = |standing: Standing, number| standing.decline(id(number), at(0)).unwrap();
        let four = (1..=4).fold(standing(), decline);
        assert_eq!(four.decline(id(4), at(1)), None, "counted once");
        let one_slot = four.clone().claim(id(5), at(1)).unwrap();
        assert_eq!(one_slot.claim(id(6), at(1)), Err(OrderRefusal::TooManyOpenOrders));
        let five = decline(four, 5);
        assert_eq!(five.clone().claim(id(6), at(1)), Err(OrderRefusal::TooManyDeclines));
        assert!(five.claim(id(6), at(0) + DECLINES_COUNT_FOR).is_ok());
    }

    fn account() -> UserId {
        UserId::from_parts(0, 2)
    }

    #[test]
    fn a_merged_guest_claims_no_slot() {
        let claimed = standing().claim(id(1), at(0)).unwrap();
        let merged = claimed.merge(account(), at(1)).unwrap();
        assert_eq!(merged, Standing { merged_into: Some(account()), updated_at: at(1), ..claimed.clone() });
        for order in [id(1), id(2)] {
            assert_eq!(merged.clone().claim(order, at(2)), Err(OrderRefusal::GuestMerged), "{order}");
        }
        let text = OrderRefusal::GuestMerged.to_string();
        assert_eq!(text, "the guest has become a customer with an account; sign in");
        assert_eq!(merged.merge(account(), at(2)), None, "again");
        assert_eq!(claimed.merge(claimed.user_id, at(1)), None, "nobody is merged into themselves");
        let released = merged.release(id(1), claimed.claims, at(2)).unwrap();
        assert_eq!((released.slots.len(), released.merged_into), (0, Some(account())));
        assert_eq!(merged.decline(id(1), at(2)).unwrap().merged_into, Some(account()));
    }

    #[test]
    fn an_order_may_be_written_for_a_minute_after_its_slot_was_claimed() {
        let claimed = standing().claim(id(1), at(0)).unwrap().claim(id(2), at(30)).unwrap();
        let merged = claimed.merge(account(), at(31)).unwrap();
        let may = |number, second| merged.may_be_written(id(number), at(second));
        assert_eq!((may(1, 59), may(1, 60), may(2, 89), may(2, 90)), (true, false, true, false));
        assert!(!may(3, 0), "it has no slot");
    }

    #[derive(Debug, Clone)]
    enum Step {
        /// A request claims a slot and writes its order, unless it dies in between.
        Place(u8, bool),
        Refuse(u8),
        Pay(u8),
        Decline(u8),
        Cancel(u8),
        Wait(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        let number = || 0..12u8;
        prop_oneof![
            6 => (number(), any::<bool>()).prop_map(|(number, dies)| Step::Place(number, dies)),
            1 => number().prop_map(Step::Refuse),
            2 => number().prop_map(Step::Pay),
            2 => number().prop_map(Step::Decline),
            1 => number().prop_map(Step::Cancel),
            1 => (0..4000i64).prop_map(Step::Wait),
        ]
    }

    proptest! {
        /// No sequence of requests, payments and crashes gives a customer more unpaid orders or declines than allowed.
        #[test]
        fn unpaid_orders_and_declines_stay_within_their_limits(steps in prop::collection::vec(step(), 0..60)) {
            let (mut standing, mut now) = (standing(), 0);
            let mut orders: BTreeMap<u8, Order> = BTreeMap::new();
            let mut declined: Vec<i64> = Vec::new();
            for step in steps {
                let news = match step {
                    Step::Place(number, dies) => {
                        if orders.contains_key(&number) {
                            continue;
                        }
                        let found: Vec<Order> = orders.values().cloned().collect();
                        let freed = standing.clone().without_ended(&found, at(now));
                        let Ok(claimed) = freed.claim(id(number), at(now)) else { continue };
                        standing = claimed;
                        if !dies {
                            orders.insert(number, placed_as(id(number)));
                        }
                        None
                    }
                    Step::Refuse(number) => {
                        let claim = standing.slots.iter().find(|slot| slot.order_id == id(number));
                        if let Some(claim) = claim.filter(|_| !orders.contains_key(&number)) {
                            standing = standing.release(id(number), claim.claim, at(now)).unwrap();
                        }
                        None
                    }
                    Step::Wait(seconds) => {
                        now += seconds;
                        None
                    }
                    Step::Cancel(number) => {
                        if let Some(Ok(Some(change))) = orders.get(&number).map(|order| order.cancel(at(now))) {
                            orders.insert(number, change.order);
                        }
                        None
                    }
                    Step::Pay(number) => Some((number, PaymentNews::Captured)),
                    Step::Decline(number) => Some((number, PaymentNews::Failed)),
                };
                if let Some((number, news)) = news {
                    let Some(order) = orders.get(&number) else { continue };
                    let was_open = order.is_open();
                    let Some(change) = order.apply_payment(news, 1, at(now)) else { continue };
                    orders.insert(number, change.order);
                    if news == PaymentNews::Failed && was_open {
                        standing = standing.decline(id(number), at(now)).unwrap();
                        declined.push(now);
                    }
                }
                let open: Vec<u8> = orders.iter().filter(|(_, order)| order.is_open()).map(|(number, _)| *number).collect();
                prop_assert!(open.len() <= MAX_UNPAID);
                prop_assert!(standing.slots.len() <= MAX_UNPAID);
                for number in open {
                    prop_assert!(standing.slots.iter().any(|slot| slot.order_id == id(number)), "{number} has no slot");
                }
                let day = DECLINES_COUNT_FOR.as_secs();
                prop_assert!(declined.iter().filter(|at| now - **at < day).count() <= MAX_DECLINES);
            }
        }
    }
}
