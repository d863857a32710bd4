//! What a function is given: its variables, its AWS configuration.

use std::collections::HashMap;

use aws_config::environment::credentials::EnvironmentVariableCredentialsProvider;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

use crate::timeouts;

/// The roots that AWS's endpoints are certified by (<https://www.amazontrust.com/repository/>). Compiled in: scanning the
/// system's hundreds of certificates is most of what an SDK does at a cold start.
pub(crate) const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The template does not set a variable that the function needs.
    #[error("the environment variable {0} is not set")]
    MissingVariable(&'static str),
    /// A variable's value cannot be used.
    #[error("the environment variable {name} is not valid: {reason}")]
    InvalidVariable {
        /// The variable.
        name: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Something that is needed at init did not answer, or answered something else.
    #[error("cannot {what}")]
    Failed {
        /// What was tried.
        what: &'static str,
        /// What came of it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The function's environment, read once at init.
#[derive(Debug, Clone)]
pub struct Environment {
    variables: HashMap<String, String>,
    aws: SdkConfig,
}

impl Environment {
    /// Reads the process's environment.
    pub(crate) async fn load() -> Result<Self, InitError> {
        Ok(Self { variables: std::env::vars().collect(), aws: sdk_config().await? })
    }

    /// A variable that the template has to set.
    ///
    /// # Errors
    /// When it does not.
    pub fn variable(&self, name: &'static str) -> Result<&str, InitError> {
        self.variables.get(name).map(String::as_str).ok_or(InitError::MissingVariable(name))
    }

    /// The configuration that SDK clients are made of.
    #[must_use]
    pub fn aws(&self) -> &SdkConfig {
        &self.aws
    }
}

/// What an operation works with: its table, its queues, the services it asks. Made once, at init, and cloned for each
/// invocation, so it should be cheap to clone.
pub trait Connect: Clone + Send + Sync + Sized + 'static {
    /// Makes it of the environment.
    ///
    /// # Errors
    /// When the environment lacks something, which fails the function's init.
    fn connect(environment: &Environment) -> impl Future<Output = Result<Self, InitError>>;
}

impl<A: Connect, B: Connect> Connect for (A, B) {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok((A::connect(environment).await?, B::connect(environment).await?))
    }
}

impl<A: Connect, B: Connect, C: Connect> Connect for (A, B, C) {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok((A::connect(environment).await?, B::connect(environment).await?, C::connect(environment).await?))
    }
}

async fn sdk_config() -> Result<SdkConfig, InitError> {
    let tls = TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_pem_certificate(AMAZON_ROOTS))
        .build()
        .map_err(|error| InitError::Failed { what: "read the trust store", source: Box::new(error) })?;
    let client = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls)
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(timeouts::CONNECT)
        .operation_attempt_timeout(timeouts::SDK_ATTEMPT)
        .operation_timeout(timeouts::SDK_OPERATION)
        .build();
    // Credentials and region are in the environment of every function. The default chains would also look for profiles,
    // instance metadata and SSO, and pay for that at each cold start.
    Ok(aws_config::defaults(BehaviorVersion::latest())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(client)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(timeouts::SDK_TRIES))
        .load()
        .await)
}
