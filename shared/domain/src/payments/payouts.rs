//! Payouts: what the payment gateway has paid to the shop's bank account, and what each consists of.
//!
//! The gateway's list of a payout's balance transactions is the truth. Each is compared with what the shop's books have of the payment
//! that it names. What does not match is posted all the same, since the money has moved, and noted as a mismatch for a person to look at.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ledger::{Account, Posting};
use super::{GatewayId, Payment, RefundStatus};
use crate::words::id::{PaymentId, RefundId};
use crate::words::money::{Currency, MoneyError};

/// What moved the balance at the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movement {
    /// A payment was captured.
    Charge,
    /// A refund left.
    Refund(Option<RefundId>),
    /// A refund came back: it could not be delivered.
    RefundFailure(Option<RefundId>),
    /// A bank took the money of a disputed payment.
    DisputeWithdrawal(GatewayId),
    /// A bank brought it back.
    DisputeReversal(GatewayId),
    /// The gateway charged for its service.
    Fee,
    /// Anything else, in the gateway's words.
    Other(String),
}

/// One movement of the balance at the gateway, which is part of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceTransaction {
    /// The gateway's id for it.
    pub gateway: GatewayId,
    /// What moved.
    pub movement: Movement,
    /// The payment that it is of, as far as the gateway knows the shop's name for it.
    pub payment_id: Option<PaymentId>,
    /// The gateway's id for that payment.
    pub intent: Option<GatewayId>,
    /// What came, before fees, in minor units of the payout's currency; negative if it left.
    pub amount: i64,
    /// What the gateway kept of it, in minor units.
    pub fee: i64,
}

/// Why a balance transaction is not what the shop's books have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MismatchReason {
    /// It is of no payment of the shop's.
    NotOurs,
    /// The shop's books have another amount, another currency or another state.
    Differs,
    /// The shop knows nothing like it.
    UnknownMovement,
    /// The transactions do not add up to the payout.
    WrongSum,
    /// A reason of a newer version.
    #[serde(other)]
    Unknown,
}

/// A balance transaction that a person has to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// The payout.
    pub payout: GatewayId,
    /// The gateway's id for the transaction; for a wrong sum, that of the payout.
    pub gateway: GatewayId,
    /// What is wrong.
    pub reason: MismatchReason,
    /// The payment that the gateway names, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// What has moved after fees, in minor units.
    pub net: i64,
    /// When it was found.
    pub found_at: Timestamp,
}

/// What the gateway states of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutReport {
    /// The gateway's id for it.
    pub gateway: GatewayId,
    /// The amount in minor units; negative if it was taken from the bank account.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// Whether the gateway can list what it consists of: it cannot for one that somebody has ordered by hand.
    pub is_itemised: bool,
}

/// A payout as far as it is posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// The gateway's id for it.
    pub gateway: GatewayId,
    /// The amount in minor units; negative if it was taken from the bank account.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// Whether the gateway lists what it consists of.
    pub is_itemised: bool,
    /// The sum of what is posted.
    pub posted: i64,
    /// The number of its postings.
    pub postings: u32,
    /// How many of its transactions are not what the shop's books have.
    pub mismatches: u64,
    /// The last transaction that is posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<GatewayId>,
    /// When the shop learnt of it.
    pub found_at: Timestamp,
    /// When all of it was posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

/// What posting a part of a payout changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedPart {
    /// The payout's new state.
    pub payout: Payout,
    /// The posting, unless nothing has moved.
    pub posting: Option<Posting>,
    /// What a person has to look at.
    pub mismatches: Vec<Mismatch>,
}

impl BalanceTransaction {
    /// Returns what is left of it after fees.
    fn net(&self) -> i64 {
        self.amount - self.fee
    }

    /// Returns what the gateway has charged for its service. The fee of a dispute was posted with the dispute.
    fn charged(&self, is_matched: bool) -> i64 {
        match self.movement {
            Movement::Fee => self.fee - self.amount,
            Movement::DisputeWithdrawal(_) | Movement::DisputeReversal(_) if is_matched => 0,
            Movement::DisputeWithdrawal(_)
            | Movement::DisputeReversal(_)
            | Movement::Charge
            | Movement::Refund(_)
            | Movement::RefundFailure(_)
            | Movement::Other(_) => self.fee,
        }
    }

    fn mismatch(&self, payment: Option<&Payment>, currency: Currency) -> Option<MismatchReason> {
        match (&self.movement, payment) {
            (Movement::Fee, _) => None,
            (Movement::Other(_), _) => Some(MismatchReason::UnknownMovement),
            (_, None) => Some(MismatchReason::NotOurs),
            (_, Some(payment)) if payment.intent != self.intent => Some(MismatchReason::NotOurs),
            (_, Some(payment)) => (!payment.has_moved(self, currency)).then_some(MismatchReason::Differs),
        }
    }
}

