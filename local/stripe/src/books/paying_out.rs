//! Payouts to the shop's bank account, one a day and currency, as Stripe makes them by default.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::error::Error;
use super::super::form::Form;
use super::super::objects::{BalanceTransaction, Payout, Refund};
use super::listing::Listing;
use super::{Books, Done, Entry, Outcome, id};

impl Books {
    /// Pays out what the balance had before today, and lists payouts, newest first.
    pub(in super::super) fn list_payouts(&self, mut form: Form, now: Timestamp) -> Result<Outcome, Error> {
        let since = form.amount("created[gte]")?;
        let listing = Listing::of(&mut form)?;
        form.finish()?;
        let midnight = now.to_zoned(TimeZone::UTC).start_of_day().map_or(now, |day| day.timestamp());
        let entry = self.pay_out(midnight, now);
        let mut payouts: Vec<&Payout> = self.payouts.values().chain(&entry.payouts).collect();
        payouts.retain(|payout| since.is_none_or(|since| payout.created >= since));
        payouts.sort_by_key(|payout| std::cmp::Reverse((payout.created, payout.id.clone())));
        let shown = payouts.into_iter().map(|payout| (payout.id.clone(), payout.shown())).collect();
        Ok((Ok(Done::Object(listing.page("payout", "/v1/payouts", shown)?)), entry))
    }

    /// Lists what a payout consists of, the payout itself first and then the newest; or the refunds that have come back.
    pub(in super::super) fn list_balance_transactions(&self, mut form: Form) -> Result<Value, Error> {
        let payout = form.text("payout");
        let kind = form.text("type");
        let since = form.amount("created[gte]")?;
        form.only("expand[]", &["data.source"])?;
        let listing = Listing::of(&mut form)?;
        form.finish()?;
        let all: Vec<BalanceTransaction> = match payout {
            Some(name) => {
                let payout =
                    self.payouts.get(&name).ok_or_else(|| Error::missing("payout", "payout", &name))?;
                std::iter::once(payout.withdrawal())
                    .chain(payout.transactions.iter().rev().cloned())
                    .collect()
            }
            None => self.balance_transactions().into_iter().rev().collect(),
        };
        let is_listed = |moved: &BalanceTransaction| {
            kind.as_ref().is_none_or(|kind| moved.kind == *kind)
                && since.is_none_or(|since| moved.created >= since)
        };
        let listed = all.into_iter().filter(is_listed);
        let shown = listed.map(|moved| (moved.id.clone(), self.with_source(&moved))).collect();
        listing.page("balance_transaction", "/v1/balance_transactions", shown)
    }

    /// Pays out, in each currency, what has moved the balance before a time. What the shop owes is taken from its bank account.
    pub(in super::super) fn pay_out(&self, before: Timestamp, now: Timestamp) -> Entry {
        let paid: BTreeSet<&str> = self.paid_out().map(|moved| moved.id.as_str()).collect();
        let mut due: BTreeMap<String, Vec<BalanceTransaction>> = BTreeMap::new();
        for moved in self.balance_transactions() {
            if moved.created < before.as_second() && !paid.contains(moved.id.as_str()) {
                due.entry(moved.currency.clone()).or_default().push(moved);
            }
        }
        let payouts =
            due.into_iter().map(|(currency, transactions)| Payout::of(id("po"), currency, transactions, now));
        Entry { payouts: payouts.collect(), ..Entry::default() }
    }

    /// Returns what was held for the shop in a currency and is paid out.
    pub(in super::super) fn paid_out_of(&self, currency: &str) -> i64 {
        self.paid_out().filter(|moved| moved.currency == currency).map(BalanceTransaction::held).sum()
    }

    pub(in super::super) fn payouts_made(&self) -> usize {
        self.payouts.len()
    }

    fn paid_out(&self) -> impl Iterator<Item = &BalanceTransaction> {
        self.payouts.values().flat_map(|payout| &payout.transactions)
    }

    /// Returns all that has moved the balance, oldest first.
    fn balance_transactions(&self) -> Vec<BalanceTransaction> {
        let charges = self.attempts.values().flat_map(|attempt| &attempt.charges);
        let charges = charges.filter(|charge| charge.amount_captured > 0);
        let charges = charges.flat_map(BalanceTransaction::of_charge);
        let refunds = self.refunds.values().filter(|refund| refund.has_left());
        let returned = self.refunds.values().filter_map(|refund| refund.failure_balance_transaction.clone());
        let disputes = self.disputes.values().flat_map(|dispute| dispute.balance_transactions.clone());
        let mut all: Vec<_> = charges
            .chain(refunds.map(BalanceTransaction::of_refund))
            .chain(returned)
            .chain(disputes)
            .collect();
        all.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
        all
    }

    fn with_source(&self, moved: &BalanceTransaction) -> Value {
        let charges = || self.attempts.values().flat_map(|attempt| &attempt.charges);
        let source = match moved.reporting_category.as_str() {
            "charge" => charges().find(|charge| charge.id == moved.source).map(|charge| json!(charge)),
            "refund" | "refund_failure" => self.refunds.get(&moved.source).map(Refund::shown),
            "payout" => self.payouts.get(&moved.source).map(Payout::shown),
            _ => self.disputes.get(&moved.source).map(|dispute| json!(dispute)),
        };
        let mut shown = json!(moved);
        shown["source"] = source.unwrap_or_default();
        shown
    }
}
