//! Messages of queues, and records of streams.

use std::path::Path;
use std::sync::LazyLock;

use aws_lambda_events::dynamodb::StreamRecord;
use aws_lambda_events::sqs::SqsEvent;
use domain::events::{Envelope, Event, OrderEvent};
use domain::orders::Order;
use domain::payments::Payment;
use domain::stock::Reservation;
use domain::words::contact::{Contact, MailLink};
use domain::words::hold::is_too_late_to_pay;
use domain::words::id::ImageId;
use domain::words::locale::Locale;
use domain::words::person::{Email, Name};
use edge::queue::{self, Content as _, Delivery};
use jiff::Timestamp;
use notifications::mail_events::mail_event::MailEvent;
use notifications::mail_events::suppression::{AddressHash, Suppression};
use notifications::mails::mail::{Kind, Mail};
use notifications::mails::render::Templates;
use products::files::UploadEvent;
use products::imports::import_message::ImportMessage;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::check;
use super::text::{json as changed, text};
use crate::upload;

fn golden(folder: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("compat").join(folder);
    let files = std::fs::read_dir(&folder).expect("golden files");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let read = |path| serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON");
    paths.into_iter().map(read).collect()
}

/// One event of each type.
static EVENTS: LazyLock<Vec<Value>> = LazyLock::new(|| golden("events"));

fn row<T: serde::de::DeserializeOwned>(of: &str) -> T {
    let rows = golden(of);
    let found = rows.into_iter().find_map(|row| serde_json::from_value(row["row"].clone()).ok());
    found.expect("a golden row of this type")
}

static LINK: LazyLock<MailLink> =
    LazyLock::new(|| MailLink::to("https://bodega.example", "a-page", "a-token"));

static ADA: LazyLock<Contact> = LazyLock::new(|| Contact {
    name: Name::try_new("Ada").expect("a name"),
    email: Email::try_new("ada@example.com").expect("an address"),
    locale: Locale::default(),
    is_confirmed: true,
    link: None,
});

static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| Templates::new("https://bodega.example"));

/// Makes every consumer's decision about an event.
fn consume(envelope: &Envelope) {
    static ORDER: LazyLock<Order> = LazyLock::new(|| row("rows/orders"));
    static RESERVATION: LazyLock<Reservation> = LazyLock::new(|| row("rows/products"));
    static PAYMENT: LazyLock<Payment> = LazyLock::new(|| row("rows/payments"));
    let now = Timestamp::UNIX_EPOCH;
    let event = &envelope.event;
    if let Ok(command) = domain::orders::Command::try_from(event) {
        drop(ORDER.apply(&command, now));
    }
    if let Ok(command) = domain::stock::Command::try_from(event) {
        drop(RESERVATION.apply(command, &[]));
    }
    if let Ok(command) = domain::payments::Command::try_from(event) {
        std::hint::black_box(command.about());
    }
    if let Event::Order(OrderEvent::Placed(placed)) = event {
        let payment = Payment::begin(placed, now);
        assert!(payment.is_understood());
        drop((payment.due(), payment.expire(now), PAYMENT.cancel(now)));
        std::hint::black_box(is_too_late_to_pay(placed.held_until, now));
    }
    for mail in Mail::about(event).unwrap_or_default() {
        for locale in ["en", "de"] {
            let link = mail.link.map(|_| LINK.clone());
            let contact = Contact { locale: Locale::try_new(locale).expect("a tag"), link, ..ADA.clone() };
            TEMPLATES.render(&mail, &contact, envelope.time).expect("each mail renders");
        }
    }
}

/// The event about a mail in `events/apply-mail-event.json`.
static MAIL_EVENT: LazyLock<Value> = LazyLock::new(|| {
    let batch = include_str!("../../../events/apply-mail-event.json");
    let batch: Value = serde_json::from_str(batch).expect("JSON");
    serde_json::from_str(batch["Records"][0]["body"].as_str().expect("a body")).expect("JSON")
});

/// The event about an upload in `events/finish-image.json`.
static UPLOAD_EVENT: LazyLock<Value> =
    LazyLock::new(|| upload::report("bodega", "uploads/img_01KAR8J3YT5QZ8W2N6V4C1D7ER"));

/// What `run-import` sends itself.
static GO_ON: LazyLock<Value> = LazyLock::new(
    || json!({ "import_id": "imp_01KAR8J3YT5QZ8W2N6V4C1D7ER", "correlationid": "C3D13FE58DE4C810" }),
);

