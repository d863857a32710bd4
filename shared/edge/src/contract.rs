//! What an operation's type says of its contract, for the API reference.

use domain::Code;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::call::{Body, Call};
use crate::caller::{Admin, Anyone, Authority, Service, SignedIn, Staff};
use crate::problem::Problem;
use crate::refusal::RequestRefusal;
use crate::reply::Reply;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Anyone,
    /// A user with an access token.
    SignedIn,
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
            Self::SignedIn | Self::Staff | Self::Admin => true,
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
    /// The reply's body; none where there is none.
    pub reply: Option<Describe>,
    /// Who may call.
    pub access: Access,
}

/// Reads the type of an operation.
pub fn of<A, B, W, T, F, Fut>(operation: F) -> Signature
where
    F: Fn(A, Call<B, W>) -> Fut,
    Fut: Future<Output = Result<Reply<T>, Problem>>,
    B: Body + JsonSchema,
    W: Named,
    T: JsonSchema + 'static,
{
    described_as::<T, _, _, _, _, _, _>(operation)
}

/// Reads the type of an operation whose reply is of another crate's type, which `R` describes.
pub fn described_as<R, A, B, W, T, F, Fut>(_: F) -> Signature
where
    R: JsonSchema + 'static,
    F: Fn(A, Call<B, W>) -> Fut,
    Fut: Future<Output = Result<Reply<T>, Problem>>,
    B: Body + JsonSchema,
    W: Named,
{
    let is_empty = std::any::TypeId::of::<R>() == std::any::TypeId::of::<()>();
    Signature {
        request: B::IS_READ.then_some(SchemaGenerator::subschema_for::<B> as Describe),
        reply: (!is_empty).then_some(SchemaGenerator::subschema_for::<R> as Describe),
        access: W::ACCESS,
    }
}

/// The codes of [`RequestRefusal`] by what makes the edge refuse.
#[must_use]
pub fn code(refusal: &RequestRefusal) -> Option<&'static Code> {
    use domain::Refusal;
    RequestRefusal::CODES.iter().find(|known| known.code == refusal.code())
}
