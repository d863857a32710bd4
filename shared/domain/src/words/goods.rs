//! Goods: SKU, slug, title, quantity.

use nutype::nutype;
use serde::{Deserialize, Serialize};

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

pub(crate) fn is_slug(text: &str) -> bool {
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

/// A class of goods with its own tax rates: `standard`, `food`, `books`.
#[nutype(
    validate(not_empty, len_char_max = 40, predicate = is_slug),
    default = "standard",
    derive(Debug, Clone, PartialEq, Eq, Hash, AsRef, Default, Display, Serialize, Deserialize)
)]
pub struct TaxCode(String);

impl TaxCode {
    /// Returns whether it is the class of goods that no other class is for.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        *self == Self::default()
    }
}

/// The weight of one piece with its packaging, in grams: 1 g to 1 t.
#[nutype(
    validate(greater_or_equal = 1, less_or_equal = 1_000_000),
    derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsRef, Display, Serialize, Deserialize)
)]
pub struct Grams(u32);

/// A unit that the contents of a piece are measured in. Prices are compared per kilogram, litre or metre (Directive 98/6/EC,
/// Article 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ContentUnit {
    /// Grams.
    G,
    /// Millilitres.
    Ml,
    /// Centimetres.
    Cm,
    /// A unit of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// The amount of contents of one piece: 1 to 1,000,000 of its unit.
#[nutype(
    validate(greater_or_equal = 1, less_or_equal = 1_000_000),
    derive(Debug, Clone, Copy, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct ContentAmount(u32);

/// What one piece contains, from which shops show its price per kilogram, litre or metre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Content {
    /// The amount, without packaging.
    pub amount: ContentAmount,
    /// Its unit.
    pub unit: ContentUnit,
}

/// What tax, carriers and the law of withdrawal ask about one piece.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Goods {
    /// Its class in tax tables.
    #[serde(default, skip_serializing_if = "TaxCode::is_standard")]
    pub tax_code: TaxCode,
    /// Its weight for shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_g: Option<Grams>,
    /// Whether it is exempt from the right of withdrawal (Directive 2011/83/EU, Article 16): perishable, made to order, unsealed
    /// for hygiene …
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_withdrawal: bool,
}

impl Goods {
    /// Returns whether nothing differs from ordinary goods. Rows and events leave such out.
    #[must_use]
    pub fn are_ordinary(&self) -> bool {
        *self == Self::default()
    }
}
