//! Rows that are changed by one decision, in several transactions.

use store::{Joint, Stored, Update};

use crate::flaky::Place;
use crate::mugs::{Mug, MugRow, REQUEST, key, mug};

const NAMES: [&str; 3] = ["ada", "bob", "eve"];

impl Place {
    async fn with_mugs() -> Self {
        let place = Self::open().await;
        for name in NAMES.into_iter().chain(["shelf"]) {
            place.create(Mug { name: name.to_owned(), ..mug(1) }).await;
        }
        place
    }

    async fn pieces_of(&self, name: &str) -> u64 {
        self.table.get::<Mug>(&key(name)).await.unwrap().unwrap().value.pieces
    }
}

/// Adds a piece to each mug, in a transaction of its own with an update of the shelf.
fn one_more_each(found: Vec<Stored<Mug>>, update: impl Fn(&Mug) -> Vec<Update>) -> Vec<Joint<MugRow>> {
    let one_more = |row: Stored<Mug>| {
        let after = Mug { pieces: row.value.pieces + 1, ..row.value.clone() };
        Joint { updates: update(&after), rows: vec![(row, after)] }
    };
    found.into_iter().map(one_more).collect()
}

#[tokio::test]
async fn each_transaction_is_written_or_refused_by_itself() {
    let place = Place::with_mugs().await;
    let decide = |found| {
        one_more_each(found, |mug| {
            let least = if mug.name == "bob" { 100 } else { 1 };
            let of_shelf = || Update::new(key("shelf")).add("pieces", 1).when_at_least("pieces", least);
            if mug.name == "eve" { Vec::new() } else { vec![of_shelf()] }
        })
    };
    let all = place.table.all::<MugRow>(NAMES.map(key).to_vec());
    let mut joined = all.change(&REQUEST, decide).await.unwrap();
    joined.sort_by(|one, other| one.rows[0].name.cmp(&other.rows[0].name));
    let written: Vec<bool> = joined.iter().map(|joined| *joined.written.as_ref().unwrap()).collect();
    assert_eq!(written, [true, false, true]);
    for (name, pieces) in [("ada", 2), ("bob", 1), ("eve", 2), ("shelf", 2)] {
        assert_eq!(place.pieces_of(name).await, pieces, "{name}");
    }
}

#[tokio::test]
async fn what_another_process_has_written_is_decided_again() {
    let place = Place::with_mugs().await;
    let change = || {
        let all = place.table.all::<MugRow>(NAMES.map(key).to_vec());
        all.change(&REQUEST, |found| one_more_each(found, |_| Vec::new()))
    };
    for joined in [tokio::join!(change(), change(), change())].into_iter().flat_map(|(a, b, c)| [a, b, c]) {
        assert!(joined.unwrap().iter().all(|joined| matches!(joined.written, Ok(true))));
    }
    for name in NAMES {
        assert_eq!(place.pieces_of(name).await, 4, "{name}");
    }
}
