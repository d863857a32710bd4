//! What a search returns.

use std::collections::BTreeMap;

use domain::catalogue::Image;
use domain::words::goods::{Slug, Title};
use domain::words::id::ProductId;
use domain::words::money::Money;
use serde::Serialize;

use crate::entry::{Entry, Offer};

/// The categories of a facet; the rest are left out.
const MAX_CATEGORIES: usize = 100;

/// A page of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SearchResults"))]
pub struct Found {
    /// The products.
    pub items: Vec<Card>,
    /// What the results can be narrowed to.
    pub facets: Facets,
    /// The number of results on all pages.
    pub total: usize,
    /// The cursor for the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A product among others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ProductCard"))]
pub struct Card {
    /// Its id.
    pub product_id: ProductId,
    /// Its title.
    pub title: Title,
    /// The human-readable part of its address.
    pub slug: Slug,
    /// The category that it is listed in.
    pub category: Slug,
    /// Its first picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// The price of its cheapest variant, tax included.
    pub price: Money,
    /// The price of its most expensive variant, tax included.
    pub highest_price: Money,
    /// Whether one of its variants could be ordered when the catalogue was indexed, at most some minutes ago.
    pub in_stock: bool,
}

/// What results can be narrowed to. A facet does not depend on the parameter that it is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SearchFacets"))]
pub struct Facets {
    /// The categories of the results, those with the most first, up to 100.
    pub categories: Vec<CategoryCount>,
    /// The range of prices, for each currency.
    pub price: Vec<PriceSpan>,
}

/// The number of results in a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CategoryCount {
    /// The category.
    pub category: Slug,
    /// The number of results in it.
    pub count: usize,
}

/// A range of prices in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PriceSpan {
    /// The lowest price.
    pub min: Money,
    /// The highest price.
    pub max: Money,
}

impl PriceSpan {
    fn widened(self, price: Money) -> Self {
        let min = if price.amount() < self.min.amount() { price } else { self.min };
        let max = if price.amount() > self.max.amount() { price } else { self.max };
        Self { min, max }
    }
}

impl Card {
    pub(crate) fn of(entry: &Entry) -> Option<Self> {
        let (first, rest) = entry.offers.split_first()?;
        let span = PriceSpan { min: first.price, max: first.price };
        let span = rest.iter().fold(span, |span, offer| span.widened(offer.price));
        Some(Self {
            product_id: entry.product_id,
            title: entry.title.clone(),
            slug: entry.slug.clone(),
            category: entry.category.clone(),
            image: entry.image.clone(),
            price: span.min,
            highest_price: span.max,
            in_stock: entry.offers.iter().any(|offer| offer.in_stock),
        })
    }
}

/// Counts what results can be narrowed to.
#[derive(Debug, Default)]
pub(crate) struct Counts<'a> {
    categories: BTreeMap<&'a str, (&'a Slug, usize)>,
    prices: BTreeMap<&'static str, PriceSpan>,
}

impl<'a> Counts<'a> {
    pub(crate) fn category(&mut self, entry: &'a Entry) {
        let category = &entry.category;
        self.categories.entry(category.as_ref()).or_insert((category, 0)).1 += 1;
    }

    pub(crate) fn price(&mut self, offer: &Offer) {
        let price = offer.price;
        let span = self.prices.entry(price.currency().code()).or_insert(PriceSpan { min: price, max: price });
        *span = span.widened(price);
    }

    pub(crate) fn facets(self) -> Facets {
        let count = |(category, count): &(&Slug, usize)| CategoryCount {
            category: (*category).clone(),
            count: *count,
        };
        let mut categories: Vec<CategoryCount> = self.categories.values().map(count).collect();
        // Stable, so equal counts stay in the order of their slugs.
        categories.sort_by_key(|category| std::cmp::Reverse(category.count));
        categories.truncate(MAX_CATEGORIES);
        Facets { categories, price: self.prices.into_values().collect() }
    }
}
