//! A function for the laptop cloud's own tests. Its event selects what it does:
//!
//! `{"do": "echo" | "fail" | "panic" | "hang" | "exit" | "environment" | "log" | "put"}`.
//!
//! `PUPPET_INIT` may be `exit` or `put`, which then happens at init. `put` writes an item with the key `pk` to the
//! table `orders`.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("PUPPET_INIT").is_ok_and(|what| what == "exit") {
        std::process::exit(3);
    }
    if std::env::var("PUPPET_INIT").is_ok_and(|what| what == "put") {
        put("init").await?;
    }
    run(service_fn(act)).await
}

/// Writes an item without retries, so that the test sees the first error.
async fn put(pk: &str) -> Result<(), Error> {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let token = Some(variable("AWS_SESSION_TOKEN"));
    let (id, secret) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")))
        .credentials_provider(Credentials::new(id, secret, token, None, "environment"))
        .endpoint_url(variable("AWS_ENDPOINT_URL"))
        .retry_config(RetryConfig::disabled())
        .build();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let put =
        Client::from_conf(config).put_item().table_name("orders").item("pk", text(pk)).item("sk", text("x"));
    put.send().await?;
    Ok(())
}

async fn act(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (payload, context) = event.into_parts();
    match payload["do"].as_str().unwrap_or("echo") {
        "fail" => Err("told to fail".into()),
        #[expect(clippy::panic, reason = "the event asks for a panic")]
        "panic" => panic!("told to panic"),
        "hang" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Value::Null)
        }
        "exit" => std::process::exit(7),
        "put" => {
            put(payload["pk"].as_str().unwrap_or("a")).await?;
            Ok(json!({ "pid": std::process::id() }))
        }
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
