//! Callers. An operation's type states who may call it: without that authority it is not reached.

use std::str::FromStr;
use std::sync::Arc;

use aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;
use domain::Refusal;
use domain::words::id::{SessionId, UserId};
use domain::words::person::Role;
use http::StatusCode;
use serde_json::Value;

use crate::environment::{Connect, Environment, InitError};
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
    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>, callers: &Callers) -> Result<Self, Problem>;
}

/// The functions that may call an internal route: the variable `CALLERS` of the template. Without it, none may.
///
/// The gateway lets every principal of the account in whose policies allow the call: other stacks, other stages, people.
/// Lambda names the session of a function's role after the function.
#[derive(Debug, Clone, Default)]
pub struct Callers(Arc<[String]>);

impl Connect for Callers {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let named = environment.variables().find(|(name, _)| *name == "CALLERS");
        Ok(named.map_or("", |(_, names)| names).into())
    }
}

impl From<&str> for Callers {
    fn from(names: &str) -> Self {
        Self(names.split_whitespace().map(str::to_owned).collect())
    }
}

impl Callers {
    /// Returns whether an ARN is of a session of one of the functions' roles.
    fn include(&self, arn: &str) -> bool {
        let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
        let session = resource.strip_prefix("assumed-role/").and_then(|role| role.split_once('/'));
        session.is_some_and(|(_, name)| self.0.iter().any(|caller| caller == name))
    }
}

/// Who the gateway says has called, whether or not the operation lets them.
#[derive(Debug)]
pub(crate) enum Identity {
    /// A user with a valid token.
    User(SignedIn),
    /// An AWS principal that has signed the request.
    Service(String),
    /// Nobody, or somebody with a bad token.
    None,
}

impl Identity {
    pub(crate) fn of(authorizer: Option<&ApiGatewayRequestAuthorizer>) -> Self {
        let arn = authorizer.and_then(|authorizer| authorizer.iam.as_ref()?.user_arn.clone());
        match (arn, user(authorizer)) {
            (Some(arn), _) => Self::Service(arn),
            (None, Ok(user)) => Self::User(user),
            (None, Err(_)) => Self::None,
        }
    }

    /// Returns the user's roles, if they have any.
    pub(crate) fn roles(&self) -> Option<String> {
        let Self::User(user) = self else { return None };
        let names =
            user.roles.iter().filter_map(|role| serde_json::to_value(role).ok()?.as_str().map(str::to_owned));
        Some(names.collect::<Vec<_>>().join(" ")).filter(|names| !names.is_empty())
    }
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
    /// Whether the user is a guest: a session without an account.
    pub is_guest: bool,
    /// The guest that the user was until the session began a moment ago.
    pub merges: Option<UserId>,
}

/// A user with a valid access token and an account, so not a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account(pub SignedIn);

/// A user with [`Role::Admin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin(pub SignedIn);

/// A user with [`Role::Staff`] or [`Role::Admin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff(pub SignedIn);

/// The authority of somebody who works in the shop. Whatever they write is recorded: [`Call::acted`](crate::Call::acted).
pub trait Works: Authority {
    /// Returns the user.
    fn user(&self) -> &SignedIn;
}

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

    fn prove(_: Option<&ApiGatewayRequestAuthorizer>, _: &Callers) -> Result<Self, Problem> {
        Ok(Self)
    }
}

impl Authority for SignedIn {
    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>, _: &Callers) -> Result<Self, Problem> {
        user(authorizer)
    }
}

/// Returns the user to whom the request's token was issued.
fn user(authorizer: Option<&ApiGatewayRequestAuthorizer>) -> Result<SignedIn, Problem> {
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
    Ok(SignedIn {
        user_id: text("user_id").and_then(|id| UserId::from_str(id).ok()).ok_or_else(missing)?,
        session_id: text("session_id").and_then(|id| SessionId::from_str(id).ok()).ok_or_else(missing)?,
        roles: roles(text("roles").unwrap_or_default()),
        is_guest: text("is_guest").is_some(),
        merges: text("merges").and_then(|id| UserId::from_str(id).ok()),
    })
}

/// Roles are one space-separated string, since an authorizer's context cannot hold lists. A role unknown to this
/// version grants nothing.
fn roles(text: &str) -> Vec<Role> {
    let known = text.split_whitespace().filter_map(|name| serde_json::from_value(Value::from(name)).ok());
    known.filter(|role| *role != Role::Unknown).collect()
}

impl Authority for Account {
    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>, _: &Callers) -> Result<Self, Problem> {
        let user = user(authorizer)?;
        if user.is_guest { Err(RequestRefusal::AccountNeeded.into()) } else { Ok(Self(user)) }
    }
}

impl Authority for Admin {
    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>, _: &Callers) -> Result<Self, Problem> {
        let user = user(authorizer)?;
        if user.is_admin() { Ok(Self(user)) } else { Err(RequestRefusal::AdminOnly.into()) }
    }
}

impl Authority for Staff {
    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>, _: &Callers) -> Result<Self, Problem> {
        let user = user(authorizer)?;
        if user.is_staff() { Ok(Self(user)) } else { Err(RequestRefusal::StaffOnly.into()) }
    }
}

impl Works for Admin {
    fn user(&self) -> &SignedIn {
        &self.0
    }
}

impl Works for Staff {
    fn user(&self) -> &SignedIn {
        &self.0
    }
}

impl Authority for Service {
    const SERVICE: bool = true;

    fn prove(authorizer: Option<&ApiGatewayRequestAuthorizer>, callers: &Callers) -> Result<Self, Problem> {
        match Identity::of(authorizer) {
            Identity::Service(arn) if callers.include(&arn) => Ok(Self { arn }),
            _ => Err(RequestRefusal::ServiceOnly.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CALLERS: &str = "bodega-prod-orders-get-order bodega-prod-notifications-send-notification";

    fn signed_by(arn: &str) -> ApiGatewayRequestAuthorizer {
        serde_json::from_value(json!({ "iam": { "userArn": arn } })).unwrap()
    }

    #[test]
    fn only_the_named_functions_are_services() {
        let code = |arn: &str, callers: &str| {
            let proven = Service::prove(Some(&signed_by(arn)), &callers.into());
            proven.map(|service| service.arn).map_err(|problem| problem.code().to_owned())
        };
        let session = |name: &str| format!("arn:aws:sts::123456789012:assumed-role/any-role/{name}");
        let expected = session("bodega-prod-orders-get-order");
        assert_eq!(code(&expected, CALLERS), Ok(expected.clone()));
        let refused = Err("service_only".to_owned());
        for other in [
            session("bodega-dev-orders-get-order"),
            session("bodega-prod-orders-place-order"),
            session("ada"),
            "arn:aws:iam::123456789012:user/bodega-prod-orders-get-order".to_owned(),
            "arn:aws:iam::123456789012:root".to_owned(),
            String::new(),
        ] {
            assert_eq!(code(&other, CALLERS), refused, "{other}");
        }
        assert_eq!(code(&expected, ""), refused, "a template that names no callers");
    }
}
