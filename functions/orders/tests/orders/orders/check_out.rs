//! `check-out`, with scripted product and user services.

use domain::orders::OrderNumber;
use domain::stock::ExpectedPrice;
use domain::words::line::Lines;
use futures::future::join_all;
use orders::orders::check_out;
use orders::orders::check_out::CheckOut;
use orders::orders::rows::{NumberRow, TakenNumber};
use serde_json::{Value, json};

use super::place_order::code;
use crate::counter::{Counter, address, guest};
use crate::*;

fn paying(total: i64) -> Value {
    json!({ "expected_total": { "amount": total, "currency": "EUR" }, "payment_method": "pm_card_visa" })
}

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

#[tokio::test]
async fn what_is_in_the_cart_is_ordered_at_the_total_that_it_showed() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    let reply = counter.check_out(&ada(), "k", paying(4180)).await.unwrap();
    let order = reply.body().unwrap();
    assert_eq!((order.total.amount(), order.tax.amount()), (4180, 652));
    let shipping = order.shipping.as_ref().unwrap();
    assert_eq!(
        (shipping.method.as_str(), shipping.total.amount(), shipping.tax.amount()),
        ("standard", 490, 77)
    );
    let taxes: Vec<_> = order.tax_lines.iter().map(|line| (line.base.amount(), line.tax.amount())).collect();
    assert_eq!(taxes, [(895, 82), (3285, 570)]);
    assert_eq!(order.note.as_ref().unwrap().to_string(), "Ring twice.");
    let order_id = OrderId::derived_from(&[&ada().user_id.to_string(), "k"]);
    assert_eq!((order.order_id, order.number.clone().unwrap()), (order_id, OrderNumber::of(order_id, 0)));
    let events = counter.shelf.events().await;
    let placed = events.iter().find_map(|envelope| match &envelope.event {
        Event::Order(OrderEvent::Placed(placed)) => Some(&placed.order),
        _ => None,
    });
    let placed = placed.unwrap();
    assert_eq!((placed.total.amount(), placed.shipping.unwrap().amount()), (4180, 490));
    assert_eq!(placed.number, order.number.as_ref().map(ToString::to_string));
    let (cart, _) = counter.show(&ada()).await;
    assert_eq!((cart.lines.len(), cart.note), (0, None));
    assert_eq!(cart.shipping_address, Some(order.shipping_address.clone()), "it stays for the next order");
}

#[tokio::test]
async fn a_repeated_request_returns_the_same_order_whatever_is_in_the_cart_by_now() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    let first = counter.check_out(&ada(), "k", paying(4180)).await.unwrap();
    counter.put(&ada(), "CUP-BLUE", 7).await.unwrap();
    assert_eq!(counter.check_out(&ada(), "k", paying(4180)).await.unwrap(), first);
    assert_eq!(code(counter.check_out(&ada(), "k", paying(4181)).await), "422 idempotency_key_reused");
    assert_eq!(counter.show(&ada()).await.0.lines.len(), 1);
}

#[tokio::test]
async fn another_total_holds_nothing_and_comes_with_the_cart() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    let refused = counter.check_out(&ada(), "k", paying(3690)).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (409, "total_changed"));
    assert_eq!(refused.member("cart").unwrap()["quote"]["total"]["amount"], 4180);
    assert_eq!((counter.held(), counter.shelf.standing(&ada()).await), (0, None));
    let corrected = counter.check_out(&ada(), "k", paying(4180)).await.unwrap();
    assert_eq!(corrected.status(), 201, "the same key");
}

#[tokio::test]
async fn a_price_that_changes_at_the_last_moment_holds_nothing() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    counter.script().price_at_reservation = Some(("CUP-BLUE".to_owned(), 1290));
    assert_eq!(code(counter.check_out(&ada(), "k", paying(4180)).await), "409 price_changed");
    assert_eq!(counter.shelf.standing(&ada()).await.unwrap().slots.len(), 0);
    counter.script().price_at_reservation = None;
    assert!(counter.check_out(&ada(), "k", paying(4180)).await.is_ok(), "the same key");
}

