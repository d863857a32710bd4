//! The index of due rows.

use futures::TryStreamExt;
use jiff::SignedDuration;
use serde::Deserialize;
use store::{Change, Counted, DueIndex, DueRow};

use crate::flaky::Place;
use crate::mugs::{Failed, Glaze, Mug, MugRow, REQUEST, UNGLAZED, key, mug, now, one_more};

/// The index contains only keys.
#[derive(Debug, Deserialize)]
struct Due {
    pk: String,
}

/// An index with a field that no row has.
#[derive(Debug, Deserialize)]
struct Unreadable {
    #[expect(dead_code, reason = "it is never there")]
    colour: String,
}

impl Place {
    async fn due(&self, index: DueIndex, after: i64) -> Vec<String> {
        let at = now() + SignedDuration::from_millis(after);
        let due: Vec<DueRow<Due>> = index.due(&self.table, at).await.rows().try_collect().await.unwrap();
        let mut names: Vec<String> =
            due.into_iter().map(|due| due.value.unwrap().pk.replace("MUG#", "")).collect();
        names.sort();
        names
    }

    async fn unglazed(&self, name: &str) {
        self.create(Mug { name: name.to_owned(), glaze: Glaze::None, ..mug(1) }).await;
    }

    /// Processes everything that is due, and fails.
    async fn fail_all(&self, after: SignedDuration) -> Vec<Counted> {
        let rows = UNGLAZED.due::<Unreadable>(&self.table, now() + after).await.rows();
        let rows: Vec<DueRow<Unreadable>> = rows.try_collect().await.unwrap();
        let mut counted = Vec::new();
        for row in rows {
            assert!(row.value.is_err());
            counted.push(row.entry.count_failure(now() + after).await.unwrap());
        }
        counted
    }

    async fn set_apart(&self) -> u64 {
        UNGLAZED.due::<Due>(&self.table, now()).await.set_apart().await.unwrap()
    }
}

#[tokio::test]
async fn a_row_is_due_from_its_time_until_it_is_settled() {
    let place = Place::open().await;
    for name in ["ada", "bob", "cy", "dee", "eve"] {
        place.unglazed(name).await;
    }
    assert!(place.due(UNGLAZED, -1).await.is_empty());
    assert_eq!(place.due(UNGLAZED, 0).await, ["ada", "bob", "cy", "dee", "eve"], "from all shards");

    let glaze = async |found: Option<store::Stored<Mug>>| {
        let mug = found.ok_or(Failed::Refused("no mug"))?.value;
        Ok::<_, Failed>(Some(Change::to(Mug { glaze: Glaze::Blue, ..mug })))
    };
    place.table.at::<MugRow>(key("cy")).change(&REQUEST, glaze).await.unwrap();
    assert_eq!(place.due(UNGLAZED, 0).await, ["ada", "bob", "dee", "eve"]);
}

#[tokio::test]
async fn by_minute_excludes_the_current_minute() {
    const BY_MINUTE: DueIndex = UNGLAZED.by_minute();
    let place = Place::open().await;
    let item = store::Item::new(key("ada"), "mug", &mug(1));
    let item = BY_MINUTE.enter(item, "ada", now() + SignedDuration::from_secs(59));
    let insert = store::Transaction::new().insert("mug", item, now());
    assert_eq!(place.table.commit(insert).await.unwrap(), store::Committed::Written);
    assert!(place.due(BY_MINUTE, 59_999).await.is_empty());
    assert_eq!(place.due(BY_MINUTE, 60_000).await, ["ada"]);
}

#[tokio::test]
async fn rows_beyond_the_first_page_are_returned_and_the_age_is_the_oldests() {
    let place = Place::open().await;
    assert_eq!(UNGLAZED.due::<Due>(&place.table, now()).await.age(), 0);
    let mut names: Vec<String> = (0..250).map(|number| format!("{number}a")).collect();
    for name in &names {
        place.unglazed(name).await;
    }
    names.sort();
    assert_eq!(place.due(UNGLAZED, 0).await, names, "all are in one shard");
    let later = now() + SignedDuration::from_secs(90);
    assert_eq!(UNGLAZED.due::<Due>(&place.table, later).await.age(), 90);
    assert_eq!(UNGLAZED.by_minute().due::<Due>(&place.table, later).await.age(), 90);
}

#[tokio::test]
async fn a_row_that_fails_for_hours_is_set_apart_and_a_write_brings_it_back() {
    let place = Place::open().await;
    place.unglazed("ada").await;
    let minute = SignedDuration::from_mins(1);
    for number in 0..20 {
        assert_eq!(place.fail_all(minute * number).await, [Counted::Due], "an outage passes");
    }
    assert_eq!(place.set_apart().await, 0);
    let hours = SignedDuration::from_hours(6);
    assert_eq!(place.fail_all(hours).await, [Counted::SetApart]);
    assert_eq!((place.fail_all(hours).await, place.set_apart().await), (Vec::new(), 1));
    assert!(place.due(UNGLAZED, 0).await.is_empty());

    place.table.at::<MugRow>(key("ada")).change(&REQUEST, one_more).await.unwrap();
    assert_eq!((place.due(UNGLAZED, 0).await, place.set_apart().await), (vec!["ada".to_owned()], 0));
    let row = place.raw(&key("ada")).await.unwrap();
    assert!(row.get("failures").is_none() && row.get("failing_since").is_none(), "{row}");
    assert_eq!(place.fail_all(hours).await, [Counted::Due], "counted anew");
}

#[tokio::test]
async fn few_failures_do_not_set_a_row_apart_however_late() {
    let place = Place::open().await;
    place.unglazed("ada").await;
    for number in 0..9 {
        assert_eq!(place.fail_all(SignedDuration::from_hours(number)).await, [Counted::Due]);
    }
    assert_eq!(place.fail_all(SignedDuration::from_hours(9)).await, [Counted::SetApart]);
}

#[tokio::test]
async fn a_failure_does_not_count_once_the_row_is_no_longer_due() {
    let place = Place::open().await;
    place.unglazed("ada").await;
    let rows = UNGLAZED.due::<Due>(&place.table, now()).await.rows();
    let rows: Vec<DueRow<Due>> = rows.try_collect().await.unwrap();
    let glaze = async |found: Option<store::Stored<Mug>>| {
        let mug = found.ok_or(Failed::Refused("no mug"))?.value;
        Ok::<_, Failed>(Some(Change::to(Mug { glaze: Glaze::Blue, ..mug })))
    };
    place.table.at::<MugRow>(key("ada")).change(&REQUEST, glaze).await.unwrap();
    let before = place.raw(&key("ada")).await;
    assert_eq!(rows[0].entry.count_failure(now()).await.unwrap(), Counted::Changed);
    assert_eq!(place.raw(&key("ada")).await, before);
}
