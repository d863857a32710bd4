//! Rows of the users table for keys.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | keys | `KEYS` | `KEYS` | the public keys that verify access tokens |

use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, Serialize};
use store::{Key, Row};

/// The public keys that verify access tokens.
#[derive(Debug)]
pub struct KeysRow;

/// What is published: no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedKeys {
    /// The keys, first the one that signs.
    pub keys: Vec<Jwk>,
    /// Since when it is these.
    pub since: Timestamp,
    /// How many steps of rotations led to them.
    #[serde(default)]
    pub generation: u64,
}

impl Row for KeysRow {
    type Value = PublishedKeys;
    const KIND: &'static str = "keys";

    fn key(_: &PublishedKeys) -> Key {
        keys_key()
    }
}

/// Returns the key of the one row.
#[must_use]
pub fn keys_key() -> Key {
    Key::new("KEYS", "KEYS")
}
