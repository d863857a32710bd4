//! The API as Stripe documents it, over HTTP.

mod attempts;
mod saved;

use http::StatusCode;
use model::clock::Clock;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use engines::aws::Activity;
use engines::faults::{Fault, Site};

struct Client {
    gateway: PaymentGateway,
    http: reqwest::Client,
    faults: Faults,
}

type Answer = (u16, Value, bool);

impl Client {
    async fn new(data: Option<&Path>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let faults = Faults::new(Activity::default());
        let gateway = PaymentGateway::start(listener, data, (faults.clone(), Clock::default())).unwrap();
        Self { gateway, http: reqwest::Client::new(), faults }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let agent = "Bodega/0.1.0 (process-payment)";
        let answer = request.bearer_auth("sk_test_1").header("user-agent", agent).send().await?;
        let replayed = answer.headers().contains_key("idempotent-replayed");
        Ok((answer.status().as_u16(), answer.json().await?, replayed))
    }

    async fn post(&self, path: &str, key: &str, form: &[(&str, &str)]) -> reqwest::Result<Answer> {
        let body = serde_urlencoded::to_string(form).unwrap();
        let request = self.http.post(format!("{}{path}", self.gateway.url())).body(body);
        self.send(if key.is_empty() { request } else { request.header("idempotency-key", key) }).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.gateway.url()))).await.unwrap()
    }

    async fn intent(&self, token: &str) -> String {
        let form = [
            ("amount", "3690"),
            ("currency", "eur"),
            ("payment_method", token),
            ("confirm", "false"),
            ("metadata[order_id]", "ord_1"),
        ];
        let (status, body, _) = self.post("/v1/payment_intents", "", &form).await.unwrap();
        assert_eq!((status, &body["status"]), (200, &json!("requires_confirmation")), "{body}");
        format!("/v1/payment_intents/{}", body["id"].as_str().unwrap())
    }

    async fn confirm(&self, intent: &str) -> Answer {
        self.post(&format!("{intent}/confirm"), "", &[]).await.unwrap()
    }

    fn fail_next(&self, action: &str, fault: Fault) {
        self.faults.stop();
        self.faults.watch();
        let site =
            Site { function: "process-payment".to_owned(), action: format!("stripe:{action}"), nth: 1 };
        self.faults.at(site, fault);
    }

    fn only(&self) -> Intent {
        let intents = self.gateway.intents();
        assert_eq!(intents.len(), 1, "{intents:?}");
        intents.into_iter().next().unwrap()
    }
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.0, answer.1["error"]["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_second_confirmation_is_refused() {
    let client = Client::new(None).await;
    let intent = client.intent("pm_card_visa").await;
    assert_eq!(client.only().captured, 0, "an unconfirmed intent captures nothing");
    assert_eq!(client.confirm(&intent).await.1["status"], "succeeded");
    let again = client.confirm(&intent).await;
    assert_eq!(code(&again), (400, "payment_intent_unexpected_state"));
    assert_eq!(again.1["error"]["payment_intent"]["status"], "succeeded");
    let cancelled = client.post(&format!("{intent}/cancel"), "", &[]).await.unwrap();
    assert_eq!(code(&cancelled), (400, "payment_intent_unexpected_state"));
    let held = client.only();
    assert_eq!((held.captured, held.successful_charges, held.order_id()), (3_690, 1, Some("ord_1")));
    assert_eq!(client.gateway.holds("eur"), 3_690);
}

#[tokio::test]
async fn a_cancelled_intent_cannot_be_confirmed() {
    let client = Client::new(None).await;
    let intent = client.intent("pm_card_visa").await;
    let cancelled =
        client.post(&format!("{intent}/cancel"), "", &[("cancellation_reason", "abandoned")]).await;
    assert_eq!(cancelled.unwrap().1["status"], "canceled");
    assert_eq!(code(&client.confirm(&intent).await), (400, "payment_intent_unexpected_state"));
    assert_eq!(client.only().status, "canceled");
    assert_eq!(client.gateway.holds("eur"), 0);
}

