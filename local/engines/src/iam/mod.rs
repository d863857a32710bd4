//! The functions' permissions: their `Policies` in the template, evaluated for every call as IAM evaluates a role's policies.
//!
//! ```text
//! Call → rights::of (which actions, on which resources, under which condition keys) → Policies::check → the engine
//!                                                                                          ↳ Denial: AccessDenied
//! ```
//!
//! Only the template's own statements count. (SAM adds managed policies of its own for event sources, with `Resource: "*"`;
//! a template that names what it needs also deploys with a role that somebody else made.) And a function's permissions boundary
//! has to let through what its policies allow.

mod access;
mod denial;
mod dynamodb;
mod policies;
mod rights;

#[cfg(test)]
mod tests;

pub use access::Grant;
pub use denial::{Denial, Reason};
pub use policies::Policies;
