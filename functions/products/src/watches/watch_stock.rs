//! `PUT /stock/{sku}/watch`: a customer wants to be told when a SKU is in stock again, or no longer.

use domain::stock::{MAX_WATCHES, Watch, WatchRefusal};
use domain::words::goods::Sku;
use domain::words::id::UserId;
use edge::{Account, Call, Problem, Reply};
use serde::{Deserialize, Serialize};
use store::{Change, Error, Index, Page, Query, Stored};

use crate::store::Products;
use crate::watches::rows::{WatchRow, Watched, WatchedRow, watch_key, watched_key, watches_of};

/// Whether the customer waits for the SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WatchStock {
    /// Whether to send a mail, once, when it is in stock again.
    pub on: bool,
}

/// Begins or ends a customer's wait. Only for accounts: a guest's address may be a stranger's, and nothing is sent there but what
/// belongs to an order.
///
/// # Errors
/// 404 if the SKU does not exist or is not for sale, 409 if it is in stock, or the customer waits for 50 others.
pub async fn watch_stock(
    products: Products,
    call: Call<WatchStock, Account>,
) -> Result<Reply<WatchStock>, Problem> {
    let sku: Sku = call.path("sku")?;
    let user_id = call.caller.0.user_id;
    let watch = async |_: Option<Stored<Watched>>| {
        let own = products.table.get_unexpired::<Watch>(&watch_key(&sku, user_id), call.now).await?;
        if own.is_some() == call.body.on {
            return Ok::<_, Problem>(None);
        }
        if let Some(own) = own {
            return Ok(Some(Change::beside().delete::<WatchRow>(&own)));
        }
        let stock = products.total_of(&sku).await?.ok_or(WatchRefusal::NotFound)?;
        let others = products.watches_of(user_id).await?;
        let watch = Watch::begin(&stock, user_id, others, call.now)?;
        let listed = Watched { sku: sku.clone(), since: call.now };
        Ok(Some(Change::to(listed).insert::<WatchRow>(&watch)))
    };
    products.table.at::<WatchedRow>(watched_key(&sku)).change(&call, watch).await?;
    Ok(Reply::ok(call.body))
}

impl Products {
    /// Returns how many SKUs a customer watches, up to the limit. The index may lag behind, so it is no exact limit.
    async fn watches_of(&self, user_id: UserId) -> Result<usize, Error> {
        let query = Query::new(Index::Gsi(1), watches_of(user_id)).limit(MAX_WATCHES);
        let page: Page<Stored<Watch>> = self.table.query(&query).await?;
        Ok(page.items.len())
    }
}
