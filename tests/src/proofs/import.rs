//! A large file of products, with wrong rows, whose import is killed again and again.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use engines::faults::{Fault, Site};
use serde_json::Value;

use crate::Shop;
use crate::import::{HEADER, announcement, begin, row};

/// The pieces of each product that the file brings.
const PIECES: i64 = 3;

/// The rows that one transaction of new products takes.
const ROWS_OF_A_TRANSACTION: usize = 32;

/// Longer than the largest file takes on a small machine.
const LONGEST: Duration = Duration::from_secs(3_600);

/// A file, and what happens to its import.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Its rows.
    pub rows: usize,
    /// Those that are wrong.
    pub wrong: usize,
    /// How often its import is killed.
    pub kills: usize,
}

/// What two imports of the file have used.
#[derive(Debug)]
pub struct Outcome {
    load: Load,
    /// The first import, which is killed, and the second.
    used: [Used; 2],
}

#[derive(Debug)]
struct Used {
    took: Duration,
    invocations: usize,
    read: f64,
    written: f64,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Load { rows, wrong, kills } = self.load;
        writeln!(
            f,
            "{rows} rows, {wrong} of them wrong, killed {kills} times: the others are there once, the wrong ones are named"
        )?;
        for (what, Used { took, invocations, read, written }) in
            ["first", "again"].into_iter().zip(&self.used)
        {
            let (seconds, per_row) = (took.as_secs_f64(), |units: f64| units / rows as f64);
            writeln!(
                f,
                "{what}: {seconds:.1} s, {invocations} invocations, {:.0} rows/s, {:.2} read and {:.2} write units a row",
                rows as f64 / seconds,
                per_row(*read),
                per_row(*written)
            )?;
        }
        Ok(())
    }
}

/// Imports a file twice: the first time, the function is killed at calls that are spread over the import.
///
/// # Panics
/// If a row is missing or written twice, if a wrong one is not named by its row and column, or if the second import changes anything.
pub async fn killed(load: Load) -> Outcome {
    let shop = Shop::open().await;
    let (file, wrong) = file(load);
    let before = shop.rows("products", "product").await.len();
    shop.cloud().faults().watch();
    for (nth, fault) in kills(load) {
        let action = "dynamodb:TransactWriteItems".to_owned();
        shop.cloud().faults().at(
            Site { function: "run-import".to_owned(), action, nth: u32::try_from(nth).expect("a call") },
            fault,
        );
    }
    let first = import(&shop, "first", &file, &wrong).await;
    assert_eq!(shop.cloud().faults().stop().fired.len(), load.kills, "kills");
    let good = load.rows - load.wrong;
    assert_eq!(counts(&first.0), [good, 0, 0, load.wrong]);
    let products = versions(&shop, "product").await;
    assert_eq!(products.len() - before, good, "each good row is a product");
    for item in shop.rows("products", "stock").await {
        let number = |name: &str| item[name]["N"].as_str().and_then(|text| text.parse::<i64>().ok());
        let is_imported = item["sku"]["S"].as_str().is_some_and(|sku| sku.starts_with("IMPORTED-"));
        assert!(!is_imported || number("received") == Some(PIECES), "stock is counted once: {item}");
    }
    let second = import(&shop, "second", &file, &wrong).await;
    assert_eq!(counts(&second.0), [0, 0, good, load.wrong]);
    assert_eq!(versions(&shop, "product").await, products, "nothing is written again");
    shop.rest_within(LONGEST).await.expect("the shop comes to rest");
    shop.abandon().await;
    Outcome { load, used: [first.1, second.1] }
}

/// The transactions that kill their caller: before and after they take effect, by turns. The first is not of rows.
fn kills(load: Load) -> impl Iterator<Item = (usize, Fault)> {
    let transactions = load.rows / ROWS_OF_A_TRANSACTION;
    (0..load.kills).map(move |number| {
        let nth = 2 + transactions * (number + 1) / (load.kills + 2);
        (nth, if number % 2 == 0 { Fault::KilledAfter } else { Fault::KilledBefore })
    })
}

/// Returns a file, and the rows, columns and codes of what is wrong with it.
fn file(load: Load) -> (Vec<u8>, Vec<(u64, String, String)>) {
    let (mut file, mut wrong) = (HEADER.as_bytes().to_vec(), Vec::new());
    let is_wrong = |number: usize| (number + 1) * load.wrong / load.rows > number * load.wrong / load.rows;
    for number in 0..load.rows {
        let row = row(&format!("imported-{number}"), "14.50", PIECES);
        if !is_wrong(number) {
            file.extend_from_slice(row.as_bytes());
            continue;
        }
        let (text, column, code) = match wrong.len() % 5 {
            0 => (row.replace("14.50", "14.505").into_bytes(), "price", "invalid_value"),
            1 => (row.replace(",EUR,", ",,").into_bytes(), "currency", "missing_value"),
            2 => (row.replace("One", "\u{202e}One").into_bytes(), "variant_title", "invalid_value"),
            3 => (row.replace("IMPORTED-", "imported-").into_bytes(), "sku", "invalid_value"),
            _ => {
                // Latin-1 for Größe.
                let at = row.find("Made").unwrap_or_default();
                (
                    [&row.as_bytes()[..at], b"Gr\xf6\xdfe", &row.as_bytes()[at..]].concat(),
                    "description",
                    "not_utf8",
                )
            }
        };
        file.extend(text);
        wrong.push((number as u64 + 2, column.to_owned(), code.to_owned()));
    }
    (file, wrong)
}

/// Imports the file, and compares what its report says is wrong.
async fn import(shop: &Shop, key: &str, file: &[u8], wrong: &[(u64, String, String)]) -> (Value, Used) {
    let meter = shop.cloud().endpoint().meter();
    meter.reset();
    let (since, began) = (jiff::Timestamp::now(), Instant::now());
    let admin = shop.admin().await;
    let path = begin(&admin, key, &announcement(file, "csv"), file.to_vec()).await;
    shop.rest_within(LONGEST).await.expect("the import ends");
    let took = began.elapsed();
    let usage = meter.read().of("run-import");
    let (read, written) = usage
        .values()
        .fold((0.0, 0.0), |(read, written), usage| (read + usage.read_units, written + usage.write_units));
    let ran = shop.cloud().invocations().since(since);
    let invocations = ran.into_iter().filter(|ran| ran.operation == "run-import").count();
    // A token is valid for ten minutes.
    let report = shop.admin().await.get(&path).await.body;
    assert_eq!(report["status"], "done", "{report}");
    let told = |failure: &Value| {
        let text = |name: &str| failure[name].as_str().unwrap_or_default().to_owned();
        (failure["row"].as_u64().unwrap_or_default(), text("column"), text("code"))
    };
    let told: Vec<_> = report["failed"].as_array().into_iter().flatten().map(told).collect();
    assert_eq!(told, wrong, "the wrong rows are named");
    (report, Used { took, invocations, read, written })
}

fn counts(report: &Value) -> [usize; 4] {
    let count = |name: &str| report["counts"][name].as_u64().and_then(|count| usize::try_from(count).ok());
    ["created", "updated", "unchanged", "failed"].map(|name| count(name).expect("a count"))
}

/// Returns the versions of the rows of a kind, by their keys.
async fn versions(shop: &Shop, kind: &str) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = shop.rows("products", kind).await;
    rows.iter().map(|row| (text(&row["pk"]["S"]), text(&row["version"]["N"]))).collect()
}
