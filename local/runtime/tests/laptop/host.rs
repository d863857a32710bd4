//! The Lambda host with real processes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use engines::aws::Activity;
use futures::future::join_all;
use model::clock::Clock;
use model::deployment::{Deployment, Function};
use model::invoke::{Invocation, Invoke, InvokeError};
use runtime::host::{DEFAULT_CONCURRENCY, Host, LogLine, LogSource, Options, median};
use serde_json::{Value, json};

use crate::binaries;
use crate::cloud::*;

type Lines = Arc<Mutex<Vec<LogLine>>>;

fn host_options(functions: &[Function], endpoint_url: &str) -> (Options, Lines) {
    let lines = Lines::default();
    let sink = Arc::clone(&lines);
    let options = Options {
        clock: Clock::default(),
        binaries: binaries(),
        endpoint_url: endpoint_url.to_owned(),
        region: REGION.to_owned(),
        credentials: credentials(functions),
        concurrency: DEFAULT_CONCURRENCY,
        log: Arc::new(move |line| sink.lock().unwrap().push(line)),
        activity: Activity::default(),
        external: None,
    };
    (options, lines)
}

async fn start(functions: &[Function]) -> (Host, Lines) {
    let (options, lines) = host_options(functions, "http://127.0.0.1:1");
    (Host::start(functions, options).await.unwrap(), lines)
}

fn invocation(event: &Value) -> Invocation {
    let payload = Bytes::from(event.to_string());
    Invocation { operation: "puppet".to_owned(), payload, trace_header: None }
}

async fn invoke(host: &Host, event: Value) -> (Value, Option<String>) {
    let answer = host.invoke(invocation(&event)).await.unwrap();
    (serde_json::from_slice(&answer.payload).unwrap(), answer.function_error)
}

#[tokio::test]
async fn sequential_invocations_share_a_process_and_concurrent_ones_start_more() {
    let functions = [function("puppet", Vec::new())];
    let (host, _) = start(&functions).await;
    let (first, error) = invoke(&host, json!({ "n": 1 })).await;
    assert_eq!((&first["event"]["n"], error), (&json!(1), None));
    let (second, _) = invoke(&host, json!({})).await;
    assert_eq!(first["pid"], second["pid"]);

    let many = join_all((0..30).map(|n| invoke(&host, json!({ "n": n })))).await;
    let pids: std::collections::BTreeSet<_> =
        many.iter().map(|(answer, _)| answer["pid"].as_u64().unwrap()).collect();
    assert!((2..=10).contains(&pids.len()), "{pids:?}");
    let statistics = &host.statistics()[0];
    assert_eq!((statistics.durations.len(), statistics.errors), (32, 0));
    assert_eq!(statistics.inits.len(), pids.len());
    assert!(median(&statistics.inits).unwrap() < Duration::from_secs(5));
    assert!(cfg!(not(target_os = "linux")) || statistics.peak_memory > 1_000_000);
    assert_eq!(host.running(), 0);

    host.shutdown().await;
    for pid in pids {
        assert!(
            !std::path::Path::new(&format!("/proc/{pid}/cmdline")).exists() || is_gone(pid),
            "{pid} still runs"
        );
    }
    let stopped = host.invoke(invocation(&json!({}))).await.unwrap_err();
    assert!(matches!(stopped, InvokeError::Host { .. }), "{stopped}");
}

/// Returns whether a process is dead. A killed process that has not been waited for has an empty command line.
fn is_gone(pid: u64) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline")).map_or(true, |text| text.is_empty())
}

#[tokio::test]
async fn failures_have_lambdas_error_types() {
    let functions = [function("puppet", Vec::new())];
    let (host, lines) = start(&functions).await;
    let (answer, error) = invoke(&host, json!({ "do": "fail" })).await;
    assert_eq!(
        (answer["errorMessage"].as_str(), error.as_deref()),
        (Some("told to fail"), Some("Unhandled"))
    );
    let (answer, error) = invoke(&host, json!({ "do": "panic" })).await;
    assert!(answer["errorMessage"].as_str().unwrap().contains("told to panic"), "{answer}");
    assert_eq!(error.as_deref(), Some("Unhandled"));
    let (answer, error) = invoke(&host, json!({ "do": "exit" })).await;
    assert_eq!(
        (answer["errorType"].as_str(), error.as_deref()),
        (Some("Runtime.ExitError"), Some("Unhandled"))
    );
    assert!(answer["errorMessage"].as_str().unwrap().contains("exit status: 7"), "{answer}");
    let (_, error) = invoke(&host, json!({})).await;
    assert_eq!(error, None);
    assert_eq!(host.statistics()[0].errors, 3);
    let reports = lines.lock().unwrap().iter().filter(|line| line.line.starts_with("REPORT ")).count();
    assert_eq!(reports, 4);
    host.shutdown().await;
}

