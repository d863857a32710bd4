//! Limits, throttling and CORS.

use super::{api_of, bench, echo, message, ok, read, request};
use crate::gateway::received::{MAX_BODY, MAX_HEAD};
use model::deployment::RouteAuth::None as Open;
use model::deployment::{Api, Cors, Throttling};
use serde_json::json;

fn one_route() -> Api {
    api_of(&[("ANY", "/orders", "place-order", Open), ("GET", "/other", "other", Open)])
}

#[tokio::test]
async fn a_body_over_10_mb_returns_413() {
    let bench = bench(one_route(), echo);
    let (status, _) = read(bench.send(request("POST", "/orders", &[], vec![b'x'; MAX_BODY])).await).await;
    assert_eq!(status, 200);
    let over = read(bench.send(request("POST", "/orders", &[], vec![b'x'; MAX_BODY + 1])).await).await;
    assert_eq!(over, (413, message("Request Entity Too Large")));
    assert_eq!(bench.fake.ran().len(), 1);
}

#[tokio::test]
async fn headers_over_10240_bytes_return_431() {
    let bench = bench(one_route(), echo);
    // "GET /orders HTTP/1.1", "host" and "127.0.0.1:3002", "x-long".
    let rest = "GET /orders HTTP/1.1".len() + "host127.0.0.1:3002".len() + "x-long".len();
    let long = "x".repeat(MAX_HEAD - rest);
    let (status, _) = read(bench.send(request("GET", "/orders", &[("x-long", &long)], "")).await).await;
    assert_eq!(status, 200);
    let longer = format!("{long}x");
    let over = read(bench.send(request("GET", "/orders", &[("x-long", &longer)], "")).await).await;
    assert_eq!(over, (431, message("Request Header Fields Too Large")));
}

#[tokio::test]
async fn requests_over_a_routes_limit_return_429() {
    let mut api = one_route();
    api.routes[0].throttling = Some(Throttling { burst: 2, rate: 0.001 });
    let bench = bench(api, echo);
    for expected in [200, 200, 429, 429] {
        assert_eq!(bench.get("/orders").await.0, expected);
    }
    assert_eq!(bench.get("/orders").await, (429, message("Too Many Requests")));
    assert_eq!(bench.get("/other").await.0, 200);
    for nothing in [Throttling { burst: 0, rate: 1.0 }, Throttling { burst: 1, rate: 0.0 }] {
        let mut api = one_route();
        api.routes[0].throttling = Some(nothing);
        assert_eq!(super::bench(api, echo).get("/orders").await.0, 429, "{nothing:?}");
    }
}

fn cors(origins: &[&str]) -> Api {
    let mut api = one_route();
    api.cors = Some(Cors {
        origins: origins.iter().map(|origin| (*origin).to_owned()).collect(),
        methods: vec!["GET".to_owned(), "POST".to_owned()],
        headers: vec!["authorization".to_owned()],
        expose: vec!["etag".to_owned()],
        max_age: Some(60),
        credentials: true,
    });
    api
}

#[tokio::test]
async fn a_preflight_returns_204_without_a_function() {
    let bench = bench(cors(&["https://shop.example", "http://*"]), echo);
    let ask = |origin: &'static str| {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        bench.send(request("OPTIONS", "/orders", &headers, ""))
    };
    for origin in ["https://shop.example", "http://localhost:5173"] {
        let response = ask(origin).await;
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(response.status(), 204);
        assert_eq!(header("access-control-allow-origin"), Some(origin));
        assert_eq!(header("access-control-allow-methods"), Some("GET,POST"));
        assert_eq!(header("access-control-allow-headers"), Some("authorization"));
        assert_eq!(header("access-control-allow-credentials"), Some("true"));
        assert_eq!(header("access-control-max-age"), Some("60"));
    }
    let stranger = ask("https://elsewhere.example").await;
    assert_eq!(stranger.status(), 204);
    assert!(!stranger.headers().contains_key("access-control-allow-origin"));
    assert!(bench.fake.ran().is_empty());
}

#[tokio::test]
async fn the_configuration_overrides_the_functions_cors_headers() {
    let script = |_: &_| ok(json!({"statusCode": 200, "headers": {"access-control-allow-origin": "*"}}));
    let with = bench(cors(&["https://shop.example"]), script);
    let response = with.send(request("GET", "/orders", &[("origin", "https://shop.example")], "")).await;
    assert_eq!(response.headers()["access-control-allow-origin"], "https://shop.example");
    assert_eq!(response.headers()["access-control-expose-headers"], "etag");
    let response = with.send(request("GET", "/orders", &[], "")).await;
    assert!(!response.headers().contains_key("access-control-allow-origin"));
    // Pages have to be able to read errors as well.
    let response = with.send(request("GET", "/nothing", &[("origin", "https://shop.example")], "")).await;
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["access-control-allow-origin"], "https://shop.example");

    let without = bench(one_route(), script);
    let headers = [("origin", "https://a.example"), ("access-control-request-method", "POST")];
    let response = without.send(request("OPTIONS", "/orders", &headers, "")).await;
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(without.fake.ran(), ["place-order"]);
}
