//! `GET /users/me/export`: returns what this service holds of the caller.

use domain::users::session::SessionRefusal;
use edge::{Account, Call, NoBody, Problem, Reply};
use jiff::Timestamp;
use serde::Serialize;

use crate::accounts::profile::Profile;
use crate::addresses::ShownAddress;
use crate::sessions::list_sessions::ShownSession;
use crate::store::Users;

/// The routes by which the same user gets what other services hold of them.
const ELSEWHERE: [&str; 3] = ["/cart", "/orders", "/payments/{payment_id}"];

/// What the user service holds of a user, in a form that programs can read (GDPR Art. 15 and 20).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Export {
    /// When this was read.
    pub exported_at: Timestamp,
    /// The account.
    pub account: Profile,
    /// When the user last proved to read the mails of the address.
    pub email_verified_at: Option<Timestamp>,
    /// When the user agreed to be written to about offers.
    pub marketing_consent_at: Option<Timestamp>,
    /// Since when signing in requires a second factor.
    pub second_factor_since: Option<Timestamp>,
    /// The addresses that the user has saved.
    pub addresses: Vec<ShownAddress>,
    /// The sessions in which the user is signed in, newest first, fifty at most.
    pub sessions: Vec<ShownSession>,
    /// The routes of what the shop's other services hold: the cart, and the orders, which name their payments.
    pub elsewhere: [&'static str; 3],
}

/// Returns what this service holds of the caller, but for what proves who they are. It is not asked of other services: each
/// answers for what is its own, and an export must not fail because one of them does.
///
/// # Errors
/// 401 if the session has ended.
pub async fn export_user(users: Users, call: Call<NoBody, Account>) -> Result<Reply<Export>, Problem> {
    let (caller, now) = (&call.caller.0, call.now);
    let (user, _) = users.signed_in(caller, now).await?.ok_or(SessionRefusal::Revoked)?;
    let saved = users.addresses(caller.user_id).await?;
    let sessions = users.sessions(caller.user_id, caller.session_id).await?;
    let user = user.value;
    Ok(Reply::ok(Export {
        exported_at: now,
        email_verified_at: user.email_verified_at,
        marketing_consent_at: user.marketing_consent_at,
        second_factor_since: user.second_factor_since,
        addresses: saved.into_iter().map(|saved| ShownAddress::of(saved.value, &user)).collect(),
        sessions: ShownSession::live(sessions, &user, caller.session_id, now),
        account: user.into(),
        elsewhere: ELSEWHERE,
    }))
}
