//! Sessions: signing in, and what follows.

mod end_session;
mod guessing;
mod list_sessions;
mod log_in;
mod refresh_session;

use edge::authorizer::Credential;
use edge::{Anyone, Call, Problem, Reply, SignedIn};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use users::keys::authorize_request;
use users::sessions;
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
    pub async fn log_in(&self, body: Value) -> Result<Reply<Tokens>, Problem> {
        self.log_in_at(now(), body).await
    }

    pub async fn log_in_at(&self, now: Timestamp, body: Value) -> Result<Reply<Tokens>, Problem> {
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

pub fn refresh_token(reply: &Reply<Tokens>) -> String {
    reply.body().unwrap().refresh_token.expose_secret().to_owned()
}

pub fn bearer(reply: &Reply<Tokens>, now: Timestamp) -> Credential {
    let token = reply.body().unwrap().access_token.expose_secret();
    Credential { authorization: format!("Bearer {token}"), now }
}

pub fn seconds_later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub fn later(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}
