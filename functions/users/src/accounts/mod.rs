//! The resource `/users`.

pub mod get_contact;
pub mod get_user;
pub mod password;
pub mod register_user;
pub mod rows;