impl Payment {
    /// Returns whether the books have moved what a balance transaction has.
    fn has_moved(&self, moved: &BalanceTransaction, currency: Currency) -> bool {
        self.amount.currency() == currency
            && match &moved.movement {
                Movement::Charge => self.has_captured(moved.amount),
                // One that has failed since has left all the same, and comes back by itself.
                Movement::Refund(id) => {
                    self.has_refund(*id, -moved.amount, &[RefundStatus::Succeeded, RefundStatus::Failed])
                }
                Movement::RefundFailure(id) => self.has_refund(*id, moved.amount, &[RefundStatus::Failed]),
                Movement::DisputeWithdrawal(name) => {
                    self.dispute(name).is_some_and(|dispute| dispute.withdrawn.amount() == -moved.amount)
                }
                Movement::DisputeReversal(name) => {
                    self.dispute(name).is_some_and(|dispute| dispute.reinstated.amount() == moved.amount)
                }
                Movement::Fee | Movement::Other(_) => false,
            }
    }

    fn has_refund(&self, id: Option<RefundId>, amount: i64, of: &[RefundStatus]) -> bool {
        self.refunds.iter().any(|refund| {
            Some(refund.refund_id) == id && of.contains(&refund.status) && refund.amount.amount() == amount
        })
    }
}

impl Payout {
    /// Returns a payout of which nothing is posted.
    #[must_use]
    pub fn found(report: &PayoutReport, now: Timestamp) -> Self {
        Self {
            gateway: report.gateway.clone(),
            amount: report.amount,
            currency: report.currency,
            is_itemised: report.is_itemised,
            posted: 0,
            postings: 0,
            mismatches: 0,
            after: None,
            found_at: now,
            completed_at: None,
        }
    }

    /// Returns whether all of it is posted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.completed_at.is_some()
    }

    /// Posts the next transactions, each with the payment that it names, if the shop has that. After the last ones, the payout is
    /// complete.
    ///
    /// # Errors
    /// If a sum is out of range.
    pub fn posting(
        &self,
        transactions: &[(BalanceTransaction, Option<&Payment>)],
        is_last: bool,
        now: Timestamp,
    ) -> Result<PostedPart, MoneyError> {
        let (mut bank, mut fees, mut mismatches) = (0, 0, Vec::new());
        for (moved, payment) in transactions {
            let reason = moved.mismatch(*payment, self.currency);
            bank += moved.net();
            fees += moved.charged(reason.is_none());
            mismatches.extend(reason.map(|reason| self.mismatch(moved, reason, now)));
        }
        let after = transactions.last().map(|(moved, _)| moved.gateway.clone()).or(self.after.clone());
        let posted = self.posted + bank;
        if is_last && posted != self.amount {
            mismatches.push(self.wrong_sum(self.amount - posted, now));
        }
        self.posted_part((bank, fees), mismatches, Self { after, posted, ..self.clone() }, is_last, now)
    }

    /// Posts a payout as one sum, of which the gateway does not tell what it consists of.
    ///
    /// # Errors
    /// If the amount is out of range.
    pub fn posting_as_a_whole(&self, now: Timestamp) -> Result<PostedPart, MoneyError> {
        let next = Self { posted: self.amount, ..self.clone() };
        self.posted_part((self.amount, 0), Vec::new(), next, true, now)
    }

    fn posted_part(
        &self,
        (bank, fees): (i64, i64),
        mismatches: Vec<Mismatch>,
        next: Self,
        is_last: bool,
        now: Timestamp,
    ) -> Result<PostedPart, MoneyError> {
        let number = self.postings + 1;
        let changes =
            [(Account::Bank, bank), (Account::GatewayFees, fees), (Account::GatewayReceivable, -bank - fees)];
        let posting = Posting::of_changes(format!("{}-{number}", self.gateway), changes, self.currency, now)?;
        let posting = (!posting.entries.is_empty()).then_some(posting);
        let payout = Self {
            postings: self.postings + u32::from(posting.is_some()),
            mismatches: self.mismatches + u64::try_from(mismatches.len()).unwrap_or(u64::MAX),
            completed_at: is_last.then_some(now),
            ..next
        };
        Ok(PostedPart { payout, posting, mismatches })
    }

    fn mismatch(&self, moved: &BalanceTransaction, reason: MismatchReason, now: Timestamp) -> Mismatch {
        Mismatch {
            payout: self.gateway.clone(),
            gateway: moved.gateway.clone(),
            reason,
            payment_id: moved.payment_id,
            net: moved.net(),
            found_at: now,
        }
    }

    fn wrong_sum(&self, missing: i64, now: Timestamp) -> Mismatch {
        Mismatch {
            payout: self.gateway.clone(),
            gateway: self.gateway.clone(),
            reason: MismatchReason::WrongSum,
            payment_id: None,
            net: missing,
            found_at: now,
        }
    }
}

#[cfg(test)]
mod tests;
