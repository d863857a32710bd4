//! Customers who claim their money back through their bank.

use domain::payments::ledger::{Account, balance};
use reqwest::Client;
use serde_json::{Value, json};
use tests::{Books, Customer, Shop};

/// Returns what an order tells about its money, and how it stands.
async fn state(customer: &Customer<'_>, order: &Value) -> (String, String) {
    let path = format!("/orders/{}", order["order_id"].as_str().expect("an id"));
    let order = customer.get(&path).await.body;
    let text = |field: &str| order[field].as_str().expect("a state").to_owned();
    (text("status"), text("payment_state"))
}

fn confirmed(payment_state: &str) -> (String, String) {
    ("confirmed".to_owned(), payment_state.to_owned())
}

/// The bank decides on the page that the laptop's payment gateway has for it.
async fn decide_on_the_page(shop: &Shop, dispute: &str, outcome: &str) {
    let page = format!("{}/disputes", shop.cloud().payment_gateway().url());
    let shown = reqwest::get(&page).await.expect("an answer").text().await.expect("a page");
    assert!(shown.contains("36.90 EUR") && shown.contains(dispute), "{shown}");
    let answer = Client::new().post(format!("{page}/{dispute}")).body(format!("outcome={outcome}"));
    assert!(answer.send().await.expect("an answer").status().is_success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disputed_order_stays_confirmed_and_its_money_is_lost_or_comes_back() {
    let shop = Shop::open().await;
    shop.cloud().send_webhooks();
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let list = "/admin/payments/disputes?status=open";
    assert_eq!(ada.get(list).await.problem(), "403 staff_only");
    for (key, outcome, ends, losses, receivable) in
        [("lost", "lost", "lost", 3_690, -2_000), ("won", "won", "captured", 0, 1_690)]
    {
        let placed = ada.order(key, "pm_card_createDispute").await.body;
        shop.settle().await;
        assert_eq!(state(&ada, &placed).await, confirmed("disputed"));
        let open = admin.get(list).await.body["items"].clone();
        let [dispute] = open.as_array().expect("a list").as_slice() else { panic!("{open}") };
        assert_eq!((&dispute["order_id"], &dispute["status"]), (&placed["order_id"], &json!("open")));
        assert_eq!((&dispute["amount"]["amount"], &dispute["fee"]["amount"]), (&json!(3_690), &json!(2_000)));
        let queue = async || {
            let found = admin.get("/admin/orders?queue=disputed").await.body["items"].clone();
            let ids = found.as_array().expect("a list").iter().map(|order| order["order_id"].clone());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(queue().await, [placed["order_id"].clone()]);
        decide_on_the_page(&shop, dispute["gateway_id"].as_str().expect("an id"), outcome).await;
        shop.settle().await;
        assert_eq!(state(&ada, &placed).await, confirmed(ends));
        assert_eq!(queue().await, Vec::<Value>::new());
        assert_eq!(admin.get(list).await.body["items"], json!([]));
        let books = Books::of(&shop).await;
        assert_eq!(books.violations(), Vec::<String>::new());
        let payment = placed["payment_id"].as_str().expect("an id").parse().expect("a payment's id");
        let of = |account| balance(account, books.postings(payment));
        assert_eq!((of(Account::DisputeLosses), of(Account::GatewayReceivable)), (losses, receivable));
        assert_eq!((of(Account::GatewayFees), of(Account::DisputedFunds)), (2_000, 0));
    }
    let opened: Vec<u64> = ["process-payment", "reconcile-payments"]
        .iter()
        .flat_map(|name| shop.measured(name, "DisputesOpened"))
        .collect();
    assert_eq!(opened, [1, 1]);
    shop.close().await;
}
