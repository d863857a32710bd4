//! `GET /.well-known/jwks.json`: returns the keys that verify access tokens (RFC 7517, RFC 8037).

use edge::{Anyone, Call, NoBody, Problem, Reply};
use jsonwebtoken::jwk::JwkSet;

use crate::keys::signing_key::SigningKey;

/// Cache lifetime in seconds: the lifetime of an access token. So a replaced key has left every cache by the time the
/// last token that it signed expires.
pub(crate) const MAX_AGE: u32 = 600;

/// Returns the public half of the signing key.
///
/// # Errors
/// None.
pub async fn get_jwks(key: SigningKey, _: Call<NoBody, Anyone>) -> Result<Reply<JwkSet>, Problem> {
    Ok(Reply::ok(JwkSet { keys: vec![key.jwk] }).cached(MAX_AGE))
}
