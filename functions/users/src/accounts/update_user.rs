//! `PATCH /users/me`: changes the caller's account.

use domain::users::{Edit, User, UserRefusal};
use domain::words::locale::Locale;
use domain::words::person::Name;
use edge::{Account, Call, Problem, Reply};
use serde::Deserialize;
use store::{Change, Stored};

use crate::accounts::profile::Profile;
use crate::accounts::rows::{UserRow, user_key};
use crate::store::Users;

/// What to change: a JSON merge patch (RFC 7396). Nothing of an account can be removed, so `null` is refused. The address and
/// the password have operations of their own, and roles are granted by others.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateUser {
    /// The user's name.
    #[serde(default, deserialize_with = "edge::present")]
    #[cfg_attr(feature = "schema", schemars(with = "Name"))]
    pub name: Option<Name>,
    /// The language that the user reads.
    #[serde(default, deserialize_with = "edge::present")]
    #[cfg_attr(feature = "schema", schemars(with = "Locale"))]
    pub locale: Option<Locale>,
    /// Whether the user agrees to be written to about offers.
    #[serde(default, deserialize_with = "edge::present")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    pub marketing: Option<bool>,
}

/// Changes the caller's name, language or consent.
///
/// # Errors
/// 404 if the account no longer exists.
pub async fn update_user(users: Users, call: Call<UpdateUser, Account>) -> Result<Reply<Profile>, Problem> {
    let UpdateUser { name, locale, marketing } = call.body.clone();
    let edit = Edit { name, locale, marketing };
    let update = async |found: Option<Stored<User>>| {
        let user = found.ok_or(UserRefusal::NotFound)?.value;
        Ok::<_, Problem>(user.edit(edit.clone(), call.now).map(Change::to))
    };
    let key = user_key(call.caller.0.user_id);
    let done = users.table.at::<UserRow>(key).change(&call, update).await?;
    let user = done.row.ok_or(UserRefusal::NotFound)?;
    Ok(Reply::ok(user.value.into()).etag(user.version))
}
