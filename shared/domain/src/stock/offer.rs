//! What a SKU is offered for at a moment, without anything being held: what carts show.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::stock::{Backorder, ShipsInDays, Stock};
use crate::words::goods::{Goods, Quantity, Sku, Slug, Title};
use crate::words::money::{Money, TaxRate};

/// Availability is capped here: 10 means "10 or more". That is enough to show “only 3 left” and to fill a quantity
/// menu, and does not disclose how much the shop has, or sells in a day.
pub const SHOWN_AT_MOST: u64 = 10;

/// What a SKU is offered for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Offer {
    /// The SKU.
    pub sku: Sku,
    /// The product's title and the variant's.
    pub title: Title,
    /// What one piece costs now, with its reduction.
    pub unit_price: Money,
    /// The tax that the price contains by the catalogue.
    pub tax_rate: TaxRate,
    /// What tax, carriers and the law of withdrawal ask about one piece.
    #[serde(default, skip_serializing_if = "Goods::are_ordinary")]
    pub goods: Goods,
    /// The category of its product, and those above it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Slug>,
    /// The number of pieces that can be ordered, capped at 10: 10 means "10 or more".
    pub available: u64,
    /// Whether it can be ordered at all.
    pub for_sale: bool,
    /// What is different about those that the shop does not have yet, if it sells such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backorder: Option<OfferedLater>,
}

/// Pieces that are sold before the shop has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfferedLater {
    /// The number of available pieces that the shop has, capped at 10: those beyond it ship later.
    pub in_stock: u64,
    /// In how many days those beyond it ship.
    pub ships_in_days: ShipsInDays,
}

/// What some SKUs are offered for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Offers {
    /// Those that the shop has, in no particular order.
    pub offers: Vec<Offer>,
    /// Those that it does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Sku>,
}

impl Offer {
    /// Returns what a SKU is offered for at `now`.
    #[must_use]
    pub fn of(stock: &Stock, categories: Vec<Slug>, now: Timestamp) -> Self {
        let total = stock.total();
        let in_stock = total.in_stock().min(SHOWN_AT_MOST);
        let later = |backorder: Backorder| OfferedLater { in_stock, ships_in_days: backorder.ships_in_days };
        Self {
            backorder: total.backorder.map(later),
            unit_price: total.unit_price(now),
            sku: total.sku,
            title: total.title,
            tax_rate: total.tax_rate,
            goods: total.goods,
            categories,
            available: total.available.min(SHOWN_AT_MOST),
            for_sale: total.for_sale,
        }
    }
}

impl Offer {
    /// Returns in how many days so many pieces ship; `None` if the shop has them, or ten at least, beyond which it tells no numbers.
    #[must_use]
    pub fn ships_in_days(&self, quantity: Quantity) -> Option<ShipsInDays> {
        let OfferedLater { in_stock, ships_in_days } = self.backorder?;
        let is_known = in_stock < SHOWN_AT_MOST;
        (is_known && u64::from(quantity.into_inner()) > in_stock).then_some(ships_in_days)
    }
}

impl Offers {
    /// Returns the offer of a SKU that can be ordered.
    #[must_use]
    pub fn for_sale(&self, sku: &Sku) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.sku == *sku && offer.for_sale)
    }
}
