//! DynamoDB and its streams: the embedded engine behind its own loopback listener, or one behind a URL.
//!
//! Only the engine's HTTP server validates a request's shape, so calls go through that server rather than through its
//! typed functions: functions then see exactly the behaviour that the engine's conformance suite proves.

mod retention;
mod tokens;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use dynoxide::Database;
use jiff::Timestamp;
use reqwest::Url;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::call::{Call, Service};
use super::capacity::{self, Asked};
use super::contention::Contentions;
use super::forward::Forward;
use super::lagging::{Lag, Lagging, Row};
use super::meter::Usage;
use super::names::Names;
use super::response::Response;
use super::sqs::in_process;
use super::{Options, StartError};
use crate::faults::rows::Rows;
use model::deployment::Deployment;
use retention::Retention;
use tokens::{Tokens, Transaction};

/// DynamoDB.
pub(super) struct DynamoDb {
    forward: Forward,
    engine: Option<Engine>,
    contentions: Contentions,
    lagging: Lagging,
    region: String,
    writes: Mutex<HashMap<String, watch::Sender<u64>>>,
}

struct Engine {
    database: Database,
    retention: Arc<Retention>,
    tokens: Tokens,
    names: Names,
    server: JoinHandle<()>,
    stop: Mutex<Option<oneshot::Sender<()>>>,
}

