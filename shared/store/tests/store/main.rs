//! Tests of the store with an embedded table: the verbs, and failed requests.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod due;
mod expired;
mod flaky;
mod lists;
mod mugs;
mod together;
mod verbs;
mod versions;

use std::iter::repeat_n;

use domain::Refusal;
use domain::words::id::EventId;
use flaky::{Fault, Place};
use mugs::now;
use serde::{Deserialize, Serialize};
use store::{Committed, Error, Item, Key, Transaction};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Counter {
    pieces: u64,
}

fn key() -> Key {
    Key::new("COUNTER", "COUNTER")
}

fn item(pieces: u64) -> Item {
    Item::new(key(), "counter", &Counter { pieces })
}

fn named(name: &str) -> Item {
    Item::new(Key::new(name, name), "counter", &Counter { pieces: 0 })
}

/// Returns a transaction with three writes, for as many reasons.
fn transaction() -> Transaction {
    Transaction::new().insert("first", item(1), now()).insert("second", named("A"), now()).insert(
        "third",
        named("B"),
        now(),
    )
}

impl Place {
    async fn pieces(&self) -> Option<(u64, u64)> {
        let found = self.table.get::<Counter>(&key()).await.unwrap();
        found.map(|found| (found.value.pieces, found.version))
    }

    /// Returns the number of requests, which all have one token.
    fn requests_of_one_token(&self) -> usize {
        let tokens = self.tokens();
        assert!(tokens.iter().all(|token| *token == tokens[0] && !token.is_empty()), "{tokens:?}");
        tokens.len()
    }
}

#[tokio::test]
async fn a_lost_answer_of_a_transaction_is_not_a_failed_condition() {
    let place = Place::open().await;
    place.fail([Fault::AnswerLost]);
    assert_eq!(place.table.commit(transaction()).await.unwrap(), Committed::Written);
    assert_eq!(place.requests_of_one_token(), 2);

    // The SDK gives up in between; the table continues with the token of the request that took effect.
    place.fail([Fault::AnswerLost].into_iter().chain(repeat_n(Fault::Refused("ThrottlingException"), 7)));
    let others = || Transaction::new().replace("counter", item(2), 1).insert("other", named("C"), now());
    assert_eq!(place.table.commit(others()).await.unwrap(), Committed::Written);
    assert_eq!(place.requests_of_one_token(), 9);
    assert_eq!(place.pieces().await, Some((2, 2)), "once");
    place.fail([]);
    assert_eq!(place.table.commit(others()).await.unwrap(), Committed::Refused("counter"), "another commit");
}

/// DynamoDB has no token for a write of a single row. The row contains it, and is returned with the failed condition.
#[tokio::test]
async fn a_lost_answer_of_a_put_is_not_a_failed_condition() {
    let place = Place::open().await;
    place.fail([Fault::AnswerLost]);
    let insert = || Transaction::new().insert("counter", item(1), now());
    assert_eq!(place.table.commit(insert()).await.unwrap(), Committed::Written);
    assert_eq!(place.requests_of_one_token(), 2);

    let update = || Transaction::new().replace("counter", item(2), 1);
    place.fail([Fault::AnswerLost].into_iter().chain(repeat_n(Fault::Refused("ThrottlingException"), 7)));
    assert_eq!(place.table.commit(update()).await.unwrap(), Committed::Written);
    assert_eq!(place.requests_of_one_token(), 9);
    assert_eq!(place.pieces().await, Some((2, 2)), "once");
    place.fail([]);
    assert_eq!(place.table.commit(update()).await.unwrap(), Committed::Refused("counter"), "another commit");
    assert_eq!(place.table.commit(insert()).await.unwrap(), Committed::Refused("counter"), "another commit");
}

#[tokio::test]
async fn each_commit_has_its_own_token() {
    let place = Place::open().await;
    place.fail([]);
    for version in 0..4 {
        let write = match version {
            0 => Transaction::new().insert("counter", item(0), now()),
            seen => Transaction::new().replace("counter", item(0), seen),
        };
        // Single rows, and two rows.
        let write =
            if version < 2 { write } else { write.insert("other", named(&version.to_string()), now()) };
        assert_eq!(place.table.commit(write).await.unwrap(), Committed::Written);
    }
    let mut tokens = place.tokens();
    assert!(tokens.iter().all(|token| (1..=36).contains(&token.len())), "{tokens:?}");
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 4);
}

