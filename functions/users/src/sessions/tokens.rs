//! What a client gets when it signs in or refreshes its session (RFC 6749 §5.1).

use domain::users::User;
use domain::words::id::UserId;
use edge::Problem;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::sessions::access_token::{self, AccessTokens};
use crate::sessions::refresh_token::RefreshToken;

/// A pair of tokens. `Debug` does not show them.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tokens {
    /// What to send as `Authorization: Bearer …`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    #[serde(serialize_with = "exposed")]
    pub access_token: SecretString,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// How many seconds the access token is valid.
    pub expires_in: i64,
    /// What to get the next pair with, once.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    #[serde(serialize_with = "exposed")]
    pub refresh_token: SecretString,
    /// Who is signed in.
    pub user_id: UserId,
}

impl Tokens {
    /// Issues a new pair to `user`, with the roles that they have now. The session is the refresh token's.
    ///
    /// # Errors
    /// 500, when the access token cannot be signed.
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
        })
    }
}

/// Tokens are meant to be seen in the reply to the client that signs in, and nowhere else.
fn exposed<S: Serializer>(token: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose_secret())
}
