//! The resource `/users/me/totp`: the second factor of signing in.

pub mod confirm_totp;
pub mod enroll_totp;
pub mod remove_totp;
pub mod rows;
pub mod totp;

pub use confirm_totp::confirm_totp;
pub use enroll_totp::enroll_totp;
pub use remove_totp::remove_totp;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::users::UserRefusal;
    use domain::users::second_factor::SecondFactorRefusal;
    use domain::users::session::SessionRefusal;
    use edge::contract::Operation;

    vec![
        Operation::of("enroll-totp", enroll_totp)
            .created()
            .refuses(SecondFactorRefusal::CODES, &["totp_active"])
            .refuses(UserRefusal::CODES, &["email_unconfirmed"])
            .refuses(SessionRefusal::CODES, &["invalid_credentials", "session_revoked", "too_many_tries"]),
        Operation::of("confirm-totp", confirm_totp)
            .refuses(
                SecondFactorRefusal::CODES,
                &["totp_active", "totp_not_enrolled", "code_wrong", "too_many_codes"],
            )
            .refuses(SessionRefusal::CODES, &["session_revoked"]),
        Operation::of("remove-totp", remove_totp)
            .refuses(
                SecondFactorRefusal::CODES,
                &["totp_not_enrolled", "code_wrong", "too_many_codes", "second_factor_required"],
            )
            .refuses(SessionRefusal::CODES, &["session_revoked"]),
    ]
}
