//! Waiting until nothing is left to do: no invocation runs, queues are empty, streams are read to their end.

use std::time::Duration;

use super::Sources;
use engines::aws::QueueDepth;

/// The embedded queues move a message to its dead-letter queue on their own, between calls, so that no change is
/// seen; while anything is left, the queues are looked at again this often.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What was still under way at the deadline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("still busy after {waited:?}: {}", left.join("; "))]
pub struct Busy {
    /// How long was waited.
    pub waited: Duration,
    /// What is left, a line each.
    pub left: Vec<String>,
}

impl Sources {
    /// Waits until no invocation runs, every queue that a function consumes is empty and every stream is read. What is in the
    /// others, dead-letter queues and failure destinations, is for people.
    ///
    /// # Errors
    /// Something is left at the deadline; the error says what.
    pub async fn idle(&self, within: Duration) -> Result<(), Busy> {
        let activity = self.context.endpoint.activity();
        let mut changes = activity.subscribe();
        let mut left = Vec::new();
        let quiet = async {
            loop {
                changes.mark_unchanged();
                let before = activity.count();
                // The queues are asked last and least: while anything runs they are not at rest anyway.
                left = self.at_work();
                if left.is_empty() {
                    left = self.waiting().await;
                }
                // Work may have moved on from a place not looked at yet to one that was: then look again.
                if left.is_empty() && activity.count() == before {
                    return;
                }
                if !left.is_empty() && tokio::time::timeout(LOOK_AGAIN, changes.changed()).await.is_err() {
                    tracing::trace!(?left, "still busy");
                }
            }
        };
        let in_time = tokio::time::timeout(within, quiet).await.is_ok();
        if in_time { Ok(()) } else { Err(Busy { waited: within, left }) }
    }

    /// What is under way now, a line each.
    pub async fn left(&self) -> Vec<String> {
        let mut left = self.at_work();
        left.extend(self.waiting().await);
        left
    }

    /// The streams that are not read to their end, and what runs.
    fn at_work(&self) -> Vec<String> {
        let mut left: Vec<String> = self.streams.iter().filter_map(|stream| stream.left()).collect();
        let running = self.context.endpoint.activity().running();
        if running > 0 {
            left.push(format!("{running} invocations run or wait"));
        }
        let under_way = self.context.endpoint.faults().under_way();
        if under_way > 0 {
            left.push(format!("{under_way} calls are under way"));
        }
        left
    }

    /// The queues that a function consumes and that are not empty.
    async fn waiting(&self) -> Vec<String> {
        let depths = match self.context.endpoint.queue_depths().await {
            Ok(depths) => depths,
            Err(error) => return vec![error.to_string()],
        };
        let consumed = depths.iter().filter(|depth| self.consumed.contains(&depth.name) && depth.total() > 0);
        let text = |depth: &QueueDepth| {
            let QueueDepth { name, visible, in_flight, delayed, .. } = depth;
            format!("{name}: {visible} visible, {in_flight} in flight, {delayed} delayed")
        };
        consumed.map(text).collect()
    }
}
