//! The relay: sends events from a service's outbox to the queues that their rows name, then removes them from the
//! outbox.
//!
//! A service that publishes events runs [`relay_events`] as a separate function, on its table's stream and on a
//! schedule. Concurrent runs are safe: duplicates of an event have the same id, by which consumers recognise them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use aws_lambda_events::dynamodb::StreamRecord;
use aws_sdk_sqs::Client as Sqs;
use aws_sdk_sqs::types::{MessageSystemAttributeNameForSends, MessageSystemAttributeValue};
use edge::queue::Failure;
use edge::stream::{Checkpoint, Input};
use edge::{Cause, Connect, Environment, InitError};
use futures::future::{ready, try_join_all};
use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use store::Table;
use store::outbox::{self, Waiting};
use telemetry::{Metric, Trace, chain};
use tracing::Instrument;

/// Age after which the schedule sends an event that the stream has not sent.
const OVERDUE: SignedDuration = SignedDuration::from_mins(5);

/// Maximum number of events sent concurrently. After an outage hundreds wait, and each takes as many connections as it
/// has queues. All together they would exceed a function's limit.
const AT_ONCE: usize = 16;

/// A service's outbox and its destination queues.
#[derive(Clone)]
pub struct Outbox {
    table: Table,
    /// Created when the first event is sent: most runs of the schedule send none.
    sqs: Arc<LazyLock<Sqs, MakeClient>>,
    queues: Arc<HashMap<String, String>>,
}

type MakeClient = Box<dyn FnOnce() -> Sqs + Send>;

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("table", &self.table)
            .field("queues", &self.queues)
            .finish_non_exhaustive()
    }
}

/// The template sets no URL for a destination queue.
#[derive(Debug, thiserror::Error)]
#[error("missing environment variable with the URL of the queue {0}")]
struct NoQueue(String);

/// The suffix of variables with a queue's URL: `PAYMENT_COMMANDS_QUEUE_URL` for `payment-commands`.
const QUEUE_URL: &str = "_QUEUE_URL";

impl Connect for Outbox {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let table = <Table as Connect>::connect(environment).await?;
        let config = aws_sdk_sqs::config::Builder::from(environment.aws());
        let config = config.retry_partition(environment.retry_quota()).build();
        // A service sends only to the queues of its own events.
        let queues = environment.variables().filter_map(|(name, url)| {
            let queue = name.strip_suffix(QUEUE_URL)?.to_ascii_lowercase().replace('_', "-");
            Some((queue, url.to_owned()))
        });
        Ok(Self::new(table, move || Sqs::from_conf(config), queues.collect()))
    }
}

impl Outbox {
    /// Creates an outbox in `table` that sends to `queues`, their URLs by name, with the client that `sqs` creates.
    #[must_use]
    pub fn new(
        table: Table,
        sqs: impl FnOnce() -> Sqs + Send + 'static,
        queues: HashMap<String, String>,
    ) -> Self {
        let sqs: MakeClient = Box::new(sqs);
        Self { table, sqs: Arc::new(LazyLock::new(sqs)), queues: Arc::new(queues) }
    }

    /// Sends an event, and logs it.
    async fn send(&self, event: &Waiting) -> Result<(), Failure> {
        let cause = Cause::of_event(&event.envelope);
        let (event_type, subject) = (event.envelope.event.name(), &event.envelope.subject);
        async {
            let sent = self.send_to_all(event, cause.trace).await;
            match &sent {
                Ok(()) => {
                    tracing::info!(event_id = %event.id, event_type, subject, "sent");
                }
                Err(failure) => {
                    tracing::error!(event_id = %event.id, error = %chain(failure.as_ref()), "an event was not sent");
                }
            }
            sent
        }
        .instrument(cause.span())
        .await
    }

    /// Sends an event to all its queues, then removes it from the outbox. After a failure in between, it stays there.
    async fn send_to_all(&self, event: &Waiting, trace: Option<Trace>) -> Result<(), Failure> {
        try_join_all(event.queues.iter().map(|queue| self.send_to(queue, &event.json, trace))).await?;
        outbox::sent(&self.table, event.id).await?;
        Ok(())
    }

    /// The trace is also sent as SQS's own attribute, so that X-Ray links it to the receiver.
    async fn send_to(&self, queue: &str, json: &str, trace: Option<Trace>) -> Result<(), Failure> {
        let url = self.queues.get(queue).ok_or_else(|| NoQueue(queue.to_owned()))?;
        let mut message = self.sqs.send_message().queue_url(url).message_body(json);
        if let Some(trace) = trace {
            let header =
                MessageSystemAttributeValue::builder().data_type("String").string_value(trace.header());
            let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
            message = message.message_system_attributes(name, header.build()?);
        }
        message.send().await?;
        Ok(())
    }
}

/// Sends the stream's new events or, on the schedule, overdue events.
///
/// # Errors
/// If the table cannot be read, or an overdue event cannot be sent; the other events are still sent.
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
            send_record(outbox, record).await.is_err().then_some(sequence_number)
        })
        .buffered(AT_ONCE)
        .filter_map(ready)
        .collect()
        .await;
    // Lambda redelivers this record and all after it: some events are sent twice, none is lost.
    not_sent.into_iter().next().flatten()
}

async fn send_record(outbox: &Outbox, record: StreamRecord) -> Result<(), Failure> {
    match outbox::from_image(record.new_image).inspect_err(unreadable)? {
        Some(event) => outbox.send(&event).await,
        None => Ok(()),
    }
}

fn unreadable(error: &store::Error) {
    tracing::error!(error = %chain(error), "unreadable event in the outbox");
}

async fn send_overdue(outbox: &Outbox, now: Timestamp) -> Result<(), Failure> {
    let overdue = outbox::older_than(&outbox.table, now - OVERDUE).await?;
    Metric::OutboxAge.publish(overdue.age(now));
    let count = overdue.events.len();
    if count > 0 {
        tracing::warn!(count, "sending overdue events that the stream has not sent");
    }
    let not_sent = stream::iter(overdue.events)
        .map(|event| async { outbox.send(&event.inspect_err(unreadable)?).await })
        .buffer_unordered(AT_ONCE)
        .filter(|sent: &Result<(), Failure>| ready(sent.is_err()))
        .count()
        .await;
    if not_sent == 0 {
        Ok(())
    } else {
        Err(format!("{not_sent} of {count} overdue events were not sent").into())
    }
}
