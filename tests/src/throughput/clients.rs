//! The customers and what they order.

use std::ops::Range;
use std::time::{Duration, Instant};

use dev::seed::{ADMIN, first_order};
use futures::{StreamExt, TryStreamExt, stream};
use runtime::cloud::Cloud;
use serde_json::{Value, json};

use super::Options;
use crate::measure::{Error, Visitor};

/// Customers sign in again after this. An access token is valid for ten minutes, and a round takes less than five.
const SIGNED_IN_FOR: Duration = Duration::from_secs(300);

/// Hashing a password takes a core, so more sign-ins at a time are not faster.
const SIGN_INS: usize = 4;

const PASSWORD: &str = "a password of eight or more";

pub(super) struct Clients<'a> {
    customers: Vec<Visitor<'a>>,
    concurrent: usize,
    skus: usize,
    signed_in_at: Instant,
}

impl<'a> Clients<'a> {
    /// Stocks the shop and registers the customers.
    pub(super) async fn open(cloud: &'a Cloud, options: &Options) -> Result<Self, Error> {
        let admin = Visitor::signed_in(cloud, &ADMIN).await?;
        for number in 0..options.skus {
            put_on_sale(&admin, number, options.orders).await?;
        }
        let register = async |number| {
            let account =
                json!({ "email": email(number), "name": format!("Customer {number}"), "password": PASSWORD });
            Visitor::new(cloud).post("/users", None, &account).await.map(drop)
        };
        stream::iter((0..options.customers).map(register))
            .buffer_unordered(SIGN_INS)
            .try_collect::<()>()
            .await?;
        let mut clients = Self {
            customers: (0..options.customers).map(|_| Visitor::new(cloud)).collect(),
            concurrent: options.clients,
            skus: options.skus,
            signed_in_at: Instant::now(),
        };
        clients.sign_in().await?;
        Ok(clients)
    }

    /// Signs the customers in again if their access tokens would expire soon.
    pub(super) async fn stay_signed_in(&mut self) -> Result<(), Error> {
        if self.signed_in_at.elapsed() < SIGNED_IN_FOR {
            return Ok(());
        }
        self.sign_in().await
    }

    async fn sign_in(&mut self) -> Result<(), Error> {
        self.signed_in_at = Instant::now();
        let customers = self.customers.iter_mut().enumerate();
        let sign_in = async |(number, customer): (usize, &mut Visitor<'a>)| {
            customer.log_in(&email(number), PASSWORD).await.map(drop)
        };
        stream::iter(customers.map(sign_in)).buffer_unordered(SIGN_INS).try_collect().await
    }

    /// Places these orders. A client places its next order when it has the reply to the one before.
    pub(super) async fn order(&self, numbers: Range<usize>) -> Result<(), Error> {
        let order = async |number: usize| {
            let customer = &self.customers[number % self.customers.len()];
            let key = format!("load-{number}");
            customer.post("/orders", Some(&key), &order_of(&sku(number % self.skus))).await.map(drop)
        };
        stream::iter(numbers.map(order)).buffer_unordered(self.concurrent).try_collect().await
    }
}

async fn put_on_sale(admin: &Visitor<'_>, number: usize, pieces: usize) -> Result<(), Error> {
    let product = json!({
        "title": format!("Piece {number}"), "description": "", "slug": format!("load-{number}"),
        "category": "tableware", "status": "active",
        "variants": [{ "sku": sku(number), "title": "One size", "price": { "amount": 500, "currency": "EUR" } }],
    });
    admin.post("/products", Some(&sku(number)), &product).await?;
    let path = format!("/stock/{}/adjustments", sku(number));
    let delivery = json!({ "delta": pieces, "reason": "first delivery" });
    admin.post(&path, Some(&format!("delivery-{}", sku(number))), &delivery).await.map(drop)
}

fn order_of(sku: &str) -> Value {
    let mut order = first_order("pm_card_visa");
    order["lines"] = json!([{ "sku": sku, "quantity": 1 }]);
    order
}

fn sku(number: usize) -> String {
    format!("LOAD-{number:03}")
}

fn email(number: usize) -> String {
    format!("customer-{number}@customers.example")
}
