//! The console's page: a document, and the files in `local/runtime/console` and `site/assets` that it loads.
//!
//! Files are read at each request, so that an edit shows up when the page is loaded again.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::{Path as Rest, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::files::{content_type, within};

/// Allows nothing from elsewhere.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router(root: &Path) -> Router {
    let own = root.join("local/runtime/console");
    let document = own.join("index.html");
    Router::new()
        .route("/", get(async move || file(document).await))
        .route("/console/{*path}", get(part).with_state(own))
        .route("/assets/{*path}", get(part).with_state(root.join("site/assets")))
}

async fn part(State(folder): State<PathBuf>, Rest(path): Rest<String>) -> impl IntoResponse {
    match within(&folder, &path) {
        Some(found) => file(found).await,
        None => Err(StatusCode::NOT_FOUND),
    }
}

async fn file(file: PathBuf) -> Result<([(HeaderName, &'static str); 3], Vec<u8>), StatusCode> {
    let content = tokio::fs::read(&file).await.map_err(|_| StatusCode::NOT_FOUND)?;
    let headers =
        [(CONTENT_TYPE, content_type(&file)), (CACHE_CONTROL, "no-cache"), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, content))
}
