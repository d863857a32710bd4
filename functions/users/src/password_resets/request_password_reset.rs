//! `POST /password-resets`: mails a link with which the owner of an account chooses a new password.

use domain::events::LinkPurpose;
use domain::users::link::LinkToken;
use domain::users::throttle::Counted;
use domain::words::person::Email;
use edge::{Anyone, Call, Problem, Reply};
use serde::Deserialize;

use crate::store::Users;

/// A request for a link.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RequestPasswordReset {
    /// The account's address.
    pub email: Email,
}

/// Mails a link that is valid for half an hour, at most three times an hour. The reply is the same whether there is an
/// account or not, and whether a mail is sent or not.
///
/// The work is the same, too. For an address without an account the link is of a user who does not exist, so nothing is
/// mailed in the end.
///
/// # Errors
/// If the table fails.
pub async fn request_password_reset(
    users: Users,
    call: Call<RequestPasswordReset, Anyone>,
) -> Result<Reply<()>, Problem> {
    let email = &call.body.email;
    call.about_account(email.as_ref());
    let known =
        users.credential(email).await?.map(|known| (known.value.user_id, known.value.password_version));
    let (user_id, password) = known.unwrap_or_else(|| (call.new_id(), 0));
    let purpose = LinkPurpose::ResetPassword;
    let (link, event) = LinkToken::request(call.new_id(), purpose, user_id, email.clone(), call.now);
    let link = link.with_password(password);
    users.mail_link(&call, &Counted::link_mails(email), (link, event)).await?;
    Ok(Reply::accepted())
}
