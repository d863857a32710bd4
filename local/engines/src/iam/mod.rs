//! The functions' permissions: their `Policies` in the template, evaluated for every call as IAM evaluates a role's policies.
//!
//! ```text
//! Call → rights::of (which actions, on which resources, under which condition keys) → Policies::check → the engine
//!                                                                                          ↳ Denial: AccessDenied
//! ```
//!
//! Only the template's own statements count. (SAM adds its own managed policies for event sources, with `Resource: "*"`;
//! a template that names the rights it needs can also be deployed with a role created elsewhere.) A function's permissions
//! boundary must also allow what its policies allow.

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
