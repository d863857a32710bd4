//! Events of the user service.

use serde::{Deserialize, Serialize};

use crate::events::{About, events};
use crate::words::id::UserId;

events! {
    /// The user service's events.
    pub enum UserEvent from "/bodega/users" {
        /// An account was created.
        Registered(UserRegistered) = "bodega.user.registered.v1" => [NotificationRequests];
    }
}

/// An account was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserRegistered {
    /// The user.
    pub user_id: UserId,
}

impl About for UserRegistered {
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}
