//! The number of an order, for people: `X60W-P2C2M`.
//!
//! It is derived from the order's id, so a retried request has the same one, and nobody reads from it how many orders the shop has. Its
//! last character checks the others, so a number that was mistyped is known to be wrong before anything is read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::words::id::{OrderId, leading_bits};

/// The digits of Crockford's base 32 (<https://www.crockford.com/base32.html>).
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of characters before the one that checks them.
const CHARACTERS: u32 = 8;

/// The number of an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrderNumber(String);

/// The text is not the number of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an order number: expected nine characters such as `X60W-P2C2M`")]
pub struct InvalidNumber;

impl OrderNumber {
    /// Returns the number of an order. `salt` is 0, and grows as long as other orders have the number.
    #[must_use]
    pub fn of(order: OrderId, salt: u32) -> Self {
        let bits = leading_bits(&["order-number", &order.to_string(), &salt.to_string()], 5 * CHARACTERS);
        let values: Vec<u8> = (0..CHARACTERS)
            .rev()
            .map(|place| u8::try_from((bits >> (5 * place)) & 31).unwrap_or_default())
            .collect();
        Self::with_check(&values)
    }

    fn with_check(values: &[u8]) -> Self {
        let all = values.iter().copied().chain([check(values)]);
        let text: String =
            all.filter_map(|value| DIGITS.get(usize::from(value))).map(|digit| char::from(*digit)).collect();
        Self(format!("{}-{}", &text[..4], &text[4..]))
    }
}

/// Returns the check character by Luhn's algorithm, modulo 32: it differs after any one character was mistyped, and after nearly every
/// two neighbours were swapped.
fn check(values: &[u8]) -> u8 {
    let sum: u32 = values
        .iter()
        .rev()
        .enumerate()
        .map(|(place, value)| {
            let weighted = u32::from(*value) * if place % 2 == 0 { 2 } else { 1 };
            weighted / 32 + weighted % 32
        })
        .sum();
    u8::try_from((32 - sum % 32) % 32).unwrap_or_default()
}

/// Reads a number as people type it: in any case, with or without hyphens and spaces, with `O` for 0 and `I` or `L` for 1.
impl FromStr for OrderNumber {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        if text.len() > 20 {
            return Err(InvalidNumber);
        }
        let letters = text.chars().filter(|letter| !matches!(letter, '-' | ' '));
        let values: Vec<u8> = letters.map(value).collect::<Option<_>>().ok_or(InvalidNumber)?;
        let Some((last, first)) = values.split_last() else { return Err(InvalidNumber) };
        if first.len() == CHARACTERS as usize && check(first) == *last {
            Ok(Self::with_check(first))
        } else {
            Err(InvalidNumber)
        }
    }
}

