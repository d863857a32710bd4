//! `GET /users/me/sessions`: lists the sessions in which the caller is signed in.

use std::cmp::Reverse;

use domain::users::session::{Device, Session};
use domain::users::{User, UserRefusal};
use domain::words::id::SessionId;
use edge::{Account, Call, List, NoBody, Problem, Reply};
use jiff::Timestamp;
use serde::Serialize;

use crate::store::Users;

/// A session, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Session"))]
pub struct ShownSession {
    /// Its id, to end it with `DELETE /sessions/{session_id}`.
    pub session_id: SessionId,
    /// When the user signed in.
    pub started_at: Timestamp,
    /// When its tokens were last refreshed.
    pub refreshed_at: Timestamp,
    /// The first 120 characters of the client's `User-Agent` when the user signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// Whether it is the session of this request.
    pub current: bool,
}

impl ShownSession {
    /// Shows those of the sessions `found` in which the user is signed in, newest first.
    pub(crate) fn live(found: Vec<Session>, user: &User, current: SessionId, now: Timestamp) -> Vec<Self> {
        let mut live: Vec<Session> =
            found.into_iter().filter(|session| user.is_signed_in(session, now)).collect();
        live.sort_by_key(|session| Reverse((session.started_at, session.session_id)));
        live.into_iter().map(|session| Self::of(session, current)).collect()
    }

    fn of(session: Session, current: SessionId) -> Self {
        let Session { session_id, started_at, refreshed_at, device, .. } = session;
        Self { session_id, started_at, refreshed_at, device, current: session_id == current }
    }
}

/// Lists the caller's sessions, newest first: the session of the request, and the newest fifty. `DELETE /sessions/all`
/// also ends those that are not listed. Sessions that have ended are left out, and an access token of one of them sees
/// none.
///
/// A session that started within the last second may be missing, since they are found through an index.
///
/// # Errors
/// 404 if the account does not exist.
pub async fn list_sessions(
    users: Users,
    call: Call<NoBody, Account>,
) -> Result<Reply<List<ShownSession>>, Problem> {
    let (caller, now) = (&call.caller.0, call.now);
    let user = users.get(caller.user_id).await?.ok_or(UserRefusal::NotFound)?.value;
    let found = users.sessions(caller.user_id, caller.session_id).await?;
    let mut items = ShownSession::live(found, &user, caller.session_id, now);
    if !items.iter().any(|session| session.current) {
        items.clear();
    }
    Ok(Reply::ok(List { items, next_cursor: None }))
}
