//! Stripe's API key.

use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_types::SdkConfig;
use secrecy::SecretString;
use tokio::sync::OnceCell;

use crate::gateway::GatewayError;

/// The API key. It is read when first needed instead of at init, since most runs of the schedule have nothing to
/// settle.
#[derive(Debug)]
pub(super) enum ApiKey {
    /// A known key.
    Known(SecretString),
    /// A key in Secrets Manager.
    Stored {
        /// The configuration of the Secrets Manager client.
        aws: Box<SdkConfig>,
        /// The secret's ARN.
        arn: String,
        /// The key, once it has been read.
        read: OnceCell<SecretString>,
    },
}

impl ApiKey {
    /// Creates a key that is read from the secret `arn`.
    pub(super) fn stored(aws: &SdkConfig, arn: &str) -> Self {
        Self::Stored { aws: Box::new(aws.clone()), arn: arn.to_owned(), read: OnceCell::new() }
    }

    /// Returns the key.
    pub(super) async fn get(&self) -> Result<&SecretString, GatewayError> {
        match self {
            Self::Known(key) => Ok(key),
            Self::Stored { aws, arn, read } => read.get_or_try_init(|| read_secret(aws, arn)).await,
        }
    }
}

async fn read_secret(aws: &SdkConfig, arn: &str) -> Result<SecretString, GatewayError> {
    let client = SecretsManager::new(aws);
    let answer = client.get_secret_value().secret_id(arn).send().await;
    let secret = answer.map_err(|error| GatewayError::NoKey(error.into()))?.secret_string;
    secret.map(Into::into).ok_or_else(|| GatewayError::NoKey("the secret is not a string".into()))
}
