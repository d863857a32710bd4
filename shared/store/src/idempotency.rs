//! Idempotency of HTTP writes. Either the row that a request creates is its record (its key is derived from the
//! Idempotency-Key, and it holds the request's hash), or the reply is stored in the same transaction as the request's
//! effect.
//!
//! Semantics follow the IETF draft “The Idempotency-Key HTTP Header Field”: the same key and body get the same reply;
//! the same key with another body is an error.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::item::{Attributes, Item, Key, text};
use crate::table::Table;

/// How long a key is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The attribute of a row that is the record of the request that created it.
pub(crate) const REQUEST_HASH: &str = "request";

/// The label of the record of a reply.
pub(crate) const ANSWERED: &str = "answered";

/// The hash of a request's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequestHash(String);

impl RequestHash {
    pub(crate) fn of(request: &impl Serialize) -> Result<Self, Error> {
        let request = present(serde_json::to_value(request)?).unwrap_or_default();
        // 128 bits distinguish the requests of one key; every byte of a row costs money.
        let hash = Sha256::digest(serde_json::to_vec(&request)?);
        Ok(Self(URL_SAFE_NO_PAD.encode(&hash[..16])))
    }

    pub(crate) fn in_row(attributes: &Attributes) -> Option<Self> {
        attributes.get(REQUEST_HASH)?.as_s().ok().cloned().map(Self)
    }

    pub(crate) fn into_row(self, item: Item) -> Item {
        item.with(REQUEST_HASH.to_owned(), text(self.0))
    }
}

/// Returns the parts of a request that it contains: without nulls, empty lists and empty objects, which are how a version
/// writes the fields that a client of an older version does not send. A retry that reaches another version during a
/// deployment is then still the same request. Members are sorted, so their order does not matter either.
fn present(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) if items.is_empty() => None,
        // Positions count: an item is never left out.
        Value::Array(items) => {
            Some(Value::Array(items.into_iter().map(|item| present(item).unwrap_or_default()).collect()))
        }
        Value::Object(members) => {
            // Sorted here, since serde_json may keep the order of insertion.
            let members: BTreeMap<String, Value> =
                members.into_iter().filter_map(|(name, value)| Some((name, present(value)?))).collect();
            (!members.is_empty()).then(|| Value::Object(members.into_iter().collect()))
        }
        value => Some(value),
    }
}

/// A request that must take effect once, however often it is sent.
#[derive(Debug, Clone)]
pub struct Claim {
    key: Key,
    hash: RequestHash,
}

#[derive(Serialize, Deserialize)]
struct Record {
    request_hash: RequestHash,
    reply: String,
}

impl Claim {
    /// Creates a claim for `caller`'s request with `key` to `operation`. `request` must include everything that the
    /// reply depends on: the parsed body and any path parameters.
    ///
    /// # Errors
    /// If the request does not encode.
    pub fn new(operation: &str, caller: &str, key: &str, request: &impl Serialize) -> Result<Self, Error> {
        // The client chooses the key's characters. The hash cannot contain a `#`, so it stays within its partition.
        let name = URL_SAFE_NO_PAD.encode(Sha256::digest(key.as_bytes()));
        let key = Key::new(format!("IDEMPOTENCY#{operation}#{caller}#{name}"), "IDEMPOTENCY");
        Ok(Self { key, hash: RequestHash::of(request)? })
    }

    /// Returns the record of a reply.
    pub(crate) fn record(&self, reply: &impl Serialize, now: Timestamp) -> Result<Item, Error> {
        let record = Record { request_hash: self.hash.clone(), reply: serde_json::to_string(reply)? };
        Ok(Item::new(self.key.clone(), "idempotency", &record).expires(now + KEPT))
    }
}

impl Table {
    /// Returns the earlier reply to a claimed request, if it is still kept at `now`.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if the key was used for another request; if the table is unavailable.
    pub async fn answered<T: DeserializeOwned>(
        &self,
        claim: &Claim,
        now: Timestamp,
    ) -> Result<Option<T>, Error> {
        let Some(found) = self.get_unexpired::<Record>(&claim.key, now).await? else { return Ok(None) };
        if found.value.request_hash != claim.hash {
            return Err(Error::KeyReused);
        }
        Ok(Some(serde_json::from_str(&found.value.reply)?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hash(request: Value) -> RequestHash {
        RequestHash::of(&request).unwrap()
    }

    #[test]
    fn a_field_that_was_not_sent_does_not_change_the_hash() {
        let sent = json!({ "sku": "CUP", "lines": [1, 2], "address": { "city": "Ghent" } });
        let newer = json!({
            "address": { "city": "Ghent", "unit": null }, "coupon": null, "lines": [1, 2], "notes": [],
            "options": { "gift": null }, "sku": "CUP",
        });
        assert_eq!(hash(sent.clone()), hash(newer));
        for other in [
            json!({ "sku": "CUP", "lines": [1, 2], "address": { "city": "Ghent" }, "coupon": "X" }),
            json!({ "sku": "CUP", "lines": [2, 1], "address": { "city": "Ghent" } }),
            json!({ "sku": "CUP", "lines": [1, 2, null], "address": { "city": "Ghent" } }),
            json!({ "sku": "CUP", "lines": [1, 2], "address": { "city": "Ghent" }, "gift": false }),
        ] {
            assert_ne!(hash(sent.clone()), hash(other.clone()), "{other}");
        }
    }
}
