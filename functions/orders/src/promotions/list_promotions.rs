//! `GET /admin/promotions`: staff list the promotions with a code.

use std::collections::HashMap;

use domain::promotions::{Promotion, Uses};
use domain::words::promotion_code::PromotionCode;
use edge::{Call, List, NoBody, Paging, Problem, Reply, Staff};
use store::{Error, Index, Page, Query, Stored};

use crate::promotions::PromotionEntry;
use crate::promotions::rows::{PROMOTIONS, uses_key};
use crate::store::Orders;

/// Lists the promotions, sorted by their codes, each with its version and how many orders use it.
///
/// # Errors
/// 400 if the limit or the cursor is invalid.
pub async fn list_promotions(
    orders: Orders,
    call: Call<NoBody, Staff, Paging>,
) -> Result<Reply<List<PromotionEntry>>, Problem> {
    let query = Query::new(Index::Gsi(1), PROMOTIONS);
    let query = query.limit(call.query.limit()?).after(call.query.cursor())?;
    let page: Page<Stored<Promotion>> = orders.table.query(&query).await?;
    let codes: Vec<_> = page.items.iter().map(|promotion| promotion.value.code.clone()).collect();
    let used = orders.used(&codes).await?;
    let entry = |promotion: Stored<Promotion>| {
        let used = used.get(&promotion.value.code).copied().unwrap_or_default();
        PromotionEntry::of(promotion, used)
    };
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(Reply::ok(List { items: page.items.into_iter().map(entry).collect(), next_cursor }))
}

impl Orders {
    /// Returns how many orders use each code.
    pub(super) async fn used(&self, codes: &[PromotionCode]) -> Result<HashMap<PromotionCode, u64>, Error> {
        let keys: Vec<_> = codes.iter().map(uses_key).collect();
        let uses = self.table.get_many::<Uses>(&keys).await?;
        Ok(uses.into_iter().map(|Stored { value: uses, .. }| (uses.code, uses.used)).collect())
    }
}
