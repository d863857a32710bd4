//! The resource `/password-resets`.

pub mod request_password_reset;
pub mod reset_password;

pub use request_password_reset::request_password_reset;
pub use reset_password::reset_password;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::users::UserRefusal;
    use domain::users::link::LinkRefusal;
    use edge::contract::Operation;

    vec![
        Operation::of("request-password-reset", request_password_reset).accepted(),
        Operation::of("reset-password", reset_password)
            .refuses(LinkRefusal::CODES, &["link_invalid"])
            .refuses(UserRefusal::CODES, &["password_is_email", "password_is_personal"]),
    ]
}
