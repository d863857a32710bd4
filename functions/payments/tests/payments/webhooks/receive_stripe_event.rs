//! `receive-stripe-event`.

use aws_sdk_secretsmanager::Client as SecretsManager;
use edge::{Anyone, Call, Problem, RawBody, Reply};
use jiff::{SignedDuration, Timestamp};
use payments::gateway::stripe::Mode;
use payments::webhooks::receive_stripe_event;
use payments::webhooks::secrets::StripeEndpoint;
use serde_json::{Value, json};
use telemetry::Published;

use crate::fixture::{Shop, cancelled, now, payment_id, placed};

const SECRET: &str = "whsec_test_secret";
const ASKS: &str = "pm_card_authenticationRequired";

/// A shop with one order, and the endpoint for Stripe's webhooks.
struct Reported {
    shop: Shop,
    endpoint: StripeEndpoint,
}

impl Reported {
    async fn open(token: &str) -> Self {
        let shop = Shop::open().await;
        shop.hear(&placed(token)).await.unwrap();
        let endpoint = StripeEndpoint::with_secret(&shop.aws(), "webhooks", Mode::Test);
        let secrets = SecretsManager::new(&shop.aws());
        secrets.create_secret().name("webhooks").secret_string(SECRET).send().await.unwrap();
        Self { shop, endpoint }
    }

    async fn replace_secret(&self, secret: &str) {
        let secrets = SecretsManager::new(&self.shop.aws());
        secrets.put_secret_value().secret_id("webhooks").secret_string(secret).send().await.unwrap();
    }

    /// Sends a body with a header.
    async fn send(&self, body: &str, signature: &str, at: Timestamp) -> Result<Reply<()>, Problem> {
        let call = Call::new(Anyone, RawBody::new(body), at).with_header("stripe-signature", signature);
        receive_stripe_event((self.shop.payments.clone(), self.endpoint.clone()), call).await
    }

    /// Sends an event, signed at the time at which it arrives.
    async fn report(&self, event: &Value) -> Result<Reply<()>, Problem> {
        let body = event.to_string();
        self.send(&body, &stripe::signature(SECRET, now(), &body), now()).await
    }

    async fn passed_on(&self) -> Vec<Value> {
        let events = self.shop.events().await;
        events.into_iter().filter(|event| event["type"] == "bodega.gateway.reported.v1").collect()
    }
}

fn event(id: &str, kind: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": kind, "livemode": false,
        "data": { "object": { "id": "pi_1", "object": "payment_intent", "metadata": { "payment_id": payment_id() } } },
    })
}

#[tokio::test]
async fn an_event_is_passed_on_once() {
    let reported = Reported::open(ASKS).await;
    for _ in 0..3 {
        let reply = reported.report(&event("evt_1", "payment_intent.succeeded")).await.unwrap();
        assert_eq!(reply.status(), 204);
    }
    let passed_on = reported.passed_on().await;
    assert_eq!(passed_on.len(), 1);
    let expected =
        json!({ "payment_id": payment_id(), "type": "payment_intent.succeeded", "object_id": "pi_1" });
    assert_eq!(passed_on[0]["data"], expected);
    reported.report(&event("evt_2", "payment_intent.succeeded")).await.unwrap();
    assert_eq!(reported.passed_on().await.len(), 2, "another event");
}

#[tokio::test]
async fn what_stripe_has_not_signed_is_refused_and_counted() {
    let reported = Reported::open(ASKS).await;
    let body = event("evt_1", "payment_intent.succeeded").to_string();
    let good = stripe::signature(SECRET, now(), &body);
    let late = now() + SignedDuration::from_secs(301);
    let published = Published::from_now();
    for (case, body, signature, at) in [
        ("no signature", &*body, "", now()),
        ("another secret", &*body, &*stripe::signature("whsec_forged", now(), &body), now()),
        ("another body", &*body.replace("evt_1", "evt_2"), &*good, now()),
        ("recorded five minutes ago", &*body, &*good, late),
        ("from the future", &*body, &*stripe::signature(SECRET, late, &body), now()),
        ("another scheme", &*body, &*good.replace("v1=", "v0="), now()),
    ] {
        let problem = reported.send(body, signature, at).await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (400, "signature_invalid"), "{case}");
        assert_eq!(published.take(), ["WebhookSignatureInvalid=1"], "{case}");
    }
    assert!(reported.passed_on().await.is_empty());
    let in_time = late - SignedDuration::from_secs(1);
    assert!(reported.send(&body, &good, in_time).await.is_ok());
}

#[tokio::test]
async fn a_secret_can_be_replaced_without_a_lost_event() {
    let reported = Reported::open(ASKS).await;
    let send = async |id: &str, secret: &str, at: Timestamp| {
        let body = event(id, "payment_intent.succeeded").to_string();
        reported.send(&body, &stripe::signature(secret, at, &body), at).await.is_ok()
    };
    assert!(send("evt_1", SECRET, now()).await);
    reported.replace_secret(&format!("{SECRET} whsec_next")).await;
    let soon = now() + SignedDuration::from_mins(1);
    assert!(send("evt_2", SECRET, soon).await, "known");
    assert!(send("evt_3", "whsec_next", soon).await, "read again");
    assert!(!send("evt_4", "whsec_forged", soon).await);
    let used = || reported.shop.engine.used();
    used();
    assert!(!send("evt_4", "whsec_forged", soon).await);
    assert!(!used().contains("GetSecretValue"), "forgeries do not read it each time");
    reported.replace_secret("whsec_next").await;
    let later = soon + SignedDuration::from_mins(1);
    assert!(send("evt_5", "whsec_next", later).await);
}

