//! A payment gateway for the laptop: the part of Stripe's API used for payments, with Stripe's own rules, test payment
//! methods, idempotency keys and error bodies. No money moves; its books record the amounts.
//!
//! ```text
//! listener → serve (key, faults, idempotency) → Books (PaymentIntents, charges, refunds) → Journal, webhooks
//!          ↘ page, set_up, disputes (what customers and banks do, in place of their pages and Stripe's form) ↗
//! ```
//!
//! A customer disputes a payment by paying with `pm_card_createDispute`. The dispute is decided as in Stripe's test mode, by evidence, or
//! on the page `/disputes`.
//!
//! It pays out at the end of each day, or at once on the page `/payouts`.
//!
//! Or it passes everything on to another gateway, behind the same faults (`elsewhere`).
//!
//! Features of Stripe that payments does not use are rejected the way Stripe rejects unknown parameters, so that an ignored
//! parameter is never mistaken for a supported one.

mod books;
mod card;
mod disputes;
mod elsewhere;
mod error;
mod form;
mod ids;
mod journal;
mod keys;
mod objects;
mod page;
mod payouts;
mod rules;
mod serve;
mod set_up;
pub mod testing;
mod webhooks;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::Router;
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use books::Books;
use engines::faults::Faults;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use journal::Journal;
use model::clock::Clock;
use webhooks::Webhooks;

pub use webhooks::{Endpoint, signature};

/// Why the payment gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The listener cannot be used.
    #[error("the payment gateway cannot listen: {0}")]
    Listen(#[source] std::io::Error),
    /// Its books cannot be read.
    #[error("the payment gateway's books {} cannot be read: {error}", path.display())]
    Books {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        error: std::io::Error,
    },
    /// The HTTP client for another gateway cannot be built.
    #[error("cannot build an HTTP client: {0}")]
    Client(#[source] reqwest::Error),
}

/// One attempt to charge a customer: a PaymentIntent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its id, `pi_…`.
    pub id: String,
    /// Stripe's status: `succeeded`.
    pub status: String,
    /// The metadata that the client attached: `payment_id`, `attempt_id`, `order_id`.
    pub metadata: BTreeMap<String, String>,
    /// The amount to charge, in the currency's minor units.
    pub amount: i64,
    /// The currency, in lower case.
    pub currency: String,
    /// The total captured by all of its charges.
    pub captured: i64,
    /// The total refunded.
    pub refunded: i64,
    /// The number of successful charges. Stripe's rules allow one.
    pub successful_charges: usize,
    /// The number of refunds.
    pub refunds: usize,
    /// What disputes have taken from the shop's balance, fees included.
    pub withdrawn: i64,
}

impl Intent {
    /// The payment id from its metadata, if present.
    #[must_use]
    pub fn payment_id(&self) -> Option<&str> {
        self.metadata.get("payment_id").map(String::as_str)
    }

    /// The attempt id from its metadata, if present.
    #[must_use]
    pub fn attempt_id(&self) -> Option<&str> {
        self.metadata.get("attempt_id").map(String::as_str)
    }

    /// The order id from its metadata, if present.
    #[must_use]
    pub fn order_id(&self) -> Option<&str> {
        self.metadata.get("order_id").map(String::as_str)
    }

    /// The amount held for the shop: captured less refunded, and less what disputes have taken.
    #[must_use]
    pub fn held(&self) -> i64 {
        self.captured - self.refunded - self.withdrawn
    }
}

/// A running payment gateway.
#[derive(Debug)]
pub struct PaymentGateway {
    shared: Arc<Shared>,
    url: String,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    faults: Faults,
    limit: OnceLock<DefaultDirectRateLimiter>,
    /// Its own URL, for the page on which customers confirm.
    url: String,
    webhooks: Webhooks,
    clock: Clock,
}

#[derive(Debug)]
struct State {
    books: Books,
    journal: Journal,
}

