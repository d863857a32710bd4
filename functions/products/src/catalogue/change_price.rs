//! `POST /admin/catalogue/variants/{sku}/prices`: staff change the price of a variant, or reduce it for a time.

use std::future::ready;

use domain::catalogue::{LOOKBACK, PriceChange, PriceEdit, Product, ProductField, ProductRefusal, Repriced};
use domain::stock::StockRefusal;
use domain::words::goods::Sku;
use domain::words::money::Money;
use domain::words::price::PriceTag;
use edge::{Call, Problem, Reply, Staff};
use futures::TryStreamExt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Change, Claim, Decision, Error, Index, Query, Stored};

use crate::catalogue::changes::Revision;
use crate::catalogue::rows::{PriceChangeRow, ProductRow, prices, product_key};
use crate::stock::rows::priced;
use crate::store::Products;

/// Few prices change more often in 30 days.
const CHANGES_PER_PAGE: u8 = 20;

/// The new price.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangePrice {
    /// The price of one piece without a reduction, tax included.
    pub price: Money,
    /// A reduction for a time. Without it, a reduction that is on ends.
    pub sale: Option<NewSale>,
}

/// A new reduction.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewSale {
    /// The reduced price of one piece, tax included.
    pub price: Money,
    /// When it ends.
    pub until: Timestamp,
}

/// A price that is valid now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewPrice {
    /// The SKU.
    pub sku: Sku,
    /// What one piece costs now.
    pub effective: Money,
    /// The lowest price in the 30 days before the reduction, if there is one: a reduction is announced against it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lowest_30_days: Option<Money>,
    /// When it was asked for, and took effect.
    pub valid_from: Timestamp,
}

/// Changes a price in the catalogue and in the stock together, once per Idempotency-Key. An order is placed at the price before or
/// after it.
///
/// # Errors
/// 400 without an Idempotency-Key; 404 for an unknown SKU; 422 if a price is zero, of another currency or cannot be charged, if a
/// reduction is not lower or ends in the past, or if the key was used for another request.
pub async fn change_price(
    products: Products,
    call: Call<ChangePrice, Staff>,
) -> Result<Reply<NewPrice>, Problem> {
    let sku: Sku = call.path("sku")?;
    let key = call.idempotency_key()?;
    let staff = call.caller.0.user_id.to_string();
    let claim = Claim::new("change-price", &staff, key.as_str(), &(&sku, &call.body))?;
    let edit =
        PriceEdit { price: call.body.price, sale: call.body.sale.map(|sale| (sale.price, sale.until)) };
    let product_id = products.stock_of(&sku).await?.ok_or(StockRefusal::NotFound)?.product_id;
    let revision = Revision::of(&call, product_id);
    let change = async |found: Option<Stored<Product>>| {
        if let Some(price) = products.table.answered(&claim, call.now).await? {
            return Ok(Decision::new(None, price));
        }
        let product = found.ok_or(ProductRefusal::NotFound)?.value;
        let changes = match edit.sale {
            Some(_) => products.price_changes(&sku, call.now - LOOKBACK).await?,
            None => Vec::new(),
        };
        let Repriced { product, before, after, shards } =
            product.change_price(&sku, edit, &changes, call.now)?;
        let price = NewPrice::of(&sku, &after, call.now);
        if after == before {
            return Ok(Decision::new(None, price));
        }
        let change = revision
            .to(&call, "change-price", product, vec![ProductField::Prices])
            .answer(&claim, &price)
            .insert::<PriceChangeRow>(&revision.of_price(&sku, before, after.clone()));
        let change = priced(&sku, &after, shards).into_iter().fold(change, Change::update);
        Ok::<_, Problem>(Decision::new(Some(change), price))
    };
    let done = products.table.at::<ProductRow>(product_key(product_id)).change(&call, change).await?;
    Ok(Reply::created_unseen(done.answer))
}

impl NewPrice {
    fn of(sku: &Sku, tag: &PriceTag, now: Timestamp) -> Self {
        Self {
            sku: sku.clone(),
            effective: tag.effective(now),
            lowest_30_days: tag.sale.as_ref().map(|sale| sale.lowest_30_days),
            valid_from: now,
        }
    }
}

impl Products {
    /// Returns the changes of a price after `from`, newest first.
    async fn price_changes(&self, sku: &Sku, from: Timestamp) -> Result<Vec<PriceChange>, Error> {
        let query = Query::new(Index::Table, prices(sku)).descending().limit(CHANGES_PER_PAGE);
        let changes = self.table.rows::<PriceChange>(query).map_ok(|change| change.value);
        changes.try_take_while(|change| ready(Ok(change.valid_from > from))).try_collect().await
    }
}
