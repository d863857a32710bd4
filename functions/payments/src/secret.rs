//! How replies show a secret to the one who may have it, and nothing else does.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

/// Serialises a secret.
///
/// # Errors
/// If the serialiser fails.
pub fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// Serialises a secret that may be missing.
///
/// # Errors
/// If the serialiser fails.
pub fn exposed_if_any<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ExposeSecret::expose_secret).serialize(serializer)
}
