//! The event that a function receives, and the conversion of its result.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{answer, api_of, bench, echo, message, ok, read, request, text};
use model::deployment::RouteAuth::None as Open;
use model::invoke::InvokeError;

fn one_route() -> model::deployment::Api {
    api_of(&[("ANY", "/orders/{order_id}", "get-order", Open)])
}

#[tokio::test]
async fn the_event_has_payload_format_2_0() {
    let bench = bench(one_route(), echo);
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Many", "a"),
        ("X-Many", "b"),
        ("Cookie", "one=1; two=2"),
        ("User-Agent", "curl/8"),
        ("X-Amzn-Trace-Id", "Root=1-1-1"),
        ("Connection", "close"),
    ];
    let response = bench
        .send(request("POST", "/orders/ord_1?tag=a&tag=b&text=a%20b+c&empty=", &headers, r#"{"a":1}"#))
        .await;
    let id = response.headers()["apigw-requestid"].to_str().unwrap().to_owned();
    let mut event = bench.fake.event();
    let context = event["requestContext"].as_object_mut().unwrap();
    let (time, epoch) = (context.remove("time").unwrap(), context.remove("timeEpoch").unwrap());
    assert!(
        time.as_str().unwrap().ends_with(" +0000") && epoch.as_i64().unwrap() > 1_700_000_000_000,
        "{time}"
    );
    assert_eq!(
        event,
        json!({
            "version": "2.0",
            "routeKey": "ANY /orders/{order_id}",
            "rawPath": "/orders/ord_1",
            "rawQueryString": "tag=a&tag=b&text=a%20b+c&empty=",
            "cookies": ["one=1", "two=2"],
            "headers": {
                "content-type": "application/json",
                "host": "127.0.0.1:3002",
                "user-agent": "curl/8",
                "x-amzn-trace-id": "Root=1-1-1",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-port": "3002",
                "x-forwarded-proto": "http",
                "x-many": "a,b",
            },
            "queryStringParameters": {"tag": "a,b", "text": "a b c", "empty": ""},
            "pathParameters": {"order_id": "ord_1"},
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "orders",
                "domainName": "127.0.0.1",
                "domainPrefix": "orders",
                "http": {
                    "method": "POST",
                    "path": "/orders/ord_1",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "curl/8",
                },
                "requestId": id,
                "routeKey": "ANY /orders/{order_id}",
                "stage": "$default",
            },
            "body": "{\"a\":1}",
            "isBase64Encoded": false,
        })
    );
}

#[tokio::test]
async fn binary_bodies_are_base64_encoded() {
    let bench = bench(one_route(), echo);
    for (content_type, body, encoded) in [
        ("application/json; charset=utf-8", "{}".as_bytes(), false),
        ("application/problem+json", b"{}", false),
        ("text/csv", b"a,b", false),
        ("application/octet-stream", b"ab", true),
        ("application/x-www-form-urlencoded", b"a=b", true),
        ("application/json", b"\xff\xfe", true),
    ] {
        bench.send(request("PUT", "/orders/1", &[("content-type", content_type)], body)).await;
        let event = bench.fake.event();
        let expected = match encoded {
            true => BASE64.encode(body),
            false => String::from_utf8(body.to_vec()).unwrap(),
        };
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!(expected), &json!(encoded)),
            "{content_type}"
        );
    }
    bench.send(request("GET", "/orders/1", &[], "")).await;
    let event = bench.fake.event();
    assert!(event.get("body").is_none() && event.get("cookies").is_none());
    assert!(event.get("queryStringParameters").is_none());
    assert!(event["headers"]["x-amzn-trace-id"].as_str().unwrap().starts_with("Root=1-"));
}

