//! Idempotency of HTTP writes: the reply to a request is kept with what the request did, in the same transaction.
//!
//! Semantics after the IETF draft “The Idempotency-Key HTTP Header Field”: the same key and body get the same reply; the
//! same key with another body is an error.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Kind, Refusal};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::item::{Item, Key};
use crate::table::Table;
use crate::transaction::Transaction;

/// How long a key is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The label of the record: [`Outcome::Refused`](crate::Outcome::Refused) with it means that the same request has been
/// answered meanwhile; [`Claim::reply`] has the answer.
pub const ANSWERED: &str = "answered";

/// The Idempotency-Key was used before, for something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this Idempotency-Key was used with another request")]
pub struct KeyReused;

impl Refusal for KeyReused {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn code(&self) -> &'static str {
        "idempotency_key_reused"
    }
}

/// A request that must have one effect, however often it is sent.
#[derive(Debug, Clone)]
pub struct Claim {
    key: Key,
    hash: String,
}

#[derive(Serialize, Deserialize)]
struct Record {
    request_hash: String,
    reply: String,
}

impl Claim {
    /// A `caller`'s request with `key` to `operation`. `request` is all that the reply depends on: the parsed body, with
    /// path parameters where there are any.
    ///
    /// # Errors
    /// When the request does not encode.
    pub fn new(operation: &str, caller: &str, key: &str, request: &impl Serialize) -> Result<Self, Error> {
        let hash = Sha256::digest(serde_json::to_vec(request)?);
        // The client chose the key's characters; hashed, they cannot reach into another's partition.
        let name = Sha256::digest(key.as_bytes());
        Ok(Self {
            key: Key::new(
                format!("IDEMPOTENCY#{operation}#{caller}#{}", URL_SAFE_NO_PAD.encode(name)),
                "IDEMPOTENCY",
            ),
            hash: URL_SAFE_NO_PAD.encode(hash),
        })
    }

    /// The reply that the request was given before, if it was.
    ///
    /// # Errors
    /// [`KeyReused`] in the inner result, when the key was used for another request; when the table cannot be reached.
    pub async fn reply<T: DeserializeOwned>(
        &self,
        table: &Table,
    ) -> Result<Result<Option<T>, KeyReused>, Error> {
        let Some(found) = table.get::<Record>(&self.key).await? else { return Ok(Ok(None)) };
        if found.value.request_hash != self.hash {
            return Ok(Err(KeyReused));
        }
        Ok(Ok(Some(serde_json::from_str(&found.value.reply)?)))
    }
}

impl Transaction {
    /// Keeps the reply to a claimed request. Fails ([`ANSWERED`]) if there is one already.
    pub fn answer(self, claim: &Claim, reply: &impl Serialize, now: Timestamp) -> Self {
        match serde_json::to_string(reply) {
            Err(error) => self.fail(ANSWERED, error.into()),
            Ok(reply) => {
                let record = Record { request_hash: claim.hash.clone(), reply };
                let item = Item::new(claim.key.clone(), "idempotency", &record).expires(now + KEPT);
                self.insert(ANSWERED, item)
            }
        }
    }
}
