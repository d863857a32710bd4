//! The contract of an operation: what its type says, and what its resource adds to that. The API reference is derived from it.

use std::any::TypeId;

use domain::Code;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::body::Body;
use crate::call::Call;
use crate::caller::{Account, Admin, Anyone, Authority, Service, SignedIn, Staff};
use crate::problem::Problem;
use crate::query::NoQuery;
use crate::refusal::RequestRefusal;
use crate::reply::Reply;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Anyone,
    /// A user with an access token.
    SignedIn,
    /// A user with an access token and an account, so not a guest.
    Account,
    /// A user with an access token and the admin role.
    Admin,
    /// A user with an access token and the staff role, or the admin role.
    Staff,
    /// A service of the shop.
    Service,
}

impl Access {
    /// Whether it takes an access token.
    #[must_use]
    pub fn needs_token(self) -> bool {
        match self {
            Self::SignedIn | Self::Account | Self::Staff | Self::Admin => true,
            Self::Anyone | Self::Service => false,
        }
    }
}

/// An authority whose name is known.
pub trait Named: Authority {
    /// Its name.
    const ACCESS: Access;
}

impl Named for Anyone {
    const ACCESS: Access = Access::Anyone;
}

impl Named for SignedIn {
    const ACCESS: Access = Access::SignedIn;
}

impl Named for Account {
    const ACCESS: Access = Access::Account;
}

impl Named for Admin {
    const ACCESS: Access = Access::Admin;
}

impl Named for Staff {
    const ACCESS: Access = Access::Staff;
}

impl Named for Service {
    const ACCESS: Access = Access::Service;
}

/// Makes the schema of a type.
pub type Describe = fn(&mut SchemaGenerator) -> Schema;

/// What the type of an operation says.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// The request's body; none where it is not read.
    pub request: Option<Describe>,
    /// Whether the request's body may be left out.
    pub is_request_optional: bool,
    /// The reply's body; none where there is none.
    pub reply: Option<Describe>,
    /// Who may call.
    pub access: Access,
}

/// The codes of [`RequestRefusal`] by what makes the edge refuse.
#[must_use]
pub fn code(refusal: &RequestRefusal) -> Option<&'static Code> {
    use domain::Refusal;
    RequestRefusal::CODES.iter().find(|known| known.code == refusal.code())
}

/// A header that the client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// It is not looked at.
    Ignored,
    /// It may be sent.
    Optional,
    /// Without it the request is refused.
    Required,
}

/// An operation behind a route: its type, and what no type says.
#[derive(Debug, Clone)]
#[must_use]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// What its type says.
    pub signature: Signature,
    /// The status of its reply.
    pub status: u16,
    /// The body of its 202, if it has one beside its reply.
    pub incomplete: Option<Describe>,
    /// Whether it answers 200 instead of its status if it has replaced something.
    pub replaces: bool,
    /// Its path parameter.
    pub path: Vec<Describe>,
    /// Its query.
    pub query: Option<Describe>,
    /// Whether it takes `Idempotency-Key`.
    pub idempotency_key: Header,
    /// Whether it takes `If-Match`.
    pub if_match: Header,
    /// Whether its reply has an `ETag`.
    pub etag: bool,
    /// Whether anyone may cache its reply.
    pub cached: bool,
    /// Whether its reply is a page of a list.
    pub list: bool,
    /// Whether it answers with HTML to those who prefer it.
    pub page: bool,
    /// What it refuses, beyond what every operation of its kind does.
    pub refusals: Vec<&'static Code>,
    /// What a refusal holds beyond what every one does: its code, and the member's name and type.
    pub members: Vec<(&'static str, &'static str, Describe)>,
    /// Codes that are named here and not in their list of codes. A test expects none.
    pub unknown: Vec<&'static str>,
}

