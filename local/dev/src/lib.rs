//! `cargo dev`: builds the functions, runs the deployment on this machine, and seeds the shop.

pub mod binaries;
pub mod clock;
pub mod data;
pub mod demo;
pub mod scaffold;
pub mod seed;
pub mod stop;
