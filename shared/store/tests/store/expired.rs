//! Rows past their expiry. DynamoDB deletes them days later; until then they are there and count as absent.

use aws_sdk_dynamodb::types::TimeToLiveStatus;
use domain::events::{Envelope, Event};
use domain::words::id::EventId;
use jiff::{SignedDuration, Timestamp};
use store::{Change, Claim, Committed, Error, Item, Outcome, Stored, Transaction, Trigger};

use crate::flaky::Place;
use crate::mugs::{Failed, Mug, MugRow, Why, event, key, mug, now, one_more};

/// A trigger at a time other than [`now`].
struct At(Timestamp, Why);

impl Trigger for At {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn envelope(&self, event: Event) -> Envelope {
        self.1.envelope(event)
    }

    fn delivered(&self) -> Option<EventId> {
        self.1.delivered()
    }
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn claim(request: &str) -> Claim {
    Claim::new("make-mug", "usr_1", "k", &request).unwrap()
}

/// Otherwise it would delete the rows of a test in the past, sooner or later than the test reads them.
#[tokio::test]
async fn the_engine_of_a_test_does_not_delete_by_the_machines_clock() {
    let table =
        engines::testing::table(concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions/users/template.yaml"))
            .await;
    let reply = table.client().describe_time_to_live().table_name(table.name()).send().await.unwrap();
    let status = reply.time_to_live_description.unwrap().time_to_live_status;
    assert_eq!(status, Some(TimeToLiveStatus::Disabled));
}

#[tokio::test]
async fn an_idempotency_key_past_its_day_is_a_new_request() {
    let place = Place::open().await;
    let make = |name: &'static str, request: &'static str, at: Timestamp| {
        let change = Change::<MugRow, Failed>::to(Mug { name: name.to_owned(), ..mug(1) });
        let table = &place.table;
        async move {
            let exists = || Failed::Refused("exists");
            let made = table.create(&At(at, Why(None)), change, Some(&claim(request)), exists).await;
            made.map(|row| row.value.name)
        }
    };
    assert_eq!(make("one", "a mug", now()).await.unwrap(), "one");
    let almost = now() + DAY - SignedDuration::from_secs(1);
    assert_eq!(make("two", "a mug", almost).await.unwrap(), "one", "the first reply");
    let reused = make("two", "two mugs", almost).await.unwrap_err();
    assert!(matches!(reused, Failed::Store(Error::KeyReused)), "{reused:?}");

    assert_eq!(make("two", "two mugs", now() + DAY).await.unwrap(), "two", "another request");
    assert_eq!(make("three", "two mugs", now() + DAY).await.unwrap(), "two", "which is kept for a day again");
}

#[tokio::test]
async fn a_mark_past_its_time_does_not_stop_an_event() {
    let place = Place::with_mug().await;
    let consume = |at: Timestamp| {
        let table = &place.table;
        async move {
            let done = table.at::<MugRow>(key("ada")).consume(&At(at, event(1)), one_more).await;
            done.unwrap().outcome
        }
    };
    assert_eq!(consume(now()).await, Outcome::Written);
    assert_eq!(consume(now() + DAY * 35).await, Outcome::Duplicate);
    assert_eq!(consume(now() + DAY * 36).await, Outcome::Written);
}

#[tokio::test]
async fn a_row_past_its_time_is_neither_read_nor_in_the_way() {
    let place = Place::open().await;
    // In the future, so that the engine's own deletion of expired rows does not come first.
    let now = || Timestamp::now() + DAY;
    let ended = now();
    let old = Item::new(key("ada"), "mug", &mug(7)).expires(ended);
    let insert = Transaction::new().insert("mug", old, ended - DAY);
    assert_eq!(place.table.commit(insert).await.unwrap(), Committed::Written);
    let early = ended - SignedDuration::from_secs(2);
    let found = place.table.get_unexpired::<Mug>(&key("ada"), early).await.unwrap();
    assert_eq!(found.map(|row| row.value.pieces), Some(7));
    assert_eq!(place.table.get_unexpired::<Mug>(&key("ada"), now()).await.unwrap(), None);

    let make = async |found: Option<Stored<Mug>>| {
        assert_eq!(found, None);
        Ok::<_, Failed>(Some(Change::<MugRow, Failed>::to(mug(1))))
    };
    let done = place.table.at::<MugRow>(key("ada")).change(&At(now(), Why(None)), make).await.unwrap();
    assert_eq!((done.outcome, place.mug().await), (Outcome::Written, Some((1, 1))));
}
