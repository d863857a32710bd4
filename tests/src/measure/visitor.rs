//! A client of the shop's front door.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::Error;
use dev::seed::Account;
use runtime::cloud::Cloud;

pub(crate) struct Visitor<'a> {
    client: Client,
    url: &'a str,
    token: Option<String>,
}

impl<'a> Visitor<'a> {
    pub(crate) fn new(cloud: &'a Cloud) -> Self {
        Self { client: Client::new(), url: cloud.url(), token: None }
    }

    /// Returns a visitor who is signed in to an existing account.
    pub(crate) async fn signed_in(cloud: &'a Cloud, account: &Account) -> Result<Self, Error> {
        let mut visitor = Self::new(cloud);
        let Account { email, password, .. } = account;
        visitor.log_in(email, password).await?;
        Ok(visitor)
    }

    /// Signs in, and returns the session.
    pub(crate) async fn log_in(&mut self, email: &str, password: &str) -> Result<Value, Error> {
        let session = self.post("/sessions", None, &json!({ "email": email, "password": password })).await?;
        self.token = Some(text(&session, "access_token")?);
        Ok(session)
    }

    /// Returns a visitor with a session.
    pub(crate) fn with(cloud: &'a Cloud, session: &Value) -> Result<Self, Error> {
        Ok(Self { token: Some(text(session, "access_token")?), ..Self::new(cloud) })
    }

    /// Starts the session of a guest, and returns it.
    pub(crate) async fn be_guest(&mut self) -> Result<Value, Error> {
        let session = self.post("/guests", None, &json!({})).await?;
        self.token = Some(text(&session, "access_token")?);
        Ok(session)
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Error> {
        self.send(self.client.request(Method::GET, format!("{}{path}", self.url)), path).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<Value, Error> {
        self.send(self.client.request(Method::DELETE, format!("{}{path}", self.url)), path).await
    }

    /// Sends a POST request, with an Idempotency-Key if one is given.
    pub(crate) async fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Result<Value, Error> {
        let mut request = self.client.request(Method::POST, format!("{}{path}", self.url)).json(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request, path).await
    }

    /// Sends a PUT request.
    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, Error> {
        self.send(self.client.request(Method::PUT, format!("{}{path}", self.url)).json(body), path).await
    }

    /// Sends a PATCH request.
    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Value, Error> {
        self.send(self.client.request(Method::PATCH, format!("{}{path}", self.url)).json(body), path).await
    }

    /// Changes the resource at `path`, whatever its version.
    pub(super) async fn amend(&self, method: Method, path: &str, body: &Value) -> Result<Value, Error> {
        let request = self.client.request(method, format!("{}{path}", self.url)).json(body);
        self.send(request.header("if-match", "*"), path).await
    }

    async fn send(&self, mut request: reqwest::RequestBuilder, path: &str) -> Result<Value, Error> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await?;
        let status = response.status();
        let body = response.text().await?;
        if status.is_success() && body.is_empty() {
            Ok(Value::Null)
        } else if status.is_success() {
            Ok(serde_json::from_str(&body)?)
        } else {
            Err(format!("{path} answered {status}: {body}").into())
        }
    }
}

/// Returns a required text field of a reply.
pub(super) fn text(reply: &Value, field: &str) -> Result<String, Error> {
    let text = reply[field].as_str().ok_or_else(|| format!("no {field} in {reply}"))?;
    Ok(text.to_owned())
}
