//! Trade: orders of many days, with all that becomes of orders. Customers and staff do everything through the front door, while the
//! laptop's clock moves from day to day.

pub(crate) mod laptop;
mod plan;
mod sale;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::Mutex;

use super::scale::Progress;
use super::shop::{Keeper, Shop};
use super::{SeedError, Stocked};
use laptop::{Laptop, required};
use plan::{Planned, Step};
use sale::{Sale, Scene};

/// How many orders somebody with an account places, about. A customer may have few unpaid orders at a time.
const ORDERS_PER_ACCOUNT: u32 = 6;

/// The password of all accounts.
const PASSWORD: &str = "one order after another";

/// How many steps are taken at a time.
const AT_ONCE: usize = 8;

/// The pieces of each SKU that are delivered first, per order: no order has more.
const PIECES_PER_ORDER: u32 = 3;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Longer than stock is held for an order that is not paid.
const HOLDS_END: SignedDuration = SignedDuration::from_hours(1);

/// What runs at the end of each day.
const EVERY_DAY: [&str; 4] =
    ["reconcile-payments", "expire-orders", "expire-reservations", "reconcile-payouts"];

/// What to trade.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// How many orders.
    pub orders: u32,
    /// On how many days.
    pub days: u32,
    /// How far the clock is ahead of real time on the first day: negative for days that have passed.
    pub from: SignedDuration,
    /// Whether the days after the last order are traded as well, on which the last parcels arrive and the last goods come back.
    pub to_the_end: bool,
    /// Whether the shop captures the money of orders when they are shipped, which is its own setting. Disputes follow the money.
    pub capture_on_shipment: bool,
}

/// Plays the orders in a running shop. Its clock is moved, and is what it was when this returns. Prints the progress to `out`.
///
/// # Errors
/// A request fails or is rejected, the shop does not come to rest, or the progress cannot be printed.
pub async fn trade(
    (url, console): (&str, &str),
    wanted: &Wanted,
    out: &mut (impl Write + IsTerminal),
) -> Result<(), SeedError> {
    let laptop = Laptop::at(console)?;
    // A run that was interrupted has left the clock in the past.
    let before = laptop.ahead().await?.max(SignedDuration::ZERO);
    let traded = Market::open(url, laptop.clone(), wanted).await?.trade(out).await;
    laptop.set_ahead(before).await?;
    traded
}

/// Who trades.
struct Market {
    keeper: Keeper,
    laptop: Laptop,
    wanted: Wanted,
    sales: Vec<Sale>,
    /// The access tokens of accounts, with the day on which they were issued.
    tokens: Mutex<BTreeMap<u32, (u32, String)>>,
    run: i64,
}

impl Market {
    /// Sets the clock to the first day, and has enough of everything delivered.
    async fn open(url: &str, laptop: Laptop, wanted: &Wanted) -> Result<Self, SeedError> {
        let (shop, run) = (Shop::at(url), Timestamp::now().as_second());
        laptop.set_ahead(wanted.from).await?;
        let keeper = Keeper::of(shop).await?;
        let stocked: Vec<Stocked> = serde_json::from_str(super::CATALOGUE)?;
        let skus: Vec<String> = stocked.into_iter().flat_map(|stocked| stocked.stock.into_keys()).collect();
        for sku in &skus {
            let delivery = json!({ "delta": wanted.orders * PIECES_PER_ORDER, "reason": "delivery" });
            let key = format!("{run}-{sku}");
            keeper.post(&format!("/stock/{sku}/adjustments"), &key, &delivery).await?;
        }
        let accounts = (wanted.orders / ORDERS_PER_ACCOUNT).max(1);
        let planned = plan::drawn((wanted.orders, wanted.days), accounts, &skus);
        let sales = planned.into_iter().map(Sale::of).collect();
        Ok(Self { keeper, laptop, wanted: *wanted, sales, tokens: Mutex::default(), run })
    }

    async fn trade(&self, out: &mut (impl Write + IsTerminal)) -> Result<(), SeedError> {
        let mut steps: BTreeMap<u32, BTreeMap<Step, Vec<&Sale>>> = BTreeMap::new();
        for sale in &self.sales {
            let Planned { day, fate, .. } = sale.planned;
            for (after, step) in [(0, Step::Place)].iter().chain(fate.steps(self.wanted.capture_on_shipment))
            {
                steps.entry(day + after).or_default().entry(*step).or_default().push(sale);
            }
        }
        if !self.wanted.to_the_end {
            steps.retain(|day, _| *day < self.wanted.days);
        }
        let mut progress = Progress::of((self.wanted.orders, 0), "orders", out);
        for (day, steps) in steps {
            self.day(day, &steps).await?;
            progress.count(
                steps.get(&Step::Place).map_or(0, |placed| u32::try_from(placed.len()).unwrap_or(u32::MAX)),
            )?;
        }
        progress.end()
    }

    /// Returns the access token of an order's customer, if the step is theirs. A token is valid for ten minutes, and a day's steps of
    /// customers take less.
    async fn token(&self, sale: &Sale, step: Step, day: u32) -> Result<String, SeedError> {
        let shop = &self.keeper.shop;
        let Some(account) = sale.planned.account else {
            return match step {
                Step::Place => Ok(sale.guests_token(required(&shop.be_guest().await?, "access_token")?)),
                _ => Ok(sale.token()),
            };
        };
        let mut tokens = self.tokens.lock().await;
        if let Some((_, token)) = tokens.get(&account).filter(|(issued_on, _)| *issued_on == day) {
            return Ok(token.clone());
        }
        let (email, name) = (format!("regular-{account}@customers.example"), format!("Regular {account}"));
        let token = required(&shop.sign_in(&email, PASSWORD, &name).await?, "access_token")?;
        tokens.insert(account, (day, token.clone()));
        Ok(token)
    }

    /// Plays a day: each kind of step in its turn, and the schedules at its end.
    async fn day(&self, day: u32, steps: &BTreeMap<Step, Vec<&Sale>>) -> Result<(), SeedError> {
        let morning = self.wanted.from + DAY * i32::try_from(day).unwrap_or(i32::MAX);
        let now = self.laptop.set_ahead(morning).await?;
        for (step, sales) in steps {
            let take = async |sale: &&Sale| {
                let token = self.token(sale, *step, day).await?;
                let (keeper, laptop) = (&self.keeper, &self.laptop);
                sale.take(*step, &Scene { keeper, laptop, token, now, run: self.run }).await
            };
            stream::iter(sales.iter().map(take)).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
            self.laptop.rest().await?;
        }
        self.laptop.set_ahead(morning + HOLDS_END).await?;
        for operation in EVERY_DAY {
            self.laptop.run(operation).await?;
            self.laptop.rest().await?;
        }
        Ok(())
    }
}
