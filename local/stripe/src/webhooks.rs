//! Webhooks: every change of a PaymentIntent or a refund is reported to the shop, signed as Stripe signs
//! (<https://docs.stripe.com/webhooks/signature>).

use std::sync::Mutex;
use std::time::Duration;

use aws_lc_rs::hmac;
use engines::faults::{Faults, UnderWay};
use jiff::Timestamp;
use model::clock::Clock;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::ids::id;

/// How long a delivery that was not taken waits before it is repeated. Stripe repeats for three days.
const REPEATS: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(15), Duration::from_secs(60)];

/// Where webhooks are sent.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// The URL.
    pub url: String,
    /// The secret that they are signed with.
    pub secret: String,
}

/// What has happened to an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Report {
    pub(super) kind: &'static str,
    pub(super) object: Value,
}

/// The reports on their way to the endpoint, in the order of the changes.
#[derive(Debug)]
pub(super) struct Webhooks {
    sender: Mutex<Option<UnboundedSender<(Report, UnderWay)>>>,
    clock: Clock,
}

impl Webhooks {
    /// Returns webhooks that nobody receives yet, dated by this clock.
    pub(super) fn of(clock: Clock) -> Self {
        Self { sender: Mutex::default(), clock }
    }

    /// Sends the reports from now on to this endpoint; `None` loses them.
    pub(super) fn send_to(&self, endpoint: Option<Endpoint>) {
        let sender = endpoint.map(|endpoint| {
            let (sender, reports) = unbounded_channel();
            tokio::spawn(deliver(endpoint, reports, self.clock.clone()));
            sender
        });
        *self.sender.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = sender;
    }

    /// Reports changes. Each counts as work under way until it was delivered, or is repeated later.
    pub(super) fn report(&self, reports: Vec<Report>, faults: &Faults) {
        let sender = self.sender.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Some(sender) = &*sender else { return };
        for report in reports {
            if sender.send((report, faults.begin())).is_err() {
                tracing::warn!("a webhook is lost: nobody sends it any more");
            }
        }
    }
}

async fn deliver(endpoint: Endpoint, mut reports: UnboundedReceiver<(Report, UnderWay)>, clock: Clock) {
    let client = reqwest::Client::new();
    while let Some((report, under_way)) = reports.recv().await {
        let (endpoint, client, clock) = (endpoint.clone(), client.clone(), clock.clone());
        let body = event(&report, clock.now()).to_string();
        // Each by itself, so that one that is not taken does not hold up the others.
        tokio::spawn(async move {
            let mut under_way = Some(under_way);
            for pause in REPEATS.into_iter().map(Some).chain([None]) {
                match send(&client, &endpoint, &body, clock.now()).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(error, kind = report.kind, "a webhook was not taken"),
                }
                // Nobody waits for what is repeated.
                drop(under_way.take());
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return,
                }
            }
        });
    }
}

async fn send(
    client: &reqwest::Client,
    endpoint: &Endpoint,
    body: &str,
    now: Timestamp,
) -> Result<(), String> {
    let request = client
        .post(&endpoint.url)
        .header("content-type", "application/json; charset=utf-8")
        .header("user-agent", "Stripe/1.0 (the laptop's payment gateway)")
        .header("stripe-signature", signature(&endpoint.secret, now, body))
        .timeout(Duration::from_secs(10))
        .body(body.to_owned());
    let answer = request.send().await.map_err(|error| error.to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("status {}", answer.status())) }
}

/// Returns the header `Stripe-Signature` of a body.
#[must_use]
pub fn signature(secret: &str, now: Timestamp, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mac = hmac::sign(&key, format!("{}.{body}", now.as_second()).as_bytes());
    let digits: String = mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={},v1={digits}", now.as_second())
}

/// Returns an event (<https://docs.stripe.com/api/events/object>).
fn event(report: &Report, now: Timestamp) -> Value {
    json!({
        "id": id("evt"),
        "object": "event",
        "api_version": "2026-09-30.endive",
        "created": now.as_second(),
        "type": report.kind,
        "livemode": false,
        "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": null },
        "data": { "object": report.object },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_stripes() {
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        let expected = "t=1790000000,v1=621e30333c3e6f1df3159281b9d0e6983411cc64573a2fb2802f56791c7a24c1";
        assert_eq!(signature("whsec_test_secret", at, r#"{"id":"evt_1"}"#), expected);
    }
}
