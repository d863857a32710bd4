//! The security log: sign-ins, changes of accounts, refusals and what callers with a role do, each in one line that names no person.

use reqwest::Method;
use runtime::host::LogSource;
use serde_json::{Value, json};
use tests::{Customer, Shop};

fn lines(shop: &Shop) -> Vec<Value> {
    let written = shop.log().into_iter().filter(|line| line.source == LogSource::Function);
    let lines = written.filter_map(|line| serde_json::from_str::<Value>(&line.line).ok());
    let mut lines: Vec<Value> = lines.filter(|line| line["log"] == "security").collect();
    // Each process's lines arrive by themselves.
    lines.sort_by_key(|line| line["timestamp"].as_str().unwrap_or_default().to_owned());
    lines
}

/// Returns what was done, by whom, and how it ended.
fn brief(line: &Value) -> String {
    let text = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
    let [operation, outcome, code, roles] = ["operation", "outcome", "code", "roles"].map(text);
    format!("{operation} {outcome} {} {code} {roles}", line["status"])
}

async fn log_in(shop: &Shop, email: &str) {
    let credentials = json!({ "email": email, "password": "not the password" });
    let reply = shop.send(shop.client().post(shop.at("/sessions")).json(&credentials)).await;
    assert_eq!(reply.problem(), "401 invalid_credentials");
}

async fn adjust(customer: &Customer<'_>, key: &str) -> u16 {
    let request =
        customer.request(Method::POST, "/stock/CUP-BLUE/adjustments").header("idempotency-key", key);
    let adjustment = json!({ "delta": 1, "reason": "correction" });
    customer.shop().send(request.json(&adjustment)).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_changes_of_accounts_refusals_and_admins_are_logged_and_orders_are_not() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    shop.settle().await;
    let before = lines(&shop).len();

    log_in(&shop, &ada.email).await;
    log_in(&shop, &ada.email).await;
    log_in(&shop, "nobody@customers.example").await;
    assert_eq!(adjust(&ada, "ada's").await, 403);
    assert_eq!(adjust(&admin, "admin's").await, 200);
    assert_eq!(admin.get(&format!("/users/{}", ada.user_id)).await.status, 200);
    assert_eq!(ada.get("/users/me").await.status, 200);
    assert_eq!(ada.order("ada's", "pm_card_visa").await.status, 201);
    let german = ada.request(Method::PATCH, "/users/me").json(&json!({ "locale": "de" }));
    assert_eq!(shop.send(german).await.status, 200);
    let reply = shop.send(shop.client().get(shop.at("/users/me")).bearer_auth("nonsense")).await;
    assert_eq!(reply.problem(), "401 token_malformed");
    shop.settle().await;

    let lines = lines(&shop).split_off(before);
    let briefs: Vec<String> = lines.iter().map(brief).collect();
    assert_eq!(
        briefs,
        [
            "log-in refused 401 invalid_credentials -",
            "log-in refused 401 invalid_credentials -",
            "log-in refused 401 invalid_credentials -",
            "adjust-stock refused 403 staff_only -",
            "adjust-stock allowed 200 - admin",
            "get-user allowed 200 - admin",
            "update-user allowed 200 - -",
            "get-user refused 401 token_malformed -",
        ]
    );
    let [one, again, other, refused, allowed, read, changed, bad] = &lines[..] else { panic!("eight lines") };
    assert!(one["account"].is_string() && one["account"] == again["account"], "{one} {again}");
    assert_ne!(one["account"], other["account"], "another account");
    assert!(
        one["client"].is_string() && lines.iter().all(|line| line["client"] == one["client"]),
        "one client"
    );
    assert_eq!(refused["user_id"], json!(ada.user_id));
    assert_eq!(allowed["object"], "/stock/CUP-BLUE/adjustments");
    assert_eq!(read["object"], json!(format!("/users/{}", ada.user_id)));
    assert!(allowed["user_id"].is_string() && allowed["user_id"] == read["user_id"]);
    assert!(allowed["session_id"].as_str().is_some_and(|id| id.starts_with("ses_")), "{allowed}");
    assert_eq!((&changed["user_id"], &changed["object"]), (&json!(ada.user_id), &json!("/users/me")));
    assert_eq!(bad["user_id"], Value::Null, "{bad}");
    let text = lines.iter().map(Value::to_string).collect::<String>();
    assert!(!text.contains(&ada.email) && !text.contains("127.0.0.1"), "{text}");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_of_a_request_names_its_caller() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    assert_eq!(ada.order("ada's", "pm_card_visa").await.status, 201);
    shop.settle().await;
    let written = shop.log().into_iter().filter(|line| line.source == LogSource::Function);
    let lines: Vec<Value> = written.filter_map(|line| serde_json::from_str(&line.line).ok()).collect();
    let answered = |operation: &str| {
        let is_answer = |line: &&Value| line["operation"] == operation && line["message"] == "answered";
        lines.iter().rfind(is_answer).unwrap_or_else(|| panic!("{operation} has answered"))
    };
    assert_eq!(answered("place-order")["user_id"], json!(ada.user_id));
    for (operation, caller) in
        [("reserve-stock", "dev-orders-place-order"), ("get-contact", "dev-notifications-send-notification")]
    {
        let arn = answered(operation)["caller"].as_str().unwrap_or_default().to_owned();
        assert!(arn.ends_with(&format!("-{caller}")), "{operation}: {arn}");
    }
    shop.close().await;
}
