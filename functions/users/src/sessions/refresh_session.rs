//! `POST /sessions/refresh`: refreshes a session.

use domain::users::session::{Refresh, Session, SessionRefusal};
use edge::{Anyone, Call, Problem, Reply};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use store::{Change, Decision, Stored};

use crate::sessions::access_token::AccessTokens;
use crate::sessions::refresh_token::RefreshToken;
use crate::sessions::rows::{SessionRow, session_key};
use crate::sessions::tokens::Tokens;
use crate::store::Users;

/// A request to refresh a session.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefreshSession {
    /// The session's newest refresh token.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub refresh_token: SecretString,
}

/// Exchanges a refresh token for the next pair of tokens. A token is valid once. Using it again revokes the session,
/// also for the holder of its newest token, since one of the two has stolen it.
///
/// This includes concurrent requests with the same token: one is answered, the other revokes the session. There is
/// no grace period, because a thief could use it as well. A client sends one refresh request at a time, and signs in
/// again if the reply was lost.
///
/// # Errors
/// 401 if the token is invalid, or its session has ended or been revoked.
pub async fn refresh_session(
    (access, users): (AccessTokens, Users),
    call: Call<RefreshSession, Anyone>,
) -> Result<Reply<Tokens>, Problem> {
    let presented: RefreshToken = call.body.refresh_token.expose_secret().parse()?;
    let next = presented.next()?;
    let (shown, following) = (presented.hashes(), next.hashes().own);
    let refresh = async |found: Option<Stored<Session>>| {
        let found = found.ok_or(SessionRefusal::InvalidRefreshToken)?;
        let (session, answer) = match found.value.refresh(&shown, following.clone(), call.now)? {
            Refresh::Rotated(session) => {
                // The current roles: a change by an operator applies from the next refresh.
                let user = users.get(session.user_id).await?.ok_or(SessionRefusal::InvalidRefreshToken)?;
                let tokens = Tokens::issue(&access, &user.value, &next, call.now)?;
                (session, Ok(Reply::ok(tokens)))
            }
            Refresh::Reused(session) => {
                tracing::warn!(session_id = %session.session_id, user_id = %session.user_id, "a refresh token was used twice");
                (session, Err(SessionRefusal::Revoked))
            }
        };
        Ok::<_, Problem>(Decision::new(Some(Change::to(session)), answer))
    };
    let session = users.table.at::<SessionRow>(session_key(presented.session_id()));
    // The reply is sent only after the session is written.
    Ok(session.change(&call, refresh).await?.answer?)
}
