//! The rows of the services' tables, to look at.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Console, Refused};
use engines::aws::{CallError, Service};

/// The number of rows that are read unless more or fewer are asked for.
const ROWS: u32 = 25;

/// The maximum number of rows.
const MOST: u32 = 200;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// The partition to read. Without it, the first rows of all partitions.
    key: Option<String>,
    /// The index to read instead of the table.
    index: Option<String>,
    rows: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(super) struct Rows {
    rows: Vec<Value>,
    /// Whether there are more.
    more: bool,
    /// What the look has consumed.
    read_units: f64,
}

/// Lists the tables, with the names of their keys and those of their indexes.
pub(super) async fn list(State(console): State<Console>) -> Json<Value> {
    let tables = console.deployment.tables.iter().map(|table| {
        let indexes = table.create["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
        let indexes: Value =
            indexes.map(|index| json!({ "name": index["IndexName"], "keys": keys(index) })).collect();
        json!({ "name": table.name, "service": table.service, "keys": keys(&table.create), "indexes": indexes })
    });
    Json(tables.collect())
}

/// Returns the names of the keys: partition first, as `CreateTable` expects them.
fn keys(create: &Value) -> Vec<&str> {
    let schema = create["KeySchema"].as_array().into_iter().flatten();
    schema.filter_map(|key| key["AttributeName"].as_str()).collect()
}

pub(super) async fn rows(
    State(console): State<Console>,
    Path(table): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Rows>, Refused> {
    let found = console.deployment.tables.iter().find(|known| known.name == table);
    let found = found.ok_or_else(|| unknown("table", &table))?;
    let mut request = json!({
        "TableName": table,
        "Limit": wanted.rows.unwrap_or(ROWS).clamp(1, MOST),
        "ReturnConsumedCapacity": "TOTAL",
    });
    let mut schema = &found.create;
    if let Some(name) = &wanted.index {
        let mut indexes = found.create["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
        schema = indexes.find(|index| index["IndexName"] == **name).ok_or_else(|| unknown("index", name))?;
        request["IndexName"] = json!(name);
    }
    let action = match (&wanted.key, keys(schema).first()) {
        (Some(key), Some(partition)) => {
            request["KeyConditionExpression"] = json!("#partition = :key");
            request["ExpressionAttributeNames"] = json!({ "#partition": partition });
            request["ExpressionAttributeValues"] = json!({ ":key": { "S": key } });
            "Query"
        }
        _ => "Scan",
    };
    let answer = console.endpoint.call(Service::DynamoDb, action, &request).await;
    let answer = answer.map_err(|error: CallError| (StatusCode::BAD_GATEWAY, error.to_string()))?;
    Ok(Json(Rows {
        rows: answer["Items"].as_array().into_iter().flatten().map(row).collect(),
        more: !answer["LastEvaluatedKey"].is_null(),
        read_units: answer["ConsumedCapacity"]["CapacityUnits"].as_f64().unwrap_or_default(),
    }))
}

fn unknown(what: &str, name: &str) -> Refused {
    (StatusCode::NOT_FOUND, format!("no {what} is called {name:?}"))
}

fn row(item: &Value) -> Value {
    let attributes = item.as_object().into_iter().flatten();
    Value::Object(attributes.map(|(name, value)| (name.clone(), plain(value))).collect())
}

/// Returns an attribute's value without its type. Numbers that JSON's readers would round stay text.
fn plain(attribute: &Value) -> Value {
    let Some((kind, value)) = attribute.as_object().and_then(|attribute| attribute.iter().next()) else {
        return attribute.clone();
    };
    match (kind.as_str(), value) {
        ("M", Value::Object(map)) => {
            Value::Object(map.iter().map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>())
        }
        ("L", Value::Array(items)) => items.iter().map(plain).collect(),
        ("NS", Value::Array(numbers)) => numbers.iter().map(number).collect(),
        ("N", value) => number(value),
        ("NULL", _) => Value::Null,
        _ => value.clone(),
    }
}

fn number(value: &Value) -> Value {
    let number = value.as_str().and_then(|text| text.parse::<i64>().ok());
    number.filter(|number| number.abs() < 1 << 53).map_or_else(|| value.clone(), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_loses_the_types_of_its_attributes_and_no_digit() {
        let item = json!({
            "pk": { "S": "ORDER#1" },
            "total": { "N": "3690" },
            "rate": { "N": "0.1" },
            "large": { "N": "12345678901234567890" },
            "paid": { "BOOL": true },
            "gone": { "NULL": true },
            "lines": { "L": [{ "M": { "sku": { "S": "CUP-BLUE" }, "quantity": { "N": "2" } } }] },
            "days": { "NS": ["1", "2"] },
            "key": { "B": "AAE=" },
        });
        let expected = json!({
            "pk": "ORDER#1",
            "total": 3690,
            "rate": "0.1",
            "large": "12345678901234567890",
            "paid": true,
            "gone": null,
            "lines": [{ "sku": "CUP-BLUE", "quantity": 2 }],
            "days": [1, 2],
            "key": "AAE=",
        });
        assert_eq!(row(&item), expected);
    }
}
