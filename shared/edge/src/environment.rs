//! A function's environment: its variables and its AWS configuration.

use std::collections::HashMap;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use store::Table;
use telemetry::{SERVICE, STAGE};

use crate::{retries, timeouts};

/// The root certificates of AWS's endpoints (<https://www.amazontrust.com/repository/>). Compiled in, since scanning
/// the system's hundreds of certificates takes most of an SDK's cold start.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The template does not set a variable that the function needs.
    #[error("the environment variable {0} is not set")]
    MissingVariable(&'static str),
    /// A variable's value is invalid.
    #[error("the environment variable {name} is not valid: {reason}")]
    InvalidVariable {
        /// The variable.
        name: &'static str,
        /// The reason.
        reason: String,
    },
    /// A dependency needed at init failed, or returned an unexpected reply.
    #[error("cannot {what}")]
    Failed {
        /// The action that failed.
        what: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The function's environment, read once at init.
#[derive(Debug, Clone)]
pub struct Environment {
    operation: &'static str,
    variables: HashMap<String, String>,
    aws: SdkConfig,
    retry_quota: RetryPartition,
    connector: SharedHttpConnector,
}

impl Environment {
    /// Reads the environment of the process.
    pub(crate) fn load(operation: &'static str) -> Result<Self, InitError> {
        let variables: HashMap<String, String> = std::env::vars().collect();
        for name in [STAGE, SERVICE] {
            // No alarm would watch a metric with empty dimensions, and nothing would indicate this.
            variables.get(name).filter(|value| !value.is_empty()).ok_or(InitError::MissingVariable(name))?;
        }
        let connector = connector()?;
        let aws = sdk_config(&variables, connector.clone())?;
        Ok(Self { operation, aws, retry_quota: retries::quota(), connector, variables })
    }

    /// Returns the operation that this function runs.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Returns a variable that the template must set.
    ///
    /// # Errors
    /// If the variable is not set.
    pub fn variable(&self, name: &'static str) -> Result<&str, InitError> {
        self.variables.get(name).map(String::as_str).ok_or(InitError::MissingVariable(name))
    }

    /// Returns all variables with their values.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the configuration for SDK clients.
    #[must_use]
    pub fn aws(&self) -> &SdkConfig {
        &self.aws
    }

    /// Returns the process's retry quota, for the SDK clients that are called in every invocation. The configuration
    /// cannot hold it.
    #[must_use]
    pub fn retry_quota(&self) -> RetryPartition {
        self.retry_quota.clone()
    }

    /// Returns the connector that opens and pools every connection of the function.
    #[must_use]
    pub fn connector(&self) -> SharedHttpConnector {
        self.connector.clone()
    }
}

/// The dependencies of an operation: its table, its queues, the services it calls. Created once, at init, and cloned
/// for each invocation, so it should be cheap to clone.
pub trait Connect: Clone + Send + Sync + Sized + 'static {
    /// Creates the dependencies from the environment.
    ///
    /// # Errors
    /// If the environment lacks something. This fails the function's init.
    fn connect(environment: &Environment) -> impl Future<Output = Result<Self, InitError>>;
}

/// The table of the function's service.
impl Connect for Table {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let name = environment.variable("TABLE_NAME")?;
        Ok(Self::connect(environment.aws(), environment.retry_quota(), name))
    }
}

/// Both are created concurrently. Put the one that waits for a reply first, so that clients are created meanwhile.
impl<A: Connect, B: Connect> Connect for (A, B) {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        tokio::try_join!(A::connect(environment), after_the_request(B::connect(environment)))
    }
}

impl<A: Connect, B: Connect, C: Connect> Connect for (A, B, C) {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let others =
            after_the_request(async { tokio::try_join!(B::connect(environment), C::connect(environment)) });
        let (a, (b, c)) = tokio::try_join!(A::connect(environment), others)?;
        Ok((a, b, c))
    }
}

/// How many turns the first adapter gets. It opens its connection in one and sends its request some turns later: three,
/// at present. One too many takes a microsecond, and one too few as long as a client takes to create.
const TURNS: u32 = 8;

/// Leaves the thread to the first adapter until it has sent its request. Creating a client takes the thread for as long
/// as the reply takes, so it should not begin before.
async fn after_the_request<T>(connect: impl Future<Output = Result<T, InitError>>) -> Result<T, InitError> {
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
    connect.await
}

/// Creates the connector that opens and pools every connection of a function, to AWS and to other services.
///
/// # Errors
/// If the trust store cannot be read.
pub fn connector() -> Result<SharedHttpConnector, InitError> {
    connector_of(TrustStore::empty().with_pem_certificate(AMAZON_ROOTS), timeouts::CONNECT, None)
}

/// Creates the connector for third parties' hosts, which trusts the system's root certificates.
pub(crate) fn outside_connector() -> Result<SharedHttpConnector, InitError> {
    connector_of(TrustStore::default(), timeouts::CONNECT_OUTSIDE, Some(timeouts::IDLE_OUTSIDE))
}

/// Creates a connector. A connection that was idle for longer than `idle` is not used again.
pub(crate) fn connector_of(
    roots: TrustStore,
    connect: Duration,
    idle: Option<Duration>,
) -> Result<SharedHttpConnector, InitError> {
    let tls = TlsContext::builder()
        .with_trust_store(roots)
        .build()
        .map_err(|error| InitError::Failed { what: "read the trust store", source: Box::new(error) })?;
    let settings = HttpConnectorSettings::builder().connect_timeout(connect).build();
    let mut builder = Connector::builder();
    if let Some(idle) = idle {
        builder = builder.pool_idle_timeout(idle);
    }
    let connector = builder
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls)
        .connector_settings(settings)
        .sleep_impl(TokioSleep::new())
        .build();
    Ok(SharedHttpConnector::new(connector))
}

/// Returns what `aws_config::load` would return in a Lambda function, whose credentials and region are in its
/// environment. The provider chains of `aws_config` also look for profiles and instance metadata, and link an STS
/// client for it. Every cold start would pay for that.
pub(crate) fn sdk_config(
    variables: &HashMap<String, String>,
    connector: SharedHttpConnector,
) -> Result<SdkConfig, InitError> {
    let variable = |name: &'static str| variables.get(name).cloned().ok_or(InitError::MissingVariable(name));
    // The SDK's default client would read the trust store once per service, and again at the first call.
    let client = http_client_fn(move |_, _| connector.clone());
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(timeouts::CONNECT)
        .operation_attempt_timeout(timeouts::SDK_ATTEMPT)
        .operation_timeout(timeouts::SDK_OPERATION)
        .build();
    // The credentials are valid for the lifetime of the process: Lambda replaces it before they expire.
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        variables.get("AWS_SESSION_TOKEN").cloned(),
        None,
        "environment",
    );
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(client)
        .sleep_impl(TokioSleep::new())
        .timeout_config(timeouts)
        .retry_config(retries::config());
    config.set_endpoint_url(variables.get("AWS_ENDPOINT_URL").cloned());
    Ok(config.build())
}
