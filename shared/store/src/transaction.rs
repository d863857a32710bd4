//! Transactions: every write has its condition, and events are written with it (`TransactWriteItems`).

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use aws_sdk_dynamodb::types::{ConditionCheck, Delete};
use domain::events::Envelope;
use domain::words::id::EventId;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::item::{Attributes, Item, Key, ROW, VERSION, number};
use crate::query::Index;
use crate::{inbox, outbox};

/// Writes that are applied all or not at all. Each has a label that [`Committed::Refused`] names if its condition
/// fails.
///
/// The order of the writes gives the priority of refusals: the check for a repeated request or event comes first.
/// DynamoDB accepts at most 100 writes. An invalid value is reported by [`Table::commit`](crate::Table::commit).
#[derive(Debug, Default)]
#[must_use]
pub struct Transaction {
    pub(crate) writes: Vec<(&'static str, Result<TransactWriteItem, Error>)>,
}

/// The outcome of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Committed {
    /// Everything was written.
    Written,
    /// Nothing was written: the condition of the write with this label failed (the first, if several failed).
    Refused(&'static str),
}

impl Transaction {
    /// Creates an empty transaction.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires that the event has not been applied before: writes its mark in the inbox.
    pub fn once(self, event: EventId, now: Timestamp) -> Self {
        self.insert(inbox::DUPLICATE, inbox::mark(event, now), now)
    }

