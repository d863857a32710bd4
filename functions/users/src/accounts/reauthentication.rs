//! The proof that a caller with an access token is the user, and not a stranger at their unlocked device.

use domain::Refusal;
use domain::users::User;
use domain::users::session::SessionRefusal;
use domain::users::throttle::{Counted, Limit};
use edge::{Account, Call, Problem};
use secrecy::SecretString;
use store::Stored;

use crate::accounts::rows::Credential;
use crate::store::Users;

impl Users {
    /// Returns the caller's account and credential, whose password it is. Each try is counted, whether or not it is right.
    ///
    /// # Errors
    /// 401 if the session has ended, or the password is wrong; `refusal` if the limit of tries has been reached; if the table
    /// fails.
    pub(crate) async fn reauthenticate<B: Send + Sync>(
        &self,
        call: &Call<B, Account>,
        password: &SecretString,
        (counted, limit): (Counted, Limit),
        refusal: impl Refusal + Clone,
    ) -> Result<(Stored<User>, Stored<Credential>), Problem> {
        // With a token of a session that has ended, nobody learns whether a password is right.
        let (user, _) = self.signed_in(&call.caller.0, call.now).await?.ok_or(SessionRefusal::Revoked)?;
        let credential = self.credential(&user.value.email).await?;
        let credential = credential.ok_or(SessionRefusal::InvalidCredentials)?;
        self.count(call, &counted, limit, refusal).await?;
        if !credential.value.password_hash.matches(password).map_err(Problem::internal)? {
            return Err(SessionRefusal::InvalidCredentials.into());
        }
        Ok((user, credential))
    }
}
