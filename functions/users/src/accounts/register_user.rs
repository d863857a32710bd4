//! `POST /users`: a customer creates an account.

use domain::users::{User, UserRefusal};
use domain::words::person::{Email, Name};
use edge::{Anyone, Call, Problem, Reply};
use serde::Deserialize;
use store::Change;

use crate::accounts::password::{NewPassword, PasswordHash};
use crate::accounts::rows::{Credential, CredentialRow, UserRow};
use crate::store::Users;

/// What an account is created from. Nobody can ask for a role: the edge rejects a field that is not here.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterUser {
    /// The address to sign in with.
    pub email: Email,
    /// What to call the user.
    pub name: Name,
    /// The password.
    pub password: NewPassword,
}

/// Creates an account. `POST /sessions` signs in to it.
///
/// An address that has an account already is answered with 409, so anyone can find out whether an address is registered. Most
/// shops accept that: the owner of a forgotten account needs a useful answer. Signing in reveals nothing of the kind.
///
/// It takes no Idempotency-Key: a client that repeats the request after a lost answer gets the 409, and signs in. Comparing
/// requests would mean storing a fast hash of the password, which is easy to guess against.
///
/// # Errors
/// 409 when the address has an account, 422 when the password is the address.
pub async fn register_user(users: Users, call: Call<RegisterUser, Anyone>) -> Result<Reply<User>, Problem> {
    let RegisterUser { email, name, password } = &call.body;
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
    let location = format!("/users/{}", user.value.user_id);
    Ok(Reply::created(user.value, location).etag(user.version))
}
