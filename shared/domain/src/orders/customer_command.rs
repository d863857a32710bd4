//! Commands for a customer's orders, derived from events about the customer.

use crate::events::{Event, NotHandled, UserEvent, UserMerged};
use crate::words::id::UserId;

/// A command for all orders of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerCommand {
    /// A guest has turned out to be the owner of an account: the guest's orders become the account's.
    Merge {
        /// The guest.
        from: UserId,
        /// The account.
        into: UserId,
    },
}

impl TryFrom<&Event> for CustomerCommand {
    type Error = NotHandled;

    fn try_from(event: &Event) -> Result<Self, NotHandled> {
        match event {
            Event::User(UserEvent::Merged(UserMerged { from, into })) => {
                Ok(Self::Merge { from: *from, into: *into })
            }
            Event::User(
                UserEvent::Registered(_)
                | UserEvent::LinkRequested(_)
                | UserEvent::PasswordChanged(_)
                | UserEvent::SecondFactorChanged(_)
                | UserEvent::RolesChanged(_)
                | UserEvent::EmailChanged(_),
            )
            | Event::Product(_)
            | Event::Order(_)
            | Event::Payment(_)
            | Event::Unknown(_) => Err(event.not_handled()),
        }
    }
}
