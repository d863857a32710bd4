//! The relay: what waits in a service's outbox goes to the queues that the event's routing names, then leaves the outbox.
//!
//! A service that has events runs [`relay_events`] as a function of its own, on its table's stream and on a schedule. It is
//! safe to run twice at once: an event that is sent twice has one id, and its consumers know it by that.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lambda_events::dynamodb::StreamRecord;
use domain::event::Queue;
use edge::queue::Failure;
use edge::stream::{Checkpoint, Input};
use edge::{Connect, Environment, InitError, chain};
use futures::future::{ready, try_join_all};
use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use store::Table;
use store::outbox::{self, Waiting};

/// What the stream has not sent after this long, the schedule sends.
const OVERDUE: SignedDuration = SignedDuration::from_mins(5);

/// Events that are sent at once. After an outage hundreds wait, and each takes as many connections as it has queues: all
/// at once, they would be more than a function may open.
const AT_ONCE: usize = 16;

/// A service's outbox and the queues that it sends to.
#[derive(Debug, Clone)]
pub struct Outbox {
    table: Table,
    sqs: aws_sdk_sqs::Client,
    queues: Arc<HashMap<Queue, String>>,
}

/// An event's routing names a queue that the template gives no URL of.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is not set, and an event goes there")]
struct NoQueue(&'static str);

impl Connect for Outbox {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let name = environment.variable("TABLE_NAME")?;
        let table = Table::connect(environment.aws(), environment.retry_quota(), name);
        let config = aws_sdk_sqs::config::Builder::from(environment.aws());
        let config = config.retry_partition(environment.retry_quota()).build();
        // A service sends to the queues of its own events only, so not every variable is there.
        let queues = Queue::ALL
            .into_iter()
            .filter_map(|queue| Some((queue, environment.variable(queue.variable()).ok()?.to_owned())))
            .collect();
        Ok(Self { table, sqs: aws_sdk_sqs::Client::from_conf(config), queues: Arc::new(queues) })
    }
}

impl Outbox {
    /// An outbox in `table` that sends to `queues` (their URLs).
    #[must_use]
    pub fn new(table: Table, sqs: aws_sdk_sqs::Client, queues: HashMap<Queue, String>) -> Self {
        Self { table, sqs, queues: Arc::new(queues) }
    }

    /// Sends an event to all its queues, then takes it out of the outbox. A failure in between leaves it there.
    async fn send(&self, event: &Waiting) -> Result<(), Failure> {
        try_join_all(event.envelope.event.queues().iter().map(|queue| self.send_to(*queue, &event.json)))
            .await?;
        outbox::sent(&self.table, event.id).await?;
        tracing::debug!(event_id = %event.id, correlation_id = event.envelope.correlationid, "sent");
        Ok(())
    }

    async fn send_to(&self, queue: Queue, json: &str) -> Result<(), Failure> {
        let url = self.queues.get(&queue).ok_or(NoQueue(queue.variable()))?;
        self.sqs.send_message().queue_url(url).message_body(json).send().await?;
        Ok(())
    }
}

/// Sends what the stream shows as new, or, on the schedule, what has waited too long.
///
/// # Errors
/// When the table cannot be read, or an overdue event cannot be sent: the others are sent all the same.
pub async fn relay_events(outbox: Outbox, input: Input) -> Result<Checkpoint, Failure> {
    match input {
        Input::Records(records) => Ok(send_records(&outbox, records).await),
        Input::Tick(now) => send_overdue(&outbox, now).await.map(|()| None),
    }
}

async fn send_records(outbox: &Outbox, records: Vec<StreamRecord>) -> Checkpoint {
    let not_sent: Vec<Option<String>> = stream::iter(records)
        .map(|record| async {
            let sequence_number = record.sequence_number.clone();
            let failure = send_record(outbox, record).await.err()?;
            tracing::error!(error = %chain(failure.as_ref()), sequence_number, "an event was not sent");
            Some(sequence_number)
        })
        .buffered(AT_ONCE)
        .filter_map(ready)
        .collect()
        .await;
    // Lambda sends this record and all after it again: some twice, none never.
    not_sent.into_iter().next().flatten()
}

async fn send_record(outbox: &Outbox, record: StreamRecord) -> Result<(), Failure> {
    match outbox::from_image(record.new_image)? {
        Some(event) => outbox.send(&event).await,
        None => Ok(()),
    }
}

async fn send_overdue(outbox: &Outbox, now: Timestamp) -> Result<(), Failure> {
    let overdue = outbox::older_than(&outbox.table, now - OVERDUE).await?;
    let count = overdue.len();
    if count > 0 {
        tracing::warn!(count, "the stream has not sent these; sending them now");
    }
    let not_sent: Vec<Failure> = stream::iter(overdue)
        .map(|event| async { outbox.send(&event?).await })
        .buffer_unordered(AT_ONCE)
        .filter_map(|sent| ready(sent.err()))
        .collect()
        .await;
    for failure in &not_sent {
        tracing::error!(error = %chain(failure.as_ref()), "an overdue event was not sent");
    }
    if not_sent.is_empty() {
        Ok(())
    } else {
        Err(format!("{} of {count} overdue events were not sent", not_sent.len()).into())
    }
}
