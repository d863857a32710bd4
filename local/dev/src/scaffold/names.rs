//! What a new operation is called, in each of the places that name it.

/// Why an operation cannot be called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The path is not three names.
    #[error("{0:?} is not <service>/<resource>/<operation>, as in products/catalogue/withdraw-product")]
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
}

#[derive(Debug)]
pub(super) struct Names {
    pub(super) service: String,
    pub(super) resource: String,
    /// `withdraw-product`
    pub(super) operation: String,
    /// `withdraw_product`
    pub(super) module: String,
    /// `WithdrawProduct`
    pub(super) pascal: String,
    /// `Products`
    pub(super) store: String,
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

impl Names {
    /// Reads `products/catalogue/withdraw-product`.
    pub(super) fn of(path: &str) -> Result<Self, NameError> {
        let parts: Vec<&str> = path.split('/').collect();
        let [service, resource, operation] = parts[..] else { return Err(NameError::Path(path.to_owned())) };
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
        Ok(Self {
            service: service.to_owned(),
            resource: resource.replace('-', "_"),
            operation: operation.to_owned(),
            module: operation.replace('-', "_"),
            pascal: pascal(operation),
            store: pascal(service),
        })
    }
}

fn is_name(text: &str) -> bool {
    let is_word = |word: &str| {
        word.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.split('-').all(is_word)
}

/// `WithdrawProduct` of `withdraw-product`.
pub(super) fn pascal(name: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
    };
    name.split('-').map(capitalised).collect::<Vec<String>>().concat()
}
