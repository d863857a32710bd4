//! Calls to another service's internal routes: signed with this function's own role, short, retried once.

use std::borrow::Cow;
use std::time::SystemTime;

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use backon::{ConstantBuilder, Retryable};
use edge::cause::{CORRELATION_HEADER, TRACEPARENT_HEADER};
use edge::http::DEADLINE_HEADER;
use edge::{Cause, Environment, InitError, Problem, connector, send_once, timeouts};
use http::header::RETRY_AFTER;
use http::{Method, Response, StatusCode};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;

const XRAY_HEADER: &str = "x-amzn-trace-id";

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Another service, reached over its HTTP API with IAM authorization.
#[derive(Debug, Clone)]
pub struct Peer {
    connector: SharedHttpConnector,
    base: Url,
    region: String,
    credentials: SharedCredentialsProvider,
}

/// Why a call to another service returned no usable reply.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The service refused the request with a problem document.
    #[error("the service refused: {code}")]
    Refused {
        /// Its status, 4xx.
        status: StatusCode,
        /// Its problem's code.
        code: String,
        /// Its problem's detail.
        detail: String,
        /// In how many seconds it asks to try again.
        retry_after: Option<u64>,
    },
    /// The service timed out, failed, or sent an unexpected reply.
    #[error("a service is unavailable")]
    Unavailable(#[source] BoxError),
}

/// Passes a refusal on unchanged: the internal routes are ours, and their problems are written for clients. 401 and 403
/// are exceptions, since they concern only the services.
impl From<PeerError> for Problem {
    fn from(error: PeerError) -> Self {
        match error {
            PeerError::Refused { status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, .. } => {
                Self::internal(error)
            }
            PeerError::Refused { status, code, detail, retry_after } => {
                let problem = Self::passed_on(status, code, detail);
                retry_after.into_iter().fold(problem, Self::retry_after)
            }
            PeerError::Unavailable(source) => Self::unavailable(source),
        }
    }
}

#[derive(Deserialize)]
struct Details {
    code: String,
    detail: String,
}

impl Peer {
    /// Connects to the service whose API URL is in `variable`.
    ///
    /// # Errors
    /// If the variable is missing or not a URL.
    pub fn connect(environment: &Environment, variable: &'static str) -> Result<Self, InitError> {
        let base = environment.variable(variable)?;
        let base = Url::parse(base)
            .map_err(|error| InitError::InvalidVariable { name: variable, reason: error.to_string() })?;
        let aws = environment.aws();
        let credentials =
            aws.credentials_provider().ok_or(InitError::MissingVariable("AWS_ACCESS_KEY_ID"))?;
        let region = aws.region().ok_or(InitError::MissingVariable("AWS_REGION"))?.to_string();
        Ok(Self { connector: environment.connector(), base, region, credentials })
    }

    /// Creates a client of the service at `base`, called with `credentials`.
    ///
    /// # Errors
    /// If the HTTP client cannot be created.
    pub fn at(base: Url, region: String, credentials: SharedCredentialsProvider) -> Result<Self, InitError> {
        Ok(Self { connector: connector()?, base, region, credentials })
    }