/// Makes every decision about an event about a mail.
fn report(delivery: &Delivery<MailEvent>) {
    assert!(!format!("{:?} {:?}", delivery.cause.span(), delivery.envelope.name()).is_empty());
    std::hint::black_box(delivery.envelope.mail.about());
    let Some(failure) = delivery.envelope.failure() else { return };
    for address in &failure.addresses {
        let known = Suppression::none(AddressHash::of(address));
        let recorded = known.record(&failure).expect("it is news");
        assert_eq!(recorded.record(&failure), None);
        std::hint::black_box(recorded.stops(Kind::Welcome, Timestamp::UNIX_EPOCH));
    }
}

/// Batches of a queue: nearly right events, and anything else, with any attributes.
pub fn messages(runner: &mut TestRunner) -> Result<(), String> {
    let body = prop_oneof![8 => changed(EVENTS.clone()), 4 => changed(vec![MAIL_EVENT.clone(), UPLOAD_EVENT.clone(), GO_ON.clone()]), 1 => text()];
    let kind = select(vec!["String", "Number", "Binary", "Binary.gif", "", "x"]);
    let message = (body, text(), text(), kind).prop_map(|(body, id, attribute, kind)| {
        json!({
            "messageId": id, "receiptHandle": id, "body": body, "eventSource": "aws:sqs",
            "attributes": { "AWSTraceHeader": attribute, "ApproximateReceiveCount": attribute, (attribute.clone()): id },
            "messageAttributes": {
                (id.clone()): {
                    "stringValue": attribute, "binaryValue": "AAEC", "dataType": kind,
                    "stringListValues": [], "binaryListValues": [],
                },
            },
        })
    });
    let batches = proptest::collection::vec(message, 0..4).prop_map(|records| json!({ "Records": records }));
    check(runner, &batches, |batch| {
        let batch: SqsEvent = serde_json::from_value(batch).map_err(|error| error.to_string())?;
        let now = Timestamp::UNIX_EPOCH;
        for message in batch.records {
            if let Ok(delivery) = queue::read::<MailEvent>(message.clone(), now) {
                report(&delivery);
            }
            if let Ok(delivery) = queue::read::<UploadEvent>(message.clone(), now) {
                assert!(!format!("{:?} {:?}", delivery.cause.span(), delivery.envelope.name()).is_empty());
                std::hint::black_box(delivery.envelope.ids::<ImageId>("uploads/").count());
            }
            if let Ok(delivery) = queue::read::<ImportMessage>(message.clone(), now) {
                assert!(!format!("{:?} {:?}", delivery.cause.span(), delivery.envelope.name()).is_empty());
                std::hint::black_box(delivery.envelope.imports());
            }
            if let Ok(delivery) = queue::read(message, now) {
                assert!(!format!("{:?}", delivery.cause.span()).is_empty());
                consume(&delivery.envelope);
            }
        }
        Ok(())
    })
}

/// Records of a table's stream, among them outbox rows that hold anything.
pub fn stream_images(runner: &mut TestRunner) -> Result<(), String> {
    let envelope = prop_oneof![4 => changed(EVENTS.clone()), 1 => text()];
    let images = (envelope, text(), text(), text()).prop_flat_map(|(envelope, id, queues, row)| {
        let row = if row.len() % 4 == 0 { row } else { "outbox".to_owned() };
        let text = |text: String| json!({ "S": text });
        let image = json!({
            "pk": text(id.clone()), "row": text(row), "queues": text(queues), "envelope": text(envelope),
            "sk": if id.len() % 2 == 0 { text(id) } else { text("evt_01KAQV8T00ADA0000000000001".to_owned()) },
        });
        let record = json!({
            "ApproximateCreationDateTime": 1_795_428_000.0, "Keys": {}, "NewImage": image,
            "SequenceNumber": "1", "SizeBytes": 1,
        });
        prop_oneof![3 => Just(record.to_string()), 1 => changed(vec![record])]
    });
    check(runner, &images, |record| {
        if let Ok(record) = serde_json::from_str::<StreamRecord>(&record)
            && let Ok(Some(waiting)) = store::outbox::from_image(record.new_image)
        {
            consume(&waiting.envelope);
        }
        Ok(())
    })
}
