//! How mails are rendered, and what those about orders say.

use domain::events::{
    ConfirmationRequested, EndCause, Event, OrderCancelled, OrderEvent, OrderState, OrderSummary,
    PaymentEvent,
};
use domain::words::contact::{Contact, MailLink};
use domain::words::goods::Title;
use domain::words::locale::Locale;
use domain::words::money::{Currency, Money};
use domain::words::person::{Email, Name};
use notifications::mails::mail::Mail;
use notifications::mails::render::Rendered;

use crate::fixture::{
    again_in_part, back_in_stock, failed, now, order, payment, placed, refund_failed as failed_refund,
    refunded, shipped, templates,
};

pub fn contact(locale: &str, link: Option<MailLink>) -> Contact {
    let (name, email) = (Name::try_new("Ada").unwrap(), Email::try_new("ada@example.com").unwrap());
    Contact { name, email, locale: Locale::try_new(locale).unwrap(), is_confirmed: true, link }
}

pub fn written(event: &Event) -> Rendered {
    written_in("en", event)
}

pub fn written_in(locale: &str, event: &Event) -> Rendered {
    rendered_in(locale, &Mail::about(event).unwrap()[0])
}

/// Returns a mail in a language.
pub fn rendered_in(locale: &str, mail: &Mail) -> Rendered {
    let link = mail.link.map(|_| MailLink::to("https://bodega.example", "a-page", "tok_1.secret"));
    templates().render(mail, &contact(locale, link), now()).unwrap()
}

pub fn text(event: Event) -> String {
    text_in("en", &event)
}

pub fn text_in(locale: &str, event: &Event) -> String {
    let rendered = written_in(locale, event);
    format!("Subject: {}\n\n{}", rendered.subject, rendered.text)
}

#[test]
fn an_order_with_a_number_that_is_shipped_for_a_price_says_both() {
    let shipping = Some(Money::new(490, Currency::EUR).unwrap());
    let order = OrderSummary { number: Some("X60W-P2C2M".to_owned()), shipping, ..order() };
    for (locale, named, shipped) in
        [("en", "Order X60W-P2C2M", "Shipping: €4.90"), ("de", "Bestellung X60W-P2C2M", "Versand: 4,90")]
    {
        let event = Event::Order(OrderEvent::Confirmed(order.clone()));
        let mail = written_in(locale, &event);
        assert!(mail.text.contains(named) && mail.text.contains(shipped), "{}", mail.text);
        assert!(mail.html.contains(named), "{}", mail.html);
    }
}

/// What is held on a card is not paid, and not given back.
#[test]
fn an_order_that_is_authorised_says_what_happens_to_the_money() {
    let authorized = OrderSummary { is_authorized: true, ..order() };
    let lapsed = OrderSummary { cause: Some(EndCause::AuthorizationEnded), ..authorized.clone() };
    let cancelled = |order| OrderEvent::CancelledAfterPayment(OrderCancelled { order });
    let again = ConfirmationRequested { order: authorized.clone(), state: OrderState::Confirmed };
    for (event, expected) in [
        (
            OrderEvent::ConfirmationRequested(again),
            ["is held on your card", "ist auf Ihrer Karte vorgemerkt"],
        ),
        (OrderEvent::Confirmed(authorized.clone()), ["We take it when we ship", "Wir buchen ihn ab"]),
        (OrderEvent::OutOfStock(authorized.clone()), ["No money was taken", "Es wurde nichts abgebucht"]),
        (cancelled(authorized), ["is released", "wird freigegeben"]),
        (cancelled(lapsed), ["could not ship", "nicht versenden"]),
    ] {
        for (locale, expected) in ["en", "de"].into_iter().zip(expected) {
            let mail = written_in(locale, &Event::Order(event.clone()));
            assert!(mail.text.contains(expected) && mail.html.contains(expected), "{}", mail.text);
            for other in ["has arrived", "give back", "eingegangen", "erstatten"] {
                assert!(!mail.text.contains(other), "{}", mail.text);
            }
        }
    }
}