fn value(letter: char) -> Option<u8> {
    let digit = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let place = DIGITS.iter().position(|known| char::from(*known) == digit)?;
    u8::try_from(place).ok()
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for OrderNumber {
    type Error = InvalidNumber;

    fn try_from(text: String) -> Result<Self, InvalidNumber> {
        text.parse()
    }
}

impl From<OrderNumber> for String {
    fn from(number: OrderNumber) -> Self {
        number.0
    }
}

/// What somebody states as the number of an order: its number, or a text that may be a mistyped one, or an id. Mails repeat it, so it has
/// neither white space nor what makes a text a link.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeclaredNumber(String);

/// The text is certainly not the number of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an order number: expected up to 40 letters, digits, hyphens and underscores")]
pub struct InvalidDeclaredNumber;

impl TryFrom<String> for DeclaredNumber {
    type Error = InvalidDeclaredNumber;

    fn try_from(text: String) -> Result<Self, InvalidDeclaredNumber> {
        let stated: String = text.chars().take(80).filter(|letter| !matches!(letter, ' ' | '#')).collect();
        if let Ok(number) = stated.parse::<OrderNumber>() {
            return Ok(Self(number.to_string()));
        }
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (1..=40).contains(&stated.len()) && stated.bytes().all(is_allowed) {
            Ok(Self(stated))
        } else {
            Err(InvalidDeclaredNumber)
        }
    }
}

impl From<DeclaredNumber> for String {
    fn from(number: DeclaredNumber) -> Self {
        number.0
    }
}

impl AsRef<str> for DeclaredNumber {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeclaredNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "schema")]
crate::schema::text! {
    DeclaredNumber: "What is stated as the number of an order. Spaces and `#` are left out.",
        { "examples": ["X60W-P2C2M"], "minLength": 1, "maxLength": 80, "pattern": "^[ #]*[A-Za-z0-9_-][A-Za-z0-9 #_-]*$" }
    OrderNumber: "The number of an order, for people.",
        { "examples": ["X60W-P2C2M"], "pattern": "^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{5}$" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_order_has_the_number_of_its_id() {
        let order = "ord_64XP63F9AE2W24QXP9BFG2KV3A".parse().unwrap();
        assert_eq!(OrderNumber::of(order, 0).to_string(), "X60W-P2C2M");
        assert_eq!(OrderNumber::of(order, 1).to_string(), "86MY-76XFD");
    }

    #[test]
    fn what_is_stated_as_a_number_is_kept_unless_it_could_be_a_message() {
        let stated = |text: &str| DeclaredNumber::try_from(text.to_owned()).map(String::from);
        for (typed, kept) in [
            ("x60w p2c2m", "X60W-P2C2M"),
            ("#x60wp2c2m", "X60W-P2C2M"),
            ("X60W-P2C2N", "X60W-P2C2N"),
            ("# 12 34", "1234"),
            ("ord_64XP63F9AE2W24QXP9BFG2KV3A", "ord_64XP63F9AE2W24QXP9BFG2KV3A"),
        ] {
            assert_eq!(stated(typed), Ok(kept.to_owned()), "{typed:?}");
        }
        for refused in ["", " # ", "evil.example", "a/b", "a\nb", "ada@example.com", &"1".repeat(41), "🦀"]
        {
            assert_eq!(stated(refused), Err(InvalidDeclaredNumber), "{refused:?}");
        }
    }

    #[test]
    fn a_number_is_read_as_people_type_it() {
        let read = |text: &str| text.parse::<OrderNumber>().map(|number| number.to_string());
        for typed in ["X60W-P2C2M", "x60wp2c2m", " X6OW P2C2 M ", "x6-0w-p2-c2-m"] {
            assert_eq!(read(typed), Ok("X60W-P2C2M".to_owned()), "{typed:?}");
        }
        for wrong in ["", "X60W-P2C2", "X60W-P2C2N", "X60W-P2C2MM", "X60W-P2C2U", "X60W_P2C2M", "🦀"] {
            assert_eq!(read(wrong), Err(InvalidNumber), "{wrong:?}");
        }
    }

    fn any_number() -> impl Strategy<Value = OrderNumber> {
        (any::<u128>(), 0..4_u32).prop_map(|(id, salt)| OrderNumber::of(OrderId::from_parts(0, id), salt))
    }

    proptest! {
        #[test]
        fn a_number_reads_back_as_itself(number in any_number()) {
            prop_assert_eq!(number.to_string().parse(), Ok(number.clone()));
            let row = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<OrderNumber>(&row).unwrap(), number);
        }

        /// One wrong character is always noticed.
        #[test]
        fn a_mistyped_character_is_noticed(number in any_number(), place in 0..9_usize, digit in 0..32_usize) {
            let mut text: Vec<u8> = number.to_string().replace('-', "").into_bytes();
            prop_assume!(text[place] != DIGITS[digit]);
            text[place] = DIGITS[digit];
            prop_assert_eq!(String::from_utf8(text).unwrap().parse::<OrderNumber>(), Err(InvalidNumber));
        }
    }
}