impl DynamoDb {
    /// Starts the embedded engine, with a file or in memory.
    pub(super) async fn embedded(options: &Options, rows: Rows, lag: Lag) -> Result<Self, StartError> {
        let (database, retention) = open(options.data.as_deref())?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(StartError::Listen)?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let url = Url::parse(&format!("http://{address}"))
            .map_err(|error| StartError::Engine("DynamoDB", error.to_string()))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = database.clone();
        let server = tokio::spawn(async move {
            let stopped = async {
                if stopped.await.is_err() {
                    tracing::trace!("dropped without a shutdown")
                }
            };
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, served, stopped).await {
                tracing::error!(error, "the embedded DynamoDB stopped");
            }
        });
        let engine = Engine {
            database,
            retention: Arc::new(retention),
            tokens: Tokens::default(),
            names: Names::new(options),
            server,
            stop: Mutex::new(Some(stop)),
        };
        let forward = Forward::loopback(url).map_err(StartError::Client)?;
        Ok(Self::with(forward, Some(engine), options, rows, lag))
    }

    /// Uses an engine behind a URL.
    pub(super) fn external(url: Url, options: &Options, rows: Rows, lag: Lag) -> Result<Self, StartError> {
        let forward = Forward::to(url, options).map_err(StartError::Client)?;
        Ok(Self::with(forward, None, options, rows, lag))
    }

    fn with(forward: Forward, engine: Option<Engine>, options: &Options, rows: Rows, lag: Lag) -> Self {
        let (contentions, lagging) = (Contentions::new(rows), Lagging::new(lag));
        Self {
            forward,
            engine,
            contentions,
            lagging,
            region: options.region.clone(),
            writes: Mutex::default(),
        }
    }

    /// Whether every write passes through here.
    pub(super) fn is_embedded(&self) -> bool {
        self.engine.is_some()
    }

    pub(super) async fn handle(&self, call: &Call, usage: &mut Usage) -> Response {
        let Some(asked) = capacity::ask(&call.action, &call.body) else {
            return self.manage(call).await;
        };
        let admitted = match self.contentions.admit(call) {
            Ok(admitted) => admitted,
            Err(rejected) => return *rejected,
        };
        let response = self.pass(call, &asked, usage).await;
        if let Some(admitted) = admitted {
            admitted.settle(usage.read_units + usage.write_units).await;
        }
        response
    }

    /// Remembers a table's keys and indexes, by its `CreateTable` request.
    pub(super) fn know(&self, table: &Value) {
        self.contentions.know(table);
        self.lagging.know(table);
    }

    async fn pass(&self, call: &Call, asked: &Asked, usage: &mut Usage) -> Response {
        let before = self.before(call).await;
        let mut response = match (&self.engine, Transaction::read(&call.action, &asked.body)) {
            (Some(engine), Some(transaction)) => {
                engine.tokens.once(&transaction, |body| self.forward.pass(call, body)).await
            }
            _ => self.forward.pass(call, asked.body.clone()).await,
        };
        if !response.status().is_success() {
            return response;
        }
        before.into_iter().for_each(|(row, before)| self.lagging.note(row, before));
        if let Some(rewound) = self.lagging.rewound(&call.body, response.body()) {
            response.headers_mut().remove("x-amz-crc32");
            *response.body_mut() = rewound.to_string().into();
        }
        if let Some(body) = asked.settle(response.body(), usage) {
            // The checksum covers the body with the consumption.
            response.headers_mut().remove("x-amz-crc32");
            *response.body_mut() = body;
        }
        self.note_writes(call);
        response
    }

    /// Returns the rows that a call writes, as they are, if indexes lag behind them.
    async fn before(&self, call: &Call) -> Vec<(Row, Option<Value>)> {
        let mut before = Vec::new();
        for row in self.lagging.written_by(&call.action, &call.body) {
            let request =
                serde_json::json!({ "TableName": row.table, "Key": row.key(), "ConsistentRead": true });
            let get = in_process(Service::DynamoDb, "GetItem", &request, &self.region);
            let answer = self.forward.pass(&get, get.body.clone()).await;
            let mut answer: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            let item = answer["Item"].take();
            before.push((row, (!item.is_null()).then_some(item)));
        }
        before
    }

    /// Handles a call that is not about items.
    async fn manage(&self, call: &Call) -> Response {
        let names = self.engine.as_ref().map(|engine| &engine.names);
        let (Some(names), Ok(request)) = (names, serde_json::from_slice(&call.body)) else {
            return self.forward.pass(call, call.body.clone()).await;
        };
        let mut response = self.forward.pass(call, names.inward(request).to_string().into()).await;
        if let Ok(answer) = serde_json::from_slice(response.body()) {
            // The checksum covers the engine's names.
            response.headers_mut().remove("x-amz-crc32");
            *response.body_mut() = names.outward(answer).to_string().into();
        }
        response
    }

    /// Counts the writes to a table, so that readers of its stream know when to poll.
    pub(super) fn writes(&self, table: &str) -> watch::Receiver<u64> {
        let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        writes.entry(table.to_owned()).or_default().subscribe()
    }

    fn note_writes(&self, call: &Call) {
        let tables = written_tables(&call.action, &call.body);
        let writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
        for count in tables.iter().filter_map(|table| writes.get(table)) {
            count.send_modify(|count| *count += 1);
        }
    }

    fn note_write_anywhere(&self) {
        for count in self.writes.lock().unwrap_or_else(PoisonError::into_inner).values() {
            count.send_modify(|count| *count += 1);
        }
    }

    /// Sets the readers of the tables' streams.
    pub(super) fn read_by(&self, deployment: &Deployment) {
        if let Some(engine) = &self.engine {
            engine.retention.readers(deployment);
        }
    }

    /// Notes that a reader has processed a stream up to this record, and deletes what all readers have processed.
    pub(super) async fn stream_processed(&self, table: &str, reader: &str, last: &str, records: usize) {
        let Some(engine) = &self.engine else { return };
        let Some(read) = engine.retention.processed(table, reader, last, records) else { return };
        let (retention, name) = (Arc::clone(&engine.retention), table.to_owned());
        match tokio::task::spawn_blocking(move || retention.delete_read(&name, read)).await {
            Ok(Ok(deleted)) => tracing::trace!(table, deleted, "processed stream records"),
            // The next deletion includes them.
            Ok(Err(error)) => tracing::warn!(table, %error, "processed stream records were not deleted"),
            Err(error) => tracing::warn!(table, %error, "processed stream records were not deleted"),
        }
    }

    /// Deletes expired items and old stream records.
    pub(super) async fn delete_expired(&self) {
        let Some(engine) = &self.engine else { return };
        let database = engine.database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(_)) => self.note_write_anywhere(),
            Ok(Err(error)) => tracing::warn!(%error, "expired items were not deleted"),
            Err(error) => tracing::warn!(%error, "expired items were not deleted"),
        }
        let retention = Arc::clone(&engine.retention);
        match tokio::task::spawn_blocking(move || retention.delete_old(Timestamp::now())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "old stream records were not deleted"),
            Err(error) => tracing::warn!(%error, "old stream records were not deleted"),
        }
    }

    pub(super) fn stop(&self) {
        let Some(engine) = &self.engine else { return };
        let stop = engine.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        if stop.is_some_and(|stop| stop.send(()).is_err()) {
            tracing::trace!("the embedded DynamoDB had stopped already");
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Opens the engine's database, with a second connection for its streams.
fn open(data: Option<&Path>) -> Result<(Database, Retention), StartError> {
    let failed = |error: String| StartError::Engine("DynamoDB", error);
    let name = match data {
        Some(directory) => {
            let file = directory.join("dynamodb.sqlite");
            file.to_str().ok_or_else(|| StartError::Directory(directory.to_owned()))?.to_owned()
        }
        // Only databases of this VFS are in memory and open to a second connection, without SQLite's shared cache,
        // whose table locks fail at once instead of waiting.
        None => format!("file:/bodega-{}?vfs=memdb", uuid::Uuid::new_v4()),
    };
    let database = Database::new(&name).map_err(|error| failed(error.to_string()))?;
    if data.is_some() {
        // The only way to set `synchronous = NORMAL`: a commit survives a killed process without waiting for the disk.
        // (The default waits, to survive a power cut; the queues' journal does not.)
        database.disable_bulk_loading().map_err(|error| failed(error.to_string()))?;
    }
    let retention = Retention::open(&name).map_err(|error| failed(error.to_string()))?;
    Ok((database, retention))
}

/// The tables that a successful call may have written to.
fn written_tables(action: &str, body: &[u8]) -> BTreeSet<String> {
    if !matches!(action, "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems") {
        return BTreeSet::new();
    }
    let Ok(request) = serde_json::from_slice::<Value>(body) else { return BTreeSet::new() };
    let name = |value: &Value| value.get("TableName").and_then(Value::as_str).map(table_name);
    let single = name(&request);
    let batch = request.get("RequestItems").and_then(Value::as_object);
    let batch = batch.into_iter().flat_map(|tables| tables.keys().map(|key| table_name(key)));
    let transaction = request.get("TransactItems").and_then(Value::as_array);
    let transaction = transaction.into_iter().flatten().filter_map(Value::as_object);
    let transaction = transaction.flat_map(|item| item.values().filter_map(name));
    single.into_iter().chain(batch).chain(transaction).collect()
}

/// Requests may name a table by its ARN.
pub(super) fn table_name(name_or_arn: &str) -> String {
    name_or_arn.rsplit('/').next().unwrap_or(name_or_arn).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_tables_lists_the_tables_of_each_write() {
        let of = |action, body: Value| {
            written_tables(action, body.to_string().as_bytes()).into_iter().collect::<Vec<_>>()
        };
        let put = serde_json::json!({ "TableName": "a", "Item": {} });
        assert_eq!(of("PutItem", put.clone()), ["a"]);
        assert!(of("GetItem", put).is_empty());
        let batch = serde_json::json!({ "RequestItems": { "a": [], "arn:aws:dynamodb:r:1:table/b": [] } });
        assert_eq!(of("BatchWriteItem", batch), ["a", "b"]);
        let transaction = serde_json::json!({ "TransactItems": [
            { "Put": { "TableName": "b" } }, { "ConditionCheck": { "TableName": "c" } },
        ] });
        assert_eq!(of("TransactWriteItems", transaction), ["b", "c"]);
    }
}
