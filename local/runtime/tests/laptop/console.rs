//! The console over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ses::types::{Body, Content, Destination, Message};
use bytes::Bytes;
use engines::aws::{Endpoint, Service};
use engines::faults::Broken;
use jiff::{SignedDuration, Timestamp};
use model::clock::Clock;
use model::deployment::{Deployment, QueueSource, Source};
use model::invoke::{Invocation, Invoke};
use reqwest::{Client, Method, RequestBuilder};
use runtime::console::Console;
use runtime::host::{self, LogLine, LogSource};
use runtime::invocations;
use runtime::logbook::Logbook;
use runtime::sources::Sources;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::cloud::*;

/// A console over a function that consumes a queue with a dead-letter queue, and fails.
struct Bench {
    url: String,
    client: Client,
    endpoint: Arc<Endpoint>,
    recorder: Arc<Recorder>,
    invocations: invocations::Recorder,
    logbook: Logbook,
    sources: Arc<Sources>,
}

impl Bench {
    async fn start() -> Self {
        let source = QueueSource {
            queue_arn: queue_arn("work"),
            batch_size: 10,
            batching_window: Duration::ZERO,
            partial_failures: true,
            concurrency: None,
        };
        let policy =
            json!({ "deadLetterTargetArn": queue_arn("work-dead"), "maxReceiveCount": 1 }).to_string();
        let deployment = Arc::new(Deployment {
            functions: vec![function("consume", vec![Source::Queue(source)])],
            queues: vec![queue("work", &[("RedrivePolicy", &policy)]), queue("work-dead", &[])],
            tables: vec![table("rows")],
            identities: vec!["bodega.example".to_owned()],
            ..Deployment::default()
        });
        let endpoint = endpoint(&deployment, options(None)).await;
        let recorder = Recorder::new(|_| Err("cannot"));
        let sources = Arc::new(start_sources(&deployment, &endpoint, recorder.clone(), None).await);
        let (invocations, logbook) = (invocations::Recorder::new(recorder.clone()), Logbook::default());
        let console = Console {
            clock: Clock::default(),
            deployment,
            endpoint: Arc::clone(&endpoint),
            invocations: invocations.clone(),
            logbook: logbook.clone(),
            sources: Arc::clone(&sources),
            functions: Arc::new([]),
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        tokio::spawn(async move { axum::serve(listener, console.router(&root)).await });
        Self { url, client: Client::new(), endpoint, recorder, invocations, logbook, sources }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Sends a request, and returns the status and the body as JSON, or as text.
    async fn send(&self, request: RequestBuilder) -> (u16, Value) {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(self.request(Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn refusal(&self, path: &str) -> u16 {
        self.send(self.request(Method::GET, path)).await.0
    }

    async fn close(self) {
        self.sources.shutdown().await;
        self.endpoint.shutdown().await;
    }
}

#[tokio::test]
async fn rest_lists_work_that_is_left_and_a_redrive_moves_dead_letters() {
    let bench = Bench::start().await;
    assert_eq!(bench.get("/rest?wait=20000").await, json!([]));
    bench.endpoint.send_message("work", "fails").await.unwrap();
    bench.recorder.events_once(1).await;
    for path in ["/rest", "/rest?wait=100"] {
        let left = bench.get(path).await;
        assert!(left[0].as_str().unwrap().starts_with("work: "), "{left}");
    }
    let redrive = async |queue: &str| {
        bench.send(bench.request(Method::POST, &format!("/queues/{queue}/redrives"))).await
    };
    bench.endpoint.send_message("work-dead", "failed before").await.unwrap();
    assert_eq!(redrive("work").await, (200, json!({ "moved": 1, "dead_letter_queue": "work-dead" })));
    let (status, reason) = redrive("nowhere").await;
    assert_eq!(status, 404);
    assert!(reason.as_str().unwrap().contains("work-dead"), "{reason}");
    bench.close().await;
}

#[tokio::test]
async fn other_hosts_and_other_pages_are_refused() {
    let bench = Bench::start().await;
    // Credentials are only for this machine. A remote page can make its own name resolve to it.
    for path in ["/", "/functions", "/invocations", "/mails"] {
        let status =
            async |host: &str| bench.send(bench.request(Method::GET, path).header("host", host)).await.0;
        assert_eq!(status("localhost:8088").await, 200, "{path}");
        assert_eq!(status("evil.example:8088").await, 403, "{path}");
    }
    // A browser sends a form of any page.
    let post = bench.request(Method::POST, "/queues/work/redrives").header("origin", "https://evil.example");
    assert_eq!(bench.send(post).await.0, 403);
    bench.close().await;
}

#[tokio::test]
async fn queues_are_counted_and_dead_letters_read_without_being_taken() {
    let bench = Bench::start().await;
    for body in ["first", "second"] {
        bench.endpoint.send_message("work-dead", body).await.unwrap();
    }
    let queues = bench.get("/queues").await;
    let counts = |visible: u64| json!({ "visible": visible, "in_flight": 0, "delayed": 0 });
    let mut work = counts(0);
    work["name"] = json!("work");
    work["dead_letters"] = json!(false);
    work["dead_letter_queue"] = json!("work-dead");
    work["consumers"] = json!(["consume"]);
    let mut dead = counts(2);
    dead["name"] = json!("work-dead");
    dead["dead_letters"] = json!(true);
    dead["consumers"] = json!([]);
    assert_eq!(queues, json!([work, dead]));
    for _ in 0..2 {
        let messages = bench.get("/queues/work-dead/messages").await;
        let mut bodies: Vec<&str> =
            messages.as_array().unwrap().iter().filter_map(|message| message["body"].as_str()).collect();
        bodies.sort_unstable();
        assert_eq!(bodies, ["first", "second"], "{messages}");
        assert!(messages[0]["sent_at"].is_string() && messages[0]["receives"].is_u64(), "{messages}");
    }
    assert_eq!(bench.get("/queues").await, queues, "they are still there");
    assert_eq!(bench.refusal("/queues/work/messages").await, 409, "its consumer would miss them");
    assert_eq!(bench.refusal("/queues/nowhere/messages").await, 404);
    bench.close().await;
}

#[tokio::test]
async fn rows_of_a_partition_or_the_first_ones_are_shown_with_what_they_cost() {
    let bench = Bench::start().await;
    for (pk, sk, total) in
        [("ORDER#1", "ORDER", "3690"), ("ORDER#1", "ENTRY#1", "1"), ("ORDER#2", "ORDER", "5")]
    {
        let item = json!({ "pk": { "S": pk }, "sk": { "S": sk }, "total": { "N": total } });
        let request = json!({ "TableName": "rows", "Item": item });
        bench.endpoint.call(Service::DynamoDb, "PutItem", &request).await.unwrap();
    }
    let tables = json!([{ "name": "rows", "service": "test", "keys": ["pk", "sk"], "indexes": [] }]);
    assert_eq!(bench.get("/tables").await, tables);
    let of_one = json!([
        { "pk": "ORDER#1", "sk": "ENTRY#1", "total": 1 },
        { "pk": "ORDER#1", "sk": "ORDER", "total": 3690 },
    ]);
    let read = bench.get("/tables/rows/rows?key=ORDER%231").await;
    assert_eq!(read, json!({ "rows": of_one, "more": false, "read_units": 0.5 }));
    let first = bench.get("/tables/rows/rows?rows=2").await;
    assert_eq!((first["rows"].as_array().unwrap().len(), &first["more"]), (2, &json!(true)));
    assert_eq!(bench.get("/tables/rows/rows").await["rows"].as_array().unwrap().len(), 3);
    assert_eq!(bench.refusal("/tables/others/rows").await, 404);
    assert_eq!(bench.refusal("/tables/rows/rows?index=gsi1").await, 404);
    bench.close().await;
}

#[tokio::test]
async fn a_fault_that_is_switched_on_happens_is_listed_and_is_switched_off() {
    let bench = Bench::start().await;
    let fault =
        json!({ "function": "consume", "action": "dynamodb:PutItem", "fault": "throttled", "calls": 2 });
    let post = || bench.request(Method::POST, "/faults");
    let (status, faults) = bench.send(post().json(&fault)).await;
    let planned = |nth: u32| json!({ "function": "consume", "action": "dynamodb:PutItem", "nth": nth, "fault": "throttled" });
    assert_eq!((status, faults), (201, json!({ "planned": [planned(1), planned(2)], "injected": [] })));
    let call = async || bench.endpoint.faults().around("consume", "dynamodb:PutItem", async { 7 }).await;
    assert_eq!(call().await, Err(Broken::Throttled));
    assert_eq!(bench.get("/faults").await, json!({ "planned": [planned(1)], "injected": [planned(1)] }));
    assert_eq!(bench.send(bench.request(Method::DELETE, "/faults")).await.0, 204);
    assert_eq!(bench.get("/faults").await, json!({ "planned": [], "injected": [] }));
    assert_eq!(call().await, Ok(7));
    bench.close().await;
}

#[tokio::test]
async fn a_fault_that_cannot_happen_is_refused() {
    let bench = Bench::start().await;
    let fault = json!({ "function": "consume", "action": "dynamodb:PutItem", "fault": "throttled" });
    for (name, value) in [
        ("function", json!("nothing")),
        ("action", json!("PutItem")),
        ("action", json!("dynamodb:")),
        ("fault", json!("conflict")),
        ("fault", json!("unknown")),
        ("nth", json!(0)),
        ("calls", json!(0)),
        ("calls", json!(1_001)),
        ("rate", json!(1)),
    ] {
        let mut fault = fault.clone();
        fault[name] = value;
        let (status, reason) = bench.send(bench.request(Method::POST, "/faults").json(&fault)).await;
        assert_eq!(status, 422, "{fault}: {reason}");
    }
    // A form of any page can send this, without the question that browsers ask before they send JSON.
    let text = bench.request(Method::POST, "/faults").header("content-type", "text/plain");
    assert_eq!(bench.send(text.body(fault.to_string())).await.0, 415);
    assert_eq!(bench.get("/faults").await, json!({ "planned": [], "injected": [] }));
    bench.close().await;
}

#[tokio::test]
async fn a_mail_is_listed_without_its_bodies_and_shown_in_a_sandbox() {
    let bench = Bench::start().await;
    let text = |text: &str| Content::builder().data(text).build().unwrap();
    let html = "<html><head></head><body><a href=\"http://127.0.0.1:8080/order/1\">Yours</a></body></html>";
    let body = Body::builder().text(text("Yours")).html(text(html)).build();
    let message = Message::builder().subject(text("Your order")).body(body).build();
    let to = Destination::builder().to_addresses("ada@example.com").build();
    let send = ses(&bench.endpoint, key(&[], None)).send_email().source("shop@bodega.example");
    send.destination(to).message(message).send().await.unwrap();
    let mails = bench.get("/mails?summary=true&newest=1").await;
    assert_eq!((&mails[0]["subject"], &mails[0]["html"]), (&json!("Your order"), &Value::Null));
    let id = mails[0]["message_id"].as_str().unwrap();
    assert_eq!(bench.get(&format!("/mails/{id}")).await["text"], "Yours");
    let shown = bench.request(Method::GET, &format!("/mails/{id}/html")).send().await.unwrap();
    let policy = shown.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("sandbox allow-same-origin") && !policy.contains("allow-scripts"), "{policy}");
    assert!(shown.text().await.unwrap().contains("<base target=\"_blank\">"));
    assert_eq!(bench.get("/mails?newest=0").await, json!([]));
    assert_eq!(bench.refusal("/mails/unknown/html").await, 404);
    bench.close().await;
}

#[tokio::test]
async fn invocations_are_filtered_and_have_their_logs() {
    let bench = Bench::start().await;
    let sink = bench.logbook.before(host::silent());
    sink(LogLine {
        operation: "get-order".to_owned(),
        request_id: Some("request".to_owned()),
        source: LogSource::Function,
        line: r#"{"correlation_id":"abc=","message":"failed"}"#.to_owned(),
    });
    for operation in ["get-order", "list-orders"] {
        let event = r#"{ "requestContext": { "http": { "method": "GET", "path": "/orders" } } }"#;
        let (operation, payload) = (operation.to_owned(), Bytes::from(event));
        bench.invocations.invoke(Invocation { operation, payload, trace_header: None }).await.unwrap();
    }
    let names = async |query: &str| -> Vec<String> {
        let found = bench.get(&format!("/invocations{query}")).await;
        let names =
            found.as_array().unwrap().iter().map(|found| found["operation"].as_str().unwrap().to_owned());
        names.collect()
    };
    assert_eq!(names("").await, ["get-order", "list-orders"]);
    assert_eq!(names("?failed=true&newest=1").await, ["list-orders"]);
    assert_eq!(names("?operation=get-order").await, ["get-order"]);
    let found = &bench.get("/invocations?operation=get-order").await[0];
    assert_eq!((&found["correlation_id"], &found["cause"]), (&json!("abc="), &json!("GET /orders")));
    assert_eq!(bench.get("/invocations/request/log").await[0]["source"], "function");
    let followed = bench.get("/timeline?of=request").await;
    assert_eq!(followed["correlation_ids"], json!(["abc="]), "{followed}");
    assert_eq!(followed["invocations"][0]["lines"][0]["correlation_id"], "abc=", "{followed}");
    assert_eq!(bench.refusal("/timeline?of=abc%3D").await, 400, "too short to be an id");
    bench.close().await;
}

#[tokio::test]
async fn the_clock_is_read_and_set() {
    let bench = Bench::start().await;
    assert_eq!(bench.get("/clock").await["ahead"], "PT0S");
    let set = async |ahead: &str| {
        let request = bench.request(Method::PUT, "/clock").json(&json!({ "ahead": ahead }));
        bench.send(request).await
    };
    let (status, read) = set("PT336H").await;
    assert_eq!((status, &read["ahead"]), (200, &json!("PT336H")));
    let now: Timestamp = read["now"].as_str().unwrap().parse().unwrap();
    assert!(now > Timestamp::now() + SignedDuration::from_hours(335), "{now}");
    assert_eq!(set("two weeks").await.0, 422);
    assert_eq!(bench.get("/clock").await["ahead"], "PT336H");
    bench.close().await;
}

#[tokio::test]
async fn the_page_is_served_with_what_it_loads_and_nothing_else_of_the_repository() {
    let bench = Bench::start().await;
    let page = bench.request(Method::GET, "/").send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'"));
    let document = page.text().await.unwrap();
    let parts =
        document.split('"').filter(|part| part.starts_with("/console/") || part.starts_with("/assets/"));
    let parts: Vec<&str> = parts.collect();
    assert!(parts.len() > 3, "{document}");
    for part in parts {
        assert_eq!(bench.refusal(part).await, 200, "{part}");
    }
    for path in
        ["/console/nothing.js", "/console/%2e%2e/Cargo.toml", "/assets/%2e%2e/index.html", "/Cargo.toml"]
    {
        assert_eq!(bench.refusal(path).await, 404, "{path}");
    }
    bench.close().await;
}
