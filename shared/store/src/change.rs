//! The writes of a decision.

use std::fmt;

use domain::events::Event;
use domain::words::id::EventId;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::idempotency::{ANSWERED, Claim, RequestHash};
use crate::item::{Attributes, Item, Key};
use crate::row::{Row, item};
use crate::stored::Stored;
use crate::transaction::{Transaction, Update};
use crate::verbs::Trigger;

type Record = Box<dyn FnOnce(Timestamp) -> Result<Item, Error> + Send>;

/// The writes of a decision, in one transaction: a row, other rows, and events.
///
/// Each write has a condition. A failed condition means that another process wrote first, and the decision is repeated,
/// unless the change assigns it another meaning (`…_or`). The order of the writes gives the priority of refusals.
#[must_use]
pub struct Change<R: Row, E = Error> {
    value: Option<R::Value>,
    request_hash: Option<Result<RequestHash, Error>>,
    record: Option<Record>,
    beside: Vec<Beside<E>>,
    events: Vec<Event>,
    finishes: bool,
}

struct Beside<E> {
    write: Write,
    refusal: Option<E>,
}

enum Write {
    /// Inserts the row with this version.
    Insert(Item, u64),
    /// Replaces the row of this version.
    Replace(Item, u64),
    Update(Update),
    /// Deletes the row of this version.
    Delete(Key, u64),
    /// Requires that the row has this version.
    Check(Key, u64),
}

/// A change, ready to be committed.
pub(crate) struct Parts<T, E> {
    /// The new state of the row.
    pub(crate) row: Stored<T>,
    pub(crate) transaction: Transaction,
    /// The meaning of a failed condition, by the write's index in the transaction.
    pub(crate) refusals: Vec<(usize, E)>,
}

impl<R: Row, E> Change<R, E> {
    /// Writes the row: inserts it if there is none, otherwise replaces the version that was read.
    pub fn to(value: R::Value) -> Self {
        Self { value: Some(value), ..Self::beside() }
    }

    /// Leaves the row itself to updates, for counters that many callers change concurrently.
    pub fn beside() -> Self {
        Self {
            value: None,
            request_hash: None,
            record: None,
            beside: Vec::new(),
            events: Vec::new(),
            finishes: true,
        }
    }

    /// Sends events after the commit.
    pub fn emit<T: Into<Event>>(mut self, events: impl IntoIterator<Item = T>) -> Self {
        self.events.extend(events.into_iter().map(Into::into));
        self
    }

    /// Inserts another row, which must not exist.
    pub fn insert<Q: Row>(self, value: &Q::Value) -> Self {
        self.with(Write::Insert(item::<Q>(value), 1), None)
    }

    /// Inserts another row; `refusal` if it exists.
    pub fn insert_or<Q: Row>(self, value: &Q::Value, refusal: E) -> Self {
        self.with(Write::Insert(item::<Q>(value), 1), Some(refusal))
    }

    /// Replaces another row, which must still be as it was read.
    pub fn replace<Q: Row>(self, found: &Stored<Q::Value>, value: &Q::Value) -> Self {
        let item = over::<Q>(Some(found), value).unwrap_or_else(|error| Item { attributes: Err(error) });
        self.with(Write::Replace(item, found.version), None)
    }

    /// Deletes another row, which must still be as it was read.
    pub fn delete<Q: Row>(self, found: &Stored<Q::Value>) -> Self {
        self.with(Write::Delete(Q::key(&found.value), found.version), None)
    }

    /// Requires that another row is still as it was read, without writing it: the decision depends on it.
    pub fn check<Q: Row>(self, found: &Stored<Q::Value>) -> Self {
        self.with(Write::Check(Q::key(&found.value), found.version), None)
    }

    /// Moves another row to the key of `value`, where there must be none. What a newer version has written to it moves along, and
    /// its version grows: a row that moves away and back is not mistaken for its earlier version.
    pub fn rekey<Q: Row>(self, found: &Stored<Q::Value>, value: &Q::Value) -> Self {
        let item = over::<Q>(Some(found), value).unwrap_or_else(|error| Item { attributes: Err(error) });
        self.delete::<Q>(found).with(Write::Insert(item, found.version + 1), None)
    }

