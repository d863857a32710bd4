//! What was debited and credited to each account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Account, Entry, Side};
use crate::words::money::Currency;

/// What was debited and credited to an account in one currency, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AccountTotal {
    /// The account.
    pub account: Account,
    /// The currency.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::CurrencyCode"))]
    pub currency: Currency,
    /// The sum of its debits.
    pub debit: i64,
    /// The sum of its credits.
    pub credit: i64,
    /// Debits minus credits: positive for what the shop has and what it has spent, negative for what it owes and has earned.
    pub balance: i64,
}

/// The totals of entries, by account and currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals(BTreeMap<(Account, &'static str), AccountTotal>);

impl Totals {
    /// Adds an entry.
    pub fn add(&mut self, entry: &Entry) {
        let (account, currency) = (entry.account, entry.amount.currency());
        let nothing = AccountTotal { account, currency, debit: 0, credit: 0, balance: 0 };
        let total = self.0.entry((account, currency.code())).or_insert(nothing);
        let amount = entry.amount.amount();
        match entry.side {
            Side::Debit => total.debit = total.debit.saturating_add(amount),
            Side::Credit => total.credit = total.credit.saturating_add(amount),
        }
        total.balance = total.debit - total.credit;
    }

    /// Adds other totals.
    pub fn extend(&mut self, others: &Self) {
        for (key, other) in &others.0 {
            let total = self.0.entry(*key).or_insert_with(|| AccountTotal {
                debit: 0,
                credit: 0,
                balance: 0,
                ..*other
            });
            total.debit = total.debit.saturating_add(other.debit);
            total.credit = total.credit.saturating_add(other.credit);
            total.balance = total.debit - total.credit;
        }
    }

    /// Returns the totals, by account and currency.
    #[must_use]
    pub fn into_list(self) -> Vec<AccountTotal> {
        self.0.into_values().collect()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::money::Money;

    fn entry(account: Account, side: Side, amount: i64, currency: Currency) -> Entry {
        Entry { account, side, amount: Money::new(amount, currency).unwrap() }
    }

    #[test]
    fn totals_are_by_account_and_currency() {
        use Account::{CustomerOrders, GatewayReceivable};
        let (mut first, mut second) = (Totals::default(), Totals::default());
        assert!(first.is_empty());
        let capture = |totals: &mut Totals, amount, currency| {
            totals.add(&entry(GatewayReceivable, Side::Debit, amount, currency));
            totals.add(&entry(CustomerOrders, Side::Credit, amount, currency));
        };
        capture(&mut first, 4_180, Currency::EUR);
        capture(&mut second, 1_000, Currency::EUR);
        capture(&mut second, 500, Currency::USD);
        first.add(&entry(GatewayReceivable, Side::Credit, 1_305, Currency::EUR));
        first.extend(&second);
        let list = first.into_list();
        let of = |total: &AccountTotal| {
            (total.account, total.currency.code(), total.debit, total.credit, total.balance)
        };
        assert_eq!(
            list.iter().map(of).collect::<Vec<_>>(),
            [
                (GatewayReceivable, "EUR", 5_180, 1_305, 3_875),
                (GatewayReceivable, "USD", 500, 0, 500),
                (CustomerOrders, "EUR", 0, 5_180, -5_180),
                (CustomerOrders, "USD", 0, 500, -500),
            ]
        );
    }
}
