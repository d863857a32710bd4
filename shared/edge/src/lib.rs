//! Lambda's edge: everything between an invocation and an operation.
//!
//! An operation is an async function from its adapters and a typed call to a typed reply or a [`Problem`]. A binary hands
//! it to one of the `run` functions in here, by what invokes it: [`http`], [`queue`], [`schedule`], [`stream`] or
//! [`authorizer`].

pub mod authorizer;
mod call;
mod caller;
mod cause;
mod environment;
pub mod http;
mod list;
mod metric;
mod outside;
mod peer;
mod problem;
mod published;
pub mod queue;
mod reply;
mod retries;
mod runtime;
pub mod schedule;
pub mod stream;
mod telemetry;
pub mod timeouts;
mod trace;

pub use call::{Body, Call, IdempotencyKey, NoBody};
pub use caller::{Admin, Anyone, Authority, Service, SignedIn};
pub use cause::Cause;
pub use environment::{Connect, Environment, InitError};
pub use list::{List, Paging};
pub use metric::{DIMENSIONS, Metric, NAMESPACE};
pub use outside::{Outside, OutsideError};
pub use peer::{Peer, PeerError};
pub use problem::{FieldError, Problem, chain};
pub use published::Published;
pub use reply::Reply;
pub use runtime::Error;
pub use telemetry::EventName;
pub use trace::{InvalidTrace, Trace};
