//! `POST /users/me/totp`: begins to set up the caller's second factor.

use domain::users::second_factor::{ENROLMENT, SecondFactor};
use domain::users::session::SessionRefusal;
use domain::users::throttle::{Counted, PASSWORD_TRIES};
use edge::{Account, Call, Problem, Reply};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{Change, Stored};

use crate::accounts::rows::UserRow;
use crate::second_factor::rows::{SecondFactorRow, second_factor_key};
use crate::second_factor::totp::{Setup, TotpSecrets};
use crate::sessions::tokens::exposed;
use crate::store::Users;

/// The proof that it is the user who sets up a second factor.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrollTotp {
    /// The account's password.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub password: SecretString,
}

/// What the user enters into an app. `Debug` does not show it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Enrolment {
    /// The app's secret in base 32, to type.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    #[serde(serialize_with = "exposed")]
    pub secret: SecretString,
    /// The same as a URL (`otpauth://totp/…`), to show as a QR code. SHA-1, six digits, 30 seconds.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    #[serde(serialize_with = "exposed")]
    pub otpauth_url: SecretString,
    /// In how many seconds the first code must be sent.
    pub expires_in: i64,
}

/// Returns a secret to enter into an app that shows codes (TOTP, RFC 6238). Signing in does not require codes until the app's
/// first one is sent: `POST /users/me/totp/confirmation`. Asking again gives another secret, and the one before is void.
///
/// # Errors
/// 401 if the session has ended, or the password is wrong; 409 if the account has a second factor, or its address is not
/// confirmed; 429 if there were too many requests.
pub async fn enroll_totp(
    (secrets, users): (TotpSecrets, Users),
    call: Call<EnrollTotp, Account>,
) -> Result<Reply<Enrolment>, Problem> {
    let tries = (Counted::password_changes(call.caller.0.user_id), PASSWORD_TRIES);
    let (user, _) =
        users.reauthenticate(&call, &call.body.password, tries, SessionRefusal::TooManyTries).await?;
    user.value.is_confirmed()?;
    let (user_id, id) = (user.value.user_id, call.new_id());
    let Setup { secret, otpauth_url } =
        secrets.setup(user_id, id, &user.value.email).map_err(Problem::internal)?;
    let enroll = async |found: Option<Stored<SecondFactor>>| {
        let found = found.map(|found| found.value);
        let enrolled = SecondFactor::enroll(found.as_ref(), user_id, id, call.now)?;
        // An account that is erased in between must not leave this behind.
        let user = users.get(user_id).await?.ok_or(SessionRefusal::Revoked)?;
        Ok::<_, Problem>(Some(Change::to(enrolled).check::<UserRow>(&user)))
    };
    users.table.at::<SecondFactorRow>(second_factor_key(user_id)).change(&call, enroll).await?;
    Ok(Reply::created_unseen(Enrolment { secret, otpauth_url, expires_in: ENROLMENT.as_secs() }))
}
