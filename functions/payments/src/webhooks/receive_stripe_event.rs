//! `POST /webhooks/stripe`: Stripe reports that something has happened to a payment or a dispute.
//!
//! A report is a hint and never the truth: it makes `process-payment` look at the payment at Stripe. So reports may be lost,
//! repeated, reordered and late, and one that was forged could do nothing.

use domain::events::{DisputeReported, GatewayReported, PaymentEvent, is_of_a_failed_refund};
use domain::payments::{GatewayId, Payment, WebhookRefusal};
use domain::words::id::PaymentId;
use edge::{Anyone, Call, Problem, RawBody, Reply, RequestRefusal};
use serde::Deserialize;
use store::{Change, Stored};
use telemetry::Metric;

use crate::gateway::stripe::Mode;
use crate::store::Payments;
use crate::webhooks::rows::{ReceivedEvent, ReceivedEventRow, key};
use crate::webhooks::secrets::StripeEndpoint;

/// Returns whether events of a type are about payments, and may tell something new: what is created, the shop has created.
fn may_be_news(kind: &str) -> bool {
    (kind.starts_with("payment_intent.") || kind.starts_with("refund.")) && !kind.ends_with(".created")
}

/// What the types of events about disputes begin with.
const DISPUTE: &str = "charge.dispute.";

/// The relevant fields of an event (<https://docs.stripe.com/api/events/object>).
#[derive(Debug, Deserialize)]
struct StripeEvent {
    id: GatewayId,
    #[serde(rename = "type")]
    kind: String,
    livemode: bool,
    data: StripeData,
}

#[derive(Debug, Deserialize)]
struct StripeData {
    object: StripeObject,
}

/// A PaymentIntent or a refund, in whose metadata the shop has named its payment; or a dispute, which has none.
#[derive(Debug, Deserialize)]
struct StripeObject {
    id: GatewayId,
    #[serde(default)]
    metadata: StripeMetadata,
}

#[derive(Debug, Default, Deserialize)]
struct StripeMetadata {
    payment_id: Option<PaymentId>,
}

/// Passes a report on, once per event. What is not about a payment of the shop, or about one of which nothing is left to
/// learn, is taken and forgotten.
///
/// # Errors
/// 400 if the body is not signed by Stripe, or was not signed within the last five minutes, or its event is of the other
/// mode; 503 if the secrets cannot be read.
pub async fn receive_stripe_event(
    (payments, endpoint): (Payments, StripeEndpoint),
    call: Call<RawBody, Anyone>,
) -> Result<Reply<()>, Problem> {
    let body = call.body.as_ref();
    let header = call.header("stripe-signature").unwrap_or_default();
    if !endpoint.has_signed(header, body, call.now).await? {
        Metric::WebhookSignatureInvalid.publish(1);
        return Err(WebhookRefusal::SignatureInvalid.into());
    }
    // A type that is not known may have any form.
    let Ok(event) = serde_json::from_slice::<StripeEvent>(body) else { return unknown(body) };
    if event.livemode != (endpoint.mode() == Mode::Live) {
        Metric::WebhookSignatureInvalid.publish(1);
        return Err(WebhookRefusal::OtherMode.into());
    }
    let StripeEvent { id: event_id, kind, data: StripeData { object }, .. } = event;
    let payment_id = object.metadata.payment_id;
    let Some(report) = report(&payments, &kind, object).await? else { return Ok(Reply::no_content()) };
    let received = ReceivedEvent { event_id: event_id.clone(), kind, payment_id, received_at: call.now };
    let receive = async |known: Option<Stored<ReceivedEvent>>| {
        let change = || Change::to(received.clone()).emit([report.clone()]);
        Ok::<_, Problem>(known.is_none().then(change))
    };
    payments.table.at::<ReceivedEventRow>(key(&event_id)).change(&call, receive).await?;
    Ok(Reply::no_content())
}

/// Returns what to pass on; `None` if it is not about the shop, or nothing is left to learn.
async fn report(
    payments: &Payments,
    kind: &str,
    object: StripeObject,
) -> Result<Option<PaymentEvent>, Problem> {
    let (kind, object_id) = (kind.to_owned(), object.id.to_string());
    if kind.starts_with(DISPUTE) {
        // Only Stripe knows its payment.
        return Ok(Some(PaymentEvent::DisputeReported(DisputeReported { kind, object_id })));
    }
    let Some(payment_id) = object.metadata.payment_id.filter(|_| may_be_news(&kind)) else { return Ok(None) };
    let is_news = |payment: &Payment| {
        payment.may_have_news() || (is_of_a_failed_refund(&kind) && payment.has_made_refunds())
    };
    let found = payments.get(payment_id).await?.filter(|found| is_news(&found.value));
    let report = |_| PaymentEvent::GatewayReported(GatewayReported { payment_id, kind, object_id });
    Ok(found.map(report))
}

/// Takes a signed event whose form is not that of a known type.
fn unknown(body: &[u8]) -> Result<Reply<()>, Problem> {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(_) => Ok(Reply::no_content()),
        Err(_) => Err(RequestRefusal::MalformedJson.into()),
    }
}
