//! Reasons for rejecting a request, in a form that every edge can map to a reply.

use std::error::Error;

/// A typed reason for rejecting a request. Each decision has its own enum, declared with
/// [`refusals!`](crate::refusals). Its [`Display`](std::fmt::Display) is the sentence sent to the client, unless the
/// kind is [`Kind::Internal`].
pub trait Refusal: Error + Send + Sync + 'static {
    /// Returns the kind, which the HTTP edge maps to a status, and the code. The code is a stable `snake_case` name
    /// that clients branch on, so it never changes.
    fn reason(&self) -> (Kind, &'static str);

    /// Returns only the kind.
    fn kind(&self) -> Kind {
        self.reason().0
    }

    /// Returns only the code.
    fn code(&self) -> &'static str {
        self.reason().1
    }
}

/// The kinds of refusal, named after the HTTP status (RFC 9110) that each maps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 400: the request cannot be parsed.
    Malformed,
    /// 401: the caller is not authenticated.
    Unauthorized,
    /// 403: the caller is authenticated but lacks permission.
    Forbidden,
    /// 404: the resource does not exist or belongs to another user; the reply does not distinguish the two.
    NotFound,
    /// 409: the current state does not allow it.
    Conflict,
    /// 412: the caller's version of the resource is not the current one.
    PreconditionFailed,
    /// 413: the body is larger than this operation accepts.
    TooLarge,
    /// 415: the body is not JSON.
    UnsupportedMediaType,
    /// 422: the request is well-formed but invalid.
    Invalid,
    /// 428: the request must specify the version that it changes (RFC 6585 §3).
    PreconditionRequired,
    /// 429: too many requests (RFC 6585 §4).
    TooMany,
    /// 503: a dependency is unavailable; the same request may succeed later.
    Unavailable,
    /// 500: an internal error. The cause is logged and never sent to the client.
    Internal,
}

impl Kind {
    /// Returns the HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Invalid => 422,
            Self::PreconditionRequired => 428,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// A code as listed in `docs/api/errors.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable name.
    pub code: &'static str,
    /// The kind of refusal.
    pub kind: Kind,
    /// When it is returned: the variant's doc comment.
    pub when: &'static [&'static str],
    /// What the client should do.
    pub advice: &'static str,
}

/// Declares an enum of refusals: each variant with its sentence, and then `=> kind, code, advice to the client`.
///
/// ```
/// domain::refusals! {
///     /// Why a cup was not poured.
///     #[derive(Debug)]
///     pub enum CupRefusal {
///         /// There is no coffee left.
///         #[error("no coffee left")]
///         Empty => Conflict, "no_coffee", "Make some.";
///     }
/// }
/// use domain::Refusal;
/// assert_eq!(CupRefusal::Empty.code(), "no_coffee");
/// ```
#[macro_export]
macro_rules! refusals {
    (
        $(#[$outer:meta])*
        $visibility:vis enum $name:ident {
            $(
                $(#[doc = $doc:literal])+
                #[error($($sentence:tt)+)]
                $(#[$other:meta])*
                $variant:ident $(($($tuple:tt)*))? $({$($fields:tt)*})? => $kind:ident, $code:literal, $advice:literal;
            )+
        }
    ) => {
        $(#[$outer])*
        #[derive($crate::words::refusal::ThisError)]
        $visibility enum $name {
            $(
                $(#[doc = $doc])+
                #[error($($sentence)+)]
                $(#[$other])*
                $variant $(($($tuple)*))? $({$($fields)*})?,
            )+
        }

        impl $name {
            /// All codes of the enum, for the list of all errors.
            pub const CODES: &'static [$crate::Code] = &[$(
                $crate::Code {
                    code: $code,
                    kind: $crate::Kind::$kind,
                    when: &[$($doc),+],
                    advice: $advice,
                },
            )+];
        }

        impl $crate::Refusal for $name {
            fn reason(&self) -> ($crate::Kind, &'static str) {
                match self {
                    $(Self::$variant { .. } => ($crate::Kind::$kind, $code),)+
                }
            }
        }
    };
}

#[doc(hidden)]
pub use thiserror::Error as ThisError;
