//! Rows of the payments table.
//!
//! | row | pk | sk | gsi1 |
//! |---|---|---|---|
//! | payment | `PAYMENT#<payment>` | `PAYMENT` | `UNSETTLED#<shard>` / `<updated_at>#<payment>` (due at the gateway, by last change) |
//! | posting | `PAYMENT#<payment>` | `POSTING#<attempt, refund or dispute's posting>` | `LEDGER#<day>#<shard>` / `<posted_at>#<reference>` |
//! | declines | `DECLINES#<user>` | `DECLINES` | |
//!
//! A posting is keyed by the attempt or refund that moved the money, or by the dispute and its number, and only ever inserted, so nothing
//! is posted twice.

use domain::payments::declines::Declines;
use domain::payments::ledger::Posting;
use domain::payments::{self, Payment};
use domain::words::calendar::Day;
use domain::words::id::{PaymentId, UserId};
use serde::{Deserialize, Serialize};
use store::{Change, DueIndex, Item, Key, Row};

/// Index of payments with an action due at the gateway, by the minute of their last change (later for those whose customer has
/// to confirm, and for refunds that the gateway has accepted): most payments change several times within a minute.
pub const UNSETTLED: DueIndex = DueIndex::new(1, "UNSETTLED").by_minute();

/// A payment.
#[derive(Debug)]
pub struct PaymentRow;

impl Row for PaymentRow {
    type Value = Payment;
    const KIND: &'static str = "payment";

    fn key(payment: &Payment) -> Key {
        key(payment.payment_id)
    }

    fn place(payment: &Payment, item: Item) -> Item {
        match payment.due_at() {
            Some(at) => UNSETTLED.enter(item, &payment.payment_id.to_string(), at),
            None => item,
        }
    }

    fn is_understood(payment: &Payment) -> bool {
        payment.is_understood()
    }
}

/// A posting of a payment.
#[derive(Debug)]
pub struct PostingRow;

/// A posting with its payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPosting {
    /// The payment.
    pub payment_id: PaymentId,
    /// The posting.
    #[serde(flatten)]
    pub posting: Posting,
}

impl Row for PostingRow {
    type Value = PaymentPosting;
    const KIND: &'static str = "posting";

    fn key(posted: &PaymentPosting) -> Key {
        Key::new(partition(posted.payment_id), format!("POSTING#{}", posted.posting.reference))
    }

    fn place(posted: &PaymentPosting, item: Item) -> Item {
        in_ledger(item, &posted.posting, &posted.payment_id.to_string())
    }
}

/// Adds the index entry of a posting, by which the ledger is added up. Postings of one `owner` share a partition of their day.
pub fn in_ledger(item: Item, posting: &Posting, owner: &str) -> Item {
    let Posting { reference, posted_at, .. } = posting;
    let shard = owner.bytes().last().unwrap_or_default() % LEDGER_SHARDS;
    // Always with milliseconds, so that the strings sort chronologically.
    item.indexed(1, of_day(Day::of(*posted_at), shard), format!("{posted_at:.3}#{reference}"))
}

/// The number of index partitions that the postings of a day are spread over.
const LEDGER_SHARDS: u8 = 4;

/// Returns the index partitions of the postings of a day.
pub fn postings_of(day: Day) -> impl Iterator<Item = String> {
    (0..LEDGER_SHARDS).map(move |shard| of_day(day, shard))
}

fn of_day(day: Day, shard: u8) -> String {
    format!("LEDGER#{day}#{shard}")
}

/// A customer's declined attempts to pay, as long as they count.
#[derive(Debug)]
pub struct DeclinesRow;

impl Row for DeclinesRow {
    type Value = Declines;
    const KIND: &'static str = "declines";

    fn key(declines: &Declines) -> Key {
        declines_key(declines.user_id)
    }

    fn place(declines: &Declines, item: Item) -> Item {
        match declines.until() {
            Some(until) => item.expires(until),
            None => item,
        }
    }
}

/// Returns the key of a customer's declines.
#[must_use]
pub fn declines_key(user: UserId) -> Key {
    Key::new(format!("DECLINES#{user}"), "DECLINES")
}

/// Returns a payment's key.
#[must_use]
pub fn key(id: PaymentId) -> Key {
    Key::new(partition(id), "PAYMENT")
}

fn partition(id: PaymentId) -> String {
    format!("PAYMENT#{id}")
}

/// Writes a payment. This finishes the consumed event only if no action is due at the gateway any more but to ask now and
/// then.
pub fn to<E>(payment: Payment) -> Change<PaymentRow, E> {
    let is_settled = payment.due().is_none_or(|due| due.is_waiting());
    Change::to(payment).finishing(is_settled)
}

/// Converts a decision to the change of its rows, but for a dispute's: [`with_dispute`](crate::store::Payments::with_dispute) has to read
/// that first.
pub fn change<E>(decided: payments::Change) -> Change<PaymentRow, E> {
    let payments::Change { payment, event, posting, dispute: _ } = decided;
    let payment_id = payment.payment_id;
    let change = to(payment).emit(event);
    match posting {
        Some(posting) => change.insert::<PostingRow>(&PaymentPosting { payment_id, posting }),
        None => change,
    }
}
