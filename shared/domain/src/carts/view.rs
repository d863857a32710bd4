//! A cart, as its owner sees it.

use serde::Serialize;

use crate::carts::{Basis, Cart, CartLine, CartNote};
use crate::quote::{CodeProblem, Days, Discount, Quote, QuotedShipping, ShippingOption, TaxLine};
use crate::stock::{Offer, ShipsInDays};
use crate::words::goods::{Quantity, Sku, Title};
use crate::words::money::Money;
use crate::words::person::Address;
use crate::words::promotion_code::PromotionCode;
use crate::words::setting::SettingId;

/// A cart, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Cart"))]
pub struct CartView {
    /// Its version, for `If-Match`; 0 before anything was put into it.
    pub version: u64,
    /// What is in it.
    pub lines: Vec<LineView>,
    /// The delivery address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// The address on the invoice, if it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// The chosen way of shipping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_method: Option<SettingId>,
    /// The codes of promotions that its owner has given.
    pub codes: Vec<PromotionCode>,
    /// What the customer wants to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<CartNote>,
    /// What it costs, without lines that cannot be ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<QuoteView>,
    /// The ways of shipping to the address, with their prices before promotions.
    pub shipping_options: Vec<OptionView>,
    /// What is different from what the owner has seen. `acknowledge` takes all of it.
    pub changes: Vec<LineChange>,
    /// What keeps it from being ordered.
    pub problems: Vec<Problem>,
    /// Whether the product service is unavailable. Titles and prices are then those that were last seen, and there is no quote.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
}

/// A line of a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "CartLine"))]
pub struct LineView {
    /// The SKU.
    pub sku: Sku,
    /// The product's title and the variant's.
    pub title: Title,
    /// The number of pieces.
    pub quantity: Quantity,
    /// The price of one piece now.
    pub unit_price: Money,
    /// The number of pieces that can be ordered, capped at 10: 10 means "10 or more". Absent if it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<u64>,
    /// In how many days it ships, if some of the pieces are sold before the shop has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ships_in_days: Option<ShipsInDays>,
}

/// What a cart costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Quote"))]
pub struct QuoteView {
    /// The price of the lines before promotions.
    pub subtotal: Money,
    /// What promotions take off.
    pub discounts: Vec<Discount>,
    /// Shipping, if a way of it is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<QuotedShipping>,
    /// The tax by jurisdiction and rate.
    pub tax_lines: Vec<TaxLine>,
    /// All tax.
    pub tax: Money,
    /// What the customer pays.
    pub total: Money,
    /// Whether the total contains the tax because the prices do.
    pub tax_included: bool,
}

/// A way of shipping that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ShippingOption"))]
pub struct OptionView {
    /// Its id, for `shipping_method`.
    pub method: String,
    /// What customers read.
    pub title: String,
    /// The price.
    pub price: Money,
    /// How many days it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<Days>,
}

/// A difference from what the cart's owner has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "CartChange"))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum LineChange {
    /// It has another price.
    PriceChanged {
        /// The SKU.
        sku: Sku,
        /// The price that was last seen.
        was: Money,
        /// The price.
        now: Money,
    },
    /// There is none left.
    OutOfStock {
        /// The SKU.
        sku: Sku,
        /// The number of pieces in the cart.
        was: Quantity,
    },
    /// There are fewer left than the cart has.
    Reduced {
        /// The SKU.
        sku: Sku,
        /// The number of pieces in the cart.
        was: Quantity,
        /// The number of pieces that are left.
        now: Quantity,
    },
    /// The shop does not sell it any more.
    NotForSale {
        /// The SKU.
        sku: Sku,
    },
}

/// Something that keeps a cart from being ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "CartProblem"))]
pub struct Problem {
    /// What it is.
    pub code: ProblemCode,
    /// The SKU that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
    /// The promotion's code that it is about, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion_code: Option<PromotionCode>,
}

