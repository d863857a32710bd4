//! The text of the mails.

use domain::events::{Event, OrderEvent, PaymentEvent};
use domain::words::goods::Title;
use notifications::mails::mail::{Kind, Mail};
use notifications::mails::render::Rendered;
use strum::VariantArray;

use crate::fixture::{
    failed, order, payment, placed, refund_failed as failed_refund, refunded, registered, templates,
};

fn written(event: &Event) -> Rendered {
    templates().render(&Mail::about(event).unwrap().unwrap()).unwrap()
}

fn text(event: Event) -> String {
    let rendered = written(&event);
    format!("Subject: {}\n\n{}", rendered.subject, rendered.text)
}

#[test]
fn welcome() {
    insta::assert_snapshot!(text(registered()), @r#"
    Subject: Welcome to Bodega

    Hello,

    Your account at Bodega is ready. We are glad that you are here.

    Look around the shop: https://bodega.example

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn order_received() {
    insta::assert_snapshot!(text(placed()), @r#"
    Subject: We have received your order

    Hello,

    Thank you for your order. We hold the items for you while we take the payment, and write again as soon as that is
    done.

    Order ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29.00 EUR
    1 x House blend, 250 g: 7.90 EUR

    Total: 36.90 EUR (of which tax 5.15 EUR)

    See your order: https://bodega.example/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn order_confirmed() {
    insta::assert_snapshot!(text(OrderEvent::Confirmed(order()).into()), @r#"
    Subject: Your order is confirmed

    Hello,

    Your payment has arrived and your order is confirmed. We are getting it ready.

    Order ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29.00 EUR
    1 x House blend, 250 g: 7.90 EUR

    Total: 36.90 EUR (of which tax 5.15 EUR)

    See your order: https://bodega.example/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn order_cancelled() {
    insta::assert_snapshot!(text(OrderEvent::Cancelled(order()).into()), @r#"
    Subject: Your order is cancelled

    Hello,

    Your order is cancelled. If money was taken for it, we give it back and write to you when that is done.

    Order ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29.00 EUR
    1 x House blend, 250 g: 7.90 EUR

    Total: 36.90 EUR (of which tax 5.15 EUR)

    See your order: https://bodega.example/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn order_out_of_stock() {
    insta::assert_snapshot!(text(OrderEvent::OutOfStock(order()).into()), @r#"
    Subject: We cannot deliver your order

    Hello,

    We are sorry: we cannot deliver your order, and have cancelled it. We heard of your payment only when we no longer held its
    items for you, and others have bought them since.

    We give back what you have paid and write to you when that is done.

    Order ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29.00 EUR
    1 x House blend, 250 g: 7.90 EUR

    Total: 36.90 EUR (of which tax 5.15 EUR)

    See your order: https://bodega.example/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn order_expired() {
    insta::assert_snapshot!(text(OrderEvent::Expired(order()).into()), @r#"
    Subject: Your order has expired

    Hello,

    Your order was not paid in time, so we no longer hold its items and the order has ended. If money was taken for it, we
    give it back and write to you when that is done.

    You are welcome to order again.

    Order ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: 29.00 EUR
    1 x House blend, 250 g: 7.90 EUR

    Total: 36.90 EUR (of which tax 5.15 EUR)

    See your order: https://bodega.example/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn payment_action_required() {
    insta::assert_snapshot!(text(PaymentEvent::ActionRequired(payment()).into()), @r#"
    Subject: Please confirm your payment

    Hello,

    Your bank asks you to confirm the payment of 36.90 EUR for order
    ord_00000000010000000000000002. Until you do, nothing is taken, and we hold the items for a
    short while only.

    Confirm the payment: https://bodega.example/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn payment_failed() {
    insta::assert_snapshot!(text(failed("insufficient_funds")), @r#"
    Subject: Your payment did not go through

    Hello,

    We could not take 36.90 EUR for order ord_00000000010000000000000002.
    There was not enough money available. Nothing was taken.

    The order has ended, and its items are for sale again. If you would still like to have them, please
    place a new order with another payment method.

    See your order: https://bodega.example/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn refund_failed() {
    insta::assert_snapshot!(text(failed_refund()), @r#"
    Subject: Your refund did not reach you

    Hello,

    We tried to give back 36.90 EUR for order ord_00000000010000000000000002, but your bank did not accept it.
    You do not have to do anything: we will contact you about another way to return your money.

    See your order: https://bodega.example/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn refund_succeeded() {
    insta::assert_snapshot!(text(refunded()), @r#"
    Subject: Your refund is on its way

    Hello,

    We have given back 36.90 EUR for order ord_00000000010000000000000002.
    Depending on your bank, it takes a few days until you see it.

    See your order: https://bodega.example/orders/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn html_in_titles_is_escaped() {
    let title = r#"<b onclick="x">Cup</b>"#;
    let mut order = order();
    order.lines[0].title = Title::try_new(title).unwrap();
    let rendered = written(&OrderEvent::Confirmed(order).into());
    assert!(!rendered.html.contains("<b "), "{}", rendered.html);
    assert!(rendered.html.contains("&lt;b onclick=&quot;x&quot;&gt;Cup"), "{}", rendered.html);
    assert!(rendered.text.contains(title), "plain text is not escaped");
    let html = written(&placed()).html;
    assert!(html.contains("Espresso cup, Blue &amp; white"));
    assert!(
        html.contains(r#"href="https://bodega.example/orders/ord_00000000010000000000000002""#),
        "{html}"
    );
}

#[test]
fn a_decline_code_is_not_shown_to_the_customer() {
    for code in ["stolen_card", "fraudulent", "<script>"] {
        let rendered = written(&failed(code));
        assert!(!rendered.html.contains(code) && !rendered.text.contains(code));
    }
}

#[test]
fn every_kind_has_its_own_subject() {
    let subjects: std::collections::HashSet<&str> =
        Kind::VARIANTS.iter().map(|kind| kind.subject()).collect();
    assert_eq!(subjects.len(), Kind::VARIANTS.len());
}
