//! The route of a new operation.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arguments::Role;
use super::names::Names;
use super::trigger::TriggerError;

#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) role: Role,
    parameters: Vec<String>,
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl Route {
    pub(super) fn of(method: &str, path: &str, role: Role) -> Result<Self, TriggerError> {
        let known = METHODS.into_iter().find(|known| known.eq_ignore_ascii_case(method));
        let method = known.ok_or_else(|| TriggerError::Method(method.to_owned()))?;
        let parameters = parameters(path).ok_or_else(|| TriggerError::Path(path.to_owned()))?;
        if path.starts_with("/internal/") != (role == Role::Service) {
            return Err(TriggerError::Internal);
        }
        Ok(Self { method, path: path.to_owned(), role, parameters })
    }

    /// `PATCH /products/{product_id}`
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(super) fn has_body(&self) -> bool {
        matches!(self.method, "POST" | "PUT" | "PATCH")
    }

    /// Its operation's entry in the contract, to be completed by hand.
    pub(super) fn contract(&self, names: &Names) -> String {
        let path = match self.parameters.first().map(String::as_str) {
            None => "",
            Some("product_id") => ".path::<domain::words::id::ProductId>()",
            Some("order_id") => ".path::<domain::words::id::OrderId>()",
            Some("payment_id") => ".path::<domain::words::id::PaymentId>()",
            Some("user_id") => ".path::<domain::words::id::UserId>()",
            Some("sku") => ".path::<domain::words::goods::Sku>()",
            Some(_) => ".path::<String>()",
        };
        format!("Operation::of(\"{}\", {}){path}", names.operation, names.module)
    }

    /// The event of an operation with the same authority, for this route.
    pub(super) fn event(&self, mut event: Value) -> Value {
        let (key, path) = (self.key(), self.example_path());
        event["routeKey"] = json!(key);
        event["rawPath"] = json!(path);
        event["requestContext"]["routeKey"] = json!(key);
        event["requestContext"]["http"]["method"] = json!(self.method);
        event["requestContext"]["http"]["path"] = json!(path);
        if let Some(event) = event.as_object_mut() {
            event.remove("pathParameters");
            if self.method != "POST"
                && let Some(headers) = event.get_mut("headers").and_then(Value::as_object_mut)
            {
                headers.remove("idempotency-key");
            }
            let parameters = self.example_parameters();
            if !parameters.is_empty() {
                event.insert("pathParameters".to_owned(), json!(parameters));
            }
            if self.has_body() {
                event.insert("body".to_owned(), json!("{}"));
            } else {
                event.remove("body");
            }
        }
        event
    }

    /// Values for the path's parameters.
    fn example_parameters(&self) -> BTreeMap<&str, String> {
        let value = |name: &str| match name.strip_suffix("_id") {
            Some(kind) => format!("{}_01KAR8J3YT5QZ8W2N6V4C1D7EH", prefix(kind)),
            None => name.to_ascii_uppercase(),
        };
        self.parameters.iter().map(|name| (name.as_str(), value(name))).collect()
    }

    fn example_path(&self) -> String {
        self.example_parameters()
            .iter()
            .fold(self.path.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
    }
}

/// The prefix of an id: `prd` of `product`.
fn prefix(kind: &str) -> &str {
    match kind {
        "product" => "prd",
        "order" => "ord",
        "payment" => "pay",
        "user" => "usr",
        "session" => "ses",
        other => other,
    }
}

/// The names of the parameters in a route's path; `None` if it is not one.
fn parameters(route: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for segment in route.strip_prefix('/')?.split('/') {
        let name = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
        let is_word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-' | b'.'))
        };
        match name {
            Some(name) if is_word(name) => found.push(name.to_owned()),
            None if is_word(segment) => {}
            _ => return None,
        }
    }
    Some(found)
}
