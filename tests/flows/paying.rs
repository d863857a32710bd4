//! Customers who confirm a payment with their bank, and what the payment gateway reports of it.

use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use tests::{Customer, Shop, webhook};

const ASKS: &str = "pm_card_authenticationRequired";

/// Returns the path of an order's payment.
fn payment_of(order: &Value) -> String {
    format!("/payments/{}", order["payment_id"].as_str().expect("an id"))
}

/// Returns an order as its customer sees it now: its status and its payment's.
async fn state(customer: &Customer<'_>, order: &Value) -> (String, String) {
    let path = format!("/orders/{}", order["order_id"].as_str().expect("an id"));
    let order = customer.get(&path).await.body;
    let text = |field: &str| order[field].as_str().expect("a status").to_owned();
    (text("status"), text("payment_status"))
}

fn confirmed() -> (String, String) {
    ("confirmed".to_owned(), "captured".to_owned())
}

/// Answers on the page that the customer's bank would have. Returns where it leads to.
async fn answer_on_the_page(customer: &Customer<'_>, order: &Value, outcome: &str) -> String {
    let action = customer.get(&format!("{}/action", payment_of(order))).await;
    assert_eq!((action.status, &action.body["type"]), (200, &json!("stripe")), "{action:?}");
    let page = action.body["redirect_url"].as_str().expect("a page");
    let browser = Client::builder().redirect(Policy::none()).build().expect("a browser");
    let shown = browser.get(page).send().await.expect("an answer").text().await.expect("a page");
    assert!(shown.contains("36.90 EUR"), "{shown}");
    let (url, secret) = page.split_once("?client_secret=").expect("a client secret");
    assert_eq!(action.body["client_secret"], secret);
    let form = format!("client_secret={secret}&outcome={outcome}");
    let led = browser.post(url).body(form).send().await.expect("an answer");
    let back = led.headers()["location"].to_str().expect("a URL").to_owned();
    assert!(back.starts_with(action.body["return_url"].as_str().expect("a URL")), "{back}");
    back
}

fn assert_no_client_secret_was_logged(shop: &Shop) {
    let log = shop.log();
    let line = log.iter().find(|line| line.line.contains("_secret_"));
    assert!(line.is_none(), "{line:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_confirmed_on_the_banks_page_confirms_the_order_by_webhook() {
    let shop = Shop::open().await;
    shop.cloud().send_webhooks();
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle(ASKS).await;
    assert_eq!(state(&ada, &order).await, ("awaiting_payment".to_owned(), "action_required".to_owned()));
    let action = format!("{}/action", payment_of(&order));
    assert_eq!(admin.get(&action).await.problem(), "404 payment_not_found");
    let back = answer_on_the_page(&ada, &order, "authenticate").await;
    assert!(back.ends_with("redirect_status=succeeded"), "{back}");
    shop.settle().await;
    assert_eq!(state(&ada, &order).await, confirmed());
    assert_eq!(ada.get(&action).await.problem(), "409 no_action_needed");
    let mails = ["We have received your order", "Please confirm your payment", "Your order is confirmed"];
    ada.assert_mails(&order, &mails).await;
    assert_no_client_secret_was_logged(&shop);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_confirmation_is_a_decline_and_another_card_pays() {
    let shop = Shop::open().await;
    shop.cloud().send_webhooks();
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle(ASKS).await;
    answer_on_the_page(&ada, &order, "fail").await;
    shop.settle().await;
    assert_eq!(state(&ada, &order).await, ("payment_failed".to_owned(), "failed".to_owned()));
    let attempts = format!("{}/attempts", payment_of(&order));
    // It asks for a confirmation as well, and this time gets it.
    assert_eq!(ada.post(&attempts, "again", &json!({ "payment_method": ASKS })).await.status, 202);
    shop.settle().await;
    assert_eq!(state(&ada, &order).await, ("awaiting_payment".to_owned(), "action_required".to_owned()));
    answer_on_the_page(&ada, &order, "authenticate").await;
    shop.settle().await;
    assert_eq!(state(&ada, &order).await, confirmed());
    let intents = shop.cloud().payment_gateway().intents();
    assert_eq!((intents.len(), intents[0].successful_charges), (1, 1));
    assert_no_client_secret_was_logged(&shop);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abandoned_confirmation_ends_with_the_hold() {
    let shop = Shop::open().await;
    shop.cloud().send_webhooks();
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle(ASKS).await;
    answer_on_the_page(&ada, &order, "abandon").await;
    let held_until: Timestamp = order["held_until"].as_str().expect("a time").parse().expect("RFC 3339");
    shop.run_schedule("expire-orders", held_until + SignedDuration::from_mins(1)).await;
    shop.settle().await;
    assert_eq!(state(&ada, &order).await, ("expired".to_owned(), "action_required".to_owned()));
    let intents = shop.cloud().payment_gateway().intents();
    assert_eq!((intents[0].status.as_str(), intents[0].held()), ("canceled", 0));
    assert!(!shop.cloud().payment_gateway().authenticate(order["order_id"].as_str().expect("an id"), true));
    shop.close().await;
}

/// Five minutes after the customer has confirmed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_webhooks_the_schedule_ends_it_the_same() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle(ASKS).await;
    answer_on_the_page(&ada, &order, "authenticate").await;
    shop.settle().await;
    assert_eq!(state(&ada, &order).await.0, "awaiting_payment", "the webhook is lost");
    shop.run_schedule("reconcile-payments", Timestamp::now() + SignedDuration::from_mins(5)).await;
    shop.settle().await;
    assert_eq!(state(&ada, &order).await, confirmed());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_is_forged_repeated_or_late_does_nothing() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle(ASKS).await;
    let waits = state(&ada, &order).await;
    let payment_id = order["payment_id"].as_str().expect("an id");
    let event = webhook::event("evt_1", "payment_intent.succeeded", payment_id);
    let now = Timestamp::now();
    let send =
        async |request: reqwest::Request| shop.client().execute(request).await.expect("an answer").status();
    let mut forged = webhook::request(shop.cloud(), &event, now);
    let signature = stripe::signature("whsec_forged", now, &event.to_string());
    forged.headers_mut().insert("stripe-signature", signature.parse().expect("a header"));
    assert_eq!(send(forged).await, 400);
    let late = webhook::request(shop.cloud(), &event, now - SignedDuration::from_hours(1));
    assert_eq!(send(late).await, 400);
    // Signed by Stripe, but nothing has happened.
    for _ in 0..2 {
        assert_eq!(send(webhook::request(shop.cloud(), &event, now)).await, 204);
    }
    shop.settle().await;
    assert_eq!(state(&ada, &order).await, waits);
    assert_eq!(shop.cloud().payment_gateway().holds("eur"), 0);
    assert_eq!(shop.rows("payments", "gateway_event").await.len(), 1);
    shop.close().await;
}
