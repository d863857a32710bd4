//! `POST /sessions/refresh`: refreshes a session.

use domain::users::session::{Refresh, Session, SessionRefusal};
use edge::{Anyone, Call, Problem, Reply};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use store::{Change, Decision, Stored};
use telemetry::Metric;

use crate::guests::Person;
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
        let issue =
            |subject: Subject<'_>| Tokens::issue(&tokens.access, subject, &session, &next, None, call.now);
        let reply = Reply::ok(match users.person(session.user_id).await? {
            Some(Person::Account(user)) if !user.value.has_revoked(&session) => issue((&user.value).into())?,
            Some(Person::Guest(guest)) if guest.value.is_guest() => issue((&guest.value).into())?,
            // A guest who has become an account's owner signs in to the account.
            Some(_) => return Err(SessionRefusal::Revoked.into()),
            None => return Err(SessionRefusal::InvalidRefreshToken.into()),
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
