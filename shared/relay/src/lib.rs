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
use domain::events::Queue;
use edge::queue::Failure;
use edge::schedule::{AT_ONCE, Tick, in_time, work_off};
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
        let body = match Queue::named(queue) {
            Some(queue) => queue.receives(json)?,
            None => json.into(),
        };
        let mut message = self.sqs.send_message().queue_url(url).message_body(body);
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
/// If the outbox cannot be read. Events that cannot be sent stay in it, and are no error: their metric has an alarm.
pub async fn relay_events(outbox: Outbox, input: Input) -> Result<Checkpoint, Failure> {
    match input {
        Input::Records(records, deadline) => Ok(send_records(&outbox, records, deadline).await),
        Input::Tick(tick) => send_overdue(&outbox, &tick).await.map(|()| None),
    }
}

async fn send_records(outbox: &Outbox, records: Vec<StreamRecord>, deadline: Timestamp) -> Checkpoint {
    let not_sent: Vec<Option<String>> = stream::iter(records)
        .map(|record| async {
            let sequence_number = record.sequence_number.clone();
            let sent = in_time(deadline, send_record(outbox, record)).await;
            sent.is_err().then_some(sequence_number)
        })
        .buffered(AT_ONCE)
        .filter_map(ready)
        .collect()
        .await;
    // Lambda redelivers this record and all after it: some events are sent twice, none is lost.
    not_sent.into_iter().next().flatten()
}

/// A record that this version can never send counts as handled. Otherwise it would hold up the records after it, and
/// have them sent again and again. Its event stays in the outbox, where the schedule counts it.
async fn send_record(outbox: &Outbox, record: StreamRecord) -> Result<(), Failure> {
    let event = match outbox::from_image(record.new_image) {
        Ok(Some(event)) => event,
        Ok(None) => return Ok(()),
        Err(error) => {
            unreadable(&error);
            return Ok(());
        }
    };
    match outbox.send(&event).await {
        Err(failure) if failure.is::<NoQueue>() => Ok(()),
        sent => sent,
    }
}

fn unreadable(error: &store::Error) {
    tracing::error!(error = %chain(error), "unreadable event in the outbox");
}

async fn send_overdue(outbox: &Outbox, tick: &Tick) -> Result<(), Failure> {
    let overdue = outbox::overdue(&outbox.table, tick.now - OVERDUE).await;
    Metric::OutboxAge.publish(overdue.age(tick.now));
    let send = |event: Result<Waiting, store::Error>| {
        in_time(tick.deadline, async move { outbox.send(&event.inspect_err(unreadable)?).await })
    };
    let worked = work_off(overdue.rows(), tick.deadline, send).await;
    Metric::OutboxStuck.publish(worked.failed());
    worked.finish()
}
