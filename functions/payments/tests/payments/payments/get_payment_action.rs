//! `get-payment-action`.

use edge::{Call, NoBody, Problem, Reply};
use payments::gateway::Gateway;
use payments::gateway::sandbox::Sandbox;
use payments::pages::Pages;
use payments::payments::get_payment_action::{PaymentAction, get_payment_action};
use serde_json::{Value, json};

use crate::fixture::{Shop, cancelled, now, payment_id, placed, user};

const ASKS: &str = "pm_card_authenticationRequired";

async fn ask(shop: &Shop, gateway: Gateway, caller: edge::SignedIn) -> Result<Reply<PaymentAction>, Problem> {
    let call = Call::new(caller, NoBody, now()).with_path("payment_id", payment_id());
    let pages = Pages::at("https://bodega.example/", Some("pk_test_1"));
    get_payment_action((shop.payments.clone(), gateway, pages), call).await
}

fn code(asked: Result<Reply<PaymentAction>, Problem>) -> (u16, String) {
    let problem = asked.err().unwrap();
    (problem.status().as_u16(), problem.code().to_owned())
}

#[tokio::test]
async fn the_customer_gets_what_confirms_the_payment_and_nobody_else_does() {
    let shop = Shop::open().await;
    shop.hear(&placed(ASKS)).await.unwrap();
    let bank = || Gateway::new(shop.bank.clone());
    let reply = ask(&shop, bank(), user(1, false)).await.unwrap();
    let expected = json!({
        "type": "stripe",
        "client_secret": "pi_0_secret_1",
        "publishable_key": "pk_test_1",
        "return_url": "https://bodega.example/order/ord_00000000010000000000000001",
        "held_until": "2026-11-23T10:15:00Z",
    });
    assert_eq!(serde_json::to_value(reply.body().unwrap()).unwrap(), expected);
    assert!(!format!("{reply:?}").contains("_secret_1"), "it is not printed");
    for caller in [user(2, false), user(2, true)] {
        assert_eq!(code(ask(&shop, bank(), caller).await), (404, "payment_not_found".to_owned()));
    }
    let row: Value = serde_json::to_value(shop.payment().await).unwrap();
    assert!(!row.to_string().contains("_secret_"), "it is not stored");
}

#[tokio::test]
async fn a_payment_that_does_not_wait_for_its_customer_needs_no_action() {
    for token in ["pm_card_visa", "pm_card_visa_chargeDeclined"] {
        let shop = Shop::open().await;
        shop.hear(&placed(token)).await.unwrap();
        let asked = ask(&shop, Gateway::new(shop.bank.clone()), user(1, false)).await;
        assert_eq!(code(asked), (409, "no_action_needed".to_owned()), "{token}");
    }
    let shop = Shop::open().await;
    shop.hear(&placed(ASKS)).await.unwrap();
    let in_the_sandbox = ask(&shop, Gateway::new(Sandbox), user(1, false)).await;
    assert_eq!(code(in_the_sandbox), (409, "no_action_needed".to_owned()));
    // Confirmed, and the shop has not heard of it yet.
    shop.bank.customer_acts(true);
    let asked = ask(&shop, Gateway::new(shop.bank.clone()), user(1, false)).await;
    assert_eq!(code(asked), (409, "no_action_needed".to_owned()));
    shop.hear(&cancelled()).await.unwrap();
    let ended = ask(&shop, Gateway::new(shop.bank.clone()), user(1, false)).await;
    assert_eq!(code(ended), (409, "no_action_needed".to_owned()));
}

#[tokio::test]
async fn without_an_answer_of_the_gateway_it_is_unavailable() {
    let shop = Shop::open().await;
    shop.hear(&placed(ASKS)).await.unwrap();
    shop.bank.refuse(true);
    let asked = ask(&shop, Gateway::new(shop.bank.clone()), user(1, false)).await;
    assert_eq!(code(asked), (503, "temporarily_unavailable".to_owned()));
}

#[tokio::test]
async fn get_payment_action_keeps_to_its_budget() {
    let shop = Shop::open().await;
    shop.hear(&placed(ASKS)).await.unwrap();
    let used = || shop.engine.used();
    used();
    ask(&shop, Gateway::new(shop.bank.clone()), user(1, false)).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem");
}
