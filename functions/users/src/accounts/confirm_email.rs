//! `POST /email-confirmations`: confirms the address of an account with a link from a mail.

use domain::events::LinkPurpose;
use domain::users::link::{LinkRefusal, LinkToken};
use domain::users::{User, UserRefusal};
use domain::words::id::UserId;
use domain::words::person::{Email, EmailError, Role};
use edge::{Anyone, Call, Connect, Environment, InitError, Problem, Reply};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{Change, Stored};

use crate::accounts::rows::{Credential, CredentialRow, UserRow};
use crate::links::Links;
use crate::links::rows::LinkRow;
use crate::store::Users;

/// The proof that its sender reads the mails of an address.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmEmail {
    /// The token in the link's fragment.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub token: SecretString,
}

/// An address that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmedEmail {
    /// The account.
    pub user_id: UserId,
    /// Its address.
    pub email: Email,
}

/// The address whose account becomes the shop's first admin, once it is confirmed, as long as nobody has a role.
#[derive(Debug, Clone)]
pub struct FirstAdmin(pub Option<Email>);

impl Connect for FirstAdmin {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let name = "FIRST_ADMIN_EMAIL";
        let email = Some(environment.variable(name)?).filter(|text| !text.is_empty()).map(Email::try_new);
        let invalid = |error: EmailError| InitError::InvalidVariable { name, reason: error.to_string() };
        Ok(Self(email.transpose().map_err(invalid)?))
    }
}

/// Confirms that the owner of an account reads the mails of an address. What guests have ordered who have left that address is the
/// account's from now on. The address becomes the account's if it has another one: the old one signs in until then, and is told by
/// a mail. Nobody has to be signed in: the mail may be read on another device than the one that the account was created with.
///
/// # Errors
/// 404 if the link is invalid, was used, or has expired; 409 if the address has become another account's.
pub async fn confirm_email(
    (links, users, first_admin): (Links, Users, FirstAdmin),
    call: Call<ConfirmEmail, Anyone>,
) -> Result<Reply<ConfirmedEmail>, Problem> {
    let link = users.link(&links, &call.body.token).await?;
    call.identify(link.value.user_id, None);
    let confirmed = ConfirmedEmail { user_id: link.value.user_id, email: link.value.email.clone() };
    let notice = call.new_id();
    let is_first_admin = first_admin.0.as_ref() == Some(&confirmed.email) && !users.has_staff().await?;
    let confirm = async |found: Option<Stored<LinkToken>>| {
        let link = found.ok_or(LinkRefusal::Invalid)?.value;
        let used = link.redeem(LinkPurpose::ConfirmEmail, call.now)?;
        let user = users.get(link.user_id).await?.ok_or(LinkRefusal::Invalid)?;
        let change = Change::<LinkRow, Problem>::to(used);
        let change = users.claim_guests((&link.email, link.user_id), change, call.now).await?;
        if user.value.email == link.email {
            let confirmed = user.value.confirm_email(call.now);
            let appointed = confirmed.appoint(&[Role::Admin]).filter(|_| is_first_admin);
            let events = appointed.as_ref().map_or_else(Vec::new, |admin| admin.roles_changed(&[]));
            let confirmed = appointed.unwrap_or(confirmed);
            return Ok::<_, Problem>(Some(change.replace::<UserRow>(&user, &confirmed).emit(events)));
        }
        let credential = replaced(&users, &user.value, &link).await?;
        let moved = Credential { email: link.email.clone(), ..credential.value.clone() };
        let (changed, told) = user.value.change_email(link.email, notice, call.now);
        let change = change.rekey::<CredentialRow>(&credential, &moved).replace::<UserRow>(&user, &changed);
        Ok(Some(match told {
            Some((holder, event)) => change.insert::<LinkRow>(&holder).emit([event]),
            None => change,
        }))
    };
    users.table.seen::<LinkRow>(link).change(&call, confirm).await?;
    Ok(Reply::ok(confirmed))
}

/// Returns the credential of the account, if the link may give it another address: it is the newest that the user asked for, and
/// the password is still the one that it was asked for with.
async fn replaced(users: &Users, user: &User, link: &LinkToken) -> Result<Stored<Credential>, Problem> {
    if user.email_change != Some(link.token_id) {
        return Err(LinkRefusal::Invalid.into());
    }
    let credential = users.credential(&user.email).await?;
    let credential = credential.filter(|found| Some(found.value.password_version) == link.password_version);
    let credential = credential.ok_or(LinkRefusal::Invalid)?;
    match users.credential(&link.email).await? {
        Some(_) => Err(UserRefusal::EmailTaken.into()),
        None => Ok(credential),
    }
}
