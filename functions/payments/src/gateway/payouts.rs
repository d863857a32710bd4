//! Payouts of the payment gateway to the shop's bank account.

use domain::payments::GatewayId;
use domain::payments::payouts::{BalanceTransaction, PayoutReport};
use futures::future::BoxFuture;
use jiff::Timestamp;

use crate::gateway::GatewayError;

/// What the gateway lists about a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPayout {
    /// What it states about it.
    pub report: PayoutReport,
    /// How far it is.
    pub stage: PayoutStage,
    /// When the gateway made it.
    pub created_at: Timestamp,
}

/// How far a payout is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayoutStage {
    /// It is on its way, or the gateway has not listed yet what it consists of.
    Underway,
    /// The bank has it.
    Paid,
    /// It never arrived. The gateway has the money again.
    Failed,
}

/// A part of what a payout consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutPart {
    /// The transactions, in the gateway's order.
    pub transactions: Vec<BalanceTransaction>,
    /// Whether there are no more.
    pub is_last: bool,
}

/// Where payouts are found. They are only read.
pub trait Payouts {
    /// Returns the payouts that were made since then, oldest first.
    fn payouts_since(&self, since: Timestamp) -> BoxFuture<'_, Result<Vec<FoundPayout>, GatewayError>>;

    /// Returns at most `most` of the balance transactions of a payout, from the one after `after`.
    fn part_of_payout<'a>(
        &'a self,
        payout: &'a PayoutReport,
        after: Option<&'a GatewayId>,
        most: usize,
    ) -> BoxFuture<'a, Result<PayoutPart, GatewayError>>;
}