impl Operation {
    /// Begins an entry with what the operation's type says: 200 with its reply, or 204 if that has no body.
    pub fn of<A, B, W, Q, T, F, Fut>(name: &'static str, operation: F) -> Self
    where
        F: Fn(A, Call<B, W, Q>) -> Fut,
        Fut: Future<Output = Result<Reply<T>, Problem>>,
        B: Body + JsonSchema,
        W: Named,
        Q: JsonSchema + 'static,
        T: JsonSchema + 'static,
    {
        Self::described_as::<T, _, _, _, _, _, _, _>(name, operation)
    }

    /// Begins the entry of an operation whose reply is of another crate's type, which `R` describes.
    pub fn described_as<R, A, B, W, Q, T, F, Fut>(name: &'static str, _: F) -> Self
    where
        R: JsonSchema + 'static,
        F: Fn(A, Call<B, W, Q>) -> Fut,
        Fut: Future<Output = Result<Reply<T>, Problem>>,
        B: Body + JsonSchema,
        W: Named,
        Q: JsonSchema + 'static,
    {
        let is_empty = TypeId::of::<R>() == TypeId::of::<()>();
        let has_query = TypeId::of::<Q>() != TypeId::of::<NoQuery>();
        Self {
            name,
            signature: Signature {
                request: B::IS_READ.then_some(SchemaGenerator::subschema_for::<B> as Describe),
                is_request_optional: B::IS_OPTIONAL,
                reply: (!is_empty).then_some(SchemaGenerator::subschema_for::<R> as Describe),
                access: W::ACCESS,
            },
            status: if is_empty { 204 } else { 200 },
            incomplete: None,
            replaces: false,
            path: Vec::new(),
            // A query is a list of parameters, so its own schema is taken apart: not a reference to it.
            query: has_query.then_some(Q::json_schema as Describe),
            idempotency_key: Header::Ignored,
            if_match: Header::Ignored,
            etag: false,
            cached: false,
            list: false,
            page: false,
            refusals: Vec::new(),
            members: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// 201, with where the new thing is.
    pub fn created(self) -> Self {
        Self { status: 201, ..self }
    }

    /// 202: the request was taken, and its effect comes later.
    pub fn accepted(self) -> Self {
        Self { status: 202, ..self }
    }

    /// It may also answer 202 with an `R`, which tells how the request is completed.
    pub fn or_incomplete<R: JsonSchema>(self) -> Self {
        Self { incomplete: Some(SchemaGenerator::subschema_for::<R>), ..self }
    }

    /// 200 if there was something under its name, which it has replaced.
    pub fn or_replaced(self) -> Self {
        Self { replaces: true, ..self }
    }

    /// The type of its path parameter; of the next one, if there are several.
    pub fn path<T: JsonSchema>(mut self) -> Self {
        self.path.push(SchemaGenerator::subschema_for::<T>);
        self
    }

    /// Whether it takes `Idempotency-Key`.
    pub fn idempotency_key(self, idempotency_key: Header) -> Self {
        Self { idempotency_key, ..self }
    }

    /// Whether it takes `If-Match`.
    pub fn if_match(self, if_match: Header) -> Self {
        Self { if_match, ..self }
    }

    /// Its reply has an `ETag`.
    pub fn etag(self) -> Self {
        Self { etag: true, ..self }
    }

    /// Cached in public, by an `ETag` of what it says.
    pub fn cached(self) -> Self {
        Self { cached: true, etag: true, ..self }
    }

    /// Its reply is a page of a list.
    pub fn list(self) -> Self {
        Self { list: true, ..self }
    }

    /// It answers with HTML to those who prefer it.
    pub fn or_page(self) -> Self {
        Self { page: true, ..self }
    }

    /// These of `codes`.
    pub fn refuses(mut self, codes: &'static [Code], named: &[&'static str]) -> Self {
        for name in named {
            match codes.iter().find(|code| code.code == *name) {
                Some(code) => self.refusals.push(code),
                None => self.unknown.push(name),
            }
        }
        self
    }

    /// The refusal with this code has a further member (RFC 9457 §3.2).
    pub fn tells<T: JsonSchema>(mut self, code: &'static str, member: &'static str) -> Self {
        self.members.push((code, member, SchemaGenerator::subschema_for::<T>));
        self
    }

    /// All `codes` but these.
    pub fn refuses_all_but(mut self, codes: &'static [Code], excepted: &[&'static str]) -> Self {
        let is_code = |name: &&&str| codes.iter().any(|code| code.code == **name);
        self.unknown.extend(excepted.iter().filter(|name| !is_code(name)));
        self.refusals.extend(codes.iter().filter(|code| !excepted.contains(&code.code)));
        self
    }
}
