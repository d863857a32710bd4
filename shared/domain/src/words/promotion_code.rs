//! Codes that customers type to pay less.

use std::collections::HashSet;

use nutype::nutype;
use serde::{Deserialize, Serialize};

/// Maximum number of codes of one order.
pub const MAX_CODES: usize = 3;

/// A code that customers type, in upper or lower case: `TEN`.
#[nutype(
    sanitize(trim, uppercase),
    validate(len_char_min = 3, len_char_max = 24, predicate = is_code),
    derive(
        Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsRef, Display, Serialize, Deserialize, FromStr
    )
)]
pub struct PromotionCode(String);

fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Up to [`MAX_CODES`] codes, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<PromotionCode>", into = "Vec<PromotionCode>")]
pub struct Codes(Vec<PromotionCode>);

/// More codes were given than an order may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order has at most {MAX_CODES} codes")]
pub struct TooManyCodes;

impl TryFrom<Vec<PromotionCode>> for Codes {
    type Error = TooManyCodes;

    fn try_from(codes: Vec<PromotionCode>) -> Result<Self, TooManyCodes> {
        let mut seen = HashSet::new();
        let codes: Vec<_> = codes.into_iter().filter(|code| seen.insert(code.clone())).collect();
        if codes.len() > MAX_CODES { Err(TooManyCodes) } else { Ok(Self(codes)) }
    }
}

impl From<Codes> for Vec<PromotionCode> {
    fn from(codes: Codes) -> Self {
        codes.0
    }
}

impl Codes {
    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(codes: &[&str]) -> Result<Vec<String>, String> {
        let codes: Codes = serde_json::from_value(json!(codes)).map_err(|error| error.to_string())?;
        Ok(Vec::from(codes).iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_code_is_read_in_upper_and_lower_case() {
        assert_eq!(read(&["ten", " Free-2026 "]), Ok(vec!["TEN".to_owned(), "FREE-2026".to_owned()]));
        for bad in ["AB", "TEN%", "ÄÖÜ", "T N", "A23456789-123456789-12345"] {
            assert!(read(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_order_has_at_most_three_different_codes() {
        let once = Ok(vec!["TEN".to_owned()]);
        assert_eq!(read(&["TEN", "ten", "TEN", "TEN"]), once, "the same code again is no other one");
        assert_eq!(read(&["ONE", "TWO", "THREE", "FOUR"]), Err(TooManyCodes.to_string()));
    }
}
