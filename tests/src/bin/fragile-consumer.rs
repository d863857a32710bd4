//! A queue consumer with a bug, for the tests of what becomes of messages that fail: it notes every registration that it hears
//! of, and panics over one user (`PANICS_OVER`) for as long as its template does not say otherwise.

use aws_sdk_dynamodb::Client;
use domain::event::Event;
use edge::queue::{Delivery, Failure};
use edge::{Connect, Environment, InitError};
use serde::Serialize;
use store::inbox::DUPLICATE;
use store::{Item, Key, Outcome, Table, Transaction};

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
        let table = Table::new(Client::new(environment.aws()), environment.variable("TABLE_NAME")?);
        Ok(Self { table, panics_over: environment.variable("PANICS_OVER")?.to_owned() })
    }
}

#[derive(Serialize)]
struct Note {
    user_id: String,
}

async fn note(notes: Notes, delivery: Delivery) -> Result<(), Failure> {
    let Event::UserRegistered(user) = &delivery.envelope.event else { return Ok(()) };
    let user_id = user.user_id.to_string();
    #[expect(clippy::panic, reason = "that is its bug")]
    if user_id == notes.panics_over {
        panic!("no room for {user_id}");
    }
    // A row of its own for each time that it gets here: what was done twice would show.
    let key = Key::new(format!("USER#{user_id}"), format!("NOTE#{}", delivery.now));
    let item = Item::new(key, "note", &Note { user_id });
    let transaction = Transaction::new().insert("note", item).once(delivery.envelope.id, delivery.now);
    match notes.table.commit(transaction).await? {
        Outcome::Committed => {
            tracing::info!("noted");
            Ok(())
        }
        Outcome::Refused(DUPLICATE) => Ok(()),
        Outcome::Refused(label) => Err(format!("refused: {label}").into()),
    }
}
