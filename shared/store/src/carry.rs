//! Preserves what a newer version has stored when this version writes.
//!
//! A row is read into a type that may not know all of it: a field, a list entry or an enum value added by a newer
//! version, which ran before a rollback or runs concurrently with this version during a deployment. A write merges
//! three ways, as `kubectl apply` does: what this version has not changed keeps its stored form, what it does not know
//! stays, what it has changed is replaced.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue::{self, L, M};

type Map = HashMap<String, AttributeValue>;

/// Merges `after`, the value to write, into `stored`, the current row. `before` is the part of `stored` that this
/// version understood.
pub(crate) fn merge(stored: &Map, before: &Map, after: Map) -> Map {
    let mut merged: Map = stored
        .iter()
        .filter(|(name, _)| !before.contains_key(*name) && !after.contains_key(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    merged.extend(after.into_iter().map(|(name, value)| {
        let value = match (stored.get(&name), before.get(&name)) {
            (Some(stored), Some(before)) => merge_value(stored, before, value),
            _ => value,
        };
        (name, value)
    }));
    merged
}

fn merge_value(stored: &AttributeValue, before: &AttributeValue, after: AttributeValue) -> AttributeValue {
    if after == *before {
        return stored.clone();
    }
    match (stored, before, after) {
        (M(stored), M(before), M(after)) => M(merge(stored, before, after)),
        (L(stored), L(before), L(after)) if stored.len() == before.len() => {
            L(merge_list(stored, before, after))
        }
        (_, _, after) => after,
    }
}

/// Matches an entry with the one at the same index, or with an equal one at any index.
fn merge_list(
    stored: &[AttributeValue],
    before: &[AttributeValue],
    after: Vec<AttributeValue>,
) -> Vec<AttributeValue> {
    let same_length = after.len() == before.len();
    let entry = |(place, after): (usize, AttributeValue)| {
        let equal = before.iter().position(|before| *before == after);
        let same = if before.get(place) == Some(&after) { Some(place) } else { equal };
        match same.or(same_length.then_some(place)) {
            Some(place) => merge_value(&stored[place], &before[place], after),
            None => after,
        }
    };
    after.into_iter().enumerate().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn map(json: &Value) -> Map {
        serde_dynamo::to_item(json).unwrap()
    }

    #[track_caller]
    fn check(stored: Value, before: Value, after: Value, merged: Value) {
        assert_eq!(merge(&map(&stored), &map(&before), map(&after)), map(&merged));
    }

    #[test]
    fn unknown_fields_survive_at_every_depth() {
        check(
            json!({ "a": 1, "future": 2, "in": { "b": 1, "future": 2 }, "list": [{ "c": 1, "future": 2 }, { "c": 2 }] }),
            json!({ "a": 1, "in": { "b": 1 }, "list": [{ "c": 1 }, { "c": 2 }] }),
            json!({ "a": 9, "in": { "b": 9 }, "list": [{ "c": 9 }, { "c": 2 }] }),
            json!({ "a": 9, "future": 2, "in": { "b": 9, "future": 2 }, "list": [{ "c": 9, "future": 2 }, { "c": 2 }] }),
        );
    }

    #[test]
    fn an_unknown_value_survives_until_it_is_changed() {
        let stored = json!({ "status": "shipped", "roles": ["admin", "auditor"] });
        let before = json!({ "status": "unknown", "roles": ["admin", "unknown"] });
        let after = json!({ "status": "unknown", "roles": ["admin", "unknown", "staff"] });
        check(
            stored.clone(),
            before.clone(),
            after,
            json!({ "status": "shipped", "roles": ["admin", "auditor", "staff"] }),
        );
        let changed = json!({ "status": "cancelled", "roles": ["unknown"] });
        check(stored, before, changed, json!({ "status": "cancelled", "roles": ["auditor"] }));
    }

    #[test]
    fn a_removed_field_is_gone() {
        check(json!({ "a": 1, "b": 2 }), json!({ "a": 1, "b": 2 }), json!({ "a": 1 }), json!({ "a": 1 }));
    }

    #[test]
    fn moved_list_entries_keep_their_unknown_fields() {
        check(
            json!({ "list": [{ "c": 1, "future": 1 }, { "c": 2, "future": 2 }] }),
            json!({ "list": [{ "c": 1 }, { "c": 2 }] }),
            json!({ "list": [{ "c": 2 }] }),
            json!({ "list": [{ "c": 2, "future": 2 }] }),
        );
    }
}
