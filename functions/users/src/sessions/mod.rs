//! The resource `/sessions`, and the tokens that a session hands out.

pub mod access_token;
pub mod log_in;
pub mod refresh_session;
pub mod refresh_token;
pub mod rows;
pub mod tokens;

pub use log_in::log_in;
pub use refresh_session::refresh_session;
