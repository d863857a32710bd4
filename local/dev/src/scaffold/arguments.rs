//! What `cargo dev new` is asked for.

use clap::{Args, ValueEnum};

use super::trigger::TriggerError;

/// One command for each trigger, for the help.
pub const EXAMPLES: &str = "\
Behind a route:
  cargo dev new products/catalogue/withdraw-product PATCH /products/{product_id} --role staff
Behind a queue, which exists and has no consumer yet:
  cargo dev new orders/orders/apply-shipment --queue shipment-events
On a schedule:
  cargo dev new payments/payments/close-books --schedule \"rate(1 day)\"";

/// A new operation.
#[derive(Debug, Clone)]
pub struct New {
    /// Where it goes: `products/catalogue/withdraw-product`.
    pub path: String,
    /// What invokes it.
    pub trigger: Trigger,
}

/// What invokes an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A route of its service's API.
    Route {
        /// Its method: `PATCH`.
        method: String,
        /// Its path: `/products/{product_id}`.
        path: String,
        /// Who may call it.
        role: Role,
    },
    /// A queue between the services: `order-events`.
    Queue(String),
    /// A schedule: `rate(1 day)`.
    Schedule(String),
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Anyone.
    Anyone,
    /// A customer who is signed in, or a guest.
    Customer,
    /// A customer with an account.
    Account,
    /// A member of the staff.
    Staff,
    /// An admin.
    Admin,
    /// Another service of the shop.
    Service,
}

/// The arguments, as they are typed.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where it goes: `<service>/<resource>/<operation>`.
    path: String,
    /// The method of its route: GET, POST, PUT, PATCH or DELETE.
    #[arg(requires = "route")]
    method: Option<String>,
    /// The path of its route, with parameters in braces.
    route: Option<String>,
    /// Who may call the route; customers who are signed in, by default.
    #[arg(long, value_enum)]
    role: Option<Role>,
    /// Instead of a route: the queue that it consumes.
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,
    /// Instead of a route: when it runs, as `rate(1 day)` or `cron(0 3 * * ? *)`, in UTC.
    #[arg(long, value_name = "EXPRESSION")]
    schedule: Option<String>,
}

impl TryFrom<Arguments> for New {
    type Error = TriggerError;

    fn try_from(arguments: Arguments) -> Result<Self, TriggerError> {
        let Arguments { path: place, method, route, role, queue, schedule } = arguments;
        let trigger = match (method.zip(route), role, queue, schedule) {
            (Some((method, path)), role, None, None) => {
                Trigger::Route { method, path, role: role.unwrap_or(Role::Customer) }
            }
            (None, None, Some(queue), None) => Trigger::Queue(queue),
            (None, None, None, Some(expression)) => Trigger::Schedule(expression),
            (None, _, None, None) => return Err(TriggerError::None),
            (None, Some(_), _, _) => return Err(TriggerError::RoleWithoutRoute),
            _ => return Err(TriggerError::Several),
        };
        Ok(Self { path: place, trigger })
    }
}

impl Role {
    /// The type in the operation's `Call`; none where it is the default.
    pub(super) fn authority(self) -> Option<&'static str> {
        match self {
            Self::Anyone => Some("Anyone"),
            Self::Customer => None,
            Self::Account => Some("Account"),
            Self::Staff => Some("Staff"),
            Self::Admin => Some("Admin"),
            Self::Service => Some("Service"),
        }
    }

    /// The authorizer of the route; none where it is the API's default.
    pub(super) fn authorizer(self) -> Option<&'static str> {
        match self {
            Self::Anyone => Some("NONE"),
            Self::Customer | Self::Account | Self::Staff | Self::Admin => None,
            Self::Service => Some("AWS_IAM"),
        }
    }

    /// An operation with the same authority, whose event is an example.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Anyone => "register-user",
            Self::Customer => "place-order",
            Self::Account => "update-user",
            Self::Staff | Self::Admin => "create-product",
            Self::Service => "reserve-stock",
        }
    }
}
