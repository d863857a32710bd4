//! The resource `/sessions`, and the tokens that a session hands out.

pub mod access_token;
pub mod challenge;
pub mod complete_log_in;
pub mod device_token;
pub mod end_session;
pub mod list_sessions;
pub mod log_in;
pub mod open_order_link;
pub mod refresh_session;
pub mod refresh_token;
pub mod rows;
pub mod tokens;

pub use complete_log_in::complete_log_in;
pub use end_session::end_session;
pub use list_sessions::list_sessions;
pub use log_in::log_in;
pub use open_order_link::open_order_link;
pub use refresh_session::refresh_session;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::users::UserRefusal;
    use domain::users::link::LinkRefusal;
    use domain::users::second_factor::SecondFactorRefusal;
    use domain::users::session::SessionRefusal;
    use edge::contract::Operation;

    use crate::sessions::log_in::Challenged;
    use crate::sessions::tokens::Tokens;

    vec![
        Operation::described_as::<Tokens, _, _, _, _, _, _, _>("log-in", log_in)
            .or_incomplete::<Challenged>()
            .refuses(SessionRefusal::CODES, &["invalid_credentials", "too_many_tries"]),
        Operation::of("refresh-session", refresh_session)
            .refuses(SessionRefusal::CODES, &["invalid_refresh_token", "session_revoked"]),
        Operation::of("end-session", end_session).path::<end_session::Which>(),
        Operation::of("list-sessions", list_sessions).refuses(UserRefusal::CODES, &["user_not_found"]),
        Operation::of("open-order-link", open_order_link)
            .refuses(LinkRefusal::CODES, &["link_invalid"])
            .refuses(UserRefusal::CODES, &["sign_in_needed"]),
        Operation::of("complete-log-in", complete_log_in).refuses(
            SecondFactorRefusal::CODES,
            &["code_wrong", "challenge_invalid", "totp_not_enrolled", "too_many_codes"],
        ),
    ]
}
