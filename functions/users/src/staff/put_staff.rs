//! `PUT /admin/users/staff/{email}`: decides on somebody's roles.

use std::collections::BTreeSet;

use domain::events::LinkPurpose;
use domain::users::link::LinkToken;
use domain::users::staff::{Invitation, StaffRefusal};
use domain::users::throttle::{Counted, LINK_MAILS};
use domain::users::{User, UserRefusal};
use domain::words::id::{LinkTokenId, UserId};
use domain::words::person::{Email, Role};
use edge::{Admin, Call, Problem, Reply};
use serde::{Deserialize, Serialize};
use store::{Change, Stored};

use crate::accounts::rows::{UserRow, user_key};
use crate::links::rows::LinkRow;
use crate::second_factor::rows::SecondFactorRow;
use crate::staff::rows::{InvitationRow, invitation_key};
use crate::store::Users;

/// The roles to assign.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PutStaff {
    /// The roles: none, or one of them, since `admin` includes `staff`.
    #[cfg_attr(feature = "schema", schemars(length(max = 2)))]
    pub roles: BTreeSet<StaffRole>,
    /// Whether to remove the second factor, because its owner has lost it, and to end their sessions. They set up another one
    /// before their tokens contain roles again.
    #[serde(default)]
    pub reset_second_factor: bool,
}

/// A role that can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaffRole {
    /// Works in the shop.
    Staff,
    /// Manages the shop, and decides who else has a role.
    Admin,
}

/// The outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffMember {
    /// Whether the person has the role.
    pub status: StaffStatus,
}

/// Whether somebody has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StaffStatus {
    /// The account has the role, from its next token on.
    Active,
    /// There is no account with the address. A link to create one was mailed, which is valid for seven days.
    Invited,
    /// Nobody with this address has a role, or will have.
    Removed,
}

/// Gives or takes a role. Somebody without an account is invited by mail, three times an hour at most. Admins, up to twenty, are
/// notified of every change.
///
/// A role applies from the next token on: within ten minutes, and one more in the gateway's cache. Outside of development, it also
/// needs a session that began with a second factor: `docs/decisions/0046-who-decides-on-roles.md`.
///
/// Taking a role can be repeated: the reply is `removed` again. An address that has no account and was not invited in the past
/// week is not found, since it may be mistyped, and the role would stay with whoever has it.
///
/// # Errors
/// 403 for the caller's own account, or if the caller's role was taken away or their session has ended; 404 if roles are taken
/// from an address that has neither an account nor an invitation; 409 if nobody has confirmed the address of the account, if a
/// second factor is to be reset of somebody who has no role, or if an account was created meanwhile; 429 if the address was
/// invited too often.
pub async fn put_staff(users: Users, call: Call<PutStaff, Admin>) -> Result<Reply<StaffMember>, Problem> {
    let email: Email = call.path("email")?;
    call.about_account(email.as_ref());
    // The greatest of them includes the others.
    let roles: Vec<Role> = call.body.roles.last().copied().map(Role::from).into_iter().collect();
    let status = match users.credential(&email).await? {
        Some(credential) => appoint(&users, &call, credential.value.user_id, &roles).await?,
        None => invite(&users, &call, email, &roles).await?,
    };
    Ok(Reply::ok(StaffMember { status }))
}