    /// Updates another row under its conditions.
    pub fn update(self, update: Update) -> Self {
        self.with(Write::Update(update), None)
    }

    /// Updates another row under its conditions; `refusal` if one of them fails.
    pub fn update_or(self, update: Update, refusal: E) -> Self {
        self.with(Write::Update(update), Some(refusal))
    }

    /// Stores the reply to a claimed request.
    pub fn answer(mut self, claim: &Claim, reply: &impl Serialize) -> Self {
        // Only the time is missing; a reply that does not encode fails the commit.
        let (claim, reply) = (claim.clone(), serde_json::to_value(reply));
        self.record = Some(Box::new(move |now| claim.record(&reply?, now)));
        self
    }

    /// Makes the row the record of the request that creates it: [`Stored::is_of`] then compares later requests with it.
    pub fn requested_by(mut self, request: &impl Serialize) -> Self {
        self.request_hash = Some(RequestHash::of(request));
        self
    }

    /// Sets whether this change completes the consumed event. If not, the event is not marked yet, and more changes
    /// follow.
    pub fn finishing(self, finishes: bool) -> Self {
        Self { finishes, ..self }
    }

    pub(crate) fn finishes(&self) -> bool {
        self.finishes
    }

    pub(crate) fn value(&self) -> Option<&R::Value> {
        self.value.as_ref()
    }

    fn with(mut self, write: Write, refusal: Option<E>) -> Self {
        self.beside.push(Beside { write, refusal });
        self
    }

    pub(crate) fn into_parts(
        self,
        trigger: &dyn Trigger,
        mark: Option<EventId>,
        found: Option<&Stored<R::Value>>,
    ) -> Result<Parts<R::Value, E>, Error> {
        let (now, mut transaction) = (trigger.now(), Transaction::new());
        if let Some(record) = self.record {
            transaction = transaction.insert(ANSWERED, record(now)?, now);
        }
        if let Some(event) = mark {
            transaction = transaction.once(event, now);
        }
        let row = match self.value {
            None => None,
            Some(value) => {
                let mut item = over::<R>(found, &value)?;
                if let Some(hash) = self.request_hash {
                    item = hash?.into_row(item);
                }
                let attributes = item.attributes.as_ref().cloned().unwrap_or_else(|_| Attributes::new());
                let version = found.map_or(0, |found| found.version) + 1;
                transaction = match found {
                    Some(found) => transaction.replace(R::KIND, item, found.version),
                    None => transaction.insert(R::KIND, item, now),
                };
                Some(Stored { value, version, attributes })
            }
        };
        let mut refusals = Vec::new();
        for Beside { write, refusal } in self.beside {
            refusals.extend(refusal.map(|refusal| (transaction.len(), refusal)));
            transaction = match write {
                Write::Insert(item, version) => transaction.insert_as("beside", item, version, now),
                Write::Replace(item, version) => transaction.replace("beside", item, version),
                Write::Update(update) => transaction.update("beside", update),
                Write::Delete(key, version) => transaction.delete("beside", &key, version),
                Write::Check(key, version) => transaction.check("beside", &key, version),
            };
        }
        for event in self.events {
            transaction = transaction.emit(&trigger.envelope(event));
        }
        let row = row.or_else(|| found.cloned()).ok_or(Error::NothingToWrite)?;
        Ok(Parts { row, transaction, refusals })
    }
}

/// Builds the row to write over the one that was read, keeping data that this version does not know.
pub(crate) fn over<R: Row>(found: Option<&Stored<R::Value>>, value: &R::Value) -> Result<Item, Error> {
    let Some(found) = found else { return Ok(item::<R>(value)) };
    let known: Attributes = serde_dynamo::to_item(&found.value).map_err(Error::Encode)?;
    let new: Attributes = serde_dynamo::to_item(value).map_err(Error::Encode)?;
    let merged = crate::carry::merge(&crate::item::own_removed(&found.attributes), &known, new);
    Ok(R::place(value, Item::of(R::key(value), R::KIND, merged)))
}

impl<R: Row, E> fmt::Debug for Change<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("row", &R::KIND).field("events", &self.events).finish_non_exhaustive()
    }
}
