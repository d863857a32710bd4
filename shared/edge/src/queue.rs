//! Operations that consume a queue: one message at a time, each failing on its own.

use std::error::Error as StdError;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::event::{Envelope, Event};
use futures::FutureExt;
use futures::future::join_all;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use tracing::Instrument;

use crate::cause::Cause;
use crate::environment::Connect;
use crate::problem::chain;
use crate::runtime::{self, Error};

/// A failure of one message. It is logged once, here, and the message comes again until its queue's `maxReceiveCount`.
pub type Failure = Box<dyn StdError + Send + Sync>;

/// An event as it was delivered.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event.
    pub envelope: Envelope,
    /// The time of delivery. Operations have no other clock.
    pub now: Timestamp,
    /// The chain of causes that the event belongs to.
    pub cause: Cause,
}

impl Delivery {
    /// An event delivered at `now`.
    #[must_use]
    pub fn new(envelope: Envelope, now: Timestamp) -> Self {
        Self { cause: Cause::of_event(&envelope), envelope, now }
    }

    /// Puts an event that this one caused into its envelope.
    #[must_use]
    pub fn caused(&self, event: Event) -> Envelope {
        self.cause.envelope(event, self.now)
    }
}

/// Runs an operation as a Lambda function over a queue, until Lambda ends it.
///
/// # Errors
/// When the function cannot start.
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
                Ok::<_, lambda_runtime::Error>(consume(operation, &adapters, &handler, event.payload).await)
            }
        }))
    })
}

/// Hands every message of a batch to the operation, and names those that failed.
async fn consume<A, F, Fut>(operation: &str, adapters: &A, handler: &F, batch: SqsEvent) -> SqsBatchResponse
where
    A: Connect,
    F: Fn(A, Delivery) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let deliveries = batch.records.into_iter().map(|message| {
        let message_id = message.message_id.clone().unwrap_or_default();
        let span = tracing::info_span!("delivery", operation, message_id);
        async move {
            // A panic is this message's own failure too; the messages beside it are not asked to pay for it.
            let handled = AssertUnwindSafe(deliver(adapters, handler, message)).catch_unwind().await;
            let reason = match handled {
                Ok(Ok(())) => return None,
                Ok(Err(failure)) => chain(failure.as_ref()),
                Err(_) => "panicked".to_owned(),
            };
            tracing::error!(error = %reason, "the message failed");
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

async fn deliver<A, F, Fut>(adapters: &A, handler: &F, message: SqsMessage) -> Result<(), Failure>
where
    A: Connect,
    F: Fn(A, Delivery) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let body = message.body.ok_or("the message has no body")?;
    let envelope: Envelope =
        serde_json::from_str(&body).map_err(|error| format!("not an event of the shop: {error}"))?;
    let delivery = Delivery::new(envelope, Timestamp::now());
    tracing::debug!(event_id = %delivery.envelope.id, correlation_id = delivery.cause.correlation_id, "delivered");
    handler(adapters.clone(), delivery).await
}
