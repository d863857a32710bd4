//! Events that the shop's own services and the laptop's gateway cannot send: its HTTP library refuses such requests.

use bytes::Bytes;
use engines::aws::Service;
use md5::{Digest, Md5};
use model::invoke::{Invocation, Invoke};
use serde_json::{Value, json};
use tests::Shop;

/// Invokes a function with the sample event, changed by `change`, and returns its reply's status and code.
pub async fn invoked(shop: &Shop, operation: &str, change: impl Fn(&mut Value)) -> String {
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

/// Returns the checksum of message attributes, which are sorted by name.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
fn checksum(attributes: &[(&str, &str, &[u8])]) -> String {
    let mut text = Vec::new();
    let append = |text: &mut Vec<u8>, bytes: &[u8]| {
        text.extend(u32::try_from(bytes.len()).expect("a short text").to_be_bytes());
        text.extend(bytes);
    };
    for (name, kind, value) in attributes {
        append(&mut text, name.as_bytes());
        append(&mut text, kind.as_bytes());
        text.push(if kind.starts_with("Binary") { 2 } else { 1 });
        append(&mut text, value);
    }
    Md5::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_body_of_a_message_matters() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    shop.settle().await;
    let user_id = ada.get("/users/me").await.body["user_id"].clone();
    let attributes = json!({
        "binary": { "DataType": "Binary.gif", "BinaryValue": "AAH/" },
        "number": { "DataType": "Number.float", "StringValue": "1e3" },
        "text": { "DataType": "String", "StringValue": "\u{e9}" },
    });
    let endpoint = shop.cloud().endpoint();
    for (id, attributes) in
        [("01KAQV8T00ADA0000000000008", &attributes), ("01KAQV8T00ADA0000000000009", &json!({}))]
    {
        let event = json!({
            "specversion": "1.0", "id": format!("evt_{id}"), "source": "/bodega/users", "subject": user_id,
            "time": "2026-11-23T10:00:00Z", "datacontenttype": "application/json", "correlationid": "test",
            "type": "bodega.user.registered.v1", "data": { "user_id": user_id },
        });
        let url = endpoint.queue_url(&shop.queue("account-mails"));
        let message =
            json!({ "QueueUrl": url, "MessageBody": event.to_string(), "MessageAttributes": attributes });
        let sent = endpoint.call(Service::Sqs, "SendMessage", &message).await.expect("the message is sent");
        if !attributes["text"].is_null() {
            let expected = checksum(&[
                ("binary", "Binary.gif", &[0, 1, 255]),
                ("number", "Number.float", b"1e3"),
                ("text", "String", "\u{e9}".as_bytes()),
            ]);
            assert_eq!(sent["MD5OfMessageAttributes"], expected);
        }
    }
    shop.settle().await;
    assert_eq!(shop.subjects(&ada.email), ["Welcome to Bodega"; 3]);
    shop.close().await;
}
