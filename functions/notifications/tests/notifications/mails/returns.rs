//! What mails about returns say.

use super::render::text;
use crate::fixture::{order, return_decided, return_received, return_requested};

#[test]
fn a_withdrawal_is_acknowledged_with_what_it_covers_and_when_it_came() {
    insta::assert_snapshot!(text(return_requested(true, true)), @"");
}

#[test]
fn a_withdrawal_before_shipping_leaves_nothing_to_send() {
    insta::assert_snapshot!(text(return_requested(true, false)), @"");
}

#[test]
fn a_defect_is_looked_into() {
    insta::assert_snapshot!(text(return_requested(false, false)), @"");
}

#[test]
fn the_decision_is_told_either_way() {
    insta::assert_snapshot!(text(return_decided(true)), @"");
    insta::assert_snapshot!(text(return_decided(false)), @"");
}

#[test]
fn what_came_back_is_paid_back_if_money_was_left() {
    insta::assert_snapshot!(text(return_received(Some(order().total))), @"");
    insta::assert_snapshot!(text(return_received(None)), @"");
}
