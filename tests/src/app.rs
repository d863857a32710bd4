//! An app that shows codes, as the standard describes it (RFC 6238): nothing but the secret that its user has typed.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::json;
use totp_rs::{Builder, Secret};

use crate::customer::{Customer, Reply};

/// A customer's app.
#[derive(Debug, Clone)]
pub struct App {
    secret: String,
    /// The recovery codes, once the setup is completed.
    pub recovery_codes: Vec<String>,
}

impl App {
    /// Creates the app of somebody who has typed this secret.
    #[must_use]
    pub fn with(secret: &str) -> Self {
        Self { secret: secret.to_owned(), recovery_codes: Vec::new() }
    }

    /// Returns the code that it shows. A test uses it first, and then that of the next step, since each is good once; then
    /// recovery codes. Both are accepted until a step has passed: a test is not as slow as that.
    #[must_use]
    pub fn code(&self) -> String {
        self.code_of_step(0)
    }

    /// Returns the code that it shows next. The shop accepts it already.
    #[must_use]
    pub fn next_code(&self) -> String {
        self.code_of_step(1)
    }

    fn code_of_step(&self, step: i64) -> String {
        let time = Timestamp::now().as_second() + 30 * step;
        let secret = Secret::try_from_base32(&self.secret).expect("base 32");
        let app = Builder::new().with_secret(secret).build().expect("a secret of 160 bits");
        app.generate(u64::try_from(time).expect("a time since 1970")).to_string()
    }
}

impl Customer<'_> {
    /// Begins to set up an app, which requires that the address is confirmed.
    pub async fn enroll(&self, password: &str) -> App {
        self.confirm_address().await;
        let request = self.request(Method::POST, "/users/me/totp").json(&json!({ "password": password }));
        let reply = self.shop().send(request).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        let secret = reply.body["secret"].as_str().expect("a secret");
        self.shop().keep_secret(secret);
        App::with(secret)
    }

    /// Sends a code to a route below `/users/me/totp`.
    pub async fn send_code(&self, route: &str, code: &str) -> Reply {
        let path = format!("/users/me/totp/{route}");
        self.shop().send(self.request(Method::POST, &path).json(&json!({ "code": code }))).await
    }

    /// Confirms the address with the link of the welcome, unless it is confirmed.
    pub async fn confirm_address(&self) {
        if self.get("/users/me").await.body["email_verified"] == true {
            return;
        }
        let shop = self.shop();
        shop.settle().await;
        let token = json!({ "token": shop.link_token(&self.email, "confirm-email") });
        let confirm = shop.client().post(shop.at("/email-confirmations")).json(&token);
        let confirmed = shop.send(confirm).await;
        assert_eq!(confirmed.status, 200, "{confirmed:?}");
    }

    /// Sets up an app.
    pub async fn set_up_app(&self, password: &str) -> App {
        let app = self.enroll(password).await;
        let reply = self.send_code("confirmation", &app.code()).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        let recovery_codes: Vec<String> =
            serde_json::from_value(reply.body["recovery_codes"].clone()).expect("recovery codes");
        for code in &recovery_codes {
            self.shop().keep_secret(code);
        }
        App { recovery_codes, ..app }
    }
}