#[tokio::test]
async fn too_few_pieces_hold_nothing() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    counter.change("CUP-BLUE", "available", json!(1));
    assert_eq!(code(counter.check_out(&ada(), "k", paying(4180)).await), "409 out_of_stock");
    assert_eq!(counter.held(), 0);
    assert_eq!(counter.shelf.standing(&ada()).await.unwrap().slots.len(), 0);
    counter.change("CUP-BLUE", "available", json!(2));
    assert!(counter.check_out(&ada(), "k", paying(4180)).await.is_ok(), "the same key");
}

/// Holds what is in the cart for the order of this key, as a request does that ends before it writes the order.
async fn hold(counter: &Counter, key: &str) {
    let order_id = OrderId::derived_from(&[&ada().user_id.to_string(), key]);
    let lines = json!([{ "sku": "BEANS-250", "quantity": 1 }, { "sku": "CUP-BLUE", "quantity": 2 }]);
    let lines: Lines = serde_json::from_value(lines).unwrap();
    let price = |sku: &str, amount: i64| ExpectedPrice { sku: sku.parse().unwrap(), unit_price: eur(amount) };
    let prices = [price("BEANS-250", 790), price("CUP-BLUE", 1450)];
    let held = counter.products.reserve(order_id, Currency::EUR, &lines, &prices, &Cause::new("test")).await;
    assert_eq!(held.unwrap().order_id, order_id);
}

#[tokio::test]
async fn a_retry_orders_the_last_pieces_which_its_first_try_holds() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    hold(&counter, "k").await;
    counter.change("CUP-BLUE", "available", json!(0));
    assert_eq!(code(counter.check_out(&ada(), "another", paying(4180)).await), "409 out_of_stock");
    assert_eq!(counter.check_out(&ada(), "k", paying(4180)).await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_cart_that_changed_after_its_pieces_were_held_is_not_ordered() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    hold(&counter, "k").await;
    counter.put(&ada(), "CUP-BLUE", 1).await.unwrap();
    assert_eq!(code(counter.check_out(&ada(), "k", paying(2730)).await), "409 cart_changed");
    assert!(counter.check_out(&ada(), "another", paying(2730)).await.is_ok());
}

#[tokio::test]
async fn a_guest_who_has_an_account_by_now_is_told_to_sign_in() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&guest(5)).await;
    counter.shelf.merge(&guest(5), now()).await.unwrap();
    let contact = json!({ "name": "Ada", "email": "ada@example.com" });
    let late = counter.check_out(&guest(5), "k", with(paying(4180), "contact", contact)).await;
    assert_eq!(code(late), "409 guest_merged");
    assert_eq!(counter.held(), 0);
}

#[tokio::test]
async fn each_refusal_holds_nothing() {
    let counter = Counter::abroad().await;
    let refused = async |who: &SignedIn, body| code(counter.check_out(who, "k", body).await);
    assert_eq!(refused(&ada(), paying(4180)).await, "422 cart_empty");
    counter.fill(&ada()).await;
    assert_eq!(refused(&ada(), paying(3690)).await, "422 address_needed");
    counter.patch(&ada(), json!({ "shipping_address": address("ES") })).await.unwrap();
    assert_eq!(refused(&ada(), paying(3690)).await, "422 shipping_not_available");
    counter.patch(&ada(), json!({ "shipping_method": "standard" })).await.unwrap();
    assert_eq!(refused(&ada(), with(paying(4180), "cart_version", json!(1))).await, "409 cart_changed");
    counter.change("CUP-BLUE", "for_sale", json!(false));
    assert_eq!(refused(&ada(), paying(4180)).await, "422 unknown_sku");
    counter.change("CUP-BLUE", "for_sale", json!(true));
    counter.shelf.set("policy", "main", json!({ "terms_version": "2026-11" })).await;
    assert_eq!(refused(&ada(), paying(4180)).await, "422 terms_not_accepted");
    let accepted = with(paying(4180), "terms_version", json!("2026-11"));
    assert_eq!(refused(&ada(), with(accepted.clone(), "cart_version", json!(1))).await, "409 cart_changed");
    counter.fill_for_spain(&guest(5)).await;
    assert_eq!(refused(&guest(5), accepted.clone()).await, "422 contact_needed");
    assert_eq!((counter.held(), counter.shelf.standing(&ada()).await), (0, None));
    let placed = counter.check_out(&ada(), "k", accepted).await.unwrap();
    assert_eq!(placed.body().unwrap().terms_version.as_ref().unwrap().to_string(), "2026-11");
}

