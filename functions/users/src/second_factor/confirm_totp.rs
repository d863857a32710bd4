//! `POST /users/me/totp/confirmation`: completes the setup of the caller's second factor.

use domain::users::second_factor::{SecondFactor, SecondFactorRefusal};
use domain::users::session::SessionRefusal;
use edge::{Account, Call, Problem, Reply};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use store::{Change, Stored};

use crate::accounts::rows::UserRow;
use crate::second_factor::rows::{SecondFactorRow, second_factor_key};
use crate::second_factor::totp::TotpSecrets;
use crate::store::Users;

/// The app's first code.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmTotp {
    /// The code that the app shows.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub code: SecretString,
}

/// What the user keeps for the day on which the app is lost. `Debug` does not show it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecoveryCodes {
    /// Ten codes, each good for one sign-in. They are shown this once.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    #[serde(serialize_with = "exposed_all")]
    pub recovery_codes: Vec<SecretString>,
}

/// Completes the setup: from now on, signing in requires a code of the app. Sessions go on.
///
/// # Errors
/// 401 if the session has ended, or the code is wrong; 404 if no setup was begun in the past ten minutes; 409 if it is
/// completed; 429 if too many codes were tried.
pub async fn confirm_totp(
    (secrets, users): (TotpSecrets, Users),
    call: Call<ConfirmTotp, Account>,
) -> Result<Reply<RecoveryCodes>, Problem> {
    let user_id = call.caller.0.user_id;
    users.signed_in(&call.caller.0, call.now).await?.ok_or(SessionRefusal::Revoked)?;
    let tried = users.count_code(&call, user_id).await?;
    let (recovery_codes, macs) = secrets.recovery_codes(user_id).map_err(Problem::internal)?;
    let confirm = async |found: Option<Stored<SecondFactor>>| {
        let found = found.ok_or(SecondFactorRefusal::NotEnrolled)?.value;
        let step = secrets.step(&found, &call.body.code, call.now).map_err(Problem::internal)?;
        let confirmed = found.confirm(step, macs.clone(), call.now)?;
        let user = users.get(user_id).await?.ok_or(SessionRefusal::Revoked)?;
        let (changed, event) = user.value.change_second_factor(true, call.now);
        let change = Change::<SecondFactorRow, Problem>::to(confirmed);
        Ok::<_, Problem>(Some(change.replace::<UserRow>(&user, &changed).emit(event)))
    };
    users.table.at::<SecondFactorRow>(second_factor_key(user_id)).change(&call, confirm).await?;
    users.forgive(&call, tried).await;
    Ok(Reply::ok(RecoveryCodes { recovery_codes }))
}

fn exposed_all<S: Serializer>(codes: &[SecretString], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(codes.iter().map(|code| code.expose_secret()))
}