#[tokio::test]
async fn an_event_of_the_other_mode_is_refused() {
    let reported = Reported::open(ASKS).await;
    let mut live = event("evt_1", "payment_intent.succeeded");
    live["livemode"] = json!(true);
    let problem = reported.report(&live).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (400, "event_of_another_mode"));
    assert!(reported.passed_on().await.is_empty());
}

#[tokio::test]
async fn what_concerns_no_payment_of_the_shop_is_taken_and_leaves_nothing() {
    let reported = Reported::open(ASKS).await;
    let mut foreign = event("evt_1", "payment_intent.succeeded");
    foreign["data"]["object"]["metadata"] = json!({});
    let mut unknown = event("evt_2", "payment_intent.succeeded");
    unknown["data"]["object"]["metadata"]["payment_id"] = json!("pay_00000000010000000000000009");
    let mut odd = event("evt_3", "payment_intent.succeeded");
    odd["data"]["object"]["metadata"]["payment_id"] = json!("12345");
    let shapeless = json!({ "id": "evt_4", "object": "event", "type": "v2.core.event", "livemode": false });
    let (other, created) = (event("evt_5", "charge.succeeded"), event("evt_6", "payment_intent.created"));
    for event in [foreign, unknown, odd, shapeless, other, created] {
        assert_eq!(reported.report(&event).await.unwrap().status(), 204, "{event}");
    }
    let body = "not JSON";
    let problem = reported.send(body, &stripe::signature(SECRET, now(), body), now()).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (400, "malformed_json"));
    assert!(reported.passed_on().await.is_empty());
}

#[tokio::test]
async fn a_report_about_a_payment_of_which_nothing_is_left_to_learn_leaves_nothing() {
    let reported = Reported::open("pm_card_visa").await;
    reported.report(&event("evt_1", "payment_intent.succeeded")).await.unwrap();
    assert!(reported.passed_on().await.is_empty());
    // A refund is under way.
    reported.shop.bank.refunds_take_time(true);
    reported.shop.hear(&cancelled()).await.unwrap();
    reported.report(&event("evt_2", "refund.updated")).await.unwrap();
    assert_eq!(reported.passed_on().await.len(), 1);
}

/// A refund that was made can come back.
#[tokio::test]
async fn a_report_that_a_refund_has_failed_is_passed_on_after_it_was_made() {
    let reported = Reported::open("pm_card_visa").await;
    reported.report(&event("evt_1", "refund.failed")).await.unwrap();
    assert!(reported.passed_on().await.is_empty(), "none was made");
    reported.shop.hear(&cancelled()).await.unwrap();
    reported.report(&event("evt_2", "refund.updated")).await.unwrap();
    assert!(reported.passed_on().await.is_empty());
    reported.report(&event("evt_3", "refund.failed")).await.unwrap();
    assert_eq!(reported.passed_on().await.len(), 1);
}

#[tokio::test]
async fn a_report_about_a_dispute_is_passed_on_once_though_it_names_no_payment() {
    let reported = Reported::open("pm_card_visa").await;
    let mut event = event("evt_1", "charge.dispute.created");
    event["data"]["object"] = json!({
        "id": "dp_1", "object": "dispute", "charge": "ch_1", "payment_intent": "pi_1", "metadata": {}, "amount": 3_690,
    });
    for _ in 0..2 {
        assert_eq!(reported.report(&event).await.unwrap().status(), 204);
    }
    let events = reported.shop.events().await.into_iter();
    let passed_on: Vec<Value> =
        events.filter(|event| event["type"] == "bodega.dispute.reported.v1").collect();
    let expected = json!({ "type": "charge.dispute.created", "object_id": "dp_1" });
    assert_eq!((passed_on.len(), &passed_on[0]["data"]), (1, &expected));
}

#[tokio::test]
async fn unreadable_secrets_are_unavailable() {
    let shop = Shop::open().await;
    let endpoint = StripeEndpoint::with_secret(&shop.aws(), "nowhere", Mode::Test);
    let body = event("evt_1", "payment_intent.succeeded").to_string();
    let call = Call::new(Anyone, RawBody::new(body.as_str()), now());
    let call = call.with_header("stripe-signature", &stripe::signature(SECRET, now(), &body));
    let problem = receive_stripe_event((shop.payments.clone(), endpoint), call).await.unwrap_err();
    assert_eq!(problem.status(), 503);
}

#[tokio::test]
async fn receive_stripe_event_keeps_to_its_budget() {
    let reported = Reported::open(ASKS).await;
    let used = || reported.shop.engine.used();
    used();
    let report = event("evt_1", "payment_intent.succeeded");
    reported.report(&report).await.unwrap();
    assert!(used().contains("secretsmanager:GetSecretValue"), "the first one reads the secret");
    reported.report(&event("evt_2", "payment_intent.succeeded")).await.unwrap();
    assert_eq!(used(), "2 read, 4 written: 2 GetItem, TransactWriteItems", "passed on");
    reported.report(&report).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "the same event again");
}
