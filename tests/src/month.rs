//! `cargo run -p tests --bin month` plays a month of orders with every kind of trouble, and writes down what the services told each
//! other and what the shop says it has, so that a program that shares no code with the shop can compare them.
//!
//! ```text
//! month → a shop in memory → trade (customers, staff, banks; the clock moves)
//!       → events.jsonl, ledger-<month>.csv, documents.jsonl, stock-*.json, gateway.json
//! tests/cloud/recompute.py → adds everything up again, from the events alone
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use dev::seed::{self, Wanted};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::books::Books;
use crate::customer::Customer;
use crate::shop::Shop;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Plays the wanted orders, and writes the files into `folder`.
///
/// # Errors
/// A request fails, an invariant of the books is violated, or a file cannot be written.
pub async fn play(wanted: &Wanted, folder: &Path, out: &mut (impl Write + IsTerminal)) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    let shop = Shop::for_trade().await;
    if wanted.capture_on_shipment {
        shop.admin().await.capture_on_shipment().await;
    }
    let played = play_in(&shop, wanted, folder, out).await;
    shop.abandon().await;
    played
}

async fn play_in(
    shop: &Shop,
    wanted: &Wanted,
    folder: &Path,
    out: &mut (impl Write + IsTerminal),
) -> Result<(), Error> {
    shop.settle().await;
    let log = log_events(shop, &folder.join("events.jsonl"))?;
    write(folder, "stock-before.json", &stock(shop).await?)?;
    let began = Timestamp::now();
    seed::trade((shop.cloud().url(), shop.cloud().console_url()), wanted, out).await?;
    shop.settle().await;
    log.lock().unwrap_or_else(PoisonError::into_inner).flush()?;

    let books = Books::of(shop).await;
    let violations = books.violations();
    let mut documents = BufWriter::new(File::create(folder.join("documents.jsonl"))?);
    for document in books.documents() {
        serde_json::to_writer(&mut documents, &document.content)?;
        documents.write_all(b"\n")?;
    }
    documents.flush()?;
    let admin = shop.admin().await;
    for month in months(began, wanted.days) {
        ledger(&admin, folder, &month).await?;
    }
    write(folder, "stock-after.json", &stock(shop).await?)?;
    let balance = shop.cloud().payment_gateway().holds("eur");
    write(folder, "gateway.json", &json!({ "balance": balance }))?;
    if violations.is_empty() { Ok(()) } else { Err(violations.join("\n").into()) }
}

/// Writes every event that a function sends to a file, a line for each queue.
fn log_events(shop: &Shop, path: &Path) -> Result<Arc<Mutex<BufWriter<File>>>, Error> {
    let file = Arc::new(Mutex::new(BufWriter::new(File::create(path)?)));
    let log = Arc::clone(&file);
    shop.cloud().endpoint().pass_on_messages(Arc::new(move |message| {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(log, "{message}") {
            tracing::error!(%error, "an event is missing in the log");
        }
    }));
    Ok(file)
}

/// Returns the counts of every SKU, as the staff see them.
async fn stock(shop: &Shop) -> Result<Value, Error> {
    let (admin, mut items) = (shop.admin().await, Vec::new());
    for row in shop.rows("products", "stock").await {
        let sku = row["sku"]["S"].as_str().ok_or("a row of stock has no SKU")?;
        let mut found = admin.get(&format!("/admin/catalogue/stock?sku={sku}")).await.body;
        items.push(found["items"][0].take());
    }
    Ok(Value::Array(items))
}

/// Returns the months in which something may have moved: refunds and returns come after the last order.
fn months(began: Timestamp, days: u32) -> BTreeSet<String> {
    (0..=days + 31)
        .map(|day| {
            let after = began.checked_add((i64::from(day) * 24).hours()).unwrap_or(Timestamp::MAX);
            after.strftime("%Y-%m").to_string()
        })
        .collect()
}

async fn ledger(admin: &Customer<'_>, folder: &Path, month: &str) -> Result<(), Error> {
    let shown = admin.get(&format!("/admin/payments/ledger?month={month}&format=csv")).await;
    let text = shown.body["text"].as_str().ok_or_else(|| format!("no ledger of {month}: {shown:?}"))?;
    Ok(fs::write(folder.join(format!("ledger-{month}.csv")), text)?)
}

fn write(folder: &Path, name: &str, content: &Value) -> Result<(), Error> {
    Ok(fs::write(folder.join(name), content.to_string())?)
}
