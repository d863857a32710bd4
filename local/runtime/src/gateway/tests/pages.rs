//! The shop's pages at the front door.

use std::fs;
use std::sync::Arc;

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use model::deployment::Deployment;

use super::{PEER, api_of, bench, echo, policies, request, shop};
use crate::gateway::Gateway;
use model::deployment::{Behavior, Target};

/// A gateway that serves a folder with a few pages, and the folder.
fn gateway() -> (Gateway, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    fs::create_dir_all(site.join("assets/pages")).unwrap();
    for (file, content) in [
        ("site/index.html", "home"),
        ("site/product.html", "product"),
        ("site/assets/shop.css", "css"),
        ("site/assets/pages/home.js", "js"),
        ("secret.txt", "secret"),
    ] {
        fs::write(folder.path().join(file), content).unwrap();
    }
    let behavior = Behavior { pattern: "*".to_owned(), target: Target::Pages(shop()) };
    let deployment = Deployment { front_door: vec![behavior], ..Deployment::default() };
    let bench = bench(api_of(&[]), echo);
    let gateway =
        Gateway::new(&deployment, bench.fake.clone(), Arc::new(bench.credentials), policies(&deployment));
    (gateway.unwrap().with_site(site), folder)
}

#[tokio::test]
async fn text_is_compressed_for_those_who_accept_that() {
    let (gateway, _folder) = gateway();
    for (accepted, expected) in [("gzip, deflate, br", Some("gzip")), ("br", None)] {
        let request = request("GET", "/assets/shop.css", &[(ACCEPT_ENCODING.as_str(), accepted)], "");
        let response = gateway.answer_front_door(request, PEER).await;
        let encoding = response.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap());
        assert_eq!(encoding, expected, "{accepted}");
        assert_eq!(response.headers()[VARY], "accept-encoding");
    }
}

#[tokio::test]
async fn a_page_is_the_document_of_its_path() {
    let (gateway, _folder) = gateway();
    for (method, path, accept, expected) in [
        ("GET", "/", "text/html", (200, "home", "text/html; charset=utf-8")),
        ("GET", "/?utm_source=x", "*/*", (200, "home", "text/html; charset=utf-8")),
        ("GET", "/p/espresso-cup", "text/html", (200, "product", "text/html; charset=utf-8")),
        ("GET", "/p/espresso-cup/", "text/html", (200, "product", "text/html; charset=utf-8")),
        ("GET", "/assets/shop.css", "text/css", (200, "css", "text/css; charset=utf-8")),
        ("GET", "/assets/pages/home.js", "*/*", (200, "js", "text/javascript; charset=utf-8")),
        // Only what is a page, and only to read.
        ("GET", "/index.html", "text/html", (404, "<p>Not found</p>", "text/html")),
        ("GET", "/p", "text/html,*/*", (404, "<p>Not found</p>", "text/html")),
        ("GET", "/p/a/b", "text/html", (404, "<p>Not found</p>", "text/html")),
        ("GET", "/nothing", "*/*", (404, "{\"message\":\"Not Found\"}", "application/json")),
        ("POST", "/", "text/html", (404, "{\"message\":\"Not Found\"}", "application/json")),
        // A file that is not there, as a bucket answers that may not be listed, and what is outside of the folder.
        ("GET", "/gone", "text/html", (403, "", "")),
        ("GET", "/assets/nothing.js", "*/*", (403, "", "")),
        ("GET", "/assets/../../secret.txt", "*/*", (403, "", "")),
        ("GET", "/assets//etc/hostname", "*/*", (403, "", "")),
    ] {
        let request = request(method, path, &[(ACCEPT.as_str(), accept)], "");
        let response = gateway.answer_front_door(request, PEER).await;
        let (parts, body) = response.into_parts();
        let kind = parts.headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let got = (parts.status.as_u16(), std::str::from_utf8(&body).unwrap(), kind.as_deref().unwrap_or(""));
        assert_eq!(got, expected, "{method} {path}");
        let is_document = parts.status.as_u16() == 200;
        assert_eq!(parts.headers.contains_key("content-security-policy"), is_document, "{method} {path}");
    }
}
