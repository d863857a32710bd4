//! What the people who work in the shop do, in whichever service.

use serde::{Deserialize, Serialize};

use crate::events::{About, events};
use crate::words::act::{Action, Subject};
use crate::words::id::UserId;

events! {
    /// The staff's events. Each service sends them from its own outbox; the action, not the source, says which service it was.
    pub enum StaffEvent from "/bodega/staff" {
        /// Somebody who works in the shop has changed something.
        Acted(StaffActed) = "bodega.staff.acted.v1" => [AuditEvents];
    }
}

/// Somebody who works in the shop has changed something. The service that owns it has its current state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StaffActed {
    /// The member of the staff who made the change.
    pub actor: UserId,
    /// The operation.
    pub action: Action,
    /// What was changed.
    pub subject: Subject,
}

impl About for StaffActed {
    fn subject(&self) -> String {
        self.subject.to_string()
    }
}
