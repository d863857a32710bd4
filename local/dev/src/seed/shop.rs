//! A shop as its clients reach it: through the front door.

use std::sync::{Mutex, PoisonError};

use backon::{ExponentialBuilder, Retryable};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::{ADMIN, Account, SeedError};

/// A shop, called without an account.
#[derive(Debug, Clone)]
pub(super) struct Shop {
    pub(super) client: Client,
    url: String,
}

impl Shop {
    /// The shop with this front door.
    pub(super) fn at(url: &str) -> Self {
        Self { client: Client::new(), url: url.to_owned() }
    }

    fn path(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, SeedError> {
        self.send(self.client.get(self.path(path))).await
    }

    /// Sends a GET request as a user.
    pub(super) async fn get_as(&self, token: &str, path: &str) -> Result<Value, SeedError> {
        self.send(self.client.get(self.path(path)).bearer_auth(token)).await
    }

    /// Sends a POST request as a user, with an Idempotency-Key.
    pub(super) async fn post_as(
        &self,
        token: &str,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Result<Value, SeedError> {
        let request = self.client.post(self.path(path)).bearer_auth(token).header("idempotency-key", key);
        self.send(request.json(body)).await
    }

    /// Starts the session of a guest, and returns it.
    pub(super) async fn be_guest(&self) -> Result<Value, SeedError> {
        self.send(self.client.post(self.path("/guests")).json(&json!({ "locale": "en" }))).await
    }

    /// Signs in to an account, which is registered if it does not exist, and returns the session.
    pub(super) async fn sign_in(&self, email: &str, password: &str, name: &str) -> Result<Value, SeedError> {
        match self.log_in(email, password).await {
            // Registering again would mail the account's owner a link.
            Err(SeedError::Refused { status: 401, .. }) => {
                let body = json!({ "email": email, "password": password, "name": name });
                self.send(self.client.post(self.path("/users")).json(&body)).await?;
                self.log_in(email, password).await
            }
            session => session,
        }
    }

    /// Registers the account if it does not exist, and returns its user id.
    pub(super) async fn register(&self, account: &Account) -> Result<String, SeedError> {
        let Account { email, password, name } = account;
        Ok(text(&self.sign_in(email, password, name).await?, "user_id"))
    }

    async fn log_in(&self, email: &str, password: &str) -> Result<Value, SeedError> {
        let body = json!({ "email": email, "password": password });
        self.send(self.client.post(self.path("/sessions")).json(&body)).await
    }

    /// Sends a request, and again while the shop is busy, as any client should: repeating a step changes nothing.
    async fn send(&self, request: RequestBuilder) -> Result<Value, SeedError> {
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

/// Its admin.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) shop: Shop,
    token: Mutex<String>,
}

impl Keeper {
    /// Signs the admin in.
    pub(super) async fn of(shop: Shop) -> Result<Self, SeedError> {
        let token = text(&shop.log_in(ADMIN.email, ADMIN.password).await?, "access_token");
        Ok(Self { shop, token: Mutex::new(token) })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, SeedError> {
        self.ask(|shop| shop.client.get(shop.path(path))).await
    }

    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, SeedError> {
        self.ask(|shop| shop.client.put(shop.path(path)).json(body)).await
    }

    /// Replaces what is there, whatever it is.
    pub(super) async fn set(&self, path: &str, body: &Value) -> Result<Value, SeedError> {
        self.ask(|shop| shop.client.put(shop.path(path)).header("if-match", "*").json(body)).await
    }

    /// Changes what is there, whatever it is.
    pub(super) async fn amend(&self, path: &str, body: &Value) -> Result<Value, SeedError> {
        self.ask(|shop| shop.client.patch(shop.path(path)).header("if-match", "*").json(body)).await
    }

    /// Creates a resource that may exist from an earlier run. Returns `None` if the response is a 409.
    pub(super) async fn create(&self, path: &str, body: &Value) -> Result<Option<Value>, SeedError> {
        match self.ask(|shop| shop.client.post(shop.path(path)).json(body)).await {
            Err(SeedError::Refused { status: 409, .. }) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Does something once, however often it is sent with this key.
    pub(super) async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value, SeedError> {
        let request =
            |shop: &Shop| shop.client.post(shop.path(path)).header("idempotency-key", key).json(body);
        self.ask(request).await
    }

    /// Sends a request, and again with a new token if the one before has expired.
    async fn ask(&self, request: impl Fn(&Shop) -> RequestBuilder) -> Result<Value, SeedError> {
        match self.shop.send(request(&self.shop).bearer_auth(self.token())).await {
            Err(SeedError::Refused { status: 401, .. }) => {
                let token = text(&self.shop.log_in(ADMIN.email, ADMIN.password).await?, "access_token");
                token.clone_into(&mut self.token.lock().unwrap_or_else(PoisonError::into_inner));
                self.shop.send(request(&self.shop).bearer_auth(token)).await
            }
            answer => answer,
        }
    }

    fn token(&self) -> String {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Uploads a file as the reply to its announcement says.
pub(super) async fn upload(client: &Client, upload: &Value, file: Vec<u8>) -> Result<(), SeedError> {
    let method = Method::from_bytes(text(upload, "method").as_bytes()).unwrap_or(Method::PUT);
    let mut request = client.request(method, text(upload, "url")).body(file);
    for (name, value) in upload["headers"].as_object().into_iter().flatten() {
        // The client sets the length itself, as a browser does.
        if name != "content-length" {
            request = request.header(name, value.as_str().unwrap_or_default());
        }
    }
    let response = request.send().await?;
    let (status, path) = (response.status(), response.url().path().to_owned());
    let body = response.text().await?;
    if status.is_success() { Ok(()) } else { Err(SeedError::Refused { path, status: status.as_u16(), body }) }
}

pub(super) async fn answer(response: Response) -> Result<Value, SeedError> {
    let (status, path) = (response.status(), response.url().path().to_owned());
    let body = response.text().await?;
    if status.is_success() {
        return if body.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_str(&body)?) };
    }
    Err(SeedError::Refused { path, status: status.as_u16(), body })
}

pub(super) fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_default().to_owned()
}
