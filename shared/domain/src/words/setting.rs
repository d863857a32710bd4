//! Names of settings, which the staff change while the shop runs.

use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::words::goods::is_slug;
use crate::words::is_one_line;

/// What kind of setting it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display, strum::EnumString,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SettingKind {
    /// Who sells.
    Seller,
    /// Where the shop sells, and in which currency.
    Market,
    /// The tax on a class of goods in a country or region.
    TaxRate,
    /// Countries with the same ways of shipping.
    ShippingZone,
    /// What the numbers of documents begin with.
    Series,
    /// What the shop grants its customers and its staff.
    Policy,
    /// Something that can be switched on and off.
    Flag,
    /// A promotion that needs no code.
    Campaign,
}

/// A setting's name among those of its kind: `es-standard`.
#[nutype(
    validate(not_empty, len_char_max = 60, predicate = is_slug),
    derive(
        Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsRef, Display, Serialize, Deserialize, FromStr
    )
)]
pub struct SettingId(String);

/// What names a setting: its kind, and its id among those of that kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingName {
    /// Its kind.
    pub kind: SettingKind,
    /// Its id.
    pub id: SettingId,
}

/// A short text that customers read, in one line.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 80, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Label(String);

/// A note for the staff, in one line: where a rate is from.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 300, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Note(String);

/// What the staff note about an order; several lines are allowed.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 2000),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct NoteText(String);

/// A number by which tax authorities know the seller: letters and digits.
#[nutype(
    sanitize(trim),
    validate(predicate = is_vat_id),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct VatId(String);

fn is_vat_id(text: &str) -> bool {
    (4..=20).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// What the numbers of documents begin with: `ES`.
#[nutype(
    validate(predicate = is_prefix),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize, Default),
    default = "INV"
)]
pub struct SeriesPrefix(String);

fn is_prefix(text: &str) -> bool {
    (1..=10).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
