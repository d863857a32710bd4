use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::aws::Endpoint;
use crate::credentials::Caller;
use model::deployment::{BucketNotification, Cors, Deployment, Queue};

const BUCKET: &str = "bodega-images";
const SHA256: &str = "x-amz-checksum-sha256";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:uploads";

/// A function whose URLs are used here.
struct Signer;

impl Credentials for Signer {
    fn secret(&self, access_key_id: &str) -> Option<Caller> {
        (access_key_id == "ASIABODEGASIGNER").then(|| Caller {
            operation: "add-image".to_owned(),
            role_arn: String::new(),
            access_key_id: access_key_id.to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: "token".to_owned(),
        })
    }
}

async fn endpoint() -> Arc<Endpoint> {
    crate::aws::install_crypto();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let options = Options::in_memory("eu-west-1", "123456789012");
    let endpoint = Endpoint::start(listener, Arc::new(Signer), options).await.unwrap();
    let rule = Cors {
        origins: vec!["https://bodega.example".to_owned()],
        methods: vec!["PUT".to_owned()],
        headers: vec!["content-type".to_owned(), "x-amz-*".to_owned()],
        expose: vec!["ETag".to_owned()],
        max_age: Some(600),
        credentials: false,
    };
    let notification = BucketNotification {
        event: "s3:ObjectCreated:*".to_owned(),
        prefix: "uploads/".to_owned(),
        suffix: String::new(),
        queue_arn: QUEUE.to_owned(),
    };
    let bucket = Bucket {
        name: BUCKET.to_owned(),
        arn: format!("arn:aws:s3:::{BUCKET}"),
        cors: vec![rule],
        notifications: vec![notification],
    };
    let queue = Queue {
        name: "uploads".to_owned(),
        arn: QUEUE.to_owned(),
        url: String::new(),
        attributes: std::collections::BTreeMap::new(),
    };
    let deployment = Deployment { buckets: vec![bucket], queues: vec![queue], ..Deployment::default() };
    endpoint.provision(&deployment).await.unwrap();
    endpoint.provision(&deployment).await.expect("what is there stays");
    endpoint
}

/// Presigns a PUT of an object with these headers, as of `ago`.
fn presigned(endpoint: &Endpoint, key: &str, headers: &[(&str, &str)], ago: Duration) -> String {
    let url = format!("{}/{BUCKET}/{key}", endpoint.url());
    let credentials = aws_credential_types::Credentials::new(
        "ASIABODEGASIGNER",
        "secret",
        Some("token".to_owned()),
        None,
        "test",
    );
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(600));
    settings.percent_encoding_mode = aws_sigv4::http_request::PercentEncodingMode::Single;
    settings.excluded_headers = None;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name("s3")
        .time(SystemTime::now() - ago)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let signable = SignableRequest::new("PUT", &url, headers.iter().copied(), SignableBody::UnsignedPayload);
    let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
    let mut request = http::Request::builder().uri(&url).body(()).unwrap();
    instructions.apply_to_request_http1x(&mut request);
    request.uri().to_string()
}

async fn put(url: &str, body: &'static [u8], headers: &[(&str, &str)]) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let mut request = client.put(url).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn messages(endpoint: &Endpoint) -> Vec<Value> {
    let request = json!({ "QueueUrl": endpoint.queue_url(QUEUE), "MaxNumberOfMessages": 10 });
    let answer = endpoint.call(Service::Sqs, "ReceiveMessage", &request).await.unwrap();
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    messages.iter().map(|message| serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()).collect()
}

fn sha256(body: &[u8]) -> String {
    BASE64.encode(Sha256::digest(body))
}

#[tokio::test]
async fn an_upload_as_it_was_signed_is_kept_and_published() {
    let endpoint = endpoint().await;
    let hash = sha256(b"picture");
    let signed = [("content-type", "image/png"), ("content-length", "7"), (SHA256, &*hash)];
    let url = presigned(&endpoint, "uploads/img_1", &signed, Duration::ZERO);
    let (status, answer) = put(&url, b"picture", &[signed[0], signed[2]]).await;
    assert_eq!(status, 200, "{answer}");
    let object = endpoint.object(BUCKET, "uploads/img_1", Method::GET, HeaderMap::new()).await;
    assert_eq!(&object.body()[..], b"picture");
    assert_eq!(object.headers()[CONTENT_TYPE], "image/png");
    let [event] = &messages(&endpoint).await[..] else { panic!("one message") };
    let record = &event["Records"][0];
    assert_eq!(record["eventName"], "ObjectCreated:Put");
    assert_eq!(record["s3"]["object"]["key"], "uploads/img_1");
    assert_eq!(record["s3"]["object"]["size"], 7);
}

