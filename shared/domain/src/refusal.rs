//! Why something was not done, in a form that every edge can answer with.

use std::error::Error;

/// A typed reason for not doing what was asked. Each decision has its own enum; its [`Display`](std::fmt::Display) is the
/// sentence that the client reads, unless the kind is [`Kind::Internal`].
pub trait Refusal: Error + Send + Sync + 'static {
    /// What class of refusal this is; the HTTP edge maps it to a status.
    fn kind(&self) -> Kind;

    /// A stable, machine-readable name in `snake_case`. Clients branch on it, so it never changes.
    fn code(&self) -> &'static str;
}

/// The classes of refusal, named after the HTTP status (RFC 9110) that each becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 400: the request cannot be read.
    Malformed,
    /// 401: who is asking is not known.
    Unauthorized,
    /// 403: who is asking is known and may not.
    Forbidden,
    /// 404: there is no such thing, or it is not the caller's; the two are the same.
    NotFound,
    /// 409: the state of things does not allow it now.
    Conflict,
    /// 412: the version that the caller had seen is not the current one.
    PreconditionFailed,
    /// 413: the body is larger than this operation takes.
    TooLarge,
    /// 422: the request can be read but makes no sense.
    Invalid,
    /// 503: something needed did not answer; asking again later may work.
    Unavailable,
    /// 500: a fault on our side. The cause is logged and never sent.
    Internal,
}
