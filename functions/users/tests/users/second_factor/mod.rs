//! The second factor: setting it up, and removing it.

mod confirm_totp;
mod enroll_totp;
mod remove_totp;

use edge::{Account, Call, Problem, Reply, SignedIn};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};
use users::second_factor as operations;
use users::second_factor::confirm_totp::RecoveryCodes;
use users::second_factor::enroll_totp::Enrolment;

use crate::sessions::{credentials, text};
use crate::{Service, now, read};

/// An app on somebody's phone, as the standard describes it: nothing but the secret that was typed into it.
#[derive(Clone)]
pub struct App(String);

impl App {
    /// Returns the code that it shows.
    pub fn code(&self, now: Timestamp) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let app = Builder::new().with_secret(secret).build().unwrap();
        app.generate(u64::try_from(now.as_second()).unwrap()).to_string()
    }

    /// Returns a code that is wrong now, and was or will be at no time near it.
    pub fn wrong_code(&self, now: Timestamp) -> String {
        let near: Vec<String> =
            (-2..=2).map(|steps| self.code(now + SignedDuration::from_secs(30 * steps))).collect();
        ["000000", "000001", "000002", "000003", "000004", "000005"]
            .into_iter()
            .find(|code| near.iter().all(|other| other != code))
            .unwrap()
            .to_owned()
    }
}

impl Service {
    pub async fn enroll(
        &self,
        caller: &SignedIn,
        body: Value,
        now: Timestamp,
    ) -> Result<Reply<Enrolment>, Problem> {
        let with = (self.totp.clone(), self.users.clone());
        operations::enroll_totp(with, Call::new(Account(caller.clone()), read(body), now)).await
    }

    pub async fn confirm_app(
        &self,
        caller: &SignedIn,
        code: &str,
        now: Timestamp,
    ) -> Result<Reply<RecoveryCodes>, Problem> {
        let with = (self.totp.clone(), self.users.clone());
        operations::confirm_totp(with, Call::new(Account(caller.clone()), read(json!({ "code": code })), now))
            .await
    }

    pub async fn remove_app(
        &self,
        caller: &SignedIn,
        code: &str,
        now: Timestamp,
    ) -> Result<Reply<()>, Problem> {
        let with = (self.totp.clone(), self.users.clone());
        operations::remove_totp(with, Call::new(Account(caller.clone()), read(json!({ "code": code })), now))
            .await
    }

    /// Returns an app whose setup is not completed.
    pub async fn app(&self, caller: &SignedIn) -> App {
        App(text(
            &self.enroll(caller, json!({ "password": credentials()["password"] }), now()).await.unwrap(),
            "secret",
        ))
    }

    /// Gives Ada a second factor. Returns her session, her app, and her recovery codes.
    pub async fn ada_with_app(&self) -> (SignedIn, App, Vec<String>) {
        self.ada().await;
        self.confirm_address().await;
        let caller = self.device().await.caller;
        let app = self.app(&caller).await;
        let codes = self.confirm_app(&caller, &app.code(now()), now()).await.unwrap();
        let codes = serde_json::from_value(json!(codes.body().unwrap())["recovery_codes"].clone()).unwrap();
        (caller, app, codes)
    }
}

pub fn steps_later(steps: i64) -> Timestamp {
    now() + SignedDuration::from_secs(30 * steps)
}
