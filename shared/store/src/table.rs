//! A service's table.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryPartition;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    KeysAndAttributes, Put, ReturnValuesOnConditionCheckFailure, Select, TransactWriteItem,
};
use aws_types::SdkConfig;
use backon::Retryable;
use futures::stream::{self, Stream, TryStreamExt};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::item::{Attributes, Key, VERSION, WRITE, decode, text};
use crate::patience::Patience;
use crate::query::{Index, Page, Query, Sort};
use crate::stored::Stored;
use crate::transaction::{Committed, Transaction, for_table};

/// A table. Cheap to clone; it holds the client's connection pool.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: Arc<str>,
}

impl Table {
    /// Connects to the table `name` with the configuration `aws`. Failed calls are retried within `retry_quota`.
    pub fn connect(aws: &SdkConfig, retry_quota: RetryPartition, name: impl Into<Arc<str>>) -> Self {
        let config = aws_sdk_dynamodb::config::Builder::from(aws).retry_partition(retry_quota).build();
        Self::new(Client::from_conf(config), name)
    }

    /// Creates a handle to the table `name` that uses `client`.
    pub fn new(client: Client, name: impl Into<Arc<str>>) -> Self {
        Self { client, name: name.into() }
    }

    /// Reads a row with strong consistency.
    ///
    /// # Errors
    /// If the table is unreachable, or the row does not decode.
    pub async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<Stored<T>>, Error> {
        self.get_attributes(key).await?.map(decode).transpose()
    }

