//! `GET /.well-known/jwks.json`: the keys that access tokens can be verified with (RFC 7517, RFC 8037).

use edge::{Anyone, Call, NoBody, Problem, Reply};
use jsonwebtoken::jwk::JwkSet;

use crate::keys::signing_key::SigningKey;

/// How many seconds the set may be cached: as long as an access token is valid. So a key that was replaced has left every cache
/// by the time that the last token it signed expires.
const MAX_AGE: u32 = 600;

/// Returns the public half of the signing key.
///
/// # Errors
/// None.
pub async fn get_jwks(key: SigningKey, _: Call<NoBody, Anyone>) -> Result<Reply<JwkSet>, Problem> {
    Ok(Reply::ok(JwkSet { keys: vec![key.jwk] }).cached(MAX_AGE))
}
