//! Routing to functions, and the front door.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{PEER, api_of, bench, echo, message, policies, read, request};
use crate::gateway::{Gateway, Listeners, serve};
use model::deployment::Deployment;
use model::deployment::RouteAuth::None as Open;

#[tokio::test]
async fn the_most_specific_route_matches() {
    let api = api_of(&[
        ("GET", "/orders/mine", "exact", Open),
        ("GET", "/orders/{order_id}", "by-id", Open),
        ("ANY", "/orders/{order_id}", "any-by-id", Open),
        ("GET", "/orders/{id}/lines", "lines", Open),
        ("GET", "/orders/{proxy+}", "greedy", Open),
        ("ANY", "/{proxy+}", "rest", Open),
        ("POST", "/orders", "place", Open),
    ]);
    let bench = bench(api, echo);
    for (method, path, operation) in [
        ("GET", "/orders/mine", "exact"),
        ("GET", "/orders/ord_1", "by-id"),
        ("GET", "/orders/ord_1?x=1", "by-id"),
        ("DELETE", "/orders/ord_1", "any-by-id"),
        ("POST", "/orders/ord_1", "any-by-id"),
        ("GET", "/orders/ord_1/lines", "lines"),
        ("GET", "/orders/ord_1/lines/2", "greedy"),
        ("POST", "/orders", "place"),
        ("GET", "/orders", "rest"),
        ("PATCH", "/a/b", "rest"),
    ] {
        let answered = read(bench.send(request(method, path, &[], "")).await).await;
        assert_eq!(answered, (200, json!(operation)), "{method} {path}");
    }
}

#[tokio::test]
async fn an_unmatched_request_returns_404_or_uses_the_default_route() {
    let routes = [("GET", "/orders/{order_id}", "by-id", Open)];
    let plain = bench(api_of(&routes), echo);
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/orders"),
        ("GET", "/orders/"),
        ("GET", "/orders/1/2"),
        ("POST", "/orders/1"),
        ("GET", "//orders/1"),
    ] {
        let answered = read(plain.send(request(method, path, &[], "")).await).await;
        assert_eq!(answered, (404, message("Not Found")), "{method} {path}");
    }
    let [by_id] = routes;
    let with_default = bench(api_of(&[by_id, ("ANY", "$default", "default", Open)]), echo);
    assert_eq!(with_default.get("/nothing").await, (200, json!("default")));
    assert_eq!(with_default.fake.event()["routeKey"], "$default");
    assert_eq!(with_default.get("/orders/1").await, (200, json!("by-id")));
}

#[tokio::test]
async fn path_parameters_are_decoded() {
    let bench = bench(api_of(&[("GET", "/orders/{order_id}/{rest+}", "get", Open)]), echo);
    bench.get("/orders/a%20b%2Fc/d/%C3%A9").await;
    let event = bench.fake.event();
    assert_eq!(event["pathParameters"], json!({"order_id": "a b/c", "rest": "d/é"}));
    assert_eq!(event["rawPath"], "/orders/a b/c/d/é");
    assert_eq!(event["routeKey"], "GET /orders/{order_id}/{rest+}");
}

/// What an HTTP API on AWS was seen to pass on for each path.
#[tokio::test]
async fn the_raw_path_is_decoded_as_aws_does() {
    let bench = bench(api_of(&[("GET", "/capture/{proxy+}", "get", Open)]), echo);
    for (sent, raw_path) in [
        ("plain", "plain"),
        ("space%20value", "space value"),
        ("question%3Fvalue", "question"),
        ("hash%23value", "hash#value"),
        ("slash%2Fvalue", "slash/value"),
        ("unicode-%CE%BB-%E4%B8%96%E7%95%8C", "unicode-λ-世界"),
        ("literal%252Fvalue", "literal/value"),
        ("literal%253Fvalue", "literal?value"),
        ("literal%2525value", "literal%value"),
    ] {
        assert_eq!(bench.get(&format!("/capture/{sent}")).await.0, 200, "{sent}");
        let event = bench.fake.event();
        assert_eq!(event["rawPath"], format!("/capture/{raw_path}"), "{sent}");
        assert_eq!(event["requestContext"]["http"]["path"], event["rawPath"], "{sent}");
    }
    for refused in ["percent%25done", "percent%25", "not-utf8-%FF"] {
        let answered = bench.get(&format!("/capture/{refused}")).await;
        assert_eq!(answered, (400, message("Bad Request")), "{refused}");
    }
}

