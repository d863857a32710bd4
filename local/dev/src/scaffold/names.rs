//! What a new operation is called, in each of the places that name it.

use std::collections::BTreeMap;

use clap::ValueEnum;

/// A new operation.
#[derive(Debug, Clone)]
pub struct New {
    /// Where it goes: `products/catalogue/update-product`.
    pub path: String,
    /// Its method: `PATCH`.
    pub method: String,
    /// Its path: `/products/{product_id}`.
    pub route: String,
    /// Who may call it.
    pub role: Role,
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Anyone.
    Anyone,
    /// A customer who is signed in.
    Customer,
    /// A member of the staff.
    Staff,
    /// An admin.
    Admin,
    /// Another service of the shop.
    Service,
}

/// Why an operation cannot be called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The path is not three names.
    #[error("{0:?} is not <service>/<resource>/<operation>, as in products/catalogue/update-product")]
    Path(String),
    /// There is no such service.
    #[error("{0:?} is not a service; the services are users, products, orders, payments and notifications")]
    Service(String),
    /// A name is not in the expected form.
    #[error("{0:?} is not a name in lower case, with hyphens between words")]
    Name(String),
    /// A name is a keyword of Rust, or has a meaning of its own in a service's folder.
    #[error("{0:?} cannot be the name of a module here")]
    Reserved(String),
    /// The method is not one that a route can have.
    #[error("{0:?} is not a method; use GET, POST, PUT, PATCH or DELETE")]
    Method(String),
    /// The path of the route is not valid.
    #[error("{0:?} is not the path of a route, as in /products/{{product_id}}")]
    Route(String),
    /// An internal route for others, or the other way round.
    #[error("routes for services are below /internal/, and no others are")]
    Internal,
}

pub(super) struct Names {
    pub(super) service: String,
    pub(super) resource: String,
    /// `update-product`
    pub(super) operation: String,
    /// `update_product`
    pub(super) module: String,
    /// `UpdateProduct`
    pub(super) pascal: String,
    /// `Products`
    pub(super) store: String,
    pub(super) method: &'static str,
    parameters: Vec<String>,
    route: String,
}

const SERVICES: [&str; 5] = ["users", "products", "orders", "payments", "notifications"];
/// Keywords of one word (<https://doc.rust-lang.org/reference/keywords.html>), and files that a service has anyway.
const RESERVED: [&str; 55] = [
    "abstract", "as", "async", "await", "become", "bin", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "lib",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "rows",
    "schema", "self", "static", "store", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while",
];
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

impl Names {
    pub(super) fn of(new: &New) -> Result<Self, NameError> {
        let parts: Vec<&str> = new.path.split('/').collect();
        let [service, resource, operation] = parts[..] else { return Err(NameError::Path(new.path.clone())) };
        if !SERVICES.contains(&service) {
            return Err(NameError::Service(service.to_owned()));
        }
        for name in [resource, operation] {
            if !is_name(name) {
                return Err(NameError::Name(name.to_owned()));
            }
        }
        for name in [resource, operation] {
            if RESERVED.contains(&name) {
                return Err(NameError::Reserved(name.to_owned()));
            }
        }
        let method = METHODS.into_iter().find(|known| known.eq_ignore_ascii_case(&new.method));
        let method = method.ok_or_else(|| NameError::Method(new.method.clone()))?;
        let parameters = parameters(&new.route).ok_or_else(|| NameError::Route(new.route.clone()))?;
        if new.route.starts_with("/internal/") != (new.role == Role::Service) {
            return Err(NameError::Internal);
        }
        Ok(Self {
            service: service.to_owned(),
            resource: resource.replace('-', "_"),
            operation: operation.to_owned(),
            module: operation.replace('-', "_"),
            pascal: operation.split('-').map(capitalised).collect(),
            store: capitalised(service),
            method,
            parameters,
            route: new.route.clone(),
        })
    }

    pub(super) fn has_body(&self) -> bool {
        matches!(self.method, "POST" | "PUT" | "PATCH")
    }

    /// Its entry in the contract, to be completed by hand.
    pub(super) fn contract(&self) -> String {
        let Self { operation, service, module, .. } = self;
        let path = match self.parameters.first().map(String::as_str) {
            None => "",
            Some("product_id") => ".path::<domain::words::id::ProductId>()",
            Some("order_id") => ".path::<OrderId>()",
            Some("payment_id") => ".path::<PaymentId>()",
            Some("user_id") => ".path::<UserId>()",
            Some("sku") => ".path::<Sku>()",
            Some(_) => ".path::<String>()",
        };
        format!("        operation(\"{operation}\", of({service}::{module})){path},\n")
    }

    /// Values for the path's parameters.
    pub(super) fn example_parameters(&self) -> BTreeMap<&str, String> {
        let value = |name: &str| match name.strip_suffix("_id") {
            Some(kind) => format!("{}_01KAR8J3YT5QZ8W2N6V4C1D7EH", prefix(kind)),
            None => name.to_ascii_uppercase(),
        };
        self.parameters.iter().map(|name| (name.as_str(), value(name))).collect()
    }

    pub(super) fn example_path(&self) -> String {
        self.example_parameters()
            .iter()
            .fold(self.route.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
    }
}

/// The prefix of an id: `prd` of `product`.
fn prefix(kind: &str) -> &str {
    match kind {
        "product" => "prd",
        "order" => "ord",
        "payment" => "pay",
        "user" => "usr",
        "session" => "ses",
        other => other,
    }
}

fn is_name(text: &str) -> bool {
    let is_word = |word: &str| {
        word.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split('-').all(is_word)
}

/// The names of the parameters in a route's path; `None` if it is not one.
fn parameters(route: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for segment in route.strip_prefix('/')?.split('/') {
        let name = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}'));
        let is_word = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-' | b'.'))
        };
        match name {
            Some(name) if is_word(name) => found.push(name.to_owned()),
            None if is_word(segment) => {}
            _ => return None,
        }
    }
    Some(found)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl Role {
    /// The type in the operation's `Call`; none where it is the default.
    pub(super) fn authority(self) -> Option<&'static str> {
        match self {
            Self::Anyone => Some("Anyone"),
            Self::Customer => None,
            Self::Staff => Some("Staff"),
            Self::Admin => Some("Admin"),
            Self::Service => Some("Service"),
        }
    }

    /// The authorizer of the route; none where it is the API's default.
    pub(super) fn authorizer(self) -> Option<&'static str> {
        match self {
            Self::Anyone => Some("NONE"),
            Self::Customer | Self::Staff | Self::Admin => None,
            Self::Service => Some("AWS_IAM"),
        }
    }

    /// An operation with the same authority, whose event is an example.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Anyone => "register-user",
            Self::Customer => "place-order",
            Self::Staff | Self::Admin => "create-product",
            Self::Service => "reserve-stock",
        }
    }
}