#[tokio::test]
async fn an_invocation_that_exceeds_its_timeout_is_killed() {
    let mut puppet = function("puppet", Vec::new());
    puppet.timeout = Duration::from_millis(300);
    let (host, lines) = start(&[puppet]).await;
    let began = Instant::now();
    let (answer, error) = invoke(&host, json!({ "do": "hang" })).await;
    assert!(began.elapsed() < SOON);
    assert!(
        answer["errorMessage"].as_str().unwrap().ends_with("Task timed out after 0.30 seconds"),
        "{answer}"
    );
    assert_eq!(error.as_deref(), Some("Unhandled"));
    assert!(lines.lock().unwrap().iter().any(|line| line.line.ends_with("Status: timeout")));
    let (_, error) = invoke(&host, json!({})).await;
    assert_eq!(error, None);
    host.shutdown().await;
}

#[tokio::test]
async fn an_invocation_over_the_concurrency_limit_waits_and_is_then_throttled() {
    let mut puppet = function("puppet", Vec::new());
    puppet.concurrency = Some(1);
    puppet.timeout = Duration::from_millis(500);
    let (host, _) = start(&[puppet]).await;
    invoke(&host, json!({})).await;
    let waited = join_all((0..5).map(|n| invoke(&host, json!({ "n": n })))).await;
    assert!(waited.iter().all(|(_, error)| error.is_none()));
    // Two invocations hang for the whole timeout, so the third does not get a permit.
    let hang = json!({ "do": "hang" });
    let (_, _, third) = tokio::join!(
        host.invoke(invocation(&hang)),
        host.invoke(invocation(&hang)),
        host.invoke(invocation(&hang))
    );
    assert_eq!(third.unwrap_err(), InvokeError::Throttled("puppet".to_owned()));
    host.shutdown().await;
}

#[tokio::test]
async fn a_function_that_cannot_start_returns_the_reason() {
    let mut exits = function("puppet", Vec::new());
    exits.environment.insert("PUPPET_INIT".to_owned(), "exit".to_owned());
    let (host, _) = start(&[exits, function("no-such-binary", Vec::new())]).await;
    let (answer, error) = invoke(&host, json!({})).await;
    assert_eq!(
        (answer["errorType"].as_str(), error.as_deref()),
        (Some("Runtime.ExitError"), Some("Unhandled"))
    );
    let missing = Invocation { operation: "no-such-binary".to_owned(), ..invocation(&json!({})) };
    let error = host.invoke(missing).await.unwrap_err().to_string();
    assert!(error.contains("no-such-binary") && error.contains("No such file"), "{error}");
    let unknown = Invocation { operation: "unknown".to_owned(), ..invocation(&json!({})) };
    assert_eq!(host.invoke(unknown).await.unwrap_err(), InvokeError::NoSuchFunction("unknown".to_owned()));
    host.shutdown().await;
}

