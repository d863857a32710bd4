//! The initial data of a shop: a small catalogue with stock, an admin and a customer.
//!
//! Everything is created through the front door, except for the admin's role, which no API can grant. That is an
//! `UpdateItem` on the users table, as in `docs/runbooks/make-an-admin.md`.

mod samples;

use backon::{ExponentialBuilder, Retryable};
use serde::Deserialize;
use serde_json::{Value, json};

pub use samples::{place_orders, put_customer};

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
    let shop = Shop { client: reqwest::Client::new(), url: cloud.url() };
    let catalogue: Vec<Stocked> = serde_json::from_str(CATALOGUE)?;
    if shop.is_stocked(catalogue.last()).await? {
        return Ok(());
    }
    let admin = shop.register(&ADMIN).await?;
    shop.register(&CUSTOMER).await?;
    make_admin(cloud, &admin).await?;
    let token = text(&shop.log_in(&ADMIN).await?, "access_token");
    for entry in catalogue {
        let create = shop.client.post(shop.at("/products")).bearer_auth(&token).json(&entry.product);
        shop.send_once(create).await?;
        for (sku, pieces) in entry.stock {
            let path = format!("/stock/{sku}/adjustments");
            let deliver = shop.client.post(shop.at(&path)).bearer_auth(&token);
            let deliver = deliver.header("idempotency-key", format!("first-delivery-{sku}"));
            shop.send(deliver.json(&json!({ "delta": pieces, "reason": "first delivery" }))).await?;
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

struct Shop<'a> {
    client: reqwest::Client,
    url: &'a str,
}

impl Shop<'_> {
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Returns whether the last product is available, because its delivery is the last step. If it is sold out, every
    /// step is repeated, which changes nothing.
    async fn is_stocked(&self, last: Option<&Stocked>) -> Result<bool, SeedError> {
        let slug = last.and_then(|last| last.product["slug"].as_str()).unwrap_or_default();
        match self.send(self.client.get(self.at(&format!("/products/{slug}")))).await {
            Ok(product) => {
                let mut variants = product["variants"].as_array().into_iter().flatten();
                Ok(variants.all(|variant| variant["in_stock"] == true))
            }
            Err(SeedError::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Registers the account if it does not exist, and returns its user id.
    async fn register(&self, account: &Account) -> Result<String, SeedError> {
        let Account { email, password, name } = account;
        let session = match self.log_in(account).await {
            // Registering again would mail the account's owner a link.
            Err(SeedError::Refused { status: 401, .. }) => {
                let body = json!({ "email": email, "password": password, "name": name });
                self.send(self.client.post(self.at("/users")).json(&body)).await?;
                self.log_in(account).await?
            }
            session => session?,
        };
        Ok(text(&session, "user_id"))
    }

    async fn log_in(&self, account: &Account) -> Result<Value, SeedError> {
        let body = json!({ "email": account.email, "password": account.password });
        self.send(self.client.post(self.at("/sessions")).json(&body)).await
    }

    /// Creates a resource that may exist from an earlier run. Returns `None` if the response is a 409.
    async fn send_once(&self, request: reqwest::RequestBuilder) -> Result<Option<Value>, SeedError> {
        match self.send(request).await {
            Err(SeedError::Refused { status: 409, .. }) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Sends a request, and again while the shop is busy, as any client should: repeating a step changes nothing.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, SeedError> {
        let request = request.build()?;
        let attempt = || async {
            match request.try_clone() {
                Some(again) => answer(self.client.execute(again).await?).await,
                None => Err(SeedError::Streamed),
            }
        };
        let is_busy = |error: &SeedError| matches!(error, SeedError::Refused { status: 503, .. });
        attempt.retry(ExponentialBuilder::default()).when(is_busy).await
    }
}

async fn answer(response: reqwest::Response) -> Result<Value, SeedError> {
    let (status, path) = (response.status(), response.url().path().to_owned());
    let body = response.text().await?;
    if status.is_success() {
        return if body.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&body)?) };
    }
    Err(SeedError::Refused { path, status: status.as_u16(), body })
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_default().to_owned()
}

/// Returns the text to print when the shop is ready: its URLs, its accounts, and commands that place a first order.
#[must_use]
pub fn welcome(cloud: &Cloud) -> String {
    let Account { email, password, .. } = CUSTOMER;
    format!(
        r#"
Bodega is ready.

  shop      {url}
  AWS       {aws}   (DynamoDB, SQS, SES, Secrets Manager, Lambda)
  console   {console}   (/docs, /mails, /invocations, /rest, /schedules, /functions)

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
        "shipping_address": {
            "name": CUSTOMER.name, "line1": "Calle Mayor 1", "city": "Madrid", "region": "M", "postal_code": "28013",
            "country": "ES",
        },
        "payment_method": payment_method,
    })
}
