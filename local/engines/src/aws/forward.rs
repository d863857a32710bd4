//! Forwards calls to an engine behind a URL: the embedded DynamoDB's own listener, or a replacement engine.
//!
//! Headers and body are forwarded unchanged. A replacement engine gets every call from one account and one access key:
//! the caller is identified here, and many engines hide one access key's resources from the others.

use std::sync::OnceLock;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use reqwest::Url;

use super::Options;
use super::call::Call;
use super::response::{Response, build, json_error};

/// Headers that belong to one connection, or that the client library sets itself.
const NOT_PASSED_ON: [HeaderName; 7] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::UPGRADE,
    header::ACCEPT_ENCODING,
];

/// Headers that only the caller's own signature needs.
const SIGNERS: [&str; 3] = ["authorization", "x-amz-date", "x-amz-security-token"];

/// The secret access key for replacement engines: none of them checks it.
const SECRET: &str = "bodega";

/// Why a call could not be forwarded.
#[derive(Debug, thiserror::Error)]
enum PassError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("the call cannot be signed: {0}")]
    Signing(Box<dyn std::error::Error + Send + Sync>),
}

/// The identity that calls a replacement engine: one account for all callers. Engines that separate accounts read an
/// access key of twelve digits as the account number, so their ARNs match those here.
#[derive(Debug, Clone)]
struct Signer {
    region: String,
    account: String,
}

/// An engine behind a URL.
#[derive(Debug, Clone)]
pub(super) struct Forward {
    url: Url,
    client: reqwest::Client,
    /// Signs its calls; `None` if the engine does not check signatures.
    signer: Option<Signer>,
}

impl Forward {
    /// Forwards to an engine on this machine, over plain HTTP.
    pub(super) fn loopback(url: Url) -> Result<Self, reqwest::Error> {
        install_crypto();
        // No trust store: there is no TLS here, and reading the system's store takes longer than the rest of the start.
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        Ok(Self { url, client, signer: None })
    }

    /// Forwards to an engine anywhere, with calls signed for a region and an account.
    pub(super) fn to(url: Url, options: &Options) -> Result<Self, reqwest::Error> {
        install_crypto();
        let signer = Signer { region: options.region.clone(), account: options.account.clone() };
        Ok(Self { url, client: reqwest::Client::builder().build()?, signer: Some(signer) })
    }

    /// Forwards the call with this body and returns the engine's answer.
    pub(super) async fn pass(&self, call: &Call, body: Bytes) -> Response {
        let mut url = self.url.clone();
        let path = format!("{}{}", self.url.path().trim_end_matches('/'), call.uri.path());
        url.set_path(&path);
        url.set_query(call.uri.query());
        let mut headers = call.headers.clone();
        for name in NOT_PASSED_ON {
            headers.remove(name);
        }
        match self.send(call, url, headers, body).await {
            Ok(response) => response,
            Err(error) => {
                tracing::warn!(url = %self.url, error = %chain(&error), "the engine does not answer");
                let message = format!("the engine at {} does not answer: {}", self.url, chain(&error));
                json_error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", &message)
            }
        }
    }

    async fn send(
        &self,
        call: &Call,
        url: Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response, PassError> {
        let mut request =
            self.client.request(call.method.clone(), url).headers(headers).body(body.clone()).build()?;
        if let Some(signer) = &self.signer {
            sign_again(&mut request, &body, call.service.prefix(), signer).map_err(PassError::Signing)?;
        }
        answer(self.client.execute(request).await?).await
    }
}

/// Replaces the caller's signature with the laptop cloud's own.
fn sign_again(
    request: &mut reqwest::Request,
    body: &[u8],
    service: &str,
    signer: &Signer,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    for name in SIGNERS {
        request.headers_mut().remove(name);
    }
    let identity = Credentials::from_keys(&signer.account, SECRET, None).into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&signer.region)
        .name(service)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?;
    let (method, url) = (request.method().as_str(), request.url().as_str());
    let signable = SignableRequest::new(method, url, std::iter::empty(), SignableBody::Bytes(body))?;
    let (instructions, _) = sign(signable, &params.into())?.into_parts();
    for (name, value) in instructions.headers() {
        request.headers_mut().insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    Ok(())
}

async fn answer(response: reqwest::Response) -> Result<Response, PassError> {
    let status = response.status();
    let mut headers: HeaderMap = response.headers().clone();
    for name in NOT_PASSED_ON {
        headers.remove(name);
    }
    let body = response.bytes().await?;
    Ok(build(status, headers, body))
}

/// Formats an error with its sources, where `reqwest` keeps the reason.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// Chooses the process's TLS implementation, once.
pub fn install_crypto() {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    // An error means that the program has already chosen one, which is fine.
    INSTALLED.get_or_init(|| rustls::crypto::aws_lc_rs::default_provider().install_default().is_ok());
}
