//! Why something was not done, in a form that every edge can answer with.

use std::error::Error;

/// A typed reason for not doing what was asked. Each decision has its own enum, made by [`refusals!`](crate::refusals); its
/// [`Display`](std::fmt::Display) is the sentence that the client reads, unless the kind is [`Kind::Internal`].
pub trait Refusal: Error + Send + Sync + 'static {
    /// The kind, which the HTTP edge maps to a status, and the code: a stable name in `snake_case` that clients branch on, so it
    /// never changes.
    fn reason(&self) -> (Kind, &'static str);

    /// The kind alone.
    fn kind(&self) -> Kind {
        self.reason().0
    }

    /// The code alone.
    fn code(&self) -> &'static str {
        self.reason().1
    }
}

/// The kinds of refusal, named after the HTTP status (RFC 9110) that each becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 400: the request cannot be read.
    Malformed,
    /// 401: the caller is not known.
    Unauthorized,
    /// 403: the caller is known and lacks the right.
    Forbidden,
    /// 404: the resource does not exist, or is not the caller's; the two are the same.
    NotFound,
    /// 409: the current state does not allow it.
    Conflict,
    /// 412: the version that the caller has seen is not the current one.
    PreconditionFailed,
    /// 413: the body is larger than this operation accepts.
    TooLarge,
    /// 415: the body is not JSON.
    UnsupportedMediaType,
    /// 422: the request can be read but makes no sense.
    Invalid,
    /// 428: the request has to say which version it changes (RFC 6585 §3).
    PreconditionRequired,
    /// 429: too many requests (RFC 6585 §4).
    TooMany,
    /// 503: a dependency is unavailable; the same request may succeed later.
    Unavailable,
    /// 500: a fault on our side. The cause is logged and never sent.
    Internal,
}

impl Kind {
    /// The HTTP status.
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

/// A code as `docs/api/errors.md` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The stable name.
    pub code: &'static str,
    /// The kind of refusal.
    pub kind: Kind,
    /// When it is answered: the variant's doc comment.
    pub when: &'static [&'static str],
    /// What the client does about it.
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
            /// Its codes, for the list of all errors.
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
