//! `ClientRequestToken`: a transaction that is repeated with its token within ten minutes succeeds and changes nothing.
//!
//! The embedded engine has these tokens too, but each transaction makes it look at all of the last ten minutes, so a
//! transaction would take longer with each one before it. They are kept here instead, and the engine gets none.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};
use tokio::sync::{Mutex as Turns, OwnedMutexGuard};

use super::super::response::{Response, build, json_error};
use super::table_name;

/// How long DynamoDB keeps a token.
const LIVE: Duration = Duration::from_secs(600);

/// DynamoDB's limit. The engine rejects longer tokens.
const LONGEST: usize = 36;

/// A transaction with a token.
pub(super) struct Transaction {
    token: String,
    /// A hash of what it writes.
    writes: u64,
    /// The request without its token.
    body: Bytes,
    /// What a repetition reports: the units of reading the items.
    repeated: Value,
}

impl Transaction {
    /// Returns `None` if the call is not a transaction, has no token, or is to be rejected by the engine.
    pub(super) fn read(action: &str, body: &Bytes) -> Option<Self> {
        if action != "TransactWriteItems" {
            return None;
        }
        let mut request: Value = serde_json::from_slice(body).ok()?;
        let token = request.as_object_mut()?.remove("ClientRequestToken")?.as_str()?.to_owned();
        if token.is_empty() || token.chars().count() > LONGEST {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        hash(request.get("TransactItems")?, &mut hasher);
        let repeated = json!({ "ConsumedCapacity": reads(&request["TransactItems"]) });
        Some(Self { token, writes: hasher.finish(), body: Bytes::from(request.to_string()), repeated })
    }
}

/// Hashes a value independently of the order of its fields, which another attempt may send in another order.
fn hash(value: &Value, hasher: &mut DefaultHasher) {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in sorted {
                name.hash(hasher);
                hash(value, hasher);
            }
            '}'.hash(hasher);
        }
        Value::Array(values) => {
            values.iter().for_each(|value| hash(value, hasher));
            ']'.hash(hasher);
        }
        other => other.to_string().hash(hasher),
    }
}

/// Returns what reading the items in a transaction consumes, by table, if none is larger than 4 KB.
fn reads(items: &Value) -> Vec<Value> {
    let mut units: Map<String, Value> = Map::new();
    let writes = items.as_array().into_iter().flatten().filter_map(Value::as_object).flat_map(Map::values);
    for name in writes.filter_map(|write| write["TableName"].as_str()) {
        let of_table = units.entry(table_name(name)).or_insert(Value::from(0.0));
        *of_table = Value::from(of_table.as_f64().unwrap_or_default() + 2.0);
    }
    let consumed = units.into_iter().map(
        |(name, units)| json!({ "TableName": name, "CapacityUnits": units, "ReadCapacityUnits": units }),
    );
    consumed.collect()
}

/// The tokens of the last ten minutes.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    known: HashMap<String, Known>,
    /// The tokens of transactions that succeeded, oldest first.
    succeeded: VecDeque<(Instant, String)>,
}

#[derive(Debug)]
struct Known {
    writes: u64,
    /// Locked until the first attempt ends; `None` once it has succeeded.
    running: Option<Arc<Turns<()>>>,
}

/// What to do with a transaction.
enum Begin<'a> {
    Execute(Attempt<'a>),
    /// Look again when the first attempt has ended.
    Wait(Arc<Turns<()>>),
    Repeated,
    OtherWrites,
}

