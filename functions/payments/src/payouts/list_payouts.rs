//! `GET /admin/payments/payouts`: admins list what the payment gateway has paid to the bank, and what did not match.

use domain::payments::payouts::Payout;
use domain::words::money::Currency;
use edge::{Admin, Call, List, NoBody, Paging, Problem, Reply};
use jiff::Timestamp;
use serde::Serialize;
use store::{Error, Index, Key, Page, Query as Rows};

use crate::payouts::rows::PAYOUTS;
use crate::store::{IndexedKey, Payments};

/// A payout, as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PayoutView {
    /// The payment gateway's id for it, by which its dashboard finds it.
    pub gateway_id: String,
    /// The amount in minor units of the currency; negative if it was taken from the bank account.
    pub amount: i64,
    /// The currency.
    #[cfg_attr(feature = "schema", schemars(with = "domain::schema::CurrencyCode"))]
    pub currency: Currency,
    /// Whether the gateway lists what it consists of. One that was ordered by hand is posted as one sum.
    pub is_itemised: bool,
    /// How many of its transactions are not what the shop's books have.
    pub mismatches: u64,
    /// When the shop learnt of it.
    pub found_at: Timestamp,
    /// When all of it was posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

/// Lists the payouts, the newest first. The list may lack a change of the past second.
///
/// # Errors
/// 400 if the limit or the cursor is invalid.
pub async fn list_payouts(
    payments: Payments,
    call: Call<NoBody, Admin, Paging>,
) -> Result<Reply<List<PayoutView>>, Problem> {
    let page = payments.payouts(call.query.limit()?, call.query.cursor()).await?;
    let next_cursor = page.next.map(|next| next.to_string());
    Ok(Reply::ok(List { items: page.items.into_iter().map(PayoutView::from).collect(), next_cursor }))
}

impl From<Payout> for PayoutView {
    fn from(payout: Payout) -> Self {
        let Payout { gateway, amount, currency, is_itemised, mismatches, found_at, completed_at, .. } =
            payout;
        Self {
            gateway_id: gateway.to_string(),
            amount,
            currency,
            is_itemised,
            mismatches,
            found_at,
            completed_at,
        }
    }
}

impl Payments {
    /// Returns a page of the payouts, as they are now. The index has their keys only.
    async fn payouts(&self, limit: u8, cursor: Option<&str>) -> Result<Page<Payout>, Error> {
        let rows = Rows::new(Index::Gsi(1), PAYOUTS).descending().limit(limit).after(cursor)?;
        let Page { items, next } = self.table.query::<IndexedKey>(&rows).await?;
        let keys: Vec<Key> = items.into_iter().map(|entry| entry.value.into()).collect();
        let found = self.table.get_many::<Payout>(&keys).await?;
        let mut payouts: Vec<Payout> = found.into_iter().map(|found| found.value).collect();
        payouts.sort_by_key(|payout| std::cmp::Reverse((payout.found_at, payout.gateway.to_string())));
        Ok(Page { items: payouts, next })
    }
}
