//! Rows of the users table for invitations.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | invitation | `EMAIL#<e-mail address>` | `INVITATION` | the roles of somebody who has no account yet |

use domain::events::LinkPurpose;
use domain::users::staff::Invitation;
use domain::words::person::Email;
use store::{Item, Key, Row};

/// An invitation of somebody who has no account yet.
#[derive(Debug)]
pub struct InvitationRow;

impl Row for InvitationRow {
    type Value = Invitation;
    const KIND: &'static str = "invitation";

    fn key(invitation: &Invitation) -> Key {
        invitation_key(&invitation.email)
    }

    /// DynamoDB deletes an invitation some time after its link has expired.
    fn place(invitation: &Invitation, item: Item) -> Item {
        item.expires(invitation.changed_at + LinkPurpose::Invitation.lifetime())
    }
}

/// Returns the key of the invitation of an address.
#[must_use]
pub fn invitation_key(email: &Email) -> Key {
    Key::new(format!("EMAIL#{email}"), "INVITATION")
}
