//! `POST /users`: creates an account.

use domain::events::LinkPurpose;
use domain::users::User;
use domain::users::link::LinkToken;
use domain::users::throttle::{Counted, LINK_MAILS, Throttle};
use domain::words::id::{LinkTokenId, UserId};
use domain::words::locale::Locale;
use domain::words::person::{Email, Name};
use edge::{Anyone, Call, Problem, Reply};
use secrecy::SecretString;
use serde::Deserialize;
use store::{Change, Stored};

use crate::accounts::password::{NewPassword, PasswordHash};
use crate::accounts::rows::{Credential, CredentialRow, UserRow};
use crate::guests::Known;
use crate::links::rows::{LinkRow, ThrottleRow, throttle_key};
use crate::store::{Users, counted_again};

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
    /// The language that the user reads; English if it is left out.
    #[serde(default)]
    pub locale: Locale,
    /// The newest refresh token of a guest's session, whose id and orders the account gets. One that is not valid is ignored. The
    /// session ends: `POST /sessions` starts the account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub guest_refresh_token: Option<SecretString>,
}

/// Creates an account, and mails its address a link that confirms it. `POST /sessions` signs in to the account.
///
/// The reply does not tell whether the address had an account already. Its owner learns of it by mail, with a link to choose
/// a new password, at most three times an hour: `docs/decisions/0038-only-the-mailbox-learns-who-is-a-customer.md`.
///
/// A guest who creates an account keeps the orders: `docs/decisions/0047-guests.md`.
///
/// There is no Idempotency-Key: a client that repeats the request after a lost reply has its account.
///
/// # Errors
/// 422 if the password is the address, or made of what is known of the user.
pub async fn register_user(users: Users, call: Call<RegisterUser, Anyone>) -> Result<Reply<()>, Problem> {
    let RegisterUser { email, name, password, .. } = &call.body;
    call.about_account(email.as_ref());
    password.suits(email, Some(name))?;
    let password_hash = PasswordHash::of(password).map_err(Problem::internal)?;
    let counted = Counted::link_mails(email);
    let new = New { user_id: call.new_id(), link_id: call.new_id(), password_hash };
    let register = async |found: Option<Stored<Throttle>>| {
        let again = counted_again(found, &counted, LINK_MAILS, call.now);
        let guest = users.proved_guest(call.body.guest_refresh_token.as_ref(), call.now).await?;
        let more = guest.as_ref().map_or(0, Known::rows);
        Ok::<_, Problem>(Some(match (users.credential(email).await?, again) {
            (None, Ok(counter)) => new.account(counter.forgive(), guest, &call),
            (None, Err(exhausted)) => new.account(exhausted, guest, &call),
            (Some(known), Ok(counter)) => padded(new.reminder(counter, &known, &call), 2 + more, &call),
            (Some(_), Err(exhausted)) => padded(Change::to(exhausted), 4 + more, &call),
        }))
    };
    users.table.at::<ThrottleRow>(throttle_key(&counted)).change(&call, register).await?;
    Ok(Reply::accepted())
}

/// What is created.
struct New {
    user_id: UserId,
    link_id: LinkTokenId,
    password_hash: PasswordHash,
}

type Registration = Change<ThrottleRow, Problem>;

impl New {
    /// Creates the account, with the link that its welcome brings. A guest's has the guest's id.
    fn account(
        &self,
        counter: Throttle,
        guest: Option<Known>,
        call: &Call<RegisterUser, Anyone>,
    ) -> Registration {
        let RegisterUser { email, name, locale, .. } = call.body.clone();
        let user_id = guest.as_ref().map_or(self.user_id, Known::user_id);
        let purpose = LinkPurpose::ConfirmEmail;
        let link = LinkToken::issue(self.link_id, purpose, user_id, email.clone(), call.now);
        let (user, event) = User::register(user_id, email.clone(), name, locale, self.link_id, call.now);
        let credential = Credential::first(email, user_id, self.password_hash.clone());
        let change = Change::to(counter).insert::<CredentialRow>(&credential).insert::<UserRow>(&user);
        let change = guest.into_iter().fold(change, |change, guest| guest.become_account(change));
        change.insert::<LinkRow>(&link).emit([event])
    }

    /// Mails the owner of the account that exists a link to choose a new password.
    fn reminder(
        &self,
        counter: Throttle,
        known: &Stored<Credential>,
        call: &Call<RegisterUser, Anyone>,
    ) -> Registration {
        let (purpose, Credential { email, user_id, .. }) = (LinkPurpose::ResetPassword, &known.value);
        let (link, event) = LinkToken::request(self.link_id, purpose, *user_id, email.clone(), call.now);
        let link = link.with_password(known.value.password_version);
        Change::to(counter).insert::<LinkRow>(&link).emit([event])
    }
}

/// Adds links of nobody, so that every registration writes as many rows: the time that it takes tells nothing.
fn padded(change: Registration, rows: usize, call: &Call<RegisterUser, Anyone>) -> Registration {
    let nobodys = || {
        let (id, nobody, email) = (call.new_id(), call.new_id(), call.body.email.clone());
        LinkToken::issue(id, LinkPurpose::ResetPassword, nobody, email, call.now)
    };
    (0..rows).fold(change, |change, _| change.insert::<LinkRow>(&nobodys()))
}
