//! The tokens that a client receives when it signs in or refreshes its session (RFC 6749 §5.1).

use std::sync::Arc;

use domain::users::session::Session;
use domain::words::id::UserId;
use edge::{Connect, Environment, InitError, Problem, Renewed};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::Jwk;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use crate::keys::secret::SecretError;
use crate::keys::signing_key::SigningKey;
use crate::keys::signing_secret::SigningSecret;
use crate::sessions::access_token::{self, AccessTokens, RolesNeed, Subject};
use crate::sessions::refresh_token::{RefreshToken, SuccessorKey};
use crate::store::Users;

/// When the signing secret is read again. A key that has been retired verifies for a day; one that was replaced since others
/// know it signs tokens that are refused, for as long as this.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);

/// Issues tokens. Its keys are derived from one secret, which is read at init and then every five minutes.
#[derive(Debug, Clone)]
pub struct TokenIssuer {
    secret: SigningSecret,
    issuer: Arc<str>,
    roles: RolesNeed,
    keys: Renewed<IssuingKeys>,
}

impl Connect for TokenIssuer {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let secret = SigningSecret::connect(environment).await?;
        let roles = environment.variable(RolesNeed::VARIABLE)?.parse()?;
        Ok(Self::new(secret, environment.variable("ISSUER")?, roles).await?)
    }
}

impl TokenIssuer {
    /// Creates an issuer in the name of `issuer`.
    ///
    /// # Errors
    /// If the secret cannot be read, or is too short.
    pub async fn new(secret: SigningSecret, issuer: &str, roles: RolesNeed) -> Result<Self, SecretError> {
        let issuer = Arc::from(issuer);
        let keys = Renewed::read_at_init(IssuingKeys::read(&secret, &issuer, roles).await?);
        Ok(Self { secret, issuer, roles, keys })
    }

    /// Returns the keys that issue tokens at `now`.
    pub async fn at(&self, now: Timestamp) -> Arc<IssuingKeys> {
        self.keys.within(MAX_AGE, now, IssuingKeys::read(&self.secret, &self.issuer, self.roles)).await
    }
}

/// Signs users in: issues their first tokens. The shop's first key is published before it signs; those that follow are
/// published by the rotation.
#[derive(Debug, Clone)]
pub struct SignIns {
    /// Issues the tokens.
    pub tokens: TokenIssuer,
    /// The users table.
    pub users: Users,
}

impl Connect for SignIns {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let (tokens, Start { users, published }) = <(TokenIssuer, Start)>::connect(environment).await?;
        if !published {
            let now = Timestamp::now();
            let keys = tokens.at(now).await;
            users.publish_first(&keys.public, keys.generation, now).await.map_err(unpublished)?;
        }
        Ok(Self { tokens, users })
    }
}

/// The users table, and whether keys were published when the function started. That is read while the secret is.
#[derive(Debug, Clone)]
struct Start {
    users: Users,
    published: bool,
}

impl Connect for Start {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let users = Users::connect(environment).await?;
        let published = !users.published_keys().await.map_err(unpublished)?.is_empty();
        Ok(Self { users, published })
    }
}

fn unpublished(error: store::Error) -> InitError {
    InitError::Failed { what: "publish the first key", source: error.into() }
}

/// What the signing secret leads to.
#[derive(Debug)]
pub struct IssuingKeys {
    /// Issues the access tokens.
    pub access: AccessTokens,
    /// Derives the refresh tokens.
    pub successors: SuccessorKey,
    /// What verifies the access tokens.
    pub public: Vec<Jwk>,
    /// How many steps of rotations led to them.
    pub generation: u64,
}

impl IssuingKeys {
    async fn read(secret: &SigningSecret, issuer: &str, roles: RolesNeed) -> Result<Self, SecretError> {
        let (_, secrets) = secret.read().await?;
        let key = SigningKey::derive(&secrets.ring.signing.key.0)?;
        Ok(Self {
            access: AccessTokens::new(key, issuer, roles),
            successors: SuccessorKey::derive(&secrets.successors)?,
            public: secrets.public_keys()?,
            generation: secrets.generation,
        })
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
    /// Whether the user is a guest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
    /// The guest whose orders the account now has, if `guest_refresh_token` was a guest's. `POST /cart/merge` with this access token
    /// makes the guest's cart the account's at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_from: Option<UserId>,
    /// What this client is recognised by when the user signs in again. Only in the reply to signing in.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    #[serde(serialize_with = "exposed_if_any", skip_serializing_if = "Option::is_none")]
    pub device_token: Option<SecretString>,
}

impl Tokens {
    /// Issues a new pair to a user with their current roles, for the session, of which `refresh` is the newest token. The user was the
    /// guest `merged_from` until the session began.
    ///
    /// # Errors
    /// 500 if the access token cannot be signed.
    pub fn issue<'a>(
        access: &AccessTokens,
        subject: impl Into<Subject<'a>>,
        session: &Session,
        refresh: &RefreshToken,
        merged_from: Option<UserId>,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let subject = subject.into();
        Ok(Self {
            access_token: access.issue(subject, session, merged_from, now)?,
            token_type: "Bearer",
            expires_in: access_token::LIFETIME.as_secs(),
            refresh_token: refresh.reveal(),
            user_id: subject.user_id(),
            guest: subject.is_guest(),
            merged_from,
            device_token: None,
        })
    }
}

/// Tokens are shown only in the reply to the client that signs in.
pub(crate) fn exposed<S: Serializer>(token: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.expose_secret())
}

fn exposed_if_any<S: Serializer>(token: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    token.as_ref().map(|token| token.expose_secret()).serialize(serializer)
}
