//! Schedules as event sources.

use model::clock::Clock;
use model::deployment::{Deployment, Function, ScheduleSource, Source};
use model::invoke::InvokeError;
use runtime::sources::{self, Sources};
use serde_json::{Value, json};

use crate::cloud::*;

fn schedule(expression: &str, input: Option<Value>) -> Source {
    Source::Schedule(ScheduleSource {
        name: "EveryMinute".to_owned(),
        expression: expression.to_owned(),
        enabled: true,
        input,
    })
}

#[tokio::test]
async fn a_schedule_fires_by_hand_with_any_time() {
    let deployment = Deployment {
        functions: vec![
            function("expire-orders", vec![schedule("rate(1 minute)", None)]),
            function("report", vec![schedule("cron(0 6 * * ? *)", Some(json!({ "kind": "daily" })))]),
        ],
        ..Deployment::default()
    };
    let endpoint = endpoint(&deployment, options(None)).await;
    let recorder = Recorder::new(|_| Ok(json!({ "expired": 3 })));
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    assert_eq!(sources.scheduled().collect::<Vec<_>>(), ["expire-orders", "report"]);
    let answer = sources.trigger("expire-orders", "2030-01-02T03:04:05Z".parse().unwrap()).await.unwrap();
    assert_eq!(answer.payload, r#"{"expired":3}"#);
    sources.trigger("report", jiff::Timestamp::now()).await.unwrap();
    let unknown = sources.trigger("place-order", jiff::Timestamp::now()).await.unwrap_err();
    assert_eq!(unknown, InvokeError::NoSuchFunction("place-order".to_owned()));
    let events = recorder.events();
    assert_eq!(events[0]["time"], "2030-01-02T03:04:05Z");
    assert_eq!(events[0]["detail-type"], "Scheduled Event");
    assert_eq!((events[0]["source"].as_str(), &events[0]["detail"]), (Some("aws.events"), &json!({})));
    assert_eq!(events[0]["account"], ACCOUNT);
    assert_eq!(events[1], json!({ "kind": "daily" }));
    sources.shutdown().await;
    endpoint.shutdown().await;
}

/// Lambda invokes a function again, twice by default, whose asynchronous invocation has failed.
#[tokio::test]
async fn a_failed_run_is_repeated_twice_unless_the_template_says_otherwise() {
    let source = || vec![schedule("rate(1 minute)", Some(json!({ "function": "a schedule" })))];
    for (retries, invocations) in [(2, 3), (1, 2), (0, 1)] {
        let retried = Function { async_retries: retries, ..function("expire-orders", source()) };
        let deployment = Deployment {
            functions: vec![retried, function("report", vec![schedule("rate(1 hour)", None)])],
            ..Deployment::default()
        };
        let endpoint = endpoint(&deployment, options(None)).await;
        let recorder = Recorder::new(|event| match event["detail"] {
            Value::Null => Err("it fails"),
            _ => Ok(Value::Null),
        });
        let options = sources::Options {
            clock: Clock::default(),
            data: None,
            schedules: false,
            concurrency: 1,
            redelivery: sources::Redelivery::Backoff,
        };
        let sources = Sources::start(&deployment, endpoint.clone(), recorder.clone(), options).await.unwrap();
        let first = sources.trigger("expire-orders", jiff::Timestamp::now()).await.unwrap();
        assert!(first.function_error.is_some());
        recorder.events_once(invocations).await;
        // Another run shows that no further repetition came before it.
        sources.trigger("report", jiff::Timestamp::now()).await.unwrap();
        assert_eq!(recorder.events_once(invocations + 1).await.len(), invocations + 1);
        sources.shutdown().await;
        endpoint.shutdown().await;
    }
}

#[tokio::test]
async fn an_invalid_expression_is_a_start_error() {
    let deployment = Deployment {
        functions: vec![function("x", vec![schedule("at noon", None)])],
        ..Deployment::default()
    };
    let endpoint = endpoint(&deployment, options(None)).await;
    let options = sources::Options {
        clock: Clock::default(),
        data: None,
        schedules: true,
        concurrency: 1,
        redelivery: sources::Redelivery::AfterVisibility,
    };
    let started = Sources::start(&deployment, endpoint.clone(), Recorder::succeeding(), options).await;
    let error = started.err().unwrap().to_string();
    assert!(error.contains("EveryMinute") && error.contains("at noon"), "{error}");
    endpoint.shutdown().await;
}
