//! `POST /sessions`: signs a user in.

use domain::users::session::{Device, Session, SessionRefusal};
use domain::users::throttle::{Counted, PASSWORD_TRIES};
use domain::words::person::Email;
use edge::{Anyone, Call, Problem, Reply};
use secrecy::SecretString;
use serde::Deserialize;
use store::{Change, Stored};
use telemetry::Metric;

use crate::accounts::password::PasswordHash;
use crate::accounts::rows::Credential;
use crate::sessions::device_token;
use crate::sessions::refresh_token::RefreshToken;
use crate::sessions::rows::SessionRow;
use crate::sessions::tokens::{SignIns, Tokens};

/// A user's credentials. The rules for new passwords do not apply, since the password may be older than they are.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LogIn {
    /// The account's address.
    pub email: Email,
    /// The password.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub password: SecretString,
    /// The `device_token` of an earlier reply, if the client has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub device_token: Option<SecretString>,
}

/// Starts a session.
///
/// Ten passwords may be tried in a quarter of an hour, by all clients that the user is not known to use together. Each
/// client that sends the user's `device_token` has ten of its own, so nobody can keep the user from signing in there:
/// `docs/decisions/0039-guessing-is-limited-by-device.md`.
///
/// # Errors
/// 401 if the address or the password is wrong: the same reply for both, after the same work. 429 if too many passwords were
/// tried.
pub async fn log_in(
    SignIns { tokens, users }: SignIns,
    call: Call<LogIn, Anyone>,
) -> Result<Reply<Tokens>, Problem> {
    let LogIn { email, password, device_token } = &call.body;
    call.about_account(email.as_ref());
    let found = users.credential(email).await?;
    let password_version = found.as_ref().map_or(0, |found| found.value.password_version);
    let known = found.as_ref().zip(device_token.as_ref());
    let known = known.and_then(|(found, token)| device_token::known(token, &found.value, call.now));
    // Counted before the password is verified: that is expensive, and concurrent tries would all get that far.
    let counted = Counted::password_tries(email, password_version, known);
    let tried = users.count(&call, &counted, PASSWORD_TRIES, SessionRefusal::TooManyTries).await;
    let tried = tried.inspect_err(measure)?;
    let credential = verify(found, password).inspect_err(measure)?;
    let user_id = credential.value.user_id;
    let user = users.get(user_id).await?.ok_or(SessionRefusal::InvalidCredentials)?.value;
    let refresh = RefreshToken::first(call.new_id())?;
    let device = call.user_agent().and_then(|name| Device::named(&name));
    let session = Session::start(refresh.session_id(), user_id, refresh.hashes(), call.now);
    let session = session.with_device(device).with_password(password_version);
    let exists = || Problem::internal("the new session id exists already");
    users.table.create(&call, Change::<SessionRow, Problem>::to(session), None, exists).await?;
    call.identify(user_id, Some(refresh.session_id()));
    users.forgive(&call, tried).await;
    let device = known.unwrap_or_else(|| call.new_id());
    let device_token = Some(device_token::issue(device, &credential.value).map_err(Problem::internal)?);
    users.renew_hash(&call, credential, password).await;
    Ok(Reply::ok(Tokens {
        device_token,
        ..Tokens::issue(&tokens.at(call.now).await.access, &user, &refresh, call.now)?
    }))
}

fn measure(refused: &Problem) {
    if refused.status().is_client_error() {
        Metric::LogInsRefused.publish(1);
    }
}

/// Returns the credential whose password it is. One hash is always verified, so that the time reveals nothing.
fn verify(found: Option<Stored<Credential>>, password: &SecretString) -> Result<Stored<Credential>, Problem> {
    let hash = found.as_ref().map_or_else(PasswordHash::dummy, |found| found.value.password_hash.clone());
    let matches = hash.matches(password).map_err(Problem::internal)?;
    Ok(found.filter(|_| matches).ok_or(SessionRefusal::InvalidCredentials)?)
}
