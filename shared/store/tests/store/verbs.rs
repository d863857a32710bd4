//! The three verbs: create, change, consume.

use std::cell::Cell;

use domain::words::id::EventId;
use serde_json::json;
use store::{Change, Claim, Committed, Decision, Error, Item, Key, Outcome, Stored, Transaction, Update};

use crate::flaky::{Fault, Place};
use crate::mugs::{Failed, Mug, MugRow, Name, NameRow, REQUEST, event, key, mug, now, one_more, stock_low};

fn claim(key: &str, request: &str) -> Claim {
    Claim::new("make-mug", "usr_1", key, &request).unwrap()
}

fn name(taken: &str) -> Name {
    Name { taken: taken.to_owned() }
}

impl Place {
    async fn made(
        &self,
        change: Change<MugRow, Failed>,
        claim: Option<&Claim>,
    ) -> Result<Stored<Mug>, Failed> {
        self.table.create(&REQUEST, change, claim, || Failed::Refused("exists")).await
    }

    /// Writes Ada's mug as another process.
    async fn other_writes(&self) {
        let found = self.table.get::<Mug>(&key("ada")).await.unwrap().unwrap();
        let item = Item::new(key("ada"), "mug", &found.value);
        let write = Transaction::new().replace("mug", item, found.version);
        assert_eq!(self.table.commit(write).await.unwrap(), Committed::Written);
    }

    async fn mark(&self, number: u128) -> bool {
        let id = EventId::from_parts(0, number);
        self.raw(&Key::new(format!("INBOX#{id}"), "INBOX")).await.is_some()
    }
}

#[tokio::test]
async fn create_writes_a_row_once() {
    let place = Place::open().await;
    let made = place.made(Change::to(mug(1)).emit([stock_low()]), None).await.unwrap();
    assert_eq!(made, Stored::new(mug(1), 1));
    let refused = place.made(Change::to(mug(2)).emit([stock_low()]), None).await.unwrap_err();
    assert!(matches!(refused, Failed::Refused("exists")), "{refused:?}");
    assert_eq!((place.mug().await, place.waiting().await), (Some((1, 1)), 1));
}

#[tokio::test]
async fn create_with_a_claim_returns_the_first_row_to_a_retry() {
    let place = Place::open().await;
    let make = |pieces| {
        let change = Change::to(Mug { name: format!("mug-{pieces}"), ..mug(pieces) }).emit([stock_low()]);
        let place = &place;
        async move { place.made(change, Some(&claim("k", "a mug"))).await.unwrap() }
    };
    let made = make(1).await;
    assert_eq!(make(2).await, made, "the key decides, not the row");
    assert_eq!((place.raw(&key("mug-2")).await, place.waiting().await), (None, 1));

    let another = place.made(Change::to(mug(3)), Some(&claim("k", "two mugs"))).await.unwrap_err();
    assert!(matches!(another, Failed::Store(Error::KeyReused)), "{another:?}");
    assert_eq!(place.mug().await, None);
}

#[tokio::test]
async fn create_with_a_new_claim_refuses_an_existing_row() {
    let place = Place::with_mug().await;
    let refused = place.made(Change::to(mug(2)), Some(&claim("k", "a mug"))).await.unwrap_err();
    assert!(matches!(refused, Failed::Refused("exists")), "{refused:?}");
    let answered: Option<Mug> = place.table.answered(&claim("k", "a mug"), now()).await.unwrap();
    assert_eq!(answered, None, "nothing was claimed");
}

#[tokio::test]
async fn concurrent_creates_with_one_claim_create_one_row() {
    let place = Place::open().await;
    let make = |name: &str| {
        let change = Change::to(Mug { name: name.to_owned(), ..mug(1) });
        let place = &place;
        async move { place.made(change, Some(&claim("k", "a mug"))).await.unwrap() }
    };
    let (one, other) = tokio::join!(make("one"), make("other"));
    assert_eq!(one, other);
}

#[tokio::test]
async fn a_row_recognises_the_request_that_created_it() {
    let place = Place::open().await;
    let make = async |found: Option<Stored<Mug>>| {
        assert!(found.is_none());
        Ok::<_, Failed>(Some(Change::to(mug(1)).requested_by(&"a mug")))
    };
    let done = place.table.at::<MugRow>(key("ada")).change(&REQUEST, make).await.unwrap();
    assert_eq!(done.outcome, Outcome::Written);
    place.table.at::<MugRow>(key("ada")).change(&REQUEST, one_more).await.unwrap();
    let found = place.table.get::<Mug>(&key("ada")).await.unwrap().unwrap();
    found.is_of(&"a mug").unwrap();
    assert!(matches!(found.is_of(&"two mugs"), Err(Error::KeyReused)), "after a change too");
}

