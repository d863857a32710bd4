//! `create-import`, `run-import`, `get-import`, `export-catalogue`.

mod failing;
mod going_on;
mod shards;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials};
use domain::catalogue::{
    Field, ImportCounts, ImportState, NewImport, ProductField, ProductStatus, RowFailure,
};
use domain::words::id::ImportId;
use domain::words::sha256;
use edge::queue::{Content, OwnQueue};
use edge::{NoBody, Reply};
use products::catalogue::rows::ProductChange;
use products::files::Bucket;
use products::imports::create_import::CreatedImport;
use products::imports::export_catalogue::ExportPage;
use products::imports::get_import::ImportReport;
use products::imports::import_message::{GoOn, ImportMessage};
use products::imports::{create_import, export_catalogue, get_import, run_import};
use store::{Index, Page, Query, Stored};

use super::*;

const HEADER: &str = "slug,title,description,category,sku,variant_title,price,currency,status,stock_delta\n";

/// A shop whose staff import.
struct Desk {
    shop: Shop,
    bucket: Bucket,
    queue: OwnQueue,
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
}

async fn desk() -> Desk {
    let shop = shop().await;
    let url = shop.engine.bucket("bodega-images").await;
    let credentials = aws_credential_types::Credentials::new("operator", "secret", None, None, "test");
    let bucket = Bucket::at(&url, "eu-west-1", credentials).unwrap();
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(shop.engine.client().config().region().cloned())
        .credentials_provider(Credentials::new("operator", "secret", None, None, "test"))
        .endpoint_url(shop.engine.endpoint().url())
        .build();
    let sqs = aws_sdk_sqs::Client::from_conf(config);
    let queue_url = sqs.create_queue().queue_name("imports").send().await.unwrap().queue_url.unwrap();
    let queue = OwnQueue::new(sqs.clone(), &*queue_url);
    Desk { shop, bucket, queue, sqs, queue_url }
}

fn announced(file: &[u8], format: &str) -> Value {
    json!({ "format": format, "bytes": file.len(), "sha256": sha256::hex(file) })
}

fn row(slug: &str, sku: &str, price: &str, stock: &str) -> String {
    format!("{slug},{slug},About {slug}.,kitchen,{sku},One,{price},EUR,active,{stock}\n")
}

/// Returns a file of products with a variant each.
fn file_of(count: usize) -> String {
    let row = |number| row(&format!("p-{number}"), &format!("S{number}"), "14.50", "");
    HEADER.to_owned() + &(0..count).map(row).collect::<String>()
}

impl Desk {
    async fn announce(&self, body: Value, key: &str) -> Result<Reply<CreatedImport>, Problem> {
        let call = Call::new(staff(), parsed::<NewImport>(body), now()).with_header("idempotency-key", key);
        create_import((self.shop.products.clone(), self.bucket.clone()), call).await
    }

    /// Announces a file and uploads it.
    async fn upload_as(&self, body: Value, file: &[u8]) -> ImportId {
        let key = format!("{}{}", body, self.shop.acted().await.len());
        let key = sha256::hex(key);
        let import = self.announce(body, &key).await.unwrap().body().unwrap().import_id;
        self.bucket.put_unchanging(&format!("imports/{import}"), "text/csv", file).await.unwrap();
        import
    }

    async fn upload(&self, file: &str) -> ImportId {
        self.upload_as(announced(file.as_bytes(), "csv"), file.as_bytes()).await
    }

    async fn deliver(&self, message: ImportMessage, seconds: i64) -> Result<(), Failure> {
        let until = Timestamp::now() + SignedDuration::from_secs(seconds);
        let delivery = Delivery::new(message, now()).until(until);
        run_import((self.shop.products.clone(), self.bucket.clone(), self.queue.clone()), delivery).await
    }

    /// Delivers the report about an upload, and all messages that follow.
    async fn run(&self, import: ImportId) -> ImportReport {
        self.deliver(uploaded(&import.to_string()), 300).await.unwrap();
        while let Some(message) = self.messages().await.pop() {
            self.deliver(ImportMessage::parse(&message).unwrap(), 300).await.unwrap();
        }
        self.report(import).await
    }

    /// Imports a file.
    async fn import(&self, file: &str) -> ImportReport {
        let import = self.upload(file).await;
        self.run(import).await
    }

