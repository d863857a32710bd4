//! Indexes that lag behind their table ([`Faults::lag_indexes`]): a query of an index sees each row as it was some time
//! ago. Local engines update indexes with the table.
//!
//! While indexes lag, each write is preceded by a read of the rows that it changes. A query of an index then gets the
//! rows that changed since as they were before. Queries whose key condition is not of the form `#p = :p [AND #s < :s]`
//! are not changed.
//!
//! [`Faults::lag_indexes`]: crate::faults::Faults::lag_indexes

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::dynamodb::table_name;

/// How far indexes lag. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lag(Arc<Mutex<Duration>>);

impl Lag {
    pub(crate) fn set(&self, lag: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lag;
    }

    fn get(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A row that a call writes, by its table and its key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) table: String,
    key: String,
}

impl Row {
    pub(super) fn key(&self) -> Value {
        serde_json::from_str(&self.key).unwrap_or_default()
    }
}

/// The row before a write; `None` if there was none.
type Before = Option<Value>;

#[derive(Debug, Default)]
struct Known {
    /// The table's key attributes.
    key: Vec<String>,
    /// Each index's partition key and sort key, and the attributes that it holds; `None` if it holds all.
    indexes: HashMap<String, ([String; 2], Option<Vec<String>>)>,
}

impl Known {
    /// Returns the row of an item, or of its key.
    fn row(&self, table: String, item: &Value) -> Row {
        let key = self.key.iter().map(|name| (name.clone(), item[name].clone()));
        Row { table, key: Value::Object(key.collect()).to_string() }
    }
}

