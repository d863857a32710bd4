//! Parts of a laptop cloud, and clients for them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use bytes::Bytes;
use engines::aws::{Endpoint, Options};
use engines::credentials::FunctionCredentials;
use futures::FutureExt;
use futures::future::BoxFuture;
use model::clock::Clock;
use model::deployment::{Deployment, Function, Queue, Source, StreamSource, Table};
use model::invoke::{Answer, Invocation, Invoke, InvokeError};
use runtime::sources::{self, Sources};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub const REGION: &str = "eu-west-1";
pub const ACCOUNT: &str = "123456789012";

/// A timeout that is longer than any of these operations takes.
pub const SOON: Duration = Duration::from_secs(20);

pub fn function(operation: &str, sources: Vec<Source>) -> Function {
    Function {
        operation: operation.to_owned(),
        binary: operation.to_owned(),
        service: "test".to_owned(),
        logical_id: "TestFunction".to_owned(),
        name: format!("bodega-{operation}"),
        arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:bodega-{operation}"),
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(3),
        memory_mb: 128,
        concurrency: None,
        async_retries: 2,
        sources,
        policies: Vec::new(),
        boundary: None,
    }
}

pub fn queue(name: &str, attributes: &[(&str, &str)]) -> Queue {
    let attributes =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Queue {
        name: name.to_owned(),
        arn: queue_arn(name),
        url: format!("http://unused/{ACCOUNT}/{name}"),
        attributes,
    }
}

pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

pub fn table(name: &str) -> Table {
    let create = json!({
        "TableName": name,
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
        ],
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
    });
    Table { name: name.to_owned(), service: "test".to_owned(), create, ttl: Some("expires_at".to_owned()) }
}

/// A table's stream, read from its start.
pub fn stream(table_name: &str) -> StreamSource {
    StreamSource {
        table_name: table_name.to_owned(),
        batch_size: 10,
        batching_window: Duration::ZERO,
        filters: Vec::new(),
        retries: Some(1),
        max_age: None,
        bisect: false,
        partial_failures: false,
        from_start: true,
        parallel: 1,
        on_failure: None,
    }
}

pub fn options(data: Option<&Path>) -> Options {
    Options { data: data.map(Path::to_owned), ..Options::in_memory(REGION, ACCOUNT) }
}

/// Credentials that are the same in each run.
pub fn credentials(functions: &[Function]) -> FunctionCredentials {
    FunctionCredentials::new(functions, &[7; 32])
}

pub async fn endpoint(deployment: &Deployment, options: Options) -> Arc<Endpoint> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let credentials = Arc::new(credentials(&deployment.functions));
    let endpoint = Endpoint::start(listener, credentials, options).await.unwrap();
    endpoint.provision(deployment).await.unwrap();
    endpoint
}

/// An access key of one function, or the operator's.
pub fn key(functions: &[Function], operation: Option<&str>) -> Credentials {
    let all = credentials(functions);
    match operation.and_then(|operation| all.of(operation)) {
        Some(caller) => {
            let token = Some(caller.session_token.clone());
            Credentials::new(&caller.access_key_id, &caller.secret_access_key, token, None, "test")
        }
        None => Credentials::new("operator", "secret", None, None, "test"),
    }
}

macro_rules! client {
    ($name:ident, $sdk:ident) => {
        pub fn $name(endpoint: &Endpoint, key: Credentials) -> $sdk::Client {
            let config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(REGION))
                .credentials_provider(key)
                .endpoint_url(endpoint.url())
                // Tests see the first error.
                .retry_config($sdk::config::retry::RetryConfig::disabled())
                .build();
            $sdk::Client::from_conf(config)
        }
    };
}
client!(dynamodb, aws_sdk_dynamodb);
client!(sqs, aws_sdk_sqs);
client!(ses, aws_sdk_ses);
client!(secrets, aws_sdk_secretsmanager);

type Respond = dyn Fn(&Value) -> Result<Value, &'static str> + Send + Sync;

/// A fake host, which records its events and responds as the test specifies.
pub struct Recorder {
    seen: watch::Sender<Vec<Value>>,
    answer: Box<Respond>,
}

impl Recorder {
    pub fn new(answer: impl Fn(&Value) -> Result<Value, &'static str> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { seen: watch::Sender::default(), answer: Box::new(answer) })
    }

    /// Succeeds for every event.
    pub fn succeeding() -> Arc<Self> {
        Self::new(|_| Ok(Value::Null))
    }

    pub fn events(&self) -> Vec<Value> {
        self.seen.borrow().clone()
    }

    /// Waits for this number of invocations.
    pub async fn events_once(&self, count: usize) -> Vec<Value> {
        let mut seen = self.seen.subscribe();
        let waited = tokio::time::timeout(SOON, seen.wait_for(|events| events.len() >= count)).await;
        waited
            .unwrap_or_else(|_| {
                panic!("{} of {count} invocations: {:#?}", self.events().len(), self.events())
            })
            .unwrap()
            .clone()
    }
}

impl Invoke for Recorder {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Answer, InvokeError>> {
        async move {
            let event: Value = serde_json::from_slice(&invocation.payload).unwrap();
            let answer = (self.answer)(&event);
            self.seen.send_modify(|seen| seen.push(event));
            let function_error = answer.is_err().then(|| "Unhandled".to_owned());
            let payload = answer.unwrap_or_else(|error| json!({ "errorMessage": error }));
            Ok(Answer {
                payload: Bytes::from(payload.to_string()),
                function_error,
                request_id: "request".to_owned(),
            })
        }
        .boxed()
    }
}

pub async fn start_sources(
    deployment: &Deployment,
    endpoint: &Arc<Endpoint>,
    invoke: Arc<dyn Invoke>,
    data: Option<&Path>,
) -> Sources {
    let options = sources::Options {
        clock: Clock::default(),
        data: data.map(Path::to_owned),
        schedules: false,
        concurrency: 5,
        redelivery: sources::Redelivery::AfterVisibility,
    };
    Sources::start(deployment, Arc::clone(endpoint), invoke, options).await.unwrap()
}
