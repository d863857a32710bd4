//! Stripe's API key.

use std::sync::Arc;

use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_types::SdkConfig;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::gateway::GatewayError;

/// The API key. It is read when first needed instead of at init, since most runs of the schedule have nothing to
/// settle, and a function that cannot read it can still report each message. It is read again when Stripe rejects it:
/// keys are rotated while functions run.
#[derive(Debug)]
pub(super) enum ApiKey {
    /// A known key.
    Known(Arc<SecretString>),
    /// A key in Secrets Manager.
    Stored {
        /// The configuration of the Secrets Manager client.
        aws: Box<SdkConfig>,
        /// The secret's ARN.
        arn: String,
        /// The key, once it has been read.
        read: Mutex<Option<Arc<SecretString>>>,
    },
}

impl ApiKey {
    /// Creates a key that is read from the secret `arn`.
    pub(super) fn stored(aws: &SdkConfig, arn: &str) -> Self {
        Self::Stored { aws: Box::new(aws.clone()), arn: arn.to_owned(), read: Mutex::default() }
    }

    /// Returns the key.
    pub(super) async fn get(&self) -> Result<Arc<SecretString>, GatewayError> {
        let (aws, arn, read) = match self {
            Self::Known(key) => return Ok(Arc::clone(key)),
            Self::Stored { aws, arn, read } => (aws, arn, read),
        };
        let mut read = read.lock().await;
        if let Some(key) = &*read {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(read_secret(aws, arn).await?);
        *read = Some(Arc::clone(&key));
        Ok(key)
    }

    /// Returns the key that has replaced `rejected`; `None` if none has.
    pub(super) async fn successor(
        &self,
        rejected: &SecretString,
    ) -> Result<Option<Arc<SecretString>>, GatewayError> {
        if let Self::Stored { read, .. } = self {
            let mut read = read.lock().await;
            // Another call may have read it again in the meantime.
            if read.as_ref().is_some_and(|key| key.expose_secret() == rejected.expose_secret()) {
                *read = None;
            }
        }
        let key = self.get().await?;
        Ok((key.expose_secret() != rejected.expose_secret()).then_some(key))
    }
}

async fn read_secret(aws: &SdkConfig, arn: &str) -> Result<SecretString, GatewayError> {
    let client = SecretsManager::new(aws);
    let answer = client.get_secret_value().secret_id(arn).send().await;
    let secret = answer.map_err(|error| GatewayError::NoKey(error.into()))?.secret_string;
    secret.map(Into::into).ok_or_else(|| GatewayError::NoKey("the secret is not a string".into()))
}
