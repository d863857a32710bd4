//! Rows of every type that a service stores.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::types::AttributeValue;
use edge::Cause;
use edge::schedule::Tick;
use engines::testing::{TestTable, table};
use jiff::Timestamp;
use notifications::mail_events::rows::SuppressionRow;
use notifications::mails::rows::NotificationRow;
use orders::carts::rows::CartRow;
use orders::invoices::rows::{InvoiceRow, NumberingRow};
use orders::orders::rows::{NumberRow, OrderRow, StandingRow};
use orders::promotions::rows::{PromotionRow, UsesRow};
use orders::returns::rows::{ReturnRow, StatementRow};
use orders::settings::rows::{PastSettingRow, SettingRow};
use orders::shipments::rows::ShipmentRow;
use orders::timeline::rows::EntryRow;
use payments::disputes::rows::DisputeRow;
use payments::methods::rows::CustomerRow;
use payments::payments::rows::{DeclinesRow, PaymentRow, PostingRow};
use payments::payouts::rows::{CursorRow, MismatchRow, PayoutPostingRow, PayoutRow};
use payments::webhooks::rows::ReceivedEventRow;
use products::catalogue::rows::{PriceChangeRow, ProductChangeRow, ProductRow, SlugRow};
use products::categories::rows::CategoriesRow;
use products::images::rows::{ImageUploadRow, LeftoversRow};
use products::imports::rows::{FailuresRow, ImportRow, ImportedFileRow};
use products::reservations::rows::ReservationRow;
use products::search::rows::{ChangesRow, ChunkRow, SnapshotRow};
use products::stock::rows::{AdjustmentRow, ShardRow, StockRow};
use products::watches::rows::{WatchRow, WatchedRow};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Change, Error, Row, Table};
use users::accounts::rows::{CredentialRow, UserRow};
use users::addresses::rows::AddressRow;
use users::audit::rows::{AuditByActorRow, AuditBySubjectRow, AuditRow};
use users::erasure::rows::ErasedRow;
use users::guests::rows::{GuestAddressRow, GuestRow};
use users::keys::rows::KeysRow;
use users::links::rows::{LinkRow, ThrottleRow};
use users::second_factor::rows::{ChallengeRow, SecondFactorRow};
use users::sessions::rows::SessionRow;
use users::staff::rows::InvitationRow;

use crate::{folder, golden, names, with_future};

/// A row of a released version.
#[derive(Deserialize)]
struct Golden {
    /// JSON pointers to the values of enums.
    enums: Vec<String>,
    row: Value,
}

/// Expands `$then` for each type of row. This is the only list of them.
macro_rules! for_each_row {
    ($then:ident) => {
        $then!("notifications" NotificationRow, SuppressionRow);
        $then!("orders" CartRow, EntryRow, InvoiceRow, NumberRow, NumberingRow, OrderRow, PastSettingRow, PromotionRow, ReturnRow, SettingRow, ShipmentRow, StandingRow, StatementRow, UsesRow);
        $then!("payments" CursorRow, CustomerRow, DeclinesRow, DisputeRow, MismatchRow, PaymentRow, PayoutPostingRow, PayoutRow, PostingRow, ReceivedEventRow);
        $then!("products" AdjustmentRow, CategoriesRow, ChangesRow, ChunkRow, FailuresRow, ImageUploadRow, ImportRow, ImportedFileRow, LeftoversRow, PriceChangeRow, ProductChangeRow, ProductRow, ReservationRow, ShardRow, SlugRow, SnapshotRow, StockRow, WatchRow, WatchedRow);
        $then!("users" AddressRow, AuditByActorRow, AuditBySubjectRow, AuditRow, ChallengeRow, CredentialRow, ErasedRow, GuestAddressRow, GuestRow, InvitationRow, KeysRow, LinkRow, SecondFactorRow, SessionRow, ThrottleRow, UserRow);
    };
}

fn golden_of<R: Row>(service: &str) -> Golden {
    serde_json::from_value(golden(&format!("rows/{service}/{}.json", R::KIND))).unwrap()
}

fn value_of<R: Row>(service: &str, row: &Value) -> R::Value {
    serde_json::from_value(row.clone()).unwrap_or_else(|error| panic!("{service}/{}: {error}", R::KIND))
}

struct Place<R: Row> {
    engine: TestTable,
    table: Table,
    value: R::Value,
}

