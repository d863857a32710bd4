//! DynamoDB's answers to calls that need a busy row or an exhausted partition ([`Contention`]).
//!
//! Batches are not rejected for conflicts, and a batch with one exhausted partition is throttled as a whole.
//!
//! [`Contention`]: crate::faults::Contention

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use http::StatusCode;
use serde_json::{Value, json};

use super::broken;
use super::call::{Call, Principal};
use super::dynamodb::table_name;
use super::response::{Response, json_error};
use crate::faults::rows::{Access, Admitted, Contended, Partition, RowKey, Rows};

/// The contention of one DynamoDB.
#[derive(Debug)]
pub(super) struct Contentions {
    rows: Rows,
    /// The names of each table's partition key and sort key.
    keys: Mutex<HashMap<String, [String; 2]>>,
}

impl Contentions {
    pub(super) fn new(rows: Rows) -> Self {
        Self { rows, keys: Mutex::default() }
    }

    /// Remembers the keys of a table, by its `CreateTable` request. Calls to other tables are always admitted.
    pub(super) fn know(&self, table: &Value) {
        let name = |of: &Value, kind: &str| {
            let mut keys = of["KeySchema"].as_array().into_iter().flatten();
            let key = keys.find(|key| key["KeyType"] == kind).and_then(|key| key["AttributeName"].as_str());
            key.unwrap_or_default().to_owned()
        };
        let keys = [name(table, "HASH"), name(table, "RANGE")];
        let table = table["TableName"].as_str().unwrap_or_default().to_owned();
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(table, keys);
    }

    /// Admits a call, or returns DynamoDB's rejection. Without contention nothing is tracked.
    pub(super) fn admit(&self, call: &Call) -> Result<Option<Admitted>, Box<Response>> {
        if call.principal == Principal::Cloud || !self.rows.are_contended() {
            return Ok(None);
        }
        let Ok(request) = serde_json::from_slice(&call.body) else { return Ok(None) };
        let Some((access, needed)) = self.needed(&call.action, &request) else { return Ok(None) };
        let rows: Vec<RowKey> = needed.iter().flatten().cloned().collect();
        let contended = match self.rows.admit(access, &rows) {
            Ok(admitted) => return Ok(Some(admitted)),
            Err(contended) => contended,
        };
        Err(Box::new(match contended {
            _ if access == Access::Transaction => cancelled(&contended, &needed, &rows),
            Contended::Conflict(_) => json_error(
                StatusCode::BAD_REQUEST,
                "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
                "Transaction is ongoing for the item",
            ),
            Contended::Throttled(_) => broken::throttled(&call.service),
        }))
    }

    /// Returns the row that each part of the request needs; `None` for a part of an unknown table.
    fn needed(&self, action: &str, request: &Value) -> Option<(Access, Vec<Option<RowKey>>)> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |table: &str, key: &Value| {
            let [partition, sort] = keys.get(table)?;
            let partition = Partition { of: table.to_owned(), key: key[partition].to_string() };
            Some(RowKey { partition, sort: key[sort].to_string() })
        };
        let row = |part: &Value| {
            let key = if part["Key"].is_null() { &part["Item"] } else { &part["Key"] };
            of(&table_name(part["TableName"].as_str()?), key)
        };
        match action {
            "GetItem" => Some((Access::Read, vec![row(request)])),
            "PutItem" | "UpdateItem" | "DeleteItem" => Some((Access::Write, vec![row(request)])),
            "Query" => Some((Access::Read, vec![queried(request)])),
            "BatchGetItem" => {
                let tables = request["RequestItems"].as_object().into_iter().flatten();
                let rows = tables.flat_map(|(table, wanted)| {
                    let keys = wanted["Keys"].as_array().into_iter().flatten();
                    keys.map(|key| of(&table_name(table), key)).collect::<Vec<_>>()
                });
                Some((Access::Read, rows.collect()))
            }
            "TransactWriteItems" => {
                let items = request["TransactItems"].as_array().into_iter().flatten();
                let parts = items.map(|item| item.as_object().and_then(|item| item.values().next()));
                Some((Access::Transaction, parts.map(|part| row(part?)).collect()))
            }
            _ => None,
        }
    }
}

/// Returns the partition of a query: the value that its key condition requires first, as in `#p = :p AND #s < :s`.
fn queried(request: &Value) -> Option<RowKey> {
    let condition = request["KeyConditionExpression"].as_str()?;
    let (_, after) = condition.split_once('=')?;
    let name = after.split_whitespace().next()?;
    let table = table_name(request["TableName"].as_str()?);
    let of = request["IndexName"].as_str().map_or_else(|| table.clone(), |index| format!("{table}/{index}"));
    let key = request["ExpressionAttributeValues"][name].to_string();
    Some(RowKey { partition: Partition { of, key }, sort: String::new() })
}

