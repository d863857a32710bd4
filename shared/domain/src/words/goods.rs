//! Goods: SKU, slug, title, quantity.

use nutype::nutype;

use crate::words::is_one_line;

/// A stock keeping unit: the unit of counting, pricing and packing. Unique in the shop.
#[nutype(
    validate(not_empty, len_char_max = 40, predicate = is_sku),
    derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsRef, Display, Serialize, Deserialize, FromStr)
)]
pub struct Sku(String);

fn is_sku(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    // The first character is a letter or digit, so that a SKU in a path cannot be `..`.
    text.bytes().next().is_some_and(letter) && text.bytes().all(|byte| letter(byte) || b"-_.".contains(&byte))
}

/// The human-readable part of a product's address: `espresso-cups`.
#[nutype(
    validate(not_empty, len_char_max = 80, predicate = is_slug),
    derive(
        Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsRef, Display, Serialize, Deserialize, FromStr
    )
)]
pub struct Slug(String);

fn is_slug(text: &str) -> bool {
    let words = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.bytes().all(words) && !text.starts_with('-') && !text.ends_with('-')
}

/// A category's title, as long as a slug may be: a category that only products name has its slug for a title.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 80, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct CategoryTitle(String);

/// A product's or variant's title.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 200, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Title(String);

/// A product's description: plain text, several lines allowed.
#[nutype(
    sanitize(trim),
    validate(len_char_max = 5000),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Description(String);

/// A number of pieces: 1 to 999.
#[nutype(
    validate(greater_or_equal = 1, less_or_equal = 999),
    derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsRef, Display, Serialize, Deserialize)
)]
pub struct Quantity(u32);