impl<R: Row> Place<R> {
    /// Creates a service's table with this row.
    async fn with(service: &str, row: &Value) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
        let engine = table(root.join(service).join("template.yaml").to_str().unwrap()).await;
        let table = Table::new(engine.client().clone(), engine.name());
        let value = value_of::<R>(service, &golden_of::<R>(service).row);
        let tick = Tick::new(Timestamp::UNIX_EPOCH, Cause::new("compat"));
        table.create(&tick, Change::<R>::to(value.clone()), None, || Error::Busy).await.unwrap();
        let place = Self { engine, table, value };
        // The store writes what this version knows. The row of a later version then replaces it.
        let mut attributes = place.attributes().await;
        let later: std::collections::HashMap<String, AttributeValue> = serde_dynamo::to_item(row).unwrap();
        attributes.extend(later);
        let put = place.engine.client().put_item().table_name(place.engine.name());
        put.set_item(Some(attributes)).send().await.unwrap();
        place
    }

    async fn attributes(&self) -> std::collections::HashMap<String, AttributeValue> {
        let found = self.engine.client().scan().table_name(self.engine.name()).send().await.unwrap();
        found.items.unwrap().remove(0)
    }

    /// Returns the row without the store's own attributes.
    async fn row(&self) -> Value {
        let mut attributes = self.attributes().await;
        let own = ["pk", "sk", "row", "version", "write", "expires_at"];
        attributes.retain(|name, _| !own.contains(&name.as_str()) && !name.starts_with("gsi"));
        serde_dynamo::from_item(attributes).unwrap()
    }

    /// Reads the row and writes it back.
    async fn touch(&self) -> Result<(), Error> {
        let tick = Tick::new(Timestamp::UNIX_EPOCH, Cause::new("compat"));
        let place = self.table.at::<R>(R::key(&self.value));
        let touch = |found: Option<store::Stored<R::Value>>| async move {
            Ok::<_, Error>(Some(Change::<R>::to(found.unwrap().value)))
        };
        place.change(&tick, touch).await.map(|_| ())
    }
}

async fn assert_fields_survive<R: Row>(service: &str) {
    let later = with_future(&golden_of::<R>(service).row);
    let place = Place::<R>::with(service, &later).await;
    place.touch().await.unwrap();
    assert_eq!(place.row().await, later, "{service}/{}", R::KIND);
}

#[tokio::test]
async fn unknown_fields_survive_a_write() {
    macro_rules! check {
        ($service:literal $($row:ident),+) => { $(assert_fields_survive::<$row>($service).await;)+ };
    }
    for_each_row!(check);
}

async fn assert_values_survive<R: Row>(service: &str) {
    let Golden { enums, row } = golden_of::<R>(service);
    for pointer in enums {
        let mut later = row.clone();
        *later.pointer_mut(&pointer).unwrap() = json!("of_a_later_version");
        let place = Place::<R>::with(service, &later).await;
        let read = place.table.get::<R::Value>(&R::key(&place.value)).await;
        assert!(read.unwrap().is_some(), "{service}/{}{pointer} is read", R::KIND);
        // The write either keeps the value, or is refused because only a newer version knows the state.
        if let Err(error) = place.touch().await {
            assert!(matches!(error, Error::Newer { .. }), "{service}/{}{pointer}: {error}", R::KIND);
        }
        assert_eq!(place.row().await, later, "{service}/{}{pointer}", R::KIND);
    }
}

#[tokio::test]
async fn unknown_enum_values_survive_a_write() {
    macro_rules! check {
        ($service:literal $($row:ident),+) => { $(assert_values_survive::<$row>($service).await;)+ };
    }
    for_each_row!(check);
}

/// Finds every implementation of [`Row`] in a service's sources.
fn implementations(folder: &Path, found: &mut BTreeSet<String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            implementations(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        found.extend(
            text.lines()
                .filter_map(|line| line.trim_start().strip_prefix("impl Row for ")?.split_once(" {"))
                .map(|(name, _)| name)
                // A macro's variable is not a row.
                .filter(|name| !name.starts_with('$'))
                .map(str::to_owned),
        );
    }
}

#[test]
fn every_row_type_is_listed_and_has_a_golden_file() {
    let mut listed = BTreeSet::new();
    let mut files = BTreeSet::new();
    let mut note = |service: &str, name: &str, kind: &str| {
        listed.insert(name.rsplit("::").next().unwrap().to_owned());
        files.insert(format!("{service}/{kind}"));
    };
    macro_rules! noted {
        ($service:literal $($row:ident),+) => { $(note($service, std::any::type_name::<$row>(), $row::KIND);)+ };
    }
    for_each_row!(noted);

    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let (mut implemented, mut golden) = (BTreeSet::new(), BTreeSet::new());
    let services: Vec<PathBuf> =
        fs::read_dir(&functions).unwrap().map(|entry| entry.unwrap().path()).collect();
    for service in services {
        let name = service.file_name().unwrap().to_str().unwrap().to_owned();
        implementations(&service.join("src"), &mut implemented);
        golden.extend(names(&folder("rows").join(&name)).into_iter().map(|kind| format!("{name}/{kind}")));
    }
    assert_eq!(listed, implemented, "for_each_row lists every implementation of Row");
    assert_eq!(files, golden, "every row type has a golden file");
}
