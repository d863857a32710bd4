//! What the contract says of each operation beyond its route, its authority and the types of its body and reply: those are derived.

use domain::Code;
use domain::catalogue::ProductRefusal;
use domain::orders::OrderRefusal;
use domain::payments::PaymentRefusal;
use domain::stock::StockRefusal;
use domain::users::UserRefusal;
use domain::users::session::SessionRefusal;
use domain::words::goods::Sku;
use domain::words::id::{OrderId, PaymentId, UserId};
use edge::contract::{Describe, Signature, described_as, of};
use schemars::{JsonSchema, SchemaGenerator};

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

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// What its type says.
    pub signature: Signature,
    /// The status of its reply.
    pub status: u16,
    /// Its path parameter.
    pub path: Option<Describe>,
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
    /// What it refuses, beyond what every operation of its kind does.
    pub refusals: Vec<&'static Code>,
}

/// All operations behind a route.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let operation = Operation::new;
    vec![
        operation("register-user", of(users::register_user))
            .created()
            .etag()
            .refuses(UserRefusal::CODES, &["email_taken", "password_is_email"]),
        operation("log-in", of(users::log_in)).refuses(SessionRefusal::CODES, &["invalid_credentials"]),
        operation("refresh-session", of(users::refresh_session))
            .refuses(SessionRefusal::CODES, &["invalid_refresh_token", "session_revoked"]),
        operation("get-user", of(users::get_user))
            .path::<users::accounts::get_user::Which>()
            .etag()
            .refuses(UserRefusal::CODES, &["user_not_found"]),
        operation("get-contact", of(users::get_contact))
            .path::<UserId>()
            .refuses(UserRefusal::CODES, &["user_not_found"]),
        operation("get-jwks", described_as::<users::schema::KeySet, _, _, _, _, _, _>(users::get_jwks))
            .cached(),
        operation("create-product", of(products::create_product))
            .created()
            .idempotency_key(Header::Optional)
            .refuses_all_but(ProductRefusal::CODES, &["product_not_found"]),
        operation("get-product", of(products::get_product))
            .path::<products::catalogue::get_product::Name>()
            .cached()
            .refuses(ProductRefusal::CODES, &["product_not_found"]),
        operation("list-products", of(products::list_products))
            .query::<products::catalogue::list_products::Query>()
            .list()
            .cached(),
        operation("adjust-stock", of(products::adjust_stock))
            .path::<Sku>()
            .idempotency_key(Header::Required)
            .refuses(StockRefusal::CODES, &["sku_not_found", "stock_below_zero"]),
        operation("reserve-stock", of(products::reserve_stock))
            .refuses_all_but(StockRefusal::CODES, &["sku_not_found", "stock_below_zero"]),
        operation("place-order", of(orders::place_order))
            .created()
            .idempotency_key(Header::Required)
            .refuses(OrderRefusal::CODES, &["reservation_ended", "amount_out_of_range"])
            // The product service's, passed on.
            .refuses_all_but(StockRefusal::CODES, &["sku_not_found", "stock_below_zero"]),
        operation("get-order", of(orders::get_order))
            .path::<OrderId>()
            .query::<orders::orders::get_order::Query>()
            .etag()
            .refuses(OrderRefusal::CODES, &["order_not_found"]),
        operation("list-orders", of(orders::list_orders)).query::<edge::Paging>().list(),
        operation("cancel-order", of(orders::cancel_order))
            .path::<OrderId>()
            .if_match(Header::Optional)
            .etag()
            .refuses(OrderRefusal::CODES, &["order_not_found", "order_already_paid", "order_ended"]),
        operation("get-payment", of(payments::get_payment))
            .path::<PaymentId>()
            .etag()
            .refuses(PaymentRefusal::CODES, &["payment_not_found"]),
    ]
}

impl Operation {
    fn new(name: &'static str, signature: Signature) -> Self {
        Self {
            name,
            signature,
            status: if signature.reply.is_some() { 200 } else { 204 },
            path: None,
            query: None,
            idempotency_key: Header::Ignored,
            if_match: Header::Ignored,
            etag: false,
            cached: false,
            list: false,
            refusals: Vec::new(),
        }
    }

    /// 201, with where the new thing is.
    fn created(self) -> Self {
        Self { status: 201, ..self }
    }

    fn path<T: JsonSchema>(self) -> Self {
        Self { path: Some(SchemaGenerator::subschema_for::<T>), ..self }
    }

    fn query<T: JsonSchema>(self) -> Self {
        // A query is a list of parameters, so its own schema is taken apart: not a reference to it.
        Self { query: Some(T::json_schema), ..self }
    }

    fn idempotency_key(self, idempotency_key: Header) -> Self {
        Self { idempotency_key, ..self }
    }

    fn if_match(self, if_match: Header) -> Self {
        Self { if_match, ..self }
    }

    fn etag(self) -> Self {
        Self { etag: true, ..self }
    }

    /// Cached in public, by an ETag of what it says.
    fn cached(self) -> Self {
        Self { cached: true, etag: true, ..self }
    }

    fn list(self) -> Self {
        Self { list: true, ..self }
    }

    fn refuses(mut self, codes: &'static [Code], named: &[&str]) -> Self {
        for name in named {
            let code = codes.iter().find(|code| code.code == *name);
            self.refusals.push(code.unwrap_or_else(|| panic!("{}: no code {name}", self.name)));
        }
        self
    }

    fn refuses_all_but(self, codes: &'static [Code], excepted: &[&str]) -> Self {
        for name in excepted {
            assert!(codes.iter().any(|code| code.code == *name), "{}: no code {name}", self.name);
        }
        let named: Vec<&str> =
            codes.iter().map(|code| code.code).filter(|code| !excepted.contains(code)).collect();
        self.refuses(codes, &named)
    }
}