#[tokio::test]
async fn a_declined_intent_loses_its_payment_method() {
    let client = Client::new(None).await;
    let intent = client.intent("pm_card_chargeDeclinedInsufficientFunds").await;
    let (status, body, _) = client.confirm(&intent).await;
    assert_eq!((status, &body["error"]["type"]), (402, &json!("card_error")));
    assert_eq!(body["error"]["decline_code"], "insufficient_funds");
    let (_, found, _) = client.get(&intent).await;
    assert_eq!(
        (&found["status"], &found["payment_method"]),
        (&json!("requires_payment_method"), &Value::Null)
    );
    assert_eq!(found["last_payment_error"]["decline_code"], "insufficient_funds");
    assert_eq!(code(&client.confirm(&intent).await), (400, "payment_intent_unexpected_state"));
    assert_eq!(client.only().successful_charges, 0);
}

#[tokio::test]
async fn a_refund_over_the_captured_amount_is_refused() {
    let client = Client::new(None).await;
    let intent = client.intent("pm_card_visa").await;
    let id = intent.rsplit('/').next().unwrap().to_owned();
    let refund = |amount: &'static str| {
        let form = [("payment_intent", id.clone()), ("amount", amount.to_owned())];
        let client = &client;
        async move {
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            client.post("/v1/refunds", "", &form).await.unwrap()
        }
    };
    assert_eq!(refund("3690").await.0, 400, "nothing is captured yet");
    client.confirm(&intent).await;
    assert_eq!(refund("3691").await.0, 400);
    let (status, made, _) = refund("3000").await;
    assert_eq!((status, &made["status"]), (200, &json!("succeeded")));
    assert_eq!(refund("691").await.0, 400);
    assert_eq!(refund("690").await.0, 200);
    assert_eq!(code(&refund("1").await), (400, "charge_already_refunded"));
    let (_, found, _) = client.get(&format!("/v1/refunds/{}", made["id"].as_str().unwrap())).await;
    assert_eq!(found, made);
    let held = client.only();
    assert_eq!((held.captured, held.refunded, held.refunds, held.held()), (3_690, 3_690, 2, 0));
}

