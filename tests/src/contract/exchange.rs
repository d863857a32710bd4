//! Every request and reply of a test is held against the contract as it is published.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use reqwest::Request;
use serde_json::{Value, json};

use crate::customer::Reply;
use crate::shop::root;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let text = std::fs::read_to_string(root().join("docs/api/openapi.json")).expect("the API reference");
    serde_json::from_str(&text).expect("the API reference is JSON")
});

/// By the schema's place in the document.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Validator>>> = LazyLock::new(Mutex::default);

/// What a client has sent, as far as the contract says something of it.
#[derive(Debug, Clone)]
pub struct Sent {
    method: String,
    path: String,
    has_idempotency_key: bool,
    body: Option<Value>,
}

impl Sent {
    /// Reads a request before it is sent.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let body = request.body().and_then(|body| body.as_bytes());
        Self {
            method: request.method().as_str().to_lowercase(),
            path: request.url().path().to_owned(),
            has_idempotency_key: request.headers().contains_key("idempotency-key"),
            body: body.and_then(|body| serde_json::from_slice(body).ok()),
        }
    }
}

/// Checks an exchange: the reply is documented, and so is the request where it was granted.
///
/// # Errors
/// What is not as documented.
pub fn check(sent: &Sent, reply: &Reply) -> Result<(), String> {
    // No route: the gateway's own refusal.
    let Some((path, operation)) = operation(sent) else { return Ok(()) };
    let place = format!("/paths/{}/{}", escaped(path), sent.method);
    let status = reply.status.to_string();
    let documented = operation["responses"]
        .get(&status)
        .ok_or_else(|| format!("{} {path} does not document the status {status}: {reply:?}", sent.method))?;
    let media_type = reply.content_type.split(';').next().unwrap_or_default().trim();
    if let Some(content) = documented.get("content") {
        if content.get(media_type).is_none() {
            return Err(format!(
                "{} {path}: {status} is not documented as {media_type:?}: {reply:?}",
                sent.method
            ));
        }
        let schema = format!("{place}/responses/{status}/content/{}/schema", escaped(media_type));
        valid(&schema, &reply.body)?;
    } else if !reply.body.is_null() {
        return Err(format!("{} {path}: {status} is documented without a body: {reply:?}", sent.method));
    }
    if (200..300).contains(&reply.status) { granted(sent, operation, &place) } else { Ok(()) }
}

/// A request that was granted is one that the contract allows.
fn granted(sent: &Sent, operation: &Value, place: &str) -> Result<(), String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let mut required = parameters.filter(|parameter| parameter["required"] == true);
    if required.any(|parameter| parameter["name"] == "Idempotency-Key") && !sent.has_idempotency_key {
        return Err(format!("{place}: granted without its Idempotency-Key"));
    }
    match &sent.body {
        Some(body) if operation.get("requestBody").is_some() => {
            valid(&format!("{place}/requestBody/content/application~1json/schema"), body)
        }
        _ => Ok(()),
    }
}

fn operation(sent: &Sent) -> Option<(&'static str, &'static Value)> {
    let paths = DOCUMENT["paths"].as_object()?;
    let found = paths.iter().filter(|(path, _)| matches(path, &sent.path));
    // `/sessions/refresh` before `/sessions/{session_id}`.
    let (path, operations) = found.min_by_key(|(path, _)| path.matches('{').count())?;
    Some((path, operations.get(&sent.method)?))
}

fn matches(template: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found))
                if wanted == found || (wanted.starts_with('{') && !found.is_empty()) => {}
            _ => return false,
        }
    }
}

fn valid(place: &str, value: &Value) -> Result<(), String> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = validators.entry(place.to_owned()).or_insert_with(|| {
        let schema = DOCUMENT.pointer(place).unwrap_or_else(|| panic!("no schema at {place}"));
        let schema = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
        jsonschema::draft202012::new(&schema).expect("the schema is one")
    });
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(format!("{place}: {errors:?} in {value}")) }
}

/// A part of a JSON pointer (RFC 6901).
fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}
