//! The event types that each release reads and sends.
//!
//! While a release is deployed, functions of the release before run beside it, and a rollback returns to them. So a
//! release sends only what the consumers of the release before read, and it reads what the release before sends.
//! `releases/<version>.json` records both; the record of a version that the changelog lists as released never changes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use domain::events::{Envelope, Event, OrderEvent, ProductEvent, Queue, StaffActed, types};
use domain::{orders, payments, stock};
use notifications::mails::mail::Mail;
use serde::{Deserialize, Serialize};
use tests::contract::blessed;

use crate::{folder, golden, names};

/// Event types by the name of their queue.
type ByQueue = BTreeMap<String, BTreeSet<String>>;

#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// What each queue's consumer handles.
    reads: ByQueue,
    /// What is sent to each queue.
    sends: ByQueue,
}

impl Record {
    /// Returns the record of this version of the code.
    fn now() -> Self {
        let mut now = Self::default();
        for known in types() {
            let envelope = golden(&format!("events/{}.json", known.name));
            let Envelope { event, .. } = serde_json::from_value(envelope).unwrap();
            for queue in queues().filter(|queue| reads(*queue, &event)) {
                note(&mut now.reads, queue, known.name);
            }
            for queue in known.queues {
                note(&mut now.sends, *queue, known.name);
            }
        }
        now
    }

    fn of(version: &str) -> Self {
        serde_json::from_value(golden(&format!("releases/{version}.json"))).unwrap()
    }

    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap() + "\n"
    }

    /// Returns the types that `self` sends and `other` does not read, one line each.
    fn unread_by(&self, other: &Self) -> Vec<String> {
        let unread = |(queue, sent): (&String, &BTreeSet<String>)| {
            let read = other.reads.get(queue).cloned().unwrap_or_default();
            sent.difference(&read).map(|name| format!("{name} in {queue}")).collect::<Vec<_>>()
        };
        self.sends.iter().flat_map(unread).collect()
    }
}

fn queues() -> impl Iterator<Item = Queue> {
    ('A'..='Z').filter_map(Queue::of_code)
}

/// Returns whether the queue's consumer handles the event.
fn reads(queue: Queue, event: &Event) -> bool {
    match queue {
        Queue::PaymentCommands => payments::Command::try_from(event).is_ok(),
        Queue::StockCommands => stock::Command::try_from(event).is_ok(),
        Queue::OrderEvents => orders::Command::try_from(event).is_ok(),
        Queue::CustomerEvents => orders::CustomerCommand::try_from(event).is_ok(),
        Queue::AuditEvents => StaffActed::try_from(event).is_ok(),
        // The same code consumes both, with rights to other rows: those about orders, or the others.
        Queue::AccountMails => !is_about_orders(event) && Mail::about(event).is_ok(),
        Queue::NotificationRequests => is_about_orders(event) && Mail::about(event).is_ok(),
    }
}

fn is_about_orders(event: &Event) -> bool {
    !matches!(
        event,
        Event::User(_)
            | Event::Product(ProductEvent::StockAnnounced(_))
            | Event::Order(OrderEvent::StatementReceived(_) | OrderEvent::LinkRequested(_))
    )
}

fn note(to: &mut ByQueue, queue: Queue, name: &str) {
    to.entry(queue.name().to_owned()).or_default().insert(name.to_owned());
}

/// The version that was released last, or will be released next.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns whether the changelog lists the version as released.
fn is_released(version: &str) -> bool {
    let changelog = fs::read_to_string(folder("../../CHANGELOG.md")).unwrap();
    changelog.lines().any(|line| line.starts_with(&format!("## [{version}]")))
}

/// Returns the releases with their records, oldest first, and then this version of the code.
fn history() -> Vec<(String, Record)> {
    let mut releases: Vec<String> =
        names(&folder("releases")).into_iter().filter(|version| is_released(version)).collect();
    releases.sort_by_key(|version| {
        version.split('.').map(|part| part.parse::<u64>().unwrap()).collect::<Vec<_>>()
    });
    let records = releases.into_iter().map(|version| (version.clone(), Record::of(&version)));
    records.chain([("this version".to_owned(), Record::now())]).collect()
}

#[test]
fn every_event_is_read_by_the_consumers_of_its_queues() {
    let now = Record::now();
    assert_eq!(now.unread_by(&now), Vec::<String>::new());
}

#[test]
fn a_release_sends_only_what_the_release_before_reads_and_reads_what_it_sends() {
    for pair in history().windows(2) {
        let [(before, older), (after, newer)] = pair else { unreachable!("windows of two") };
        let early = newer.unread_by(older);
        assert!(
            early.is_empty(),
            "{after} sends what {before} does not read: {early:?}. Let a release read it first."
        );
        let dropped = older.unread_by(newer);
        assert!(dropped.is_empty(), "{before} sends what {after} does not read any more: {dropped:?}");
    }
}

#[test]
fn the_version_has_its_record() {
    let file = format!("tests/compat/releases/{VERSION}.json");
    if is_released(VERSION) {
        blessed::check_there(&file, || Record::now().text());
    } else {
        blessed::check(&file, &Record::now().text());
    }
}

#[test]
fn a_type_that_is_read_and_sent_by_the_same_release_is_reported() {
    let released = Record::now();
    let mut next = released.clone();
    note(&mut next.reads, Queue::OrderEvents, "bodega.order.shipped.v1");
    assert_eq!(
        next.unread_by(&released),
        Vec::<String>::new(),
        "a release that only reads it may be deployed"
    );
    let mut early = next.clone();
    note(&mut early.sends, Queue::OrderEvents, "bodega.order.shipped.v1");
    assert_eq!(early.unread_by(&released), ["bodega.order.shipped.v1 in order-events"]);
    assert_eq!(early.unread_by(&next), Vec::<String>::new(), "the release after it may send it");
}