    pub(crate) async fn get_attributes(&self, key: &Key) -> Result<Option<Attributes>, Error> {
        let found = self
            .client
            .get_item()
            .table_name(&*self.name)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Error::of("GetItem", error))?;
        Ok(found.item)
    }

    /// Reads a row as [`get`](Self::get) does. A row that has expired by `now` counts as absent: DynamoDB deletes expired
    /// rows days later.
    ///
    /// # Errors
    /// If the table is unreachable, or the row does not decode.
    pub async fn get_unexpired<T: DeserializeOwned>(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<Stored<T>>, Error> {
        Ok(self.get(key).await?.filter(|row| !row.has_expired(now)))
    }

    /// Reads up to 100 rows by key with strong consistency, in no particular order. Missing rows are left out.
    ///
    /// # Errors
    /// If the table is unreachable, or a row does not decode.
    pub async fn get_many<T: DeserializeOwned>(&self, keys: &[Key]) -> Result<Vec<Stored<T>>, Error> {
        // DynamoDB refuses to read nothing.
        if keys.is_empty() {
            return Ok(Vec::new());
        }
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
        // A batch may be returned in parts (16 MB, or throttling). The rest is requested as long as each reply returns
        // some rows.
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
    /// [`Error::BadCursor`] if the cursor belongs to another list; if the table is unreachable, or a row does not
    /// decode.
    pub async fn query<T: DeserializeOwned>(&self, query: &Query) -> Result<Page<Stored<T>>, Error> {
        let page = self.query_attributes(query).await?;
        let items = page.items.into_iter().map(decode).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// Reads the rows of a list, page after page, as far as they are taken.
    ///
    /// # Errors
    /// Each item, like [`query`](Self::query).
    pub fn rows<T: DeserializeOwned>(&self, query: Query) -> impl Stream<Item = Result<Stored<T>, Error>> {
        let pages = stream::try_unfold(Some(query), async |next: Option<Query>| {
            let Some(query) = next else { return Ok(None) };
            let page = self.query::<T>(&query).await?;
            let next = page.next.map(|cursor| Query { after: Some(cursor), ..query });
            Ok::<_, Error>(Some((stream::iter(page.items.into_iter().map(Ok)), next)))
        });
        pages.try_flatten()
    }

    /// Returns how many rows a list has: all of them up to a megabyte, and that many if there are more.
    pub(crate) async fn count(&self, query: &Query) -> Result<u64, Error> {
        let request = self
            .client
            .query()
            .table_name(&*self.name)
            .set_index_name(query.index.name())
            .key_condition_expression("#p = :p")
            .expression_attribute_names("#p", query.index.partition_attribute())
            .expression_attribute_values(":p", text(&query.partition))
            .select(Select::Count);
        let answer = request.send().await.map_err(|error| Error::of("Query", error))?;
        Ok(u64::try_from(answer.count).unwrap_or_default())
    }

    pub(crate) async fn query_attributes(&self, query: &Query) -> Result<Page<Attributes>, Error> {
        let start =
            query.after.as_ref().map(|cursor| cursor.start_key(query.index, &query.partition)).transpose()?;
        // DynamoDB returns a position also after the last row, if the page is exactly full. One more row tells whether
        // there is a next page.
        let one_more = i32::try_from(query.limit + 1).unwrap_or(i32::MAX);
        let mut request = self
            .client
            .query()
            .table_name(&*self.name)
            .set_index_name(query.index.name())
            .consistent_read(query.index == Index::Table)
            .expression_attribute_names("#p", query.index.partition_attribute())
            .expression_attribute_values(":p", text(&query.partition))
            .scan_index_forward(query.ascending)
            .limit(one_more)
            .set_exclusive_start_key(start);
        let sorted = match &query.sort {
            Sort::All => None,
            Sort::Below(bound) => Some(("#s < :s", bound)),
            Sort::Prefix(prefix) => Some(("begins_with(#s, :s)", prefix)),
        };
        request = match sorted {
            None => request.key_condition_expression("#p = :p"),
            Some((condition, value)) => request
                .key_condition_expression(format!("#p = :p AND {condition}"))
                .expression_attribute_names("#s", query.index.sort_attribute())
                .expression_attribute_values(":s", text(value)),
        };
        let answer = request.send().await.map_err(|error| {
            // The table rejects a start key only if the cursor was tampered with.
            let refused = error.code() == Some("ValidationException");
            if refused && query.after.is_some() { Error::BadCursor } else { Error::of("Query", error) }
        })?;
        let mut items = answer.items.unwrap_or_default();
        let next = if items.len() > query.limit {
            items.truncate(query.limit);
            items.last().and_then(|last| Cursor::to(query.index, last))
        } else {
            // A page of 1 MB ends before its limit.
            answer.last_evaluated_key.and_then(|last| Cursor::to(query.index, &last))
        };
        Ok(Page { items, next })
    }

    /// Writes a transaction, all or nothing. Conflicts with other transactions and throttling are retried with jitter;
    /// a failed condition is not. Operations write with [`create`](Self::create), [`change`](crate::At::change) and
    /// [`consume`](crate::At::consume).
    ///
    /// All attempts of a commit, the SDK's and these, share one token: DynamoDB answers every attempt after the one
    /// that took effect with that one's result. With a token per attempt, an attempt whose reply was lost would make
    /// the next one's conditions fail, and the commit would count as refused. A write of a single row is a conditional
    /// put, which costs half. DynamoDB has no token for puts, so the row holds it.
    ///
    /// # Errors
    /// If the table stays busy or is unavailable; the outcome is then unknown. If a value does not encode, or DynamoDB
    /// rejects the transaction.
    pub async fn commit(&self, transaction: Transaction) -> Result<Committed, Error> {
        let refused = self.commit_writes(transaction, Patience::default()).await?;
        Ok(refused.map_or(Committed::Written, |refused| Committed::Refused(refused.label)))
    }

    pub(crate) async fn commit_writes(
        &self,
        transaction: Transaction,
        patience: Patience,
    ) -> Result<Option<Refused>, Error> {
        let labels: Vec<&'static str> = transaction.writes.iter().map(|(label, _)| *label).collect();
        let writes: Vec<TransactWriteItem> = transaction
            .writes
            .into_iter()
            .map(|(_, write)| write.map(|write| for_table(write, &self.name)))
            .collect::<Result<_, _>>()?;
        let token = format!("{:032x}", rand::random::<u128>());
        if let [TransactWriteItem { put: Some(put), .. }] = writes.as_slice() {
            let label = labels.first().copied().unwrap_or_default();
            return Ok((!self.put(put, &token, patience).await?).then_some(Refused { index: 0, label }));
        }
        let send = || async {
            let request = self.client.transact_write_items().client_request_token(&token);
            match request.set_transact_items(Some(writes.clone())).send().await {
                Ok(_) => Ok(None),
                Err(error) => refusal(&labels, error).map(Some),
            }
        };
        send.retry(patience).when(|error| matches!(error, Error::Busy)).await
    }

    /// Puts one row; `false` if its condition fails. A condition that fails only because an earlier attempt of the same
    /// put took effect, and its reply was lost, counts as met.
    async fn put(&self, put: &Put, token: &str, patience: Patience) -> Result<bool, Error> {
        let send = || async {
            let sent = self
                .client
                .put_item()
                .table_name(&*self.name)
                .set_item(Some(put.item.clone()))
                .item(WRITE, text(token))
                .set_condition_expression(put.condition_expression.clone())
                .set_expression_attribute_values(put.expression_attribute_values.clone())
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
                .send()
                .await;
            match sent {
                Ok(_) => Ok(true),
                Err(error) => match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                        Ok(failed.item().is_some_and(|row| row.get(WRITE) == Some(&text(token))))
                    }
                    _ => Err(Error::of("PutItem", error)),
                },
            }
        };
        send.retry(patience).when(|error| matches!(error, Error::Busy)).await
    }

    /// Writes a row over the one that was read, whose version stays; `false` if it has been written since. Unlike a
    /// commit, this requires no knowledge of the row's type.
    pub(crate) async fn put_over(&self, row: Attributes) -> Result<bool, Error> {
        let version = row.get(VERSION).cloned();
        let send = || async {
            let request = self.client.put_item().table_name(&*self.name).set_item(Some(row.clone()));
            let request = request.expression_attribute_names("#version", VERSION);
            let request = match &version {
                Some(version) => request
                    .condition_expression("#version = :version")
                    .expression_attribute_values(":version", version.clone()),
                None => request.condition_expression("attribute_not_exists(#version)"),
            };
            match request.send().await {
                Ok(_) => Ok(true),
                Err(error) => match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                    _ => Err(Error::of("PutItem", error)),
                },
            }
        };
        send.retry(Patience::default()).when(|error| matches!(error, Error::Busy)).await
    }

    /// Deletes a row if it exists.
    ///
    /// # Errors
    /// If the table is unreachable or stays busy.
    pub async fn delete(&self, key: &Key) -> Result<(), Error> {
        let send = || async {
            let request = self.client.delete_item().table_name(&*self.name);
            request.set_key(Some(key.attributes())).send().await
        };
        // The row may be part of an ongoing transaction.
        send.retry(Patience::default())
            .when(|error| error.code() == Some("TransactionConflictException"))
            .await
            .map(|_| ())
            .map_err(|error| Error::of("DeleteItem", error))
    }
}

/// The first write whose condition failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused {
    /// Its index in the transaction.
    pub(crate) index: usize,
    pub(crate) label: &'static str,
}

/// Distinguishes a failed condition (an answer), a conflict (retried) and a fault.
///
/// The first write that did not pass decides. The order of a transaction's writes gives the priority of refusals: the
/// mark against duplicates comes first. A failed condition after a conflict is not yet the answer. The conflicting
/// transaction may be another delivery of this same request, whose mark cannot be read before it is committed.
fn refusal(labels: &[&'static str], error: SdkError<TransactWriteItemsError>) -> Result<Refused, Error> {
    let action = "TransactWriteItems";
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error()
    else {
        return Err(Error::of(action, error));
    };
    let reasons = cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
    match labels.iter().enumerate().zip(reasons).find(|(_, code)| *code != "None") {
        Some(((index, label), "ConditionalCheckFailed")) => Ok(Refused { index, label }),
        Some((_, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")) => {
            Err(Error::Busy)
        }
        _ => Err(Error::Rejected { action, source: Box::new(error) }),
    }
}
