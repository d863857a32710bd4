//! Lambda authorizers and signed requests.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use axum::extract::Request;
use serde_json::{Value, json};

use super::{Bench, answer, api_of, bench, echo, message, ok, read, request};
use engines::credentials::Caller;
use model::deployment::{Api, RouteAuth};
use model::invoke::{Answer, Invocation, InvokeError};

pub(super) fn api() -> Api {
    let tokens = || RouteAuth::Lambda("Tokens".to_owned());
    api_of(&[
        ("GET", "/orders", "list-orders", tokens()),
        ("GET", "/orders/{order_id}", "get-order", tokens()),
        ("ANY", "/internal/{proxy+}", "internal", RouteAuth::Iam),
    ])
}

/// Allows "good", denies "bad", and fails for "broken".
fn authorizer(invocation: &Invocation) -> Option<Result<Answer, InvokeError>> {
    if invocation.operation != "authorize-request" {
        return echo(invocation);
    }
    let event: Value = serde_json::from_slice(&invocation.payload).unwrap();
    match event["identitySource"][0].as_str().unwrap() {
        "good" => ok(json!({"isAuthorized": true, "context": {"user": "usr_1", "roles": ["a"]}})),
        "plain" => ok(json!({"isAuthorized": true})),
        "bad" => ok(json!({"isAuthorized": false})),
        "odd" => ok(json!({"principalId": "x"})),
        "slow" => None,
        _ => answer("{}", Some("Unhandled")),
    }
}

async fn ask(bench: &Bench, path: &str, token: Option<&str>) -> (u16, Value) {
    let headers: Vec<(&str, &str)> = token.map(|token| ("authorization", token)).into_iter().collect();
    read(bench.send(request("GET", path, &headers, "")).await).await
}

#[tokio::test]
async fn decisions_are_cached_by_token() {
    let bench = bench(api(), authorizer);
    assert_eq!(ask(&bench, "/orders", Some("good")).await, (200, json!("list-orders")));
    let event = bench.fake.event();
    assert_eq!(event["requestContext"]["authorizer"], json!({"lambda": {"user": "usr_1", "roles": ["a"]}}));
    assert_eq!(ask(&bench, "/orders/ord_1", Some("good")).await, (200, json!("get-order")));
    assert_eq!(ask(&bench, "/orders", Some("bad")).await, (403, message("Forbidden")));
    assert_eq!(ask(&bench, "/orders", Some("bad")).await, (403, message("Forbidden")));
    assert_eq!(bench.fake.ran(), ["authorize-request", "list-orders", "get-order", "authorize-request"]);
}

#[tokio::test]
async fn the_authorizer_event_describes_the_request() {
    let bench = bench(api(), authorizer);
    ask(&bench, "/orders/ord_1?a=1", Some("bad")).await;
    let event = bench.fake.event();
    assert_eq!(
        (&event["version"], &event["type"], &event["identitySource"]),
        (&json!("2.0"), &json!("REQUEST"), &json!(["bad"]))
    );
    assert_eq!(
        event["routeArn"],
        "arn:aws:execute-api:eu-west-1:123456789012:orders/$default/GET/orders/ord_1"
    );
    assert_eq!(event["pathParameters"], json!({"order_id": "ord_1"}));
    assert_eq!(event["headers"]["authorization"], "bad");
    assert_eq!(event["requestContext"]["http"]["method"], "GET");
    assert!(event.get("body").is_none() && event.get("isBase64Encoded").is_none());
}

