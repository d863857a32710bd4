//! The resource `/admin/users`: who works in the shop.

pub mod accept_invitation;
pub mod find_users;
pub mod put_staff;
pub mod rows;

pub use accept_invitation::accept_invitation;
pub use find_users::find_users;
pub use put_staff::put_staff;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::users::UserRefusal;
    use domain::users::link::LinkRefusal;
    use domain::users::staff::StaffRefusal;
    use domain::words::person::Email;
    use edge::contract::Operation;

    vec![
        Operation::of("put-staff", put_staff)
            .path::<Email>()
            .refuses(StaffRefusal::CODES, &["own_roles", "not_admin", "not_staff", "too_many_invitations"])
            .refuses(UserRefusal::CODES, &["user_not_found", "email_unconfirmed", "email_taken"]),
        Operation::of("accept-invitation", accept_invitation)
            .refuses(LinkRefusal::CODES, &["link_invalid"])
            .refuses(UserRefusal::CODES, &["email_taken", "password_is_email", "password_is_personal"]),
        Operation::of("find-users", find_users),
    ]
}
