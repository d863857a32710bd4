//! Concurrent versions: data of a newer version survives the writes of this one.

use serde_json::{Value, json};
use store::{Change, Error, Outcome, Stored};

use crate::flaky::Place;
use crate::mugs::{Chip, Failed, Glaze, Mug, MugRow, REQUEST, Side, key, mug, one_more};

/// Returns a row of a newer version.
fn newer(glaze: &str) -> Value {
    json!({
        "pk": "MUG#ada",
        "sk": "MUG",
        "row": "mug",
        "version": 7,
        "name": "ada",
        "pieces": 1,
        "glaze": glaze,
        "handle": { "side": "middle", "width": 9, "grip": "rough" },
        "chips": [{ "place": 1, "depth": 3 }, { "place": 2, "depth": 4 }],
        "made_at": "2026-11-23T10:00:00Z",
        "price": { "amount": 5 },
    })
}

#[tokio::test]
async fn unknown_fields_and_values_survive_a_change() {
    let place = Place::open().await;
    place.put_raw(&newer("blue")).await;
    let change = async |found: Option<Stored<Mug>>| {
        let mut mug = found.ok_or(Failed::Refused("no mug"))?.value;
        assert_eq!(mug.handle.side, Side::Unknown);
        (mug.pieces, mug.handle.width) = (2, 10);
        mug.chips.push(Chip { place: 5 });
        Ok::<_, Failed>(Some(Change::to(mug)))
    };
    let done = place.table.at::<MugRow>(key("ada")).change(&REQUEST, change).await.unwrap();
    assert_eq!((done.outcome, done.row.unwrap().version), (Outcome::Written, 8));

    let mut stored = place.raw(&key("ada")).await.unwrap();
    let token = stored.as_object_mut().unwrap().remove("write").unwrap();
    assert_eq!(token.as_str().map(str::len), Some(32));
    let mut expected = newer("blue");
    expected["version"] = json!(8);
    expected["pieces"] = json!(2);
    expected["handle"]["width"] = json!(10);
    expected["chips"].as_array_mut().unwrap().push(json!({ "place": 5 }));
    assert_eq!(stored, expected);
}

#[tokio::test]
async fn unknown_data_survives_a_second_change_of_a_seen_row() {
    let place = Place::open().await;
    place.put_raw(&newer("blue")).await;
    let first = place.table.at::<MugRow>(key("ada")).change(&REQUEST, one_more).await.unwrap();
    let second = place.table.seen::<MugRow>(first.row.unwrap()).change(&REQUEST, one_more).await.unwrap();
    assert_eq!(second.row.unwrap().value.pieces, 3);
    let stored = place.raw(&key("ada")).await.unwrap();
    assert_eq!((&stored["price"]["amount"], &stored["handle"]["side"]), (&json!(5), &json!("middle")));
}

#[tokio::test]
async fn a_row_in_an_unknown_state_can_be_read_and_not_changed() {
    let place = Place::open().await;
    place.put_raw(&newer("gold")).await;
    let found = place.table.get::<Mug>(&key("ada")).await.unwrap().unwrap();
    assert_eq!((found.value.glaze, found.version), (Glaze::Unknown, 7));
    for seen in [false, true] {
        let at = match seen {
            false => place.table.at::<MugRow>(key("ada")),
            true => place.table.seen::<MugRow>(found.clone()),
        };
        let refused = at.change(&REQUEST, one_more).await.unwrap_err();
        assert!(
            matches!(&refused, Failed::Store(Error::Newer { key }) if key == "MUG#ada|MUG"),
            "{refused:?}"
        );
    }
    assert_eq!(place.raw(&key("ada")).await, Some(newer("gold")));
}

