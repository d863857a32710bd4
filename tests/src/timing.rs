//! `cargo run --release -p tests --bin timing` measures whether the time of a reply tells who is a customer.
//!
//! ```text
//! timing → a shop in memory, with one account for each request that is to concern a known address
//!        → each kind of request in turn, for a known and for an unknown address
//!        → a row for each kind: the medians, and how far they are apart
//! ```

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::Client;
use runtime::cloud::{Cloud, MAILS};
use serde_json::{Value, json};

use crate::measure::{Error, Settings, in_memory, machine, markdown, profile, settle};

/// How far medians may be apart.
const MOST: f64 = 0.05;

const PASSWORD: &str = "a password to be timed";

/// What to time.
#[derive(Debug, Clone)]
pub struct Options {
    /// The root of the repository.
    pub root: PathBuf,
    /// The folder with the functions' binaries.
    pub binaries: PathBuf,
    /// The number of requests of each kind, for known and for unknown addresses.
    pub requests: usize,
}

/// A kind of request: its path, and its body for an address.
type Kind = (&'static str, &'static str, fn(&str) -> Value);

const KINDS: [Kind; 3] = [
    ("signing in with a wrong password", "/sessions", |email| json!({ "email": email, "password": "wrong" })),
    ("asking for a new password", "/password-resets", |email| json!({ "email": email })),
    ("registering", "/users", |email| json!({ "email": email, "name": "A Customer", "password": PASSWORD })),
];

/// Times the requests in a shop of their own, and prints a table as Markdown. Returns which kinds tell known from unknown
/// addresses.
///
/// # Errors
/// Fails if a request fails, or if `out` cannot be written.
pub async fn time<W: Write>(options: &Options, out: &mut W) -> Result<Vec<String>, Error> {
    let settings = Settings { mails: MAILS, schedules: false };
    let rows = in_memory(&options.root, &options.binaries, settings, async |cloud, _| {
        let shop = Shop { cloud, client: Client::new() };
        for number in 0..options.requests {
            shop.post("/users", &KINDS[2].2(&known(number))).await?;
        }
        settle(cloud).await?;
        let mut rows = Vec::new();
        for kind in KINDS {
            rows.push(shop.time(kind, options.requests).await?);
            settle(cloud).await?;
        }
        Ok(rows)
    })
    .await?;
    writeln!(
        out,
        "Taken on {} on {}, {} build; {} requests of each kind.\n",
        jiff::Timestamp::now().strftime("%Y-%m-%d"),
        machine(),
        profile(),
        options.requests
    )?;
    let table: Vec<Vec<String>> = rows.iter().map(Row::cells).collect();
    writeln!(out, "{}", markdown(&["request", "known address, ms", "unknown, ms", "apart, %"], &table))?;
    let tells = rows.iter().filter(|row| row.apart().abs() > MOST);
    Ok(tells.map(|row| format!("{} takes {:.1} % longer or less", row.what, row.apart() * 100.0)).collect())
}

/// The medians of a kind of request.
struct Row {
    what: &'static str,
    known: Duration,
    unknown: Duration,
}

impl Row {
    fn apart(&self) -> f64 {
        self.known.as_secs_f64() / self.unknown.as_secs_f64() - 1.0
    }

    fn cells(&self) -> Vec<String> {
        let milliseconds = |time: Duration| format!("{:.2}", time.as_secs_f64() * 1_000.0);
        let apart = format!("{:+.1}", self.apart() * 100.0);
        vec![self.what.to_owned(), milliseconds(self.known), milliseconds(self.unknown), apart]
    }
}

struct Shop<'a> {
    cloud: &'a Cloud,
    client: Client,
}

impl Shop<'_> {
    /// Times a kind of request, in turn for known and for unknown addresses, each of which is asked about once: throttles
    /// would answer a second request otherwise.
    async fn time(&self, (what, path, body): Kind, requests: usize) -> Result<Row, Error> {
        let (mut of_known, mut of_unknown) = (Vec::new(), Vec::new());
        for number in 0..requests {
            let unknown = format!("unknown-{number}{}@customers.example", path.replace('/', "-"));
            // Which of the two is first changes, in case the first pays for something.
            let mut pair = [(known(number), &mut of_known), (unknown, &mut of_unknown)];
            if number % 2 == 1 {
                pair.reverse();
            }
            for (email, times) in pair {
                times.push(self.post(path, &body(&email)).await?);
            }
        }
        Ok(Row { what, known: median(of_known), unknown: median(of_unknown) })
    }

    /// Sends a request, and returns how long the reply took.
    async fn post(&self, path: &str, body: &Value) -> Result<Duration, Error> {
        // The routes accept 50 requests per second.
        tokio::time::sleep(Duration::from_millis(25)).await;
        let request = self.client.post(format!("{}{path}", self.cloud.url())).json(body);
        let began = Instant::now();
        let response = request.send().await?;
        let took = began.elapsed();
        if response.status().is_server_error() || response.status() == 429 {
            return Err(format!("{path} answered {}", response.status()).into());
        }
        Ok(took)
    }
}

fn known(number: usize) -> String {
    format!("known-{number}@customers.example")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
