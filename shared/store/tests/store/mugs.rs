//! Rows for tests: mugs, and their names.

use domain::events::{Envelope, Event, ProductEvent, StockLow};
use domain::words::id::EventId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Change, DueIndex, Error, Item, Key, Row, Stored, Trigger};

use crate::flaky::Place;

pub const UNGLAZED: DueIndex = DueIndex::new(1, "UNGLAZED");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mug {
    pub name: String,
    pub pieces: u64,
    pub glaze: Glaze,
    pub handle: Handle,
    pub chips: Vec<Chip>,
    pub made_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Glaze {
    None,
    Blue,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handle {
    pub side: Side,
    pub width: u64,
}

/// A field that no decision depends on: a row with an unknown value of it can still be changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Left,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chip {
    pub place: u64,
}

#[derive(Debug)]
pub struct MugRow;

impl Row for MugRow {
    type Value = Mug;
    const KIND: &'static str = "mug";

    fn key(mug: &Mug) -> Key {
        key(&mug.name)
    }

    fn place(mug: &Mug, item: Item) -> Item {
        if mug.glaze == Glaze::None { UNGLAZED.enter(item, &mug.name, mug.made_at) } else { item }
    }

    fn is_understood(mug: &Mug) -> bool {
        mug.glaze != Glaze::Unknown
    }
}

#[derive(Debug)]
pub struct NameRow;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Name {
    pub taken: String,
}

impl Row for NameRow {
    type Value = Name;
    const KIND: &'static str = "name";

    fn key(name: &Name) -> Key {
        Key::new(format!("NAME#{}", name.taken), "NAME")
    }
}

/// An operation's error: the store's, or a refusal of its change.
#[derive(Debug)]
pub enum Failed {
    Store(Error),
    Refused(&'static str),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// A trigger, with or without an event.
pub struct Why(pub Option<EventId>);

impl Trigger for Why {
    fn now(&self) -> Timestamp {
        now()
    }

    fn envelope(&self, event: Event) -> Envelope {
        Envelope {
            specversion: Default::default(),
            id: EventId::from_parts(1, 1),
            source: event.source().to_owned(),
            subject: event.subject(),
            time: now(),
            datacontenttype: Default::default(),
            traceparent: None,
            correlationid: "test".to_owned(),
            event,
        }
    }

    fn delivered(&self) -> Option<EventId> {
        self.0
    }
}

pub const REQUEST: Why = Why(None);

pub fn event(number: u128) -> Why {
    Why(Some(EventId::from_parts(0, number)))
}

pub fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

pub fn key(name: &str) -> Key {
    Key::new(format!("MUG#{name}"), "MUG")
}

pub fn mug(pieces: u64) -> Mug {
    Mug {
        name: "ada".to_owned(),
        pieces,
        glaze: Glaze::Blue,
        handle: Handle { side: Side::Left, width: 9 },
        chips: vec![Chip { place: 1 }, Chip { place: 2 }],
        made_at: now(),
    }
}

pub fn stock_low() -> ProductEvent {
    ProductEvent::StockLow(
        serde_json::from_value::<StockLow>(serde_json::json!({ "sku": "MUG", "available": 1 })).unwrap(),
    )
}

/// Adds one piece.
pub async fn one_more(found: Option<Stored<Mug>>) -> Result<Option<Change<MugRow, Failed>>, Failed> {
    let found = found.ok_or(Failed::Refused("no mug"))?.value;
    Ok(Some(Change::to(Mug { pieces: found.pieces + 1, ..found })))
}

impl Place {
    pub async fn with_mug() -> Self {
        let place = Self::open().await;
        place.create(mug(1)).await;
        place
    }

    pub async fn create(&self, mug: Mug) {
        let change = Change::<MugRow, Failed>::to(mug);
        self.table.create(&REQUEST, change, None, || Failed::Refused("exists")).await.unwrap();
    }

    /// Returns the pieces and the version of Ada's mug.
    pub async fn mug(&self) -> Option<(u64, u64)> {
        let found = self.table.get::<Mug>(&key("ada")).await.unwrap();
        found.map(|found| (found.value.pieces, found.version))
    }

    /// Returns a row as stored.
    pub async fn raw(&self, key: &Key) -> Option<Value> {
        self.table.get::<Value>(key).await.unwrap().map(|found| found.value)
    }

    /// Writes a row as a newer version would.
    pub async fn put_raw(&self, row: &Value) {
        let item = serde_dynamo::to_item(row).unwrap();
        let put = self.engine.client().put_item().table_name(self.engine.name());
        put.set_item(Some(item)).send().await.unwrap();
    }

    pub async fn waiting(&self) -> usize {
        let far = "2100-01-01T00:00:00Z".parse().unwrap();
        store::outbox::older_than(&self.table, far).await.unwrap().events.len()
    }
}
