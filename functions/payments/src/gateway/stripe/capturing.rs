//! Captures of what is authorised (<https://docs.stripe.com/api/payment_intents/capture>, <https://docs.stripe.com/payments/multicapture>).

use domain::payments::Capture;
use http::Method;

use super::Stripe;
use super::objects::{Intent, IntentStatus, Mode, amount};
use super::request::{Ask, read};
use crate::gateway::{Capturing, GatewayError};

impl Stripe {
    /// Asks first what is captured: an answer may have been lost so long ago that Stripe has forgotten the key, and would capture the
    /// amount again.
    pub(super) async fn capture_intent(&self, capture: &Capture) -> Result<Capturing, GatewayError> {
        let key = capture.capture_id.to_string();
        // Stripe keeps its own failure for a day. Nothing but the key keeps two processes from capturing the same part, so what goes
        // again has another one, which is the same for both.
        for key in [key.clone(), format!("{key}-again")] {
            if let Some(known) = self.found(&capture.attempt).await?.captured(capture, self.mode)? {
                return Ok(known);
            }
            if let Some(captured) = self.capture_once(capture, key).await? {
                return Ok(captured);
            }
        }
        Err(GatewayError::Undecided("Stripe repeats a failure".to_owned()))
    }

    /// Returns `None` if Stripe repeats a failure that it has kept.
    async fn capture_once(&self, capture: &Capture, key: String) -> Result<Option<Capturing>, GatewayError> {
        let path = format!("/v1/payment_intents/{}/capture", capture.attempt.intent);
        let amount = amount(capture.amount).0.to_string();
        let is_last = if capture.is_last { "true" } else { "false" };
        let params = [("amount_to_capture", amount.as_str()), ("final_capture", is_last)];
        // Of a payment that is captured once, Stripe releases the rest anyway, and refuses to be told.
        let params = if capture.is_one_of_several { &params[..] } else { &params[..1] };
        let answer = self.ask(&Ask { method: Method::POST, path, params, key: Some(key) }).await?;
        if answer.is_kept_failure() {
            return Ok(None);
        }
        let found: Intent = match answer.accepted()? {
            Ok(answer) => read(&answer)?,
            Err(refusal) => match refusal.of_ended_authorization() {
                Some(code) => return Ok(Some(Capturing::Ended { reason: code.to_owned() })),
                None if refusal.is_unexpected_state() => self.found(&capture.attempt).await?,
                None => return Err(refusal.into()),
            },
        };
        let captured = found.captured(capture, self.mode)?;
        captured.map(Some).ok_or_else(|| GatewayError::Undecided("requires_capture".to_owned()))
    }
}

impl Intent {
    /// Returns what became of a capture; `None` if it was not made. What was captured tells: idempotency keys are forgotten.
    pub(super) fn captured(&self, capture: &Capture, mode: Mode) -> Result<Option<Capturing>, GatewayError> {
        let (before, after) = (amount(capture.before).0, amount(capture.before).0 + amount(capture.amount).0);
        let ended = |reason: &str| Ok(Some(Capturing::Ended { reason: reason.to_owned() }));
        match self.status {
            IntentStatus::Canceled => return ended("canceled"),
            IntentStatus::Succeeded | IntentStatus::RequiresCapture => {}
            other => return Err(GatewayError::Undecided(format!("{other:?}"))),
        }
        let is_open = self.status == IntentStatus::RequiresCapture;
        match self.amount_received {
            received if received == before && is_open => {
                self.compare(&capture.attempt.charge, Some(before), mode)?;
                Ok(None)
            }
            // Somebody has released the rest, or the authorisation has ended.
            received if received == before && before != after => ended("authorization_ended"),
            _ => {
                self.compare(&capture.attempt.charge, Some(after), mode)?;
                if capture.is_last && is_open {
                    return Err(GatewayError::Undecided("the rest is not released".to_owned()));
                }
                Ok(Some(Capturing::Done))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::payments::{GatewayId, Opened};
    use domain::words::id::CaptureId;
    use domain::words::money::{Currency, Money};

    use super::*;
    use crate::gateway::stripe::objects::tests::{charge, intent};

    #[test]
    fn what_was_captured_tells_whether_a_capture_was_made() {
        let eur = |amount| Money::new(amount, Currency::EUR).unwrap();
        let (intent_id, charge) = (GatewayId::try_new("pi_1").unwrap(), charge());
        let capture = |before, amount, is_last| Capture {
            capture_id: CaptureId::from_parts(0, 1),
            attempt: Opened { intent: intent_id.clone(), charge: charge.clone() },
            before: eur(before),
            amount: eur(amount),
            is_last,
            is_one_of_several: true,
        };
        let captured = |status: &str, received: i64, capture: &Capture| {
            let mut intent = intent();
            (intent["status"], intent["amount_received"]) = (status.into(), received.into());
            serde_json::from_value::<Intent>(intent).unwrap().captured(capture, Mode::Test)
        };
        let first = capture(0, 1_280, false);
        assert_eq!(captured("requires_capture", 0, &first).unwrap(), None);
        assert_eq!(captured("requires_capture", 1_280, &first).unwrap(), Some(Capturing::Done));
        assert_eq!(
            captured("succeeded", 1_280, &first).unwrap(),
            Some(Capturing::Done),
            "the rest is released"
        );
        for (status, capture) in [("canceled", &first), ("succeeded", &first)] {
            assert!(
                matches!(captured(status, 0, capture).unwrap(), Some(Capturing::Ended { .. })),
                "{status}"
            );
        }
        let last = capture(1_280, 2_410, true);
        assert_eq!(captured("requires_capture", 1_280, &last).unwrap(), None);
        assert_eq!(captured("succeeded", 3_690, &last).unwrap(), Some(Capturing::Done));
        let release = capture(1_280, 0, true);
        assert_eq!(captured("requires_capture", 1_280, &release).unwrap(), None);
        assert_eq!(captured("succeeded", 1_280, &release).unwrap(), Some(Capturing::Done));
        for (status, received, capture) in
            [("requires_capture", 5, &first), ("succeeded", 3_000, &last), ("succeeded", 5, &first)]
        {
            let error = captured(status, received, capture).unwrap_err();
            assert!(matches!(error, GatewayError::Mismatch { .. }), "{status} {received}: {error}");
        }
    }
}
