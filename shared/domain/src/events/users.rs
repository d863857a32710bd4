//! Events of the user service.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::{About, events};
use crate::words::id::{LinkTokenId, UserId};
use crate::words::person::Role;

events! {
    /// The user service's events.
    pub enum UserEvent from "/bodega/users" {
        /// An account was created.
        Registered(UserRegistered) = "bodega.user.registered.v1" => [AccountMails];
        /// A link is to be mailed to an address, to prove that somebody reads its mails.
        LinkRequested(LinkRequested) = "bodega.user.link_requested.v1" => [AccountMails];
        /// The account has a new password.
        PasswordChanged(PasswordChanged) = "bodega.user.password_changed.v1" => [AccountMails];
        /// Signing in to the account requires a second factor from now on, or no longer does.
        SecondFactorChanged(SecondFactorChanged) = "bodega.user.second_factor_changed.v1" => [AccountMails];
        /// An account has other roles. Admins are notified of it, each by an event.
        RolesChanged(RolesChanged) = "bodega.user.roles_changed.v1" => [AccountMails];
        /// The account has another address. The address that it had, if somebody had confirmed it, is to be told.
        EmailChanged(EmailChanged) = "bodega.user.email_changed.v1" => [AccountMails];
        /// A guest has turned out to be the owner of an account. What the guest had is the account's from now on.
        Merged(UserMerged) = "bodega.user.merged.v1" => [CustomerEvents];
        /// A user has asked for the account to be erased, which can be taken back until then.
        ErasureRequested(ErasureRequested) = "bodega.user.erasure_requested.v1" => [AccountMails];
        /// An account was erased. Services erase what they hold of its owner and need not keep.
        Erased(UserErased) = "bodega.user.erased.v1" => [CustomerEvents, PaymentCommands];
    }
}

/// A link is to be mailed. The event names it, and the user service computes it when the mail is sent: an event holds
/// neither secrets nor addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkRequested {
    /// The user.
    pub user_id: UserId,
    /// The link.
    pub token_id: LinkTokenId,
    /// What the link is for.
    pub purpose: LinkPurpose,
}

/// What a link in a mail is for. `Into<&str>` gives the serialised name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    /// To confirm an address.
    ConfirmEmail,
    /// To choose a new password.
    ResetPassword,
    /// To create an account of the staff.
    Invitation,
    /// To see a guest's order.
    OrderLink,
    /// To tell an address something. There is nothing to open.
    Notice,
    /// A purpose of a newer version. To this version it is good for nothing.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// The account has a new password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasswordChanged {
    /// The user.
    pub user_id: UserId,
}

/// Signing in to the account requires a second factor from now on, or no longer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecondFactorChanged {
    /// The user.
    pub user_id: UserId,
    /// Whether it does.
    pub is_required: bool,
}

impl About for SecondFactorChanged {
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

/// An account has other roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RolesChanged {
    /// The user who is notified.
    pub user_id: UserId,
    /// The account.
    pub account: UserId,
    /// Its roles from now on.
    pub roles: Vec<Role>,
}

impl About for RolesChanged {
    fn subject(&self) -> String {
        self.account.to_string()
    }
}

/// The account has another address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EmailChanged {
    /// The user.
    pub user_id: UserId,
    /// What holds the address that the account had, for fifteen days.
    pub token_id: LinkTokenId,
}

impl About for EmailChanged {
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl About for LinkRequested {
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl About for PasswordChanged {
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

/// A guest has turned out to be the owner of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserMerged {
    /// The guest.
    pub from: UserId,
    /// The account.
    pub into: UserId,
}

impl About for UserMerged {
    fn subject(&self) -> String {
        self.from.to_string()
    }
}

/// An account is to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErasureRequested {
    /// The user.
    pub user_id: UserId,
    /// When it will be erased.
    pub erases_at: Timestamp,
}

impl About for ErasureRequested {
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

/// An account was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserErased {
    /// The user.
    pub user_id: UserId,
}

impl About for UserErased {
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

/// An account was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserRegistered {
    /// The user.
    pub user_id: UserId,
    /// The link that confirms the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_id: Option<LinkTokenId>,
}

impl About for UserRegistered {
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}
