//! Passing a call on to an engine behind a URL: the embedded DynamoDB's own listener, or one that replaces an engine.
//!
//! Headers and body go on as they came, the caller's signature included. Engines that check only a signature's form
//! (DynamoDB Local, ElasticMQ, LocalStack) take that; AWS itself does not, because the signature is over another host.

use std::sync::OnceLock;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode, header};
use reqwest::Url;

use super::call::Call;
use super::response::{Response, build, json_error};

/// Headers that belong to one connection, or that the client library writes itself.
const NOT_PASSED_ON: [HeaderName; 7] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::TE,
    header::UPGRADE,
    header::ACCEPT_ENCODING,
];

/// An engine behind a URL.
#[derive(Debug, Clone)]
pub(super) struct Forward {
    url: Url,
    client: reqwest::Client,
}

impl Forward {
    /// To an engine on this machine, over plain HTTP.
    pub(super) fn loopback(url: Url) -> Result<Self, reqwest::Error> {
        install_crypto();
        // No trust store: there is no TLS here, and reading the system's takes longer than all else at start.
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        Ok(Self { url, client })
    }

    /// To an engine anywhere.
    pub(super) fn to(url: Url) -> Result<Self, reqwest::Error> {
        install_crypto();
        Ok(Self { url, client: reqwest::Client::builder().build()? })
    }

    /// Passes the call on, with this body, and gives the engine's answer.
    pub(super) async fn pass(&self, call: &Call, body: Bytes) -> Response {
        let mut url = self.url.clone();
        let path = format!("{}{}", self.url.path().trim_end_matches('/'), call.uri.path());
        url.set_path(&path);
        url.set_query(call.uri.query());
        let mut headers = call.headers.clone();
        for name in NOT_PASSED_ON {
            headers.remove(name);
        }
        let request = self.client.request(call.method.clone(), url).headers(headers).body(body);
        match answer(request).await {
            Ok(response) => response,
            Err(error) => {
                tracing::warn!(url = %self.url, error = %chain(&error), "the engine does not answer");
                let message = format!("the engine at {} does not answer: {}", self.url, chain(&error));
                json_error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", &message)
            }
        }
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Response, reqwest::Error> {
    let response = request.send().await?;
    let status = response.status();
    let mut headers: HeaderMap = response.headers().clone();
    for name in NOT_PASSED_ON {
        headers.remove(name);
    }
    let body = response.bytes().await?;
    Ok(build(status, headers, body))
}

/// An error with its sources: `reqwest` keeps the reason there.
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
pub(crate) fn install_crypto() {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    // An error means that the program has already chosen one, which is as good.
    INSTALLED.get_or_init(|| rustls::crypto::aws_lc_rs::default_provider().install_default().is_ok());
}
