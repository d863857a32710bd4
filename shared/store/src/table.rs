//! A service's table.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{KeysAndAttributes, TransactWriteItem};
use aws_types::SdkConfig;
use backon::{ExponentialBuilder, Retryable};
use serde::de::DeserializeOwned;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::item::{Attributes, Key, decode, text};
use crate::query::{Index, Page, Query};
use crate::transaction::{Outcome, Transaction, for_table};

/// A row as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// What it holds.
    pub value: T,
    /// Its version: 1 when inserted, one more at every replacement, 0 for rows that are only ever updated.
    pub version: u64,
}

/// One try of a load → decide → commit.
#[derive(Debug)]
pub enum Attempt<T> {
    /// It is done.
    Done(T),
    /// Somebody else was faster: load and decide again.
    Raced,
}

/// Repeats a load → decide → commit until nobody gets in between, up to eight times with a growing, jittered pause.
///
/// # Errors
/// What the attempt fails with, or [`Error::Busy`] when every attempt raced.
pub async fn until_committed<T, E, F, A>(mut attempt: A) -> Result<T, E>
where
    A: FnMut() -> F,
    F: Future<Output = Result<Attempt<T>, E>>,
    E: From<Error>,
{
    let once = || {
        let tried = attempt();
        async {
            match tried.await {
                Ok(Attempt::Done(done)) => Ok(Ok(done)),
                Ok(Attempt::Raced) => Err(Raced),
                Err(error) => Ok(Err(error)),
            }
        }
    };
    match once.retry(backoff()).await {
        Ok(done) => done,
        Err(Raced) => Err(Error::Busy.into()),
    }
}

struct Raced;

fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(Duration::from_millis(5))
        .with_max_delay(Duration::from_millis(200))
        .with_max_times(8)
}

/// A table. Cheap to clone; it holds the client's connection pool.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: Arc<str>,
}

