//! An incoming request, within API Gateway's limits.

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
use percent_encoding::percent_decode_str;

use super::reply::Refusal;

/// API Gateway's limit for a body.
pub(super) const MAX_BODY: usize = 10 * 1024 * 1024;

/// API Gateway's limit for the request line and all header values together.
pub(super) const MAX_HEAD: usize = 10_240;

/// How much of an oversized body is read and discarded, so that the client gets to read the response.
const MAX_DRAINED: usize = 4 * MAX_BODY;

/// The X-Ray trace header.
pub(super) const TRACE: HeaderName = HeaderName::from_static("x-amzn-trace-id");

#[derive(Debug)]
pub(super) struct Received {
    pub parts: Parts,
    /// The path as functions receive it, decoded.
    pub raw_path: String,
    pub body: Bytes,
    /// The address of the connected peer.
    pub peer: IpAddr,
    pub at: Timestamp,
    /// API Gateway's request id.
    pub id: String,
    /// The value of the X-Ray trace header.
    pub trace: String,
}

impl Received {
    /// Reads a request. Returns a refusal if it exceeds a limit.
    pub(super) async fn read(request: Request, peer: IpAddr) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        if head_size(&parts) > MAX_HEAD {
            return Err(Refusal::RequestHeaderFieldsTooLarge);
        }
        let raw_path = raw_path(parts.uri.path()).ok_or(Refusal::BadRequest)?;
        let body = read_body(body).await?;
        let at = Timestamp::now();
        let trace = match parts.headers.get(&TRACE).and_then(|value| value.to_str().ok()) {
            Some(given) => given.to_owned(),
            None => format!("Root=1-{:08x}-{}", at.as_second(), hex(&random::<12>())),
        };
        Ok(Self { parts, raw_path, body, peer, at, id: request_id(), trace })
    }

    /// Returns the first value of a header, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Decodes a path as HTTP APIs do: twice, and between the two what follows a question mark is dropped. Returns `None`
/// for what they refuse, a percent sign that is left and encodes nothing.
fn raw_path(sent: &str) -> Option<String> {
    let decode = |text: &str| {
        let is_hex = |hex: &str| hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_escape = |after: &str| after.get(..2).is_some_and(is_hex);
        if !text.split('%').skip(1).all(is_escape) {
            return None;
        }
        percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    };
    let once = decode(sent)?;
    decode(once.split('?').next().unwrap_or_default())
}

fn head_size(parts: &Parts) -> usize {
    let line = parts.method.as_str().len() + parts.uri.to_string().len() + " HTTP/1.1".len() + 1;
    line + parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
}

async fn read_body(body: Body) -> Result<Bytes, Refusal> {
    // A Content-Length over the limit is refused before any of the body is buffered.
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

/// Generates a request id like API Gateway's: 16 characters of Base64.
pub(super) fn request_id() -> String {
    BASE64.encode(random::<12>())
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // The ids only tell log lines apart, so equal ids are acceptable.
        tracing::warn!(%error, "cannot generate a random request id");
    }
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