    async fn report_of(&self, import: &str, at: Timestamp) -> Result<ImportReport, Problem> {
        let call = Call::new(staff(), NoBody, at).with_path("import_id", import);
        Ok(get_import(self.shop.products.clone(), call).await?.body().unwrap().clone())
    }

    async fn report(&self, import: ImportId) -> ImportReport {
        self.report_of(&import.to_string(), now()).await.unwrap()
    }

    async fn export(&self, query: &str) -> Result<ExportPage, Problem> {
        let call = Call::new(staff(), NoBody, now()).with_query(query)?;
        Ok(export_catalogue(self.shop.products.clone(), call).await?.body().unwrap().clone())
    }

    async fn product(&self, slug: &str) -> Option<Stored<Product>> {
        let id = self.shop.products.id_of(&slug.parse().unwrap()).await.unwrap()?;
        self.shop.products.product(id).await.unwrap()
    }

    /// Returns the messages of the queue, which are taken out of it.
    async fn messages(&self) -> Vec<String> {
        let received = self.sqs.receive_message().queue_url(&self.queue_url).max_number_of_messages(10);
        let messages = received.send().await.unwrap().messages.unwrap_or_default();
        for message in &messages {
            let delete = self.sqs.delete_message().queue_url(&self.queue_url);
            delete.receipt_handle(message.receipt_handle.as_ref().unwrap()).send().await.unwrap();
        }
        messages.into_iter().map(|message| message.body.unwrap()).collect()
    }
}

fn counts(created: u64, updated: u64, unchanged: u64, failed: u64) -> ImportCounts {
    ImportCounts { created, updated, unchanged, failed }
}

/// Returns the rows, columns and codes of a report.
fn failed(report: &ImportReport) -> Vec<(u64, &str, &str)> {
    report.failed.iter().map(told).collect()
}

fn told(failure: &RowFailure) -> (u64, &str, &str) {
    (failure.row, failure.column.as_deref().unwrap_or_default(), &failure.code)
}

/// What S3 reports about an upload.
fn uploaded(import: &str) -> ImportMessage {
    let event = uploaded_to("bodega-images", &format!("imports/{import}"));
    ImportMessage::parse(&event.to_string()).unwrap()
}

#[tokio::test]
async fn an_announced_file_gets_a_url_for_exactly_that_file() {
    let desk = desk().await;
    let body = announced(b"file", "csv");
    let reply = desk.announce(body.clone(), "k").await.unwrap();
    let CreatedImport { import_id, upload } = reply.body().unwrap().clone();
    assert!(upload.url.contains(&format!("/bodega-images/imports/{import_id}?")), "{}", upload.url);
    let headers: Vec<_> = upload.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(headers[..2], [("content-length", "4"), ("content-type", "text/csv")]);
    assert_eq!(headers[2].0, "x-amz-checksum-sha256");
    assert_eq!((&*upload.method, upload.expires_at), ("PUT", now() + SignedDuration::from_mins(10)));
    let report = desk.report(import_id).await;
    assert_eq!((report.status, report.rows, report.failed.len()), (ImportState::Awaiting, None, 0));
    assert_eq!(desk.shop.acted().await, [format!("create-import {import_id}")]);
    let again = desk.announce(body, "k").await.unwrap();
    assert_eq!(again.body().unwrap().import_id, import_id, "the same request again");
    let refused = async |body, key| {
        let problem = desk.announce(body, key).await.unwrap_err();
        (problem.status().as_u16(), problem.code().to_owned())
    };
    assert_eq!(refused(announced(b"another", "csv"), "k").await, (422, "idempotency_key_reused".to_owned()));
    let mut large = announced(b"file", "jsonl");
    large["bytes"] = (50 * 1024 * 1024 + 1).into();
    assert_eq!(refused(large, "l").await, (413, "import_too_large".to_owned()));
    assert_eq!(refused(announced(b"file", "csv"), "").await, (400, "idempotency_key_invalid".to_owned()));
}

