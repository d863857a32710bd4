//! `GET /.well-known/jwks.json`: the keys that access tokens can be verified with (RFC 7517, RFC 8037).

use edge::{Anyone, Call, NoBody, Problem, Reply};
use jsonwebtoken::jwk::JwkSet;

use crate::signing_key::SigningKey;

/// How many seconds the set may be kept. As long as an access token is good: a key that was replaced is forgotten
/// everywhere by the time the last token that it signed is.
const KEPT: u32 = 600;

/// Shows the public half of the signing key.
///
/// # Errors
/// None.
pub async fn get_jwks(key: SigningKey, _: Call<NoBody, Anyone>) -> Result<Reply<JwkSet>, Problem> {
    Ok(Reply::ok(JwkSet { keys: vec![key.jwk] }).cached(KEPT))
}
