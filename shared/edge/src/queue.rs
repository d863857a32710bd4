//! Operations that consume a queue. Each message fails alone. One that fails for a passing reason is redelivered within
//! seconds (`redelivery`).

mod content;
mod own;
mod redelivery;

use std::error::Error as StdError;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::events::{Envelope, Event};
use domain::words::id::{EventId, NewId};
use futures::future::join_all;
use jiff::Timestamp;
use store::{Patience, Trigger};
use telemetry::Trace;
use tracing::{Instrument, Span};

use crate::cause::{Cause, new_id};
use crate::clock::{Clock, Times};
use crate::environment::Connect;
use crate::runtime::{self, Error, Invoked, Serving};
use crate::timeouts;
pub use content::{Content, Name};
pub use own::OwnQueue;
use redelivery::{Failed, Redelivery};

/// The failure of one message. It is logged once, here, and the message is redelivered up to its queue's
/// `maxReceiveCount`.
pub type Failure = Box<dyn StdError + Send + Sync>;

/// An event as delivered: the shop's own, or one of another sender.
#[derive(Debug, Clone)]
pub struct Delivery<E = Envelope> {
    /// The event, with its sender's metadata.
    pub envelope: E,
    /// The time of delivery. Operations have no other clock.
    pub now: Timestamp,
    /// The cause chain of the event.
    pub cause: Cause,
    /// When Lambda ends the invocation, by the clock of `now`. After that and [`timeouts::CLOCK_SKEW`], this delivery has no further
    /// effect.
    pub deadline: Timestamp,
    /// When that is in real time.
    ends: Timestamp,
    span: Span,
}

/// How long a write of a delivery is retried while its rows are busy. Nobody waits for it, and giving up costs the message
/// one of its deliveries.
const PATIENCE: Duration = Duration::from_secs(5);

impl<E: Content> Delivery<E> {
    /// Creates a delivery at `now`, to a function that has just been invoked.
    #[must_use]
    pub fn new(envelope: E, now: Timestamp) -> Self {
        let (cause, deadline) = (envelope.cause(), now + timeouts::FUNCTION);
        Self { cause, envelope, now, deadline, ends: deadline, span: Span::none() }
    }

    /// Sets the deadline.
    #[must_use]
    pub fn until(self, deadline: Timestamp) -> Self {
        Self { deadline, ends: deadline, ..self }
    }

    /// Returns a new id with the time of this delivery.
    #[must_use]
    pub fn new_id<T: NewId>(&self) -> T {
        new_id(self.now)
    }

    /// Returns until when work may be started that the deadline must not interrupt.
    #[must_use]
    pub fn last_start(&self) -> Timestamp {
        runtime::last_start(self.ends)
    }
}

impl<E: Content> Trigger for Delivery<E> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn envelope(&self, event: Event) -> Envelope {
        self.cause.envelope(event, self.now)
    }

    fn delivered(&self) -> Option<EventId> {
        self.envelope.event_id()
    }

    fn patience(&self) -> Patience {
        Patience::of_message(PATIENCE)
    }
}