#[tokio::test]
async fn of_1000_rows_with_3_wrong_ones_997_are_created_and_none_the_second_time() {
    let desk = desk().await;
    let file = file_of(1_000).replace("S7,One,14.50", "S7,One,-1").replace("p-500,p-500", "p-500,");
    let file = file.replace("S999,", "s999,");
    let first = desk.import(&file).await;
    assert_eq!((first.status, first.rows), (ImportState::Done, Some(1_000)));
    assert_eq!(first.counts, counts(997, 0, 0, 3));
    let wrong =
        [(9, "price", "invalid_value"), (502, "title", "missing_value"), (1_001, "sku", "invalid_value")];
    assert_eq!(failed(&first), wrong);
    let product = desk.product("p-8").await.unwrap();
    assert_eq!((product.version, product.value.status), (1, ProductStatus::Active));
    assert!(desk.shop.item("S8").await.for_sale);
    assert!(desk.product("p-7").await.is_none());
    let second = desk.import(&file).await;
    assert_eq!((second.counts, failed(&second)), (counts(0, 0, 997, 3), wrong.to_vec()));
    assert_eq!(desk.product("p-8").await.unwrap().version, 1);
    assert_eq!(desk.bucket.get(&format!("imports/{}", second.import_id)).await.unwrap(), None, "removed");
}

#[tokio::test]
async fn an_import_is_recorded_once_and_each_change_names_who_has_asked_for_it() {
    let desk = desk().await;
    desk.import(&(HEADER.to_owned() + &row("cup", "CUP", "14.50", "5"))).await;
    let report = desk.import(&(HEADER.to_owned() + &row("cup", "CUP", "15.50", ""))).await;
    assert_eq!(report.counts, counts(0, 1, 0, 0));
    let acted = desk.shop.acted().await;
    assert!(acted.len() == 2 && acted.iter().all(|act| act.starts_with("create-import imp_")), "{acted:?}");
    let id = desk.product("cup").await.unwrap().value.product_id;
    let changes = Query::new(Index::Table, format!("PRODUCT#{id}")).prefix("CHANGE#");
    let changes: Page<Stored<ProductChange>> = desk.shop.table.query(&changes).await.unwrap();
    let [change] = &changes.items[..] else { panic!("one change: {changes:?}") };
    assert_eq!(
        (&change.value.fields[..], change.value.changed_by),
        (&[ProductField::Prices][..], staff().0.user_id)
    );
    let prices = Query::new(Index::Table, "PRICE#CUP");
    let prices: Page<Stored<domain::catalogue::PriceChange>> = desk.shop.table.query(&prices).await.unwrap();
    let of = |tag: &domain::words::price::PriceTag| tag.price.amount();
    assert_eq!(prices.items.len(), 1);
    assert_eq!((of(&prices.items[0].value.before), of(&prices.items[0].value.after)), (1450, 1550));
    assert_eq!(desk.shop.item("CUP").await.price.amount(), 1550);
}

#[tokio::test]
async fn stock_is_adjusted_once_by_each_row_of_a_file_however_often_it_is_imported() {
    let desk = desk().await;
    let file = HEADER.to_owned() + &row("cup", "CUP", "14.50", "20") + &row("bowl", "BOWL", "9", "3");
    for (import, expected) in [counts(2, 0, 0, 0), counts(0, 0, 2, 0)].into_iter().enumerate() {
        assert_eq!(desk.import(&file).await.counts, expected, "import {import}");
    }
    assert_eq!(desk.shop.counters("CUP").await, [20, 0, 0, 20]);
    let taken = HEADER.to_owned() + &row("cup", "CUP", "14.50", "-16") + &row("bowl", "BOWL", "9", "-4");
    let report = desk.import(&taken).await;
    assert_eq!(
        (report.counts, failed(&report)),
        (counts(0, 1, 0, 1), vec![(3, "stock_delta", "stock_below_zero")])
    );
    assert_eq!(desk.shop.counters("CUP").await, [4, 0, 0, 4]);
    assert_eq!(desk.shop.outbox().await.len(), 1, "stock runs low");
    let movements: Page<Stored<products::stock::rows::Adjustment>> =
        desk.shop.table.query(&Query::new(Index::Table, "STOCK#CUP").prefix("ADJUSTMENT#")).await.unwrap();
    let of = |made: &products::stock::rows::Adjustment| made.delta.into_inner();
    assert_eq!(movements.items.iter().map(|made| of(&made.value)).sum::<i64>(), 4);
    assert!(movements.items[0].value.reason.as_ref().starts_with("row 2 of imp_"));
}