impl Table {
    /// The table `name`, reached as `aws` says; calls that fail are tried again within `retry_quota`.
    pub fn connect(aws: &SdkConfig, retry_quota: RetryPartition, name: impl Into<Arc<str>>) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(aws).retry_partition(retry_quota).build();
        Self::new(Client::from_conf(config), name)
    }

    /// The table `name`, reached by `client`.
    pub fn new(client: Client, name: impl Into<Arc<str>>) -> Self {
        Self { client, name: name.into() }
    }

    /// Reads a row, strongly consistent.
    ///
    /// # Errors
    /// When the table cannot be reached, or the row does not decode.
    pub async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<Stored<T>>, Error> {
        let found = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::of("GetItem", error))?;
        found.item.map(decode).transpose()
    }

    /// Reads up to 100 rows by key, strongly consistent, in no particular order; those that are not there are left out.
    ///
    /// # Errors
    /// When the table cannot be reached, or a row does not decode.
    pub async fn get_many<T: DeserializeOwned>(&self, keys: &[Key]) -> Result<Vec<Stored<T>>, Error> {
        let unavailable = |error: aws_sdk_dynamodb::error::BuildError| Error::Unavailable {
            action: "BatchGetItem",
            source: Box::new(error),
        };
        let mut wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys.iter().map(Key::attributes).collect()))
            .consistent_read(true)
            .build()
            .map_err(unavailable)?;
        let mut rows = Vec::with_capacity(keys.len());
        // A batch may come in parts (16 MB, or throttling); as long as parts come, the rest is asked for.
        loop {
            let mut answer = self
                .client
                .batch_get_item()
                .request_items(&*self.name, wanted)
                .send()
                .await
                .map_err(|error| Error::of("BatchGetItem", error))?;
            let part =
                answer.responses.as_mut().and_then(|tables| tables.remove(&*self.name)).unwrap_or_default();
            let empty = part.is_empty();
            for item in part {
                rows.push(decode(item)?);
            }
            match answer.unprocessed_keys.and_then(|mut tables| tables.remove(&*self.name)) {
                None => return Ok(rows),
                Some(_) if empty => return Err(Error::Busy),
                Some(rest) => wanted = rest,
            }
        }
    }

    /// Reads one page of a list.
    ///
    /// # Errors
    /// [`Error::BadCursor`] when the cursor is of another list; when the table cannot be reached, or a row does not decode.
    pub async fn query<T: DeserializeOwned>(&self, query: &Query) -> Result<Page<T>, Error> {
        let page = self.query_attributes(query).await?;
        let items =
            page.items.into_iter().map(|item| decode(item).map(|row| row.value)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    async fn query_attributes(&self, query: &Query) -> Result<Page<Attributes>, Error> {
        let start =
            query.after.as_ref().map(|cursor| cursor.start_key(query.index, &query.partition)).transpose()?;
        let mut request = self
            .client
            .query()
            .table_name(&*self.name)
            .set_index_name(query.index.name())
            .consistent_read(query.index == Index::Table)
            .expression_attribute_names("#p", query.index.partition_attribute())
            .expression_attribute_values(":p", text(&query.partition))
            .scan_index_forward(query.ascending)
            .limit(query.limit)
            .set_exclusive_start_key(start);
        request = match &query.below {
            None => request.key_condition_expression("#p = :p"),
            Some(bound) => request
                .key_condition_expression("#p = :p AND #s < :below")
                .expression_attribute_names("#s", query.index.sort_attribute())
                .expression_attribute_values(":below", text(bound)),
        };
        let answer = request.send().await.map_err(|error| {
            // A start key that the table refuses can only come from a cursor that was tampered with.
            let refused = error.code() == Some("ValidationException");
            if refused && query.after.is_some() { Error::BadCursor } else { Error::of("Query", error) }
        })?;
        let next = answer.last_evaluated_key.and_then(|last| Cursor::from_last_key(query.index, &last));
        Ok(Page { items: answer.items.unwrap_or_default(), next })
    }

    /// Writes a transaction, or nothing of it. Conflicts with other transactions and throttling are tried again with
    /// jitter; a condition that fails never is.
    ///
    /// All tries of a commit, the SDK's and these, have one token: DynamoDB answers whichever comes after the one that
    /// took effect as it would have answered that one. With a token for each, a try whose answer was lost would make the
    /// next one's conditions fail, and the commit be taken for refused.
    ///
    /// # Errors
    /// When the table is busy all the time, or cannot be reached: then what the commit came to is not known. When a value
    /// does not encode, or DynamoDB takes the transaction for wrong.
    pub async fn commit(&self, transaction: Transaction) -> Result<Outcome, Error> {
        let labels: Vec<&'static str> = transaction.writes.iter().map(|(label, _)| *label).collect();
        let writes: Vec<TransactWriteItem> = transaction
            .writes
            .into_iter()
            .map(|(_, write)| write.map(|write| for_table(write, &self.name)))
            .collect::<Result<_, _>>()?;
        let token = format!("{:032x}", rand::random::<u128>());
        let send = || async {
            let request = self.client.transact_write_items().client_request_token(&token);
            match request.set_transact_items(Some(writes.clone())).send().await {
                Ok(_) => Ok(Outcome::Committed),
                Err(error) => refusal(&labels, error),
            }
        };
        send.retry(backoff()).when(|error| matches!(error, Error::Busy)).await
    }

    /// Deletes a row, whether it is there or not.
    ///
    /// # Errors
    /// When the table cannot be reached, or is busy all the time.
    pub async fn delete(&self, key: &Key) -> Result<(), Error> {
        let send = || async {
            let request = self.client.delete_item().table_name(&*self.name);
            request.set_key(Some(key.attributes())).send().await
        };
        // The row may be part of a transaction just now.
        send.retry(backoff())
            .when(|error| error.code() == Some("TransactionConflictException"))
            .await
            .map(|_| ())
            .map_err(|error| Error::of("DeleteItem", error))
    }
}

/// Tells a condition that failed (an answer) from a conflict (try again) from a fault.
///
/// The first write that did not pass decides. The order of a transaction's writes says which refusal goes before which: a
/// duplicate's mark comes first. Behind a conflict, a failed condition is not the answer yet: the conflict is with a
/// transaction that may be this request's own, of another delivery, whose mark cannot be read before it is done.
fn refusal(labels: &[&'static str], error: SdkError<TransactWriteItemsError>) -> Result<Outcome, Error> {
    let action = "TransactWriteItems";
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return Err(Error::of(action, error));
    };
    let reasons = cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
    match labels.iter().zip(reasons).find(|(_, code)| *code != "None") {
        Some((label, "ConditionalCheckFailed")) => Ok(Outcome::Refused(label)),
        Some((_, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")) => {
            Err(Error::Busy)
        }
        _ => Err(Error::Rejected { action, source: Box::new(error) }),
    }
}