#[tokio::test]
async fn a_refund_comes_back_if_its_card_is_for_that() {
    let client = Client::new(None).await;
    for (number, card) in ["pm_card_visa", "pm_card_refundFail"].into_iter().enumerate() {
        let intent = client.intent(card).await;
        client.post(&format!("{intent}/confirm"), &format!("c{number}"), &[]).await.unwrap();
        let id = intent.rsplit('/').next().unwrap().to_owned();
        client.post("/v1/refunds", &format!("r{number}"), &[("payment_intent", &id)]).await.unwrap();
    }
    assert_eq!((client.gateway.holds("eur"), client.gateway.return_refunds()), (0, 1));
    assert_eq!(client.gateway.return_refunds(), 0, "once");
    assert_eq!(client.gateway.holds("eur"), 3_690);
    let path = "/v1/balance_transactions?type=refund_failure&created[gte]=1&expand[]=data.source";
    let (_, listed, _) = client.get(path).await;
    let [returned] = &listed["data"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!((&returned["amount"], &returned["source"]["status"]), (&json!(3_690), &json!("failed")));
    assert_eq!(returned["source"]["failure_balance_transaction"], returned["id"]);
    client.gateway.pay_out();
    assert_eq!(client.gateway.holds("eur"), 0);
}

#[tokio::test]
async fn an_idempotency_key_repeats_its_response_for_a_day() {
    let client = Client::new(None).await;
    let form = [("amount", "100"), ("currency", "eur"), ("payment_method", "pm_card_visa")];
    let first = client.post("/v1/payment_intents", "k", &form).await.unwrap();
    let again = client.post("/v1/payment_intents", "k", &form).await.unwrap();
    assert_eq!((&again.1, first.2, again.2), (&first.1, false, true));
    let other = [("amount", "200"), ("currency", "eur"), ("payment_method", "pm_card_visa")];
    let refused = client.post("/v1/payment_intents", "k", &other).await.unwrap();
    assert_eq!((refused.0, &refused.1["error"]["type"]), (400, &json!("idempotency_error")));
    assert_eq!(client.gateway.intents().len(), 1);
    client.gateway.forget_keys();
    assert!(!client.post("/v1/payment_intents", "k", &form).await.unwrap().2);
    assert_eq!(client.gateway.intents().len(), 2);

    let now = jiff::Timestamp::now();
    let mut books = Books::default();
    assert!(books.begin("k", "r", now).unwrap().is_none());
    let in_use = books.begin("k", "r", now).unwrap_err();
    assert_eq!(in_use.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn invalid_or_unknown_parameters_are_refused() {
    let client = Client::new(None).await;
    for (form, expected, param) in [
        (vec![("currency", "eur")], "parameter_missing", "amount"),
        (vec![("amount", "0"), ("currency", "eur")], "parameter_invalid_integer", "amount"),
        (
            vec![("amount", "100"), ("currency", "eur"), ("payment_method", "pm_x")],
            "resource_missing",
            "payment_method",
        ),
        (vec![("amount", "100"), ("currency", "eur"), ("amont", "1")], "parameter_unknown", "amont"),
        (vec![("amount", "100"), ("currency", "eur"), ("confirm", "true")], "parameter_invalid", "confirm"),
    ] {
        let answer = client.post("/v1/payment_intents", "k", &form).await.unwrap();
        assert_eq!(code(&answer), (400, expected), "{form:?}");
        assert_eq!(answer.1["error"]["param"], param);
    }
    assert_eq!(code(&client.get("/v1/payment_intents/pi_0").await), (404, "resource_missing"));
    assert_eq!(client.get("/v1/customers").await.0, 404, "nobody lists them");
    let unauthorized =
        client.http.get(format!("{}/v1/refunds/re_1", client.gateway.url())).send().await.unwrap();
    assert_eq!(unauthorized.status(), 401);
    assert!(client.gateway.intents().is_empty());
}

#[tokio::test]
async fn the_laptops_own_tokens_break_the_connection_once() {
    let client = Client::new(None).await;
    let before = client.intent("pm_sandbox_timeoutBeforeCharge").await;
    assert!(client.post(&format!("{before}/confirm"), "k", &[]).await.is_err());
    assert_eq!(client.get(&before).await.1["status"], "requires_confirmation");
    let (_, confirmed, replayed) = client.post(&format!("{before}/confirm"), "k", &[]).await.unwrap();
    assert_eq!((&confirmed["status"], replayed), (&json!("succeeded"), false));

    let after = client.intent("pm_sandbox_timeoutAfterCharge").await;
    assert!(client.post(&format!("{after}/confirm"), "l", &[]).await.is_err());
    assert_eq!(client.get(&after).await.1["status"], "succeeded");
    let (_, confirmed, replayed) = client.post(&format!("{after}/confirm"), "l", &[]).await.unwrap();
    assert_eq!((&confirmed["status"], replayed), (&json!("succeeded"), true));
    assert_eq!(client.gateway.holds("eur"), 2 * 3_690);
}

#[tokio::test]
async fn faults_return_stripes_errors() {
    let client = Client::new(None).await;
    let intent = client.intent("pm_card_visa").await;
    let path = format!("{intent}/confirm");
    client.fail_next("ConfirmPaymentIntent", Fault::Throttled);
    assert_eq!(code(&client.post(&path, "k", &[]).await.unwrap()), (429, "rate_limit"));
    client.fail_next("ConfirmPaymentIntent", Fault::Failed);
    assert_eq!(client.post(&path, "k", &[]).await.unwrap().0, 500);
    let (status, _, replayed) = client.post(&path, "k", &[]).await.unwrap();
    assert_eq!((status, replayed), (500, true), "a key keeps a failure as well");
    client.fail_next("ConfirmPaymentIntent", Fault::AnswerLost);
    assert!(client.post(&path, "", &[]).await.is_err());
    assert_eq!(client.only().status, "succeeded");
}

#[tokio::test]
async fn a_restart_restores_the_books() {
    let data = tempfile::tempdir().unwrap();
    let client = Client::new(Some(data.path())).await;
    let (paid, open) = (client.intent("pm_card_visa").await, client.intent("pm_card_visa").await);
    client.post(&format!("{paid}/confirm"), "k", &[]).await.unwrap();
    let form = [("payment_intent", paid.rsplit('/').next().unwrap())];
    client.post("/v1/refunds", "r", &form).await.unwrap();
    let before = client.gateway.intents();
    drop(client);
    // The state that a kill in the middle of a write leaves behind.
    let file = data.path().join("payment-gateway.jsonl");
    let mut text = std::fs::read(&file).unwrap();
    text.extend_from_slice(b"{\"attempt\":{\"num");
    std::fs::write(&file, text).unwrap();

    let client = Client::new(Some(data.path())).await;
    assert_eq!(client.gateway.intents(), before);
    assert!(
        client.post(&format!("{paid}/confirm"), "k", &[]).await.unwrap().2,
        "the books keep keys as well"
    );
    assert_eq!(client.confirm(&open).await.1["status"], "succeeded");
    drop(client);
    assert_eq!(Client::new(Some(data.path())).await.gateway.holds("eur"), 3_690);
}

#[tokio::test]
async fn amounts_and_currencies_have_stripes_limits() {
    let client = Client::new(None).await;
    for (amount, currency, code, param) in [
        ("49", "eur", Some("amount_too_small"), "amount"),
        ("100000000", "eur", Some("amount_too_large"), "amount"),
        ("29", "gbp", Some("amount_too_small"), "amount"),
        ("1999", "kwd", None, "amount"),
        ("5050", "isk", None, "amount"),
        ("3690", "hrk", None, "currency"),
        ("3690", "kpw", None, "currency"),
    ] {
        let form = [("amount", amount), ("currency", currency), ("payment_method", "pm_card_visa")];
        let (status, body, _) = client.post("/v1/payment_intents", "", &form).await.unwrap();
        let error = &body["error"];
        assert_eq!(
            (status, error["code"].as_str(), &error["param"]),
            (400, code, &json!(param)),
            "{amount} {currency}"
        );
    }
    for (amount, currency) in [
        ("50", "eur"),
        ("99999999", "eur"),
        ("999999999999", "idr"),
        ("1990", "kwd"),
        ("5000", "isk"),
        ("5", "mga"),
    ] {
        let form = [("amount", amount), ("currency", currency), ("payment_method", "pm_card_visa")];
        assert_eq!(
            client.post("/v1/payment_intents", "", &form).await.unwrap().0,
            200,
            "{amount} {currency}"
        );
    }
}

#[tokio::test]
async fn a_customers_payment_method_is_used_once() {
    let client = Client::new(None).await;
    let (first, second) =
        (client.intent("pm_sandbox_once_1").await, client.intent("pm_sandbox_once_1").await);
    assert_eq!(client.confirm(&first).await.1["status"], "succeeded");
    let form = [("amount", "3690"), ("currency", "eur"), ("payment_method", "pm_sandbox_once_1")];
    let created = client.post("/v1/payment_intents", "", &form).await.unwrap();
    for (status, body, _) in [client.confirm(&second).await, created] {
        let error = &body["error"];
        assert_eq!((status, &error["code"], &error["param"]), (400, &Value::Null, &Value::Null));
        assert!(error["message"].as_str().unwrap().contains("may not be used again"), "{error}");
    }
    let other = client.intent("pm_sandbox_once_2").await;
    assert_eq!(client.confirm(&other).await.1["status"], "succeeded");
}
