//! The resource `/payment-methods`, and what is paid with saved payment methods.

use domain::payments::{PaymentStatus, SavedMethod};
use domain::words::pay_with::MethodUse;
use domain::words::payment_method::PaymentMethod;
use edge::{Account, Call, NoBody, Problem, Service};
use payments::gateway::Gateway;
use payments::methods::{
    list_payment_methods, remove_payment_method, set_up_payment_method, verify_payment_method,
};
use payments::pages::Pages;
use payments::payments::retry_payment::RetryPayment;
use serde_json::{Value, json};

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{Shop, cancelled, erased, now, placed_with, user};

const SAVED: &str = "pm_1Saved";

impl Shop {
    fn bank(&self) -> Gateway {
        Gateway::new(self.bank.clone())
    }

    async fn set_up(&self, number: u128) -> Result<Value, Problem> {
        let pages = Pages::at("https://bodega.example/", Some("pk_test_1"));
        let call = Call::new(Account(user(number, false)), NoBody, now());
        let reply = set_up_payment_method((self.payments.clone(), self.bank(), pages), call).await?;
        assert!(!format!("{reply:?}").contains("_secret_1"), "it is not printed");
        Ok(serde_json::to_value(reply.body().unwrap()).unwrap())
    }

    async fn saved(&self, number: u128) -> Result<Vec<String>, Problem> {
        let call = Call::new(Account(user(number, false)), NoBody, now());
        let reply = list_payment_methods((self.payments.clone(), self.bank()), call).await?;
        let items = reply.body().unwrap().items.iter();
        Ok(items.map(|saved| saved.payment_method.to_string()).collect())
    }

    async fn remove(&self, number: u128, token: &str) -> Result<u16, Problem> {
        let call = Call::new(Account(user(number, false)), NoBody, now()).with_path("payment_method", token);
        let reply = remove_payment_method((self.payments.clone(), self.bank()), call).await?;
        Ok(reply.status().as_u16())
    }

    async fn verify(&self, number: u128, token: &str) -> Result<SavedMethod, Problem> {
        let service = Service { arn: "arn:aws:sts::1:assumed-role/r/orders".to_owned() };
        let call = Call::new(service, NoBody, now())
            .with_path("user_id", user(number, false).user_id)
            .with_path("payment_method", token);
        let reply = verify_payment_method((self.payments.clone(), self.bank()), call).await?;
        Ok(reply.body().unwrap().clone())
    }

    /// Opens a shop whose customers 1 and 2 have saved a payment method each.
    async fn with_saved() -> Self {
        let shop = Self::open().await;
        for (number, token) in [(1, SAVED), (2, "pm_2Saved")] {
            shop.set_up(number).await.unwrap();
            shop.bank.save(user(number, false).user_id, token);
        }
        shop
    }
}

fn code<T>(answered: Result<T, Problem>) -> (u16, String) {
    let problem = answered.err().unwrap();
    (problem.status().as_u16(), problem.code().to_owned())
}

fn unknown() -> (u16, String) {
    (422, "payment_method_unknown".to_owned())
}

