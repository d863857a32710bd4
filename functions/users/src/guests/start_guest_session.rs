//! `POST /guests`: starts the session of a guest.

use domain::users::guest::Guest;
use domain::users::session::{Device, Session};
use domain::words::locale::Locale;
use edge::{Anyone, Call, Problem, Reply};
use serde::Deserialize;
use store::Change;

use crate::guests::rows::GuestRow;
use crate::sessions::refresh_token::RefreshToken;
use crate::sessions::rows::SessionRow;
use crate::sessions::tokens::{SignIns, Tokens};

/// A request for a guest's session.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StartGuestSession {
    /// The language that the guest reads; English if it is left out.
    #[serde(default)]
    pub locale: Locale,
}

/// Starts a session without an account, in which its user can order like any other. It lasts 30 days.
///
/// Creating an account with the session's newest refresh token keeps the user's id, and so the orders. Signing in to an account
/// with it gives the orders to that account.
///
/// There is no Idempotency-Key: a client that repeats the request after a lost reply is another guest.
///
/// # Errors
/// None of its own.
pub async fn start_guest_session(
    SignIns { tokens, users }: SignIns,
    call: Call<StartGuestSession, Anyone>,
) -> Result<Reply<Tokens>, Problem> {
    let guest = Guest::start(call.new_id(), call.body.locale.clone(), call.now);
    let refresh = RefreshToken::first(call.new_id())?;
    let session = Session::start(refresh.session_id(), guest.user_id, refresh.hashes(), call.now)
        .with_device(call.user_agent().and_then(|name| Device::named(&name)))
        .of_guest();
    let keys = tokens.at(call.now).await;
    let issued = Tokens::issue(&keys.access, &guest, &session, &refresh, None, call.now)?;
    let exists = || Problem::internal("the new ids exist already");
    let started = Change::<SessionRow, Problem>::to(session).insert_or::<GuestRow>(&guest, exists());
    users.table.create(&call, started, None, exists).await?;
    call.identify(guest.user_id, Some(refresh.session_id()));
    Ok(Reply::created(issued, "/users/me".to_owned()))
}
