//! Requests to Stripe (<https://docs.stripe.com/api>), and its answers' objects.

use domain::payments::Charge;
use domain::words::id::AttemptId;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::VERSION;
use crate::gateway::GatewayError;

/// A request.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) params: &'a [(&'a str, &'a str)],
    pub(super) key: Option<String>,
}

/// Returns the idempotency key of a request for an attempt. A new version of the shop may send other parameters, which Stripe
/// refuses under a key that is in use. So the key depends on them; of two PaymentIntents, only the one whose id is
/// recorded is ever confirmed.
pub(super) fn key_of(charge: &Charge, request: &str, params: &[(&str, &str)]) -> String {
    let attempt = charge.attempt_id.to_string();
    let mut parts = vec![attempt.as_str(), request];
    for (name, value) in params {
        parts.extend([*name, *value]);
    }
    let of_parameters = AttemptId::derived_from(&parts);
    format!("{attempt}-{request}-{of_parameters}")
}

pub(super) fn request(ask: &Ask<'_>, key: &SecretString) -> Result<Request<String>, GatewayError> {
    let mistake = |error: &dyn std::fmt::Display| GatewayError::InvalidAnswer(error.to_string());
    let mut authorization = HeaderValue::try_from(format!("Bearer {}", key.expose_secret().trim()))
        .map_err(|error| mistake(&error))?;
    authorization.set_sensitive(true);
    let mut request = Request::builder()
        .method(&ask.method)
        .uri(&ask.path)
        .header(AUTHORIZATION, authorization)
        .header("stripe-version", VERSION);
    if let Some(key) = &ask.key {
        request = request.header("idempotency-key", key);
    }
    let mut body = String::new();
    if ask.method == Method::POST {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        body = serde_urlencoded::to_string(ask.params).map_err(|error| mistake(&error))?;
    }
    request.body(body).map_err(|error| mistake(&error))
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, GatewayError> {
    serde_json::from_slice(body).map_err(|error| GatewayError::InvalidAnswer(error.to_string()))
}
