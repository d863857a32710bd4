//! A request's parameters: form-encoded, with `name[key]` for maps and lists.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error::Error;

/// The parameters of one request. Each is taken out once; any left over are unknown.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Error> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body).map_err(|error| {
            Error::parameter("parameter_invalid", "body", format!("Invalid request body: {error}"))
        })?;
        Ok(Self(pairs.into_iter().collect()))
    }

    /// The fingerprint that a repeated idempotency key is compared with.
    pub(super) fn fingerprint(&self) -> String {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    pub(super) fn required(&mut self, name: &str) -> Result<String, Error> {
        self.text(name).filter(|text| !text.is_empty()).ok_or_else(|| {
            Error::parameter("parameter_missing", name, format!("Missing required param: {name}."))
        })
    }

    /// A positive whole number.
    pub(super) fn amount(&mut self, name: &str) -> Result<Option<i64>, Error> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().ok().filter(|amount| *amount > 0).map(Some).ok_or_else(|| {
            Error::parameter("parameter_invalid_integer", name, format!("Invalid positive integer: {text}"))
        })
    }

    /// All of `name[…]`.
    pub(super) fn map(&mut self, name: &str) -> BTreeMap<String, String> {
        let prefix = format!("{name}[");
        let names: Vec<String> = self.0.keys().filter(|key| key.starts_with(&prefix)).cloned().collect();
        names
            .into_iter()
            .filter_map(|full| {
                let value = self.0.remove(&full)?;
                Some((full.strip_prefix(&prefix)?.trim_end_matches(']').to_owned(), value))
            })
            .collect()
    }

    /// Whether a payment method is saved, and for what.
    pub(super) fn usage(&mut self) -> Result<Option<String>, Error> {
        let usage = self.0.get("setup_future_usage").cloned();
        self.only("setup_future_usage", &["on_session", "off_session"])?;
        Ok(usage)
    }

    /// Whether the PaymentIntent is returned with its charge.
    pub(super) fn expands_charge(&mut self) -> Result<bool, Error> {
        let is_expanded = self.0.contains_key("expand[]");
        self.only("expand[]", &["latest_charge"])?;
        Ok(is_expanded)
    }

    /// Whether parts of the payment are to be captured, one after another.
    pub(super) fn multicapture(&mut self) -> Result<Option<Value>, Error> {
        const NAME: &str = "payment_method_options[card][request_multicapture]";
        let wanted = self.0.get(NAME).cloned();
        self.only(NAME, &["if_available", "never"])?;
        Ok(wanted.map(|wanted| json!({ "card": { "request_multicapture": wanted } })))
    }

    /// Checks that the parameter, if present, has one of the values that are supported here.
    pub(super) fn only(&mut self, name: &str, known: &[&str]) -> Result<(), Error> {
        match self.text(name) {
            Some(text) if !known.contains(&text.as_str()) => {
                let message = format!("Invalid {name}: must be one of {}", known.join(", "));
                Err(Error::parameter("parameter_invalid", name, message))
            }
            _ => Ok(()),
        }
    }

    /// Rejects parameters that were not taken out.
    pub(super) fn finish(self) -> Result<(), Error> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(Error::parameter(
                "parameter_unknown",
                name,
                format!("Received unknown parameter: {name}"),
            )),
        }
    }
}