#[tokio::test]
async fn a_guest_orders_with_a_contact() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&guest(5)).await;
    let contact = json!({ "name": "Ada", "email": "ada@example.com" });
    let placed = counter.check_out(&guest(5), "k", with(paying(4180), "contact", contact)).await.unwrap();
    assert_eq!(placed.status(), 201);
}

/// A double click on "Order and pay", and a client that is in a hurry.
#[tokio::test]
async fn the_same_request_many_times_at_once_is_one_order() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    let who = ada();
    let replies = join_all((0..50).map(|_| counter.check_out(&who, "k", paying(4180)))).await;
    let (placed, refused): (Vec<_>, Vec<_>) = replies.into_iter().partition(Result::is_ok);
    let placed: Vec<_> = placed.into_iter().map(Result::unwrap).collect();
    assert!(placed.iter().all(|reply| *reply == placed[0]), "one order, with one number");
    assert!(!placed.is_empty());
    // Those whose rows stayed busy try again. None is told that the cart is empty, which the first has emptied.
    let refused: Vec<_> = refused.into_iter().map(code).collect();
    assert!(refused.iter().all(|code| code.starts_with("503 ")), "{refused:?}");
    let rows =
        counter.shelf.table.client().scan().table_name(counter.shelf.table.name()).send().await.unwrap();
    let of_kind = |kind: &str| rows.items().iter().filter(|row| row["row"].as_s().unwrap() == kind).count();
    assert_eq!((of_kind("order"), of_kind("order_number")), (1, 1));
}

#[tokio::test]
async fn two_requests_with_different_keys_order_the_cart_once() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    assert!(counter.check_out(&ada(), "a", paying(4180)).await.is_ok());
    assert_eq!(code(counter.check_out(&ada(), "b", paying(4180)).await), "422 cart_empty");
}

#[tokio::test]
async fn an_order_whose_number_is_taken_has_the_next() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    let order_id = OrderId::derived_from(&[&ada().user_id.to_string(), "k"]);
    let taken = TakenNumber {
        number: OrderNumber::of(order_id, 0),
        order_id: OrderId::from_parts(0, 1),
        placed_at: now(),
    };
    let table = Table::new(counter.shelf.table.client().clone(), counter.shelf.table.name());
    let tick = Tick::new(now(), Cause::new("test"));
    table.create(&tick, Change::<NumberRow>::to(taken), None, || Error::Busy).await.unwrap();
    let placed = counter.check_out(&ada(), "k", paying(4180)).await.unwrap();
    assert_eq!(placed.body().unwrap().number, Some(OrderNumber::of(order_id, 1)));
}

#[tokio::test]
async fn check_out_keeps_to_the_budget() {
    let counter = Counter::abroad().await;
    counter.fill_for_spain(&ada()).await;
    let desk = counter.desk();
    desk.settings.at(now()).await.unwrap();
    let check_out_for = async |total: i64| {
        let body: CheckOut = serde_json::from_value(paying(total)).unwrap();
        check_out(desk.clone(), Call::new(ada(), body, now()).with_header("idempotency-key", "k")).await
    };
    drop(counter.shelf.table.used());
    check_out_for(3690).await.unwrap_err();
    assert_eq!(counter.shelf.table.used(), "2 read, 0 written: 2 GetItem", "check-out: another total");
    check_out_for(4180).await.unwrap();
    assert_eq!(
        counter.shelf.table.used(),
        "3 read, 15 written: 3 GetItem, PutItem, TransactWriteItems",
        "check-out"
    );
    check_out_for(4180).await.unwrap();
    assert_eq!(counter.shelf.table.used(), "1 read, 0 written: GetItem", "check-out: the same request again");
}
