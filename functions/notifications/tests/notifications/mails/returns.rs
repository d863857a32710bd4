//! What mails about returns say.

use super::render::{text, written};
use crate::fixture::{
    lines_cancelled, noted, return_decided, return_received, return_requested, statement_received,
};

#[test]
fn a_withdrawal_is_acknowledged_with_what_it_covers_and_when_it_came() {
    insta::assert_snapshot!(text(return_requested(true, true)), @r#"
    Subject: We have received your return

    Hello,

    We have received your withdrawal from the contract on 23 November 2026,
    at 10:00 UTC. It covers:

    Order X60W-P2C2M

    1 x House blend, 250 g

    Please send the goods back by 7 December 2026. Where to is on the page of
    your order. You get your money back by 7 December 2026, but we may
    wait until we have the goods.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn a_withdrawal_before_shipping_leaves_nothing_to_send() {
    insta::assert_snapshot!(text(return_requested(true, false)), @r#"
    Subject: We have received your return

    Hello,

    We have received your withdrawal from the contract on 23 November 2026,
    at 10:00 UTC. It covers:

    Order X60W-P2C2M

    1 x House blend, 250 g

    Nothing was shipped yet, so the order is cancelled, and there is nothing for
    you to send. Whatever you have paid comes back by 7 December 2026.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn a_defect_is_looked_into() {
    insta::assert_snapshot!(text(return_requested(false, false)), @r#"
    Subject: We have received your return

    Hello,

    We have received your notice of a defect on 23 November 2026, at
    10:00 UTC. It covers:

    Order X60W-P2C2M

    1 x House blend, 250 g

    We look into it, and write to you.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn a_note_is_mailed_in_the_words_of_the_staff() {
    insta::assert_snapshot!(text(noted()), @r#"
    Subject: A message about your order

    Hello,

    The shop writes to you about your order X60W-P2C2M:

    The blue cups arrive on Friday <soon>.

    Shall we send the beans first?

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
    let html = written(&noted()).html;
    assert!(html.contains("<p>The blue cups arrive on Friday &lt;soon&gt;.</p>"), "{html}");
}

#[test]
fn a_cancellation_of_pieces_says_which_and_what_is_paid_back() {
    insta::assert_snapshot!(text(lines_cancelled(Some(1450), None)), @r#"
    Subject: A part of your order is cancelled

    Hello,

    We have cancelled these items:

    Order X60W-P2C2M

    1 x House blend, 250 g

    We refund €14.50, and write to you when the money is on its way.

    The rest of your order is not affected.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
    insta::assert_snapshot!(text(lines_cancelled(None, Some(1450))), @r#"
    Subject: A part of your order is cancelled

    Hello,

    We have cancelled these items:

    Order X60W-P2C2M

    1 x House blend, 250 g

    We do not charge you the €14.50 for them.

    The rest of your order is not affected.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
    insta::assert_snapshot!(text(lines_cancelled(None, None)), @r#"
    Subject: A part of your order is cancelled

    Hello,

    We have cancelled these items:

    Order X60W-P2C2M

    1 x House blend, 250 g

    The rest of your order is not affected.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn the_decision_is_told_either_way() {
    insta::assert_snapshot!(text(return_decided(true)), @r#"
    Subject: Please send the goods back

    Hello,

    We take back what is defective:

    Order X60W-P2C2M

    1 x House blend, 250 g

    Please send it by 7 December 2026. Where to is on the page of your order.
    You get your money back once we have it.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
    insta::assert_snapshot!(text(return_decided(false)), @r#"
    Subject: We cannot take the goods back

    Hello,

    We have looked into the defect that you have told us of, and cannot take the
    goods back:

    Order X60W-P2C2M

    1 x House blend, 250 g

    If we have stated a reason, it is on the page of your order.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn what_came_back_is_paid_back_if_money_was_left() {
    insta::assert_snapshot!(text(return_received(true)), @r#"
    Subject: Your goods are back

    Hello,

    What you have sent back of order X60W-P2C2M has arrived.

    We refund €14.50, and write to you when the money is on its way.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
    insta::assert_snapshot!(text(return_received(false)), @r#"
    Subject: Your goods are back

    Hello,

    What you have sent back of order X60W-P2C2M has arrived.

    Nothing is left to be refunded of this order.

    See your order: https://bodega.example/order/ord_00000000010000000000000002

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}

#[test]
fn a_statement_is_acknowledged_with_what_it_states_and_whether_an_order_has_it() {
    insta::assert_snapshot!(text(statement_received(false)), @r#"
    Subject: We have received your withdrawal

    Hello,

    We have received your withdrawal from the contract on 23 November 2026,
    at 10:00 UTC. It states:

    Order X60W-P2C2N

    All that was ordered

    It could not be assigned to an order: none has this number and was placed
    with this address. If either is mistyped, please declare it once more, at
    https://bodega.example/withdrawal. Otherwise you need to do
    nothing: we look into it, and write to you.

    If it was not you who declared this, somebody has mistyped their address, and
    you can ignore this mail.

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
    insta::assert_snapshot!(text(statement_received(true)), @r#"
    Subject: We have received your withdrawal

    Hello,

    We have received your withdrawal from the contract on 23 November 2026,
    at 10:00 UTC. It states:

    Order X60W-P2C2N

    2 x CUP-BLUE
    1 x BEANS-250

    It could not be carried out automatically. We look into it, and write to
    you.

    --
    Bodega: https://bodega.example
    We write to you only about your account and your orders, or when you have
    asked us to.
    "#);
}
