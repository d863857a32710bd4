//! What a promotion does, and when.

use jiff::Timestamp;
use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::quote::{self, Effect};
use crate::refusals;
use crate::words::charge::ChargeRule;
use crate::words::goods::{Sku, Slug};
use crate::words::money::{Money, Ppm};

/// The most pieces that are paid for, or free, in one go.
pub const MAX_PIECES: u32 = 99;

/// A number of pieces that are paid for, or free.
#[nutype(
    validate(greater_or_equal = 1, less_or_equal = MAX_PIECES),
    derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)
)]
pub struct Pieces(u32);

/// What kind of promotion it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "PromotionType"))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Takes `rate` off.
    Percent,
    /// Takes `amount` off, at most the price.
    Fixed,
    /// Shipping is free.
    FreeShipping,
    /// Of `paid` + `free` pieces that are bought together, the cheapest `free` cost nothing.
    BuyXGetY,
    /// A kind of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// What a promotion is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "PromotionTarget"))]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The whole order.
    #[default]
    Order,
    /// Goods of `category` and of those below it.
    Category,
    /// The SKU `sku`.
    Sku,
    /// A target of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// What a promotion does, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "PromotionRule"))]
pub struct Rule {
    /// What it does.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The part of the price that `percent` takes off: 100,000 is 10 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Ppm>,
    /// The amount that `fixed` takes off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// How many pieces `buy_x_get_y` has paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Pieces>,
    /// How many pieces `buy_x_get_y` gives for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<Pieces>,
    /// What it is about.
    #[serde(default)]
    pub target: Target,
    /// The category that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Slug>,
    /// The SKU that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// The least value of an order's goods, before promotions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_subtotal: Option<Money>,
    /// From when it holds.
    pub from: Timestamp,
    /// Until when; without an end if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whether others may be used with it.
    #[serde(default)]
    pub combinable: bool,
}

refusals! {
    /// Why a promotion is not taken.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum PromotionRefusal {
        /// It lacks the value of its type, has one of another type, or one that takes nothing off.
        #[error("the promotion needs the value of its type, above zero, and no other")]
        Value => Invalid, "value_out_of_range",
            "Give `rate` for `percent`, `amount` for `fixed`, `paid` and `free` for `buy_x_get_y`, above zero, and no other of these.";
        /// It lacks what it is about, or names something else.
        #[error("the promotion needs what its target is, and no other")]
        Target => Invalid, "promotion_target", "Give `category` or `sku` if it is the target, and only then. Shipping is the order's.";
        /// It ends before it begins.
        #[error("the promotion ends before it begins")]
        Period => Invalid, "promotion_period", "Correct `from` and `until`.";
    }
}

impl Rule {
    /// Checks what its types do not say.
    ///
    /// # Errors
    /// If it is not to be taken.
    pub fn check(&self) -> Result<(), PromotionRefusal> {
        let is_charged = |amount: Money| ChargeRule::of(amount.currency()).is_ok() && amount.amount() > 0;
        let is_positive = match self.effect() {
            Some(Effect::Percent(rate)) => rate > Ppm::default(),
            Some(Effect::Fixed(amount)) => is_charged(amount),
            Some(Effect::FreeShipping | Effect::BuyGet { .. }) => true,
            None => false,
        };
        if !is_positive || !self.min_subtotal.is_none_or(is_charged) {
            return Err(PromotionRefusal::Value);
        }
        let is_of_goods = self.target != Target::Order;
        if self.target().is_none() || (is_of_goods && self.kind == Kind::FreeShipping) {
            return Err(PromotionRefusal::Target);
        }
        if self.until.is_some_and(|until| until <= self.from) {
            return Err(PromotionRefusal::Period);
        }
        Ok(())
    }

    /// Returns whether this version knows what it does.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.kind != Kind::Unknown && self.target != Target::Unknown
    }

    /// Returns the promotion as quotes apply it; `None` if this version does not know what it does.
    pub(crate) fn promotion(&self, code: String, is_automatic: bool) -> Option<quote::Promotion> {
        Some(quote::Promotion {
            code,
            effect: self.effect()?,
            target: self.target()?,
            min_subtotal: self.min_subtotal,
            from: self.from,
            until: self.until,
            is_combinable: self.combinable,
            is_automatic,
        })
    }

    fn effect(&self) -> Option<Effect> {
        match (self.kind, self.rate, self.amount, self.paid, self.free) {
            (Kind::Percent, Some(rate), None, None, None) => Some(Effect::Percent(rate)),
            (Kind::Fixed, None, Some(amount), None, None) => Some(Effect::Fixed(amount)),
            (Kind::FreeShipping, None, None, None, None) => Some(Effect::FreeShipping),
            (Kind::BuyXGetY, None, None, Some(paid), Some(free)) => {
                Some(Effect::BuyGet { paid: paid.into_inner(), free: free.into_inner() })
            }
            _ => None,
        }
    }

    fn target(&self) -> Option<quote::Target> {
        match (self.target, &self.category, &self.sku) {
            (Target::Order, None, None) => Some(quote::Target::Order),
            (Target::Category, Some(category), None) => Some(quote::Target::Category(category.clone())),
            (Target::Sku, None, Some(sku)) => Some(quote::Target::Sku(sku.clone())),
            _ => None,
        }
    }
}
