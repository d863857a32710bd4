//! Secrets that keys are derived from.
//!
//! Secrets Manager holds random texts that the template generates. Keys are derived from them: HKDF-SHA256 (RFC 5869)
//! without salt, with the key's purpose as its info.

use std::error::Error as StdError;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::words::sha256;
use edge::{Environment, InitError};
use jiff::Timestamp;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::Serializer;

/// The template generates 64 characters; fewer than this indicate a mistake.
const SHORTEST_SECRET: usize = 32;

/// A key is unavailable.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The secret is shorter than the one that the template generates.
    #[error("the secret is shorter than {SHORTEST_SECRET} characters")]
    TooShort,
    /// The derivation failed.
    #[error("the key cannot be derived")]
    Derivation(#[from] Unspecified),
    /// The derived bytes are not a key.
    #[error("the derived bytes are not a key")]
    Rejected(#[from] KeyRejected),
    /// A stored key is not base64url.
    #[error("the stored key is malformed")]
    Malformed,
    /// The public key does not encode as a JWK.
    #[error("the public key does not encode as a JWK")]
    Jwk(#[from] jsonwebtoken::errors::Error),
    /// The derived bytes are not an app's secret.
    #[error("the app cannot be set up: {0}")]
    Totp(String),
    /// The secret is JSON of another form than this version's.
    #[error("the secret has a form that this version does not know")]
    Form(#[from] serde_json::Error),
}

/// A secret was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager failed.
    #[error("the secret was not {0}")]
    Failed(&'static str, #[source] Box<dyn StdError + Send + Sync>),
    /// Not a text.
    #[error("the secret is binary, or has no version or date")]
    Incomplete,
    /// The text is not what keys are derived from.
    #[error(transparent)]
    Unusable(#[from] KeyError),
}

impl From<SecretError> for InitError {
    fn from(error: SecretError) -> Self {
        Self::Failed { what: "read a secret", source: error.into() }
    }
}

impl From<KeyError> for InitError {
    fn from(error: KeyError) -> Self {
        Self::Failed { what: "derive a key from a secret", source: error.into() }
    }
}

/// Reads a token of the form `<id>.<base64url of N bytes>`; `None` if it has another.
pub(crate) fn token<I: FromStr, const N: usize>(text: &str) -> Option<(I, SecretBox<[u8; N]>)> {
    let (id, secret) = text.split_once('.')?;
    let id = id.parse().ok()?;
    let mut bytes = [0; N];
    let length = URL_SAFE_NO_PAD.decode_slice(secret, &mut bytes).ok()?;
    (length == N).then(|| (id, SecretBox::new(Box::new(bytes))))
}

/// Serialises a secret for a row of the table, which is the only place where one is written out.
pub(crate) fn to_row<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// A secret in Secrets Manager. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Secret {
    client: Client,
    arn: Arc<str>,
}

/// A secret as read.
#[derive(Debug)]
pub(crate) struct Version {
    /// Its id.
    pub(crate) id: String,
    /// When it was written.
    pub(crate) written_at: Timestamp,
    /// The secret.
    pub(crate) text: SecretString,
}

impl Secret {
    /// Creates the access to the secret with this ARN.
    #[must_use]
    pub fn new(client: Client, arn: &str) -> Self {
        Self { client, arn: arn.into() }
    }

    /// Creates the access to the secret whose ARN is in `variable`.
    pub(crate) fn at(environment: &Environment, variable: &'static str) -> Result<Self, InitError> {
        Ok(Self::new(Client::new(environment.aws()), environment.variable(variable)?))
    }

    /// Reads the current version.
    pub(crate) async fn read(&self) -> Result<Version, SecretError> {
        let answer = self.client.get_secret_value().secret_id(&*self.arn).send().await;
        let answer = answer.map_err(|error| SecretError::Failed("read", error.into()))?;
        let written_at = answer.created_date.and_then(|date| Timestamp::from_second(date.secs()).ok());
        match (answer.version_id, written_at, answer.secret_string) {
            (Some(id), Some(written_at), Some(text)) => Ok(Version { id, written_at, text: text.into() }),
            _ => Err(SecretError::Incomplete),
        }
    }

    /// Writes the version that follows `seen`; `false` if another process has written one. Secrets Manager has no conditions,
    /// but refuses to write a version of the same id again, and the id is derived from the version before it.
    pub(crate) async fn write_after(&self, seen: &Version, text: &SecretString) -> Result<bool, SecretError> {
        let id = sha256::hex(format!("after {}", seen.id));
        let put = self.client.put_secret_value().secret_id(&*self.arn).client_request_token(id);
        match put.secret_string(text.expose_secret()).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutSecretValueError::ResourceExistsException(_)) => Ok(false),
                _ => Err(SecretError::Failed("written", error.into())),
            },
        }
    }
}

/// Reads the secret whose ARN is in `variable`.
pub(crate) async fn secret(
    environment: &Environment,
    variable: &'static str,
) -> Result<SecretString, InitError> {
    Ok(Secret::at(environment, variable)?.read().await?.text)
}

/// Derives the 32 bytes of the key for one purpose.
pub(crate) fn derived(secret: &SecretString, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let secret = secret.expose_secret().as_bytes();
    if secret.len() < SHORTEST_SECRET {
        return Err(KeyError::TooShort);
    }
    let mut bytes = Zeroizing::new([0; 32]);
    Salt::none(HKDF_SHA256).extract(secret).expand(&[purpose], HKDF_SHA256)?.fill(&mut *bytes)?;
    Ok(bytes)
}
