//! Captures of what is authorised (<https://docs.stripe.com/api/payment_intents/capture>, <https://docs.stripe.com/payments/multicapture>).

use domain::payments::Capture;

use super::Stripe;
use super::objects::{Intent, amount};
use super::request::read;
use crate::gateway::{Capturing, GatewayError};

impl Stripe {
    /// Asks first what is captured: an answer may have been lost so long ago that Stripe has forgotten the key, and would capture the
    /// amount again.
    pub(super) async fn capture_intent(&self, capture: &Capture) -> Result<Capturing, GatewayError> {
        if let Some(known) = self.found(&capture.attempt).await?.captured(capture, self.mode)? {
            return Ok(known);
        }
        let path = format!("/v1/payment_intents/{}/capture", capture.attempt.intent);
        let amount = amount(capture.amount).0.to_string();
        let is_last = if capture.is_last { "true" } else { "false" };
        let params = [("amount_to_capture", amount.as_str()), ("final_capture", is_last)];
        // Of a payment that is captured once, Stripe releases the rest anyway, and refuses to be told.
        let params = if capture.is_one_of_several { &params[..] } else { &params[..1] };
        let found: Intent = match self.post(&path, params, Some(capture.capture_id.to_string())).await? {
            Ok(answer) => read(&answer)?,
            Err(refusal) => match refusal.of_ended_authorization() {
                Some(code) => return Ok(Capturing::Ended { reason: code.to_owned() }),
                None if refusal.is_unexpected_state() => self.found(&capture.attempt).await?,
                None => return Err(refusal.into()),
            },
        };
        let captured = found.captured(capture, self.mode)?;
        captured.ok_or_else(|| GatewayError::Undecided("requires_capture".to_owned()))
    }
}
