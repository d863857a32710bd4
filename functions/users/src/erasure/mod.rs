//! The end of an account.

pub mod erase_users;
pub mod request_erasure;
pub mod rows;

pub use erase_users::erase_users;
pub use request_erasure::request_erasure;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::users::UserRefusal;
    use domain::users::session::SessionRefusal;
    use edge::contract::Operation;

    vec![
        Operation::of("request-erasure", request_erasure)
            .accepted()
            .refuses(UserRefusal::CODES, &["staff_cannot_be_erased", "user_not_found"])
            .refuses(SessionRefusal::CODES, &["invalid_credentials", "session_revoked", "too_many_tries"]),
    ]
}
