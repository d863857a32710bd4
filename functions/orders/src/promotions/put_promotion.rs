//! `PUT /admin/promotions/{code}`: admins change a promotion with a code, or add one.

use std::num::NonZeroU32;

use domain::promotions::{Promotion, Rule, Uses};
use domain::words::promotion_code::PromotionCode;
use edge::{Admin, Call, Problem, Reply, RequestRefusal};
use serde::Deserialize;
use store::{Change, Stored};

use crate::promotions::PromotionEntry;
use crate::promotions::rows::{PromotionRow, UsesRow, promotion_key, uses_key};
use crate::store::Orders;

/// What a promotion does, when, and how often its code can be used.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PutPromotion {
    /// What it does, and when.
    pub rule: Rule,
    /// How many orders may use it. Without a limit, any number.
    #[serde(default)]
    pub limit: Option<NonZeroU32>,
    /// How many orders of one customer may use it. Without a limit, any number.
    #[serde(default)]
    pub per_customer: Option<NonZeroU32>,
}

/// Changes a promotion. It holds from the next cart that is shown; orders that were placed keep what they were placed with. A promotion
/// ends by `until`. The same again changes nothing, whatever the version in `If-Match`.
///
/// # Errors
/// 412 if somebody has changed it since it was read; 422 if it is not valid; 428 without `If-Match`, which is the version in quotation
/// marks, and `"0"` for a new one.
pub async fn put_promotion(
    orders: Orders,
    call: Call<PutPromotion, Admin>,
) -> Result<Reply<PromotionEntry>, Problem> {
    let code: PromotionCode = call.path("code")?;
    call.body.rule.check()?;
    let put = async |found: Option<Stored<Promotion>>| {
        if found.as_ref().is_some_and(|found| call.body.is_set(&found.value)) {
            return Ok(None);
        }
        call.must_match(found.as_ref().map_or(0, |found| found.version))?;
        let PutPromotion { rule, limit, per_customer } = call.body.clone();
        let (changed_by, changed_at) = (call.caller.0.user_id, call.now);
        let change =
            Change::to(Promotion { code: code.clone(), rule, limit, per_customer, changed_by, changed_at });
        let change = match found {
            Some(_) => change,
            None => change.insert::<UsesRow>(&Uses { code: code.clone(), user_id: None, used: 0 }),
        };
        Ok::<_, Problem>(Some(change.emit([call.acted("put-promotion", &code)])))
    };
    let done = orders.table.at::<PromotionRow>(promotion_key(&code)).change(&call, put).await?;
    let kept = done.row.ok_or(RequestRefusal::NotFound)?;
    let version = kept.version;
    let uses: Option<Stored<Uses>> = orders.table.get(&uses_key(&code)).await?;
    let used = uses.map_or(0, |uses| uses.value.used);
    Ok(Reply::ok(PromotionEntry::of(kept, used)).etag(version))
}

impl PutPromotion {
    fn is_set(&self, promotion: &Promotion) -> bool {
        promotion.rule == self.rule
            && promotion.limit == self.limit
            && promotion.per_customer == self.per_customer
    }
}
