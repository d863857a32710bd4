//! What changes together: every write has its condition, and its event goes along (`TransactWriteItems`).

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use aws_sdk_dynamodb::types::{ConditionCheck, Delete};
use domain::events::Envelope;
use domain::words::id::EventId;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::item::{Attributes, Item, Key, VERSION, number};
use crate::{inbox, outbox};

/// Writes that happen all or not at all. Each carries a label that [`Committed::Refused`] names when its condition fails.
///
/// Their order says which refusal goes before which: what tells a repeated request or event comes first. DynamoDB takes at
/// most 100 writes. A mistake in a value surfaces at [`Table::commit`](crate::Table::commit).
#[derive(Debug, Default)]
#[must_use]
pub struct Transaction {
    pub(crate) writes: Vec<(&'static str, Result<TransactWriteItem, Error>)>,
}

/// The outcome of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Committed {
    /// Everything is written.
    Written,
    /// Nothing is: the condition of the write with this label failed (the first,
    /// where several did).
    Refused(&'static str),
}

impl Transaction {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only if the event has not been applied before: writes its mark in the inbox.
    pub fn once(self, event: EventId, now: Timestamp) -> Self {
        self.insert(inbox::DUPLICATE, inbox::mark(event, now))
    }

    /// Lets the event go out once this is committed: writes it to the outbox.
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

    /// Writes a row that must not be there yet, as version 1.
    pub fn insert(self, label: &'static str, item: Item) -> Self {
        let item = item.with(VERSION.to_owned(), number(1));
        self.put(label, item, "attribute_not_exists(pk)", None)
    }

    /// Writes a row over the one of `version`, as the next version.
    pub fn replace(self, label: &'static str, item: Item, version: u64) -> Self {
        let item = item.with(VERSION.to_owned(), number(version + 1));
        self.put(label, item, "version = :seen", Some((":seen", number(version))))
    }

    /// Changes attributes of a row that must be there.
    pub fn update(mut self, label: &'static str, update: Update) -> Self {
        self.writes.push((label, update.build()));
        self
    }

    /// Only if the row is of `version`; it is not written.
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

    /// Deletes a row that must be there.
    pub fn delete(mut self, label: &'static str, key: &Key) -> Self {
        let delete =
            Delete::builder().set_key(Some(key.attributes())).condition_expression("attribute_exists(pk)");
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

/// The table's name is put in at commit: a transaction is made without knowing the table.
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

/// Changes to single attributes of a row, for counters that many callers move at once: no version, but a condition on
/// what is there.
#[derive(Debug)]
#[must_use]
pub struct Update {
    key: Key,
    names: HashMap<String, String>,
    values: Result<Attributes, Error>,
    changes: Vec<String>,
    conditions: Vec<String>,
}

impl Update {
    /// A change of the row at `key`.
    pub fn new(key: Key) -> Self {
        Self {
            key,
            names: HashMap::new(),
            values: Ok(Attributes::new()),
            changes: Vec::new(),
            conditions: vec!["attribute_exists(pk)".to_owned()],
        }
    }

    /// Adds to a number; below zero takes away.
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

    /// Only if a number is at least so much.
    pub fn when_at_least(mut self, attribute: &str, least: u64) -> Self {
        let (name, value) = self.bind(attribute, &least);
        self.conditions.push(format!("{name} >= {value}"));
        self
    }

    /// Only if a number is at most so much.
    pub fn when_at_most(mut self, attribute: &str, most: u64) -> Self {
        let (name, value) = self.bind(attribute, &most);
        self.conditions.push(format!("{name} <= {value}"));
        self
    }

    /// Only if an attribute is so.
    pub fn when_equal(mut self, attribute: &str, to: &impl Serialize) -> Self {
        let (name, value) = self.bind(attribute, to);
        self.conditions.push(format!("{name} = {value}"));
        self
    }

    fn bind(&mut self, attribute: &str, value: &impl Serialize) -> (String, String) {
        let name = format!("#{attribute}");
        self.names.insert(name.clone(), attribute.to_owned());
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
        let update = aws_sdk_dynamodb::types::Update::builder()
            .table_name("")
            .set_key(Some(self.key.attributes()))
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values?))
            .update_expression(format!("SET {}", self.changes.join(", ")))
            .condition_expression(self.conditions.join(" AND "))
            .build();
        built(update.map(|update| item().update(update).build()))
    }
}
