//! The shop's pages: documents and their parts, from the folder `site`, as the front door's function maps paths to them.
//!
//! Files are read at each request, so that an edit shows up when the page is loaded again.

use std::io::{self, Read as _};
use std::path::Path;

use axum::body::Body;
use axum::response::Response;
use flate2::Compression;
use flate2::bufread::GzEncoder;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, VARY,
};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use super::front_door::{fixed, set};
use crate::files::{content_type, within};
use model::deployment::{FixedReply, Pages};

/// What documents refer to. Their paths are those of their files.
const ASSETS: &str = "/assets/";

/// Responds with a page's document or one of its parts.
pub(super) async fn answer(pages: &Pages, folder: Option<&Path>, request: &Parts) -> Response {
    let path = match find(pages, request) {
        Ok(path) => path,
        Err(reply) => return fixed(reply),
    };
    let Some(file) = folder.and_then(|folder| within(folder, path.strip_prefix('/')?)) else {
        return super::empty(StatusCode::FORBIDDEN);
    };
    // A bucket that may not be listed answers 403, too.
    let Ok(content) = tokio::fs::read(&file).await else { return super::empty(StatusCode::FORBIDDEN) };
    let content_type = content_type(&file);
    let is_text = pages.compressed && is_compressed(content_type);
    let zipped =
        if is_text && accepts(request, ACCEPT_ENCODING, "gzip") { gzip(&content).ok() } else { None };
    let is_zipped = zipped.is_some();
    let mut response = Response::new(Body::from(zipped.unwrap_or(content)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if is_text {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if is_zipped {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    for (name, value) in &pages.headers {
        set(headers, name, value);
    }
    response
}

/// Maps a path to a file, as `local/template/src/pages.js` does.
fn find<'a>(pages: &'a Pages, request: &'a Parts) -> Result<&'a str, &'a FixedReply> {
    let uri = request.uri.path();
    let path = uri.trim_end_matches('/');
    let path = if path.is_empty() { "/" } else { path };
    let above = path.rfind('/').map_or("", |end| path.get(..=end).unwrap_or_default());
    let document = pages.documents.get(path).or_else(|| pages.documents.get(&format!("{above}*")));
    if !matches!(request.method, Method::GET | Method::HEAD) {
        return Err(&pages.not_found);
    }
    if uri.starts_with(ASSETS) {
        return Ok(uri);
    }
    match document {
        Some(document) => Ok(document),
        None if accepts(request, ACCEPT, "text/html") => Err(&pages.not_found_page),
        None => Err(&pages.not_found),
    }
}

fn accepts(request: &Parts, header: HeaderName, what: &str) -> bool {
    request.headers.get(header).and_then(|value| value.to_str().ok()).is_some_and(|text| text.contains(what))
}

fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut zipped = Vec::new();
    GzEncoder::new(content, Compression::default()).read_to_end(&mut zipped)?;
    Ok(zipped)
}

/// Whether CloudFront compresses it.
fn is_compressed(content_type: &str) -> bool {
    content_type.starts_with("text/") || matches!(content_type, "application/json" | "image/svg+xml")
}
