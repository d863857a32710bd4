//! Calls to third-party HTTP APIs, over the function's existing connector: no second HTTP client, no second TLS stack.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_types::body::SdkBody;
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};
use url::Url;

use crate::environment::{Environment, InitError, connector, outside_connector};
use crate::exchange::{NoReply, send_once, unreachable};

/// A third-party HTTP API.
#[derive(Debug, Clone)]
pub struct Outside {
    connector: SharedHttpConnector,
    base: Url,
    user_agent: HeaderValue,
}

impl Outside {
    /// Connects to the API whose URL is in `variable`.
    ///
    /// # Errors
    /// If the variable is missing or not a URL, or the trust store cannot be read.
    pub fn connect(environment: &Environment, variable: &'static str) -> Result<Self, InitError> {
        let base = environment.variable(variable)?;
        let base = Url::parse(base)
            .map_err(|error| InitError::InvalidVariable { name: variable, reason: error.to_string() })?;
        // The compiled-in roots are Amazon's. A third party may change its certificate authority at any time, so the
        // system's roots apply. Reading them costs a cold start some milliseconds, only if TLS is used.
        let connector = if base.scheme() == "https" { outside_connector()? } else { environment.connector() };
        Self::over(connector, base, environment.operation())
    }

    /// Creates a client of the API at `base`, called as `operation`; for tests, without TLS.
    ///
    /// # Errors
    /// If the HTTP client cannot be created.
    pub fn at(base: Url, operation: &str) -> Result<Self, InitError> {
        Self::over(connector()?, base, operation)
    }

    fn over(connector: SharedHttpConnector, base: Url, operation: &str) -> Result<Self, InitError> {
        let user_agent = format!("Bodega/{} ({operation})", env!("CARGO_PKG_VERSION"));
        let user_agent = HeaderValue::try_from(user_agent)
            .map_err(|error| InitError::Failed { what: "name itself", source: Box::new(error) })?;
        Ok(Self { connector, base, user_agent })
    }

    /// Sends a request to the path in its URI, once, and reads the reply, whatever its status.
    ///
    /// # Errors
    /// If there is no complete reply within `timeout`.
    pub async fn send(
        &self,
        mut request: Request<String>,
        timeout: Duration,
    ) -> Result<Response<Vec<u8>>, NoReply> {
        let url = self.base.join(&request.uri().to_string()).map_err(unreachable)?;
        *request.uri_mut() = url.as_str().parse().map_err(unreachable)?;
        request.headers_mut().insert(USER_AGENT, self.user_agent.clone());
        let request = request.map(SdkBody::from).try_into().map_err(unreachable)?;
        send_once(&self.connector, request, timeout).await
    }
}
