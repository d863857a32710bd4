//! `POST /internal/quotes`: what some SKUs are offered for. Nothing is held, and nothing is written.

use domain::stock::{Offer, Offers, Stock};
use domain::words::goods::Sku;
use domain::words::line::Skus;
use edge::{Call, Problem, Reply, Service};
use futures::future::try_join;
use serde::{Deserialize, Serialize};

use crate::quotes::CategoryTree;

/// A request for offers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuoteLines {
    /// The SKUs.
    pub skus: Skus,
}

/// Returns what up to 40 SKUs are offered for, and which of them the shop does not have.
///
/// # Errors
/// 422 without a SKU, with too many, or with one that is repeated.
pub async fn quote_lines(
    tree: CategoryTree,
    call: Call<QuoteLines, Service>,
) -> Result<Reply<Offers>, Problem> {
    let skus = call.body.skus.as_slice();
    let (stock, categories) = try_join(tree.products().stock(skus.iter()), tree.at(call.now)).await?;
    let is_unknown = |sku: &&Sku| !stock.iter().any(|found| found.item.sku == **sku);
    let unknown = skus.iter().filter(is_unknown).cloned().collect();
    let offer = |found: &Stock| {
        let category = found.item.category.as_ref();
        let categories = category.map(|category| categories.with_ancestors(category));
        Offer::of(found, categories.unwrap_or_default(), call.now)
    };
    Ok(Reply::ok(Offers { offers: stock.iter().map(offer).collect(), unknown }))
}
