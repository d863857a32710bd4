//! The text of the mails.

use domain::events::{Event, LinkPurpose, OrderEvent, PaymentEvent};
use domain::words::contact::{Contact, MailLink};
use domain::words::goods::Title;
use domain::words::locale::Locale;
use domain::words::person::{Email, Name};
use notifications::mails::mail::Mail;
use notifications::mails::render::Rendered;

use crate::fixture::{
    email_changed as changed_email, failed, link_requested, now, order, password_changed as changed_password,
    payment, placed, refund_failed as failed_refund, refunded, registered, registered_with_link, templates,
};

pub fn contact(locale: &str, link: Option<MailLink>) -> Contact {
    let (name, email) = (Name::try_new("Ada").unwrap(), Email::try_new("ada@example.com").unwrap());
    Contact { name, email, locale: Locale::try_new(locale).unwrap(), link }
}

pub fn written(event: &Event) -> Rendered {
    written_in("en", event)
}

pub fn written_in(locale: &str, event: &Event) -> Rendered {
    let mail = Mail::about(event).unwrap().unwrap();
    let link = mail.link.map(|_| MailLink::to("https://bodega.example", "a-page", "tok_1.secret"));
    templates().render(&mail, &contact(locale, link), now()).unwrap()
}

fn text(event: Event) -> String {
    text_in("en", &event)
}

pub fn text_in(locale: &str, event: &Event) -> String {
    let rendered = written_in(locale, event);
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
fn welcome_with_a_link() {
    insta::assert_snapshot!(text(registered_with_link()), @r#"
    Subject: Welcome to Bodega

    Hello,

    Somebody, probably you, created an account at Bodega with this address.
    Please confirm that it is yours:
    https://bodega.example/a-page#token=tok_1.secret

    If it was not you, do not open the link: somebody else has chosen the password.

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn reset_password() {
    insta::assert_snapshot!(text(link_requested(LinkPurpose::ResetPassword)), @r#"
    Subject: Choose a new password

    Hello,

    Somebody asked for a new password for your account at Bodega, or tried to
    create an account with your address, which has one already.

    If it was you, choose a new password within half an hour:
    https://bodega.example/a-page#token=tok_1.secret

    If it was not you, you do not have to do anything. Your password has not
    changed.

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn password_changed() {
    insta::assert_snapshot!(text(changed_password()), @r#"
    Subject: Your password was changed

    Hello,

    The password of your account at Bodega was changed on 23 November 2026, and all
    other devices were signed out.

    If it was not you, make sure that nobody else can read your mail, and then
    ask for a new password where you sign in.

    Go to the shop: https://bodega.example

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn confirm_email() {
    insta::assert_snapshot!(text(link_requested(LinkPurpose::ConfirmEmail)), @r#"
    Subject: Confirm your e-mail address

    Hello,

    Somebody, probably you, asked to use this address for an account at Bodega. Open the link only if
    that account is yours: otherwise, somebody else has its password.
    https://bodega.example/a-page#token=tok_1.secret

    The link can be used once and expires after 24 hours. If you do not open it, nothing changes.

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn email_changed() {
    insta::assert_snapshot!(text(changed_email()), @r#"
    Subject: Your e-mail address was changed

    Hello,

    The e-mail address of your account at Bodega was changed on 23 November 2026. Sign in with the new one.

    If it was not you, somebody else knows your password. Write to us at once, by a reply to this mail.

    --
    Bodega: https://bodega.example
    We write to you about your account and your orders only.
    "#);
}

#[test]
fn a_link_can_be_clicked_in_html_and_text() {
    for event in [registered_with_link(), link_requested(LinkPurpose::ResetPassword)] {
        let rendered = written(&event);
        let link = "https://bodega.example/a-page#token=tok_1.secret";
        assert!(rendered.html.contains(&format!("href=\"{link}\"")), "{}", rendered.html);
        assert!(rendered.text.contains(&format!("\n{link}\n")), "{}", rendered.text);
    }
}

#[test]
fn a_mail_without_the_link_that_it_is_about_is_not_written() {
    let mail = Mail::about(&link_requested(LinkPurpose::ResetPassword)).unwrap().unwrap();
    assert!(templates().render(&mail, &contact("en", None), now()).is_err());
}

#[test]
fn a_link_that_this_version_does_not_know_is_left_to_another() {
    for purpose in [LinkPurpose::Unknown, LinkPurpose::Notice] {
        let refused = Mail::about(&link_requested(purpose)).unwrap_err();
        assert_eq!(refused.name, "bodega.user.link_requested.v1");
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

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

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

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

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

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

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

    2 x Espresso cup, Blue & white: €29.00
    1 x House blend, 250 g: €7.90

    Total: €36.90 (of which tax €5.15)

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

    Your bank asks you to confirm the payment of €36.90 for order
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

    We could not take €36.90 for order ord_00000000010000000000000002.
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

    We tried to give back €36.90 for order ord_00000000010000000000000002, but your bank did not accept it.
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

    We have given back €36.90 for order ord_00000000010000000000000002.
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
