//! Lists in pages (<https://docs.stripe.com/api/pagination>).

use serde_json::{Value, json};

use super::super::error::Error;
use super::super::form::Form;

/// The page of a list that a request asks for.
#[derive(Debug)]
pub(super) struct Listing {
    limit: usize,
    after: Option<String>,
}

impl Listing {
    pub(super) fn of(form: &mut Form) -> Result<Self, Error> {
        let limit = form.amount("limit")?.unwrap_or(10);
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(100);
        Ok(Self { limit, after: form.text("starting_after") })
    }

    /// Returns the page of these objects, each with its id, in the list's order.
    pub(super) fn page(self, kind: &str, url: &str, mut found: Vec<(String, Value)>) -> Result<Value, Error> {
        if let Some(after) = self.after {
            let place = found.iter().position(|(id, _)| *id == after);
            found.drain(..=place.ok_or_else(|| Error::missing(kind, "starting_after", &after))?);
        }
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        let data: Vec<Value> = found.into_iter().map(|(_, object)| object).collect();
        Ok(json!({ "object": "list", "url": url, "has_more": has_more, "data": data }))
    }
}
