//! Functions that other tools run: `cargo dev env` and `cargo dev exec`, with a fake console.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use axum::Router;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::Command;

/// Starts a console with two functions, and returns its port.
async fn console() -> u16 {
    let function = |operation: &str, logical_id: &str| {
        let environment = json!({ "AWS_REGION": "eu-west-1", "TABLE_NAME": operation });
        json!({ "operation": operation, "logical_id": logical_id, "environment": environment })
    };
    let functions =
        json!([function("get-order", "GetOrderFunction"), function("place-order", "PlaceOrderFunction")]);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().route("/functions", get(async move || functions.to_string()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

fn program(console: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dev"));
    command.env("BODEGA_CONSOLE_PORT", console.to_string()).env_remove("AWS_LAMBDA_RUNTIME_API");
    command
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Writes a function's binary that prints its arguments and its environment.
fn binary(folder: &Path, operation: &str) -> std::path::PathBuf {
    let binary = folder.join(operation);
    std::fs::write(&binary, "#!/bin/sh\necho \"$@\"\nexec env\n").unwrap();
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
    binary
}

#[tokio::test]
async fn env_prints_one_environment_or_sams_file() {
    let console = console().await;
    let one = program(console).args(["env", "place-order"]).output().await.unwrap();
    assert_eq!(stdout(&one), "AWS_REGION=eu-west-1\nTABLE_NAME=place-order\n");
    let all = program(console).args(["env", "--sam"]).output().await.unwrap();
    let all: serde_json::Value = serde_json::from_str(&stdout(&all)).unwrap();
    assert_eq!(all["GetOrderFunction"]["TABLE_NAME"], "get-order");
    assert_eq!(all["PlaceOrderFunction"]["AWS_REGION"], "eu-west-1");

    let unknown = refusal(&program(console).args(["env", "place-oder"]).output().await.unwrap());
    assert!(unknown.contains("place-oder") && unknown.contains("get-order, place-order"), "{unknown}");
    let neither = refusal(&program(console).arg("env").output().await.unwrap());
    assert!(neither.contains("<OPERATION>"), "{neither}");
    let not_running = refusal(&program(1).args(["env", "place-order"]).output().await.unwrap());
    assert!(not_running.contains("no shop is running at http://127.0.0.1:1"), "{not_running}");
}

#[tokio::test]
async fn exec_runs_a_binary_with_the_functions_environment_only() {
    let console = console().await;
    let folder = tempfile::tempdir().unwrap();
    let exec = |operation: &str| {
        let mut command = program(console);
        command.arg("exec").arg(binary(folder.path(), operation)).args(["--flag", "word"]);
        command
    };
    let ran = exec("get-order").env("AWS_LAMBDA_RUNTIME_API", "http://127.0.0.1:9000/.rt").output().await;
    let ran = stdout(&ran.unwrap());
    let mut lines: Vec<&str> = ran.lines().collect();
    assert_eq!(lines.remove(0), "--flag word");
    // The shell sets these itself.
    lines.retain(|line| !["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|name| line.starts_with(name)));
    lines.sort_unstable();
    let expected =
        ["AWS_LAMBDA_RUNTIME_API=http://127.0.0.1:9000/.rt", "AWS_REGION=eu-west-1", "TABLE_NAME=get-order"];
    assert_eq!(lines, expected);

    let unasked = refusal(&exec("get-order").output().await.unwrap());
    assert!(unasked.contains("AWS_LAMBDA_RUNTIME_API is not set"), "{unasked}");
    let unknown = exec("no-function").env("AWS_LAMBDA_RUNTIME_API", "http://127.0.0.1:9000").output().await;
    assert!(refusal(&unknown.unwrap()).contains("no-function"));
}
