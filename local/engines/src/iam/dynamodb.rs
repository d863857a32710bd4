//! The rights that DynamoDB's calls need.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html>, and for transactions
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>: a transaction has no right of its
//! own; each item in it needs the right of what is done to it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use regex_lite::Regex;
use serde_json::Value;

use super::rights::{Resources, json};
use crate::aws::Call;
use model::STREAM_LABEL;
use model::deployment::Table;
use model::statement::Right;

/// `name = :value` in a key condition. (`<=` and `>=` have another character before the sign.)
static EQUALITY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"([#A-Za-z0-9_.\-]+)\s*=\s*(:[A-Za-z0-9_]+)").ok());

/// The partition keys' names of a table and its indexes.
#[derive(Debug, Clone, Default)]
pub(super) struct PartitionKeys {
    table: String,
    indexes: BTreeMap<String, String>,
}

impl PartitionKeys {
    pub(super) fn of(table: &Table) -> Self {
        let create = &table.create;
        let kinds = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"];
        let indexes = kinds.iter().filter_map(|kind| create.get(*kind)?.as_array()).flatten();
        let indexes =
            indexes.filter_map(|index| Some((index["IndexName"].as_str()?.to_owned(), hash(index))));
        Self { table: hash(create), indexes: indexes.collect() }
    }
}

fn hash(schema: &Value) -> String {
    let keys = schema["KeySchema"].as_array().into_iter().flatten();
    let hash = keys.into_iter().find(|key| key["KeyType"] == "HASH");
    hash.and_then(|key| key["AttributeName"].as_str()).unwrap_or_default().to_owned()
}

/// Returns the rights that a call needs; `None` if they cannot be determined.
pub(super) fn rights(call: &Call, resources: &Resources) -> Option<Vec<Right>> {
    let request = json(call)?;
    let own = |resource: String| Right::new(call.iam_action(), resource);
    match call.action.as_str() {
        "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem" => {
            Some(vec![item(&call.iam_action(), &request, resources)?])
        }
        "Query" | "Scan" => Some(vec![query(call, &request, resources)?]),
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = request.get("RequestItems")?.as_object()?;
            let batch = |(table, items): (&String, &Value)| {
                let keys = leading_of_batch(table, items, resources);
                own(table_arn(table, resources)).with("dynamodb:LeadingKeys", keys)
            };
            Some(tables.iter().map(batch).collect())
        }
        "TransactWriteItems" | "TransactGetItems" => {
            let items = request.get("TransactItems")?.as_array()?;
            items.iter().map(|entry| of_transaction(&call.action, entry, resources)).collect()
        }
        "DescribeStream" | "GetShardIterator" => {
            Some(vec![own(stream_arn(request.get("StreamArn")?.as_str()?, resources))])
        }
        "GetRecords" => Some(vec![own(stream_of(request.get("ShardIterator")?.as_str()?, resources)?)]),
        "ListStreams" => {
            let table = request.get("TableName")?.as_str()?;
            Some(vec![own(format!("{}/stream/{STREAM_LABEL}", table_arn(table, resources)))])
        }
        _ => Some(vec![own(table_arn(request.get("TableName")?.as_str()?, resources))]),
    }
}

fn item(action: &str, request: &Value, resources: &Resources) -> Option<Right> {
    let table = request.get("TableName")?.as_str()?;
    let attributes = request.get("Key").or_else(|| request.get("Item"));
    let key = leading(table, attributes, resources);
    Some(Right::new(action, table_arn(table, resources)).with("dynamodb:LeadingKeys", vec![key]))
}

fn of_transaction(action: &str, entry: &Value, resources: &Resources) -> Option<Right> {
    let entry = entry.as_object().filter(|entry| entry.len() == 1)?;
    let (kind, request) = entry.iter().next()?;
    let single = match (action, kind.as_str()) {
        ("TransactGetItems", "Get") => "GetItem",
        ("TransactWriteItems", "Put") => "PutItem",
        ("TransactWriteItems", "Update") => "UpdateItem",
        ("TransactWriteItems", "Delete") => "DeleteItem",
        ("TransactWriteItems", "ConditionCheck") => "ConditionCheckItem",
        _ => return None,
    };
    let right = item(&format!("dynamodb:{single}"), request, resources)?;
    Some(right.with("dynamodb:EnclosingOperation", vec![action.to_owned()]))
}