/// A cancelled transaction, with a reason for each of its parts.
fn cancelled(contended: &Contended, needed: &[Option<RowKey>], rows: &[RowKey]) -> Response {
    let (code, message, affected) = match contended {
        Contended::Conflict(affected) => {
            ("TransactionConflict", "Transaction is ongoing for the item", affected)
        }
        Contended::Throttled(affected) => {
            ("ThrottlingError", "Throughput exceeds the current capacity of your table or index.", affected)
        }
    };
    let affected: BTreeSet<usize> = affected
        .iter()
        .filter_map(|index| needed.iter().position(|part| part.as_ref() == rows.get(*index)))
        .collect();
    let reason = |index: usize| match affected.contains(&index) {
        true => json!({ "Code": code, "Message": message }),
        false => json!({ "Code": "None" }),
    };
    broken::cancelled((0..needed.len()).map(reason).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::{HeaderMap, Method, Uri};

    use super::*;
    use crate::aws::Service;
    use crate::faults::{Contention, Throughput};

    fn contentions(contention: Contention) -> Contentions {
        let rows = Rows::default();
        rows.contend(contention);
        let contentions = Contentions::new(rows);
        let keys = json!([
            { "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" },
        ]);
        contentions.know(&json!({ "TableName": "orders", "KeySchema": keys }));
        contentions
    }

    fn call(action: &str, body: &Value) -> Call {
        Call {
            principal: Principal::Operator,
            service: Service::DynamoDb,
            action: action.to_owned(),
            method: Method::POST,
            uri: Uri::from_static("/"),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        }
    }

    fn key(name: &str) -> Value {
        json!({ "pk": { "S": name }, "sk": { "S": "x" } })
    }

    fn transaction(names: &[&str]) -> Call {
        let update = |name: &&str| json!({ "Update": { "TableName": "arn:aws:dynamodb:r:1:table/orders", "Key": key(name) } });
        let items: Vec<Value> = names.iter().map(update).collect();
        call("TransactWriteItems", &json!({ "TransactItems": items }))
    }

    fn body(response: &Response) -> Value {
        serde_json::from_slice(response.body()).unwrap()
    }

    #[tokio::test]
    async fn a_conflict_names_the_busy_part() {
        let busy = Contention { row_busy: Some(Duration::from_secs(60)), partition: None };
        let contentions = contentions(busy);
        let _held = contentions.admit(&transaction(&["hot"])).unwrap().unwrap();
        let rejected = body(&contentions.admit(&transaction(&["cold", "hot"])).unwrap_err());
        assert!(rejected["__type"].as_str().unwrap().ends_with("#TransactionCanceledException"));
        assert_eq!(rejected["CancellationReasons"][0]["Code"], "None");
        assert_eq!(rejected["CancellationReasons"][1]["Code"], "TransactionConflict");
        let put = call("PutItem", &json!({ "TableName": "orders", "Item": key("hot") }));
        let rejected = body(&contentions.admit(&put).unwrap_err());
        assert!(rejected["__type"].as_str().unwrap().ends_with("#TransactionConflictException"));
        let get = call("GetItem", &json!({ "TableName": "orders", "Key": key("hot") }));
        assert!(contentions.admit(&get).is_ok());
    }

    #[tokio::test]
    async fn only_the_exhausted_partition_is_throttled() {
        let partition = Some(Throughput { write: 1, read: 1 });
        let contentions = contentions(Contention { row_busy: None, partition });
        contentions.admit(&transaction(&["hot"])).unwrap().unwrap().settle(2.0).await;
        let rejected = body(&contentions.admit(&transaction(&["cold", "hot"])).unwrap_err());
        assert_eq!(rejected["CancellationReasons"][1]["Code"], "ThrottlingError");
        assert!(contentions.admit(&transaction(&["cold"])).is_ok());
        let query = json!({
            "TableName": "orders", "IndexName": "gsi1",
            "KeyConditionExpression": "#p = :p AND #s < :below",
            "ExpressionAttributeValues": { ":p": { "S": "hot" }, ":below": { "S": "x" } },
        });
        contentions.admit(&call("Query", &query)).unwrap().unwrap().settle(2.0).await;
        let rejected = body(&contentions.admit(&call("Query", &query)).unwrap_err());
        assert!(rejected["__type"].as_str().unwrap().ends_with("#ThrottlingException"));
    }
}
