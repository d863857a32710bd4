//! `POST /users`: creates an account.

use domain::events::LinkPurpose;
use domain::users::link::LinkToken;
use domain::users::throttle::{Counted, REGISTRATION_MAILS, Throttle};
use domain::users::{User, UserRefusal};
use domain::words::id::LinkTokenId;
use domain::words::person::{Email, Name};
use edge::{Anyone, Call, Problem, Reply};
use serde::Deserialize;
use store::{Change, Stored};

use crate::accounts::password::{NewPassword, PasswordHash};
use crate::accounts::rows::{Credential, CredentialRow, UserRow};
use crate::links::rows::{LinkRow, ThrottleRow, throttle_key};
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

/// Creates an account, and mails its address a link that confirms it. `POST /sessions` signs in to the account.
///
/// The reply does not tell whether the address had an account already. Its owner learns of it by mail, with a link to choose
/// a new password, at most three times an hour: `docs/decisions/0038-only-the-mailbox-learns-who-is-a-customer.md`.
///
/// There is no Idempotency-Key: a client that repeats the request after a lost reply has its account.
///
/// # Errors
/// 422 if the password is the address.
pub async fn register_user(users: Users, call: Call<RegisterUser, Anyone>) -> Result<Reply<()>, Problem> {
    let RegisterUser { email, name, password } = &call.body;
    call.about_account(email.as_ref());
    if password.is(email) {
        return Err(UserRefusal::PasswordIsEmail.into());
    }
    let password_hash = PasswordHash::of(password).map_err(Problem::internal)?;
    let (user_id, link_id, counted) = (call.new_id(), call.new_id(), Counted::registrations(email));
    let register = async |found: Option<Stored<Throttle>>| {
        let found = found.map(|found| found.value);
        let again = Throttle::count(found, counted.clone(), REGISTRATION_MAILS, call.now);
        if let Some(credential) = users.credential(email).await? {
            return Ok(again.ok().map(|again| remind(again, &credential.value, link_id, &call)));
        }
        // The account is created even if others have used up the mails of its address.
        let (Ok(counter) | Err(counter)) = again;
        let link = LinkToken::issue(link_id, LinkPurpose::ConfirmEmail, user_id, email.clone(), call.now);
        let (user, event) = User::register(user_id, email.clone(), name.clone(), link_id, call.now);
        let credential = Credential { email: email.clone(), user_id, password_hash: password_hash.clone() };
        let change = Change::<ThrottleRow, Problem>::to(counter).insert::<CredentialRow>(&credential);
        Ok::<_, Problem>(Some(change.insert::<UserRow>(&user).insert::<LinkRow>(&link).emit([event])))
    };
    users.table.at::<ThrottleRow>(throttle_key(&counted)).change(&call, register).await?;
    Ok(Reply::accepted())
}

/// Mails the owner of an account a link to choose a new password.
fn remind(
    counter: Throttle,
    account: &Credential,
    link_id: LinkTokenId,
    call: &Call<RegisterUser, Anyone>,
) -> Change<ThrottleRow, Problem> {
    let (purpose, email) = (LinkPurpose::ResetPassword, account.email.clone());
    let (link, event) = LinkToken::request(link_id, purpose, account.user_id, email, call.now);
    Change::to(counter).insert::<LinkRow>(&link).emit([event])
}
