//! The ledger as a file: a line for each account and day, with amounts in the currency's own unit.
//!
//! A spreadsheet evaluates no cell of it: there are dates, names of accounts, codes of currencies and amounts, which are never negative.
//! Debits and credits therefore have columns of their own, and there is none of balances.

use csv::{Error, Writer};
use domain::payments::ledger::AccountTotal;
use domain::words::money::{Money, MoneyError};

use crate::ledger::show_ledger::DayTotals;

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    /// The ledger has a sum that is no amount.
    #[error("a sum of the ledger is out of range")]
    Money(#[from] MoneyError),
    /// The text cannot be written.
    #[error("the file cannot be written")]
    Csv(#[from] Error),
}

/// Returns the text of the file.
pub(super) fn text(days: &[DayTotals]) -> Result<String, FileError> {
    let mut lines = Writer::from_writer(Vec::new());
    lines.write_record(["day", "account", "currency", "debit", "credit"])?;
    for DayTotals { day, accounts } in days {
        for total in accounts {
            let AccountTotal { account, currency, debit, credit, .. } = *total;
            let account = serde_json::to_value(account).unwrap_or_default();
            let decimal = |amount| Money::new(amount, currency).map(Money::decimal);
            let (debit, credit) = (decimal(debit)?, decimal(credit)?);
            let account = account.as_str().unwrap_or_default();
            lines.write_record([&*day.to_string(), account, currency.code(), &*debit, &*credit])?;
        }
    }
    let bytes = lines.into_inner().map_err(|error| Error::from(error.into_error()))?;
    Ok(String::from_utf8(bytes).unwrap_or_default())
}
