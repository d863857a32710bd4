//! Reads a table's stream from the last position, filters it, and delivers it in batches (see [`super::deliver`]).
//!
//! A write that passes through the endpoint wakes the reader. It polls only if the table is in an external engine,
//! whose other writers do not pass through the endpoint.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::checkpoint::Checkpoint;
use super::deliver::Delivery;
use super::filter::Pattern;
use super::{Context, Options, StartError};
use engines::aws::{CallError, Service};
use model::deployment::{Function, StreamSource};

/// Interval between two reads of a stream whose writes do not all pass through the endpoint.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Interval between two searches for new shards of such a stream.
const SHARDS_INTERVAL: Duration = Duration::from_secs(10);

/// The wait after a failed read.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// DynamoDB's error for an iterator after a record that has been trimmed.
const TRIMMED: &str = "TrimmedDataAccessException";

/// DynamoDB's limit for the number of records per read.
const MAX_RECORDS: usize = 1000;

/// A reader's progress, for [`Sources::idle`](super::Sources::idle).
#[derive(Debug)]
pub(super) struct Progress {
    name: String,
    writes: watch::Receiver<u64>,
    /// The number of the table's writes when the stream was last read to its end.
    read: AtomicU64,
    working: AtomicBool,
    trouble: Mutex<Option<String>>,
}

impl Progress {
    /// Describes the work that is left, if there is any.
    pub(super) fn left(&self) -> Option<String> {
        let behind = *self.writes.borrow() > self.read.load(Ordering::SeqCst);
        if !behind && !self.working.load(Ordering::SeqCst) {
            return None;
        }
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Some(trouble.map_or_else(
            || format!("{} has not been read to its end", self.name),
            |why| format!("{}: {why}", self.name),
        ))
    }

    pub(super) fn trouble(&self, why: Option<String>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }
}

/// Reads one table's stream for one function.
pub(super) struct Reader {
    context: Context,
    source: StreamSource,
    patterns: Vec<Pattern>,
    delivery: Delivery,
    stream: String,
    checkpoint: Checkpoint,
    iterators: HashMap<String, String>,
    known_shards: Vec<String>,
    /// The shards that are closed and read to their end.
    finished_shards: HashSet<String>,
    shards_known_since: Instant,
    writes: watch::Receiver<u64>,
    progress: Arc<Progress>,
}

impl Reader {
    pub(super) async fn open(
        context: Context,
        function: &Function,
        source: &StreamSource,
        options: &Options,
    ) -> Result<Self, StartError> {
        let operation = function.operation.clone();
        let patterns = source.filters.iter().map(Pattern::parse).collect::<Result<_, _>>();
        let patterns =
            patterns.map_err(|reason| StartError::Filter { operation: operation.clone(), reason })?;
        let writes = context.endpoint.table_writes(&source.table_name);
        let failed = |error| StartError::Stream { table: source.table_name.clone(), error };
        let request = json!({ "TableName": source.table_name });
        let table =
            context.endpoint.call(Service::DynamoDb, "DescribeTable", &request).await.map_err(failed)?;
        let stream = table["Table"]["LatestStreamArn"].as_str().map(str::to_owned).ok_or_else(|| {
            let message = "the table has no stream".to_owned();
            failed(CallError { action: "DescribeTable".to_owned(), code: "NoStream".to_owned(), message })
        })?;
        let name = format!("{operation}-{}", source.table_name);
        let checkpoint = Checkpoint::open(options.data.as_deref(), &name, &stream)?;
        let progress = Arc::new(Progress {
            name: format!("{operation}'s stream of {}", source.table_name),
            writes: writes.clone(),
            read: AtomicU64::new(0),
            working: AtomicBool::new(true),
            trouble: Mutex::default(),
        });
        let delivery = Delivery {
            context: context.clone(),
            function: function.clone(),
            source: source.clone(),
            stream_arn: deployment_arn(&stream, &context),
            progress: Arc::clone(&progress),
        };
        let mut reader = Self {
            context,
            source: source.clone(),
            patterns,
            delivery,
            stream,
            checkpoint,
            iterators: HashMap::new(),
            known_shards: Vec::new(),
            finished_shards: HashSet::new(),
            shards_known_since: Instant::now(),
            writes,
            progress,
        };
        reader
            .find_start()
            .await
            .map_err(|error| StartError::Stream { table: reader.source.table_name.clone(), error })?;
        Ok(reader)
    }

    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Gets iterators for `LATEST` now, so that it means the time of the start and not of the first read.
    async fn find_start(&mut self) -> Result<(), CallError> {
        if self.source.from_start || self.checkpoint.resumed {
            return Ok(());
        }
        for shard in self.shards().await? {
            let iterator = self.iterator(&shard, "LATEST").await?;
            self.iterators.insert(shard, iterator);
        }
        Ok(())
    }

