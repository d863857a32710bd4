//! A function that does what its event tells it to: the one that the laptop cloud's own tests run.
//!
//! `{"do": "echo" | "fail" | "panic" | "hang" | "exit" | "environment" | "log"}`; `PUPPET_INIT` does the same at init.

use std::time::Duration;

use lambda_http::Error;
use lambda_http::lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("PUPPET_INIT").is_ok_and(|what| what == "exit") {
        std::process::exit(3);
    }
    run(service_fn(act)).await
}

async fn act(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (payload, context) = event.into_parts();
    match payload["do"].as_str().unwrap_or("echo") {
        "fail" => Err("told to fail".into()),
        #[expect(clippy::panic, reason = "that is what it was told to do")]
        "panic" => panic!("told to panic"),
        "hang" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Value::Null)
        }
        "exit" => std::process::exit(7),
        "environment" => Ok(json!(std::env::vars().collect::<std::collections::BTreeMap<_, _>>())),
        "log" => {
            use std::io::Write;
            writeln!(std::io::stdout(), "to standard output")?;
            writeln!(std::io::stderr(), "to standard error")?;
            Ok(json!({ "request_id": context.request_id, "pid": std::process::id() }))
        }
        _ => Ok(json!({ "event": payload, "pid": std::process::id() })),
    }
}