/// What keeps a cart from being ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "CartProblemCode"))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// There is nothing in it.
    CartEmpty,
    /// The shop does not sell the SKU.
    NotForSale,
    /// There are fewer pieces than the line has.
    OutOfStock,
    /// The line's price is in another currency than the first line's.
    CurrencyMismatch,
    /// The payment gateway does not charge such an amount.
    AmountOutOfRange,
    /// There is no delivery address.
    AddressNeeded,
    /// The shop does not deliver to the address, or not such goods.
    DestinationNotServed,
    /// No way of shipping is chosen, or one that is not offered.
    ShippingNotChosen,
    /// There is no such promotion.
    CodeUnknown,
    /// The promotion's time has not come, or is over.
    CodeExpired,
    /// The cart has not what the promotion is about, or is too small, or has another code that allows no other.
    CodeNotApplicable,
    /// The promotion was used as often as it may be.
    CodeUsedUp,
}

impl ProblemCode {
    /// Returns what is wrong with a promotion's code, if that is what it is.
    pub(super) fn of_code(self) -> Option<CodeProblem> {
        Some(match self {
            Self::CodeUnknown => CodeProblem::Unknown,
            Self::CodeExpired => CodeProblem::Expired,
            Self::CodeNotApplicable => CodeProblem::NotApplicable,
            Self::CodeUsedUp => CodeProblem::UsedUp,
            _ => return None,
        })
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self { code, sku: None, promotion_code: None }
    }
}

impl Problem {
    /// Returns the problem of a promotion's code.
    pub(super) fn of_code(code: PromotionCode, problem: CodeProblem) -> Self {
        let problem = match problem {
            CodeProblem::Unknown => ProblemCode::CodeUnknown,
            CodeProblem::Expired => ProblemCode::CodeExpired,
            CodeProblem::NotApplicable => ProblemCode::CodeNotApplicable,
            CodeProblem::UsedUp => ProblemCode::CodeUsedUp,
        };
        Self { promotion_code: Some(code), ..problem.into() }
    }
}

impl CartView {
    /// Returns what the owner of a cart sees of it. Without offers, which are the product service's, that is what they have seen
    /// before. A cart that is an account's by now looks empty to the guest who had it.
    #[must_use]
    pub fn of(cart: &Cart, version: u64, basis: Basis<'_>) -> Self {
        let (priced, offers) = (cart.wanted().priced(basis), basis.offers);
        let offer = |line: &CartLine| {
            offers.and_then(|offers| offers.offers.iter().find(|offer| offer.sku == line.sku))
        };
        let for_sale = |line: &CartLine| offers.and_then(|offers| offers.for_sale(&line.sku));
        let changes = cart.lines.iter().filter(|_| offers.is_some());
        Self {
            version,
            lines: cart.lines.iter().map(|line| LineView::of(line, offer(line))).collect(),
            shipping_address: cart.shipping_address.clone(),
            billing_address: cart.billing_address.clone(),
            shipping_method: cart.shipping_method.clone(),
            codes: cart.codes.clone(),
            note: cart.note.clone(),
            quote: priced.quote.map(QuoteView::from),
            shipping_options: priced.options.into_iter().map(OptionView::from).collect(),
            changes: changes.flat_map(|line| line.changes(for_sale(line))).collect(),
            problems: priced.problems,
            stale: offers.is_none(),
        }
    }
}

impl LineView {
    fn of(line: &CartLine, offer: Option<&Offer>) -> Self {
        Self {
            sku: line.sku.clone(),
            title: offer.map_or(&line.title, |offer| &offer.title).clone(),
            quantity: line.quantity,
            unit_price: offer.map_or(line.seen_price, |offer| offer.unit_price),
            available: offer.map(|offer| if offer.for_sale { offer.available } else { 0 }),
            ships_in_days: offer.and_then(|offer| offer.ships_in_days(line.quantity)),
        }
    }
}

impl From<Quote> for QuoteView {
    fn from(quote: Quote) -> Self {
        let Quote { subtotal, discounts, shipping, tax_lines, tax, total, tax_included, .. } = quote;
        Self { subtotal, discounts, shipping, tax_lines, tax, total, tax_included }
    }
}

impl From<ShippingOption> for OptionView {
    fn from(option: ShippingOption) -> Self {
        let ShippingOption { method, title, price, days } = option;
        Self { method, title, price, days }
    }
}
