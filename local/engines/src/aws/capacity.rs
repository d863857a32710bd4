//! The capacity that a DynamoDB call consumed. It is requested from the engine for every call, and returned to callers
//! only if they requested it.

use bytes::Bytes;
use serde_json::Value;

use super::meter::Usage;

/// Whether consumption counts as read or write units if the answer does not specify it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
}

fn kind(action: &str) -> Option<Kind> {
    match action {
        "GetItem" | "BatchGetItem" | "TransactGetItems" | "Query" | "Scan" => Some(Kind::Read),
        "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem" | "TransactWriteItems" => {
            Some(Kind::Write)
        }
        _ => None,
    }
}

/// A request that asks for its consumption.
pub(super) struct Asked {
    /// The body to send.
    pub(super) body: Bytes,
    kind: Kind,
    /// Whether the caller requested it.
    by_caller: bool,
}

/// Makes a request ask for its consumption. Returns `None` if the action consumes nothing or the body is not an object.
pub(super) fn ask(action: &str, body: &Bytes) -> Option<Asked> {
    let kind = kind(action)?;
    let mut request: Value = serde_json::from_slice(body).ok()?;
    let fields = request.as_object_mut()?;
    let by_caller = match fields.get("ReturnConsumedCapacity") {
        None => false,
        Some(Value::String(text)) if text == "NONE" => false,
        Some(_) => true,
    };
    if by_caller {
        return Some(Asked { body: body.clone(), kind, by_caller });
    }
    fields.insert("ReturnConsumedCapacity".to_owned(), Value::from("TOTAL"));
    Some(Asked { body: Bytes::from(request.to_string()), kind, by_caller })
}

impl Asked {
    /// Adds the answer's consumption to `usage`. Returns the body without it if the caller did not ask for it.
    pub(super) fn settle(&self, answer: &Bytes, usage: &mut Usage) -> Option<Bytes> {
        let mut body: Value = serde_json::from_slice(answer).ok()?;
        let consumed = body.as_object_mut()?.remove("ConsumedCapacity")?;
        match &consumed {
            Value::Array(tables) => tables.iter().for_each(|table| self.count(table, usage)),
            table => self.count(table, usage),
        }
        (!self.by_caller).then(|| Bytes::from(body.to_string()))
    }

    fn count(&self, table: &Value, usage: &mut Usage) {
        let units = |name: &str| table.get(name).and_then(Value::as_f64);
        // A transaction's answer names both kinds: one repeated with its token only reads.
        let (read, write) = (units("ReadCapacityUnits"), units("WriteCapacityUnits"));
        if read.is_some() || write.is_some() {
            usage.read_units += read.unwrap_or_default();
            usage.write_units += write.unwrap_or_default();
            return;
        }
        let total = units("CapacityUnits").unwrap_or_default();
        match self.kind {
            Kind::Read => usage.read_units += total,
            Kind::Write => usage.write_units += total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_that_did_not_request_capacity_does_not_get_it() {
        let asked = ask("PutItem", &Bytes::from_static(br#"{"TableName":"t"}"#)).unwrap();
        assert!(std::str::from_utf8(&asked.body).unwrap().contains("TOTAL"));
        let mut usage = Usage::default();
        let answer = Bytes::from_static(br#"{"ConsumedCapacity":{"TableName":"t","CapacityUnits":2.0}}"#);
        assert_eq!(asked.settle(&answer, &mut usage).unwrap(), "{}");
        assert_eq!((usage.read_units, usage.write_units), (0.0, 2.0));
    }

    #[test]
    fn a_caller_that_requested_capacity_gets_it() {
        let body = Bytes::from_static(br#"{"ReturnConsumedCapacity":"INDEXES"}"#);
        let asked = ask("Query", &body).unwrap();
        assert_eq!(asked.body, body);
        let mut usage = Usage::default();
        let answer =
            Bytes::from_static(br#"{"ConsumedCapacity":[{"CapacityUnits":0.5},{"CapacityUnits":1.0}]}"#);
        assert_eq!(asked.settle(&answer, &mut usage), None);
        assert!((usage.read_units - 1.5).abs() < f64::EPSILON);
    }

    #[test]
    fn an_action_that_consumes_nothing_is_unchanged() {
        assert!(ask("DescribeTable", &Bytes::from_static(b"{}")).is_none());
        assert!(ask("PutItem", &Bytes::from_static(b"[]")).is_none());
    }
}
