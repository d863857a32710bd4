//! The double-entry ledger. Every debit has an equal credit, so the balances of all accounts sum to zero.

mod totals;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::refusals;
use crate::words::money::{Currency, Money, MoneyError};

pub use totals::{AccountTotal, Totals};

refusals! {
    /// Why the ledger was not shown.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum LedgerRefusal {
        /// A month has more postings than can be added up at once.
        #[error("the month has too many postings to add up at once")]
        TooManyPostings => Invalid, "too_many_postings", "Ask for each day of the month (`day`).";
    }
}

/// A ledger account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "LedgerAccount"))]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Money captured by the payment gateway, to be paid out to the shop: an asset.
    GatewayReceivable,
    /// Customers' payments for orders: owed to them in goods or, after a refund, no longer owed.
    CustomerOrders,
    /// What the payment gateway and the banks charge the shop: an expense.
    GatewayFees,
    /// Money that the payment gateway has paid out: an asset.
    Bank,
    /// Money that banks have taken for customers who dispute their payments, until that is decided: an asset.
    DisputedFunds,
    /// Money that was lost in disputes: an expense.
    DisputeLosses,
    /// An account of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// The two sides of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Left.
    Debit,
    /// Right.
    Credit,
}

/// One line of a posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The account.
    pub account: Account,
    /// The side of the account.
    pub side: Side,
    /// The amount.
    pub amount: Money,
}

/// One movement of money. Postings are append-only; an error is corrected by a reverse posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The id of the attempt or refund that caused the movement, or that of the dispute and the posting's number; of a refund that came
    /// back, its id and `-returned`. Each moves money once, so this is also the posting's key.
    pub reference: String,
    /// Its lines.
    pub entries: Vec<Entry>,
    /// When it was posted.
    pub posted_at: Timestamp,
}

impl Posting {
    /// Creates a posting that moves `amount` from the credited to the debited account.
    #[must_use]
    pub fn transfer(
        reference: String,
        debit: Account,
        credit: Account,
        amount: Money,
        now: Timestamp,
    ) -> Self {
        let entries = vec![
            Entry { account: debit, side: Side::Debit, amount },
            Entry { account: credit, side: Side::Credit, amount },
        ];
        Self { reference, entries, posted_at: now }
    }

    /// Creates a posting of changes of balances, each in minor units: debits are positive. Accounts without a change are left out.
    ///
    /// # Errors
    /// If an amount is out of range.
    pub fn of_changes(
        reference: String,
        changes: impl IntoIterator<Item = (Account, i64)>,
        currency: Currency,
        now: Timestamp,
    ) -> Result<Self, MoneyError> {
        let moved = changes.into_iter().filter(|(_, change)| *change != 0);
        let entry = |(account, change): (Account, i64)| {
            let side = if change > 0 { Side::Debit } else { Side::Credit };
            let amount = i64::try_from(change.unsigned_abs()).map_err(|_| MoneyError::OutOfRange)?;
            Ok(Entry { account, side, amount: Money::new(amount, currency)? })
        };
        let entries = moved.map(entry).collect::<Result<_, MoneyError>>()?;
        Ok(Self { reference, entries, posted_at: now })
    }

    /// Returns whether debits equal credits.
    ///
    /// # Errors
    /// If the amounts have different currencies, or a sum is out of range.
    pub fn balances(&self) -> Result<bool, MoneyError> {
        let sum = |side: Side| {
            Money::sum(self.entries.iter().filter(|entry| entry.side == side).map(|entry| entry.amount))
        };
        Ok(sum(Side::Debit)? == sum(Side::Credit)?)
    }
}

/// Returns an account's balance after `postings`, in minor units: debits minus credits.
#[must_use]
pub fn balance<'a>(account: Account, postings: impl IntoIterator<Item = &'a Posting>) -> i128 {
    let entries = postings.into_iter().flat_map(|posting| &posting.entries);
    entries
        .filter(|entry| entry.account == account)
        .map(|entry| match entry.side {
            Side::Debit => i128::from(entry.amount.amount()),
            Side::Credit => -i128::from(entry.amount.amount()),
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_balances() {
        let amount = Money::new(1999, Currency::EUR).unwrap();
        let posting = Posting::transfer(
            "att_1".to_owned(),
            Account::GatewayReceivable,
            Account::CustomerOrders,
            amount,
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(posting.balances(), Ok(true));
        assert_eq!(balance(Account::GatewayReceivable, [&posting]), 1999);
        assert_eq!(balance(Account::CustomerOrders, [&posting]), -1999);
        let lopsided = Posting { entries: posting.entries[..1].to_vec(), ..posting };
        assert_eq!(lopsided.balances(), Ok(false));
    }
}