    /// Reads until the event sources stop.
    pub(super) async fn run(mut self) {
        let context = self.context.clone();
        // `None` means that the event sources have stopped.
        if context.until_stopped(self.read_forever()).await.is_none() {
            tracing::debug!(table = self.source.table_name, "the reader has stopped");
        }
    }

    async fn read_forever(&mut self) {
        loop {
            let seen = *self.writes.borrow_and_update();
            self.progress.working.store(true, Ordering::SeqCst);
            if let Err(error) = self.pass().await {
                tracing::warn!(table = self.source.table_name, %error, "the stream cannot be read");
                self.progress.trouble(Some(error.to_string()));
                self.context.pause(RETRY_AFTER).await;
                continue;
            }
            self.progress.trouble(None);
            self.progress.read.store(seen, Ordering::SeqCst);
            self.progress.working.store(false, Ordering::SeqCst);
            self.context.endpoint.activity().changed();
            // A batching window may have consumed the notification of a write already.
            if *self.writes.borrow() > seen {
                continue;
            }
            let woken = self.writes.changed();
            if self.context.endpoint.sees_all_writes() {
                if woken.await.is_err() {
                    return;
                }
            } else if matches!(tokio::time::timeout(POLL_INTERVAL, woken).await, Ok(Err(_))) {
                return;
            }
        }
    }

    /// Tells the engine that it may delete the records up to this one.
    async fn report(&self, last: &str, records: usize) {
        let operation = &self.delivery.function.operation;
        self.context.endpoint.stream_processed(&self.source.table_name, operation, last, records).await;
    }

