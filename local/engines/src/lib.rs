//! The AWS endpoint that functions call. It identifies the caller, enforces the caller's policies, meters usage and
//! injects faults. Embedded engines behind it implement AWS's wire protocols.

#![allow(
    missing_docs,
    reason = "internal crates of the laptop cloud; names that are self-explanatory need no comment"
)]

pub mod aws;
pub mod credentials;
pub mod faults;
pub mod iam;
pub mod testing;