#[tokio::test]
async fn the_environment_has_lambdas_and_the_functions_variables_only() {
    let mut puppet = function("puppet", Vec::new());
    puppet.environment.insert("TABLE".to_owned(), "orders".to_owned());
    let functions = [puppet];
    let (host, _) = start(&functions).await;
    let (environment, _) = invoke(&host, json!({ "do": "environment" })).await;
    let all = credentials(&functions);
    assert_eq!(environment["AWS_ACCESS_KEY_ID"], all.of("puppet").unwrap().access_key_id);
    for (name, value) in [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "bodega-puppet"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_REGION", REGION),
        ("TABLE", "orders"),
        ("TZ", ":UTC"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    assert!(environment.get("HOME").is_none() && environment.get("CARGO_BIN_EXE_puppet").is_none());
    host.shutdown().await;
}

#[tokio::test]
async fn an_invocations_log_lines_are_between_start_and_end() {
    let functions = [function("puppet", Vec::new())];
    let (host, lines) = start(&functions).await;
    for _ in 0..20 {
        let (answer, _) = invoke(&host, json!({ "do": "log" })).await;
        let id = answer["request_id"].as_str().unwrap();
        let mine: Vec<LogLine> = std::mem::take(&mut *lines.lock().unwrap());
        assert!(mine.iter().all(|line| line.request_id.as_deref() == Some(id)), "{mine:#?}");
        let mut texts: Vec<&str> = mine.iter().map(|line| line.line.split(' ').next().unwrap()).collect();
        assert_eq!(mine[1].source, LogSource::Function);
        texts[1..3].sort_unstable();
        assert_eq!(texts, ["START", "to", "to", "END", "REPORT"]);
    }
    host.shutdown().await;
}

#[tokio::test]
async fn the_aws_endpoint_serves_the_invoke_api() {
    let deployment = Deployment { functions: vec![function("puppet", Vec::new())], ..Deployment::default() };
    let endpoint = endpoint(&deployment, options(None)).await;
    let (host_options, lines) = host_options(&deployment.functions, endpoint.url());
    let host =
        Host::start(&deployment.functions, Options { activity: endpoint.activity().clone(), ..host_options });
    let host = host.await.unwrap();
    endpoint.serve_lambda(Arc::new(host.clone()));
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let post = |name: &str, kind: &str| {
        let url = format!("{}/2015-03-31/functions/{name}/invocations", endpoint.url());
        client.post(url).header("x-amz-invocation-type", kind).header("x-amz-log-type", "Tail")
    };
    let arn = deployment.functions[0].arn.replace(':', "%3A");
    for name in ["puppet", "bodega-puppet", &arn] {
        let response = post(name, "RequestResponse").body(r#"{"do":"log"}"#).send().await.unwrap();
        assert_eq!(response.status(), 200, "{name}");
        let tail = BASE64.decode(&response.headers()["x-amz-log-result"]).unwrap();
        assert!(String::from_utf8(tail).unwrap().contains("to standard output\n"));
        assert_eq!(response.headers()["x-amz-executed-version"], "$LATEST");
    }
    let failed = post("puppet", "RequestResponse").body(r#"{"do":"fail"}"#).send().await.unwrap();
    assert_eq!(
        (failed.status().as_u16(), &failed.headers()["x-amz-function-error"]),
        (200, &"Unhandled".parse().unwrap())
    );
    assert_eq!(post("nobody", "RequestResponse").send().await.unwrap().status(), 404);
    assert_eq!(post("puppet", "RequestResponse").body("{").send().await.unwrap().status(), 400);
    assert_eq!(post("puppet", "DryRun").send().await.unwrap().status(), 204);
    let get = async |path: &str| {
        let response = client.get(format!("{}/2015-03-31/functions{path}", endpoint.url())).send().await;
        let (status, body) = response.map(|response| (response.status(), response.json::<Value>())).unwrap();
        (status.as_u16(), body.await.unwrap())
    };
    for list in ["", "/"] {
        let (status, functions) = get(list).await;
        assert_eq!((status, &functions["Functions"][0]["FunctionName"]), (200, &json!("bodega-puppet")));
    }
    assert_eq!(get("/puppet/configuration").await.1["FunctionName"], "bodega-puppet");
    for other in ["/nobody", "/puppet/policy", "-of-others", "//"] {
        assert_eq!(get(other).await.0, 404, "{other}");
    }
    lines.lock().unwrap().clear();
    assert_eq!(post("puppet", "Event").body("{}").send().await.unwrap().status(), 202);
    let mut changes = endpoint.activity().subscribe();
    let reported = || lines.lock().unwrap().iter().any(|line| line.line.starts_with("REPORT "));
    tokio::time::timeout(SOON, changes.wait_for(|_| reported())).await.unwrap().unwrap();

    // A second host runs its functions on the first one, through its Invoke API.
    let (host_options, _) = self::host_options(&deployment.functions, endpoint.url());
    let external = Some(endpoint.url().parse().unwrap());
    let second =
        Host::start(&deployment.functions, Options { external, binaries: "/nowhere".into(), ..host_options });
    let second = second.await.unwrap();
    let (answer, error) = invoke(&second, json!({ "n": 3 })).await;
    assert_eq!((&answer["event"]["n"], error), (&json!(3), None));
    let (_, error) = invoke(&second, json!({ "do": "fail" })).await;
    assert_eq!(error.as_deref(), Some("Unhandled"));
    host.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn an_external_hosts_500_is_a_function_error_or_a_host_error() {
    let answer = |body: &str| (axum::http::StatusCode::INTERNAL_SERVER_ERROR, body.to_owned());
    let failed = answer(r#"{"errorType":"Refusal","errorMessage":"told to fail"}"#);
    let broken = answer("no function listens");
    let router = axum::Router::new()
        .route("/2015-03-31/functions/puppet/invocations", axum::routing::post(async || failed))
        .route("/2015-03-31/functions/do-nothing/invocations", axum::routing::post(async || broken));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let functions = [function("puppet", Vec::new()), function("do-nothing", Vec::new())];
    let (options, _) = host_options(&functions, "http://127.0.0.1:1");
    let host =
        Host::start(&functions, Options { external: Some(url.parse().unwrap()), ..options }).await.unwrap();
    let (answer, error) = invoke(&host, json!({})).await;
    assert_eq!((&answer["errorMessage"], error.as_deref()), (&json!("told to fail"), Some("Unhandled")));
    let broken = Invocation { operation: "do-nothing".to_owned(), ..invocation(&json!({})) };
    let error = host.invoke(broken).await.unwrap_err().to_string();
    assert!(error.contains("no function listens"), "{error}");
}

#[tokio::test]
async fn warm_functions_run_without_a_cold_start() {
    let functions = [function("puppet", Vec::new()), function("do-nothing", Vec::new())];
    let (host, _) = start(&functions).await;
    host.warm(host.operations()).await;
    let started: Vec<usize> = host.statistics().iter().map(|statistics| statistics.inits.len()).collect();
    assert_eq!(started, [1, 1]);
    invoke(&host, json!({})).await;
    assert!(host.statistics().iter().all(|statistics| statistics.inits.len() == 1));
    host.shutdown().await;
}