#[test]
fn order_received() {
    insta::assert_snapshot!(text(placed()), @r#"
    Subject: We have received your order

    Hello,

    Thank you for your order. We hold the items for you while we take the payment, and write again as soon as that is
    done.

    Order ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn order_confirmed() {
    insta::assert_snapshot!(text(OrderEvent::Confirmed(order()).into()), @r#"
    Subject: Your order is confirmed

    Hello,

    Your payment has arrived and your order is confirmed. We are getting it ready.

    Order ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn an_order_of_which_pieces_were_cancelled_shows_what_is_left() {
    insta::assert_snapshot!(text(again_in_part()), @r#"
    Subject: Your order, once more

    Hello,

    Here is your order as it stands.

    The order, or a part of it, is on its way to you.

    Order ord_00000000010000000000000002

    1 x Espresso cup, Blue & white: €14.50

    Cancelled:
    1 x Espresso cup, Blue & white: €14.50
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)
    Not charged: €14.50
    Refunds: €7.90
    Remaining: €14.50

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn order_shipped() {
    insta::assert_snapshot!(text(shipped(true)), @r#"
    Subject: Your parcel is on its way

    Hello,

    Your order is on its way.

    Order X60W-P2C2M

    2 x Espresso cup, Blue & white
    1 x House blend, 250 g

    Carrier: Correos, parcel JD0146

    Follow the parcel: https://carrier.example/track?parcel=JD0146&lang=es

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
    insta::assert_snapshot!(text(shipped(false)), @r#"
    Subject: Your parcel is on its way

    Hello,

    A part of your order is on its way. The rest follows.

    Order X60W-P2C2M

    1 x House blend, 250 g

    Carrier: Correos

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
    // `/` may be escaped as well.
    let html = written(&shipped(true)).html.replace("&#x2f;", "/");
    assert!(html.contains(r#"href="https://carrier.example/track?parcel=JD0146&amp;lang=es""#), "{html}");
}

#[test]
fn order_cancelled() {
    insta::assert_snapshot!(text(OrderEvent::Cancelled(order()).into()), @r#"
    Subject: Your order is cancelled

    Hello,

    Your order is cancelled. If money was taken for it, we give it back and write to you when that is done.

    Order ord_00000000010000000000000002

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
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

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
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

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn payment_action_required() {
    insta::assert_snapshot!(text(PaymentEvent::ActionRequired(payment()).into()), @r#"
    Subject: Please confirm your payment

    Hello,

    Your bank asks you to confirm the payment of €36.90 for order
    ord_00000000010000000000000002. Until you do, nothing is taken, and we hold the items for a
    short while only.

    Confirm the payment: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn payment_failed() {
    insta::assert_snapshot!(text(failed("insufficient_funds")), @r#"
    Subject: Your payment did not go through

    Hello,

    We could not take €36.90 for order ord_00000000010000000000000002.
    There was not enough money available. Nothing was taken.

    We hold the items for a short while, so that you can pay with another payment method.

    Pay for your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn refund_failed() {
    insta::assert_snapshot!(text(failed_refund()), @r#"
    Subject: Your refund did not reach you

    Hello,

    We tried to give back €36.90 for order ord_00000000010000000000000002, but your bank did not accept it.
    You do not have to do anything: we will contact you about another way to return your money.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn refund_succeeded() {
    insta::assert_snapshot!(text(refunded()), @r#"
    Subject: Your refund is on its way

    Hello,

    We have given back €36.90 for order ord_00000000010000000000000002.
    Depending on your bank, it takes a few days until you see it.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
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
    assert!(html.contains(r#"href="https://bodega.example/order/ord_00000000010000000000000002""#), "{html}");
}

/// A phone shows 40 letters in a line, and a table is as wide as its longest word.
#[test]
fn a_long_word_in_a_title_is_broken() {
    let title = "Donaudampfschifffahrtsgesellschaftskapitänsmütze";
    let mut order = order();
    order.lines[0].title = Title::try_new(title).unwrap();
    for locale in ["en", "de"] {
        let html = written_in(locale, &OrderEvent::Confirmed(order.clone()).into()).html;
        let (before, _) = html.split_once(title).unwrap();
        let (_, cell) = before.rsplit_once("<td").unwrap();
        assert!(cell.contains("overflow-wrap:anywhere"), "{cell}");
    }
}

#[test]
fn a_decline_code_is_not_shown_to_the_customer() {
    for code in ["stolen_card", "fraudulent", "<script>"] {
        let rendered = written(&failed(code));
        assert!(!rendered.html.contains(code) && !rendered.text.contains(code));
    }
}

#[test]
fn back_in_stock_again() {
    insta::assert_snapshot!(text(back_in_stock()), @r#"
    Subject: Back in stock

    Hello,

    You asked us to tell you when this is in stock again:

      Espresso cup, Blue & white

    It is now, as long as stocks last. This is the only mail that we send you about it.

    See the article: https://bodega.example/p/prd_00000000010000000000000001

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}
