//! `cargo run --release -p tests --bin searches` measures search over a shop with a large catalogue.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use dev::seed;
use jiff::{SignedDuration, Timestamp};
use runtime::cloud::Cloud;
use tokio::time::MissedTickBehavior;

use super::table::{grouped, markdown};
use super::{Error, Settings, in_memory, machine, profile, settle, starts};

/// The function that is measured, and one that has no snapshot.
const SEARCH: &str = "search-products";
const OTHER: &str = "get-product";

/// What customers type: words, names, beginnings, errors, several words, nothing that is there, and nothing.
const PHRASES: [&str; 12] = [
    "stoneware",
    "ronda",
    "gri",
    "espreso",
    "kettel",
    "olive wood sp",
    "copper moka pot granada",
    "linen striped tea towel la bisbal",
    "M004711",
    "made in small batches and never quite the same",
    "zzzz",
    "",
];
const CATEGORIES: [&str; 4] = ["", "&category=tools", "&category=pantry", "&category=home"];
const SORTS: [&str; 4] = ["relevance", "newest", "price_asc", "price_desc"];

/// What to measure.
#[derive(Debug, Clone)]
pub struct SearchOptions {
    /// The root of the repository.
    pub root: PathBuf,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// The number of products, of one to three variants each.
    pub products: u32,
    /// The number of starts.
    pub starts: usize,
}

/// Fills a separate shop in memory, indexes and searches it, and prints the tables as Markdown; the progress goes to `progress`.
///
/// # Errors
/// Fails if a request fails, or if something cannot be written.
pub async fn searches<W: Write>(
    options: &SearchOptions,
    progress: &mut (impl Write + IsTerminal),
    out: &mut W,
) -> Result<(), Error> {
    let settings = Settings { mails: usize::MAX, schedules: false };
    let work = async |cloud: &Cloud, binaries: &Path| {
        seed::seed(cloud).await?;
        settle(cloud).await?;
        let without = starts::of(cloud, binaries, &[OTHER, SEARCH], options.starts).await?;
        seed::fill(cloud.url(), options.products, &mut *progress).await?;
        settle(cloud).await?;
        let indexed = std::time::Instant::now();
        cloud.sources().trigger("index-catalogue", Timestamp::now() + SignedDuration::from_mins(1)).await?;
        let indexed = indexed.elapsed();
        let with = starts::of(cloud, binaries, &[OTHER, SEARCH], options.starts).await?;
        let (took, found) = search(cloud).await?;
        let build = profile();
        writeln!(out, "Taken on {} on {}, {build} build.", Timestamp::now().strftime("%Y-%m-%d"), machine())?;
        writeln!(out, "\nStarts without a snapshot:\n\n{}", without.markdown(cloud))?;
        writeln!(out, "Starts with that of {} products:\n\n{}", options.products, with.markdown(cloud))?;
        writeln!(out, "Searches, one after another:\n\n{}", table(took, found, indexed))?;
        Ok(())
    };
    in_memory(&options.root, &options.binaries, settings, work).await
}

/// The time between two searches: half of the rate at which the API begins to refuse them.
const APART: Duration = Duration::from_millis(10);

/// Searches for everything in each category and order. Returns how long the function took each time, and how many products there are.
async fn search(cloud: &Cloud) -> Result<(Vec<Duration>, u64), Error> {
    let client = reqwest::Client::new();
    let mut pace = tokio::time::interval(APART);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut all = 0;
    let mut began = Timestamp::now();
    // The first round warms up.
    for round in 0..3 {
        if round == 1 {
            began = Timestamp::now();
        }
        for phrase in PHRASES {
            for (category, sort) in CATEGORIES.iter().flat_map(|category| SORTS.map(|sort| (category, sort)))
            {
                let url = format!("{}/search?sort={sort}&limit=20{category}", cloud.url());
                let request = client.get(url).query(&[("q", phrase)]);
                pace.tick().await;
                let page: serde_json::Value = request.send().await?.error_for_status()?.json().await?;
                all = all.max(page["total"].as_u64().unwrap_or_default());
            }
        }
    }
    let ran = cloud.invocations().since(began).into_iter().filter(|ran| ran.operation == SEARCH);
    Ok((ran.map(|ran| Duration::from_secs_f64(ran.milliseconds / 1_000.0)).collect(), all))
}

fn table(mut took: Vec<Duration>, found: u64, indexed: Duration) -> String {
    took.sort_unstable();
    let part = |thousandths: usize| {
        let at = took.len().saturating_sub(1) * thousandths / 1_000;
        format!("{:.2}", took.get(at).copied().unwrap_or_default().as_secs_f64() * 1_000.0)
    };
    let heads = ["products", "index-catalogue, ms", "searches", "p50, ms", "p99, ms", "longest, ms"];
    let searches = u64::try_from(took.len()).unwrap_or_default();
    let indexed = indexed.as_millis().to_string();
    markdown(&heads, &[vec![grouped(found), indexed, grouped(searches), part(500), part(990), part(1_000)]])
}