fn query(call: &Call, request: &Value, resources: &Resources) -> Option<Right> {
    let table = request.get("TableName")?.as_str()?;
    let index = request.get("IndexName").and_then(Value::as_str);
    let arn = table_arn(table, resources);
    let arn = index.map_or_else(|| arn.clone(), |index| format!("{arn}/index/{index}"));
    let right = Right::new(call.iam_action(), arn);
    if call.action == "Scan" {
        // A scan reads all partitions: AWS provides no leading keys for it.
        return Some(right);
    }
    let known = resources.partition_keys(table_name(table));
    let name = known.and_then(|known| index.map_or(Some(&known.table), |index| known.indexes.get(index)));
    let value = name.and_then(|name| queried(request, name)).unwrap_or_default();
    Some(right.with("dynamodb:LeadingKeys", vec![value]))
}

/// The partition that a query reads.
fn queried(request: &Value, partition_key: &str) -> Option<String> {
    if let Some(condition) = request.pointer(&format!("/KeyConditions/{partition_key}/AttributeValueList/0"))
    {
        return Some(scalar(condition));
    }
    let expression = request.get("KeyConditionExpression")?.as_str()?;
    let alias = |name: &str| {
        let names = request.get("ExpressionAttributeNames");
        names.and_then(|names| names.get(name)?.as_str()).unwrap_or(name) == partition_key
    };
    let mut found = EQUALITY.as_ref()?.captures_iter(expression);
    let value = found.find(|captures| captures.get(1).is_some_and(|name| alias(name.as_str())))?.get(2)?;
    Some(scalar(request.get("ExpressionAttributeValues")?.get(value.as_str())?))
}

fn leading_of_batch(table: &str, items: &Value, resources: &Resources) -> Vec<String> {
    let gets = items.get("Keys").and_then(Value::as_array).into_iter().flatten();
    let writes = items.as_array().into_iter().flatten();
    let writes = writes.filter_map(|write| {
        write.pointer("/PutRequest/Item").or_else(|| write.pointer("/DeleteRequest/Key"))
    });
    gets.chain(writes).map(|attributes| leading(table, Some(attributes), resources)).collect()
}

/// The partition key's value among these attributes. Where there is none it is empty, so that no condition holds for it.
fn leading(table: &str, attributes: Option<&Value>, resources: &Resources) -> String {
    let known = resources.partition_keys(table_name(table));
    let value = known.and_then(|known| attributes?.get(&known.table));
    value.map(scalar).unwrap_or_default()
}

/// The text in `{"S": "text"}`; numbers and binary values are text there as well.
fn scalar(attribute: &Value) -> String {
    let value = attribute.as_object().and_then(|attribute| attribute.values().next());
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A request may name a table by its ARN.
fn table_arn(name_or_arn: &str, resources: &Resources) -> String {
    if name_or_arn.starts_with("arn:") {
        return name_or_arn.to_owned();
    }
    resources.arn("dynamodb", &format!("table/{name_or_arn}"))
}

fn table_name(name_or_arn: &str) -> &str {
    name_or_arn.rsplit_once(":table/").map_or(name_or_arn, |(_, name)| name)
}

/// Engines have their own regions, accounts and labels. The table identifies the stream, because each table has only one.
fn stream_arn(arn: &str, resources: &Resources) -> String {
    let table = table_name(arn).split('/').next().unwrap_or_default();
    resources.arn("dynamodb", &format!("table/{table}/stream/{STREAM_LABEL}"))
}

/// The stream that an iterator is of. The embedded engine's is Base64 of JSON; AWS's and DynamoDB Local's have the ARN in them.
fn stream_of(iterator: &str, resources: &Resources) -> Option<String> {
    if let Some(arn) = iterator.split('|').find(|part| part.starts_with("arn:")) {
        return Some(stream_arn(arn, resources));
    }
    let iterator: Value = serde_json::from_slice(&BASE64.decode(iterator).ok()?).ok()?;
    Some(stream_arn(iterator.get("table_name")?.as_str()?, resources))
}
