//! Stripe's responses: the requested object, or an error (<https://docs.stripe.com/api/errors>).

use http::{Response, StatusCode};
use serde::Deserialize;

use crate::gateway::GatewayError;

/// A response.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    /// Whether it is replayed from an earlier request with the same key.
    replayed: bool,
    body: Vec<u8>,
}

/// The relevant fields of Stripe's error object.
#[derive(Debug, Default, Deserialize)]
struct ErrorObject {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
    param: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorObject,
}

/// A request that Stripe rejected.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: ErrorObject,
}

impl Answer {
    pub(super) fn of(response: Response<Vec<u8>>) -> Self {
        let replayed = response.headers().get("idempotent-replayed").is_some_and(|value| value == "true");
        Self { status: response.status(), replayed, body: response.into_body() }
    }

    /// Returns whether nothing was done and the same request may succeed in a moment: a lock, a key in use by another
    /// request, or rate limiting.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS)
    }

    /// Returns whether the API key was rejected.
    pub(super) fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// Returns whether Stripe failed when the key was first used, and now replays that failure.
    pub(super) fn is_kept_failure(&self) -> bool {
        self.replayed && self.status.is_server_error()
    }

    /// Returns the error's code, or its type, or the HTTP status.
    pub(super) fn code(&self) -> String {
        Refusal { status: self.status, error: self.error() }.code()
    }

    /// Returns the object or the refusal. A response that leaves the outcome open is an error.
    pub(super) fn accepted(self) -> Result<Result<Vec<u8>, Refusal>, GatewayError> {
        match self.status {
            status if status.is_success() => Ok(Ok(self.body)),
            StatusCode::FAILED_DEPENDENCY => Err(GatewayError::Failed(self.code())),
            status if status.is_client_error() => Ok(Err(Refusal { status, error: self.error() })),
            status if status.is_server_error() => Err(GatewayError::Failed(self.code())),
            status => Err(GatewayError::InvalidAnswer(format!("status {status}"))),
        }
    }

    fn error(&self) -> ErrorObject {
        serde_json::from_slice::<ErrorBody>(&self.body).map(|body| body.error).unwrap_or_default()
    }
}

impl Refusal {
    /// Returns the decline code if only the customer can change what was refused: the bank declined the payment method,
    /// it does not exist or was used before, or Stripe does not take the order's amount or currency. Clients choose the
    /// token and the quantities, so none of these is an operational error.
    pub(super) fn decline(&self) -> Option<String> {
        let error = &self.error;
        let is_card =
            self.status == StatusCode::PAYMENT_REQUIRED || error.kind.as_deref() == Some("card_error");
        if is_card {
            return Some(error.decline_code.clone().unwrap_or_else(|| self.code()));
        }
        if self.status != StatusCode::BAD_REQUEST {
            return None;
        }
        // This one refusal has neither a code nor a parameter.
        let message = error.message.as_deref().unwrap_or_default();
        if error.code.is_none()
            && message.contains("PaymentMethod")
            && message.contains("may not be used again")
        {
            return Some("payment_method_used".to_owned());
        }
        match (error.param.as_deref(), error.code.as_deref()) {
            (Some("payment_method"), _) => Some(self.code()),
            // What the shop has sent is complete and has the right type, so Stripe does not charge it.
            (Some("amount"), None | Some("parameter_invalid_integer")) => {
                Some("amount_not_supported".to_owned())
            }
            (Some("currency"), None) => Some("currency_not_supported".to_owned()),
            (_, Some(code @ ("amount_too_small" | "amount_too_large"))) => Some(code.to_owned()),
            (_, Some(code)) if code.starts_with("payment_method_") => Some(code.to_owned()),
            _ => None,
        }
    }

    /// Returns whether the PaymentIntent's state no longer allows the request.
    pub(super) fn is_unexpected_state(&self) -> bool {
        self.error.code.as_deref() == Some("payment_intent_unexpected_state")
    }

    /// Returns Stripe's code if the authorisation has ended, so that nothing more is captured
    /// (<https://docs.stripe.com/error-codes>).
    pub(super) fn of_ended_authorization(&self) -> Option<&str> {
        let code = self.error.code.as_deref();
        code.filter(|code| {
            ["charge_expired_for_capture", "capture_charge_authorization_expired"].contains(code)
        })
    }

    /// Returns whether the object does not exist, or is not under the path that was asked for.
    pub(super) fn is_missing(&self) -> bool {
        self.error.code.as_deref() == Some("resource_missing")
    }

