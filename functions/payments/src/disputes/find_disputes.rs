//! `GET /admin/payments/disputes`: staff list the disputes that they can still answer.

use domain::payments::DisputeStatus;
use domain::words::id::{DisputeId, OrderId, PaymentId};
use domain::words::money::Money;
use edge::{Call, List, NoBody, Paging, Problem, Reply, Staff};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Error, Index, Key, Page, Query as Rows};

use crate::disputes::rows::{OPEN, PaymentDispute};
use crate::store::{IndexedKey, Payments};

/// Which disputes to list.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// Their status. It can be left out: only these are listed.
    #[expect(dead_code, reason = "it has one value")]
    status: Option<Listed>,
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// The disputes that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ListedDisputes"))]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// Those that the bank has not decided.
    Open,
}

/// A dispute, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DisputeView {
    /// Its id.
    pub dispute_id: DisputeId,
    /// The payment gateway's id for it, by which its dashboard finds it.
    pub gateway_id: String,
    /// The disputed payment.
    pub payment_id: PaymentId,
    /// The order that it pays.
    pub order_id: OrderId,
    /// Its status.
    pub status: DisputeStatus,
    /// The bank's reason (`product_not_received`).
    pub reason: String,
    /// The disputed amount.
    pub amount: Money,
    /// What was taken from the shop's balance at the gateway.
    pub withdrawn: Money,
    /// What the gateway has charged for it.
    pub fee: Money,
    /// Until when the shop can answer, in the gateway's dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_by: Option<Timestamp>,
    /// When the shop learnt of it.
    pub opened_at: Timestamp,
}

/// Lists the undecided disputes, the most urgent first. The list may lack a change of the past second. A page may have fewer items than
/// its limit, since it leaves out disputes that were decided in it.
///
/// # Errors
/// 400 if the limit or the cursor is invalid.
pub async fn find_disputes(
    payments: Payments,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<List<DisputeView>>, Problem> {
    let Query { limit, cursor, .. } = call.query;
    let paging = Paging::new(limit, cursor);
    let page = payments.undecided(paging.limit()?, paging.cursor()).await?;
    let next_cursor = page.next.map(|next| next.to_string());
    let open = page.items.into_iter().filter(|found| found.dispute.status.is_open());
    Ok(Reply::ok(List { items: open.map(DisputeView::from).collect(), next_cursor }))
}

impl From<PaymentDispute> for DisputeView {
    fn from(PaymentDispute { payment_id, order_id, dispute }: PaymentDispute) -> Self {
        Self {
            dispute_id: dispute.dispute_id,
            gateway_id: dispute.gateway.to_string(),
            payment_id,
            order_id,
            status: dispute.status,
            reason: dispute.reason,
            amount: dispute.amount,
            withdrawn: dispute.withdrawn,
            fee: dispute.fee,
            due_by: dispute.due_by,
            opened_at: dispute.opened_at,
        }
    }
}

impl Payments {
    /// Returns a page of the disputes that were undecided a moment ago, as they are now. The index has their keys only.
    async fn undecided(&self, limit: u8, cursor: Option<&str>) -> Result<Page<PaymentDispute>, Error> {
        let rows = Rows::new(Index::Gsi(1), OPEN).limit(limit).after(cursor)?;
        let Page { items, next } = self.table.query::<IndexedKey>(&rows).await?;
        let keys: Vec<Key> = items.into_iter().map(|entry| entry.value.into()).collect();
        let found = self.table.get_many::<PaymentDispute>(&keys).await?;
        let mut disputes: Vec<PaymentDispute> = found.into_iter().map(|found| found.value).collect();
        disputes.sort_by_key(|found| {
            (found.dispute.due_by.unwrap_or(found.dispute.opened_at), found.dispute.dispute_id)
        });
        Ok(Page { items: disputes, next })
    }
}