/// The execution of a transaction. Unless it succeeds, its token is free again.
struct Attempt<'a> {
    tokens: &'a Tokens,
    token: &'a str,
    succeeded: bool,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Tokens {
    /// Executes the transaction, unless another with its token has succeeded.
    pub(super) async fn once<F: Future<Output = Response>>(
        &self,
        transaction: &Transaction,
        execute: impl FnOnce(Bytes) -> F,
    ) -> Response {
        loop {
            match self.begin(transaction, Instant::now()) {
                Begin::Execute(mut attempt) => {
                    let response = execute(transaction.body.clone()).await;
                    attempt.succeeded = response.status().is_success();
                    return response;
                }
                Begin::Wait(first) => drop(first.lock().await),
                Begin::Repeated => return json_answer(&transaction.repeated),
                Begin::OtherWrites => return other_writes(),
            }
        }
    }

    fn begin<'a>(&'a self, transaction: &'a Transaction, now: Instant) -> Begin<'a> {
        let mut state = self.state();
        state.expire(now);
        match state.known.get(&transaction.token) {
            Some(known) if known.writes != transaction.writes => Begin::OtherWrites,
            Some(Known { running: None, .. }) => Begin::Repeated,
            Some(Known { running: Some(first), .. }) => Begin::Wait(Arc::clone(first)),
            None => {
                let turn = Arc::new(Turns::new(()));
                let held = Arc::clone(&turn).try_lock_owned().ok();
                let known = Known { writes: transaction.writes, running: Some(turn) };
                state.known.insert(transaction.token.clone(), known);
                Begin::Execute(Attempt {
                    tokens: self,
                    token: &transaction.token,
                    succeeded: false,
                    _turn: held,
                })
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn expire(&mut self, now: Instant) {
        while let Some((_, token)) = self.succeeded.pop_front_if(|(at, _)| now.duration_since(*at) >= LIVE) {
            self.known.remove(&token);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut state = self.tokens.state();
        if !self.succeeded {
            state.known.remove(self.token);
            return;
        }
        if let Some(known) = state.known.get_mut(self.token) {
            known.running = None;
        }
        state.succeeded.push_back((Instant::now(), self.token.to_owned()));
    }
}

fn json_answer(body: &Value) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    build(StatusCode::OK, headers, Bytes::from(body.to_string()))
}

fn other_writes() -> Response {
    json_error(
        StatusCode::BAD_REQUEST,
        "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
        "DynamoDB rejected the request because you retried a request with a different payload but with an idempotent \
         token that was already used.",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn transaction(token: &str, writes: &Value) -> Transaction {
        let request = json!({ "ClientRequestToken": token, "TransactItems": writes });
        Transaction::read("TransactWriteItems", &Bytes::from(request.to_string())).unwrap()
    }

    fn put(name: &str) -> Value {
        json!([{ "Put": { "TableName": "orders", "Item": { "pk": { "S": name } } } }])
    }

    fn answer(status: StatusCode) -> Response {
        build(status, HeaderMap::new(), Bytes::new())
    }

    #[tokio::test]
    async fn a_repeated_transaction_is_not_executed_and_reports_reads() {
        let tokens = Tokens::default();
        let transaction = transaction("1", &put("a"));
        let execute = async |body: Bytes| {
            assert!(!body.windows(18).any(|text| text == b"ClientRequestToken"));
            answer(StatusCode::OK)
        };
        assert_eq!(tokens.once(&transaction, execute).await.status(), StatusCode::OK);
        let again =
            tokens.once(&transaction, async |_| -> Response { unreachable!("it was executed") }).await;
        let reported: Value = serde_json::from_slice(again.body()).unwrap();
        let expected = json!([{ "TableName": "orders", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0 }]);
        assert_eq!((again.status(), &reported["ConsumedCapacity"]), (StatusCode::OK, &expected));
    }

    #[tokio::test]
    async fn a_token_with_other_writes_is_a_mismatch() {
        let tokens = Tokens::default();
        tokens.once(&transaction("1", &put("a")), async |_| answer(StatusCode::OK)).await;
        let other = transaction("1", &put("b"));
        let other = tokens.once(&other, async |_| -> Response { unreachable!("it is refused") }).await;
        assert_eq!(other.status(), StatusCode::BAD_REQUEST);
        assert!(other.body().windows(19).any(|text| text == b"ParameterMismatchEx"));
    }

    #[tokio::test]
    async fn a_failed_transaction_is_executed_again() {
        let tokens = Tokens::default();
        let transaction = transaction("1", &put("a"));
        let failed = tokens.once(&transaction, async |_| answer(StatusCode::BAD_REQUEST)).await;
        assert_eq!(failed.status(), StatusCode::BAD_REQUEST);
        let again = tokens.once(&transaction, async |_| answer(StatusCode::OK)).await;
        assert_eq!(again.status(), StatusCode::OK);
        assert_eq!(tokens.state().known.len(), 1);
    }

    #[tokio::test]
    async fn concurrent_attempts_are_executed_once() {
        let (tokens, executed) = (Tokens::default(), AtomicU32::new(0));
        let transaction = transaction("1", &put("a"));
        let attempt = || {
            tokens.once(&transaction, async |_| {
                executed.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                answer(StatusCode::OK)
            })
        };
        let (one, other, third) = tokio::join!(attempt(), attempt(), attempt());
        assert!([one, other, third].iter().all(|response| response.status() == StatusCode::OK));
        assert_eq!(executed.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_token_expires_after_ten_minutes_and_takes_no_memory_then() {
        let tokens = Tokens::default();
        let transaction = transaction("1", &put("a"));
        tokens.once(&transaction, async |_| answer(StatusCode::OK)).await;
        let before = Instant::now() + LIVE - Duration::from_secs(60);
        assert!(matches!(tokens.begin(&transaction, before), Begin::Repeated));
        tokens.state().expire(Instant::now() + LIVE);
        let state = tokens.state();
        assert_eq!((state.known.len(), state.succeeded.len()), (0, 0));
    }

    #[test]
    fn the_order_of_fields_does_not_matter_and_their_values_do() {
        let of = |text: &str| {
            let mut hasher = DefaultHasher::new();
            hash(&serde_json::from_str(text).unwrap(), &mut hasher);
            hasher.finish()
        };
        assert_eq!(of(r#"{"a":1,"b":[2,{"c":3,"d":4}]}"#), of(r#"{"b":[2,{"d":4,"c":3}],"a":1}"#));
        assert_ne!(of(r#"{"a":[1],"b":2}"#), of(r#"{"a":[1,2]}"#));
        assert_ne!(of(r#"{"a":"1"}"#), of(r#"{"a":1}"#));
    }
}
