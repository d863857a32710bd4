//! What is searched for, and in which order it is returned.

use domain::words::goods::Slug;
use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Offer};
use crate::position::Position;
use crate::text::Words;

/// The order of results. Of equal results, the newest product comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The best match first.
    #[default]
    Relevance,
    /// The newest product first.
    Newest,
    /// The cheapest first.
    PriceAsc,
    /// The most expensive first.
    PriceDesc,
}

/// What is searched for.
#[derive(Debug, Clone, Default)]
pub struct Criteria {
    /// The words that a product has; any product if `None`, and none if there are no words.
    pub words: Option<Words>,
    /// The categories that it is in one of; any category if `None`.
    pub categories: Option<Vec<Slug>>,
    /// The lowest price in minor units.
    pub min_price: Option<i64>,
    /// The highest price in minor units.
    pub max_price: Option<i64>,
    /// Whether it can be ordered now.
    pub in_stock: bool,
    /// The order of the results.
    pub sort: Sort,
    /// The maximum number of results per page.
    pub limit: usize,
    /// Where the page before ends.
    pub after: Option<Position>,
}

impl Criteria {
    pub(crate) fn is_in_category(&self, entry: &Entry) -> bool {
        self.categories.as_ref().is_none_or(|wanted| wanted.contains(&entry.category))
    }

    pub(crate) fn has_stock(&self, offer: &Offer) -> bool {
        !self.in_stock || offer.in_stock
    }

    fn has_price(&self, offer: &Offer) -> bool {
        let amount = offer.price.amount();
        self.min_price.is_none_or(|least| amount >= least) && self.max_price.is_none_or(|most| amount <= most)
    }

    /// Returns the lowest and the highest price of the variants that match; `None` if none does. One variant has to match both
    /// the price and the stock.
    pub(crate) fn prices(&self, entry: &Entry) -> Option<(i64, i64)> {
        let matching = entry.offers.iter().filter(|offer| self.has_stock(offer) && self.has_price(offer));
        matching.map(|offer| offer.price.amount()).fold(None, |span, amount| {
            let (low, high) = span.unwrap_or((amount, amount));
            Some((low.min(amount), high.max(amount)))
        })
    }

    /// Returns what results are sorted by, ascending.
    pub(crate) fn rank(&self, score: u32, (low, high): (i64, i64)) -> i64 {
        match self.sort {
            Sort::Relevance => -i64::from(score),
            Sort::Newest => 0,
            Sort::PriceAsc => low,
            Sort::PriceDesc => -high,
        }
    }
}
