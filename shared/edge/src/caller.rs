//! Callers. An operation's type states who may call it: without that authority it is not reached.

use std::str::FromStr;

use aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;
use domain::Refusal;
use domain::words::id::{SessionId, UserId};
use domain::words::person::Role;
use http::StatusCode;
use serde_json::Value;

use crate::problem::Problem;
use crate::refusal::RequestRefusal;

/// The authority that an operation requires of its caller.
pub trait Authority: Sized + Send + 'static {
    /// Whether the caller is one of the shop's services, whose correlation id is trusted.
    const SERVICE: bool = false;
    /// Whether the operation is open to anyone.
    const PUBLIC: bool = false;

    /// Verifies the authority from the gateway authorizer's context.
    ///
    /// # Errors
    /// 401 without a valid token, 403 with insufficient authority.
    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>) -> Result<Self, Problem>;
}

/// No authority: the operation is public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anyone;

/// A user with a valid access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The user.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
    /// The user's roles.
    pub roles: Vec<Role>,
}

/// A user with [`Role::Admin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin(pub SignedIn);

/// A user with [`Role::Staff`] or [`Role::Admin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff(pub SignedIn);

/// One of the shop's services, identified by its role. The gateway has verified the signature and the permission to
/// call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The ARN of the caller's role session.
    pub arn: String,
}

impl SignedIn {
    /// Returns whether the user has [`Role::Admin`].
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.roles.contains(&Role::Admin)
    }

    /// Returns whether the user has [`Role::Staff`], or [`Role::Admin`], which includes it.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        self.is_admin() || self.roles.contains(&Role::Staff)
    }
}

impl Authority for Anyone {
    const PUBLIC: bool = true;

    fn prove(_: Option<&ApiGatewayRequestAuthorizer>) -> Result<Self, Problem> {
        Ok(Self)
    }
}

impl Authority for SignedIn {
    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>) -> Result<Self, Problem> {
        let text = |name: &str| authorizer?.fields.get(name).and_then(Value::as_str);
        // The authorizer passes a bad token on with only this value, so that the 401 can state the reason.
        if let Some(refusal) = text("refusal") {
            // The gateway remembers the authorizer's reply to a token for a minute, wherever it is sent next.
            if refusal == RequestRefusal::FrontDoorOnly.code() {
                return Err(RequestRefusal::FrontDoorOnly.into());
            }
            let detail = "the access token is not valid; sign in again or refresh the session".to_owned();
            return Err(Problem::passed_on(StatusCode::UNAUTHORIZED, refusal.to_owned(), detail));
        }
        let missing = || RequestRefusal::TokenMissing;
        Ok(Self {
            user_id: text("user_id").and_then(|id| UserId::from_str(id).ok()).ok_or_else(missing)?,
            session_id: text("session_id").and_then(|id| SessionId::from_str(id).ok()).ok_or_else(missing)?,
            roles: roles(text("roles").unwrap_or_default()),
        })
    }
}

/// Roles are one space-separated string, since an authorizer's context cannot hold lists. A role unknown to this
/// version grants nothing.
fn roles(text: &str) -> Vec<Role> {
    let known = text.split_whitespace().filter_map(|name| serde_json::from_value(Value::from(name)).ok());
    known.filter(|role| *role != Role::Unknown).collect()
}

impl Authority for Admin {
    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>) -> Result<Self, Problem> {
        let user = SignedIn::prove(authorizer)?;
        if user.is_admin() { Ok(Self(user)) } else { Err(RequestRefusal::AdminOnly.into()) }
    }
}

impl Authority for Staff {
    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>) -> Result<Self, Problem> {
        let user = SignedIn::prove(authorizer)?;
        if user.is_staff() { Ok(Self(user)) } else { Err(RequestRefusal::StaffOnly.into()) }
    }
}

impl Authority for Service {
    const SERVICE: bool = true;

    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>) -> Result<Self, Problem> {
        let arn =
            authorizer.and_then(|authorizer| authorizer.iam.as_ref()).and_then(|iam| iam.user_arn.clone());
        arn.map(|arn| Self { arn }).ok_or_else(|| RequestRefusal::ServiceOnly.into())
    }
}
