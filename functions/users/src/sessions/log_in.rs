//! `POST /sessions`: signs a user in.

use domain::users::second_factor::{CHALLENGE, Challenge};
use domain::users::session::{Device, Session, SessionRefusal};
use domain::users::throttle::{Counted, PASSWORD_TRIES};
use domain::words::id::UserId;
use domain::words::person::Email;
use edge::{Anyone, Call, Problem, Reply};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{Change, Stored};
use telemetry::Metric;

use crate::accounts::password::PasswordHash;
use crate::accounts::rows::Credential;
use crate::second_factor::rows::ChallengeRow;
use crate::sessions::challenge::ChallengeToken;
use crate::sessions::device_token;
use crate::sessions::refresh_token::RefreshToken;
use crate::sessions::rows::SessionRow;
use crate::sessions::tokens::{SignIns, Tokens, exposed};
use crate::store::Users;

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
    /// The newest refresh token of a guest's session, whose orders become the account's. One that is not valid is ignored. If the
    /// account has a second factor, it is sent with the code instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub guest_refresh_token: Option<SecretString>,
}

/// The password is right, and the account has a second factor. `Debug` does not show the challenge.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Challenged {
    /// What to send with a code to `POST /sessions/second-factor`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    #[serde(serialize_with = "exposed")]
    pub challenge: SecretString,
    /// In how many seconds.
    pub expires_in: i64,
    /// The kinds of code that are taken.
    pub methods: [&'static str; 2],
}

/// The outcome of a right password.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum LoggedIn {
    /// The user is signed in.
    Completed(Box<Tokens>),
    /// A code is required.
    Challenged(Challenged),
}

/// Starts a session. If the account has a second factor, this answers 202 with a challenge, and
/// `POST /sessions/second-factor` starts the session.
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
) -> Result<Reply<LoggedIn>, Problem> {
    let LogIn { email, password, device_token, guest_refresh_token } = &call.body;
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
    if user.second_factor_since.is_some() {
        call.identify(user_id, None);
        let challenged = challenge(&users, &call, user_id, password_version).await?;
        users.forgive(&call, tried).await;
        users.renew_hash(&call, credential, password).await;
        return Ok(Reply::incomplete(LoggedIn::Challenged(challenged)));
    }
    let refresh = RefreshToken::first(call.new_id())?;
    let device = call.user_agent().and_then(|name| Device::named(&name));
    let session = Session::start(refresh.session_id(), user_id, refresh.hashes(), call.now);
    let session = session.with_device(device).with_password(password_version);
    let device = known.unwrap_or_else(|| call.new_id());
    let device_token = Some(device_token::issue(device, &credential.value).map_err(Problem::internal)?);
    let keys = tokens.at(call.now).await;
    // First, so that a client that has to repeat the request still has both.
    let merged_from = users.merge_guest(&call, guest_refresh_token.as_ref(), user_id).await?;
    let issued = Tokens::issue(&keys.access, &user, &session, &refresh, merged_from, call.now)?;
    let exists = || Problem::internal("the new session id exists already");
    let started = Change::<SessionRow, Problem>::to(session);
    users.table.create(&call, started, None, exists).await?;
    call.identify(user_id, Some(refresh.session_id()));
    users.forgive(&call, tried).await;
    users.renew_hash(&call, credential, password).await;
    Ok(Reply::ok(LoggedIn::Completed(Box::new(Tokens { device_token, ..issued }))))
}

/// Begins to wait for a code.
async fn challenge(
    users: &Users,
    call: &Call<LogIn, Anyone>,
    user_id: UserId,
    password_version: u64,
) -> Result<Challenged, Problem> {
    let token = ChallengeToken::new(call.new_id())?;
    let challenge = Challenge::begin(token.id, user_id, token.hash(), password_version, call.now);
    let exists = || Problem::internal("the new challenge id exists already");
    users.table.create(call, Change::<ChallengeRow, Problem>::to(challenge), None, exists).await?;
    let methods = ["totp", "recovery_code"];
    Ok(Challenged { challenge: token.reveal(), expires_in: CHALLENGE.as_secs(), methods })
}

pub(super) fn measure(refused: &Problem) {
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
