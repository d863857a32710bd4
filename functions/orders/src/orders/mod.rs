//! The resource `/orders`.

pub mod apply_customer_event;
pub mod apply_payment_event;
pub mod cancel_lines;
pub mod cancel_order;
pub mod check_out;
pub mod expire_orders;
pub mod find_orders;
pub mod get_order;
pub mod list_orders;
pub mod look_up_order;
pub mod place;
pub mod place_order;
pub mod resend_confirmation;
pub mod rows;
pub mod view;

pub use apply_customer_event::apply_customer_event;
pub use apply_payment_event::apply_payment_event;
pub use cancel_lines::cancel_lines;
pub use cancel_order::cancel_order;
pub use check_out::check_out;
pub use expire_orders::expire_orders;
pub use find_orders::find_orders;
pub use get_order::get_order;
pub use list_orders::list_orders;
pub use look_up_order::look_up_order;
pub use place_order::place_order;
pub use resend_confirmation::resend_confirmation;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::carts::{CartView, CheckoutRefusal};
    use domain::orders::OrderRefusal;
    use domain::orders::cancelling::CancellationRefusal;
    use domain::payments::MethodRefusal;
    use domain::promotions::CodeRefusal;
    use domain::stock::StockRefusal;
    use domain::users::UserRefusal;
    use domain::words::address::AddressRefusal;
    use domain::words::id::OrderId;
    use domain::words::pay_with::PayWithRefusal;
    use edge::contract::{Header, Operation};

    // Both place orders. What the payment service, the user service and the product service refuse is passed on.
    let places = |operation: Operation| {
        operation
            .created()
            .idempotency_key(Header::Required)
            .refuses(
                OrderRefusal::CODES,
                &[
                    "reservation_ended",
                    "amount_out_of_range",
                    "too_many_open_orders",
                    "too_many_declines",
                    "guest_merged",
                    "contact_needed",
                ],
            )
            .refuses_all_but(CodeRefusal::CODES, &[])
            .refuses(MethodRefusal::CODES, &["payment_method_unknown"])
            .refuses(UserRefusal::CODES, &["too_many_guests"])
    };
    vec![
        places(Operation::of("place-order", place_order))
            .refuses_all_but(AddressRefusal::CODES, &[])
            .refuses_all_but(
                CheckoutRefusal::CODES,
                &["cart_empty", "address_needed", "cart_changed", "terms_not_accepted"],
            )
            .refuses(PayWithRefusal::CODES, &["payment_method_needed"])
            .refuses_all_but(StockRefusal::CODES, StockRefusal::TO_STAFF),
        places(Operation::of("check-out", check_out))
            .refuses_all_but(CheckoutRefusal::CODES, &[])
            .tells::<CartView>("total_changed", "cart")
            .refuses_all_but(PayWithRefusal::CODES, &[])
            .refuses_all_but(StockRefusal::CODES, &[StockRefusal::TO_STAFF, &["different_lines"]].concat()),
        Operation::of("look-up-order", look_up_order)
            .accepted()
            .refuses(UserRefusal::CODES, &["too_many_claims"]),
        Operation::of("get-order", get_order)
            .path::<get_order::IdOrNumber>()
            .etag()
            .refuses(OrderRefusal::CODES, &["order_not_found"]),
        Operation::of("list-orders", list_orders).list(),
        Operation::of("find-orders", find_orders).list(),
        Operation::of("resend-confirmation", resend_confirmation)
            .path::<OrderId>()
            .accepted()
            .refuses(OrderRefusal::CODES, &["order_not_found", "too_many_mails"]),
        Operation::of("cancel-lines", cancel_lines)
            .path::<OrderId>()
            .idempotency_key(Header::Required)
            .refuses(OrderRefusal::CODES, &["order_not_found"])
            .refuses_all_but(CancellationRefusal::CODES, &[]),
        Operation::of("cancel-order", cancel_order)
            .path::<OrderId>()
            .if_match(Header::Optional)
            .etag()
            .refuses(
                OrderRefusal::CODES,
                &["order_not_found", "order_already_paid", "order_shipped", "order_ended"],
            ),
    ]
}
