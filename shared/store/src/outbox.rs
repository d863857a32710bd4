//! The outbox: events wait in the table, written with the change that they tell of, until the relay has sent them.

use domain::events::Envelope;
use domain::words::id::EventId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::AttributeValue;

use crate::due::Shards;
use crate::error::Error;
use crate::item::{Item, Key};
use crate::query::Index;
use crate::table::Table;

const SHARDS: Shards = Shards::new("OUTBOX", 8);

/// What outbox rows are marked with (`row = "outbox"`); the relay's stream filter in the template names it.
const ROW: &str = "outbox";

/// The label of an event's row.
pub(crate) const EVENT: &str = "event";

/// Kept short, because DynamoDB charges by the kilobyte and an order's event has nearly one.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    #[serde(rename = "sk")]
    id: EventId,
    // Names of queues, separated by spaces. Where it goes was decided when it was written, so a relay sends events of types that it
    // does not know.
    queues: String,
    // The envelope as it will be sent, not as attributes: what is sent is, to the byte, what was committed.
    envelope: String,
}

/// An event that waits to be sent.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The event's id.
    pub id: EventId,
    /// The names of the queues that it goes to.
    pub queues: Vec<String>,
    /// The envelope, as JSON.
    pub json: String,
    /// The envelope, read.
    pub envelope: Envelope,
}

/// The row of an event that is to go out.
pub(crate) fn item(envelope: &Envelope) -> Result<Item, Error> {
    let row = Row {
        id: envelope.id,
        queues: envelope.event.queues().iter().map(|queue| queue.name()).collect::<Vec<_>>().join(" "),
        envelope: serde_json::to_string(envelope)?,
    };
    Ok(Item::new(key(envelope.id), ROW, &row))
}

/// Reads an outbox row from a stream record's new image; `None` when the row is not of the outbox.
///
/// # Errors
/// When it is, and does not decode.
pub fn from_image(image: serde_dynamo::Item) -> Result<Option<Waiting>, Error> {
    let image = image.into_inner();
    if image.get("row") != Some(&AttributeValue::S(ROW.to_owned())) {
        return Ok(None);
    }
    let row: Row = serde_dynamo::from_item(image).map_err(|error| corrupt(ROW.to_owned(), error))?;
    waiting(row).map(Some)
}

/// Events that have waited for too long.
#[derive(Debug, Default)]
pub struct Backlog {
    /// Oldest first. One whose envelope does not decode is an error of its own: the others can go.
    pub events: Vec<Result<Waiting, Error>>,
    oldest: Option<Timestamp>,
}

impl Backlog {
    /// For how many seconds the oldest of them has waited; 0 when there are none.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> u64 {
        let age = self.oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs());
        age.try_into().unwrap_or_default()
    }
}

/// The events that have waited since before `cutoff`, at most 100 of each shard.
///
/// # Errors
/// When the table is unavailable, or a row is none of the outbox's.
pub async fn older_than(table: &Table, cutoff: Timestamp) -> Result<Backlog, Error> {
    let milliseconds = u64::try_from(cutoff.as_millisecond()).unwrap_or_default();
    let bound = EventId::from_parts(milliseconds, 0).to_string();
    let mut rows: Vec<Row> =
        SHARDS.below(table, Index::Table, &bound).await?.into_iter().map(|row| row.value).collect();
    rows.sort_by_key(|row| row.id);
    let oldest = rows.first().map(|row| row.id.created_at());
    Ok(Backlog { events: rows.into_iter().map(waiting).collect(), oldest })
}

/// Takes an event that was sent out of the outbox. Doing so twice does no harm.
///
/// # Errors
/// When the table is unavailable; the event is then sent again, and recognised as a duplicate.
pub async fn sent(table: &Table, id: EventId) -> Result<(), Error> {
    table.delete(&key(id)).await
}

fn waiting(row: Row) -> Result<Waiting, Error> {
    let envelope = serde_json::from_str(&row.envelope).map_err(|error| corrupt(row.id.to_string(), error))?;
    let queues = row.queues.split_whitespace().map(str::to_owned).collect();
    Ok(Waiting { id: row.id, queues, json: row.envelope, envelope })
}

fn corrupt(key: String, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Corrupt { key, field: "envelope".to_owned(), source: Box::new(error) }
}

fn key(id: EventId) -> Key {
    let id = id.to_string();
    Key::new(SHARDS.of(&id), id)
}