#[tokio::test]
async fn the_front_door_selects_the_api_by_path() {
    let api = api_of(&[("ANY", "/{proxy+}", "orders", Open)]);
    let bench = bench(api, echo);
    for (path, expected) in [
        ("/orders", (200, json!("orders"))),
        ("/orders/1", (200, json!("orders"))),
        ("/internal/a", (200, json!("orders"))),
        ("/internal/ab", (404, message("Not Found"))),
        ("/users/1", (200, json!("get-user"))),
        ("/nobody", (404, message("Not Found"))),
    ] {
        let request = request("GET", path, &[("x-forwarded-for", "10.0.0.1")], "");
        assert_eq!(read(bench.gateway.answer_front_door(request, PEER).await).await, expected, "{path}");
    }
    let event = bench.fake.event();
    // First the viewer, which the front door appended, then the front door, which the API appended.
    assert_eq!(event["headers"]["x-forwarded-for"], "10.0.0.1, 127.0.0.1, 127.0.0.1");
    assert_eq!(event["headers"]["host"], "127.0.0.1:3002");
}

#[tokio::test]
async fn the_front_door_sets_its_own_header_and_forwards_known_parameters_only() {
    let bench = bench(api_of(&[("ANY", "/{proxy+}", "orders", Open)]), echo);
    for (sent, forwarded) in [
        ("/orders", ""),
        ("/orders?known=a%20b", "known=a%20b"),
        ("/orders?x=1&known=1&known=2&y", "known=1&known=2"),
        ("/orders?unknown=1&KNOWN=2", ""),
    ] {
        let request = request("GET", sent, &[("x-origin-verify", "forged")], "");
        assert_eq!(read(bench.gateway.answer_front_door(request, PEER).await).await.0, 200, "{sent}");
        let event = bench.fake.event();
        assert_eq!(event["rawQueryString"], forwarded, "{sent}");
        assert_eq!(event["headers"]["x-origin-verify"], "the front door");
    }
    let direct = request("GET", "/orders?unknown=1", &[], "");
    bench.send(direct).await;
    assert_eq!(bench.fake.event()["rawQueryString"], "unknown=1");
    assert!(bench.fake.event()["headers"]["x-origin-verify"].is_null());
}

#[tokio::test]
async fn it_serves_until_shutdown() {
    let bench = bench(api_of(&[("POST", "/orders", "place-order", Open)]), echo);
    let (mut listeners, mut urls) = (Listeners::default(), Vec::new());
    for id in ["orders", "users"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        urls.push(format!("http://{}", listener.local_addr().unwrap()));
        listeners.apis.insert(id.to_owned(), listener);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    urls.push(format!("http://{}", listener.local_addr().unwrap()));
    listeners.front_door = Some(listener);
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(bench.gateway.clone(), listeners, async move {
        assert!(stopped.await.is_ok());
    }));

    for (url, path, status) in [(0, "/orders", 200), (1, "/orders", 404), (2, "/orders", 200)] {
        let (got, body) = post(&format!("{}{path}", urls[url]), vec![b'x'; 10]).await;
        assert_eq!(got, status, "{path} of {url}: {body}");
    }
    let (status, body) = post(&format!("{}/orders", urls[2]), vec![b'x'; 10 * 1024 * 1024 + 1]).await;
    assert_eq!((status, body), (413, message("Request Entity Too Large")));
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(urls[0].trim_start_matches("http://")).await.is_err());
}

async fn post(url: &str, body: Vec<u8>) -> (u16, Value) {
    let response = reqwest::Client::new().post(url).body(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn conflicting_routes_are_an_error() {
    let api = api_of(&[("GET", "/orders/{a}", "one", Open), ("GET", "/orders/{b}", "two", Open)]);
    let deployment = Deployment { apis: vec![api], ..Deployment::default() };
    let bench = bench(api_of(&[]), echo);
    let policies = policies(&deployment);
    let error =
        Gateway::new(&deployment, bench.fake.clone(), Arc::new(bench.credentials), policies).unwrap_err();
    assert!(
        error.to_string().contains("the API \"orders\" cannot have the route GET /orders/{b}"),
        "{error}"
    );
}