#[tokio::test]
async fn rows_of_a_slug_are_a_product_also_if_there_are_many() {
    let desk = desk().await;
    let of = |number: usize| row("cup", &format!("CUP-{number}"), "14.50", "");
    let file = HEADER.to_owned() + &(0..51).map(of).collect::<String>() + &row("bowl", "BOWL", "9", "");
    let report = desk.import(&file).await;
    assert_eq!((report.counts, failed(&report)), (counts(51, 0, 0, 1), vec![(52, "sku", "variant_count")]));
    assert_eq!(desk.product("cup").await.unwrap().value.variants.len(), 50);
}

#[tokio::test]
async fn an_old_slug_leads_to_its_product_which_keeps_the_new_one() {
    let desk = desk().await;
    desk.import(&(HEADER.to_owned() + &row("cup", "CUP", "14.50", ""))).await;
    let id = desk.product("cup").await.unwrap().value.product_id;
    desk.shop.update(id, json!({ "slug": "mug" }), "*").await.unwrap();
    let both = HEADER.to_owned() + &row("cup", "CUP", "15", "") + &row("mug", "MUG", "15", "");
    let report = desk.import(&both).await;
    assert_eq!(report.counts, counts(1, 1, 0, 0));
    let product = desk.product("mug").await.unwrap().value;
    assert_eq!((product.slug.as_ref(), product.title.as_ref(), product.variants.len()), ("mug", "mug", 2));
}

#[tokio::test]
async fn a_dry_run_reports_what_would_change_and_changes_nothing() {
    let desk = desk().await;
    desk.import(&file_of(2)).await;
    let before = desk.shop.events().await.len();
    let file = file_of(40).replace("S1,One,14.50", "S1,One,15").replace("S39,One", "S0,One");
    let mut body = announced(file.as_bytes(), "csv");
    body["dry_run"] = true.into();
    let import = desk.upload_as(body, file.as_bytes()).await;
    let report = desk.run(import).await;
    assert!(report.dry_run && report.status == ImportState::Done);
    assert_eq!((report.counts, failed(&report)), (counts(37, 1, 1, 1), vec![(41, "sku", "repeated_sku")]));
    assert!(desk.product("p-5").await.is_none());
    assert_eq!(desk.product("p-1").await.unwrap().version, 1);
    assert_eq!(desk.shop.events().await.len(), before + 1, "the record of the announcement");
    let with_stock = file_of(1).replace("active,", "active,7");
    let mut body = announced(with_stock.as_bytes(), "csv");
    body["dry_run"] = true.into();
    let dry = desk.upload_as(body, with_stock.as_bytes()).await;
    assert_eq!(desk.run(dry).await.counts, counts(0, 1, 0, 0));
    assert_eq!(desk.import(&with_stock).await.counts, counts(0, 1, 0, 0), "not taken for the first import");
    assert_eq!(desk.shop.counters("S0").await, [7, 0, 0, 7]);
}

