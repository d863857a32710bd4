//! Rows of the payments table for payouts.
//!
//! | row | pk | sk | gsi1 |
//! |---|---|---|---|
//! | payout | `PAYOUT#<payout>` | `PAYOUT` | `PAYOUTS` / `<found_at>#<payout>` |
//! | posting | `PAYOUT#<payout>` | `POSTING#<payout>-<number>` | as those of payments: `LEDGER#<day>#<shard>` |
//! | mismatch | `PAYOUT#<payout>` | `MISMATCH#<balance transaction>` | |
//! | cursor | `PAYOUTS` | `CURSOR` | |
//!
//! The payout knows the last transaction that is posted, so its postings are written with it and nothing is posted twice.

use domain::payments::GatewayId;
use domain::payments::ledger::Posting;
use domain::payments::payouts::{Mismatch, MismatchReason, Payout};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Item, Key, Row};

use crate::payments::rows::in_ledger;

/// The index partition of all payouts, which sort by when the shop learnt of them.
pub const PAYOUTS: &str = "PAYOUTS";

/// A payout.
#[derive(Debug)]
pub struct PayoutRow;

impl Row for PayoutRow {
    type Value = Payout;
    const KIND: &'static str = "payout";

    fn key(payout: &Payout) -> Key {
        key(&payout.gateway)
    }

    fn place(payout: &Payout, item: Item) -> Item {
        item.indexed(1, PAYOUTS, format!("{:.3}#{}", payout.found_at, payout.gateway))
    }
}

/// A posting of a payout.
#[derive(Debug)]
pub struct PayoutPostingRow;

/// A posting with its payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutPosting {
    /// The payout.
    pub payout: GatewayId,
    /// The posting.
    #[serde(flatten)]
    pub posting: Posting,
}

impl Row for PayoutPostingRow {
    type Value = PayoutPosting;
    const KIND: &'static str = "payout_posting";

    fn key(posted: &PayoutPosting) -> Key {
        Key::new(partition(&posted.payout), format!("POSTING#{}", posted.posting.reference))
    }

    fn place(posted: &PayoutPosting, item: Item) -> Item {
        in_ledger(item, &posted.posting, posted.payout.as_ref())
    }
}

/// A balance transaction that a person has to look at.
#[derive(Debug)]
pub struct MismatchRow;

impl Row for MismatchRow {
    type Value = Mismatch;
    const KIND: &'static str = "payout_mismatch";

    fn key(mismatch: &Mismatch) -> Key {
        Key::new(partition(&mismatch.payout), format!("MISMATCH#{}", mismatch.gateway))
    }

    fn is_understood(mismatch: &Mismatch) -> bool {
        mismatch.reason != MismatchReason::Unknown
    }
}

/// From when on payouts are looked for.
#[derive(Debug)]
pub struct CursorRow;

/// The cursor of the schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Every payout that was made before is posted, or has failed.
    pub since: Timestamp,
}

impl Row for CursorRow {
    type Value = Cursor;
    const KIND: &'static str = "payouts_cursor";

    fn key(_: &Cursor) -> Key {
        cursor_key()
    }
}

/// Returns the key of the cursor.
#[must_use]
pub fn cursor_key() -> Key {
    Key::new("PAYOUTS", "CURSOR")
}

/// Returns a payout's key.
#[must_use]
pub fn key(payout: &GatewayId) -> Key {
    Key::new(partition(payout), "PAYOUT")
}

fn partition(payout: &GatewayId) -> String {
    format!("PAYOUT#{payout}")
}
