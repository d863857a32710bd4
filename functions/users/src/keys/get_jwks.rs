//! `GET /.well-known/jwks.json`: returns the keys that verify access tokens (RFC 7517, RFC 8037).

use edge::{Anyone, Call, NoBody, Problem, Reply};
use jsonwebtoken::jwk::JwkSet;

use crate::store::Users;

/// Cache lifetime in seconds: the lifetime of an access token. So a replaced key has left every cache by the time the
/// last token that it signed expires.
pub(crate) const MAX_AGE: u32 = 600;

/// Returns the public keys: the one that signs, and during a rotation also the next one or the one before.
///
/// Before anyone has signed in, there are none, and no client should remember that.
///
/// # Errors
/// If the table fails.
pub async fn get_jwks(users: Users, _: Call<NoBody, Anyone>) -> Result<Reply<JwkSet>, Problem> {
    let keys = users.published_keys().await?;
    let is_published = !keys.is_empty();
    let reply = Reply::ok(JwkSet { keys });
    Ok(if is_published { reply.cached(MAX_AGE) } else { reply })
}