    /// Writes the event to the outbox, to be sent after the commit.
    pub fn emit(mut self, envelope: &Envelope) -> Self {
        match outbox::item(envelope) {
            // It is never changed, so it has no version.
            Ok(item) => self.put(outbox::EVENT, item, "attribute_not_exists(pk)", None),
            Err(error) => {
                self.writes.push((outbox::EVENT, Err(error)));
                self
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.writes.len()
    }

    /// Inserts a row that must not exist, as version 1. A row that has expired by `now` counts as absent: DynamoDB
    /// deletes expired rows days later.
    pub fn insert(self, label: &'static str, item: Item, now: Timestamp) -> Self {
        self.insert_as(label, item, 1, now)
    }

    /// Inserts a row with its version, which must not exist.
    pub fn insert_as(self, label: &'static str, item: Item, version: u64, now: Timestamp) -> Self {
        let item = item.with(VERSION.to_owned(), number(version));
        let absent = "attribute_not_exists(pk) OR expires_at <= :now";
        self.put(label, item, absent, Some((":now", number(now.as_second()))))
    }

    /// Replaces a row whose version must be `version`, and increments the version.
    pub fn replace(self, label: &'static str, item: Item, version: u64) -> Self {
        let item = item.with(VERSION.to_owned(), number(version + 1));
        self.put(label, item, "version = :seen", Some((":seen", number(version))))
    }

    /// Updates attributes of a row that must exist.
    pub fn update(mut self, label: &'static str, update: Update) -> Self {
        self.writes.push((label, update.build()));
        self
    }

    /// Requires that the row has the version `version`, without writing it.
    pub fn check(mut self, label: &'static str, key: &Key, version: u64) -> Self {
        let check = ConditionCheck::builder()
            .set_key(Some(key.attributes()))
            .condition_expression("version = :seen")
            .expression_attribute_values(":seen", number(version));
        self.push(label, |table| {
            check.table_name(table).build().map(|check| item().condition_check(check).build())
        });
        self
    }

    /// Deletes a row whose version must be `version`.
    pub fn delete(mut self, label: &'static str, key: &Key, version: u64) -> Self {
        let delete = Delete::builder()
            .set_key(Some(key.attributes()))
            .condition_expression("version = :seen")
            .expression_attribute_values(":seen", number(version));
        self.push(label, |table| {
            delete.table_name(table).build().map(|delete| item().delete(delete).build())
        });
        self
    }

    fn put(
        mut self,
        label: &'static str,
        row: Item,
        condition: &str,
        value: Option<(&str, AttributeValue)>,
    ) -> Self {
        match row.attributes {
            Err(error) => self.writes.push((label, Err(error))),
            Ok(attributes) => {
                let mut put = Put::builder().set_item(Some(attributes)).condition_expression(condition);
                if let Some((name, value)) = value {
                    put = put.expression_attribute_values(name, value);
                }
                self.push(label, |table| put.table_name(table).build().map(|put| item().put(put).build()));
            }
        }
        self
    }

    fn push(
        &mut self,
        label: &'static str,
        write: impl FnOnce(&str) -> Result<TransactWriteItem, BuildError>,
    ) {
        self.writes.push((label, built(write(""))));
    }
}

fn item() -> aws_sdk_dynamodb::types::builders::TransactWriteItemBuilder {
    TransactWriteItem::builder()
}

fn built(write: Result<TransactWriteItem, BuildError>) -> Result<TransactWriteItem, Error> {
    write.map_err(|error| Error::Unavailable { action: "TransactWriteItems", source: Box::new(error) })
}

/// Sets the table's name at commit, since a transaction is built without knowing the table.
pub(crate) fn for_table(mut write: TransactWriteItem, table: &str) -> TransactWriteItem {
    if let Some(put) = &mut write.put {
        table.clone_into(&mut put.table_name);
    }
    if let Some(update) = &mut write.update {
        table.clone_into(&mut update.table_name);
    }
    if let Some(delete) = &mut write.delete {
        table.clone_into(&mut delete.table_name);
    }
    if let Some(check) = &mut write.condition_check {
        table.clone_into(&mut check.table_name);
    }
    write
}

/// Updates of single attributes of a row, for counters that many callers change concurrently: conditions on current
/// values instead of a version.
#[derive(Debug)]
#[must_use]
pub struct Update {
    key: Key,
    names: HashMap<String, String>,
    values: Result<Attributes, Error>,
    changes: Vec<String>,
    removals: Vec<String>,
    counts: Vec<String>,
    conditions: Vec<String>,
}

impl Update {
    /// Creates an update of the row at `key`.
    pub fn new(key: Key) -> Self {
        Self {
            key,
            names: HashMap::new(),
            values: Ok(Attributes::new()),
            changes: Vec::new(),
            removals: Vec::new(),
            counts: Vec::new(),
            conditions: vec!["attribute_exists(pk)".to_owned()],
        }
    }

    /// Creates an update of the row of `kind` at `key`, which creates the row if there is none. It needs no condition: what it
    /// [counts](Self::count) is right in any order, and its transaction's token prevents that it is counted twice.
    pub fn counter(key: Key, kind: &'static str) -> Self {
        Self { conditions: Vec::new(), ..Self::new(key) }.set(ROW, &kind)
    }

    /// Adds to a number, which is 0 if it is absent.
    pub fn count(mut self, attribute: &str, by: u64) -> Self {
        let (name, value) = self.bind(attribute, &by);
        self.counts.push(format!("{name} {value}"));
        self
    }

    /// Adds to a number; a negative value subtracts.
    pub fn add(mut self, attribute: &str, by: i64) -> Self {
        let (name, value) = self.bind(attribute, &by);
        self.changes.push(format!("{name} = {name} + {value}"));
        self
    }

    /// Sets an attribute.
    pub fn set(mut self, attribute: &str, to: &impl Serialize) -> Self {
        let (name, value) = self.bind(attribute, to);
        self.changes.push(format!("{name} = {value}"));
        self
    }

    /// Sets an attribute, or removes it if there is no value. An update must change something besides.
    pub fn put(self, attribute: &str, to: Option<&impl Serialize>) -> Self {
        match to {
            Some(to) => self.set(attribute, to),
            None => self.remove(attribute),
        }
    }

    /// Removes an attribute.
    fn remove(mut self, attribute: &str) -> Self {
        let name = self.name(attribute);
        self.removals.push(name);
        self
    }

    /// Enters the row into an index, at this place.
    pub fn enter(self, index: Index, partition: &str, sort: &str) -> Self {
        self.set(&index.partition_attribute(), &partition).set(&index.sort_attribute(), &sort)
    }

    /// Removes the row from an index.
    pub fn leave(self, index: Index) -> Self {
        self.remove(&index.partition_attribute()).remove(&index.sort_attribute())
    }

    /// Requires that a number is at least `least`.
    pub fn when_at_least(mut self, attribute: &str, least: u64) -> Self {
        let (name, value) = self.bind(attribute, &least);
        self.conditions.push(format!("{name} >= {value}"));
        self
    }

    /// Requires that a number is at most `most`.
    pub fn when_at_most(mut self, attribute: &str, most: u64) -> Self {
        let (name, value) = self.bind(attribute, &most);
        self.conditions.push(format!("{name} <= {value}"));
        self
    }

    /// Requires that an attribute, or the field at a path such as `price.amount`, equals `to`. A whole map equals only
    /// one without fields of a newer version.
    pub fn when_equal(mut self, attribute: &str, to: &impl Serialize) -> Self {
        let (name, value) = self.bind(attribute, to);
        self.conditions.push(format!("{name} = {value}"));
        self
    }

    /// Requires that an attribute equals a value, or that there is none.
    pub fn when_same(self, attribute: &str, to: Option<&impl Serialize>) -> Self {
        match to {
            Some(to) => self.when_equal(attribute, to),
            None => self.when_absent(attribute),
        }
    }

    /// Requires that there is no attribute.
    pub fn when_absent(mut self, attribute: &str) -> Self {
        let name = self.name(attribute);
        self.conditions.push(format!("attribute_not_exists({name})"));
        self
    }

    fn name(&mut self, attribute: &str) -> String {
        let names = attribute.split('.').map(|name| (format!("#{name}"), name.to_owned()));
        self.names.extend(names.clone());
        names.map(|(name, _)| name).collect::<Vec<_>>().join(".")
    }

    fn bind(&mut self, attribute: &str, value: &impl Serialize) -> (String, String) {
        let name = self.name(attribute);
        let placeholder = match &mut self.values {
            Err(_) => String::new(),
            Ok(values) => {
                let placeholder = format!(":v{}", values.len());
                match serde_dynamo::to_attribute_value(value) {
                    Ok(value) => {
                        values.insert(placeholder.clone(), value);
                    }
                    Err(error) => self.values = Err(Error::Encode(error)),
                }
                placeholder
            }
        };
        (name, placeholder)
    }

    fn build(self) -> Result<TransactWriteItem, Error> {
        let mut expression = format!("SET {}", self.changes.join(", "));
        for (clause, parts) in [("REMOVE", self.removals), ("ADD", self.counts)] {
            if !parts.is_empty() {
                expression = format!("{expression} {clause} {}", parts.join(", "));
            }
        }
        let condition = (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "));
        let update = aws_sdk_dynamodb::types::Update::builder()
            .table_name("")
            .set_key(Some(self.key.attributes()))
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values?))
            .update_expression(expression)
            .set_condition_expression(condition)
            .build();
        built(update.map(|update| item().update(update).build()))
    }
}
