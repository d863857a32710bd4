//! Contention: rows that a transaction keeps busy, and partitions with a limited throughput.
//!
//! No local engine reports either by itself: they apply one call after another, as fast as they can.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The contention to simulate. By default there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contention {
    /// How long a transaction keeps its rows busy. Another transaction or a single write that needs one of them
    /// meanwhile is rejected for a conflict. Reads are not hindered.
    pub row_busy: Option<Duration>,
    /// The throughput of each partition: of each key of a table or an index.
    pub partition: Option<Throughput>,
}

/// Units per second. Up to one second's worth may be used at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throughput {
    /// Write units per second.
    pub write: u32,
    /// Read units per second.
    pub read: u32,
}

impl Throughput {
    /// The limits of one of DynamoDB's partitions.
    pub const DYNAMODB: Self = Self { write: 1_000, read: 3_000 };
}

/// A partition: a table or an index, and a key's value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Partition {
    pub(crate) of: String,
    pub(crate) key: String,
}

/// A row: its partition and its sort key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RowKey {
    pub(crate) partition: Partition,
    pub(crate) sort: String,
}

/// What a call needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
    /// Writes and checks that are applied together.
    Transaction,
}

/// Why a call is rejected: the indexes of the affected rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Contended {
    Conflict(BTreeSet<usize>),
    Throttled(BTreeSet<usize>),
}

/// The rows and partitions in use. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    contention: Contention,
    busy: HashSet<RowKey>,
    used: HashMap<(Partition, bool), Bucket>,
}

/// Units that a partition may still use.
#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn refill(&mut self, per_second: f64) {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f64() * per_second;
        (self.left, self.at) = ((self.left + gained).min(per_second), now);
    }
}

/// An admitted call. Its rows stay busy until it is settled or dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    rows: Rows,
    busy: Vec<RowKey>,
    partitions: Vec<Partition>,
    is_write: bool,
    until: Option<Instant>,
}

impl Rows {
    pub(crate) fn contend(&self, contention: Contention) {
        let mut state = self.state();
        state.contention = contention;
        state.used.clear();
    }

    pub(crate) fn are_contended(&self) -> bool {
        self.state().contention != Contention::default()
    }

