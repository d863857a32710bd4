//! `DELETE /sessions/{session_id}`: ends a session of the caller's, or all of them.

use std::str::FromStr;

use domain::users::User;
use domain::users::session::Session;
use domain::words::id::{InvalidId, SessionId};
use edge::{Call, NoBody, Problem, Reply};
use store::{Change, Stored};

use crate::accounts::rows::{UserRow, user_key};
use crate::sessions::rows::{SessionRow, session_key};
use crate::store::Users;

/// The sessions to end.
#[derive(Debug)]
pub enum Which {
    /// The caller's.
    Current,
    /// All of the caller's user, on every device.
    All,
    /// The session with this id.
    Of(SessionId),
}

impl FromStr for Which {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Ok(match text {
            "current" => Self::Current,
            "all" => Self::All,
            id => Self::Of(id.parse()?),
        })
    }
}

/// Ends a session: its refresh tokens are no longer valid. `current` refers to the caller's own, `all` to every session
/// of the user. Another user's session does not end, and the reply does not reveal that there is one.
///
/// Access tokens that have been issued stay valid for eleven minutes at most, the gateway's cache included. With one of a
/// session that has ended itself, no other session can be ended: `docs/decisions/0037-a-session-ends-at-its-next-refresh.md`.
///
/// # Errors
/// 404 if the id is malformed.
pub async fn end_session(users: Users, call: Call<NoBody>) -> Result<Reply<()>, Problem> {
    match call.path("session_id")? {
        Which::Current => end_one(&users, &call, call.caller.session_id).await?,
        // A guest has one session, which is the caller's.
        Which::All if call.caller.is_guest => end_one(&users, &call, call.caller.session_id).await?,
        Which::Of(id) if id == call.caller.session_id => end_one(&users, &call, id).await?,
        Which::Of(_) | Which::All if !users.is_live(&call.caller, call.now).await? => {}
        Which::Of(id) => end_one(&users, &call, id).await?,
        Which::All => end_all(&users, &call).await?,
    }
    Ok(Reply::no_content())
}

async fn end_one(users: &Users, call: &Call<NoBody>, id: SessionId) -> Result<(), Problem> {
    let end = async |found: Option<Stored<Session>>| {
        let ended = found.and_then(|found| found.value.end(call.caller.user_id, call.now));
        Ok::<_, Problem>(ended.map(Change::to))
    };
    users.table.at::<SessionRow>(session_key(id)).change(call, end).await?;
    Ok(())
}

async fn end_all(users: &Users, call: &Call<NoBody>) -> Result<(), Problem> {
    let end = async |found: Option<Stored<User>>| {
        let ended = found.map(|found| found.value.revoke_sessions(call.now));
        Ok::<_, Problem>(ended.map(Change::to))
    };
    users.table.at::<UserRow>(user_key(call.caller.user_id)).change(call, end).await?;
    Ok(())
}
