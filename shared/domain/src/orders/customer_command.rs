//! Commands for a customer's orders, derived from events about the customer.

use crate::events::{Event, NotHandled, UserErased, UserEvent, UserMerged};
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
    /// The customer's account was erased: what orders hold of the person goes with it, if they need not keep it.
    Erase(UserId),
}

impl TryFrom<&Event> for CustomerCommand {
    type Error = NotHandled;

    fn try_from(event: &Event) -> Result<Self, NotHandled> {
        match event {
            Event::User(UserEvent::Merged(UserMerged { from, into })) => {
                Ok(Self::Merge { from: *from, into: *into })
            }
            Event::User(UserEvent::Erased(UserErased { user_id })) => Ok(Self::Erase(*user_id)),
            Event::User(
                UserEvent::Registered(_)
                | UserEvent::LinkRequested(_)
                | UserEvent::PasswordChanged(_)
                | UserEvent::SecondFactorChanged(_)
                | UserEvent::RolesChanged(_)
                | UserEvent::EmailChanged(_)
                | UserEvent::ErasureRequested(_),
            )
            | Event::Product(_)
            | Event::Order(_)
            | Event::Payment(_)
            | Event::Staff(_)
            | Event::Unknown(_) => Err(event.not_handled()),
        }
    }
}