#[tokio::test]
async fn a_result_sets_status_headers_cookies_and_body() {
    let bench = bench(one_route(), |_| {
        ok(json!({
            "statusCode": 201,
            "headers": {"Content-Type": "application/json", "x-count": 3, "x-flag": true, "content-length": "99"},
            "multiValueHeaders": {},
            "cookies": ["a=1; HttpOnly", "b=2"],
            "body": BASE64.encode("{}"),
            "isBase64Encoded": true,
        }))
    });
    let response = bench.send(request("GET", "/orders/1", &[], "")).await;
    assert_eq!(response.status(), 201);
    let headers = response.headers().clone();
    assert_eq!(
        (&headers["content-type"], &headers["x-count"], &headers["x-flag"]),
        (&"application/json".parse().unwrap(), &"3".parse().unwrap(), &"true".parse().unwrap())
    );
    let cookies: Vec<_> = headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; HttpOnly", "b=2"]);
    assert!(!headers.contains_key("content-length"));
    assert_eq!(text(response).await, "{}");
}

#[tokio::test]
async fn an_invalid_result_returns_500() {
    let internal = || (500, message("Internal Server Error"));
    for (payload, error, expected) in [
        (r#"{"statusCode":204}"#, None, (204, json!(""))),
        (r#"{"statusCode":"404","body":"{\"a\":1}"}"#, None, (404, json!({"a": 1}))),
        (r#"{"hello":"world"}"#, None, (200, json!({"hello": "world"}))),
        (r#""just text""#, None, (200, json!("just text"))),
        (r#"[1,2]"#, None, (200, json!([1, 2]))),
        (r#"{"statusCode":"no"}"#, None, internal()),
        (r#"{"statusCode":99}"#, None, internal()),
        (r#"{"statusCode":1000}"#, None, internal()),
        (r#"{"statusCode":200,"headers":{"a b":"c"}}"#, None, internal()),
        (r#"{"statusCode":200,"body":"*","isBase64Encoded":true}"#, None, internal()),
        ("not json", None, internal()),
        (r#"{"errorType":"E","errorMessage":"secret"}"#, Some("Unhandled"), internal()),
    ] {
        let bench = bench(one_route(), move |_| answer(payload, error));
        assert_eq!(bench.get("/orders/1").await, expected, "{payload}");
    }
}

#[tokio::test]
async fn an_invoke_error_returns_its_status() {
    type Case = (fn() -> InvokeError, u16, &'static str);
    let refused: [Case; 4] = [
        (|| InvokeError::Throttled("get-order".into()), 503, "Service Unavailable"),
        (|| InvokeError::NoSuchFunction("get-order".into()), 500, "Internal Server Error"),
        (
            || InvokeError::TooLarge { operation: "get-order".into(), size: 7 },
            413,
            "Request Entity Too Large",
        ),
        (
            || InvokeError::Host { operation: "get-order".into(), reason: "no binary".into() },
            500,
            "Internal Server Error",
        ),
    ];
    for (error, status, text) in refused {
        let bench = bench(one_route(), move |_| Some(Err(error())));
        assert_eq!(bench.get("/orders/1").await, (status, message(text)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_exceeds_the_integration_timeout_returns_503() {
    let bench = bench(one_route(), |_| None);
    let started = tokio::time::Instant::now();
    let answered: (u16, Value) = bench.get("/orders/1").await;
    assert_eq!(answered, (503, message("Service Unavailable")));
    assert_eq!(started.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn a_client_that_disconnects_does_not_stop_the_function() {
    let bench = bench(one_route(), |_| None);
    let mut asked = Box::pin(bench.send(request("GET", "/orders/1", &[], "")));
    assert!(futures::poll!(&mut asked).is_pending());
    tokio::task::yield_now().await;
    drop(asked);
    assert_eq!(bench.fake.ran(), ["get-order"]);
}

#[tokio::test]
async fn a_problem_response_is_unchanged() {
    let problem = r#"{"type":"about:blank","status":409}"#;
    let bench = bench(one_route(), move |_| {
        ok(
            json!({"statusCode": 409, "headers": {"content-type": "application/problem+json"}, "body": problem}),
        )
    });
    let response = bench.send(request("GET", "/orders/1", &[], "")).await;
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(read(response).await, (409, serde_json::from_str(problem).unwrap()));
}
