//! The outbox: events are stored in the table, in the transaction of the change that they report, until the relay has
//! sent them.

use domain::events::{Envelope, Queue};
use domain::words::id::EventId;
use futures::TryStreamExt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::AttributeValue;

use crate::backlog::Backlog;
use crate::due::Shards;
use crate::error::Error;
use crate::item::{Attributes, Item, Key, decode};
use crate::query::{Index, Query};
use crate::table::Table;

const SHARDS: Shards = Shards::new("OUTBOX", 8);

/// The marker of outbox rows (`row = "outbox"`); the relay's stream filter in the template names it.
const ROW: &str = "outbox";

/// The label of an event's row.
pub(crate) const EVENT: &str = "event";

/// Small, because DynamoDB charges by the kilobyte, and an order's event is nearly that large.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    #[serde(rename = "sk")]
    id: EventId,
    // The codes of its queues. They are determined when the event is written, so a relay can send events of unknown
    // types.
    queues: String,
    // The envelope as it will be sent, not as attributes: the message equals the committed text byte for byte, but for what
    // `Queue::receives` leaves out. Without its head, which the id determines.
    envelope: String,
}

/// An event waiting to be sent.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The event's id.
    pub id: EventId,
    /// The names of the destination queues.
    pub queues: Vec<String>,
    /// The envelope, as JSON.
    pub json: String,
    /// The decoded envelope.
    pub envelope: Envelope,
}

/// Creates the outbox row of an event.
pub(crate) fn item(envelope: &Envelope) -> Result<Item, Error> {
    let queues = envelope.event.queues();
    if queues.is_empty() {
        return Err(Error::NotSent { name: envelope.event.name().to_owned() });
    }
    let json = serde_json::to_string(envelope)?;
    let row = Row {
        id: envelope.id,
        queues: queues.iter().map(|queue| queue.code()).collect(),
        envelope: json.strip_prefix(&head(envelope.id)).unwrap_or(&json).to_owned(),
    };
    Ok(Item::new(key(envelope.id), ROW, &row))
}

/// Reads an outbox row from a stream record's new image; `None` if the row is not an outbox row.
///
/// # Errors
/// If an outbox row does not decode.
pub fn from_image(image: serde_dynamo::Item) -> Result<Option<Waiting>, Error> {
    let image = image.into_inner();
    if image.get("row") != Some(&AttributeValue::S(ROW.to_owned())) {
        return Ok(None);
    }
    let row: Row = serde_dynamo::from_item(image).map_err(|error| corrupt(ROW.to_owned(), error))?;
    waiting(row).map(Some)
}

/// Returns the events that have waited since before `cutoff`. An event that does not decode is an error of its own
/// element, so the others can be sent, and does not count as the oldest.
pub async fn overdue(table: &Table, cutoff: Timestamp) -> Backlog<Result<Waiting, Error>> {
    let milliseconds = u64::try_from(cutoff.as_millisecond()).unwrap_or_default();
    let bound = EventId::from_parts(milliseconds, 0).to_string();
    let queries = SHARDS.all().map(|shard| Query::new(Index::Table, shard).below(&bound));
    let time = |row: &Attributes| read(row.clone()).ok().map(|event| event.id.created_at());
    Backlog::read(table, queries, time, |raw| read(raw.attributes)).await
}

fn read(row: Attributes) -> Result<Waiting, Error> {
    waiting(decode::<Row>(row)?.value)
}

/// Overdue events, for tests.
#[derive(Debug)]
pub struct Overdue {
    /// Oldest first.
    pub events: Vec<Result<Waiting, Error>>,
}

/// Returns all events that have waited since before `cutoff`, for tests.
///
/// # Errors
/// If the table is unavailable.
pub async fn older_than(table: &Table, cutoff: Timestamp) -> Result<Overdue, Error> {
    let mut events: Vec<_> = overdue(table, cutoff).await.rows().try_collect().await?;
    events.sort_by_key(|event: &Result<Waiting, Error>| event.as_ref().ok().map(|event| event.id));
    Ok(Overdue { events })
}

/// Removes a sent event from the outbox. Idempotent.
///
/// # Errors
/// If the table is unavailable; the event is then sent again, and recognised as a duplicate.
pub async fn sent(table: &Table, id: EventId) -> Result<(), Error> {
    table.delete(&key(id)).await
}

/// Returns how the envelope of the event with this id begins.
fn head(id: EventId) -> String {
    format!(r#"{{"specversion":"1.0","id":"{id}","#)
}

fn waiting(row: Row) -> Result<Waiting, Error> {
    let is_whole = row.envelope.starts_with('{');
    let json = if is_whole { row.envelope } else { head(row.id) + &row.envelope };
    let envelope = serde_json::from_str(&json).map_err(|error| corrupt(row.id.to_string(), error))?;
    let name = |code| match Queue::of_code(code) {
        Some(queue) => Ok(queue.name().to_owned()),
        None => Err(unknown_queue(row.id, code)),
    };
    let queues = row.queues.chars().map(name).collect::<Result<_, _>>()?;
    Ok(Waiting { id: row.id, queues, json, envelope })
}

/// The queue of a newer version: the event waits for that version's relay.
fn unknown_queue(id: EventId, code: char) -> Error {
    let source = format!("the queue {code:?} is unknown to this version").into();
    Error::Corrupt { key: id.to_string(), field: "queues".to_owned(), source }
}

fn corrupt(key: String, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Corrupt { key, field: "envelope".to_owned(), source: Box::new(error) }
}

fn key(id: EventId) -> Key {
    let id = id.to_string();
    Key::new(SHARDS.of(&id), id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::text;

    /// An order of two lines, with times as precise as a clock's.
    fn order_placed() -> String {
        let event = include_str!("../../../tests/compat/events/bodega.order.placed.v1.json");
        let event: Envelope = serde_json::from_str(&event.replace(":00Z", ":00.123456789Z")).unwrap();
        serde_json::to_string(&event).unwrap()
    }

    fn stored(json: &str) -> Attributes {
        item(&serde_json::from_str(json).unwrap()).unwrap().attributes.unwrap()
    }

    #[test]
    fn the_row_of_a_placed_order_of_two_lines_costs_one_unit() {
        let row = stored(&order_placed());
        // The size of an item is that of its names and values, all of which are strings here (Amazon DynamoDB Developer
        // Guide, "DynamoDB item sizes and formats"). A write unit is a kilobyte.
        let size: usize = row.iter().map(|(name, value)| name.len() + value.as_s().unwrap().len()).sum();
        assert!(size <= 1_024, "{size} bytes: {row:?}");
    }

    #[test]
    fn the_message_is_the_committed_text() {
        let json = order_placed();
        assert_eq!(read(stored(&json)).unwrap().json, json);
        let mut whole = stored(&json);
        whole.insert("envelope".to_owned(), text(&json));
        assert_eq!(read(whole).unwrap().json, json, "a row whose envelope has its head");
    }

    #[test]
    fn an_event_without_a_queue_is_refused() {
        let envelope: Envelope = serde_json::from_value(serde_json::json!({
            "specversion": "1.0", "id": EventId::from_parts(0, 1), "source": "/bodega/orders", "subject": "x",
            "time": "2026-11-23T10:00:00Z", "datacontenttype": "application/json", "correlationid": "test",
            "type": "bodega.order.of_the_next_release.v1", "data": {},
        }))
        .unwrap();
        let refused = item(&envelope).unwrap_err();
        assert!(
            matches!(&refused, Error::NotSent { name } if *name == "bodega.order.of_the_next_release.v1")
        );
    }
}
