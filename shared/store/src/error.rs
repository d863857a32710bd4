//! What can go wrong between a service and its table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::{Kind, Refusal};

/// A failure to read or write the table. None of them is the client's fault, except a cursor that is not one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row does not decode: the code and the data disagree.
    #[error("the row {key} does not decode at `{field}`")]
    Corrupt {
        /// The row's key, `pk|sk`.
        key: String,
        /// The path of the field.
        field: String,
        /// What the decoder said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A value does not encode.
    #[error("a row does not encode")]
    Encode(#[source] serde_dynamo::Error),
    /// An event or a recorded reply does not encode or decode as JSON.
    #[error("JSON in a row is not what it should be")]
    Json(#[from] serde_json::Error),
    /// Too many changes of the same rows at once, or too many requests; it was tried again for as long as there was time.
    #[error("the table is busy; try again")]
    Busy,
    /// DynamoDB did not answer, or failed. What a write came to is then not known: whoever asked for it asks again, and the
    /// row's condition, its inbox mark or its idempotency record tells whether it had happened.
    #[error("the table cannot be reached")]
    Unavailable {
        /// The action that failed: `GetItem`.
        action: &'static str,
        /// What the SDK said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// DynamoDB takes the request for wrong, and would however often it is sent.
    #[error("the table takes the request for wrong")]
    Rejected {
        /// The action that failed: `TransactWriteItems`.
        action: &'static str,
        /// What the SDK said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The cursor is not one that this list gave.
    #[error("the cursor is not one of this list")]
    BadCursor,
}

impl Refusal for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::Corrupt { .. } | Self::Encode(_) | Self::Json(_) | Self::Rejected { .. } => Kind::Internal,
            Self::Busy | Self::Unavailable { .. } => Kind::Unavailable,
            Self::BadCursor => Kind::Malformed,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Corrupt { .. } | Self::Encode(_) | Self::Json(_) | Self::Rejected { .. } => {
                "internal_error"
            }
            Self::Busy => "busy",
            Self::Unavailable { .. } => "temporarily_unavailable",
            Self::BadCursor => "bad_cursor",
        }
    }
}

impl Error {
    /// Sorts an SDK error: throttling and conflicts are [`Error::Busy`], what is our mistake [`Error::Rejected`], the rest
    /// [`Error::Unavailable`].
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
