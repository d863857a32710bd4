//! What the queue of imports contains: what S3 reports about uploaded files, and what `run-import` has left to do.

use domain::words::id::ImportId;
use edge::Cause;
use edge::queue::{Content, Name};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files::UploadEvent;
use crate::imports::rows::IMPORTS;

/// A message of the queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub enum ImportMessage {
    /// Files were uploaded.
    Uploaded(UploadEvent),
    /// An import is to go on.
    GoOn(GoOn),
}

/// An import that has not ended within the time of an invocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoOn {
    /// The import.
    pub import_id: ImportId,
    /// The id of the first request of the chain.
    pub correlationid: String,
}

impl TryFrom<Value> for ImportMessage {
    type Error = serde_json::Error;

    fn try_from(body: Value) -> Result<Self, serde_json::Error> {
        if body["import_id"].is_string() {
            return serde_json::from_value(body).map(Self::GoOn);
        }
        UploadEvent::try_from(body).map(Self::Uploaded)
    }
}

impl ImportMessage {
    /// Returns the imports to run. Objects of other names were announced by nobody.
    #[must_use]
    pub fn imports(&self) -> Vec<ImportId> {
        match self {
            Self::Uploaded(event) => event.ids(IMPORTS).collect(),
            Self::GoOn(GoOn { import_id, .. }) => vec![*import_id],
        }
    }
}

impl Content for ImportMessage {
    fn cause(&self) -> Cause {
        match self {
            Self::Uploaded(event) => event.cause(),
            Self::GoOn(GoOn { correlationid, .. }) => Cause::new(correlationid),
        }
    }

    fn name(&self) -> Name {
        match self {
            Self::Uploaded(event) => event.name(),
            Self::GoOn(GoOn { import_id, correlationid }) => Name {
                event_id: correlationid.clone(),
                event_type: "import.go_on".into(),
                subject: Some(import_id.to_string()),
            },
        }
    }
}
