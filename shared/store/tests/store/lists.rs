//! Pages of lists.

use serde::Deserialize;
use store::{Committed, Index, Item, Key, Query, Transaction};

use crate::flaky::Place;
use crate::mugs::{mug, now};

#[derive(Deserialize)]
struct Mark {
    sk: String,
}

impl Place {
    /// Writes `count` rows into one partition of the table and of an index.
    async fn shelve(&self, count: u8) {
        for number in 1..=count {
            let item = Item::new(Key::new("SHELF", number.to_string()), "mug", &mug(1));
            let item = item.indexed(1, "SHELF", format!("{}", 9 - number));
            let insert = Transaction::new().insert("mug", item, now());
            assert_eq!(self.table.commit(insert).await.unwrap(), Committed::Written);
        }
    }

    /// Returns the pages of the shelf, each as the rows' names.
    async fn pages(&self, index: Index, limit: u8) -> Vec<String> {
        let (mut pages, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let query = Query::new(index, "SHELF").limit(limit).after(cursor.as_deref()).unwrap();
            let page = self.table.query::<Mark>(&query).await.unwrap();
            pages.push(page.items.into_iter().map(|row| row.value.sk).collect::<String>());
            cursor = page.next.map(|next| next.to_string());
            if cursor.is_none() {
                return pages;
            }
        }
    }
}

#[tokio::test]
async fn a_page_that_is_exactly_full_and_last_has_no_cursor() {
    let place = Place::open().await;
    place.shelve(8).await;
    for (limit, pages) in [
        (8, vec!["12345678"]),
        (4, vec!["1234", "5678"]),
        (3, vec!["123", "456", "78"]),
        (7, vec!["1234567", "8"]),
        (100, vec!["12345678"]),
    ] {
        assert_eq!(place.pages(Index::Table, limit).await, pages, "{limit}");
        let reversed: String = "87654321".to_owned();
        let indexed = place.pages(Index::Gsi(1), limit).await;
        assert_eq!(indexed.concat(), reversed, "{limit}: no row is lost or repeated");
        assert_eq!(indexed.len(), pages.len(), "{limit}");
    }
    assert_eq!(Place::open().await.pages(Index::Table, 5).await, [""], "an empty list");
}
