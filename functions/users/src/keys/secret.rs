//! Secrets that keys are derived from.
//!
//! Secrets Manager holds random texts that the template generates. Keys are derived from them: HKDF-SHA256 (RFC 5869)
//! without salt, with the key's purpose as its info.

use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use edge::{Environment, InitError};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
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
}

impl From<KeyError> for InitError {
    fn from(error: KeyError) -> Self {
        Self::Failed { what: "derive a key from a secret", source: error.into() }
    }
}

/// Serialises a secret for a row of the table, which is the only place where one is written out.
pub(crate) fn to_row<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// Reads the secret whose ARN is in `variable`.
pub(crate) async fn secret(
    environment: &Environment,
    variable: &'static str,
) -> Result<SecretString, InitError> {
    let arn = environment.variable(variable)?;
    let client = aws_sdk_secretsmanager::Client::new(environment.aws());
    let failed = |source| InitError::Failed { what: "read a secret", source };
    let answer =
        client.get_secret_value().secret_id(arn).send().await.map_err(|error| failed(error.into()))?;
    let secret = answer.secret_string.ok_or_else(|| failed("the secret is binary, not text".into()))?;
    Ok(secret.into())
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
