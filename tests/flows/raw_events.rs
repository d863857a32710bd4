//! Events as only API Gateway could send them. The laptop's gateway cannot: its HTTP library refuses such requests.

use bytes::Bytes;
use model::invoke::{Invocation, Invoke};
use serde_json::{Value, json};
use tests::Shop;

/// Invokes a function with the sample event, changed by `change`, and returns its reply's status and code.
async fn invoked(shop: &Shop, operation: &str, change: impl Fn(&mut Value)) -> String {
    let path = format!("{}/../events/{operation}.json", env!("CARGO_MANIFEST_DIR"));
    let mut event: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("a sample")).expect("JSON");
    change(&mut event);
    let payload = Bytes::from(event.to_string());
    let invocation = Invocation { operation: operation.to_owned(), payload, trace_header: None };
    let answer = shop.cloud().invocations().invoke(invocation).await.expect("the function runs");
    assert_eq!(answer.function_error, None, "{event}: {answer:?}");
    let reply: Value = serde_json::from_slice(&answer.payload).expect("JSON");
    let body: Value = serde_json::from_str(reply["body"].as_str().unwrap_or("null")).expect("a JSON body");
    format!("{} {}", reply["statusCode"], body["code"].as_str().unwrap_or_default()).trim_end().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_that_is_not_http_is_a_400() {
    let shop = Shop::open().await;
    for query in [
        "category=<b>",
        "category=\"x\"",
        "category=a b",
        "x=<b>",
        "category=a\u{7f}",
        "a\nb",
        "category=\u{e9}",
    ] {
        let status = invoked(&shop, "list-products", |event| event["rawQueryString"] = json!(query)).await;
        assert_eq!(status, "400 invalid_query", "{query}");
    }
    let tracked = "utm_source=x&fbclid=y&limit=&cursor=";
    assert_eq!(
        invoked(&shop, "list-products", |event| event["rawQueryString"] = json!(tracked)).await,
        "200"
    );

    for host in ["", "exa mple", "[::1", "a/b", "\u{e9}.example"] {
        let status = invoked(&shop, "list-products", |event| event["headers"]["host"] = json!(host)).await;
        assert_eq!(status, "200", "the host {host:?} is not read");
        let status =
            invoked(&shop, "list-products", |event| event["requestContext"]["domainName"] = json!(host))
                .await;
        assert_eq!(status, "200", "the domain {host:?} is not read");
    }
    for path in ["", "//", "/a b", "/\u{e9}?<>", "http://"] {
        let status = invoked(&shop, "list-products", |event| event["rawPath"] = json!(path)).await;
        assert_eq!(status, "200", "the path {path:?} is not read");
    }
    for (name, value, status) in [
        ("user-agent", "Caf\u{e9}", "200"),
        ("user-agent", "a\nb", "400 malformed_request"),
        ("if-none-match", "\u{0}", "400 malformed_request"),
        ("a b", "x", "400 malformed_request"),
        ("", "x", "400 malformed_request"),
    ] {
        let reply = invoked(&shop, "list-products", |event| event["headers"][name] = json!(value)).await;
        assert_eq!(reply, status, "{name:?}: {value:?}");
    }
    let encoded = invoked(&shop, "log-in", |event| {
        event["isBase64Encoded"] = json!(true);
        event["body"] = json!("{not base64}");
    });
    assert_eq!(encoded.await, "400 malformed_request");
    shop.close().await;
}
