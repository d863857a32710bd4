//! Who works in the shop, and who decides that.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::{RolesChanged, UserEvent};
use crate::refusals;
use crate::users::User;
use crate::words::id::{LinkTokenId, UserId};
use crate::words::person::{Email, Role};

/// How many admins are notified of a change of roles, at most: each is an event in the transaction of the change.
pub const NOTIFIED: usize = 20;

refusals! {
    /// Why roles were not changed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum StaffRefusal {
        /// Admins do not change their own roles, so there is always one admin.
        #[error("admins cannot change their own roles")]
        OwnRoles => Forbidden, "own_roles", "Ask another admin.";
        /// The second factor of an account without a role is not the admins' to reset.
        #[error("the account has no role")]
        NotStaff => Conflict, "not_staff", "Customers are helped by an operator.";
        /// The caller's role was taken away, or their session has ended. Their access token is still valid, for some minutes.
        #[error("the caller is no longer an admin")]
        NotAdmin => Forbidden, "not_admin", "Ask an admin.";
        /// Each invitation is a mail, to an address that may be a stranger's.
        #[error("too many invitations were sent to this e-mail address; wait")]
        TooManyInvitations => TooMany, "too_many_invitations", "Try again after `Retry-After` seconds. The newest link still works.";
    }
}

impl User {
    /// Returns whether the user has a role.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        !self.roles.is_empty()
    }

    /// Returns whether the user decides who has a role.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.roles.contains(&Role::Admin)
    }

    /// Checks that this user, as stored, may decide on the roles of `other`.
    ///
    /// Two admins who take each other's role away write each other's row, so one of them is refused. Admins do not change their
    /// own roles. So there is always one.
    ///
    /// # Errors
    /// If this user is no admin, or is `other`.
    pub fn may_appoint(&self, other: Option<UserId>) -> Result<(), StaffRefusal> {
        if !self.is_admin() {
            return Err(StaffRefusal::NotAdmin);
        }
        if other == Some(self.user_id) { Err(StaffRefusal::OwnRoles) } else { Ok(()) }
    }

    /// Gives the account these roles in place of those that it has; `None` if it has them. An account with a role is not erased.
    #[must_use]
    pub fn appoint(&self, roles: &[Role]) -> Option<Self> {
        let erases_at = self.erases_at.filter(|_| roles.is_empty());
        (self.roles != roles).then(|| Self { roles: roles.to_vec(), erases_at, ..self.clone() })
    }

    /// Returns the events that notify `admins` of the account's roles, and its owner.
    #[must_use]
    pub fn roles_changed(&self, admins: &[UserId]) -> Vec<UserEvent> {
        let others = admins.iter().copied().filter(|admin| *admin != self.user_id).take(NOTIFIED);
        // The owner of an address that nobody has confirmed may be a stranger.
        let owner = self.email_verified_at.map(|_| self.user_id);
        let event = |user_id| RolesChanged { user_id, account: self.user_id, roles: self.roles.clone() };
        others.chain(owner).map(|user_id| UserEvent::RolesChanged(event(user_id))).collect()
    }
}

