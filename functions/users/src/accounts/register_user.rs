//! `POST /users`: creates an account.

use domain::users::{User, UserRefusal};
use domain::words::person::{Email, Name};
use edge::{Anyone, Call, Problem, Reply};
use serde::Deserialize;
use store::Change;

use crate::accounts::password::{NewPassword, PasswordHash};
use crate::accounts::profile::Profile;
use crate::accounts::rows::{Credential, CredentialRow, UserRow};
use crate::store::Users;

/// A request to create an account. It has no field for roles, and the edge rejects unknown fields.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterUser {
    /// The address to sign in with.
    pub email: Email,
    /// The user's name.
    pub name: Name,
    /// The password.
    pub password: NewPassword,
}

/// Creates an account. `POST /sessions` signs in to it.
///
/// An address that already has an account returns 409, so anyone can find out whether an address is registered. Most
/// shops accept that, since the owner of a forgotten account needs a useful answer. Signing in does not reveal it.
///
/// There is no Idempotency-Key: a client that repeats the request after a lost reply gets the 409, and signs in.
/// Comparing requests would require a fast hash of the password, which is easy to brute-force.
///
/// # Errors
/// 409 if the address has an account, 422 if the password is the address.
pub async fn register_user(
    users: Users,
    call: Call<RegisterUser, Anyone>,
) -> Result<Reply<Profile>, Problem> {
    let RegisterUser { email, name, password } = &call.body;
    call.about_account(email.as_ref());
    if password.is(email) {
        return Err(UserRefusal::PasswordIsEmail.into());
    }
    let hash = PasswordHash::of(password).map_err(Problem::internal)?;
    let (user, event) = User::register(call.new_id(), email.clone(), name.clone(), call.now);
    let credential = Credential { email: email.clone(), user_id: user.user_id, password_hash: hash };
    let account = Change::<UserRow, Problem>::to(user)
        .insert_or::<CredentialRow>(&credential, UserRefusal::EmailTaken.into())
        .emit([event]);
    let exists = || Problem::internal("the new user id exists already");
    let user = users.table.create(&call, account, None, exists).await?;
    call.identify(user.value.user_id, None);
    let location = format!("/users/{}", user.value.user_id);
    Ok(Reply::created(user.value.into(), location).etag(user.version))
}