#[tokio::test]
async fn what_is_exported_changes_nothing_if_it_is_imported() {
    let desk = desk().await;
    desk.shop.create(cups()).await.unwrap();
    desk.shop.create(product("draft", "kitchen", "DRAFT", "draft")).await.unwrap();
    let mut formula = cups();
    (formula["title"], formula["slug"]) = ("=1+1".into(), "formula".into());
    formula["description"] = "'=2, \"two\"\n-3".into();
    formula["variants"] = json!([variant("F-1", "@SUM", 100), variant("F-2", "'-x", 200)]);
    desk.shop.create(formula).await.unwrap();
    desk.import(&file_of(120)).await;
    let id = desk.product("espresso-cup").await.unwrap().value.product_id;
    for (format, status, expected) in [("csv", "active", 124), ("jsonl", "active", 124), ("csv", "draft", 1)]
    {
        let (mut file, mut cursor, mut pages) = (String::new(), None, 0);
        loop {
            let after = cursor.map(|cursor: String| format!("&cursor={cursor}")).unwrap_or_default();
            let page = desk.export(&format!("format={format}&status={status}{after}")).await.unwrap();
            (file, cursor, pages) = (file + &page.text, page.next_cursor, pages + 1);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(pages, if status == "active" { 3 } else { 1 });
        let before = desk.shop.products.product(id).await.unwrap().unwrap();
        let import = desk.upload_as(announced(file.as_bytes(), format), file.as_bytes()).await;
        let report = desk.run(import).await;
        assert_eq!((report.counts, &report.failed[..]), (counts(0, 0, expected, 0), &[][..]), "{format}");
        assert_eq!(desk.shop.products.product(id).await.unwrap().unwrap(), before);
    }
    assert_eq!(desk.export("format=xlsx").await.unwrap_err().code(), "invalid_query");
    assert_eq!(desk.export("format=csv&cursor=x").await.unwrap_err().code(), "bad_cursor");
    assert_eq!(desk.export("").await.unwrap_err().status(), 400);
    let header: Vec<_> = Field::all().iter().map(|field| field.name()).collect();
    let empty = desk.export("format=csv&status=archived").await.unwrap();
    assert_eq!((empty.text, empty.next_cursor), (header.join(",") + "\r\n", None));
}

#[tokio::test]
async fn an_import_that_does_not_exist_or_was_never_uploaded_is_not_found() {
    let desk = desk().await;
    let created = desk.announce(announced(b"file", "csv"), "k").await.unwrap();
    let import = created.body().unwrap().import_id.to_string();
    let day = SignedDuration::from_hours(24);
    let status = async |import: &str, after| match desk.report_of(import, now() + after).await {
        Ok(report) => report.status,
        Err(problem) => panic!("{} {}", problem.status(), problem.code()),
    };
    assert_eq!(status(&import, day - SignedDuration::from_secs(1)).await, ImportState::Awaiting);
    let not_found = async |import: &str, at| {
        let problem = desk.report_of(import, at).await.unwrap_err();
        (problem.status().as_u16(), problem.code().to_owned())
    };
    assert_eq!(not_found(&import, now() + day).await, (404, "import_not_found".to_owned()));
    assert_eq!(
        not_found("imp_01KAR8J3YT5QZ8W2N6V4C1D7EF", now()).await,
        (404, "import_not_found".to_owned())
    );
    assert_eq!(not_found("cup", now()).await, (404, "not_found".to_owned()));
    let ended = desk.import(&file_of(1)).await.import_id.to_string();
    assert_eq!(status(&ended, day * 89).await, ImportState::Done);
    assert_eq!(not_found(&ended, now() + day * 90).await.0, 404);
}

#[tokio::test]
async fn imports_keep_to_their_budget() {
    let desk = desk().await;
    let used = || desk.shop.engine.used();
    used();
    let file = file_of(320);
    let body = announced(file.as_bytes(), "csv");
    let import = desk.announce(body.clone(), "k").await.unwrap().body().unwrap().import_id;
    insta::assert_snapshot!(used(), @r#"
    1 read, 6 written: GetItem, TransactWriteItems
    "#);
    desk.announce(body, "k").await.unwrap();
    insta::assert_snapshot!(used(), @r#"
    1 read, 0 written: GetItem
    "#);
    desk.bucket.put_unchanging(&format!("imports/{import}"), "text/csv", file.as_bytes()).await.unwrap();
    used();
    desk.run(import).await;
    insta::assert_snapshot!(used(), @r#"
    647 read, 2925 written: 20 BatchGetItem, 6 GetItem, PutItem, Query, 11 TransactWriteItems, s3:DeleteObject, 3 s3:GetObject, sqs:DeleteMessage, 2 sqs:ReceiveMessage, sqs:SendMessage
    "#);
    desk.report(import).await;
    insta::assert_snapshot!(used(), @r#"
    2 read, 0 written: GetItem, Query
    "#);
    let again = desk.upload(&file).await;
    used();
    desk.run(again).await;
    insta::assert_snapshot!(used(), @r#"
    967 read, 12 written: 30 BatchGetItem, 6 GetItem, 12 PutItem, Query, s3:DeleteObject, 3 s3:GetObject, sqs:DeleteMessage, 2 sqs:ReceiveMessage, sqs:SendMessage
    "#);
    desk.export("format=csv").await.unwrap();
    insta::assert_snapshot!(used(), @r#"
    2.5 read, 0 written: Query
    "#);
}
