//! `POST /sessions/refresh`: refreshes a session.

use domain::users::guest::Guest;
use domain::users::session::{Refresh, Session, SessionRefusal};
use edge::{Anyone, Call, Problem, Reply};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use store::{Change, Decision, Stored};
use telemetry::Metric;

use crate::sessions::access_token::Subject;
use crate::sessions::refresh_token::RefreshToken;
use crate::sessions::rows::{SessionRow, session_key};
use crate::sessions::tokens::{TokenIssuer, Tokens};
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
/// A client that repeats a request whose answer was lost must not lose its session, and neither must two tabs that
/// refresh at the same time. So for 30 seconds the token that was just exchanged gives the same pair again, as long as
/// the newest token has not been used: `docs/decisions/0020-a-refresh-can-be-repeated.md`.
///
/// # Errors
/// 401 if the token is invalid, or its session has expired or was revoked, by itself or with all others of its user.
pub async fn refresh_session(
    (tokens, users): (TokenIssuer, Users),
    call: Call<RefreshSession, Anyone>,
) -> Result<Reply<Tokens>, Problem> {
    let presented: RefreshToken = call.body.refresh_token.expose_secret().parse()?;
    let tokens = tokens.at(call.now).await;
    let next = presented.next(&tokens.successors);
    let (shown, following) = (presented.hashes(), next.hashes().own);
    let refresh = async |found: Option<Stored<Session>>| {
        let found = found.ok_or(SessionRefusal::InvalidRefreshToken)?;
        let (session, is_new) = match found.value.refresh(&shown, following.clone(), call.now)? {
            Refresh::Rotated(session) => (session, true),
            Refresh::Repeated(session) => (session, false),
            Refresh::Reused(session) => {
                call.identify(session.user_id, Some(session.session_id));
                return Ok(Decision::new(Some(Change::to(session)), Err(SessionRefusal::Revoked)));
            }
        };
        call.identify(session.user_id, Some(session.session_id));
        // With the current roles: a change by an admin applies from the next refresh.
        let issue = |subject: Subject<'_>| Tokens::issue(&tokens.access, subject, &session, &next, call.now);
        let reply = Reply::ok(match users.get(session.user_id).await? {
            Some(user) if user.value.has_revoked(&session) => return Err(SessionRefusal::Revoked.into()),
            Some(user) => issue((&user.value).into())?,
            None => issue((&still_guest(&users, &session).await?).into())?,
        });
        Ok::<_, Problem>(Decision::new(is_new.then(|| Change::to(session)), Ok(reply)))
    };
    let session = users.table.at::<SessionRow>(session_key(presented.session_id()));
    // The reply is sent only after the session is written.
    let answer = session.change(&call, refresh).await?.answer;
    if answer.is_err() {
        tracing::warn!("an old refresh token was used again, the session is revoked");
        Metric::RefreshTokensReused.publish(1);
    }
    Ok(answer?)
}

/// Returns the guest whose session it is. Whoever has become an account's owner signs in to the account.
async fn still_guest(users: &Users, session: &Session) -> Result<Guest, Problem> {
    let guest = users.guest(session.user_id).await?.ok_or(SessionRefusal::InvalidRefreshToken)?.value;
    if guest.is_guest() { Ok(guest) } else { Err(SessionRefusal::Revoked.into()) }
}