    /// Reads every shard to its end, parents first.
    async fn pass(&mut self) -> Result<(), CallError> {
        for shard in self.shards().await? {
            while !self.finished_shards.contains(&shard) {
                let records = self.gather(&shard).await?;
                let Some(last) = records.last() else { break };
                let last = last["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default().to_owned();
                self.work(&shard, &records).await;
                self.checkpoint.done(&shard, &last);
                self.report(&last, records.len()).await;
                // Fewer records than requested means the end. A later write wakes the reader, or the next poll finds
                // it.
                if records.len() < self.most() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn shards(&mut self) -> Result<Vec<String>, CallError> {
        // The embedded engine has one permanent shard per table. Other engines split and replace shards.
        let settled =
            self.context.endpoint.sees_all_writes() || self.shards_known_since.elapsed() < SHARDS_INTERVAL;
        if settled && !self.known_shards.is_empty() {
            return Ok(self.known_shards.clone());
        }
        let request = json!({ "StreamArn": self.stream });
        let answer = self.call("DescribeStream", &request).await?;
        let shards = || answer["StreamDescription"]["Shards"].as_array().into_iter().flatten();
        self.known_shards =
            shards().filter_map(|shard| shard["ShardId"].as_str().map(str::to_owned)).collect();
        // A shard without an ending sequence number is open, even if its last response had no further iterator.
        let is_closed = |shard: &Value| shard["SequenceNumberRange"]["EndingSequenceNumber"].is_string();
        self.finished_shards
            .retain(|name| shards().any(|shard| shard["ShardId"] == **name && is_closed(shard)));
        self.shards_known_since = Instant::now();
        Ok(self.known_shards.clone())
    }

    async fn iterator(&self, shard: &str, kind: &str) -> Result<String, CallError> {
        let mut request = json!({ "StreamArn": self.stream, "ShardId": shard, "ShardIteratorType": kind });
        if let Some(done) = self.checkpoint.positions.done.get(shard) {
            request["ShardIteratorType"] = Value::from("AFTER_SEQUENCE_NUMBER");
            request["SequenceNumber"] = Value::from(done.as_str());
        }
        let answer = self.call("GetShardIterator", &request).await?;
        Ok(answer["ShardIterator"].as_str().unwrap_or_default().to_owned())
    }

    /// Replaces an iterator that is no longer valid.
    async fn iterator_after(&mut self, shard: &str, error: CallError) -> Result<String, CallError> {
        match error.code.as_str() {
            // Iterators expire after fifteen minutes.
            "ExpiredIteratorException" => {
                let kind = if self.source.from_start { "TRIM_HORIZON" } else { "LATEST" };
                match self.iterator(shard, kind).await {
                    Err(error) if error.code == TRIMMED => self.oldest(shard).await,
                    iterator => iterator,
                }
            }
            // Records expire after a day. The reader continues with the oldest one, as Lambda does. DynamoDB Local also
            // returns this error for an iterator that was requested before the shard had its first record.
            TRIMMED => self.oldest(shard).await,
            _ => Err(error),
        }
    }

    /// Returns an iterator at the oldest available record.
    async fn oldest(&mut self, shard: &str) -> Result<String, CallError> {
        self.checkpoint.positions.done.remove(shard);
        self.iterator(shard, "TRIM_HORIZON").await
    }

    /// Reads the next records, and adds more until the batching window closes or the batch is full.
    async fn gather(&mut self, shard: &str) -> Result<Vec<Value>, CallError> {
        let mut records = self.read(shard).await?;
        let closes = Instant::now() + self.source.batching_window;
        while !records.is_empty()
            && records.len() < self.source.batch_size
            && !self.finished_shards.contains(shard)
            && Instant::now() < closes
        {
            let woken = tokio::time::timeout_at(closes, self.writes.changed()).await;
            match self.read(shard).await {
                Ok(more) => records.extend(more),
                // The records read so far will not be read again, so they are delivered.
                Err(error) => {
                    tracing::warn!(table = self.source.table_name, %error, "reading more records for the batch failed; delivering a smaller batch");
                    break;
                }
            }
            if woken.is_err() {
                break;
            }
        }
        Ok(records)
    }

    async fn call(&self, action: &str, request: &Value) -> Result<Value, CallError> {
        let operation = &self.delivery.function.operation;
        self.context.call_for(operation, Service::DynamoDb, action, request).await
    }

    /// Returns the number of records to request per read.
    fn most(&self) -> usize {
        (self.source.batch_size * self.source.parallel.max(1)).clamp(100, MAX_RECORDS)
    }

    async fn read(&mut self, shard: &str) -> Result<Vec<Value>, CallError> {
        let iterator = match self.iterators.get(shard) {
            Some(iterator) => iterator.clone(),
            None => match self.iterator(shard, "TRIM_HORIZON").await {
                Err(error) => self.iterator_after(shard, error).await?,
                Ok(iterator) => iterator,
            },
        };
        let most = self.most();
        let request = json!({ "ShardIterator": iterator, "Limit": most });
        let mut answer = match self.call("GetRecords", &request).await {
            Err(error) => {
                let iterator = self.iterator_after(shard, error).await?;
                let request = json!({ "ShardIterator": iterator, "Limit": most });
                self.call("GetRecords", &request).await?
            }
            answer => answer?,
        };
        match answer["NextShardIterator"].as_str() {
            Some(next) => self.iterators.insert(shard.to_owned(), next.to_owned()),
            // The shard is closed and read to its end. Its children may be new.
            None => {
                self.finished_shards.insert(shard.to_owned());
                self.known_shards.clear();
                self.iterators.remove(shard)
            }
        };
        Ok(match answer["Records"].take() {
            Value::Array(records) => records,
            _ => Vec::new(),
        })
    }

    /// Delivers the records that match the filter, in concurrent lanes. All records of a key are in one lane, which
    /// keeps their order.
    async fn work(&self, shard: &str, records: &[Value]) {
        let mut lanes = vec![Vec::new(); self.source.parallel.max(1)];
        for record in records.iter().map(|record| self.event(record)) {
            if self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(Some(&record)))
            {
                let lane = lane(&record, lanes.len());
                lanes[lane].push(record);
            }
        }
        join_all(lanes.iter().map(|lane| self.delivery.deliver(shard, lane))).await;
    }

    /// Converts a record to the form that Lambda passes to functions.
    fn event(&self, record: &Value) -> Value {
        let mut event = record.clone();
        event["awsRegion"] = Value::from(self.context.endpoint.region());
        event["eventSourceARN"] = Value::from(self.delivery.stream_arn.as_str());
        event
    }
}

fn lane(record: &Value, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    record["dynamodb"]["Keys"].to_string().hash(&mut hasher);
    usize::try_from(hasher.finish() % lanes as u64).unwrap_or(0)
}

/// Replaces the region and account in the engine's ARN with the deployment's.
fn deployment_arn(stream_arn: &str, context: &Context) -> String {
    let resource = stream_arn.splitn(6, ':').nth(5).unwrap_or(stream_arn);
    format!("arn:aws:dynamodb:{}:{}:{resource}", context.endpoint.region(), context.endpoint.account())
}
