//! Operations on a table's stream. They also run on a schedule, for events that the stream has missed.

use aws_lambda_events::dynamodb::{EventRecord, StreamRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use jiff::Timestamp;
use serde::Deserialize;
use tracing::Instrument;

use crate::cause::Cause;
use crate::environment::Connect;
use crate::queue::Failure;
use crate::runtime::{self, Error, Invoked, Serving};
use crate::schedule::{ScheduledEvent, Tick};
use telemetry::chain;

/// The input of an invocation.
#[derive(Debug)]
pub enum Input {
    /// Changes of the table, in order, to be handled by the deadline.
    Records(Vec<StreamRecord>, Timestamp),
    /// A run of the schedule.
    Tick(Tick),
}

/// The sequence number of the first record that was not handled; Lambda redelivers it and all records after it. `None`
/// if all were handled.
pub type Checkpoint = Option<String>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Payload {
    Stream {
        #[serde(rename = "Records")]
        records: Vec<EventRecord>,
    },
    Schedule(ScheduledEvent),
}

/// Runs an operation as a Lambda function over a stream and a schedule, until Lambda ends it.
///
/// # Errors
/// If the function cannot start.
pub fn run<A, F, Fut>(operation: &'static str, handler: F) -> Result<(), Error>
where
    A: Connect,
    F: Fn(A, Input) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Checkpoint, Failure>> + Send,
{
    runtime::start(operation, move |adapters: A| {
        serve(Box::new(move |event| {
            let (adapters, handler) = (adapters.clone(), handler.clone());
            let deadline = runtime::deadline(&event.context);
            let input = match event.payload {
                Payload::Stream { records } => {
                    Input::Records(records.into_iter().map(|record| record.change).collect(), deadline)
                }
                Payload::Schedule(scheduled) => {
                    let cause = Cause::new(&event.context.request_id);
                    Input::Tick(Tick::new(scheduled.time, cause).until(deadline))
                }
            };
            let handled = async move {
                let checkpoint = Box::pin(handler(adapters, input)).await.inspect_err(|failure| {
                    tracing::error!(error = %chain(failure.as_ref()), "the batch failed");
                })?;
                Ok(response(checkpoint))
            };
            Box::pin(handled.instrument(telemetry::invocation(&event.context)))
        }))
    })
}

/// Without type parameters: see [`runtime::serve`].
fn serve(invoked: Invoked<Payload, DynamoDbEventResponse>) -> Serving {
    runtime::serve(invoked)
}

fn response(checkpoint: Checkpoint) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    if let Some(sequence_number) = checkpoint {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(sequence_number);
        response.batch_item_failures.push(failure);
    }
    response
}