#[tokio::test]
async fn removed_data_is_gone() {
    let place = Place::open().await;
    place.create(Mug { glaze: Glaze::None, ..mug(1) }).await;
    assert!(place.raw(&key("ada")).await.unwrap().get("gsi1pk").is_some());
    let glaze = async |found: Option<Stored<Mug>>| {
        let mug = found.ok_or(Failed::Refused("no mug"))?.value;
        Ok::<_, Failed>(Some(Change::to(Mug { glaze: Glaze::Blue, chips: Vec::new(), ..mug })))
    };
    place.table.at::<MugRow>(key("ada")).change(&REQUEST, glaze).await.unwrap();
    let stored = place.raw(&key("ada")).await.unwrap();
    assert_eq!((stored.get("gsi1pk"), &stored["chips"]), (None, &json!([])));
}

/// Moves a mug to another name, beside a change of a third.
async fn rename(place: &Place, from: &Stored<Mug>, to: &str) -> Result<(), Failed> {
    let renamed = Mug { name: to.to_owned(), ..from.value.clone() };
    let beside = async |found: Option<Stored<Mug>>| {
        let mug = found.ok_or(Failed::Refused("no mug"))?.value;
        Ok::<_, Failed>(Some(Change::to(mug).rekey::<MugRow>(from, &renamed)))
    };
    place.table.at::<MugRow>(key("eve")).change(&REQUEST, beside).await.map(|_| ())
}

#[tokio::test]
async fn a_row_that_moves_keeps_unknown_data_and_its_version_grows() {
    let place = Place::open().await;
    place.put_raw(&newer("blue")).await;
    place.create(Mug { name: "eve".to_owned(), ..mug(1) }).await;
    let before = place.table.get::<Mug>(&key("ada")).await.unwrap().unwrap();
    rename(&place, &before, "ida").await.unwrap();
    assert_eq!(place.raw(&key("ada")).await, None);
    let moved = place.raw(&key("ida")).await.unwrap();
    assert_eq!((&moved["version"], &moved["price"]["amount"]), (&json!(8), &json!(5)));
    assert!(rename(&place, &before, "ida").await.is_err(), "it is no longer there");
    let moved = place.table.get::<Mug>(&key("ida")).await.unwrap().unwrap();
    rename(&place, &moved, "ada").await.unwrap();
    assert_eq!(place.raw(&key("ada")).await.unwrap()["version"], json!(9));
    assert!(rename(&place, &before, "ida").await.is_err(), "what was read is out of date");
    place.create(Mug { name: "ida".to_owned(), ..mug(1) }).await;
    let back = place.table.get::<Mug>(&key("ada")).await.unwrap().unwrap();
    assert!(rename(&place, &back, "ida").await.is_err(), "the place is taken");
    assert!(place.raw(&key("ada")).await.is_some());
}

#[tokio::test]
async fn a_row_is_overwritten_only_as_it_was_read() {
    let place = Place::open().await;
    place.put_raw(&newer("blue")).await;
    let found = place.table.get::<Mug>(&key("ada")).await.unwrap().unwrap();
    let overwrite = async |pieces| {
        let change = Change::<MugRow, Failed>::to(Mug { pieces, ..found.value.clone() });
        place.table.overwrite(&REQUEST, &found, change, || Failed::Refused("changed")).await
    };
    assert_eq!(overwrite(2).await.unwrap().version, 8);
    assert!(matches!(overwrite(3).await, Err(Failed::Refused("changed"))));
    let stored = place.raw(&key("ada")).await.unwrap();
    assert_eq!((&stored["pieces"], &stored["price"]["amount"]), (&json!(2), &json!(5)));

    place.put_raw(&newer("gold")).await;
    let unknown = place.table.get::<Mug>(&key("ada")).await.unwrap().unwrap();
    let change = Change::<MugRow, Failed>::to(unknown.value.clone());
    let refused = place.table.overwrite(&REQUEST, &unknown, change, || Failed::Refused("changed")).await;
    assert!(matches!(refused, Err(Failed::Store(Error::Newer { .. }))));
}