#[tokio::test]
async fn conflicts_and_throttling_are_retried() {
    let place = Place::open().await;
    place.fail([
        Fault::Cancelled(&["None", "TransactionConflict", "None"]),
        Fault::Cancelled(&["ThrottlingError", "None", "None"]),
        Fault::Cancelled(&["None", "None", "ProvisionedThroughputExceeded"]),
        Fault::Refused("TransactionInProgressException"),
        Fault::Cancelled(&["TransactionConflict", "TransactionConflict", "TransactionConflict"]),
    ]);
    assert_eq!(place.table.commit(transaction()).await.unwrap(), Committed::Written);
    assert_eq!(place.requests_of_one_token(), 6);
    assert_eq!(place.pieces().await, Some((1, 1)));
}

#[tokio::test]
async fn a_table_that_stays_busy_returns_busy() {
    let place = Place::open().await;
    place.fail(repeat_n(Fault::Cancelled(&["TransactionConflict", "None", "None"]), 100));
    let busy = place.table.commit(transaction()).await.unwrap_err();
    assert!(matches!(busy, Error::Busy), "{busy:?}");
    // The delays are random; a second is at least five of them.
    let tries = place.requests_of_one_token();
    assert!((5..=100).contains(&tries), "{tries} tries in a second");
    place.fail([]);
    assert_eq!(place.pieces().await, None);
}

#[tokio::test]
async fn a_failed_condition_is_not_retried() {
    let place = Place::open().await;
    for reasons in [
        &["ConditionalCheckFailed", "None", "None"],
        // Reasons after the first failed condition do not matter.
        &["ConditionalCheckFailed", "TransactionConflict", "None"],
        &["ConditionalCheckFailed", "ThrottlingError", "ConditionalCheckFailed"],
    ] {
        place.fail([Fault::Cancelled(reasons)]);
        assert_eq!(
            place.table.commit(transaction()).await.unwrap(),
            Committed::Refused("first"),
            "{reasons:?}"
        );
        assert_eq!(place.tokens().len(), 1, "{reasons:?}");
    }
    place.fail([Fault::Cancelled(&["None", "ConditionalCheckFailed", "None"])]);
    assert_eq!(place.table.commit(transaction()).await.unwrap(), Committed::Refused("second"));
}

#[tokio::test]
async fn a_failed_condition_after_a_conflict_is_retried() {
    let place = Place::open().await;
    let transaction =
        || Transaction::new().once(EventId::from_parts(0, 1), now()).insert("counter", item(1), now());
    assert_eq!(place.table.commit(transaction()).await.unwrap(), Committed::Written);
    // Another delivery is being written: its row exists already, its mark does not.
    place.fail([Fault::Cancelled(&["TransactionConflict", "ConditionalCheckFailed"])]);
    assert_eq!(place.table.commit(transaction()).await.unwrap(), Committed::Refused("duplicate"));
    assert_eq!(place.requests_of_one_token(), 2);
}

#[tokio::test]
async fn a_rejected_transaction_is_an_internal_error() {
    let place = Place::open().await;
    for fault in [
        Fault::Cancelled(&["None", "ValidationError", "None"]),
        Fault::Cancelled(&["ItemCollectionSizeLimitExceeded", "None", "None"]),
        Fault::Refused("ValidationException"),
        Fault::Refused("ItemCollectionSizeLimitExceededException"),
        Fault::Refused("IdempotentParameterMismatchException"),
    ] {
        place.fail([fault.clone()]);
        let error = place.table.commit(transaction()).await.unwrap_err();
        assert_eq!(error.code(), "internal_error", "{fault:?}");
        assert_eq!(place.tokens().len(), 1, "{fault:?}: not retried");
    }
}

#[tokio::test]
async fn an_unanswered_write_may_have_taken_effect() {
    let place = Place::open().await;
    let transaction =
        || Transaction::new().once(EventId::from_parts(0, 1), now()).insert("counter", item(1), now());
    place.fail(repeat_n(Fault::AnswerLost, 3));
    let unknown = place.table.commit(transaction()).await.unwrap_err();
    assert!(matches!(unknown, Error::Unavailable { .. }), "{unknown:?}");
    // Its message is redelivered, and its mark is found.
    place.fail([]);
    assert_eq!(place.table.commit(transaction()).await.unwrap(), Committed::Refused("duplicate"));
    assert_eq!(place.pieces().await, Some((1, 1)));
}

#[tokio::test]
async fn a_delete_in_conflict_with_a_transaction_is_retried() {
    let place = Place::open().await;
    assert_eq!(place.table.commit(transaction()).await.unwrap(), Committed::Written);
    place.fail(repeat_n(Fault::Refused("TransactionConflictException"), 2));
    place.table.delete(&key()).await.unwrap();
    assert_eq!(place.tokens().len(), 3);
    assert_eq!(place.pieces().await, None);
}