/// Somebody without an account who is to have roles. Only the newest link to an address creates the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The address.
    pub email: Email,
    /// The roles of the account.
    pub roles: Vec<Role>,
    /// The id that the account will have.
    pub user_id: UserId,
    /// The link; `None` if the invitation was withdrawn or accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<LinkTokenId>,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl Invitation {
    /// Invites somebody, with a link that replaces the one before it.
    #[must_use]
    pub fn invite(
        email: Email,
        roles: Vec<Role>,
        user_id: UserId,
        token_id: LinkTokenId,
        now: Timestamp,
    ) -> Self {
        Self { email, roles, user_id, token_id: Some(token_id), changed_at: now }
    }

    /// Returns the id that the account will have; `None` if the invitation has ended.
    #[must_use]
    pub fn invited(&self) -> Option<UserId> {
        self.token_id.map(|_| self.user_id)
    }

    /// Ends the invitation: its link is good no longer. `None` if it has ended.
    #[must_use]
    pub fn end(&self, now: Timestamp) -> Option<Self> {
        self.token_id.map(|_| Self { token_id: None, changed_at: now, ..self.clone() })
    }

    /// Returns whether a link is the one that creates the account.
    #[must_use]
    pub fn is_by(&self, token_id: LinkTokenId) -> bool {
        self.token_id == Some(token_id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::words::locale::Locale;
    use crate::words::person::Name;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn user(number: u128, roles: &[Role]) -> User {
        let (email, name) = (Email::try_new(format!("{number}@example.com")), Name::try_new("Ada"));
        let (id, link) = (UserId::from_parts(0, number), LinkTokenId::from_parts(0, 1));
        let (user, _) = User::register(id, email.unwrap(), name.unwrap(), Locale::default(), link, NOW);
        User { roles: roles.to_vec(), ..user }
    }

    #[test]
    fn only_admins_decide_and_not_on_themselves() {
        let (admin, staff) = (user(1, &[Role::Admin]), user(2, &[Role::Staff]));
        assert_eq!(admin.may_appoint(Some(staff.user_id)), Ok(()));
        assert_eq!(admin.may_appoint(None), Ok(()));
        assert_eq!(admin.may_appoint(Some(admin.user_id)), Err(StaffRefusal::OwnRoles));
        assert_eq!(staff.may_appoint(Some(admin.user_id)), Err(StaffRefusal::NotAdmin));
        assert_eq!(staff.appoint(&[Role::Staff]), None);
        assert!(!staff.appoint(&[]).unwrap().is_staff());
    }

    #[test]
    fn admins_and_a_proven_owner_are_notified_once_each() {
        let account = user(1, &[Role::Admin]);
        let admins: Vec<UserId> = (1..40).map(|number| UserId::from_parts(0, number)).collect();
        assert_eq!(account.roles_changed(&admins).len(), NOTIFIED, "nobody has confirmed the address");
        let events = account.confirm_email(NOW).roles_changed(&admins[..2]);
        let told: Vec<UserId> = events
            .iter()
            .map(|event| match event {
                UserEvent::RolesChanged(RolesChanged { user_id, account: about, roles }) => {
                    assert_eq!((about, &roles[..]), (&account.user_id, &[Role::Admin][..]));
                    *user_id
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(told, [admins[1], admins[0]]);
    }

    #[test]
    fn only_the_newest_link_is_good_until_the_invitation_ends() {
        let (first, second) = (LinkTokenId::from_parts(0, 1), LinkTokenId::from_parts(0, 2));
        let email = Email::try_new("ada@example.com").unwrap();
        let user_id = UserId::from_parts(0, 1);
        let invited = |token| Invitation::invite(email.clone(), vec![Role::Staff], user_id, token, NOW);
        assert!(invited(first).is_by(first) && !invited(second).is_by(first));
        let ended = invited(first).end(NOW).unwrap();
        assert!(!ended.is_by(first));
        assert_eq!((invited(first).invited(), ended.invited()), (Some(user_id), None));
        assert_eq!(ended.end(NOW), None);
    }

    proptest! {
        /// Admins appoint one another in any order, each decision on rows as they are then: one admin is always left.
        #[test]
        fn there_is_always_an_admin(decisions in prop::collection::vec((0_usize..4, 0_usize..4, 0_usize..3), 0..60)) {
            let mut users: Vec<User> = (0..4).map(|number| user(number, if number < 2 { &[Role::Admin] } else { &[] })).collect();
            for (caller, other, role) in decisions {
                let roles: &[Role] = [&[][..], &[Role::Staff], &[Role::Admin]][role];
                if users[caller].may_appoint(Some(users[other].user_id)).is_ok()
                    && let Some(changed) = users[other].appoint(roles)
                {
                    users[other] = changed;
                }
                prop_assert!(users.iter().any(User::is_admin));
            }
        }
    }
}
