//! When the catalogue is indexed again.

use std::collections::BTreeSet;

use domain::words::goods::Slug;
use domain::words::id::SnapshotId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How old a snapshot may be. Stock moves without changing the catalogue, so `in_stock` lags by up to as much.
pub const STALE_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// How long after a change a snapshot may lack it: what makes it may take a minute after its time (`finish-image`), and the index
/// that lists products is eventually consistent.
pub const SETTLING: SignedDuration = SignedDuration::from_secs(90);

/// How long chunks are kept, whether a snapshot uses them or not. What a run that ended early has left goes away with them.
pub const KEPT: SignedDuration = SignedDuration::from_hours(48);

/// When unchanged chunks are written again: a day before they are deleted.
pub const REWRITTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The count of the catalogue's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The number of changes.
    pub changes: u64,
    /// The time of the last one.
    pub changed_at: Timestamp,
}

/// The snapshot that is searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its id, which its chunks are stored under.
    pub snapshot_id: SnapshotId,
    /// The number of its chunks.
    pub chunks: u32,
    /// The number of products in it.
    pub products: u64,
    /// The categories that its products name.
    #[serde(default)]
    pub categories: BTreeSet<Slug>,
    /// The number of changes that it was made of.
    pub of: u64,
    /// When the first of its reductions ends, and with it a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// The hash of what is in it.
    pub digest: String,
    /// When it was last found to be what the catalogue is.
    pub made_at: Timestamp,
    /// When its chunks were written.
    pub written_at: Timestamp,
}

impl Snapshot {
    /// Returns whether it still is what the catalogue is. `changes` is `None` before the first one.
    #[must_use]
    pub fn is_current(&self, changes: Option<&Changes>, now: Timestamp) -> bool {
        let (count, changed_at) =
            changes.map_or((0, Timestamp::MIN), |changes| (changes.changes, changes.changed_at));
        let is_settled = self.made_at.duration_since(changed_at) >= SETTLING;
        let has_its_prices = self.valid_until.is_none_or(|until| now < until);
        let is_fresh = now.duration_since(self.made_at) < STALE_AFTER;
        self.of == count && is_settled && is_fresh && has_its_prices
    }

    /// Returns whether its chunks serve a snapshot with the same content, too.
    #[must_use]
    pub fn has_chunks_of(&self, digest: &str, now: Timestamp) -> bool {
        self.digest == digest && now.duration_since(self.written_at) < REWRITTEN_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_current_until_the_catalogue_changes_or_five_minutes_pass() {
        let at = |seconds: i64| Timestamp::from_second(1_000_000 + seconds).unwrap();
        let snapshot = Snapshot {
            snapshot_id: SnapshotId::from_parts(0, 1),
            chunks: 1,
            products: 1,
            categories: BTreeSet::new(),
            of: 7,
            valid_until: None,
            digest: "d".to_owned(),
            made_at: at(120),
            written_at: at(0),
        };
        let changes = |changes, changed_at| Changes { changes, changed_at: at(changed_at) };
        assert!(snapshot.is_current(Some(&changes(7, 0)), at(120)));
        assert!(!snapshot.is_current(Some(&changes(8, 119)), at(120)), "another change");
        assert!(!snapshot.is_current(Some(&changes(7, 31)), at(180)), "made too soon after the change");
        assert!(snapshot.is_current(Some(&changes(7, 30)), at(419)));
        assert!(!snapshot.is_current(Some(&changes(7, 0)), at(420)), "stock has moved since");
        assert!(!snapshot.is_current(None, at(120)));
        let reduced = Snapshot { valid_until: Some(at(200)), ..snapshot.clone() };
        assert!(reduced.is_current(Some(&changes(7, 0)), at(199)));
        assert!(!reduced.is_current(Some(&changes(7, 0)), at(200)), "a reduction has ended");
        assert!(Snapshot { of: 0, ..snapshot.clone() }.is_current(None, at(120)));
        assert!(snapshot.has_chunks_of("d", at(86_399)) && !snapshot.has_chunks_of("d", at(86_400)));
        assert!(!snapshot.has_chunks_of("e", at(60)));
    }
}
