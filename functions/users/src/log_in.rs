//! `POST /sessions`: a user signs in.

use domain::id::UserId;
use domain::person::Email;
use domain::session::{Session, SessionRefusal};
use edge::{Anyone, Call, Problem, Reply};
use secrecy::SecretString;
use serde::Deserialize;
use store::Outcome;

use crate::access_token::AccessTokens;
use crate::password::PasswordHash;
use crate::refresh_token::RefreshToken;
use crate::store::{Credential, Users};
use crate::tokens::Tokens;

/// What a user signs in with. The rules for new passwords do not apply: they may have been others when this one was new.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// The account's address.
    pub email: Email,
    /// The password.
    pub password: SecretString,
}

/// Begins a session.
///
/// # Errors
/// 401 when the address or the password is wrong: one answer for both, after the same work.
pub async fn log_in(
    (users, access): (Users, AccessTokens),
    call: Call<LogIn, Anyone>,
) -> Result<Reply<Tokens>, Problem> {
    let found = users.credential(&call.body.email).await?;
    let user_id = recognise(found, &call.body.password)?;
    let user = users.get(user_id).await?.ok_or(SessionRefusal::InvalidCredentials)?.value;
    let refresh = RefreshToken::first(call.new_id())?;
    let session = Session::start(refresh.session_id(), user_id, refresh.hashes(), call.now);
    match users.begin(&session).await? {
        Outcome::Committed => {
            Ok(Reply::ok(Tokens::issue(&access, &user, session.session_id, &refresh, call.now)?))
        }
        Outcome::Refused(label) => Err(Problem::internal(format!("a new {label} is there already"))),
    }
}

/// Whose password it is. There is always one hash to check, and it is always checked.
fn recognise(found: Option<Credential>, password: &SecretString) -> Result<UserId, Problem> {
    let (user_id, hash) = match found {
        Some(credential) => (Some(credential.user_id), credential.password_hash),
        None => (None, PasswordHash::dummy()),
    };
    let matches = hash.matches(password).map_err(Problem::internal)?;
    Ok(user_id.filter(|_| matches).ok_or(SessionRefusal::InvalidCredentials)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::NewPassword;

    #[test]
    fn an_unknown_address_and_a_wrong_password_are_the_same() {
        let password = NewPassword::try_from(SecretString::from("correct horse battery")).unwrap();
        let user_id = UserId::from_parts(0, 1);
        let credential = Credential { user_id, password_hash: PasswordHash::of(&password).unwrap() };
        let answer = |found: Option<&Credential>, password: &str| {
            recognise(found.cloned(), &password.into()).map_err(|problem| problem.code().to_owned())
        };
        assert_eq!(answer(Some(&credential), "correct horse battery"), Ok(user_id));
        let refused = Err("invalid_credentials".to_owned());
        assert_eq!(answer(Some(&credential), "Correct horse battery"), refused);
        assert_eq!(answer(None, "correct horse battery"), refused);
    }
}
