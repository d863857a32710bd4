//! `cargo dev demo`: one customer's order, from registration to the confirmation mail, as a timeline.

use std::io::Write;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::seed::first_order;
use runtime::invocations::Invoked;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// A running shop.
#[derive(Debug, Clone)]
pub struct Shop {
    /// The front door.
    pub url: String,
    /// The console.
    pub console_url: String,
}

impl Shop {
    /// Returns whether the front door responds.
    pub async fn answers(&self) -> bool {
        let jwks = reqwest::get(format!("{}/.well-known/jwks.json", self.url)).await;
        jwks.is_ok_and(|response| response.status().is_success())
    }
}

struct Walk<'a, W> {
    shop: &'a Shop,
    client: Client,
    token: Option<String>,
    began: Instant,
    /// How long each mail and the remaining work may take.
    within: Duration,
    out: &'a mut W,
}

/// Places an order, follows it and prints each step. Each mail, and the work that remains, may take as long as `within`.
///
/// # Errors
/// A step has an unexpected result, which the error describes.
pub async fn walk<W: Write>(shop: &Shop, within: Duration, out: &mut W) -> Result<(), Error> {
    let mut walk = Walk { shop, client: Client::new(), token: None, began: Instant::now(), within, out };
    let since = Timestamp::now();
    let email = format!("demo-{}@bodega.example", since.as_millisecond());
    let password = "a password for one demo";

    let user = json!({ "email": email, "name": "Demo Customer", "password": password });
    walk.step("register", Method::POST, "/users", Some(user), StatusCode::ACCEPTED).await?;
    walk.mail("welcome", &email, "Welcome").await?;
    let login = json!({ "email": email, "password": password });
    let session = walk.step("log in", Method::POST, "/sessions", Some(login), StatusCode::OK).await?;
    walk.token = session["access_token"].as_str().map(str::to_owned);
    let listed = walk.step("browse", Method::GET, "/products?limit=5", None, StatusCode::OK).await?;
    expect(listed["items"].as_array().is_some_and(|items| !items.is_empty()), "the catalogue is empty")?;

    let ordered = Instant::now();
    let order = walk
        .step("order", Method::POST, "/orders", Some(first_order("pm_card_visa")), StatusCode::CREATED)
        .await?;
    expect(order["status"] == "awaiting_payment", "the new order is not awaiting payment")?;
    walk.mail("received", &email, "received").await?;
    walk.mail("confirmed", &email, "confirmed").await?;
    let confirmed = ordered.elapsed();

    let path = format!("/orders/{}?expand=user", order["order_id"].as_str().unwrap_or_default());
    let order = walk.step("look again", Method::GET, &path, None, StatusCode::OK).await?;
    expect(order["status"] == "confirmed", "the order is not confirmed")?;
    expect(order["payment_status"] == "captured", "the payment is not captured")?;
    expect(order["user"]["email"] == email.as_str(), "the order does not contain its customer")?;

    walk.rest().await?;
    walk.asynchronous(since).await?;
    let total = order["total"]["amount"].as_i64().unwrap_or_default();
    writeln!(
        walk.out,
        "\nOrder {} over {}.{:02} EUR is confirmed: {} ms from the POST to the confirmation mail.",
        order["order_id"].as_str().unwrap_or_default(),
        total / 100,
        total % 100,
        confirmed.as_millis()
    )?;
    Ok(())
}

impl<W: Write> Walk<'_, W> {
    async fn step(
        &mut self,
        what: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
        wanted: StatusCode,
    ) -> Result<Value, Error> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.shop.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            let key = format!("demo-{}", Timestamp::now().as_microsecond());
            request = request.header("idempotency-key", key).json(&body);
        }
        let start = Instant::now();
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        self.print(
            what,
            &format!("{method} {path} → {} ({} ms)", status.as_u16(), start.elapsed().as_millis()),
        )?;
        expect(status == wanted, &format!("{method} {path} returned {status} instead of {wanted}: {text}"))?;
        if text.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&text)?) }
    }

    async fn mail(&mut self, what: &str, to: &str, subject: &str) -> Result<(), Error> {
        let url = format!("{}/mails", self.shop.console_url);
        let wait = self.within.as_millis().to_string();
        let query = [("to", to), ("subject", subject), ("wait", wait.as_str())];
        let mails: Vec<Value> = self.client.get(url).query(&query).send().await?.json().await?;
        let mail = mails.first().and_then(|mail| mail["subject"].as_str());
        let within = self.within.as_secs();
        let mail = mail.ok_or_else(|| {
            format!("no mail with the subject “{subject}” arrived at {to} within {within} s")
        })?;
        self.print(what, &format!("mail “{mail}”"))?;
        expect(mails.len() == 1, &format!("the mail “{mail}” arrived {} times", mails.len()))
    }

    /// Checks that all work that follows from the order completes. A failed message would be left for redelivery.
    async fn rest(&mut self) -> Result<(), Error> {
        let url = format!("{}/rest", self.shop.console_url);
        let left: Vec<String> = self
            .client
            .get(url)
            .query(&[("wait", self.within.as_millis().to_string())])
            .send()
            .await?
            .json()
            .await?;
        expect(
            left.is_empty(),
            &format!("work is left after {} s: {}", self.within.as_secs(), left.join("; ")),
        )?;
        self.print("idle", "nothing is running, and every queue and stream is read to its end")
    }

    /// Prints the invocations in order of their start.
    async fn asynchronous(&mut self, since: Timestamp) -> Result<(), Error> {
        let url = format!("{}/invocations", self.shop.console_url);
        let ran: Vec<Invoked> =
            self.client.get(url).query(&[("since", since.to_string())]).send().await?.json().await?;
        writeln!(self.out, "\nInvocations, by start time:")?;
        for invoked in &ran {
            let at = invoked.started_at.duration_since(since).as_millis();
            writeln!(self.out, "{at:>8} ms  {:<22} {:>7.1} ms", invoked.operation, invoked.milliseconds)?;
        }
        let failed = ran.iter().find(|invoked| invoked.error.is_some());
        expect(failed.is_none(), &format!("an invocation failed: {failed:?}"))
    }

    fn print(&mut self, what: &str, text: &str) -> Result<(), Error> {
        writeln!(self.out, "{:>8} ms  {what:<12} {text}", self.began.elapsed().as_millis())?;
        Ok(())
    }
}

fn expect(holds: bool, otherwise: &str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(otherwise.to_owned().into()) }
}
