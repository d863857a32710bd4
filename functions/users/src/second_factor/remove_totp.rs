//! `POST /users/me/totp/removal`: removes the caller's second factor.

use domain::users::User;
use domain::users::second_factor::SecondFactorRefusal;
use domain::users::session::SessionRefusal;
use edge::{Account, Call, Problem, Reply};
use secrecy::SecretString;
use serde::Deserialize;
use store::{Change, Stored};

use crate::accounts::rows::{UserRow, user_key};
use crate::second_factor::rows::SecondFactorRow;
use crate::second_factor::totp::TotpSecrets;
use crate::store::Users;

/// The proof that it is the user who removes the second factor.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RemoveTotp {
    /// A code of the app, or a recovery code.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub code: SecretString,
}

/// Removes the second factor: from now on, the password is sufficient. Recovery codes are void. Users with a role keep it.
///
/// # Errors
/// 401 if the session has ended, or the code is wrong; 404 if there is no second factor; 409 if the user has a role; 429 if too
/// many codes were tried.
pub async fn remove_totp(
    (secrets, users): (TotpSecrets, Users),
    call: Call<RemoveTotp, Account>,
) -> Result<Reply<()>, Problem> {
    let user_id = call.caller.0.user_id;
    users.signed_in(&call.caller.0, call.now).await?.ok_or(SessionRefusal::Revoked)?;
    let tried = users.count_code(&call, user_id).await?;
    let remove = async |found: Option<Stored<User>>| {
        let user = found.ok_or(SessionRefusal::Revoked)?.value;
        let factor = users.second_factor(user_id).await?.ok_or(SecondFactorRefusal::NotEnrolled)?;
        if !user.roles.is_empty() {
            return Err(SecondFactorRefusal::Required.into());
        }
        let proof = secrets.proof(&factor.value, &call.body.code, call.now).map_err(Problem::internal)?;
        factor.value.prove(proof.as_ref())?;
        let (changed, event) = user.change_second_factor(false, call.now);
        let change = Change::<UserRow, Problem>::to(changed);
        Ok::<_, Problem>(Some(change.delete::<SecondFactorRow>(&factor).emit(event)))
    };
    users.table.at::<UserRow>(user_key(user_id)).change(&call, remove).await?;
    users.forgive(&call, tried).await;
    Ok(Reply::no_content())
}
