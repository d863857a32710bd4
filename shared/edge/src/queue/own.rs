//! The queue of the function itself, for work that takes longer than an invocation.

use aws_sdk_sqs::Client;
use serde::Serialize;

use crate::environment::{Connect, Environment, InitError};
use crate::queue::Failure;

/// The queue that the function consumes, to which it sends what it has left to do. A failed message would come back, too; but only so
/// often, and each time later, and somebody would be told of it.
#[derive(Debug, Clone)]
pub struct OwnQueue {
    client: Client,
    url: String,
}

impl Connect for OwnQueue {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let config = aws_sdk_sqs::config::Builder::from(environment.aws());
        let config = config.retry_partition(environment.retry_quota()).build();
        Ok(Self::new(Client::from_conf(config), environment.variable("QUEUE_URL")?))
    }
}

impl OwnQueue {
    /// Creates a handle to the queue at `url` that uses `client`.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    /// Sends a message to the function itself.
    ///
    /// # Errors
    /// If it does not encode, or the queue does not take it. Whether it did is then unknown.
    pub async fn send(&self, message: &impl Serialize) -> Result<(), Failure> {
        let body = serde_json::to_string(message)?;
        self.client.send_message().queue_url(&self.url).message_body(body).send().await?;
        Ok(())
    }
}
