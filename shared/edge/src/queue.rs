//! Operations that consume a queue. Messages are processed one at a time, and each fails alone.

use std::error::Error as StdError;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::events::{Envelope, Event};
use domain::words::id::EventId;
use futures::future::join_all;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use store::Trigger;
use telemetry::{Trace, chain};
use tracing::{Instrument, Span};

use crate::cause::Cause;
use crate::environment::Connect;
use crate::runtime::{self, Error, OutOfTime};
use crate::timeouts;

/// The failure of one message. It is logged once, here, and the message is redelivered up to its queue's
/// `maxReceiveCount`.
pub type Failure = Box<dyn StdError + Send + Sync>;

/// An event as delivered.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event.
    pub envelope: Envelope,
    /// The time of delivery. Operations have no other clock.
    pub now: Timestamp,
    /// The cause chain of the event.
    pub cause: Cause,
    /// When Lambda ends the invocation. After that and [`timeouts::CLOCK_SKEW`], this delivery has no further effect.
    pub deadline: Timestamp,
}

impl Delivery {
    /// Creates a delivery at `now`, to a function that has just been invoked.
    #[must_use]
    pub fn new(envelope: Envelope, now: Timestamp) -> Self {
        Self { cause: Cause::of_event(&envelope), envelope, now, deadline: now + timeouts::FUNCTION }
    }

    /// Sets the deadline.
    #[must_use]
    pub fn until(self, deadline: Timestamp) -> Self {
        Self { deadline, ..self }
    }
}

impl Trigger for Delivery {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn envelope(&self, event: Event) -> Envelope {
        self.cause.envelope(event, self.now)
    }

    fn delivered(&self) -> Option<EventId> {
        Some(self.envelope.id)
    }
}

/// Runs an operation as a Lambda function on a queue, until Lambda ends it.
///
/// # Errors
/// If the function cannot start.
pub fn run<A, F, Fut>(operation: &'static str, handler: F) -> Result<(), Error>
where
    A: Connect,
    F: Fn(A, Delivery) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<(), Failure>> + Send,
{
    runtime::start(operation, |adapters: A| {
        lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| {
            let (adapters, handler) = (adapters.clone(), handler.clone());
            async move {
                let invocation = telemetry::invocation(&event.context);
                let deadline = runtime::deadline(&event.context);
                let response = consume(&adapters, &handler, event.payload, deadline, &invocation).await;
                Ok::<_, lambda_runtime::Error>(response)
            }
        }))
    })
}

/// Passes every message of a batch to the operation, and returns those that failed.
async fn consume<A, F, Fut>(
    adapters: &A,
    handler: &F,
    batch: SqsEvent,
    deadline: Timestamp,
    invocation: &Span,
) -> SqsBatchResponse
where
    A: Connect,
    F: Fn(A, Delivery) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let deliveries = batch.records.into_iter().map(|message| {
        // SQS gives every message an id. Lambda treats a reply that names a message without one as the failure of the
        // whole batch, which is the only option left. Nothing is lost, and completed messages are recognised by their
        // marks.
        let message_id = message.message_id.clone().unwrap_or_default();
        let read = read(message);
        let span = tracing::info_span!(parent: invocation, "delivery", message_id);
        let span = match &read {
            Ok(delivery) => span.in_scope(|| delivery.cause.span()),
            Err(_) => span,
        };
        async move {
            let failure = deliver(adapters, handler, read, deadline).await.err()?;
            tracing::error!(error = %chain(failure.as_ref()), "the message failed");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message_id;
            Some(failure)
        }
        .instrument(span)
    });
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = join_all(deliveries).await.into_iter().flatten().collect();
    response
}

/// A panic or a timeout fails only its own message, not the rest of the batch.
async fn deliver<A, F, Fut>(
    adapters: &A,
    handler: &F,
    delivery: Result<Delivery, Failure>,
    deadline: Timestamp,
) -> Result<(), Failure>
where
    A: Connect,
    F: Fn(A, Delivery) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let handled = async {
        let delivery = delivery?.until(deadline);
        let Envelope { id, subject, event, .. } = &delivery.envelope;
        let (event_id, event_type, subject) = (*id, event.name().to_owned(), subject.clone());
        // Boxed, as every operation is: the compiler lays out nested futures recursively, up to a limit.
        Box::pin(handler(adapters.clone(), delivery)).await?;
        tracing::info!(%event_id, event_type, subject, "handled");
        Ok(())
    };
    let time = runtime::time_until(deadline);
    tokio::time::timeout(time, runtime::catch_panic(handled)).await.unwrap_or_else(|_| Err(OutOfTime.into()))
}

fn read(message: SqsMessage) -> Result<Delivery, Failure> {
    let body = message.body.ok_or("the message has no body")?;
    let envelope: Envelope = serde_json::from_str(&body).map_err(|error| {
        let what = if error.is_data() { "the body is not an event" } else { "the body is not JSON" };
        Failure::from(format!("{what}: {error}"))
    })?;
    // It stays in the queue, and later in the dead-letter queue, for a version that knows it.
    if matches!(envelope.event, Event::Unknown(_)) {
        return Err(format!("events of type {} are unknown to this version", envelope.event.name()).into());
    }
    let mut delivery = Delivery::new(envelope, Timestamp::now());
    // The event itself names its trace; SQS names it for messages that were sent by another process.
    let header = message.attributes.get("AWSTraceHeader");
    delivery.cause = delivery.cause.traced(header.and_then(|header| Trace::of_header(header).ok()));
    Ok(delivery)
}

#[cfg(test)]
mod tests;
