//! What Stripe's charge says of an authorisation.

use domain::payments::Authorized;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A charge (<https://docs.stripe.com/api/charges/object>), if it was asked for, or else its id.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum LatestCharge {
    Expanded { payment_method_details: Option<MethodDetails> },
    Id(IgnoredAny),
}

#[derive(Debug, Deserialize)]
pub(super) struct MethodDetails {
    card: Option<CardDetails>,
}

#[derive(Debug, Deserialize)]
struct CardDetails {
    capture_before: Option<i64>,
    multicapture: Option<Multicapture>,
}

#[derive(Debug, Deserialize)]
struct Multicapture {
    status: String,
}

impl LatestCharge {
    /// Returns what the charge says of the authorisation; `None` if it was not asked for.
    pub(super) fn authorized(&self) -> Option<Authorized> {
        let Self::Expanded { payment_method_details } = self else { return None };
        let card = payment_method_details.as_ref().and_then(|details| details.card.as_ref());
        let capture_before = card.and_then(|card| card.capture_before);
        let multicapture = card.and_then(|card| card.multicapture.as_ref());
        Some(Authorized {
            capture_before: capture_before.and_then(|at| Timestamp::from_second(at).ok()),
            takes_several: multicapture.is_some_and(|multicapture| multicapture.status == "available"),
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::payments::ChargeOutcome;
    use serde_json::{Value, json};

    use super::*;
    use crate::gateway::stripe::objects::Intent;
    use crate::gateway::stripe::objects::tests::intent;

    #[test]
    fn an_authorisation_says_until_when_and_how_often_it_is_captured() {
        let mut authorized = intent();
        (authorized["status"], authorized["amount_received"]) = ("requires_capture".into(), 0.into());
        authorized["latest_charge"] = json!({
            "id": "ch_1",
            "payment_method_details": { "card": { "capture_before": 604_800, "multicapture": { "status": "available" } } },
        });
        let of =
            |intent: &Value| serde_json::from_value::<Intent>(intent.clone()).unwrap().outcome().unwrap();
        let capture_before = Some(Timestamp::from_second(604_800).unwrap());
        let expected = |capture_before, takes_several| {
            Some(ChargeOutcome::Authorized(Authorized { capture_before, takes_several }))
        };
        assert_eq!(of(&authorized), expected(capture_before, true));
        authorized["latest_charge"]["payment_method_details"]["card"] = json!({});
        assert_eq!(of(&authorized), expected(None, false));
    }
}
