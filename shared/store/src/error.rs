//! Errors between a service and its table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::refusals;

refusals! {
    /// A failure to read or write the table.
    #[derive(Debug)]
    pub enum Error {
        /// A row does not decode: the code and the data disagree.
        #[error("the row {key} does not decode at `{field}`")]
        Corrupt {
            /// The row's key, `pk|sk`.
            key: String,
            /// The path of the field.
            field: String,
            /// The decoder's error.
            source: Box<dyn std::error::Error + Send + Sync>,
        } => Internal, "internal_error", "Try again later; report the `request_id` if it persists.";
        /// A value does not encode.
        #[error("a row does not encode")]
        Encode(#[source] serde_dynamo::Error) => Internal, "internal_error", "Try again later; report the `request_id` if it persists.";
        /// An event or a recorded reply does not encode or decode as JSON.
        #[error("JSON in a row does not encode or decode")]
        Json(#[from] serde_json::Error) => Internal, "internal_error", "Try again later; report the `request_id` if it persists.";
        /// An event has no destination queue: this release reads its type, and only the next one may send it.
        #[error("events of type {name} are not sent yet: no queue is named behind the type")]
        NotSent {
            /// The event's type.
            name: String,
        } => Internal, "internal_error", "Try again later; report the `request_id` if it persists.";
        /// A change has nothing to write.
        #[error("a change has nothing to write")]
        NothingToWrite => Internal, "internal_error", "Try again later; report the `request_id` if it persists.";
        /// The row is in a state of a newer version. This version can read it but not change it.
        #[error("the row {key} is in a state of a newer version")]
        Newer {
            /// The row's key, `pk|sk`.
            key: String,
        } => Unavailable, "temporarily_unavailable", "Try again.";
        /// Too many concurrent changes of the same rows, or too many requests; all retries failed.
        #[error("the table is busy; try again")]
        Busy => Unavailable, "busy", "Try again.";
        /// DynamoDB failed or did not answer. The outcome of a write is then unknown: the caller retries, and the row's
        /// condition, its inbox mark or its idempotency record shows whether it took effect.
        #[error("the table is unavailable")]
        Unavailable {
            /// The action that failed: `GetItem`.
            action: &'static str,
            /// The SDK's error.
            source: Box<dyn std::error::Error + Send + Sync>,
        } => Unavailable, "temporarily_unavailable", "Try again.";
        /// DynamoDB rejects the request. A retry would be rejected as well.
        #[error("the table rejects the request")]
        Rejected {
            /// The action that failed: `TransactWriteItems`.
            action: &'static str,
            /// The SDK's error.
            source: Box<dyn std::error::Error + Send + Sync>,
        } => Internal, "internal_error", "Try again later; report the `request_id` if it persists.";
        /// The cursor does not belong to this list.
        #[error("the cursor does not belong to this list")]
        BadCursor => Malformed, "bad_cursor", "Start the list again without a cursor.";
        /// The Idempotency-Key was used before for another request.
        #[error("this Idempotency-Key was used for another request")]
        KeyReused => Invalid, "idempotency_key_reused", "Use a new Idempotency-Key for each new request.";
    }
}

impl Error {
    /// Classifies an SDK error: throttling and conflicts are [`Error::Busy`], invalid requests are [`Error::Rejected`],
    /// everything else is [`Error::Unavailable`].
    pub(crate) fn of<E>(action: &'static str, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match error.code() {
            Some(
                "ThrottlingException"
                | "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "TransactionConflictException"
                | "TransactionInProgressException",
            ) => Self::Busy,
            Some(
                "IdempotentParameterMismatchException"
                | "ItemCollectionSizeLimitExceededException"
                | "ValidationException",
            ) => Self::Rejected { action, source: Box::new(error) },
            _ => Self::Unavailable { action, source: Box::new(error) },
        }
    }
}
