//! The bucket of the service's files: pictures, and products to import. Five calls do not need an SDK:
//! docs/decisions/0055-pictures-without-the-s3-sdk.md.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_types::body::SdkBody;
use backon::{ExponentialBuilder, Retryable};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::catalogue::{FileHash, UPLOAD_TIME};
use edge::{Connect, Environment, InitError, connector, send_once};
use http::{Method, Response, StatusCode};
use jiff::Timestamp;

use crate::files::Upload;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// One try of a call: 10 MiB take less than a second within a region.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Why the bucket did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// It refused.
    #[error("the bucket replied {0}: {1}")]
    Refused(StatusCode, String),
    /// There was no reply, or the request could not be made.
    #[error("the bucket is unavailable")]
    Unavailable(#[source] BoxError),
}

/// A file that somebody has announced.
#[derive(Debug, Clone, Copy)]
pub struct Announced<'a> {
    /// The key of its object.
    pub key: &'a str,
    /// Its media type.
    pub content_type: &'a str,
    /// Its length.
    pub bytes: u64,
    /// The SHA-256 of its content.
    pub sha256: &'a FileHash,
}

/// The bucket of the service's files.
#[derive(Debug, Clone)]
pub struct Bucket {
    connector: SharedHttpConnector,
    /// Ends with a slash.
    url: String,
    region: String,
    credentials: Credentials,
}

impl Connect for Bucket {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let name = environment.variable("BUCKET_NAME")?;
        let aws = environment.aws();
        let region = aws.region().ok_or(InitError::MissingVariable("AWS_REGION"))?.to_string();
        let url = match aws.endpoint_url() {
            Some(endpoint) => format!("{}/{name}/", endpoint.trim_end_matches('/')),
            None => format!("https://{name}.s3.{region}.amazonaws.com/"),
        };
        let provider = aws.credentials_provider().ok_or(InitError::MissingVariable("AWS_ACCESS_KEY_ID"))?;
        Self::with(environment.connector(), url, region, &provider).await
    }
}

impl Bucket {
    /// Creates a client of the bucket at `url`, called with `credentials`; for tests.
    ///
    /// # Errors
    /// If the HTTP client cannot be created.
    pub fn at(url: &str, region: &str, credentials: Credentials) -> Result<Self, InitError> {
        let url = format!("{}/", url.trim_end_matches('/'));
        Ok(Self { connector: connector()?, url, region: region.to_owned(), credentials })
    }

    async fn with(
        connector: SharedHttpConnector,
        url: String,
        region: String,
        provider: &SharedCredentialsProvider,
    ) -> Result<Self, InitError> {
        // They are valid for the lifetime of the process: Lambda replaces it before they expire.
        let credentials = provider.provide_credentials().await;
        let credentials = credentials
            .map_err(|error| InitError::Failed { what: "read the credentials", source: Box::new(error) })?;
        Ok(Self { connector, url, region, credentials })
    }