#[tokio::test]
async fn a_user_becomes_one_customer_and_gets_what_saves_a_payment_method() {
    let shop = Shop::open().await;
    let customer = format!("cus_{}", user(1, false).user_id);
    let expected =
        json!({ "client_secret": format!("seti_{customer}_secret_1"), "publishable_key": "pk_test_1" });
    assert_eq!(shop.set_up(1).await.unwrap(), expected);
    assert_eq!(shop.set_up(1).await.unwrap(), expected);
    assert_eq!(shop.bank.asked(), [Asked::CreateCustomer, Asked::SetUp, Asked::SetUp]);
    let row = shop.payments.customer(user(1, false).user_id).await.unwrap().unwrap();
    assert_eq!(row.value.customer_id.unwrap().to_string(), customer);
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_no_second_customer() {
    let shop = Shop::open().await;
    shop.bank.cut(1, Moment::After);
    assert_eq!(code(shop.set_up(1).await), (503, "temporarily_unavailable".to_owned()));
    assert!(shop.payments.customer(user(1, false).user_id).await.unwrap().is_none());
    shop.set_up(1).await.unwrap();
    assert_eq!(shop.bank.customers().len(), 1);
}

#[tokio::test]
async fn customers_see_their_own_payment_methods_the_last_used_first() {
    let shop = Shop::with_saved().await;
    shop.bank.save(user(1, false).user_id, "pm_1Newer");
    assert_eq!(shop.saved(1).await.unwrap(), ["pm_1Newer", SAVED]);
    assert_eq!(shop.saved(2).await.unwrap(), ["pm_2Saved"]);
    shop.hear(&placed_with(SAVED, MethodUse::Saved)).await.unwrap();
    assert_eq!(shop.saved(1).await.unwrap(), [SAVED, "pm_1Newer"]);
    let before = shop.bank.asked().len();
    assert!(shop.saved(3).await.unwrap().is_empty(), "no customer");
    assert_eq!(shop.bank.asked().len(), before, "the gateway is not asked");
    shop.bank.refuse(true);
    assert_eq!(code(shop.saved(1).await), (503, "temporarily_unavailable".to_owned()));
}

#[tokio::test]
async fn only_its_customer_removes_a_payment_method() {
    let shop = Shop::with_saved().await;
    let not_found = (404, "payment_method_not_found".to_owned());
    assert_eq!(code(shop.remove(2, SAVED).await), not_found);
    assert_eq!(code(shop.remove(3, SAVED).await), not_found, "no customer");
    assert_eq!(code(shop.remove(1, "not_a_token").await).0, 404);
    assert_eq!(shop.saved(1).await.unwrap(), [SAVED]);
    assert_eq!(shop.remove(1, SAVED).await.unwrap(), 204);
    assert!(shop.saved(1).await.unwrap().is_empty());
    assert_eq!(code(shop.remove(1, SAVED).await), not_found, "removed already");
}

#[tokio::test]
async fn a_payment_method_is_verified_for_its_customer_only() {
    let shop = Shop::with_saved().await;
    assert_eq!(shop.verify(1, SAVED).await.unwrap().last4, "4242");
    for (number, token) in [(2, SAVED), (3, SAVED), (1, "pm_card_visa")] {
        assert_eq!(code(shop.verify(number, token).await), unknown(), "{number} {token}");
    }
    shop.bank.refuse(true);
    assert_eq!(code(shop.verify(1, SAVED).await), (503, "temporarily_unavailable".to_owned()));
}

#[tokio::test]
async fn a_saved_payment_method_is_charged_in_its_customers_name() {
    let shop = Shop::with_saved().await;
    for _ in 0..2 {
        shop.hear(&placed_with(SAVED, MethodUse::Saved)).await.unwrap();
    }
    assert_eq!(shop.assert_settled("saved").await.status, PaymentStatus::Captured);
    let customer = format!("cus_{}", user(1, false).user_id);
    assert_eq!(shop.bank.billed_to(), (Some(customer), false));
    assert_eq!(shop.bank.charges(), 1);
}

/// The order service has verified whose it is. If it did not, the gateway would not charge it either.
#[tokio::test]
async fn another_customers_payment_method_is_not_charged() {
    for method_use in [MethodUse::Saved, MethodUse::Once, MethodUse::ToSave] {
        let shop = Shop::with_saved().await;
        shop.hear(&placed_with("pm_2Saved", method_use)).await.unwrap();
        let payment = shop.assert_settled("another's").await;
        assert_eq!((payment.status, shop.bank.charges()), (PaymentStatus::Failed, 0), "{method_use:?}");
    }
}

#[tokio::test]
async fn a_payment_method_to_save_makes_its_user_a_customer() {
    let shop = Shop::open().await;
    shop.bank.cut(1, Moment::After);
    let order = placed_with("pm_card_visa", MethodUse::ToSave);
    shop.hear(&order).await.unwrap_err();
    shop.hear(&order).await.unwrap();
    assert_eq!(shop.assert_settled("to save").await.status, PaymentStatus::Captured);
    let user = user(1, false).user_id;
    assert_eq!(shop.bank.billed_to(), (Some(format!("cus_{user}")), true));
    let row = shop.payments.customer(user).await.unwrap().unwrap().value;
    assert_eq!(row.last_used.unwrap().as_ref(), "pm_card_visa");
}

#[tokio::test]
async fn a_declined_payment_is_retried_with_a_saved_payment_method_of_its_customer() {
    let shop = Shop::with_saved().await;
    shop.hear(&placed_with("pm_card_visa_chargeDeclined", MethodUse::Once)).await.unwrap();
    let saved = |token: &str| {
        let saved_method = Some(PaymentMethod::try_new(token).unwrap());
        RetryPayment { payment_method: None, saved_method }
    };
    assert_eq!(code(shop.retry_with(saved("pm_2Saved"), "k", now()).await), unknown());
    let needed = (422, "payment_method_needed".to_owned());
    let none = RetryPayment { payment_method: None, saved_method: None };
    assert_eq!(code(shop.retry_with(none, "k", now()).await), needed);
    let reply = shop.retry_with(saved(SAVED), "k", now()).await.unwrap();
    assert_eq!(reply.status(), 202);
    // The reply is repeated whether or not the payment method still exists.
    shop.remove(1, SAVED).await.unwrap();
    assert_eq!(shop.retry_with(saved(SAVED), "k", now()).await.unwrap().body(), reply.body());
    shop.bank.save(user(1, false).user_id, SAVED);
    shop.hear(&shop.retried().await).await.unwrap();
    assert_eq!(shop.assert_settled("again").await.status, PaymentStatus::Captured);
    assert_eq!(shop.bank.billed_to().0, Some(format!("cus_{}", user(1, false).user_id)));
    let late = code(shop.retry_with(saved("pm_2Saved"), "late", now()).await);
    assert_eq!(late, (409, "payment_not_retryable".to_owned()), "the gateway is not asked");
}

#[tokio::test]
async fn the_gateway_forgets_an_erased_customer_and_gets_no_other() {
    let shop = Shop::with_saved().await;
    let (one, two) = (user(1, false).user_id, user(2, false).user_id);
    shop.bank.cut(1, Moment::After);
    shop.hear(&erased()).await.unwrap_err();
    for _ in 0..2 {
        shop.hear(&erased()).await.unwrap();
    }
    assert_eq!(shop.bank.customers(), [two]);
    let row = shop.payments.customer(one).await.unwrap().unwrap().value;
    assert_eq!((row.customer_id, row.erased_at), (None, Some(now())));
    assert!(shop.saved(1).await.unwrap().is_empty());
    assert_eq!(code(shop.verify(1, SAVED).await), unknown());
    assert_eq!(code(shop.set_up(1).await), (409, "account_erased".to_owned()));
    // An order that was placed before is paid all the same.
    shop.hear(&placed_with("pm_card_visa", MethodUse::ToSave)).await.unwrap();
    assert_eq!(shop.assert_settled("erased").await.status, PaymentStatus::Captured);
    assert_eq!((shop.bank.billed_to(), shop.bank.customers()), ((None, false), vec![two]));
}

#[tokio::test]
async fn a_customer_who_is_created_while_the_account_is_erased_is_deleted() {
    let shop = Shop::open().await;
    let gate = shop.bank.hold(Asked::CreateCustomer, Moment::After);
    let (set_up, ()) = futures::future::join(shop.set_up(1), async {
        gate.arrived.notified().await;
        shop.hear(&erased()).await.unwrap();
        gate.released.notify_one();
    })
    .await;
    assert_eq!(code(set_up), (409, "account_erased".to_owned()));
    assert!(shop.bank.customers().is_empty());
}

#[tokio::test]
async fn a_cancelled_order_that_was_to_save_its_payment_method_settles_to_nothing() {
    let shop = Shop::open().await;
    shop.hear(&cancelled()).await.unwrap();
    shop.hear(&placed_with("pm_card_visa", MethodUse::ToSave)).await.unwrap();
    assert!(shop.bank.customers().is_empty(), "nothing is charged, so nobody becomes a customer");
    shop.assert_settled_to_nothing("cancelled before").await;
}

#[tokio::test]
async fn saved_payment_methods_keep_to_their_budget() {
    let shop = Shop::open().await;
    let used = || shop.engine.used();
    used();
    shop.set_up(1).await.unwrap();
    assert_eq!(used(), "2 read, 1 written: 2 GetItem, PutItem", "a new customer");
    shop.set_up(1).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "a known one");
    shop.bank.save(user(1, false).user_id, SAVED);
    shop.saved(1).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "list-payment-methods");
    shop.verify(1, SAVED).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "verify-payment-method");
    shop.hear(&placed_with(SAVED, MethodUse::Saved)).await.unwrap();
    assert_eq!(used(), "2 read, 16 written: 2 GetItem, PutItem, 2 TransactWriteItems", "captured");
    shop.remove(1, SAVED).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "remove-payment-method");
    shop.hear(&erased()).await.unwrap();
    assert_eq!(used(), "1 read, 4 written: GetItem, TransactWriteItems", "erased");
}
