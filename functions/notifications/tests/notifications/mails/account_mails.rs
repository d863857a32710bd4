//! What mails about accounts say.

use domain::events::LinkPurpose;
use domain::words::person::Role;
use notifications::mails::mail::Mail;

use super::render::{contact, text, written_in};
use crate::fixture::{
    email_changed as changed_email, erasure_requested, link_requested, now, order_link_requested,
    password_changed as changed_password, registered, registered_with_link, roles_changed as changed_roles,
    second_factor_changed, templates,
};

#[test]
fn welcome() {
    insta::assert_snapshot!(text(registered()), @r#"
    Subject: Welcome to Bodega

    Hello,

    Your account at Bodega is ready. We are glad that you are here.

    Look around the shop: https://bodega.example

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
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
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn a_link_to_an_order() {
    insta::assert_snapshot!(text(order_link_requested()), @r#"
    Subject: Your link to your order

    Hello,

    Somebody, probably you, asked for a link to your order X60W-P2C2M:
    https://bodega.example/a-page#token=tok_1.secret

    The link can be used once and expires after 24 hours. If you did not ask for
    it, you can ignore this mail.

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
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
    We write to you only about your account and your orders, or when you have
    asked us to.
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
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn invitation() {
    insta::assert_snapshot!(text(link_requested(LinkPurpose::Invitation)), @r#"
    Subject: You were invited to work in the shop

    Hello,

    You were invited to work in the shop at Bodega. With this link you create your
    account:
    https://bodega.example/a-page#token=tok_1.secret

    The link can be used once and expires after 7 days. If you did not expect this
    mail, do nothing.

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn roles_changed() {
    let texts = [&[Role::Admin][..], &[Role::Staff], &[]].map(|roles| text(changed_roles(roles)));
    insta::assert_snapshot!(texts[0], @r#"
    Subject: Who works in the shop has changed

    Hello,

    Since 23 November 2026, the account usr_00000000010000000000000001
    is an admin of the shop.

    If you know of no reason for this, ask the other admins at once: one of them has
    decided it, or somebody with their password and their app.

    Go to the shop: https://bodega.example

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
    for (text, says) in texts.iter().zip(["is an admin of", "works in", "no longer works in"]) {
        assert!(text.contains(&format!("{says} the shop.")), "{text}");
    }
}

#[test]
fn second_factor_added() {
    insta::assert_snapshot!(text(second_factor_changed(true)), @r#"
    Subject: Signing in now requires a code

    Hello,

    Since 23 November 2026, signing in to your account at Bodega requires a code from
    an app, in addition to the password.

    If it was not you, change your password on a device where you are still signed
    in, or ask the shop for help: without a code, you cannot sign in any more.

    Keep the recovery codes in a safe place. Each of them replaces the app once.

    Go to the shop: https://bodega.example

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn second_factor_removed() {
    insta::assert_snapshot!(text(second_factor_changed(false)), @r#"
    Subject: Signing in no longer requires a code

    Hello,

    Since 23 November 2026, signing in to your account at Bodega no longer requires a
    code: the password is sufficient.

    If it was not you, change your password and set up the app again.

    Go to the shop: https://bodega.example

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn erasure() {
    insta::assert_snapshot!(text(erasure_requested()), @r#"
    Subject: Your account will be erased

    Hello,

    Your account at Bodega will be erased on 23 December 2026, as you have
    asked. Nobody can bring it back after that.

    If you would rather keep it, or if it was not you who asked, sign in before
    then and choose to keep the account. If it was not you, change your password,
    too.

    The shop keeps what the law demands, such as what you have bought and where it
    was sent.

    Go to the shop: https://bodega.example

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
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
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn email_changed() {
    insta::assert_snapshot!(text(changed_email()), @r#"
    Subject: Your e-mail address was changed

    Hello,

    The e-mail address of your account at Bodega was changed on 23 November 2026. Sign in with the new one.

    If it was not you, somebody else knows your password. Write to us at once by replying to this mail.

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn a_link_can_be_clicked_in_html_and_text_in_every_language() {
    let link = "https://bodega.example/a-page#token=tok_1.secret";
    let purposes = [LinkPurpose::ResetPassword, LinkPurpose::ConfirmEmail].map(link_requested);
    for event in [registered_with_link()].into_iter().chain(purposes) {
        for locale in ["en", "de"] {
            let rendered = written_in(locale, &event);
            assert!(rendered.html.contains(&format!("href=\"{link}\"")), "{}", rendered.html);
            assert!(rendered.text.contains(&format!("\n{link}\n")), "{}", rendered.text);
        }
    }
}

#[test]
fn a_notice_needs_no_link() {
    let mail = Mail::about(&changed_email()).unwrap().remove(0);
    assert!(mail.link.is_some(), "it names what holds the address");
    for locale in ["en", "de"] {
        let rendered = templates().render(&mail, &contact(locale, None), now()).unwrap();
        assert!(!rendered.text.contains("token="), "{}", rendered.text);
    }
}

#[test]
fn a_mail_without_the_link_that_it_is_about_is_not_written() {
    let mail = Mail::about(&link_requested(LinkPurpose::ResetPassword)).unwrap().remove(0);
    assert!(templates().render(&mail, &contact("en", None), now()).is_err());
}

#[test]
fn a_link_that_this_version_does_not_know_is_left_to_another() {
    for purpose in [LinkPurpose::Unknown, LinkPurpose::Notice] {
        let refused = Mail::about(&link_requested(purpose)).unwrap_err();
        assert_eq!(refused.name, "bodega.user.link_requested.v1");
    }
}
