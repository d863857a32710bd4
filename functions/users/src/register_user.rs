//! `POST /users`: someone makes an account.

use domain::person::{Email, Name};
use domain::user::{User, UserRefusal};
use edge::{Anyone, Call, Problem, Reply};
use serde::Deserialize;
use store::Outcome;

use crate::password::{NewPassword, PasswordHash};
use crate::store::Users;

/// What an account is made of. Roles are nobody's to ask for: a field that is not here is refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterUser {
    /// The address to sign in with.
    pub email: Email,
    /// What to be called.
    pub name: Name,
    /// The password.
    pub password: NewPassword,
}

/// Makes an account. It is signed in to by `POST /sessions`.
///
/// An address that has an account is told so, with 409. That lets anyone ask whether an address is registered. It is
/// accepted here, as at most shops: the owner of a forgotten account has to be told something useful. Signing in says
/// nothing of the kind.
///
/// It takes no Idempotency-Key: a request that is repeated after a lost answer gets the 409, and signs in. Keeping a hash
/// of the request to compare would mean keeping one of the password that is quick to guess against.
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
    match users.insert(&user, hash, &call.envelope(event)).await? {
        Outcome::Committed => {
            let location = format!("/users/{}", user.user_id);
            Ok(Reply::created(user, location).etag(1))
        }
        Outcome::Refused(_) => Err(UserRefusal::EmailTaken.into()),
    }
}
