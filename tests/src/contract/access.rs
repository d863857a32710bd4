//! `docs/api/access.md`: who gets which status from each route. `tests/flows/access.rs` sends all these requests.

use std::fmt::Write as _;

use edge::contract::{Access, Operation};

use super::operations;
use super::routes::{Route, routes};

/// Somebody who sends a request, in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Through the front door, without a token.
    Anonymous,
    /// Through the front door, as a guest.
    Guest,
    /// Through the front door, as another customer than the owner of what the path names.
    Other,
    /// Through the front door, as its owner.
    Owner,
    /// Through the front door, as an admin.
    Admin,
    /// Through the front door, with a token of the owner that has expired.
    Expired,
    /// Through the front door, with a token of the owner for another audience.
    WrongAudience,
    /// Through the front door, as the owner, in a session that was ended because its refresh token was used twice.
    RefreshedAway,
    /// To the API's own address, signed by a service whose policy allows the route.
    Service,
    /// To the API's own address, signed by a service whose policy does not.
    OtherService,
    /// To the API's own address, with an admin's token.
    AroundTheFrontDoor,
}

/// All of them, in the order of the columns.
pub const CALLERS: [Caller; 11] = [
    Caller::Anonymous,
    Caller::Guest,
    Caller::Other,
    Caller::Owner,
    Caller::Admin,
    Caller::Expired,
    Caller::WrongAudience,
    Caller::RefreshedAway,
    Caller::Service,
    Caller::OtherService,
    Caller::AroundTheFrontDoor,
];

/// Whose resources an operation for signed-in users shows or changes. Its type does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The caller's: the path names none.
    Callers,
    /// Those of the owner, for nobody else.
    Owners,
    /// Those of the owner, and an admin may see them.
    OwnersOrAdmins,
}

fn whose(operation: &str) -> Whose {
    match operation {
        "check-out"
        | "get-cart"
        | "merge-cart"
        | "put-cart-line"
        | "update-cart"
        | "list-orders"
        | "place-order"
        | "end-session"
        | "list-sessions"
        | "change-password"
        | "set-email"
        | "update-user"
        | "request-erasure"
        | "export-user"
        | "enroll-totp"
        | "confirm-totp"
        | "remove-totp"
        | "list-addresses"
        | "put-address"
        | "remove-address"
        | "watch-stock"
        | "set-up-payment-method"
        | "list-payment-methods" => Whose::Callers,
        "request-return" | "retry-payment" | "get-payment-action" | "remove-payment-method" => Whose::Owners,
        "resend-confirmation" | "cancel-order" | "get-user" | "get-order" | "get-invoice" | "get-payment" => {
            Whose::OwnersOrAdmins
        }
        unknown => panic!(
            "{unknown}: whose resources does it show or change? Say so in tests/src/contract/access.rs"
        ),
    }
}

/// Whether the session has to go on, and not only its access token.
fn needs_live_session(operation: &str) -> bool {
    match operation {
        // What the user signs in with, and the account itself.
        "change-password" | "set-email" | "enroll-totp" | "confirm-totp" | "remove-totp"
        | "request-erasure" => true,
        // Everything at once.
        "export-user" => true,
        _ => false,
    }
}

/// The status of the reply to a complete and valid request, derived from the operation's authority.
///
/// # Panics
/// If an operation for signed-in users is new, and this file does not say whose resources it is about.
#[must_use]
pub fn expected(operation: &Operation, caller: Caller) -> u16 {
    use Caller::{
        Admin, Anonymous, AroundTheFrontDoor, Expired, Guest, Other, OtherService, Owner, RefreshedAway,
        Service, WrongAudience,
    };
    let granted = operation.status;
    let access = operation.signature.access;
    match (access, caller) {
        (Access::Service, Service) => granted,
        (Access::Service, OtherService | AroundTheFrontDoor) => 403,
        // The front door has no such path.
        (Access::Service, _) => 404,
        (_, Service | OtherService | AroundTheFrontDoor) => 403,
        // What ends a session ends it here, whatever tokens it still has.
        (Access::Anyone, RefreshedAway) if operation.name == "refresh-session" => 401,
        (Access::Anyone, _) => granted,
        (_, Anonymous | Expired | WrongAudience) => 401,
        (Access::Staff | Access::Admin, Admin) => granted,
        (Access::Staff | Access::Admin, Guest | Other | Owner | RefreshedAway) => 403,
        (Access::Account, Guest) => 403,
        (Access::Account, RefreshedAway) if needs_live_session(operation.name) => 401,
        // Users with a role keep their second factor.
        (Access::Account, Admin) if operation.name == "remove-totp" => 409,
        // An access token is valid to its end, ten minutes at most.
        (Access::SignedIn | Access::Account, Owner | RefreshedAway) => granted,
        (Access::SignedIn | Access::Account, Guest | Other | Admin) => {
            match (whose(operation.name), caller) {
                (Whose::Callers, _) | (Whose::OwnersOrAdmins, Admin) => granted,
                (Whose::Owners | Whose::OwnersOrAdmins, _) => 404,
            }
        }
    }
}

/// The routes with their operations. HEAD is like GET, and is left out.
///
/// # Panics
/// When a route's operation is not described.
#[must_use]
pub fn routed() -> Vec<(Route, Operation)> {
    let operations = operations();
    let described = |route: Route| {
        let operation = operations.iter().find(|operation| operation.name == route.operation).cloned();
        let operation = operation.unwrap_or_else(|| panic!("{}: not described", route.operation));
        (route, operation)
    };
    routes().into_iter().filter(|route| route.method != "HEAD").map(described).collect()
}

const HEAD: &str = "\
# Access

Derived from the operations' authority: `BLESS=1 cargo test -p tests --test contract` writes this page.

Who gets which status for a complete and valid request.
The test `flows::access` sends each of them to a running shop, and fails if a status differs or a route is missing.
`HEAD` is answered like `GET`.

- *guest*: with the token of a session without an account.
- *customer*: signed in, but not the owner of what the path names.
- *expired*, *audience*: the owner's token, but expired, or signed for another audience.
- *ended*: the owner's token, in a session that ended because its refresh token was used twice.
  Access tokens are not looked up, so it is valid to its end, ten minutes at most.
- *service*, *unentitled*: signed by a service whose policy allows the route, or does not, and sent to the API's own address.
- *around*: an admin's token, sent to the API's own address instead of the front door's.

| route | requires | anonymous | guest | customer | owner | admin | expired | audience | ended | service | unentitled | around |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// The page.
///
/// # Panics
/// As for [`expected`].
#[must_use]
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for (route, operation) in routed() {
        let requires = match operation.signature.access {
            Access::Anyone => "nothing",
            Access::SignedIn => "a token",
            Access::Account => "an account",
            Access::Staff => "the staff role",
            Access::Admin => "the admin role",
            Access::Service => "a signature",
        };
        let statuses = CALLERS.map(|caller| expected(&operation, caller).to_string()).join(" | ");
        // Writing to a string does not fail.
        writeln!(page, "| `{} {}` | {requires} | {statuses} |", route.method, route.path).expect("a row");
    }
    page
}