async fn appoint(
    users: &Users,
    call: &Call<PutStaff, Admin>,
    user_id: UserId,
    roles: &[Role],
) -> Result<StaffStatus, Problem> {
    let admins = users.admins().await?;
    let appoint = async |found: Option<Stored<User>>| {
        let user = found.ok_or(UserRefusal::NotFound)?.value;
        let admin = users.admin(call, Some(user_id)).await?;
        if !roles.is_empty() {
            user.is_confirmed()?;
        }
        let appointed = user.appoint(roles);
        let resets = call.body.reset_second_factor;
        if resets && !user.is_staff() && roles.is_empty() {
            return Err(StaffRefusal::NotStaff.into());
        }
        let factor = if resets { users.second_factor(user_id).await? } else { None };
        // This decision replaces an invitation, whose link would be good again once the account has another address.
        let invitation = users.invitation(&user.email).await?;
        let ended = invitation.and_then(|found| Some((found.value.end(call.now)?, found)));
        if appointed.is_none() && !resets && ended.is_none() {
            return Ok::<_, Problem>(None);
        }
        let mut events = appointed.as_ref().map_or_else(Vec::new, |user| user.roles_changed(&admins));
        let mut changed = appointed.unwrap_or(user);
        if resets {
            let (without, event) = changed.change_second_factor(false, call.now);
            events.extend(event.filter(|_| changed.second_factor_since.is_some()));
            changed = without.revoke_sessions(call.now);
        }
        let mut change = Change::<UserRow, Problem>::to(changed).check::<UserRow>(&admin).emit(events);
        change = change.emit([call.acted("put-staff", user_id)]);
        if let Some(factor) = &factor {
            change = change.delete::<SecondFactorRow>(factor);
        }
        if let Some((ended, found)) = &ended {
            change = change.replace::<InvitationRow>(found, ended);
        }
        Ok(Some(change))
    };
    users.table.at::<UserRow>(user_key(user_id)).change(call, appoint).await?;
    Ok(if roles.is_empty() { StaffStatus::Removed } else { StaffStatus::Active })
}

async fn invite(
    users: &Users,
    call: &Call<PutStaff, Admin>,
    email: Email,
    roles: &[Role],
) -> Result<StaffStatus, Problem> {
    let (link_id, new_user_id): (LinkTokenId, UserId) = (call.new_id(), call.new_id());
    let invite = async |found: Option<Stored<Invitation>>| {
        let admin = users.admin(call, None).await?;
        if users.credential(&email).await?.is_some() {
            return Err(UserRefusal::EmailTaken.into());
        }
        // The account gets the id of its first invitation, so that the record of its owner's roles begins with it.
        let invited = found.as_ref().and_then(|found| found.value.invited());
        let user_id = invited.unwrap_or(new_user_id);
        let acted = call.acted("put-staff", user_id);
        if roles.is_empty() {
            // An invitation that has ended is kept for a week, so a retry of its withdrawal succeeds.
            let ended = found.ok_or(UserRefusal::NotFound)?.value.end(call.now);
            let withdraw = |ended| Change::to(ended).check::<UserRow>(&admin).emit([acted]);
            return Ok::<_, Problem>(ended.map(withdraw));
        }
        let (counted, refusal) = (Counted::invitations(&email), StaffRefusal::TooManyInvitations);
        let (email, roles) = (email.clone(), roles.to_vec());
        let (link, event) =
            LinkToken::request(link_id, LinkPurpose::Invitation, user_id, email.clone(), call.now);
        let invitation = Invitation::invite(email, roles, user_id, link_id, call.now);
        let change = Change::to(invitation).check::<UserRow>(&admin).insert::<LinkRow>(&link);
        let change = change.emit([event]).emit([acted]);
        Ok(Some(users.count_with(change, (&counted, LINK_MAILS), refusal, call.now).await?))
    };
    users.table.at::<InvitationRow>(invitation_key(&email)).change(call, invite).await?;
    Ok(if roles.is_empty() { StaffStatus::Removed } else { StaffStatus::Invited })
}

impl Users {
    /// Returns the caller's account as it is now, which may decide on the roles of `other`. A decision is written only if the
    /// account is still so, and not in a session that has ended: its device may be stolen.
    async fn admin<B>(&self, call: &Call<B, Admin>, other: Option<UserId>) -> Result<Stored<User>, Problem> {
        let Admin(caller) = &call.caller;
        let (admin, _) = self.signed_in(caller, call.now).await?.ok_or(StaffRefusal::NotAdmin)?;
        admin.value.may_appoint(other)?;
        Ok(admin)
    }
}

impl From<StaffRole> for Role {
    fn from(role: StaffRole) -> Self {
        match role {
            StaffRole::Staff => Self::Staff,
            StaffRole::Admin => Self::Admin,
        }
    }
}
