use strum::VariantArray;

use super::*;
use crate::metric::Metric;
use crate::{Logged, Trace, invocation};

/// Returns the lines written while `write` runs.
fn written(level: LevelFilter, write: impl FnOnce()) -> Vec<Value> {
    let logged = Logged::from_now(level);
    write();
    logged.take()
}

fn cause() -> tracing::Span {
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    crate::cause("JKJaXmPLvHcESHA=", Trace::of_header(header).ok())
}

fn lambda(request_id: &str) -> lambda_runtime::Context {
    let mut context = lambda_runtime::Context::default();
    request_id.clone_into(&mut context.request_id);
    context
}

#[test]
fn a_line_has_its_operation_and_cause() {
    let mut lines = written(LevelFilter::INFO, || {
        let _invocation = invocation(&lambda("b1a5")).entered();
        let _cause = cause().entered();
        tracing::warn!(count = 3, "the stream has not sent these");
        tracing::debug!("not logged");
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = lines.remove(0);
    let time: Timestamp = line["timestamp"].as_str().unwrap().parse().unwrap();
    assert!(Timestamp::now().duration_since(time).as_secs() < 60);
    insta::assert_json_snapshot!(line, { ".timestamp" => "now", ".cold_start" => "is it?" }, @r#"
    {
      "cold_start": "is it?",
      "correlation_id": "JKJaXmPLvHcESHA=",
      "count": 3,
      "level": "WARN",
      "message": "the stream has not sent these",
      "operation": "place-order",
      "request_id": "b1a5",
      "service": "orders",
      "stage": "dev",
      "timestamp": "now",
      "trace_id": "1-5759e988-bd862e3fe1be46a994272793"
    }
    "#);
}

#[test]
fn lines_of_the_security_log_are_marked_and_written_at_any_level() {
    let lines = written(LevelFilter::ERROR, || {
        let cause = cause();
        cause.record("user_id", "usr_1");
        cause.in_scope(
            || tracing::info!(target: crate::SECURITY, outcome = "refused", code = None::<&str>, "access"),
        );
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["log"], &lines[0]["user_id"]), (&json!("security"), &json!("usr_1")));
    assert_eq!(
        (lines[0].get("code"), lines[0].get("session_id")),
        (None, None),
        "what is not known is left out"
    );
}

#[test]
fn only_the_first_invocation_is_a_cold_start() {
    let lines = written(LevelFilter::INFO, || {
        for id in ["1", "2", "3"] {
            invocation(&lambda(id)).in_scope(|| tracing::info!("run"));
        }
    });
    // Another test of this process may have been the first.
    let cold: Vec<bool> = lines.iter().map(|line| line["cold_start"].as_bool().unwrap()).collect();
    assert!(cold == [true, false, false] || cold == [false; 3], "{cold:?}");
}

#[test]
fn no_trace_means_no_trace_id() {
    let lines = written(LevelFilter::INFO, || crate::cause("r", None).in_scope(|| tracing::info!("run")));
    assert_eq!((lines[0].get("trace_id"), &lines[0]["correlation_id"]), (None, &json!("r")));
}

#[test]
fn spans_of_libraries_are_ignored() {
    let lines = written(LevelFilter::INFO, || {
        let span =
            tracing::info_span!(target: "aws_sdk_dynamodb", "call", operation = "GetItem", service = "x");
        span.in_scope(|| tracing::info!("run"));
    });
    assert_eq!((&lines[0]["operation"], &lines[0]["service"]), (&json!("place-order"), &json!("orders")));
}

#[test]
fn libraries_log_warnings_and_errors_only() {
    let lines = written(LevelFilter::TRACE, || {
        tracing::debug!(target: "orders::place_order", "ours");
        tracing::debug!(target: "place_order", "ours");
        tracing::debug!(target: "aws_smithy_runtime::client", "a whole request");
        tracing::info!(target: "hyper", "a whole reply");
        tracing::warn!(target: "aws_smithy_runtime::client", "wrong");
    });
    let messages: Vec<&str> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["ours", "ours", "wrong"]);
    let lines = written(LevelFilter::ERROR, || tracing::warn!(target: "hyper", "wrong"));
    assert!(lines.is_empty());
}

#[test]
fn every_field_is_redacted() {
    let secret = "ada@mail.example paid with 4242 4242 4242 4242";
    let error = || Problem(secret.to_owned());
    let lines = written(LevelFilter::INFO, || {
        let _cause = crate::cause("eyJhbGciOiJFZERTQSJ9.e30.c2ln", None).entered();
        tracing::info!(text = secret, display = %secret, debug = ?error(), "{secret}");
        tracing::info!(error = &error() as &(dyn Error + 'static));
    });
    assert_eq!(lines.len(), 2);
    for line in lines {
        let line = line.to_string();
        for part in ["ada", "4242", "eyJ"] {
            assert!(!line.contains(part), "{line}");
        }
        assert!(line.contains("[removed] paid with [removed]"), "{line}");
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Problem(String);

fn schema() -> jsonschema::Validator {
    let schema = include_str!("../../../../tests/fixtures/emf/schema.json");
    jsonschema::draft7::new(&serde_json::from_str(schema).unwrap()).unwrap()
}

#[test]
fn every_metric_matches_cloudwatchs_schema() {
    let schema = schema();
    for metric in Metric::VARIANTS {
        let lines = written(LevelFilter::ERROR, || {
            let _invocation = invocation(&lambda("b1a5")).entered();
            metric.publish(7);
        });
        assert_eq!(lines.len(), 1, "{metric:?}, at any log level");
        let line = &lines[0];
        if let Err(error) = schema.validate(line) {
            panic!("{metric:?}: {error}\n{line}");
        }
        assert_eq!(line[metric.name()], 7, "the value is where the directive points");
        for dimension in crate::DIMENSIONS {
            assert!(line[dimension].is_string(), "{dimension} is where the directive points");
        }
        assert_eq!(line["request_id"], "b1a5", "the invocation can be queried");
    }
}

#[test]
fn a_metric_has_the_fields_of_a_log_line() {
    let lines = written(LevelFilter::INFO, || cause().in_scope(|| Metric::OutboxAge.publish(0)));
    insta::assert_json_snapshot!(lines[0], { "._aws.Timestamp" => "now", ".timestamp" => "now" }, @r#"
    {
      "OutboxAge": 0,
      "_aws": {
        "CloudWatchMetrics": [
          {
            "Dimensions": [
              [
                "stage",
                "service"
              ]
            ],
            "Metrics": [
              {
                "Name": "OutboxAge",
                "Unit": "Seconds"
              }
            ],
            "Namespace": "Bodega"
          }
        ],
        "Timestamp": "now"
      },
      "correlation_id": "JKJaXmPLvHcESHA=",
      "level": "INFO",
      "operation": "place-order",
      "service": "orders",
      "stage": "dev",
      "timestamp": "now",
      "trace_id": "1-5759e988-bd862e3fe1be46a994272793"
    }
    "#);
}

#[test]
fn the_schema_rejects_invalid_metrics() {
    let schema = schema();
    let lines = written(LevelFilter::INFO, || Metric::OutboxAge.publish(0));
    for (pointer, wrong) in [
        ("/_aws/Timestamp", json!("now")),
        ("/_aws/CloudWatchMetrics/0/Namespace", json!("")),
        ("/_aws/CloudWatchMetrics/0/Dimensions", json!([])),
        ("/_aws/CloudWatchMetrics/0/Metrics/0/Unit", json!("Pieces")),
    ] {
        let mut line = lines[0].clone();
        *line.pointer_mut(pointer).unwrap() = wrong;
        assert!(!schema.is_valid(&line), "{pointer}");
    }
}

#[test]
fn published_returns_the_metrics_only() {
    let published = crate::Published::from_now();
    Metric::OrdersPlaced.publish(1);
    tracing::info!("not a metric");
    Metric::OutboxAge.publish(301);
    assert_eq!(published.take(), ["OrdersPlaced=1", "OutboxAge=301"]);
    assert!(published.take().is_empty());
}
