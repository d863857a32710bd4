//! The API reference at the console: `/openapi.json` serves the current file in `docs/api`, and `/docs` renders it.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

/// The renderer. It is vendored, so that the page works offline.
const REDOC: &str = include_str!("../vendor/redoc/redoc.standalone.js");

/// Allows no other origins. Without this the renderer would fetch its vendor's logo.
const POLICY: &str = "default-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; worker-src blob:";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bodega: API reference</title>
<style>body { margin: 0 }</style>
</head>
<body>
<redoc spec-url="/openapi.json"></redoc>
<script src="/docs/redoc.js"></script>
</body>
</html>
"#;

/// Returns the routes, for the repository in `root`.
pub(crate) fn router(root: &Path) -> Router {
    Router::new()
        .route("/openapi.json", get(document))
        .route("/docs", get(page))
        .route("/docs/redoc.js", get(renderer))
        .with_state(root.join("docs/api/openapi.json"))
}

/// Reads the file at each request, so that a newly blessed document shows up without a restart.
async fn document(State(file): State<PathBuf>) -> Result<impl IntoResponse, (StatusCode, String)> {
    let text = tokio::fs::read_to_string(&file).await;
    let text = text.map_err(|error| (StatusCode::NOT_FOUND, format!("{}: {error}\n", file.display())))?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text))
}

async fn page() -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE))
}

async fn renderer() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript"), (CACHE_CONTROL, "max-age=3600")], REDOC)
}