impl Shared {
    fn new(state: State, (faults, clock): (Faults, Clock), url: String) -> Arc<Self> {
        let (state, limit) = (Mutex::new(state), OnceLock::new());
        Arc::new(Self { state, faults, limit, url, webhooks: Webhooks::of(clock.clone()), clock })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PaymentGateway {
    /// Serves on the listener, with the books of an earlier run in `data`, with fault injection, and with the clock of the shop.
    ///
    /// # Errors
    /// The books cannot be read.
    pub fn start(
        listener: TcpListener,
        data: Option<&Path>,
        (faults, clock): (Faults, Clock),
    ) -> Result<Self, StartError> {
        let url = format!("http://{}", listener.local_addr().map_err(StartError::Listen)?);
        let path = data.map(|directory| directory.join("payment-gateway.jsonl"));
        let (journal, books) = Journal::open(path.as_deref())
            .map_err(|error| StartError::Books { path: path.unwrap_or_default(), error })?;
        let shared = Shared::new(State { books, journal }, (faults, clock), url.clone());
        let router = serve::router(Arc::clone(&shared));
        Ok(Self::serving(listener, router, shared, url))
    }

    /// Passes everything on to the gateway at `elsewhere`, with fault injection. Its own books stay empty, and the other
    /// gateway reports its changes itself.
    ///
    /// # Errors
    /// No HTTP client can be built.
    pub fn passing_on(listener: TcpListener, elsewhere: Url, faults: Faults) -> Result<Self, StartError> {
        let url = format!("http://{}", listener.local_addr().map_err(StartError::Listen)?);
        let router = elsewhere::router(elsewhere, faults.clone()).map_err(StartError::Client)?;
        let unread = |error| StartError::Books { path: PathBuf::new(), error };
        let (journal, books) = Journal::open(None).map_err(unread)?;
        let shared = Shared::new(State { books, journal }, (faults, Clock::default()), url.clone());
        Ok(Self::serving(listener, router, shared, url))
    }

    fn serving(listener: TcpListener, router: Router, shared: Arc<Shared>, url: String) -> Self {
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the payment gateway stopped");
            }
        });
        Self { shared, url, task }
    }

    /// Its URL, for `STRIPE_API_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All attempts, oldest first.
    #[must_use]
    pub fn intents(&self) -> Vec<Intent> {
        self.shared.state().books.intents()
    }

    /// The balance held for the shop in a currency (`eur`): everything captured less everything refunded, disputed and paid out,
    /// before fees for charges.
    #[must_use]
    pub fn holds(&self, currency: &str) -> i64 {
        let intents = self.intents();
        let held = intents.iter().filter(|intent| intent.currency == currency).map(Intent::held).sum::<i64>();
        held - self.shared.state().books.paid_out_of(currency)
    }

    /// The ids of all refunds, oldest first.
    #[must_use]
    pub fn refunds(&self) -> Vec<String> {
        self.shared.state().books.refund_ids()
    }

    /// Banks give back what was refunded to cards whose refunds fail some time later, as Stripe documents for the card
    /// `pm_card_refundFail` (<https://docs.stripe.com/testing#refunds>). Returns how many refunds there were.
    pub fn return_refunds(&self) -> usize {
        self.shared.return_refunds(self.shared.clock.now())
    }

    /// Pays out all that the shop's balance has, which otherwise is paid out on the next day. Returns whether there was something.
    pub fn pay_out(&self) -> bool {
        self.shared.pay_out(self.shared.clock.now())
    }

    /// Reports every change from now on to the shop's endpoint; `None` loses the reports, as before the first call.
    pub fn send_webhooks(&self, endpoint: Option<Endpoint>) {
        self.shared.webhooks.send_to(endpoint);
    }

    /// The customer of an order confirms the payment with their bank, or fails to, as on the page. Returns whether there was
    /// something to confirm.
    pub fn authenticate(&self, order_id: &str, succeeds: bool) -> bool {
        let of_order = |intent: &Intent| intent.order_id() == Some(order_id);
        let waiting =
            self.intents().into_iter().find(|intent| of_order(intent) && intent.status == "requires_action");
        waiting.is_some_and(|intent| self.shared.authenticate(&intent.id, succeeds, self.shared.clock.now()))
    }

    /// The customer of an order disputes the payment with their bank. Returns Stripe's id of the dispute, if there was something to
    /// dispute.
    pub fn open_dispute(&self, order_id: &str) -> Option<String> {
        let of_order = |intent: &Intent| intent.order_id() == Some(order_id);
        let intent = self.intents().into_iter().find(|intent| of_order(intent) && intent.captured > 0)?;
        self.shared.open_dispute(&intent.id, self.shared.clock.now())
    }

    /// The bank decides the dispute of an order's payment, as on the page. Returns whether there was something to decide.
    pub fn decide_dispute(&self, order_id: &str, wins: bool) -> bool {
        let undecided = self.shared.state().books.undecided();
        let of_order = |intent: &Intent| intent.order_id() == Some(order_id);
        let intents: Vec<Intent> = self.intents().into_iter().filter(of_order).collect();
        let dispute =
            undecided.iter().find(|dispute| intents.iter().any(|intent| intent.id == dispute.payment_intent));
        dispute.is_some_and(|dispute| self.shared.decide(&dispute.id, wins, self.shared.clock.now()))
    }

    /// The users who are customers.
    #[must_use]
    pub fn customers(&self) -> Vec<String> {
        self.shared.state().books.customers()
    }

    /// Changes the amount of an attempt that is not confirmed, as somebody with access to Stripe's account can.
    pub fn change_amount(&self, id: &str, amount: i64) {
        self.shared.state().books.change_amount(id, amount);
    }

    /// Forgets all idempotency keys, as Stripe does after a day.
    pub fn forget_keys(&self) {
        self.shared.state().books.forget_keys();
    }

    /// Rejects what exceeds so many requests per second, as Stripe does: 100, and 25 with test keys. Without this there is
    /// no limit. It is set once.
    pub fn limit_to(&self, requests_per_second: NonZeroU32) {
        self.shared.limit.get_or_init(|| RateLimiter::direct(Quota::per_second(requests_per_second)));
    }

    /// Stops the gateway. Its books can be reopened immediately.
    pub fn shutdown(&self) {
        self.task.abort();
    }
}

impl Drop for PaymentGateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests;
