//! The API reference at the console: `/openapi.json` as `docs/api` has it now, and `/docs`, which renders it.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;

/// The renderer, which is not fetched from anywhere.
const REDOC: &str = include_str!("../vendor/redoc/redoc.standalone.js");

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

/// The routes, for the repository in `root`.
pub(crate) fn router(root: &Path) -> Router {
    Router::new()
        .route("/openapi.json", get(document))
        .route("/docs", get(|| async { Html(PAGE) }))
        .route("/docs/redoc.js", get(renderer))
        .with_state(root.join("docs/api/openapi.json"))
}

/// Read at each request, so that what a test has just blessed is shown.
async fn document(State(file): State<PathBuf>) -> Result<impl IntoResponse, (StatusCode, String)> {
    let text = tokio::fs::read_to_string(&file).await;
    let text = text.map_err(|error| (StatusCode::NOT_FOUND, format!("{}: {error}\n", file.display())))?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text))
}

async fn renderer() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript"), (CACHE_CONTROL, "max-age=3600")], REDOC)
}
