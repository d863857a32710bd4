//! `POST /sessions`: signs a user in.

use domain::users::session::{Device, Session, SessionRefusal};
use domain::words::id::UserId;
use domain::words::person::Email;
use edge::{Anyone, Call, Problem, Reply};
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use store::Change;
use telemetry::Metric;

use crate::accounts::password::PasswordHash;
use crate::accounts::rows::Credential;
use crate::sessions::access_token::AccessTokens;
use crate::sessions::refresh_token::RefreshToken;
use crate::sessions::rows::SessionRow;
use crate::sessions::tokens::Tokens;
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
}

/// Starts a session.
///
/// # Errors
/// 401 if the address or the password is wrong: the same reply for both, after the same work.
pub async fn log_in(
    (access, users): (AccessTokens, Users),
    call: Call<LogIn, Anyone>,
) -> Result<Reply<Tokens>, Problem> {
    call.about_account(call.body.email.as_ref());
    let found = users.credential(&call.body.email).await?.map(|found| found.value);
    let user_id = verify(found, &call.body.password).inspect_err(measure)?;
    let user = users.get(user_id).await?.ok_or(SessionRefusal::InvalidCredentials)?.value;
    let refresh = RefreshToken::first(call.new_id())?;
    let device = call.user_agent().and_then(|name| Device::named(&name));
    let session =
        Session::start(refresh.session_id(), user_id, refresh.hashes(), call.now).with_device(device);
    let exists = || Problem::internal("the new session id exists already");
    users.table.create(&call, Change::<SessionRow, Problem>::to(session), None, exists).await?;
    call.identify(user_id, Some(refresh.session_id()));
    Ok(Reply::ok(Tokens::issue(&access, &user, &refresh, call.now)?))
}

fn measure(refused: &Problem) {
    if refused.status() == StatusCode::UNAUTHORIZED {
        Metric::LogInsRefused.publish(1);
    }
}

/// Returns the user whose password it is. One hash is always verified, so that the time reveals nothing.
fn verify(found: Option<Credential>, password: &SecretString) -> Result<UserId, Problem> {
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
    use crate::accounts::password::NewPassword;

    #[test]
    fn an_unknown_address_is_refused_like_a_wrong_password() {
        let password = NewPassword::try_from(SecretString::from("correct horse battery")).unwrap();
        let user_id = UserId::from_parts(0, 1);
        let credential = Credential {
            email: Email::try_new("ada@example.com").unwrap(),
            user_id,
            password_hash: PasswordHash::of(&password).unwrap(),
        };
        let answer = |found: Option<&Credential>, password: &str| {
            verify(found.cloned(), &password.into()).map_err(|problem| problem.code().to_owned())
        };
        assert_eq!(answer(Some(&credential), "correct horse battery"), Ok(user_id));
        let refused = Err("invalid_credentials".to_owned());
        assert_eq!(answer(Some(&credential), "Correct horse battery"), refused);
        assert_eq!(answer(None, "correct horse battery"), refused);
    }
}
