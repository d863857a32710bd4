//! Stripe's errors (<https://docs.stripe.com/api/errors>).

use http::StatusCode;
use serde_json::{Map, Value, json};

/// A rejected or failed request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Error {
    pub(super) status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    more: Map<String, Value>,
    /// Whether execution got this far: the idempotency key then keeps the response.
    pub(super) is_kept: bool,
}

impl Error {
    fn new(status: StatusCode, kind: &'static str, code: Option<&'static str>, message: String) -> Self {
        Self { status, kind, code, message, more: Map::new(), is_kept: false }
    }

    pub(super) fn unauthorized() -> Self {
        let message =
            "You did not provide an API key. You need to provide your API key in the Authorization header, \
                       using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
                .to_owned();
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", None, message)
    }

    pub(super) fn no_such_url(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", None, message)
    }

    /// A missing, unknown or invalid parameter.
    pub(super) fn parameter(code: &'static str, param: &str, message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", Some(code), message).with("param", param)
    }

    /// An invalid parameter for which Stripe has no code.
    pub(super) fn uncoded(param: &str, message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", None, message).with("param", param)
    }

    /// The payment method was used before, and belongs to no Customer. Stripe states this in the message only.
    pub(super) fn used_before() -> Self {
        let message = "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, \
                       shared with a connected account without Customer attachment, or was detached from a Customer. It \
                       may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer \
                       first."
            .to_owned();
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", None, message)
    }

    /// The object that the path names does not exist.
    pub(super) fn missing(what: &str, param: &str, id: &str) -> Self {
        let message = format!("No such {what}: '{id}'");
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", Some("resource_missing"), message)
            .with("param", param)
    }

    /// The object's state does not allow the request.
    pub(super) fn state(code: &'static str, message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", Some(code), message).kept()
    }

    /// The bank declines.
    pub(super) fn card(code: &'static str, reason: Option<&'static str>) -> Self {
        let message = "Your card was declined.".to_owned();
        let error = Self::new(StatusCode::PAYMENT_REQUIRED, "card_error", Some(code), message).kept();
        match reason {
            Some(reason) => error.with("decline_code", reason),
            None => error,
        }
    }

    /// The customer has not confirmed with their bank.
    pub(super) fn authentication(code: &'static str) -> Self {
        let message = "The provided PaymentMethod has failed authentication.".to_owned();
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", Some(code), message)
    }

    pub(super) fn other_parameters(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using \
             a key other than '{key}' if you meant to execute a different request."
        );
        Self::new(StatusCode::BAD_REQUEST, "idempotency_error", None, message)
    }

    pub(super) fn key_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotency-Key (that probably means you submitted \
             twice, and the other request is still going through): {key}. Please try again later."
        );
        Self::new(StatusCode::CONFLICT, "idempotency_error", Some("idempotency_key_in_use"), message)
    }

    pub(super) fn too_many_requests() -> Self {
        let message = "Request rate limit exceeded. You can learn more about rate limits here \
                       https://docs.stripe.com/rate-limits."
            .to_owned();
        Self::new(StatusCode::TOO_MANY_REQUESTS, "invalid_request_error", Some("rate_limit"), message)
    }

    pub(super) fn failed() -> Self {
        let message = "An unknown error occurred".to_owned();
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", None, message).kept()
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    fn kept(self) -> Self {
        Self { is_kept: true, ..self }
    }

    /// The error object that a PaymentIntent stores.
    pub(super) fn object(&self) -> Value {
        let mut object = self.more.clone();
        object.insert("type".to_owned(), self.kind.into());
        object.insert("message".to_owned(), self.message.clone().into());
        if let Some(code) = self.code {
            object.insert("code".to_owned(), code.into());
            object.insert("doc_url".to_owned(), format!("https://docs.stripe.com/error-codes/{code}").into());
        }
        Value::Object(object)
    }

    pub(super) fn body(&self) -> Value {
        json!({ "error": self.object() })
    }
}
