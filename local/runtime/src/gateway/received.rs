//! A request as it came in, within API Gateway's limits.

use std::net::IpAddr;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::HeaderName;
use http::request::Parts;
use jiff::Timestamp;

use super::reply::Refusal;

/// API Gateway's limit for a body: 10 MB.
pub(super) const MAX_BODY: usize = 10 * 1024 * 1024;

/// API Gateway's limit for the request line and all header values together.
pub(super) const MAX_HEAD: usize = 10_240;

/// How much of a body that is too large is still taken in, so that the sender gets to read the reply.
const MAX_DRAINED: usize = 4 * MAX_BODY;

/// X-Ray's header.
pub(super) const TRACE: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// One request.
#[derive(Debug)]
pub(super) struct Received {
    pub parts: Parts,
    pub body: Bytes,
    /// Who is connected.
    pub peer: IpAddr,
    pub at: Timestamp,
    /// API Gateway's request id.
    pub id: String,
    /// The trace that the request belongs to.
    pub trace: String,
}

impl Received {
    /// Takes the request in, or says which limit it breaks.
    pub(super) async fn read(request: Request, peer: IpAddr) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        if head_size(&parts) > MAX_HEAD {
            return Err(Refusal::RequestHeaderFieldsTooLarge);
        }
        let body = read_body(body).await?;
        let at = Timestamp::now();
        let trace = match parts.headers.get(&TRACE).and_then(|value| value.to_str().ok()) {
            Some(given) => given.to_owned(),
            None => format!("Root=1-{:08x}-{}", at.as_second(), hex(&random::<12>())),
        };
        Ok(Self { parts, body, peer, at, id: request_id(), trace })
    }

    /// A header, if it is there once or more and is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

fn head_size(parts: &Parts) -> usize {
    let line = parts.method.as_str().len() + parts.uri.to_string().len() + " HTTP/1.1".len() + 1;
    line + parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
}

async fn read_body(body: Body) -> Result<Bytes, Refusal> {
    // Who says how much is coming may be refused before a byte of it is kept.
    let mut too_large = body.size_hint().lower() > MAX_BODY as u64;
    let (mut kept, mut seen) = (BytesMut::new(), 0_usize);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::BadRequest)?;
        seen += chunk.len();
        too_large |= seen > MAX_BODY;
        if seen > MAX_DRAINED {
            break;
        }
        if !too_large {
            kept.extend_from_slice(&chunk);
        }
    }
    if too_large { Err(Refusal::RequestEntityTooLarge) } else { Ok(kept.freeze()) }
}

/// As API Gateway makes them: 16 characters of Base64.
pub(super) fn request_id() -> String {
    BASE64.encode(random::<12>())
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Ids only have to differ in a log; without randomness they are all the same.
        tracing::warn!(%error, "no randomness for a request id");
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
