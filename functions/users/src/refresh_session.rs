//! `POST /sessions/refresh`: a client goes on with its session.

use domain::session::{Refresh, SessionRefusal};
use edge::{Anyone, Call, Problem, Reply};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use store::{Attempt, Outcome, until_committed};

use crate::access_token::AccessTokens;
use crate::refresh_token::RefreshToken;
use crate::store::Users;
use crate::tokens::Tokens;

/// The refresh token that was given last.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    /// The token.
    pub refresh_token: SecretString,
}

/// Exchanges a refresh token for the next pair of tokens. A token is good once: using it again ends the session, for
/// whoever holds its newest token too, since one of the two has stolen it.
///
/// Two requests with the same token at the same time are no exception: one is answered, the other ends the session. There
/// is no period of grace, which a thief could use as well; a client sends one refresh at a time, and signs in again when
/// it never saw the answer to one.
///
/// # Errors
/// 401 when the token is not one, or its session has ended or been revoked.
pub async fn refresh_session(
    (users, access): (Users, AccessTokens),
    call: Call<RefreshSession, Anyone>,
) -> Result<Reply<Tokens>, Problem> {
    let presented: RefreshToken = call.body.refresh_token.expose_secret().parse()?;
    let session_id = presented.session_id();
    let next = presented.next()?;
    let answer = until_committed(|| async {
        let found = users.session(session_id).await?.ok_or(SessionRefusal::InvalidRefreshToken)?;
        let (session, answer) = match found.value.refresh(&presented.hashes(), next.hashes().own, call.now)? {
            Refresh::Rotated(session) => {
                // The roles are those of now: what an operator has changed applies from here.
                let user =
                    users.get(session.user_id).await?.ok_or(SessionRefusal::InvalidRefreshToken)?.value;
                let tokens = Tokens::issue(&access, &user, session_id, &next, call.now)?;
                (session, Ok(Reply::ok(tokens)))
            }
            Refresh::Reused(session) => {
                tracing::warn!(%session_id, user_id = %session.user_id, "a refresh token was used twice");
                (session, Err(SessionRefusal::Revoked))
            }
        };
        // The answer is given once what it says is written.
        Ok::<_, Problem>(match users.replace(found.version, &session).await? {
            Outcome::Committed => Attempt::Done(answer),
            Outcome::Refused(_) => Attempt::Raced,
        })
    })
    .await?;
    Ok(answer?)
}
