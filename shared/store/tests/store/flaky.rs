//! A table behind a connection with injected faults.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use engines::testing::{TestTable, table};
use serde_json::{Value, json};
use store::Table;

/// A fault of one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The request takes effect, but its answer is lost.
    AnswerLost,
    /// The request is answered with an error of this code, and has no effect.
    Refused(&'static str),
    /// The transaction is cancelled, with a reason for each of its writes.
    Cancelled(&'static [&'static str]),
}

/// The connection. Clones share their state.
#[derive(Debug, Clone)]
pub struct Flaky {
    inner: SharedHttpConnector,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl Flaky {
    fn request(&self, request: &HttpRequest) -> Option<Fault> {
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap();
        // A transaction has DynamoDB's token; a write of a single row has its own, in the row.
        let token = body["ClientRequestToken"].as_str().or_else(|| body["Item"]["write"]["S"].as_str());
        let token = token.unwrap_or_default().to_owned();
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).push(token);
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl HttpConnector for Flaky {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self.request(&request) {
            None => self.inner.call(request),
            Some(Fault::AnswerLost) => {
                let answer = self.inner.call(request);
                HttpConnectorFuture::new(async move {
                    answer.await?;
                    Err(ConnectorError::timeout("the answer is lost".into()))
                })
            }
            Some(Fault::Refused(code)) => HttpConnectorFuture::ready(Ok(refusal(code, Value::Null))),
            Some(Fault::Cancelled(codes)) => {
                let reasons: Value = codes.iter().map(|code| json!({ "Code": code })).collect();
                HttpConnectorFuture::ready(Ok(refusal("TransactionCanceledException", reasons)))
            }
        }
    }
}

fn refusal(code: &str, reasons: Value) -> HttpResponse {
    let body = json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
        "message": code,
        "CancellationReasons": reasons,
    });
    HttpResponse::new(400.try_into().unwrap(), SdkBody::from(body.to_string()))
}

/// A table, and the connection to it.
pub struct Place {
    pub table: Table,
    connection: Flaky,
    /// The table's engine, which runs as long as the test.
    pub engine: TestTable,
}

impl Place {
    pub async fn open() -> Self {
        // Any service's table with an index will do.
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions/payments/template.yaml");
        let engine = table(template).await;
        let inner = SharedHttpConnector::new(Connector::builder().build_http());
        let connection = Flaky { inner, faults: Arc::default(), tokens: Arc::default() };
        let connector = SharedHttpConnector::new(connection.clone());
        let config = engine
            .client()
            .config()
            .to_builder()
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
            .build();
        let table = Table::new(Client::from_conf(config), engine.name());
        Self { table, connection, engine }
    }

    /// Injects faults into the next requests, in order.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.connection.tokens.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.connection.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults.into_iter().collect();
    }

    /// Returns the tokens of the requests since then.
    pub fn tokens(&self) -> Vec<String> {
        self.connection.tokens.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
