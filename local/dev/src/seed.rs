//! The initial data of a shop: a small catalogue with stock, an admin and a customer.
//!
//! Everything is created through the front door, except for the admin's role, which no API can grant. That is an
//! `UpdateItem` on the users table, as in `docs/runbooks/make-an-admin.md`.
//!
//! The small catalogue is what tests rely on. `cargo dev` waits for it, and for the settings of [`set_terms`]. [`furnish`] adds an assortment to look at, with
//! pictures, and [`fill`] as many products as a measurement needs.

mod assortment;
mod drawing;
mod goods;
mod made_up;
mod samples;
mod scale;
mod shop;
mod terms;
pub(crate) mod trade;

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

pub use assortment::{Assortment, furnish};
pub use samples::{place_orders, put_customer};
pub use scale::{Scale, fill};
use shop::{Keeper, Shop};
pub use terms::set_terms;
pub use trade::{Wanted, trade};

use engines::aws::{CallError, Service};
use model::invoke::InvokeError;
use runtime::cloud::Cloud;

/// A seeded account.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    /// Its e-mail address.
    pub email: &'static str,
    /// Its password.
    pub password: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// The admin, who maintains the catalogue.
pub const ADMIN: Account =
    Account { email: "admin@bodega.example", password: "keeper of the catalogue", name: "Grace Admin" };

/// The customer.
pub const CUSTOMER: Account =
    Account { email: "ada@bodega.example", password: "one flat white please", name: "Ada Customer" };