#[tokio::test]
async fn change_returns_the_new_row() {
    let place = Place::with_mug().await;
    let change = async |found: Option<Stored<Mug>>| {
        let decided = one_more(found).await?.map(|change| change.emit([stock_low()]));
        Ok::<_, Failed>(Decision::new(decided, "an answer"))
    };
    let done = place.table.at::<MugRow>(key("ada")).change(&REQUEST, change).await.unwrap();
    assert_eq!(
        (done.outcome, done.answer, done.row),
        (Outcome::Written, "an answer", Some(Stored::new(mug(2), 2)))
    );
    assert_eq!((place.mug().await, place.waiting().await), (Some((2, 2)), 1));

    let nothing = async |_| Ok::<_, Failed>(None::<Change<MugRow, Failed>>);
    let done = place.table.at::<MugRow>(key("ada")).change(&REQUEST, nothing).await.unwrap();
    assert_eq!((done.outcome, done.row), (Outcome::Unchanged, Some(Stored::new(mug(2), 2))));
    let done = place.table.at::<MugRow>(key("bob")).change(&REQUEST, nothing).await.unwrap();
    assert_eq!((done.outcome, done.row), (Outcome::Unchanged, None));
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_decided_and_written_once() {
    let place = Place::with_mug().await;
    let decided = Cell::new(0);
    let change = async |found: Option<Stored<Mug>>| {
        decided.set(decided.get() + 1);
        place.fail([Fault::AnswerLost]);
        one_more(found).await
    };
    let done = place.table.at::<MugRow>(key("ada")).change(&REQUEST, change).await.unwrap();
    assert_eq!((done.outcome, decided.get(), place.tokens().len()), (Outcome::Written, 1, 2));
    assert_eq!(place.mug().await, Some((2, 2)));
}

#[tokio::test]
async fn a_row_written_by_another_process_is_decided_on_again() {
    let place = Place::with_mug().await;
    let decided = Cell::new(0);
    let change = async |found: Option<Stored<Mug>>| {
        decided.set(decided.get() + 1);
        if decided.get() < 3 {
            place.other_writes().await;
        }
        one_more(found).await
    };
    place.table.at::<MugRow>(key("ada")).change(&REQUEST, change).await.unwrap();
    assert_eq!((decided.get(), place.mug().await), (3, Some((2, 4))));
}

#[tokio::test]
async fn a_row_always_written_by_others_returns_busy() {
    let place = Place::with_mug().await;
    let decided = Cell::new(0);
    let change = async |found: Option<Stored<Mug>>| {
        decided.set(decided.get() + 1);
        place.other_writes().await;
        one_more(found).await
    };
    let busy = place.table.at::<MugRow>(key("ada")).change(&REQUEST, change).await.unwrap_err();
    assert!(matches!(busy, Failed::Store(Error::Busy)), "{busy:?}");
    // The delays are random; a second is at least five of them.
    let tries = decided.get();
    assert!(tries >= 5, "{tries} tries in a second");
    assert_eq!(place.mug().await, Some((1, tries + 1)), "nothing was written over the others");
}

#[tokio::test]
async fn a_seen_row_is_read_again_only_if_it_has_changed() {
    let place = Place::with_mug().await;
    let seen = place.table.get::<Mug>(&key("ada")).await.unwrap().unwrap();
    place.fail([]);
    let done = place.table.seen::<MugRow>(seen.clone()).change(&REQUEST, one_more).await.unwrap();
    assert_eq!((done.outcome, place.tokens().len()), (Outcome::Written, 1), "one put, without a read");

    // The current row decides, even if the seen row requires no change.
    let until_three = async |found: Option<Stored<Mug>>| match &found {
        Some(found) if found.value.pieces == 2 => one_more(Some(found.clone())).await,
        _ => Ok(None),
    };
    let done = place.table.seen::<MugRow>(seen).change(&REQUEST, until_three).await.unwrap();
    assert_eq!((done.outcome, place.mug().await), (Outcome::Written, Some((3, 3))));
}

#[tokio::test]
async fn an_event_is_consumed_once() {
    let place = Place::with_mug().await;
    for outcome in [Outcome::Written, Outcome::Duplicate, Outcome::Duplicate] {
        let done = place.table.at::<MugRow>(key("ada")).consume(&event(1), one_more).await.unwrap();
        assert_eq!(done.outcome, outcome);
    }
    place.table.at::<MugRow>(key("ada")).consume(&event(2), one_more).await.unwrap();
    assert_eq!(place.mug().await, Some((3, 3)), "one for each event");
}

#[tokio::test]
async fn concurrent_deliveries_of_an_event_are_consumed_once() {
    let place = Place::with_mug().await;
    let event = event(1);
    let consume = || place.table.at::<MugRow>(key("ada")).consume(&event, one_more);
    let (first, second) = tokio::join!(consume(), consume());
    let mut outcomes = [first.unwrap().outcome, second.unwrap().outcome];
    outcomes.sort_by_key(|outcome| *outcome != Outcome::Written);
    assert_eq!(outcomes, [Outcome::Written, Outcome::Duplicate]);
    assert_eq!(place.mug().await, Some((2, 2)));
}

#[tokio::test]
async fn only_the_change_that_finishes_an_event_marks_it() {
    let place = Place::with_mug().await;
    let step = async |found: Option<Stored<Mug>>| {
        let is_last = found.as_ref().is_some_and(|found| found.value.pieces == 2);
        Ok::<_, Failed>(one_more(found).await?.map(|change| change.finishing(is_last)))
    };
    for marked in [false, true] {
        let done = place.table.at::<MugRow>(key("ada")).consume(&event(1), step).await.unwrap();
        assert_eq!((done.outcome, place.mark(1).await), (Outcome::Written, marked));
    }
    let done = place.table.at::<MugRow>(key("ada")).consume(&event(1), one_more).await.unwrap();
    assert_eq!(done.outcome, Outcome::Duplicate);
}

#[tokio::test]
async fn a_trigger_without_an_event_leaves_no_mark() {
    let place = Place::with_mug().await;
    for _ in 0..2 {
        let done = place.table.at::<MugRow>(key("ada")).consume(&REQUEST, one_more).await.unwrap();
        assert_eq!(done.outcome, Outcome::Written);
    }
    assert_eq!(place.mug().await, Some((3, 3)));
}

#[tokio::test]
async fn change_leaves_no_mark() {
    let place = Place::with_mug().await;
    place.table.at::<MugRow>(key("ada")).change(&event(1), one_more).await.unwrap();
    assert!(!place.mark(1).await);
}

#[tokio::test]
async fn a_failed_condition_returns_its_refusal() {
    let place = Place::with_mug().await;
    place.put_raw(&json!({ "pk": "NAME#ada", "sk": "NAME", "row": "name", "taken": "ada" })).await;
    place.put_raw(&json!({ "pk": "SHELF", "sk": "SHELF", "free": 1 })).await;
    let shelf = |least| Update::new(Key::new("SHELF", "SHELF")).add("free", -1).when_at_least("free", least);
    let with = async |taken: &str, least: u64| {
        let change = async |found: Option<Stored<Mug>>| {
            let change = one_more(found).await?.map(|change| {
                change
                    .insert_or::<NameRow>(&name(taken), Failed::Refused("the name is taken"))
                    .update_or(shelf(least), Failed::Refused("the shelf is full"))
                    .emit([stock_low()])
            });
            Ok::<_, Failed>(change)
        };
        place.table.at::<MugRow>(key("ada")).change(&REQUEST, change).await
    };
    for (taken, least, expected) in
        [("ada", 1, "the name is taken"), ("bob", 2, "the shelf is full"), ("ada", 2, "the name is taken")]
    {
        let refused = with(taken, least).await.unwrap_err();
        assert!(matches!(refused, Failed::Refused(refusal) if refusal == expected), "{refused:?}");
    }
    assert_eq!((place.mug().await, place.waiting().await), (Some((1, 1)), 0), "nothing was written");
    assert_eq!(with("bob", 1).await.unwrap().outcome, Outcome::Written);
    assert_eq!(place.raw(&Key::new("SHELF", "SHELF")).await.unwrap()["free"], json!(0));
    assert_eq!((place.mug().await, place.waiting().await), (Some((2, 2)), 1));
}

#[tokio::test]
async fn a_failed_condition_without_a_refusal_is_decided_on_again() {
    let place = Place::with_mug().await;
    let decided = Cell::new(0);
    let change = async |found: Option<Stored<Mug>>| {
        decided.set(decided.get() + 1);
        // The second name is free.
        let taken = if decided.get() == 1 { "ada" } else { "bob" };
        Ok::<_, Failed>(one_more(found).await?.map(|change| change.insert::<NameRow>(&name(taken))))
    };
    place.put_raw(&json!({ "pk": "NAME#ada", "sk": "NAME", "row": "name", "taken": "ada" })).await;
    place.table.at::<MugRow>(key("ada")).change(&REQUEST, change).await.unwrap();
    assert_eq!((decided.get(), place.mug().await), (2, Some((2, 2))));
}

#[tokio::test]
async fn a_change_beside_the_row_only_updates_it() {
    let place = Place::with_mug().await;
    let change = async |_: Option<Stored<Mug>>| {
        let update = Update::new(key("ada")).add("pieces", 4);
        Ok::<_, Failed>(Some(Change::<MugRow, Failed>::beside().update(update).emit([stock_low()])))
    };
    let done = place.table.at::<MugRow>(key("ada")).change(&REQUEST, change).await.unwrap();
    assert_eq!((done.outcome, place.mug().await, place.waiting().await), (Outcome::Written, Some((5, 1)), 1));
}
