//! The resource `/users`.

pub mod get_contact;
pub mod get_user;
pub mod password;
pub mod register_user;
pub mod rows;

pub use get_contact::get_contact;
pub use get_user::get_user;
pub use register_user::register_user;
