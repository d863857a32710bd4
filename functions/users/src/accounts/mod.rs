//! The resource `/users`, and what confirms an account's address.

pub mod change_password;
pub mod confirm_email;
pub mod export_user;
pub mod get_contact;
pub mod get_link;
pub mod get_user;
pub mod password;
pub mod profile;
mod reauthentication;
pub mod register_user;
pub mod rows;
pub mod set_email;
pub mod update_user;

pub use change_password::change_password;
pub use confirm_email::confirm_email;
pub use export_user::export_user;
pub use get_contact::get_contact;
pub use get_link::get_link;
pub use get_user::get_user;
pub use register_user::register_user;
pub use set_email::set_email;
pub use update_user::update_user;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::users::UserRefusal;
    use domain::users::link::LinkRefusal;
    use domain::users::session::SessionRefusal;
    use domain::words::id::{LinkTokenId, UserId};
    use edge::contract::Operation;

    vec![
        Operation::of("register-user", register_user)
            .accepted()
            .refuses(UserRefusal::CODES, &["password_is_email", "password_is_personal"]),
        Operation::of("get-user", get_user)
            .path::<get_user::Which>()
            .etag()
            .refuses(UserRefusal::CODES, &["user_not_found"])
            .refuses(SessionRefusal::CODES, &["session_revoked"]),
        Operation::of("get-contact", get_contact)
            .path::<UserId>()
            .refuses(UserRefusal::CODES, &["user_not_found"]),
        Operation::of("confirm-email", confirm_email)
            .refuses(LinkRefusal::CODES, &["link_invalid"])
            .refuses(UserRefusal::CODES, &["email_taken"]),
        Operation::of("export-user", export_user).refuses(SessionRefusal::CODES, &["session_revoked"]),
        Operation::of("get-link", get_link)
            .path::<LinkTokenId>()
            .refuses(LinkRefusal::CODES, &["link_invalid"]),
        Operation::of("change-password", change_password)
            .refuses(UserRefusal::CODES, &["password_is_email", "password_is_personal"])
            .refuses(SessionRefusal::CODES, &["invalid_credentials", "session_revoked", "too_many_tries"]),
        Operation::of("set-email", set_email)
            .accepted()
            .refuses(UserRefusal::CODES, &["password_is_email", "too_many_email_changes"])
            .refuses(SessionRefusal::CODES, &["invalid_credentials", "session_revoked"]),
        Operation::of("update-user", update_user).etag().refuses(UserRefusal::CODES, &["user_not_found"]),
    ]
}
