//! The AWS that functions see: one endpoint in front of embedded engines that speak the real wire protocols. It knows who calls,
//! allows what the caller's policies allow, meters what is used, and lets any one call fail.

#![allow(missing_docs, reason = "what the floors of the laptop cloud give each other is named for itself")]

pub mod aws;
pub mod credentials;
pub mod faults;
pub mod iam;
pub mod testing;
