//! The console over HTTP.

use std::sync::Arc;
use std::time::Duration;

use model::deployment::{Deployment, QueueSource, Source};
use runtime::console::Console;
use runtime::invocations;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::cloud::*;

#[tokio::test]
async fn rest_lists_work_that_is_left_and_a_redrive_moves_dead_letters() {
    let source = QueueSource {
        queue_arn: queue_arn("work"),
        batch_size: 10,
        batching_window: Duration::ZERO,
        partial_failures: true,
        concurrency: None,
    };
    let policy = json!({ "deadLetterTargetArn": queue_arn("work-dead"), "maxReceiveCount": 1 }).to_string();
    let deployment = Deployment {
        functions: vec![function("consume", vec![Source::Queue(source)])],
        queues: vec![queue("work", &[("RedrivePolicy", &policy)]), queue("work-dead", &[])],
        ..Deployment::default()
    };
    let endpoint = endpoint(&deployment, options(None)).await;
    let recorder = Recorder::new(|_| Err("cannot"));
    let sources = Arc::new(start_sources(&deployment, &endpoint, recorder.clone(), None).await);
    let invocations = invocations::Recorder::new(recorder.clone());
    let console = Console {
        endpoint: Arc::clone(&endpoint),
        invocations,
        sources: Arc::clone(&sources),
        functions: Arc::new([]),
    };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let console_url = format!("http://{}", listener.local_addr().unwrap());
    let url = format!("{console_url}/rest");
    tokio::spawn(async move { axum::serve(listener, console.router()).await });
    let left = async |query: &str| -> Value {
        reqwest::get(format!("{url}{query}")).await.unwrap().json().await.unwrap()
    };

    assert_eq!(left("?wait=20000").await, json!([]));
    endpoint.send_message("work", "fails").await.unwrap();
    recorder.events_once(1).await;
    for query in ["", "?wait=100"] {
        let left = left(query).await;
        assert!(left[0].as_str().unwrap().starts_with("work: "), "{left}");
    }
    let redrive = async |queue: &str| {
        let post = reqwest::Client::new().post(format!("{console_url}/queues/{queue}/redrives"));
        post.send().await.unwrap()
    };
    endpoint.send_message("work-dead", "failed before").await.unwrap();
    let redriven: Value = redrive("work").await.json().await.unwrap();
    assert_eq!(redriven, json!({ "moved": 1, "dead_letter_queue": "work-dead" }));
    let unknown = redrive("nowhere").await;
    assert_eq!(unknown.status(), 404);
    assert!(unknown.text().await.unwrap().contains("work-dead"));

    // Credentials are only for this machine. A remote page can make its own name resolve to it.
    let client = reqwest::Client::new();
    let functions = || client.get(format!("{console_url}/functions"));
    assert_eq!(functions().send().await.unwrap().json::<Value>().await.unwrap(), json!([]));
    for (host, status) in
        [("localhost:8088", 200), ("[::1]:8088", 200), ("evil.example:8088", 403), ("127.0.0.1.example", 403)]
    {
        assert_eq!(functions().header("host", host).send().await.unwrap().status(), status, "{host}");
    }
    sources.shutdown().await;
    endpoint.shutdown().await;
}
