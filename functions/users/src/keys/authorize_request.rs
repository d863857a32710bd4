//! The HTTP APIs' authorizer: verifies access tokens. It holds public keys only.

use std::collections::HashMap;
use std::sync::Arc;

use edge::authorizer::{Credential, Denial};
use edge::{Connect, Environment, InitError, Renewed, SignedIn};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{DecodingKey, Validation};

use crate::sessions::access_token::{PresentedToken, TokenRefusal, validation};
use crate::store::Users;

/// When keys are read again. A withdrawn key is accepted for as long, which is the lifetime of a token.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(10);

/// When keys are read again for a token of an unknown one. Anyone can send such tokens, so not for each of them.
const MAX_AGE_OF_UNKNOWN: SignedDuration = SignedDuration::from_mins(1);

/// Verifies access tokens with the keys that are published in the users table.
#[derive(Debug, Clone)]
pub struct Authorizer {
    users: Users,
    keys: Renewed<VerifyingKeys>,
    validation: Arc<Validation>,
}

impl Connect for Authorizer {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let authorizer = Self::new(Users::connect(environment).await?, environment.variable("ISSUER")?);
        let read = authorizer.read().await;
        let read = read.map_err(|error| InitError::Failed { what: "read the keys", source: error.into() })?;
        // There are none before anyone has signed in.
        let keys = if read.0.is_empty() { Renewed::outdated(read) } else { Renewed::read_at_init(read) };
        Ok(Self { keys, ..authorizer })
    }
}

impl Authorizer {
    /// Creates an authorizer of tokens that were issued in the name of `issuer`.
    #[must_use]
    pub fn new(users: Users, issuer: &str) -> Self {
        let keys = Renewed::outdated(VerifyingKeys::default());
        Self { users, keys, validation: Arc::new(validation(issuer)) }
    }

    async fn key(&self, id: &str, now: Timestamp) -> Result<Option<DecodingKey>, store::Error> {
        let keys = self.keys.within(MAX_AGE, now, self.read()).await;
        if let Some(key) = keys.0.get(id) {
            return Ok(Some(key.clone()));
        }
        // The first key may have been published a moment ago.
        let age = if keys.0.is_empty() { SignedDuration::ZERO } else { MAX_AGE_OF_UNKNOWN };
        Ok(self.keys.confirmed(age, now, self.read()).await?.0.get(id).cloned())
    }

    async fn read(&self) -> Result<VerifyingKeys, store::Error> {
        Ok(VerifyingKeys::of(&self.users.published_keys().await?))
    }
}

/// Public keys by their ids.
#[derive(Debug, Default)]
struct VerifyingKeys(HashMap<String, DecodingKey>);

impl VerifyingKeys {
    /// A key of another kind than this version signs with verifies nothing.
    fn of(published: &[Jwk]) -> Self {
        Self(published.iter().filter_map(verifying).collect())
    }
}

fn verifying(key: &Jwk) -> Option<(String, DecodingKey)> {
    let AlgorithmParameters::OctetKeyPair(_) = &key.algorithm else { return None };
    Some((key.common.key_id.clone()?, DecodingKey::from_jwk(key).ok()?))
}

/// Returns the caller to whom the access token was issued.
///
/// # Errors
/// If the token is not valid; if its key is not known, and the keys cannot be read.
pub async fn authorize_request(authorizer: Authorizer, credential: Credential) -> Result<SignedIn, Denial> {
    let token = PresentedToken::parse(&credential.authorization)?;
    let key = authorizer.key(token.key_id(), credential.now).await;
    let key = key.map_err(|error| Denial::Failed(error.into()))?.ok_or(TokenRefusal::Invalid)?;
    Ok(token.verify(&key, &authorizer.validation, credential.now)?)
}
