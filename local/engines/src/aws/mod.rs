//! The one AWS endpoint: DynamoDB and its streams, SQS, SES, S3 and Secrets Manager embedded, and Lambda's Invoke API.
//!
//! ```text
//! listener → Call::identify → Faults::around → Endpoint::handle → engine (embedded, or behind a URL)
//!                                                     ↳ Policies first; Meter, Activity, one debug line after
//! ```
//!
//! Every call passes through [`Endpoint::handle`], including those of the laptop cloud itself. Each function has its own
//! credentials, which identify the caller.

mod activity;
mod broken;
mod call;
mod capacity;
mod contention;
mod dynamodb;
mod endpoint;
mod forward;
pub(crate) mod lagging;
mod mail_events;
mod mailbox;
mod meter;
mod names;
mod own_calls;
mod provision;
mod redrive;
mod response;
mod s3;
mod secrets;
mod sent;
mod serve;
mod ses;
mod sqs;

use std::path::PathBuf;
use std::sync::Arc;

use reqwest::Url;

use crate::iam::Policies;

pub use activity::{Activity, Running};
pub use call::{Call, Principal, Service};
pub use endpoint::{Endpoint, LambdaApi, QueueDepth};
pub use forward::install_crypto;
pub use mailbox::address_of;
pub use mailbox::{Mail, Mailbox, NoMail};
pub use meter::{Meter, Reading, Usage};
pub use own_calls::CallError;
pub use provision::ProvisionError;
pub use response::xml_error;
pub use response::{Response, build, json_error, s3_error};
pub(crate) use s3::{bucket_and_key, copy_source};
pub use sent::MessageSink;
pub(crate) use ses::sender_of;
pub use sqs::{queue_name, redrive_policy};

/// The endpoint's settings.
#[derive(Debug, Clone)]
pub struct Options {
    /// The region in ARNs.
    pub region: String,
    /// The account in ARNs.
    pub account: String,
    /// The data directory; `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// The number of sent mails to keep.
    pub mails: usize,
    /// A DynamoDB to use instead of the embedded one.
    pub dynamodb_endpoint: Option<Url>,
    /// An SQS to use instead of the embedded one.
    pub sqs_endpoint: Option<Url>,
    /// An SES to use instead of the embedded one.
    pub ses_endpoint: Option<Url>,
    /// The functions' policies. Without them, as in tests of the engines alone, every caller may do everything.
    pub policies: Option<Arc<Policies>>,
}

impl Options {
    /// Everything embedded and in memory, with all mail.
    #[must_use]
    pub fn in_memory(region: &str, account: &str) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            data: None,
            mails: usize::MAX,
            dynamodb_endpoint: None,
            sqs_endpoint: None,
            ses_endpoint: None,
            policies: None,
        }
    }
}

/// Why the endpoint did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A loopback listener could not be opened.
    #[error("cannot listen on loopback: {0}")]
    Listen(#[source] std::io::Error),
    /// The data directory cannot be used.
    #[error("the data directory {} cannot be used", .0.display())]
    Directory(PathBuf),
    /// A file in the data directory cannot be used.
    #[error("{} cannot be used: {}", .0.display(), .1)]
    File(PathBuf, #[source] std::io::Error),
    /// An engine did not start.
    #[error("the embedded {0} did not start: {1}")]
    Engine(&'static str, String),
    /// The HTTP client could not be built.
    #[error("cannot build an HTTP client: {0}")]
    Client(#[source] reqwest::Error),
}
