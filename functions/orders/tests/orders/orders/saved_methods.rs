//! Orders that are paid with a saved payment method, or whose payment method is to be saved.

use domain::events::OrderPlaced;
use domain::words::pay_with::MethodUse;
use orders::orders::place_order;
use orders::orders::place_order::PlaceOrder;
use serde_json::{Value, json};

use super::place_order::code;
use crate::counter::{Counter, address, guest};
use crate::*;

const SAVED: &str = "pm_1Saved";

/// Opens a counter with a full cart of Ada's, who has saved a payment method.
async fn counter() -> Counter {
    let counter = Counter::abroad().await;
    counter.script().saved = Some(vec![format!("{}/{SAVED}", ada().user_id)]);
    counter.fill_for_spain(&ada()).await;
    counter
}

fn paying(with: &Value) -> Value {
    let mut body = json!({ "expected_total": { "amount": 4180, "currency": "EUR" } });
    body.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    body
}

/// Returns the event of the order that was placed, if any was.
async fn placed(counter: &Counter) -> Option<OrderPlaced> {
    let events = counter.shelf.events().await;
    events.into_iter().find_map(|envelope| match envelope.event {
        Event::Order(OrderEvent::Placed(placed)) => Some(placed),
        _ => None,
    })
}

#[tokio::test]
async fn a_saved_payment_method_is_charged_for_its_customer() {
    let counter = counter().await;
    let body = paying(&json!({ "saved_method": SAVED }));
    let first = counter.check_out(&ada(), "k", body.clone()).await.unwrap();
    assert_eq!(first.status(), 201);
    let placed = placed(&counter).await.unwrap();
    assert_eq!((placed.payment_method.as_ref(), placed.method_use), (SAVED, MethodUse::Saved));
    // It was removed since. The order is placed already.
    counter.script().saved = Some(Vec::new());
    assert_eq!(counter.check_out(&ada(), "k", body).await.unwrap(), first);
}

#[tokio::test]
async fn another_customers_payment_method_is_unknown_and_nothing_is_held() {
    let counter = counter().await;
    counter.fill_for_spain(&signed_in(2)).await;
    let body = paying(&json!({ "saved_method": SAVED }));
    let refused = counter.check_out(&signed_in(2), "k", body.clone()).await;
    assert_eq!(code(refused), "422 payment_method_unknown");
    assert_eq!((counter.held(), counter.shelf.standing(&signed_in(2)).await), (0, None));
    assert_eq!(placed(&counter).await, None);
    assert_eq!(counter.show(&signed_in(2)).await.0.lines.len(), 2, "the cart stays");

    counter.fill_for_spain(&guest(5)).await;
    let mut by_guest = body.clone();
    by_guest["contact"] = json!({ "name": "Ada", "email": "ada@example.com" });
    let refused = counter.check_out(&guest(5), "k", by_guest).await;
    assert_eq!(code(refused), "422 payment_method_unknown", "a guest has saved none");

    counter.script().saved = None;
    assert_eq!(code(counter.check_out(&ada(), "k", body).await), "503 temporarily_unavailable");
    assert_eq!(counter.held(), 0);
}

#[tokio::test]
async fn a_new_payment_method_is_saved_for_an_account_and_not_for_a_guest() {
    let counter = counter().await;
    let body = paying(&json!({ "payment_method": "pm_card_visa", "save_method": true }));
    counter.fill_for_spain(&guest(5)).await;
    let mut by_guest = body.clone();
    by_guest["contact"] = json!({ "name": "Ada", "email": "ada@example.com" });
    assert_eq!(code(counter.check_out(&guest(5), "k", by_guest).await), "403 account_needed_to_save");
    assert_eq!(counter.held(), 0);

    assert_eq!(counter.check_out(&ada(), "k", body).await.unwrap().status(), 201);
    let placed = placed(&counter).await.unwrap();
    assert_eq!((placed.payment_method.as_ref(), placed.method_use), ("pm_card_visa", MethodUse::ToSave));
}

#[tokio::test]
async fn exactly_one_payment_method_is_needed() {
    let counter = counter().await;
    for with in [
        json!({}),
        json!({ "save_method": true }),
        json!({ "payment_method": "pm_card_visa", "saved_method": SAVED }),
    ] {
        let refused = counter.check_out(&ada(), "k", paying(&with)).await;
        assert_eq!(code(refused), "422 payment_method_needed", "{with}");
    }
    assert_eq!(counter.held(), 0);
}

#[tokio::test]
async fn an_order_without_a_cart_is_paid_with_a_saved_payment_method_of_its_customer() {
    let counter = counter().await;
    let order = async |user: SignedIn| {
        let body: PlaceOrder = serde_json::from_value(json!({
            "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "currency": "EUR", "shipping_address": address("ES"),
            "shipping_method": "standard", "saved_method": SAVED,
        }))
        .unwrap();
        let call = Call::new(user, body, now()).with_header("idempotency-key", "k");
        place_order(counter.desk(), call).await
    };
    assert_eq!(code(order(signed_in(2)).await), "422 payment_method_unknown");
    assert_eq!(counter.held(), 0);
    assert_eq!(order(ada()).await.unwrap().status(), 201);
    assert_eq!(placed(&counter).await.unwrap().method_use, MethodUse::Saved);
}