#[tokio::test]
async fn a_missing_token_returns_401_without_the_authorizer() {
    let bench = bench(api(), authorizer);
    for token in [None, Some("")] {
        assert_eq!(ask(&bench, "/orders", token).await, (401, message("Unauthorized")));
    }
    assert!(bench.fake.ran().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failed_authorizer_returns_500_and_is_not_cached() {
    let bench = bench(api(), authorizer);
    for token in ["broken", "odd", "slow", "broken"] {
        let answered = ask(&bench, "/orders", Some(token)).await;
        assert_eq!(answered, (500, message("Internal Server Error")), "{token}");
    }
    assert_eq!(bench.fake.ran().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_cached_decision_expires_after_its_ttl() {
    let bench = bench(api(), authorizer);
    let asked = |bench: &Bench| bench.fake.ran().iter().filter(|name| *name == "authorize-request").count();
    for (wait, expected) in [(0, 1), (59, 1), (1, 2), (30, 2)] {
        tokio::time::advance(Duration::from_secs(wait)).await;
        assert_eq!(ask(&bench, "/orders", Some("plain")).await.0, 200);
        assert_eq!(asked(&bench), expected, "after {wait} s more");
    }
    assert_eq!(bench.fake.event()["requestContext"]["authorizer"], json!({"lambda": null}));
}

#[tokio::test]
async fn a_ttl_of_zero_disables_the_cache() {
    let mut api = api();
    api.authorizers.get_mut("Tokens").unwrap().ttl = Duration::ZERO;
    let bench = bench(api, authorizer);
    for _ in 0..2 {
        ask(&bench, "/orders", Some("bad")).await;
    }
    assert_eq!(bench.fake.ran().len(), 2);
}

/// The parts of a signature that tests vary.
pub(super) struct Signing<'s> {
    pub caller: &'s Caller,
    pub service: &'s str,
    pub region: &'s str,
    pub time: SystemTime,
}

pub(super) fn signed(signing: &Signing<'_>, method: &str, path: &str, body: &str) -> Request {
    let Caller { access_key_id, secret_access_key, session_token, .. } = signing.caller;
    let identity = aws_credential_types::Credentials::new(
        access_key_id,
        secret_access_key,
        Some(session_token.clone()),
        None,
        "test",
    )
    .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(signing.region)
        .name(signing.service)
        .time(signing.time)
        .settings(SigningSettings::default())
        .build()
        .unwrap();
    let url = format!("http://127.0.0.1:3002{path}");
    let headers = [("content-type", "application/json")];
    let signable =
        SignableRequest::new(method, &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))
            .unwrap();
    let (instructions, _) = sign(signable, &params.into()).unwrap().into_parts();
    // Proxies may add unsigned headers.
    let more = [headers[0], ("user-agent", "test"), ("x-amzn-trace-id", "Root=1-2-3")];
    let mut request = request(method, path, &more, body.to_owned());
    instructions.apply_to_request_http1x(&mut request);
    request
}

#[tokio::test]
async fn a_signed_request_reaches_the_function_with_its_caller() {
    let bench = bench(api(), echo);
    let caller = bench.credentials.of("place-order").unwrap().clone();
    let signing =
        Signing { caller: &caller, service: "execute-api", region: "eu-west-1", time: SystemTime::now() };
    for (method, path, body) in [
        ("POST", "/internal/reservations", r#"{"order":"ord_1"}"#),
        ("GET", "/internal/products/a%20b:c?x=1&y=a%2Fb&x=0", ""),
    ] {
        let answered = read(bench.send(signed(&signing, method, path, body)).await).await;
        assert_eq!(answered, (200, json!("internal")), "{path}");
    }
    let iam = bench.fake.event()["requestContext"]["authorizer"]["iam"].clone();
    assert_eq!(iam["accessKey"], json!(caller.access_key_id));
    assert_eq!(iam["accountId"], "123456789012");
    assert_eq!(iam["userArn"], "arn:aws:sts::123456789012:assumed-role/place-order/place-order");
}

#[tokio::test]
async fn a_signed_request_without_permission_returns_403() {
    let bench = bench(api(), echo);
    let caller = bench.credentials.of("get-order").unwrap().clone();
    let signing =
        Signing { caller: &caller, service: "execute-api", region: "eu-west-1", time: SystemTime::now() };
    let refused = read(bench.send(signed(&signing, "POST", "/internal/reservations", "{}")).await).await;
    assert_eq!(refused, (403, message("Forbidden")));
    assert!(bench.fake.ran().is_empty());
}

#[tokio::test]
async fn an_invalid_signature_returns_403() {
    let bench = bench(api(), echo);
    let caller = bench.credentials.of("place-order").unwrap().clone();
    let path = "/internal/reservations";
    let good =
        || Signing { caller: &caller, service: "execute-api", region: "eu-west-1", time: SystemTime::now() };
    let mut stranger = caller.clone();
    stranger.access_key_id = "ASIASTRANGER".to_owned();
    let mut guessed = caller.clone();
    guessed.secret_access_key = "guessed".to_owned();
    let mut tokenless = caller.clone();
    tokenless.session_token = "other".to_owned();
    let old = SystemTime::now() - Duration::from_secs(400);
    let mut refused = vec![
        request("POST", path, &[], "{}"),
        request("POST", path, &[("authorization", "Bearer x")], "{}"),
        signed(&Signing { service: "sqs", ..good() }, "POST", path, "{}"),
        signed(&Signing { region: "us-east-1", ..good() }, "POST", path, "{}"),
        signed(&Signing { time: old, ..good() }, "POST", path, "{}"),
        signed(&Signing { caller: &stranger, ..good() }, "POST", path, "{}"),
        signed(&Signing { caller: &guessed, ..good() }, "POST", path, "{}"),
        signed(&Signing { caller: &tokenless, ..good() }, "POST", path, "{}"),
    ];
    let mut other_body = signed(&good(), "POST", path, "{}");
    *other_body.body_mut() = "{ }".into();
    let mut other_path = signed(&good(), "POST", path, "{}");
    *other_path.uri_mut() = "/internal/other".parse().unwrap();
    let mut other_method = signed(&good(), "POST", path, "{}");
    *other_method.method_mut() = http::Method::PUT;
    refused.extend([other_body, other_path, other_method]);
    for (index, request) in refused.into_iter().enumerate() {
        assert_eq!(read(bench.send(request).await).await, (403, message("Forbidden")), "{index}");
    }
    assert!(bench.fake.ran().is_empty());
}
