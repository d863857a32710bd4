//! Sessions: signing in, and what follows.

mod complete_log_in;
mod end_session;
mod guessing;
mod list_sessions;
mod log_in;
mod refresh_session;

use edge::authorizer::{Credential, Denial};
use edge::{Anyone, Call, Problem, Reply, SignedIn};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use users::keys::authorize_request;
use users::sessions;
use users::sessions::log_in::LoggedIn;
use users::sessions::tokens::Tokens;

use crate::{Service, now, public_at, read};

/// A device on which Ada is signed in.
pub struct Device {
    pub caller: SignedIn,
    pub refresh_token: String,
}

impl Device {
    pub fn id(&self) -> String {
        self.caller.session_id.to_string()
    }
}

impl Service {
    pub async fn log_in(&self, body: Value) -> Result<Reply<LoggedIn>, Problem> {
        self.log_in_at(now(), body).await
    }

    pub async fn log_in_at(&self, now: Timestamp, body: Value) -> Result<Reply<LoggedIn>, Problem> {
        sessions::log_in(self.sign_ins(), public_at(now, body)).await
    }

    pub async fn refresh(&self, token: &str, now: Timestamp) -> Result<Reply<Tokens>, Problem> {
        let call = Call::new(Anyone, read(json!({ "refresh_token": token })), now);
        sessions::refresh_session((self.tokens.clone(), self.users.clone()), call).await
    }

    /// Signs Ada in.
    pub async fn device(&self) -> Device {
        self.device_of("ada@example.com").await
    }

    /// Signs the user with this address in.
    pub async fn device_of(&self, email: &str) -> Device {
        let mut credentials = credentials();
        credentials["email"] = email.into();
        self.device_with(credentials).await
    }

    /// Signs a user in with these credentials.
    pub async fn device_with(&self, credentials: Value) -> Device {
        let reply = self.log_in(credentials).await.unwrap();
        let caller = authorize_request(self.authorizer.clone(), bearer(&reply, now())).await.unwrap();
        Device { caller, refresh_token: refresh_token(&reply) }
    }

    /// A refresh token of a new session of Ada's.
    pub async fn session(&self) -> String {
        self.ada().await;
        refresh_token(&self.log_in(credentials()).await.unwrap())
    }
}

pub fn credentials() -> Value {
    json!({ "email": "ada@example.com", "password": "the analytical engine" })
}

pub fn refresh_token(reply: &Reply<impl Serialize>) -> String {
    text(reply, "refresh_token")
}

/// Returns the code of the token's refusal.
pub fn refused_with(denial: Denial) -> &'static str {
    match denial {
        Denial::Refused(code) => code,
        Denial::Failed(_) => "failed",
    }
}

pub fn bearer(reply: &Reply<impl Serialize>, now: Timestamp) -> Credential {
    Credential { authorization: format!("Bearer {}", text(reply, "access_token")), now }
}

/// Returns a text of a reply as the client reads it.
pub fn text(reply: &Reply<impl Serialize>, name: &str) -> String {
    json!(reply.body().unwrap())[name].as_str().unwrap().to_owned()
}

pub fn seconds_later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub fn later(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}
