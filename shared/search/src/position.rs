//! Where a page of results ends.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::words::id::ProductId;
use serde::{Deserialize, Serialize};

use crate::ranking::Sort;

/// Longer than any position.
const MAX_LENGTH: usize = 200;

/// The last result of a page, by what the results are sorted by: a result that comes or goes in the meantime does not move it. It
/// holds nothing that was searched for, so a forged one at most skips results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    #[serde(rename = "s")]
    pub(crate) sort: Sort,
    #[serde(rename = "r")]
    pub(crate) rank: i64,
    #[serde(rename = "i")]
    pub(crate) product_id: ProductId,
}

/// The text is not a position in results of this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position in these results")]
pub struct BadPosition;

impl Position {
    /// Reads the position in results that are sorted by `sort`.
    ///
    /// # Errors
    /// If it is not one.
    pub fn read(text: &str, sort: Sort) -> Result<Self, BadPosition> {
        text.parse().ok().filter(|position: &Self| position.sort == sort).ok_or(BadPosition)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

impl FromStr for Position {
    type Err = BadPosition;

    fn from_str(text: &str) -> Result<Self, BadPosition> {
        if text.len() > MAX_LENGTH {
            return Err(BadPosition);
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadPosition)?;
        serde_json::from_slice(&json).map_err(|_| BadPosition)
    }
}