/// The rows that changed within the lag.
#[derive(Debug)]
pub(super) struct Lagging {
    lag: Lag,
    tables: Mutex<HashMap<String, Known>>,
    written: Mutex<HashMap<Row, Vec<(Instant, Before)>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lagging {
    pub(super) fn new(lag: Lag) -> Self {
        Self { lag, tables: Mutex::default(), written: Mutex::default() }
    }

    /// Remembers a table's keys and indexes, by its `CreateTable` request.
    pub(super) fn know(&self, table: &Value) {
        let names = |schema: &Value| -> Vec<String> {
            let keys = schema.as_array().into_iter().flatten();
            keys.filter_map(|key| Some(key["AttributeName"].as_str()?.to_owned())).collect()
        };
        let key = names(&table["KeySchema"]);
        let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten().filter_map(|index| {
            let own = names(&index["KeySchema"]);
            let projection = &index["Projection"];
            let holds = (projection["ProjectionType"] != "ALL").then(|| {
                let more = projection["NonKeyAttributes"].as_array().into_iter().flatten();
                let more = more.filter_map(|name| Some(name.as_str()?.to_owned()));
                key.iter().chain(&own).cloned().chain(more).collect()
            });
            Some((index["IndexName"].as_str()?.to_owned(), (<[String; 2]>::try_from(own).ok()?, holds)))
        });
        let known = Known { indexes: indexes.collect(), key };
        let name = table["TableName"].as_str().unwrap_or_default().to_owned();
        locked(&self.tables).insert(name, known);
    }

    /// Returns the rows that a call writes, if indexes lag.
    pub(super) fn written_by(&self, action: &str, body: &[u8]) -> Vec<Row> {
        if self.lag.get().is_zero() {
            return Vec::new();
        }
        let Ok(request) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
        let one = |part: &Value| {
            let key = if part["Key"].is_null() { &part["Item"] } else { &part["Key"] };
            self.row(part["TableName"].as_str()?, key)
        };
        let rows: Vec<Option<Row>> = match action {
            "PutItem" | "UpdateItem" | "DeleteItem" => vec![one(&request)],
            "TransactWriteItems" => {
                let parts = request["TransactItems"].as_array().into_iter().flatten();
                parts.filter_map(|part| part.as_object()?.values().next()).map(one).collect()
            }
            "BatchWriteItem" => {
                let tables = request["RequestItems"].as_object().into_iter().flatten();
                let writes = tables.flat_map(|(table, writes)| {
                    writes.as_array().into_iter().flatten().map(move |write| (table, write))
                });
                let row = |(table, write): (&String, &Value)| {
                    let put = &write["PutRequest"]["Item"];
                    self.row(table, if put.is_null() { &write["DeleteRequest"]["Key"] } else { put })
                };
                writes.map(row).collect()
            }
            _ => Vec::new(),
        };
        rows.into_iter().flatten().collect()
    }

    fn row(&self, table: &str, item: &Value) -> Option<Row> {
        let table = table_name(table);
        Some(locked(&self.tables).get(&table)?.row(table, item))
    }

    /// Remembers what a row was before a write that has just been made.
    pub(super) fn note(&self, row: Row, before: Before) {
        let (now, lag) = (Instant::now(), self.lag.get());
        let mut written = locked(&self.written);
        written.retain(|_, writes| writes.iter().any(|(at, _)| now.duration_since(*at) < lag));
        written.entry(row).or_default().push((now, before));
    }

    /// Returns the answer to a query as the index was some time ago; `None` if nothing has changed since.
    pub(super) fn rewound(&self, query: &[u8], answer: &[u8]) -> Option<Value> {
        let (now, lag) = (Instant::now(), self.lag.get());
        if lag.is_zero() {
            return None;
        }
        let (query, mut answer) =
            (serde_json::from_slice::<Value>(query).ok()?, serde_json::from_slice::<Value>(answer).ok()?);
        let table = table_name(query["TableName"].as_str()?);
        let tables = locked(&self.tables);
        let known = tables.get(&table)?;
        let ([partition, sort], holds) = known.indexes.get(query["IndexName"].as_str()?)?;
        let asked = Asked::of(&query, &answer, sort)?;
        let recent: HashMap<Row, Before> = locked(&self.written)
            .iter()
            .filter(|(row, _)| row.table == table)
            .filter_map(|(row, writes)| {
                let (_, before) = writes.iter().find(|(at, _)| now.duration_since(*at) < lag)?;
                Some((row.clone(), before.clone()))
            })
            .collect();
        let mut items = answer["Items"].as_array()?.clone();
        items.retain(|item| !recent.contains_key(&known.row(table.clone(), item)));
        for before in recent.into_values().flatten() {
            if before[partition] == asked.partition && asked.includes(&before[sort]) {
                items.push(projected(before, holds.as_deref()));
            }
        }
        items.sort_by(|one, other| asked.order(&one[sort], &other[sort]));
        answer["Count"] = json!(items.len());
        answer["ScannedCount"] = answer["Count"].clone();
        answer["Items"] = Value::Array(items);
        Some(answer)
    }
}

fn projected(mut item: Value, holds: Option<&[String]>) -> Value {
    if let (Some(holds), Some(attributes)) = (holds, item.as_object_mut()) {
        attributes.retain(|name, _| holds.contains(name));
    }
    item
}

/// What a query asks for: a partition, and a part of its sort keys.
struct Asked {
    partition: Value,
    below: Option<Value>,
    /// The sort keys at which the page before and this page end.
    after: Option<Value>,
    to: Option<Value>,
    ascending: bool,
}

impl Asked {
    fn of(query: &Value, answer: &Value, sort: &str) -> Option<Self> {
        let words: Vec<&str> = query["KeyConditionExpression"].as_str()?.split_whitespace().collect();
        let (partition, below) = match words.as_slice() {
            [_, "=", partition] => (partition, None),
            [_, "=", partition, "AND", _, "<", below] => (partition, Some(below)),
            _ => return None,
        };
        let value = |name: &str| query["ExpressionAttributeValues"][name].clone();
        let sort = |key: &Value| key.get(sort).cloned();
        Some(Self {
            partition: value(partition),
            below: below.map(|name| value(name)),
            after: sort(&query["ExclusiveStartKey"]),
            to: sort(&answer["LastEvaluatedKey"]),
            ascending: query["ScanIndexForward"] != false,
        })
    }

    fn order(&self, one: &Value, other: &Value) -> Ordering {
        let order = one["S"].as_str().cmp(&other["S"].as_str());
        if self.ascending { order } else { order.reverse() }
    }

