//! A queue consumer with a bug, for tests of messages that fail. It records every registration, and panics for the user
//! that its template specifies (`PANICS_OVER`).

use domain::events::{Event, UserEvent};
use edge::queue::{Delivery, Failure};
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Change, Key, Outcome, Row, Table};

fn main() -> Result<(), edge::Error> {
    edge::queue::run(env!("CARGO_BIN_NAME"), note)
}

#[derive(Clone)]
struct Notes {
    table: Table,
    panics_over: String,
}

impl Connect for Notes {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let table = <Table as Connect>::connect(environment).await?;
        Ok(Self { table, panics_over: environment.variable("PANICS_OVER")?.to_owned() })
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Note {
    user_id: String,
    noted_at: Timestamp,
}

struct NoteRow;

impl Row for NoteRow {
    type Value = Note;
    const KIND: &'static str = "note";

    /// Each execution writes its own row, so that a duplicate effect is visible.
    fn key(note: &Note) -> Key {
        Key::new(format!("USER#{}", note.user_id), format!("NOTE#{}", note.noted_at))
    }
}

async fn note(notes: Notes, delivery: Delivery) -> Result<(), Failure> {
    let Event::User(UserEvent::Registered(user)) = &delivery.envelope.event else { return Ok(()) };
    let user_id = user.user_id.to_string();
    #[expect(clippy::panic, reason = "the bug under test")]
    if user_id == notes.panics_over {
        panic!("no room for {user_id}");
    }
    let note = Note { user_id, noted_at: delivery.now };
    let place = notes.table.at::<NoteRow>(NoteRow::key(&note));
    let written =
        place.consume(&delivery, async |_| Ok::<_, Failure>(Some(Change::to(note.clone())))).await?;
    if written.outcome == Outcome::Written {
        tracing::info!("noted");
    }
    Ok(())
}