/// Runs an operation as a Lambda function on a queue, until Lambda ends it. The operation handles one message at a time.
///
/// # Errors
/// If the function cannot start.
pub fn run<A, E, F, Fut>(operation: &'static str, handler: F) -> Result<(), Error>
where
    A: Connect,
    E: Content,
    F: Fn(A, Delivery<E>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<(), Failure>> + Send,
{
    run_batches(operation, move |adapters: A, deliveries| {
        let handler = handler.clone();
        each(deliveries, move |delivery| handler(adapters.clone(), delivery))
    })
}

/// Like [`run`], for an operation that handles a batch at a time, and returns the outcome of each of its messages in
/// their order.
///
/// # Errors
/// If the function cannot start.
pub fn run_batches<A, E, F, Fut>(operation: &'static str, handler: F) -> Result<(), Error>
where
    A: Connect,
    E: Content,
    F: Fn(A, Vec<Delivery<E>>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Vec<Result<(), Failure>>> + Send,
{
    runtime::start(operation, move |(adapters, queue, clock): (A, Redelivery, Clock)| {
        serve(Box::new(move |event| {
            let (queue, adapters, handler) = (queue.clone(), adapters.clone(), handler.clone());
            Box::pin(async move {
                let invocation = telemetry::invocation(&event.context);
                let times = clock.times(&event.context);
                let handler = |deliveries| handler(adapters, deliveries);
                let failed = consume(handler, event.payload, times, &invocation).await;
                queue.return_soon(&failed, times.ends).instrument(invocation).await;
                Ok(response(failed))
            })
        }))
    })
}

/// Without type parameters: see [`runtime::serve`].
fn serve(invoked: Invoked<SqsEvent, SqsBatchResponse>) -> Serving {
    runtime::serve(invoked)
}

/// Handles each of the messages concurrently, and returns their outcomes in the same order. A panic or a timeout fails
/// only its own message, not the rest of the batch.
pub async fn each<E, F, Fut>(deliveries: Vec<Delivery<E>>, handler: F) -> Vec<Result<(), Failure>>
where
    F: Fn(Delivery<E>) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    join_all(deliveries.into_iter().map(|delivery| {
        let (span, time) = (delivery.span.clone(), runtime::time_until(delivery.ends));
        // Boxed, as every operation is: the compiler lays out nested futures recursively, up to a limit.
        let handled = runtime::catch_panic(Box::pin(handler(delivery)));
        async move { runtime::within(time, handled).await? }.instrument(span)
    }))
    .await
}

/// Passes the messages of a batch to the operation, which ends in time, and returns those that failed.
async fn consume<E, F, Fut>(handler: F, batch: SqsEvent, times: Times, invocation: &Span) -> Vec<Failed>
where
    E: Content,
    F: FnOnce(Vec<Delivery<E>>) -> Fut,
    Fut: Future<Output = Vec<Result<(), Failure>>>,
{
    let (mut failed, mut received, mut deliveries) = (Vec::new(), Vec::new(), Vec::new());
    for message in batch.records {
        let message_id = message.message_id.clone().unwrap_or_default();
        let span = tracing::info_span!(parent: invocation, "delivery", message_id);
        let failure = Failed::of(&message);
        match read::<E>(message, times.now) {
            Ok(delivery) => {
                let span = span.in_scope(|| delivery.cause.span());
                received.push((failure, span.clone(), delivery.envelope.name()));
                let Times { deadline, ends, .. } = times;
                deliveries.push(Delivery { span, deadline, ends, ..delivery });
            }
            Err(error) => failed.push(span.in_scope(|| failure.log(&error))),
        }
    }
    let mut outcomes = outcomes(times.ends, handler, deliveries).await.into_iter();
    for (failure, span, name) in received {
        match outcomes.next().unwrap_or_else(|| Err("the operation gave no outcome".into())) {
            Ok(()) => span.in_scope(|| name.log_handled()),
            Err(error) => failed.push(span.in_scope(|| failure.log(&error))),
        }
    }
    failed
}

/// Returns the operation's outcomes. If it panics or exceeds its time as a whole, or none is left, every message fails.
async fn outcomes<E, F, Fut>(
    deadline: Timestamp,
    handler: F,
    deliveries: Vec<Delivery<E>>,
) -> Vec<Result<(), Failure>>
where
    F: FnOnce(Vec<Delivery<E>>) -> Fut,
    Fut: Future<Output = Vec<Result<(), Failure>>>,
{
    let count = deliveries.len();
    if count == 0 {
        return Vec::new();
    }
    let left = runtime::time_until(deadline);
    // Later than the deadline of a single message, so that one that hangs fails alone.
    let time = if left.is_zero() { left } else { left + timeouts::ANSWER_BEFORE / 5 };
    // Boxed for the same reason as in `each`.
    let handling = runtime::catch_panic(async { Ok(Box::pin(handler(deliveries)).await) });
    let failure = match runtime::within(time, handling).await {
        Ok(Ok(outcomes)) => return outcomes,
        Ok(Err(panic)) => panic.to_string(),
        Err(late) => late.to_string(),
    };
    (0..count).map(|_| Err(failure.clone().into())).collect()
}

/// The reply that names the failed messages.
fn response(failed: Vec<Failed>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .map(|failed| {
            let mut failure = BatchItemFailure::default();
            // SQS gives every message an id. Lambda treats a reply that names a message without one as the failure of
            // the whole batch, which is the only option left. Nothing is lost, and completed messages are recognised by
            // their marks.
            failure.item_identifier = failed.message_id;
            failure
        })
        .collect();
    response
}

/// Reads a message that is handled at `now`. Only its body and its trace matter; attributes of other senders are not looked at.
///
/// # Errors
/// If the body is not an event, or is one of a type that this version does not know.
pub fn read<E: Content>(message: SqsMessage, now: Timestamp) -> Result<Delivery<E>, Failure> {
    let body = message.body.ok_or("the message has no body")?;
    let envelope = E::parse(&body).map_err(|error| {
        let what = if error.is_data() { "the body is not an event" } else { "the body is not JSON" };
        Failure::from(format!("{what}: {error}"))
    })?;
    // It stays in the queue, and later in the dead-letter queue, for a version that knows it.
    if !envelope.is_known() {
        return Err(
            format!("events of type {} are unknown to this version", envelope.name().event_type).into()
        );
    }
    let mut delivery = Delivery::new(envelope, now);
    // The event itself names its trace; SQS names it for messages that were sent by another process.
    let header = message.attributes.get("AWSTraceHeader");
    delivery.cause = delivery.cause.traced(header.and_then(|header| Trace::of_header(header).ok()));
    Ok(delivery)
}

#[cfg(test)]
mod tests;
