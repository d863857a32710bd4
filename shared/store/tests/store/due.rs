//! The index of due rows.

use serde::Deserialize;
use store::{Change, DueIndex};

use crate::flaky::Place;
use crate::mugs::{Failed, Glaze, Mug, MugRow, REQUEST, UNGLAZED, key, mug, now};

/// The index contains only keys.
#[derive(Deserialize)]
struct Due {
    pk: String,
}

impl Place {
    async fn due(&self, index: DueIndex, after: i64) -> Vec<String> {
        let at = now() + jiff::SignedDuration::from_millis(after);
        let due: Vec<Due> = index.due(&self.table, at).await.unwrap();
        let mut names: Vec<String> = due.into_iter().map(|due| due.pk.replace("MUG#", "")).collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn a_row_is_due_from_its_time_until_it_is_settled() {
    let place = Place::open().await;
    for name in ["ada", "bob", "cy", "dee", "eve"] {
        place.create(Mug { name: name.to_owned(), glaze: Glaze::None, ..mug(1) }).await;
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
    let item = BY_MINUTE.enter(item, "ada", now() + jiff::SignedDuration::from_secs(59));
    let insert = store::Transaction::new().insert("mug", item);
    assert_eq!(place.table.commit(insert).await.unwrap(), store::Committed::Written);
    assert!(place.due(BY_MINUTE, 59_999).await.is_empty());
    assert_eq!(place.due(BY_MINUTE, 60_000).await, ["ada"]);
}
