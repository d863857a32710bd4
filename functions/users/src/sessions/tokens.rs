//! The tokens that a client receives when it signs in or refreshes its session (RFC 6749 §5.1).

use domain::users::User;
use domain::words::id::UserId;
use edge::{Connect, Environment, InitError, Problem};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::keys::signing_key::{SigningKey, signing_secret};
use crate::sessions::access_token::{self, AccessTokens};
use crate::sessions::refresh_token::{RefreshToken, SuccessorKey};

/// Issues the pairs of tokens that follow a session's first. Its keys are derived from one secret, which is read once.
#[derive(Debug, Clone)]
pub struct SessionTokens {
    /// Issues the access tokens.
    pub access: AccessTokens,
    /// Derives the refresh tokens.
    pub successors: SuccessorKey,
}

impl Connect for SessionTokens {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let secret = signing_secret(environment).await?;
        let access = AccessTokens::new(SigningKey::derive(&secret)?, environment.variable("ISSUER")?);
        Ok(Self { access, successors: SuccessorKey::derive(&secret)? })
    }
}

/// A pair of tokens. `Debug` does not show them.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tokens {
    /// The token to send as `Authorization: Bearer …`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    #[serde(serialize_with = "exposed")]
    pub access_token: SecretString,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Lifetime of the access token in seconds.
    pub expires_in: i64,
    /// The token to get the next pair with, once.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    #[serde(serialize_with = "exposed")]
    pub refresh_token: SecretString,
    /// The signed-in user.
    pub user_id: UserId,
    /// What this client is recognised by when the user signs in again. Only in the reply to signing in.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    #[serde(serialize_with = "exposed_if_any", skip_serializing_if = "Option::is_none")]
    pub device_token: Option<SecretString>,
}

impl Tokens {
    /// Issues a new pair to `user` with their current roles, for the session of `refresh`.
    ///
    /// # Errors
    /// 500 if the access token cannot be signed.
    pub fn issue(
        access: &AccessTokens,
        user: &User,
        refresh: &RefreshToken,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        Ok(Self {
            access_token: access.issue(user, refresh.session_id(), now)?,
            token_type: "Bearer",
            expires_in: access_token::LIFETIME.as_secs(),
            refresh_token: refresh.reveal(),
            user_id: user.user_id,
            device_token: None,
        })
    }
}

/// Tokens are shown only in the reply to the client that signs in.
fn exposed<S: Serializer>(token: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose_secret())
}

fn exposed_if_any<S: Serializer>(token: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    token.as_ref().map(|token| token.expose_secret()).serialize(serializer)
}
