//! Mails to the addresses of SES's mailbox simulator: they bounce, or their recipients report them as unwanted.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Shop};

async fn forget(shop: &Shop, email: &str) {
    let forgotten = shop.client().post(shop.at("/password-resets")).json(&json!({ "email": email }));
    assert_eq!(shop.send(forgotten).await.status, 202);
    shop.settle().await;
}

/// Returns how the notifications of a customer have ended, in the order of their events.
async fn statuses(customer: &Customer<'_>) -> Vec<String> {
    let mut rows = customer.shop().rows("notifications", "notification").await;
    rows.retain(|row| row["user_id"]["S"] == customer.user_id);
    rows.sort_by_key(|row| row["event_id"]["S"].to_string());
    let text = |value: &Value| value["S"].as_str().unwrap_or_default().to_owned();
    rows.iter().map(|row| format!("{}: {}", text(&row["kind"]), text(&row["status"]))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_whose_mails_bounce_gets_none_until_they_have_another_address() {
    let shop = Shop::open().await;
    let email = "bounce@simulator.amazonses.com";
    let ada = shop.customer_at(email, "Ada").await;
    shop.settle().await;
    assert_eq!(statuses(&ada).await, ["welcome: bounced"]);
    forget(&shop, email).await;
    assert_eq!(statuses(&ada).await, ["welcome: bounced", "reset_password: suppressed"]);
    assert_eq!(shop.subjects(email), ["Welcome to Bodega"]);

    let other = "ada@customers.example";
    let change = json!({ "email": other, "password": "a password of eight or more" });
    let changed = shop.send(ada.request(Method::PUT, "/users/me/email").json(&change)).await;
    assert_eq!(changed.status, 202);
    shop.settle().await;
    let token = json!({ "token": shop.link_token(other, "/confirm-email") });
    let confirmed = shop.send(shop.client().post(shop.at("/email-confirmations")).json(&token)).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    forget(&shop, other).await;
    assert_eq!(shop.subjects(other), ["Confirm your e-mail address", "Choose a new password"]);
    // The address is personal data, and the events about mails contain it.
    for row in shop.rows("notifications", "suppression").await {
        assert!(!row.to_string().contains('@'), "{row}");
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_who_complained_gets_what_is_required() {
    let shop = Shop::open().await;
    let email = "complaint+ada@simulator.amazonses.com";
    let ada = shop.customer_at(email, "Ada").await;
    shop.settle().await;
    assert_eq!(statuses(&ada).await, ["welcome: complained"]);
    ada.order_and_settle("pm_card_visa").await;
    assert_eq!(ada.order("declined", "pm_card_visa_chargeDeclined").await.status, 201);
    assert_eq!(ada.order("unpaid", "pm_card_authenticationRequired").await.status, 201);
    shop.settle().await;
    let sent = shop.subjects(email);
    for (subject, is_sent) in [
        ("We have received your order", true),
        ("Your order is confirmed", true),
        ("Your payment did not go through", true),
        ("Please confirm your payment", false),
    ] {
        assert_eq!(sent.iter().any(|found| found == subject), is_sent, "{subject}: {sent:?}");
    }
    let all = statuses(&ada).await;
    assert!(all.contains(&"payment_action_required: suppressed".to_owned()), "{all:?}");
    shop.close().await;
}
