//! What trade needs of the laptop besides the shop itself: its clock, its schedules, and the bank of its payment gateway.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, IntoUrl, Url, redirect};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::SeedError;
use super::super::shop::{answer, text};

/// How long one question waits for rest, and how often it is asked. Nothing takes this long unless it hangs.
const WAIT: Duration = Duration::from_secs(30);
const MOST_WAITS: u32 = 10;

/// Reads how far the clock is ahead.
#[derive(Deserialize)]
struct Reading {
    ahead: SignedDuration,
}

/// A running laptop cloud, reached through its console.
#[derive(Debug, Clone)]
pub(crate) struct Laptop {
    client: Client,
    console: String,
}

impl Laptop {
    /// The laptop cloud with this console.
    pub(crate) fn at(console: &str) -> Result<Self, SeedError> {
        // The pages of the payment gateway lead back to the shop, which has nothing more to say.
        let client = Client::builder().redirect(redirect::Policy::none()).build()?;
        Ok(Self { client, console: console.to_owned() })
    }

    /// Returns how far the clock is ahead of real time.
    pub(crate) async fn ahead(&self) -> Result<SignedDuration, SeedError> {
        let read = self.client.get(format!("{}/clock", self.console)).send().await?;
        Ok(serde_json::from_value::<Reading>(answer(read).await?)?.ahead)
    }

    /// Sets how far the clock is ahead of real time, and returns what time it is.
    pub(crate) async fn set_ahead(&self, ahead: SignedDuration) -> Result<Timestamp, SeedError> {
        let set = self.client.put(format!("{}/clock", self.console)).json(&json!({ "ahead": ahead }));
        answer(set.send().await?).await?;
        Ok(Timestamp::now() + ahead)
    }

    /// Returns the operations that have a schedule.
    pub(crate) async fn scheduled(&self) -> Result<Vec<String>, SeedError> {
        let listed = answer(self.client.get(format!("{}/schedules", self.console)).send().await?).await?;
        Ok(serde_json::from_value(listed["operations"].clone())?)
    }

    /// Runs a schedule as of what time it is.
    pub(crate) async fn run(&self, operation: &str) -> Result<(), SeedError> {
        let run = self.client.post(format!("{}/schedules/{operation}/runs", self.console));
        answer(run.send().await?).await.map(drop)
    }

    /// Waits until everything has happened that follows.
    pub(crate) async fn rest(&self) -> Result<(), SeedError> {
        let url = format!("{}/rest?wait={}", self.console, WAIT.as_millis());
        let mut left = Value::Null;
        for _ in 0..MOST_WAITS {
            left = answer(self.client.get(&url).send().await?).await?;
            if left.as_array().is_some_and(Vec::is_empty) {
                return Ok(());
            }
        }
        Err(SeedError::Restless(left.to_string()))
    }

    /// Confirms a payment on the bank's page, which is at this address.
    pub(super) async fn confirm(&self, page: &str) -> Result<(), SeedError> {
        let page: Url = page.parse().map_err(|_| SeedError::NoPage(page.to_owned()))?;
        let known = page.query_pairs().find(|(name, _)| name == "client_secret");
        let secret = known.map(|(_, secret)| secret.into_owned()).unwrap_or_default();
        let mut bare = page.clone();
        bare.set_query(None);
        let form = [("client_secret", secret.as_str()), ("outcome", "authenticate")];
        self.submit(bare, &form).await
    }

    /// Decides a dispute as the customer's bank.
    pub(super) async fn decide(&self, dispute: &str, shop_wins: bool) -> Result<(), SeedError> {
        let form = [("outcome", if shop_wins { "won" } else { "lost" })];
        self.submit(self.gateways(&format!("disputes/{dispute}")).await?, &form).await
    }

    /// Lets the banks give back what was refunded to cards that were closed meanwhile.
    pub(super) async fn return_refunds(&self) -> Result<(), SeedError> {
        self.submit(self.gateways("payouts").await?, &[]).await
    }

    /// Returns the address of a page of the payment gateway.
    async fn gateways(&self, page: &str) -> Result<String, SeedError> {
        let functions = answer(self.client.get(format!("{}/functions", self.console)).send().await?).await?;
        let mut functions = functions.as_array().into_iter().flatten();
        let gateway = functions.find_map(|function| function["environment"]["STRIPE_API_URL"].as_str());
        Ok(format!("{}/{page}", gateway.unwrap_or_default()))
    }

    /// Submits a form of one of the payment gateway's pages, which lead on.
    async fn submit(&self, page: impl IntoUrl, form: &[(&str, &str)]) -> Result<(), SeedError> {
        let response = self.client.post(page).body(serde_urlencoded::to_string(form)?).send().await?;
        if response.status().is_redirection() { Ok(()) } else { answer(response).await.map(drop) }
    }
}

/// Returns a required text of a reply.
pub(super) fn required(reply: &Value, name: &str) -> Result<String, SeedError> {
    let found = text(reply, name);
    if found.is_empty() {
        Err(SeedError::Missing { name: name.to_owned(), reply: reply.to_string() })
    } else {
        Ok(found)
    }
}