#[tokio::test]
async fn an_upload_of_another_type_length_or_hash_than_signed_is_refused_and_not_kept() {
    let endpoint = endpoint().await;
    let (hash, other) = (sha256(b"picture"), sha256(b"another"));
    let signed = [("content-type", "image/png"), ("content-length", "7"), (SHA256, &*hash)];
    let url = presigned(&endpoint, "uploads/img_1", &signed, Duration::ZERO);
    for (what, body, headers, status, code) in [
        (
            "type",
            &b"picture"[..],
            vec![("content-type", "image/gif"), signed[2]],
            403,
            "SignatureDoesNotMatch",
        ),
        ("length", b"pictures", vec![signed[0], signed[2]], 400, "BadDigest"),
        ("length and hash", b"pictures", vec![signed[0]], 403, "SignatureDoesNotMatch"),
        ("content", b"another", vec![signed[0], signed[2]], 400, "BadDigest"),
        ("hash", b"another", vec![signed[0], (SHA256, &*other)], 403, "SignatureDoesNotMatch"),
        ("no hash", b"picture", vec![signed[0]], 403, "SignatureDoesNotMatch"),
    ] {
        let (found, answer) = put(&url, body, &headers).await;
        assert_eq!(found, status, "{what}: {answer}");
        assert!(answer.contains(&format!("<Code>{code}</Code>")), "{what}: {answer}");
    }
    let object = endpoint.object(BUCKET, "uploads/img_1", Method::GET, HeaderMap::new()).await;
    assert_eq!(object.status(), 404);
    assert_eq!(messages(&endpoint).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_url_that_has_expired_or_is_for_another_object_or_of_an_unknown_signer_is_refused() {
    let endpoint = endpoint().await;
    let fresh = presigned(&endpoint, "uploads/img_1", &[], Duration::ZERO);
    let expired = presigned(&endpoint, "uploads/img_1", &[], Duration::from_secs(601));
    for (url, code) in [
        (expired, "AccessDenied"),
        (fresh.replace("img_1", "img_2"), "SignatureDoesNotMatch"),
        (fresh.replace("X-Amz-Expires=600", "X-Amz-Expires=6000"), "SignatureDoesNotMatch"),
        (fresh.replace("ASIABODEGASIGNER", "AKIASOMEONE"), "InvalidAccessKeyId"),
    ] {
        let (status, answer) = put(&url, b"picture", &[]).await;
        assert_eq!(status, 403, "{answer}");
        assert!(answer.contains(&format!("<Code>{code}</Code>")), "{answer}");
    }
    assert_eq!(put(&fresh, b"picture", &[]).await.0, 200);
}

#[tokio::test]
async fn a_browser_may_use_a_bucket_from_the_pages_and_with_the_headers_of_its_rules() {
    let endpoint = endpoint().await;
    let url = presigned(&endpoint, "uploads/img_1", &[], Duration::ZERO);
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let ask = async |origin: &str, method: &str, headers: &str| {
        let request = client.request(Method::OPTIONS, &url).header(ORIGIN, origin);
        let request = request.header("access-control-request-method", method);
        request.header("access-control-request-headers", headers).send().await.unwrap()
    };
    let allowed = ask("https://bodega.example", "PUT", "content-type,x-amz-checksum-sha256").await;
    assert_eq!(allowed.status(), 200);
    assert_eq!(allowed.headers()["access-control-allow-origin"], "https://bodega.example");
    assert_eq!(allowed.headers()["access-control-allow-headers"], "content-type, x-amz-checksum-sha256");
    assert_eq!(allowed.headers()["access-control-max-age"], "600");
    assert_eq!(ask("https://evil.example", "PUT", "content-type").await.status(), 403);
    assert_eq!(ask("https://bodega.example", "DELETE", "").await.status(), 403);
    assert_eq!(ask("https://bodega.example", "PUT", "authorization").await.status(), 403);
    let answer =
        client.put(&url).header(ORIGIN, "https://bodega.example").body("picture").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["access-control-expose-headers"]),
        (200, &"ETag".parse().unwrap())
    );
    assert!(answer.headers().contains_key("access-control-allow-origin"));
}

#[test]
fn the_action_of_a_call_is_in_its_method_path_and_query() {
    for (method, path, expected) in [
        ("GET", "/", "ListBuckets"),
        ("GET", "/bucket?list-type=2&prefix=images%2F", "ListObjectsV2"),
        ("GET", "/bucket?policy", "Unsupported"),
        ("HEAD", "/bucket/", "HeadBucket"),
        ("GET", "/bucket/a/b?x-id=GetObject", "GetObject"),
        ("HEAD", "/bucket/a/b", "HeadObject"),
        ("PUT", "/bucket/a/b", "PutObject"),
        ("PUT", "/bucket/a/b?partNumber=1&uploadId=2", "UploadPart"),
        ("PUT", "/bucket/a/b?acl", "Unsupported"),
        ("DELETE", "/bucket/a/b", "DeleteObject"),
        ("DELETE", "/bucket/a/b?uploadId=2", "AbortMultipartUpload"),
        ("POST", "/bucket?delete", "DeleteObjects"),
    ] {
        let method = method.parse().unwrap();
        assert_eq!(action(&method, &path.parse().unwrap(), &HeaderMap::new()), expected, "{method} {path}");
    }
    for (asked, written) in [
        ("/bucket?list-type=2&encoding-type=url&prefix=a", "/bucket?list-type=2&prefix=a"),
        ("/bucket/key", "/bucket/key"),
    ] {
        assert_eq!(as_written(&asked.parse().unwrap()), written);
    }
    let call = in_process(Method::GET, "/bucket/a%20b/c", HeaderMap::new()).unwrap();
    assert_eq!(bucket_and_key(&call.uri), Some(("bucket".to_owned(), "a b/c".to_owned())));
    assert_eq!(call.headers[HOST], "127.0.0.1");
}

#[tokio::test]
async fn a_key_does_not_leave_the_prefix_that_rights_are_for() {
    let endpoint = endpoint().await;
    let url = presigned(&endpoint, "uploads/img_1", &[], Duration::ZERO);
    assert_eq!(put(&url, b"picture", &[]).await.0, 200);
    for key in ["images/../uploads/img_1", "images/%2e%2e/uploads/img_1", "./uploads/img_1"] {
        let object = endpoint.object(BUCKET, key, Method::GET, HeaderMap::new()).await;
        assert_eq!(object.status(), 400, "{key}");
    }
    let object = endpoint.object(BUCKET, "uploads/img_1", Method::GET, HeaderMap::new()).await;
    assert_eq!(object.status(), 200);
}