    fn includes(&self, sort: &Value) -> bool {
        let is_below = |below: &Value| sort["S"].as_str() < below["S"].as_str();
        let is_after = |after: &Value| self.order(sort, after) == Ordering::Greater;
        let is_up_to = |to: &Value| self.order(sort, to) != Ordering::Greater;
        sort["S"].is_string()
            && self.below.as_ref().is_none_or(is_below)
            && self.after.as_ref().is_none_or(is_after)
            && self.to.as_ref().is_none_or(is_up_to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lagging(lag: Duration) -> Lagging {
        let lagging = Lagging::new(Lag::default());
        lagging.lag.set(lag);
        let schema = |hash: &str, range: &str| json!([{ "AttributeName": hash }, { "AttributeName": range }]);
        lagging.know(&json!({
            "TableName": "orders", "KeySchema": schema("pk", "sk"),
            "GlobalSecondaryIndexes": [{
                "IndexName": "gsi1", "KeySchema": schema("gsi1pk", "gsi1sk"),
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            }],
        }));
        lagging
    }

    fn item(name: &str, sort: &str) -> Value {
        json!({
            "pk": { "S": name }, "sk": { "S": "x" }, "gsi1pk": { "S": "A" }, "gsi1sk": { "S": sort }, "more": { "N": "1" },
        })
    }

    fn noted(lagging: &Lagging, name: &str, before: Option<Value>) {
        let put = json!({ "TableName": "orders", "Item": item(name, "9") });
        let [row] = lagging.written_by("PutItem", put.to_string().as_bytes()).try_into().unwrap();
        assert_eq!(row.key(), json!({ "pk": { "S": name }, "sk": { "S": "x" } }));
        lagging.note(row, before);
    }

    fn names(lagging: &Lagging, more: Value, items: &[Value]) -> Option<String> {
        let mut query = json!({
            "TableName": "orders", "IndexName": "gsi1", "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeValues": { ":p": { "S": "A" }, ":below": { "S": "5" } },
        });
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = json!({ "Items": items, "Count": items.len() });
        let rewound = lagging.rewound(query.to_string().as_bytes(), answer.to_string().as_bytes())?;
        let items = rewound["Items"].as_array().unwrap();
        assert_eq!(rewound["Count"], items.len());
        Some(items.iter().map(|item| item["pk"]["S"].as_str().unwrap()).collect())
    }

    #[test]
    fn an_index_shows_rows_as_they_were() {
        let lagging = lagging(Duration::from_secs(3_600));
        noted(&lagging, "new", None);
        noted(&lagging, "moved", Some(item("moved", "3")));
        noted(&lagging, "moved", Some(item("moved", "4")));
        noted(&lagging, "deleted", Some(item("deleted", "7")));
        noted(&lagging, "elsewhere", Some(json!({ "pk": { "S": "elsewhere" }, "gsi1pk": { "S": "B" } })));
        let found = [item("old", "5"), item("moved", "8"), item("new", "9")];
        assert_eq!(names(&lagging, json!({}), &found).as_deref(), Some("movedolddeleted"));
        assert_eq!(
            names(&lagging, json!({ "ScanIndexForward": false }), &found).as_deref(),
            Some("deletedoldmoved")
        );
        let below = json!({ "KeyConditionExpression": "#p = :p AND #s < :below" });
        assert_eq!(names(&lagging, below, &[]).as_deref(), Some("moved"));
        let after = json!({ "ExclusiveStartKey": { "pk": {}, "sk": {}, "gsi1sk": { "S": "6" } } });
        assert_eq!(names(&lagging, after, &[]).as_deref(), Some("deleted"));
    }

    #[test]
    fn an_index_without_lag_is_not_changed() {
        let lagging = lagging(Duration::from_secs(3_600));
        noted(&lagging, "new", None);
        lagging.lag.set(Duration::ZERO);
        assert_eq!(names(&lagging, json!({}), &[item("new", "9")]), None);
        assert!(lagging.written_by("PutItem", b"{}").is_empty());
    }
}