    pub(super) fn is_already_refunded(&self) -> bool {
        self.error.code.as_deref() == Some("charge_already_refunded")
    }

    /// Returns whether the customer has disputed the charge, so that it is not refunded.
    pub(super) fn is_disputed(&self) -> bool {
        self.error.code.as_deref() == Some("charge_disputed")
    }

    fn code(&self) -> String {
        let named = self.error.code.clone().or_else(|| self.error.kind.clone());
        named.unwrap_or_else(|| self.status.as_u16().to_string())
    }
}

impl From<Refusal> for GatewayError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            status: refusal.status.as_u16(),
            code: refusal.code(),
            message: refusal.error.message.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const USED_BEFORE: &str = "The provided PaymentMethod was previously used with a PaymentIntent without Customer \
        attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It \
        may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.";

    fn answer(status: u16, error: serde_json::Value) -> Answer {
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, replayed: false, body: json!({ "error": error }).to_string().into_bytes() }
    }

    fn refusal(status: u16, error: serde_json::Value) -> Refusal {
        answer(status, error).accepted().unwrap().unwrap_err()
    }

    #[test]
    fn only_what_the_customer_can_change_is_a_decline() {
        let card =
            json!({ "type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds" });
        assert_eq!(refusal(402, card).decline().as_deref(), Some("insufficient_funds"));
        let expired = json!({ "type": "card_error", "code": "expired_card" });
        assert_eq!(refusal(402, expired).decline().as_deref(), Some("expired_card"));
        let missing =
            json!({ "type": "invalid_request_error", "code": "resource_missing", "param": "payment_method" });
        assert_eq!(refusal(400, missing).decline().as_deref(), Some("resource_missing"));
        let invalid = "invalid_request_error";
        for (error, code) in [
            (json!({ "type": invalid, "code": "amount_too_small", "param": "amount" }), "amount_too_small"),
            (json!({ "type": invalid, "code": "amount_too_large", "param": "amount" }), "amount_too_large"),
            (json!({ "type": invalid, "param": "amount" }), "amount_not_supported"),
            (json!({ "type": invalid, "param": "currency" }), "currency_not_supported"),
            (json!({ "type": invalid, "code": "payment_method_unactivated" }), "payment_method_unactivated"),
            (json!({ "type": invalid, "message": USED_BEFORE }), "payment_method_used"),
        ] {
            assert_eq!(refusal(400, error.clone()).decline().as_deref(), Some(code), "{error}");
        }
        for (status, error) in [
            (401, json!({ "type": "invalid_request_error", "message": "Invalid API Key provided" })),
            (403, json!({ "type": "invalid_request_error", "code": "permission_denied" })),
            (404, json!({ "type": "invalid_request_error", "code": "resource_missing", "param": "intent" })),
            (400, json!({ "type": "idempotency_error" })),
            (400, json!({ "type": "invalid_request_error", "code": "parameter_missing", "param": "amount" })),
            (401, json!({ "type": "invalid_request_error", "param": "amount" })),
            (400, json!({ "type": "invalid_request_error", "code": "parameter_unknown", "param": "amont" })),
        ] {
            let refused = refusal(status, error.clone());
            assert_eq!(refused.decline(), None, "{error}");
            assert!(matches!(GatewayError::from(refused), GatewayError::Refused { .. }), "{error}");
        }
    }

    #[test]
    fn a_server_error_is_neither_success_nor_refusal() {
        for status in [424, 500, 502, 503, 504] {
            let failed = answer(status, json!({ "type": "api_error" })).accepted();
            assert!(matches!(failed, Err(GatewayError::Failed(_))), "{status}");
        }
        for (status, code) in [(409, "idempotency_key_in_use"), (409, "lock_timeout"), (429, "rate_limit")] {
            let busy = answer(status, json!({ "code": code }));
            assert!(busy.is_busy() && busy.code() == code);
        }
        let page = Answer { status: StatusCode::BAD_GATEWAY, replayed: false, body: b"<html>".to_vec() };
        assert_eq!(page.code(), "502");
    }

    #[test]
    fn a_refusal_carries_stripes_code_and_message() {
        let key = json!({ "type": "invalid_request_error", "message": "Invalid API Key provided: sk_test_****1234" });
        let error = GatewayError::from(refusal(401, key));
        insta::assert_snapshot!(
            error,
            @"the payment gateway rejected the request: 401 invalid_request_error: Invalid API Key provided: sk_test_****1234"
        );
    }
}