    /// Admits a call that needs these rows, unless one is busy or its partition is exhausted. A call without a sort key
    /// needs its partition only.
    pub(crate) fn admit(&self, access: Access, rows: &[RowKey]) -> Result<Admitted, Contended> {
        let mut state = self.state();
        let is_write = access != Access::Read;
        let throttled = state.throttled(is_write, rows);
        if !throttled.is_empty() {
            return Err(Contended::Throttled(throttled));
        }
        let conflicts: BTreeSet<usize> = if is_write { state.conflicts(rows) } else { BTreeSet::new() };
        if !conflicts.is_empty() {
            // DynamoDB charges for transactions that it cancels: two units per row of up to a kilobyte.
            if access == Access::Transaction {
                rows.iter().for_each(|row| state.use_up(&row.partition, true, 2.0));
            }
            return Err(Contended::Conflict(conflicts));
        }
        let busy = match (access, state.contention.row_busy) {
            (Access::Transaction, Some(_)) => rows.to_vec(),
            _ => Vec::new(),
        };
        state.busy.extend(busy.iter().cloned());
        let until = state.contention.row_busy.filter(|_| !busy.is_empty()).map(|time| Instant::now() + time);
        let partitions = rows.iter().map(|row| row.partition.clone()).collect();
        Ok(Admitted { rows: self.clone(), busy, partitions, is_write, until })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn conflicts(&self, rows: &[RowKey]) -> BTreeSet<usize> {
        rows.iter().enumerate().filter(|(_, row)| self.busy.contains(row)).map(|(index, _)| index).collect()
    }

    fn throttled(&mut self, is_write: bool, rows: &[RowKey]) -> BTreeSet<usize> {
        let Some(per_second) = self.per_second(is_write) else { return BTreeSet::new() };
        let mut exhausted = |row: &RowKey| {
            let bucket = self.used.get_mut(&(row.partition.clone(), is_write));
            bucket.is_some_and(|bucket| {
                bucket.refill(per_second);
                bucket.left <= 0.0
            })
        };
        rows.iter().enumerate().filter(|(_, row)| exhausted(row)).map(|(index, _)| index).collect()
    }

    fn use_up(&mut self, partition: &Partition, is_write: bool, units: f64) {
        let Some(per_second) = self.per_second(is_write) else { return };
        let full = || Bucket { left: per_second, at: Instant::now() };
        let bucket = self.used.entry((partition.clone(), is_write)).or_insert_with(full);
        bucket.refill(per_second);
        bucket.left -= units;
    }

    fn per_second(&self, is_write: bool) -> Option<f64> {
        let limit = self.contention.partition?;
        Some(f64::from(if is_write { limit.write } else { limit.read }))
    }
}

impl Admitted {
    /// Charges the units that the call consumed, evenly to its rows, and keeps its rows busy for the rest of their time.
    pub(crate) async fn settle(self, units: f64) {
        {
            let mut state = self.rows.state();
            let rows = u32::try_from(self.partitions.len().max(1)).unwrap_or(u32::MAX);
            for partition in &self.partitions {
                state.use_up(partition, self.is_write, units / f64::from(rows));
            }
        }
        if let Some(until) = self.until {
            tokio::time::sleep_until(until).await;
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut state = self.rows.state();
        for row in &self.busy {
            state.busy.remove(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str) -> RowKey {
        let partition = Partition { of: "orders".to_owned(), key: key.to_owned() };
        RowKey { partition, sort: String::new() }
    }

    fn rows(contention: Contention) -> Rows {
        let rows = Rows::default();
        rows.contend(contention);
        rows
    }

    fn conflict(index: usize) -> Contended {
        Contended::Conflict([index].into())
    }

    #[tokio::test(start_paused = true)]
    async fn a_transaction_keeps_its_rows_busy_for_its_time() {
        let rows = rows(Contention { row_busy: Some(Duration::from_millis(8)), partition: None });
        let began = Instant::now();
        let first = rows.admit(Access::Transaction, &[row("a"), row("b")]).unwrap();
        assert_eq!(rows.admit(Access::Transaction, &[row("c"), row("b")]).unwrap_err(), conflict(1));
        assert_eq!(rows.admit(Access::Write, &[row("a")]).unwrap_err(), conflict(0));
        assert!(rows.admit(Access::Read, &[row("a")]).is_ok(), "a read is not hindered");
        assert!(rows.admit(Access::Write, &[row("c")]).is_ok(), "a rejected transaction keeps nothing busy");
        first.settle(4.0).await;
        assert_eq!(began.elapsed(), Duration::from_millis(8));
        assert!(rows.admit(Access::Transaction, &[row("a"), row("b")]).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_single_write_keeps_nothing_busy() {
        let rows = rows(Contention { row_busy: Some(Duration::from_millis(8)), partition: None });
        let first = rows.admit(Access::Write, &[row("a")]).unwrap();
        assert!(rows.admit(Access::Transaction, &[row("a")]).is_ok());
        first.settle(1.0).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_partition_is_throttled_beyond_its_units_per_second() {
        let partition = Some(Throughput { write: 10, read: 30 });
        let rows = rows(Contention { row_busy: None, partition });
        rows.admit(Access::Write, &[row("a")]).unwrap().settle(15.0).await;
        let throttled = Contended::Throttled([1].into());
        assert_eq!(rows.admit(Access::Transaction, &[row("b"), row("a")]).unwrap_err(), throttled);
        assert!(rows.admit(Access::Read, &[row("a")]).is_ok(), "reads have their own limit");
        tokio::time::advance(Duration::from_millis(600)).await;
        assert!(rows.admit(Access::Write, &[row("a")]).is_ok());
        tokio::time::advance(Duration::from_secs(60)).await;
        rows.admit(Access::Write, &[row("a")]).unwrap().settle(10.0).await;
        assert!(rows.admit(Access::Write, &[row("a")]).is_err(), "only one second's worth is saved up");
    }
}
