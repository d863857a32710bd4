//! Settings: what the staff decide while the shop runs. Who sells, where, at which tax, for which shipping, on which terms.
//!
//! A shop without settings sells everywhere at the catalogue's prices and tax rates, and ships for nothing.

mod check;
mod in_force;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::promotions::Rule;
use crate::quote::Days;
use crate::words::capture::CaptureMode;
use crate::words::goods::{Grams, TaxCode};
use crate::words::id::UserId;
use crate::words::locale::Locale;
use crate::words::money::{Currency, Money, Ppm};
use crate::words::person::{Address, AddressLine, CountryCode};
use crate::words::setting::{Label, Note, SeriesPrefix, SettingId, SettingKind, VatId};

pub use check::{MAX_ENTRIES, ONLY, SettingRefusal};
pub use in_force::Settings;

/// A setting. What it is called is not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Setting {
    /// Who sells.
    Seller(Box<Seller>),
    /// Where the shop sells, and in which currency.
    Market(Market),
    /// The tax on a class of goods in a country or region.
    TaxRate(TaxRateFrom),
    /// Countries with the same ways of shipping.
    ShippingZone(Zone),
    /// What the numbers of documents begin with.
    Series(Series),
    /// What the shop grants its customers and its staff.
    Policy(Policy),
    /// Something that can be switched on and off.
    Flag(Flag),
    /// A promotion that needs no code.
    Campaign(Campaign),
    /// A kind of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// Who sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Seller {
    /// What the shop is called.
    pub name: Label,
    /// The name under which it trades and the address where it is established. Its country is the one whose tax holds at home.
    pub address: Address,
    /// Its number for value added tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<VatId>,
    /// Whether it pays tax in the country of the customer within the European Union, by the one-stop shop. Otherwise, all of it is
    /// taxed at home.
    #[serde(default)]
    pub oss: bool,
}

/// Where the shop sells, and in which currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Market {
    /// The countries that goods are sent to.
    pub countries: Vec<CountryCode>,
    /// The currency of its prices.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::CurrencyCode"))]
    pub currency: Currency,
    /// Whether prices contain the tax of the destination, as in the European Union; otherwise it is added, as in the United States.
    pub tax_included: bool,
    /// The languages of its pages, the preferred one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locales: Vec<Locale>,
}

/// The tax on a class of goods in a country or region, from some day on. The rate that began last holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "TaxRateSetting"))]
pub struct TaxRateFrom {
    /// The country.
    pub country: CountryCode,
    /// The region's key in addresses, such as `NY`, for a tax that not the whole country has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<AddressLine>,
    /// The class of goods.
    #[serde(default)]
    pub tax_code: TaxCode,
    /// From when it holds.
    pub valid_from: Timestamp,
    /// The rate in parts per million: 88,750 is 8.875 %.
    pub ppm: Ppm,
    /// Where the rate is from, and when somebody looked.
    pub source: Note,
}

/// Countries with the same ways of shipping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ShippingZone"))]
pub struct Zone {
    /// The countries.
    pub countries: Vec<CountryCode>,
    /// The ways. Without any, nothing is sent there.
    pub methods: Vec<Method>,
}

/// A way of shipping, with a price of exactly one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ShippingMethod"))]
pub struct Method {
    /// Its id, which orders name: `standard`.
    pub id: SettingId,
    /// What customers read.
    pub title: Label,
    /// Its price, whatever is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// Its price by weight, in ascending order. A heavier parcel is not sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_weight: Vec<WeightTier>,
    /// Its price by the value of the goods, in ascending order. A cheaper parcel is not sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_value: Vec<ValueTier>,
    /// The value of the goods after promotions from which it is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_from: Option<Money>,
    /// How many days it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Days>,
}

/// The price of parcels up to a weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WeightTier {
    /// The greatest weight.
    pub up_to_g: Grams,
    /// The price.
    pub price: Money,
}

/// The price of parcels from a value on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValueTier {
    /// The least value of the goods after promotions.
    pub from: Money,
    /// The price.
    pub price: Money,
}

/// What the numbers of documents begin with. It is put under the seller's country in lower case, such as `es`; or as `main`, for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Series {
    /// Of invoices: `ES`.
    pub invoices: SeriesPrefix,
    /// Of credit notes: `ESR`.
    pub credit_notes: SeriesPrefix,
}

/// What the shop grants its customers and its staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Policy {
    /// How many days after delivery customers may return goods without giving a reason. The law's least in the European Union is 14
    /// (Directive 2011/83/EU, Article 9).
    pub return_days: u16,
    /// After how many days goods count as delivered if the carrier does not say.
    pub assume_delivered_days: u16,
    /// Whether customers may cancel a paid order before it is shipped.
    pub customer_may_cancel: bool,
    /// The version of the terms that customers have to accept when they order, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms_version: Option<Label>,
    /// Up to which amount staff refund without an admin, in minor units of the order's currency.
    pub staff_refund_limit: u32,
    /// When the money of orders is captured. An order keeps the mode in which it was placed.
    #[serde(skip_serializing_if = "CaptureMode::is_automatic")]
    pub capture: CaptureMode,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            return_days: 14,
            assume_delivered_days: 7,
            customer_may_cancel: true,
            terms_version: None,
            staff_refund_limit: 20_000,
            capture: CaptureMode::Automatic,
        }
    }
}

/// Something that can be switched on and off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Flag {
    /// Whether it is on.
    pub on: bool,
    /// Whether pages are told.
    #[serde(default)]
    pub public: bool,
}

/// A promotion that needs no code. Of those that apply to an order, the one that saves the customer most does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Campaign {
    /// What it does, and when.
    pub rule: Rule,
}

/// A setting as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KeptSetting {
    /// Its id among the settings of its kind.
    pub id: SettingId,
    /// What is set.
    #[serde(flatten)]
    pub setting: Setting,
    /// Who has set it.
    pub changed_by: UserId,
    /// When.
    pub changed_at: Timestamp,
}

/// A setting as it was once, for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastSetting {
    /// The number of the change.
    pub number: u64,
    /// What was set.
    #[serde(flatten)]
    pub kept: KeptSetting,
}

impl Setting {
    /// Returns its kind; `None` for one of a newer version.
    #[must_use]
    pub fn kind(&self) -> Option<SettingKind> {
        Some(match self {
            Self::Seller(_) => SettingKind::Seller,
            Self::Market(_) => SettingKind::Market,
            Self::TaxRate(_) => SettingKind::TaxRate,
            Self::ShippingZone(_) => SettingKind::ShippingZone,
            Self::Series(_) => SettingKind::Series,
            Self::Policy(_) => SettingKind::Policy,
            Self::Flag(_) => SettingKind::Flag,
            Self::Campaign(_) => SettingKind::Campaign,
            Self::Unknown => return None,
        })
    }
}