    /// Signs the upload of exactly this file: S3 compares its type and length with the signed headers, and its content
    /// with the signed hash.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn presign(&self, file: Announced<'_>, now: Timestamp) -> Result<Upload, BucketError> {
        let headers = BTreeMap::from([
            ("content-length".to_owned(), file.bytes.to_string()),
            ("content-type".to_owned(), file.content_type.to_owned()),
            ("x-amz-checksum-sha256".to_owned(), BASE64.encode(file.sha256.bytes())),
        ]);
        let time = Duration::try_from(UPLOAD_TIME).map_err(unavailable)?;
        let mut settings = settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(time);
        // By default a header that proxies may change is not signed.
        settings.excluded_headers = None;
        let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let url = format!("{}{}", self.url, file.key);
        let signable = SignableRequest::new("PUT", &*url, pairs, SignableBody::UnsignedPayload);
        let mut request = http::Request::builder().uri(&url).body(()).map_err(unavailable)?;
        self.sign(signable.map_err(unavailable)?, &mut request, settings, now)?;
        let (method, url, expires_at) = ("PUT".to_owned(), request.uri().to_string(), now + UPLOAD_TIME);
        Ok(Upload { method, url, headers, expires_at })
    }

    /// Returns an object; `None` if there is none.
    ///
    /// # Errors
    /// If the bucket refuses or is unavailable.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, BucketError> {
        present(self.call(Method::GET, key, &[], &[]).await)
    }

    /// Returns `length` bytes of an object from `start` on, or fewer at its end; `None` if there is no object. An object that takes
    /// minutes to work off is read in such pieces: S3 ends a connection on which nothing is read, and each piece can be tried again.
    ///
    /// # Errors
    /// If the bucket refuses, also because the object ends before `start`, or is unavailable.
    pub async fn piece(&self, key: &str, start: u64, length: u64) -> Result<Option<Vec<u8>>, BucketError> {
        let range = format!("bytes={start}-{}", (start + length).saturating_sub(1));
        present(self.call(Method::GET, key, &[("range", &range)], &[]).await)
    }

    /// Writes an object of a name that depends on its content, so that it never changes and can be cached indefinitely.
    ///
    /// # Errors
    /// If the bucket refuses or is unavailable.
    pub async fn put_unchanging(
        &self,
        key: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<(), BucketError> {
        let cached = ("cache-control", "public, max-age=31536000, immutable");
        self.call(Method::PUT, key, &[("content-type", content_type), cached], body).await.map(drop)
    }

    /// Deletes an object, if there is one.
    ///
    /// # Errors
    /// If the bucket refuses or is unavailable.
    pub async fn delete(&self, key: &str) -> Result<(), BucketError> {
        self.call(Method::DELETE, key, &[], &[]).await.map(drop)
    }

    /// Each of the calls has the same effect if it is made twice.
    async fn call(
        &self,
        method: Method,
        key: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Response<Vec<u8>>, BucketError> {
        let attempt = || async {
            let mut request = http::Request::builder().method(&method).uri(format!("{}{key}", self.url));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let mut request = request.body(body.to_vec()).map_err(unavailable)?;
            let url = request.uri().to_string();
            let pairs = headers.iter().copied();
            let signable =
                SignableRequest::new(method.as_str(), Cow::from(url), pairs, SignableBody::Bytes(body));
            self.sign(signable.map_err(unavailable)?, &mut request, settings(), Timestamp::now())?;
            let request = request.map(SdkBody::from).try_into().map_err(unavailable)?;
            read(send_once(&self.connector, request, ATTEMPT).await.map_err(unavailable)?)
        };
        let again = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(Duration::from_millis(50))
            .with_max_times(3);
        attempt.retry(again).when(BucketError::is_passing).await
    }

    fn sign<B>(
        &self,
        signable: SignableRequest<'_>,
        request: &mut http::Request<B>,
        settings: SigningSettings,
        now: Timestamp,
    ) -> Result<(), BucketError> {
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::from(now))
            .settings(settings)
            .build()
            .map_err(unavailable)?
            .into();
        let (instructions, _) = sign(signable, &params).map_err(unavailable)?.into_parts();
        instructions.apply_to_request_http1x(request);
        Ok(())
    }
}

impl BucketError {
    fn is_passing(&self) -> bool {
        match self {
            Self::Refused(status, _) => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => true,
        }
    }
}

/// What S3 signs otherwise than other services
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>).
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

fn read(response: Response<Vec<u8>>) -> Result<Response<Vec<u8>>, BucketError> {
    if response.status().is_success() {
        return Ok(response);
    }
    let text = String::from_utf8_lossy(response.body()).into_owned();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map_or("no error code", |(code, _)| code);
    Err(BucketError::Refused(response.status(), code.to_owned()))
}

/// Returns the body of a reply; `None` if there is no object.
fn present(answer: Result<Response<Vec<u8>>, BucketError>) -> Result<Option<Vec<u8>>, BucketError> {
    match answer {
        Ok(response) => Ok(Some(response.into_body())),
        Err(BucketError::Refused(StatusCode::NOT_FOUND, _)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn unavailable(error: impl Into<BoxError>) -> BucketError {
    BucketError::Unavailable(error.into())
}
