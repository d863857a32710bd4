//! What operations refuse, with which code.

use std::collections::BTreeMap;

use domain::{Code, Kind};
use edge::RequestRefusal;
use edge::contract::{Access, Header, Operation};
use users::sessions::access_token::TokenRefusal;

/// Every list of codes, with whose it is.
#[must_use]
pub fn lists() -> Vec<(&'static str, &'static [Code])> {
    vec![
        ("Requests", RequestRefusal::CODES),
        ("Access tokens", TokenRefusal::CODES),
        ("Sessions", domain::users::session::SessionRefusal::CODES),
        ("Second factor", domain::users::second_factor::SecondFactorRefusal::CODES),
        ("Staff", domain::users::staff::StaffRefusal::CODES),
        ("Users", domain::users::UserRefusal::CODES),
        ("Addresses", domain::words::address::AddressRefusal::CODES),
        ("Address books", domain::users::address_book::AddressBookRefusal::CODES),
        ("Links", domain::users::link::LinkRefusal::CODES),
        ("Products", domain::catalogue::ProductRefusal::CODES),
        ("Categories", domain::catalogue::CategoryRefusal::CODES),
        ("Imports", domain::catalogue::ImportRefusal::CODES),
        ("Stock", domain::stock::StockRefusal::CODES),
        ("Watches", domain::stock::WatchRefusal::CODES),
        ("Carts", domain::carts::CartRefusal::CODES),
        ("Check-out", domain::carts::CheckoutRefusal::CODES),
        ("Codes", domain::promotions::CodeRefusal::CODES),
        ("Promotions", domain::promotions::PromotionRefusal::CODES),
        ("Orders", domain::orders::OrderRefusal::CODES),
        ("Cancelled pieces", domain::orders::cancelling::CancellationRefusal::CODES),
        ("Refunds", domain::orders::refunds::RefundRefusal::CODES),
        ("Returns", domain::orders::returns::ReturnRefusal::CODES),
        ("Shipments", domain::orders::fulfillment::FulfillmentRefusal::CODES),
        ("Invoices", domain::invoices::InvoiceRefusal::CODES),
        ("Settings", domain::settings::SettingRefusal::CODES),
        ("Payments", domain::payments::PaymentRefusal::CODES),
        ("Further attempts to pay", domain::payments::RetryRefusal::CODES),
        ("What to pay with", domain::words::pay_with::PayWithRefusal::CODES),
        ("Saved payment methods", domain::payments::MethodRefusal::CODES),
        ("Webhooks", domain::payments::WebhookRefusal::CODES),
        ("Ledger", domain::payments::ledger::LedgerRefusal::CODES),
        ("Data", store::Error::CODES),
    ]
}

/// The codes that an operation can answer with, by status.
#[must_use]
pub fn of(operation: &Operation) -> BTreeMap<u16, Vec<&'static str>> {
    let mut codes: Vec<&Code> = operation.refusals.clone();
    // These have codes that are no operation's choice.
    codes.extend(TokenRefusal::CODES.iter().filter(|_| needs_token(operation)));
    codes.extend(RequestRefusal::CODES.iter().filter(|code| edge_refuses(operation, code.code)));
    codes.extend(store::Error::CODES.iter().filter(|code| store_refuses(operation, code)));
    let mut statuses: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    for code in codes {
        statuses.entry(code.kind.status()).or_default().push(code.code);
    }
    for codes in statuses.values_mut() {
        codes.sort_unstable();
        codes.dedup();
    }
    statuses
}

fn needs_token(operation: &Operation) -> bool {
    operation.signature.access.needs_token()
}

/// Whether the edge refuses with this code before or within this operation.
fn edge_refuses(operation: &Operation, code: &str) -> bool {
    match code {
        "token_missing" => needs_token(operation),
        "account_needed" => operation.signature.access == Access::Account,
        "admin_only" => operation.signature.access == Access::Admin,
        "staff_only" => operation.signature.access == Access::Staff,
        "service_only" => operation.signature.access == Access::Service,
        "front_door_only" => operation.signature.access != Access::Service,
        "not_found" => !operation.path.is_empty(),
        "body_too_large" | "not_json" | "malformed_json" | "invalid_body" => {
            operation.signature.request.is_some()
        }
        "idempotency_key_missing" => operation.idempotency_key == Header::Required,
        "idempotency_key_invalid" => operation.idempotency_key != Header::Ignored,
        "precondition_required" => operation.if_match == Header::Required,
        "version_mismatch" => operation.if_match != Header::Ignored,
        "malformed_request" | "invalid_query" | "temporarily_unavailable" | "internal_error" => true,
        unknown => panic!("{unknown}: which operations does the edge answer with it? Say so here"),
    }
}

/// Whether the store refuses with this code within this operation.
fn store_refuses(operation: &Operation, code: &Code) -> bool {
    match code.code {
        "bad_cursor" => operation.list,
        "idempotency_key_reused" => operation.idempotency_key != Header::Ignored,
        _ => matches!(code.kind, Kind::Internal | Kind::Unavailable),
    }
}
