mod change_password;
mod confirm_email;
mod get_contact;
mod get_link;
mod get_user;
mod register_user;
mod set_email;
mod update_user;
