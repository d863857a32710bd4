//! Lambda's edge: everything between an invocation and an operation.
//!
//! An operation is an async function from its adapters and a typed call to a typed reply or a [`Problem`]. A binary
//! passes it to one of the `run` functions of this crate, depending on its trigger: [`http`], [`queue`], [`schedule`],
//! [`stream`] or [`authorizer`].

pub mod authorizer;
mod body;
mod call;
mod caller;
pub mod cause;
mod clock;
#[cfg(feature = "schema")]
pub mod contract;
mod environment;
mod event;
mod exchange;
mod front_door;
pub mod http;
mod list;
mod numbers;
mod outside;
mod pace;
mod problem;
mod query;
pub mod queue;
mod refusal;
mod renewed;
mod reply;
mod retries;
mod runtime;
pub mod schedule;
mod security;
mod served;
pub mod stream;
pub mod timeouts;

pub use body::{Body, NoBody, Object, Optional, RawBody, media_types};
pub use call::{Call, Form, IdempotencyKey};
pub use caller::{Account, Admin, Anyone, Authority, Callers, Service, SignedIn, Staff, Works};
pub use cause::Cause;
pub use domain::words::{present, removable};
pub use environment::{Connect, Environment, InitError, connector};
pub use exchange::{NoReply, send_once};
pub use list::{List, Paging};
pub use outside::Outside;
pub use pace::Pace;
pub use problem::{FieldError, Problem};
pub use query::NoQuery;
pub use refusal::RequestRefusal;
pub use renewed::Renewed;
pub use reply::Reply;
pub use runtime::Error;
