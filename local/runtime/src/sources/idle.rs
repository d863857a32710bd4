//! Waits until the cloud is idle: no invocation runs, queues are empty, and streams are read to their end.

use std::time::Duration;

use super::Sources;
use engines::aws::QueueDepth;

/// Interval between two looks at the queues while work is left. The embedded queues move messages to dead-letter queues
/// between calls, which wakes no waiter.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The work that was left at the deadline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("still busy after {waited:?}: {}", left.join("; "))]
pub struct Busy {
    pub waited: Duration,
    /// What is left, one item per line.
    pub left: Vec<String>,
}

impl Sources {
    /// Waits until no invocation runs, every queue that a function consumes is empty, and every stream is read to its
    /// end. Other queues, such as dead-letter queues and failure destinations, are ignored: people process them.
    ///
    /// # Errors
    /// Work is left at the deadline. The error lists it.
    pub async fn idle(&self, within: Duration) -> Result<(), Busy> {
        let activity = self.context.endpoint.activity();
        let mut changes = activity.subscribe();
        let mut left = Vec::new();
        let quiet = async {
            loop {
                changes.mark_unchanged();
                let before = activity.count();
                // The queues are only asked when nothing runs. Until then they are not idle anyway.
                left = self.at_work();
                if left.is_empty() {
                    left = self.waiting().await;
                }
                // Work may have moved from a part not checked yet to one already checked. Then check again.
                if left.is_empty() && activity.count() == before {
                    return;
                }
                if !left.is_empty() && tokio::time::timeout(POLL_INTERVAL, changes.changed()).await.is_err() {
                    tracing::trace!(?left, "still busy");
                }
            }
        };
        let in_time = tokio::time::timeout(within, quiet).await.is_ok();
        if in_time { Ok(()) } else { Err(Busy { waited: within, left }) }
    }

    /// Lists the work that is left now, one item per line.
    pub async fn left(&self) -> Vec<String> {
        let mut left = self.at_work();
        left.extend(self.waiting().await);
        left
    }

    /// Lists the streams that are not read to their end, and what runs.
    fn at_work(&self) -> Vec<String> {
        let mut left: Vec<String> = self.streams.iter().filter_map(|stream| stream.left()).collect();
        let running = self.context.endpoint.activity().running();
        if running > 0 {
            left.push(format!("{running} invocations are running or waiting"));
        }
        let under_way = self.context.endpoint.faults().under_way();
        if under_way > 0 {
            left.push(format!("{under_way} calls are in progress"));
        }
        left
    }

    /// Lists the non-empty queues that a function consumes.
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