    /// Sends a GET to `path`.
    ///
    /// # Errors
    /// If the service refuses or is unavailable.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, cause: &Cause) -> Result<T, PeerError> {
        self.call(Method::GET, path, Vec::new(), cause).await
    }

    /// Sends a POST with `body` to `path`, which must be idempotent: it may be sent twice.
    ///
    /// # Errors
    /// If the service refuses or is unavailable.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        cause: &Cause,
    ) -> Result<T, PeerError> {
        let body = serde_json::to_vec(body).map_err(unavailable)?;
        self.call(Method::POST, path, body, cause).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        cause: &Cause,
    ) -> Result<T, PeerError> {
        let attempt = || async {
            let request = self.signed(&method, path, &body, cause).await.map_err(PeerError::Unavailable)?;
            let answer = send_once(&self.connector, request, timeouts::PEER_ATTEMPT).await;
            read(&answer.map_err(unavailable)?)
        };
        let once_more = ConstantBuilder::default().with_delay(std::time::Duration::ZERO).with_max_times(1);
        attempt.retry(once_more).when(|error| matches!(error, PeerError::Unavailable(_))).await
    }

    /// Signs with SigV4 for `execute-api`
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>).
    async fn signed(
        &self,
        method: &Method,
        path: &str,
        body: &[u8],
        cause: &Cause,
    ) -> Result<HttpRequest, BoxError> {
        let url = self.base.join(path)?;
        let identity = self.credentials.provide_credentials().await?.into();
        let params: SigningParams<'_> = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("execute-api")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let mut request = http::Request::builder()
            .method(method)
            .uri(url.as_str())
            .header("content-type", "application/json")
            .header(CORRELATION_HEADER, &cause.correlation_id)
            .header(DEADLINE_HEADER, (Timestamp::now() + timeouts::PEER_ATTEMPT).as_millisecond());
        if let Some(trace) = cause.trace {
            // The first is for the shop's services, the second for X-Ray: the other invocation continues this trace.
            request =
                request.header(TRACEPARENT_HEADER, trace.traceparent()).header(XRAY_HEADER, trace.header());
        }
        let mut request = request.body(body.to_vec())?;
        let headers: Vec<(&str, Cow<'_, str>)> = request
            .headers()
            .iter()
            .map(|(name, value)| Ok((name.as_str(), Cow::Borrowed(value.to_str()?))))
            .collect::<Result<_, http::header::ToStrError>>()?;
        let pairs = headers.iter().map(|(name, value)| (*name, value.as_ref()));
        let signable = SignableRequest::new(method.as_str(), url.as_str(), pairs, SignableBody::Bytes(body))?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request.map(SdkBody::from).try_into()?)
    }
}

fn unavailable(error: impl Into<BoxError>) -> PeerError {
    PeerError::Unavailable(error.into())
}

fn read<T: DeserializeOwned>(response: &Response<Vec<u8>>) -> Result<T, PeerError> {
    let (status, body) = (response.status(), response.body());
    if status.is_success() {
        return serde_json::from_slice(body).map_err(unavailable);
    }
    // A 4xx without a problem document is from the gateway, not from the operation: an unknown route, or a denied call.
    if status.is_client_error()
        && let Ok(Details { code, detail }) = serde_json::from_slice(body)
    {
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|header| header.to_str().ok()?.parse().ok());
        return Err(PeerError::Refused { status, code, detail, retry_after });
    }
    Err(PeerError::Unavailable(format!("the service replied {status}").into()))
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;

    use super::*;

    #[test]
    fn a_refusal_is_passed_on_with_the_time_to_wait() {
        for (header, expected) in [(Some("60"), "Some(60)"), (Some("soon"), "None"), (None, "None")] {
            let mut response = Response::builder().status(StatusCode::TOO_MANY_REQUESTS);
            if let Some(header) = header {
                response = response.header(RETRY_AFTER, header);
            }
            let body = br#"{ "code": "too_many_guests", "detail": "wait" }"#.to_vec();
            let problem = Problem::from(read::<()>(&response.body(body).unwrap()).unwrap_err());
            assert_eq!(
                (problem.status(), problem.code()),
                (StatusCode::TOO_MANY_REQUESTS, "too_many_guests")
            );
            let shown = format!("{problem:?}");
            assert!(shown.contains(&format!("retry_after: {expected}")), "{header:?}: {shown}");
        }
    }

    #[tokio::test]
    async fn a_call_states_when_it_stops_waiting_and_signs_it() {
        let credentials = Credentials::new("key", "secret", None, None, "test");
        let url = "http://127.0.0.1:1".parse().unwrap();
        let peer =
            Peer::at(url, "eu-west-1".to_owned(), SharedCredentialsProvider::new(credentials)).unwrap();
        let before = Timestamp::now().as_millisecond();
        let cause = Cause::new("request");
        let request = peer.signed(&Method::GET, "/internal/x", b"", &cause).await.unwrap();
        let header = |name| request.headers().get(name).unwrap_or_default();
        let left = header(DEADLINE_HEADER).parse::<i64>().unwrap() - before;
        assert!((900..=1_100).contains(&left), "{left} ms");
        assert!(header("authorization").contains(DEADLINE_HEADER), "{}", header("authorization"));
    }
}