/// Why the shop could not be seeded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The front door is unreachable.
    #[error("the shop cannot be seeded: {0}")]
    Http(#[from] reqwest::Error),
    /// A request was rejected.
    #[error("the shop cannot be seeded: {path} returned {status}: {body}")]
    Refused {
        /// The request's path.
        path: String,
        /// The status.
        status: u16,
        /// The response's body.
        body: String,
    },
    /// A request's body cannot be sent again.
    #[error("the shop cannot be seeded: a request cannot be repeated")]
    Streamed,
    /// A function could not be invoked.
    #[error("the shop cannot be seeded: {0}")]
    Invoke(#[from] InvokeError),
    /// A table rejected a direct write: of the admin's role, or of the customer that the events refer to.
    #[error("the shop cannot be seeded: {0}")]
    Table(#[from] CallError),
    /// The built-in catalogue is invalid.
    #[error("the seed's catalogue is invalid: {0}")]
    Catalogue(#[from] serde_json::Error),
    /// A file of the assortment cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// A picture cannot be drawn.
    #[error("the scene {0} cannot be drawn: {1}")]
    Drawing(String, Box<dyn std::error::Error + Send + Sync>),
    /// The shop refused a picture.
    #[error("the shop did not take the picture of {slug}: {why}")]
    Picture {
        /// The product's slug.
        slug: String,
        /// The reason.
        why: String,
    },
    /// Another product has one of a product's SKUs, or the product is missing.
    #[error("{0} cannot be put into the shop: another product has one of its SKUs")]
    Taken(String),
    /// Progress cannot be printed.
    #[error("progress cannot be printed: {0}")]
    Print(#[source] std::io::Error),
    /// The shop does not come to rest.
    #[error("the shop does not come to rest: {0}")]
    Restless(String),
    /// A form cannot be encoded.
    #[error("a form cannot be encoded: {0}")]
    Form(#[from] serde_urlencoded::ser::Error),
    /// A payment has no page on which it is confirmed.
    #[error("a payment cannot be confirmed at {0:?}")]
    NoPage(String),
    /// A reply lacks something.
    #[error("no {name} in {reply}")]
    Missing {
        /// What it lacks.
        name: String,
        /// The reply.
        reply: String,
    },
    /// The deployment has no users table.
    #[error("the deployment has no users table")]
    NoUsersTable,
}

/// The catalogue: products in the format of `POST /products`, and the first delivery of each SKU.
const CATALOGUE: &str = include_str!("seed/catalogue.json");

#[derive(Deserialize)]
struct Stocked {
    product: Value,
    stock: std::collections::BTreeMap<String, u32>,
}

/// Seeds the shop, unless it is already seeded. Continues if an earlier run was interrupted.
///
/// # Errors
/// A request fails or is rejected.
pub async fn seed(cloud: &Cloud) -> Result<(), SeedError> {
    let shop = Shop::at(cloud.url());
    let catalogue: Vec<Stocked> = serde_json::from_str(CATALOGUE)?;
    if is_stocked(&shop, catalogue.last()).await? {
        return Ok(());
    }
    let admin = shop.register(&ADMIN).await?;
    shop.register(&CUSTOMER).await?;
    make_admin(cloud, &admin).await?;
    let keeper = Keeper::of(shop).await?;
    for entry in catalogue {
        keeper.create("/products", &entry.product).await?;
        for (sku, pieces) in entry.stock {
            keeper.deliver(&sku, pieces).await?;
        }
    }
    Ok(())
}

/// Grants an account the role `admin`, directly in the table.
///
/// # Errors
/// The table rejects the write.
pub async fn make_admin(cloud: &Cloud, user_id: &str) -> Result<(), SeedError> {
    let request = json!({
        "TableName": users_table(cloud)?,
        "Key": { "pk": { "S": format!("USER#{user_id}") }, "sk": { "S": "USER" } },
        "UpdateExpression": "SET #roles = :roles, version = version + :one, gsi1pk = :staff, gsi1sk = :user",
        "ConditionExpression": "attribute_exists(pk)",
        "ExpressionAttributeNames": { "#roles": "roles" },
        "ExpressionAttributeValues": {
            ":roles": { "L": [{ "S": "admin" }] }, ":one": { "N": "1" }, ":staff": { "S": "STAFF" }, ":user": { "S": user_id },
        },
    });
    cloud.endpoint().call(Service::DynamoDb, "UpdateItem", &request).await?;
    Ok(())
}

fn users_table(cloud: &Cloud) -> Result<&str, SeedError> {
    let mut tables = cloud.deployment().tables.iter();
    let table = tables.find(|table| table.service == "users").ok_or(SeedError::NoUsersTable)?;
    Ok(&table.name)
}

/// Returns whether the last product is available, because its delivery is the last step. If it is sold out, every
/// step is repeated, which changes nothing.
async fn is_stocked(shop: &Shop, last: Option<&Stocked>) -> Result<bool, SeedError> {
    let slug = last.and_then(|last| last.product["slug"].as_str()).unwrap_or_default();
    match shop.get(&format!("/products/{slug}")).await {
        Ok(product) => {
            let mut variants = product["variants"].as_array().into_iter().flatten();
            Ok(variants.all(|variant| variant["in_stock"] == true))
        }
        Err(SeedError::Refused { status: 404, .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns the text to print when the shop is ready: its URLs, its accounts, and commands that place a first order.
#[must_use]
pub fn welcome(cloud: &Cloud) -> String {
    let Account { email, password, .. } = CUSTOMER;
    format!(
        r#"
Bodega is ready.

  shop      {url}   (in a browser; the API has the same address)
  staff     {url}/console   (in a browser, as the admin: catalogue, promotions, settings)
  AWS       {aws}   (DynamoDB, SQS, SES, Secrets Manager, Lambda)
  console   {console}   (in a browser: what an order did, mails, queues, tables, faults; API reference: /docs)

  customer  {email} / {password}
  admin     {admin_email} / {admin_password}

A first order, to paste into another terminal:

  TOKEN=$(curl -s {url}/sessions -H 'content-type: application/json' \
    -d '{{"email":"{email}","password":"{password}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

  curl -si {url}/orders -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \
    -H "idempotency-key: order-$(date +%s)" -d '{order}'

  curl -s {url}/orders -H "authorization: Bearer $TOKEN"
  curl -s '{console}/mails?to={email}'

Ctrl-C stops it."#,
        url = cloud.url(),
        aws = cloud.endpoint().url(),
        console = cloud.console_url(),
        admin_email = ADMIN.email,
        admin_password = ADMIN.password,
        order = first_order("pm_card_visa"),
    )
}

/// Returns an order of seeded products, paid with `payment_method`.
#[must_use]
pub fn first_order(payment_method: &str) -> Value {
    json!({
        "lines": [{ "sku": "CUP-BLUE", "quantity": 2 }, { "sku": "BEANS-250", "quantity": 1 }],
        "currency": "EUR",
        // Where shipping is free, there is no choice, and it says nothing.
        "shipping_method": "standard",
        "shipping_address": {
            "name": CUSTOMER.name, "line1": "Calle Mayor 1", "city": "Madrid", "region": "M", "postal_code": "28013",
            "country": "ES",
        },
        "payment_method": payment_method,
    })
}
