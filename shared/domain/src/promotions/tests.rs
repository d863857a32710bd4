use serde_json::{Value, json};

use super::*;
use crate::Refusal;
use crate::quote::CodeProblem;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn ten() -> Value {
    json!({ "type": "percent", "rate": 100_000, "from": "1970-01-01T00:00:00Z", "combinable": true })
}

fn with(value: Value, more: Value) -> Value {
    let mut value = value;
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

/// A promotion with a code.
pub(crate) fn promotion(code: &str, rule: Value) -> Promotion {
    let kept = json!({ "code": code, "changed_by": UserId::from_parts(0, 9), "changed_at": at(0) });
    serde_json::from_value(with(rule, kept)).unwrap()
}

pub(crate) fn given(promotion: Promotion, used: u64, used_by_customer: Option<u64>) -> GivenCodes {
    GivenCodes {
        user_id: Some(UserId::from_parts(0, 1)),
        found: vec![GivenCode { promotion, used, used_by_customer }],
    }
}

fn checked(rule: Value) -> Result<(), &'static str> {
    serde_json::from_value::<Rule>(rule).unwrap().check().map_err(|refusal| refusal.code())
}

fn eur(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

#[test]
fn a_promotion_has_the_value_of_its_type_and_no_other() {
    let rule = |more: Value| with(json!({ "from": "2026-01-01T00:00:00Z" }), more);
    for good in [
        json!({ "type": "percent", "rate": 1_000_000 }),
        json!({ "type": "fixed", "amount": eur(500), "min_subtotal": eur(2000) }),
        json!({ "type": "free_shipping" }),
        json!({ "type": "buy_x_get_y", "paid": 2, "free": 1, "target": "sku", "sku": "CUP-BLUE" }),
        json!({ "type": "percent", "rate": 1, "target": "category", "category": "coffee" }),
    ] {
        assert_eq!(checked(rule(good.clone())), Ok(()), "{good}");
    }
    for bad in [
        json!({ "type": "percent", "rate": 0 }),
        json!({ "type": "percent" }),
        json!({ "type": "percent", "rate": 1, "amount": eur(1) }),
        json!({ "type": "fixed", "amount": eur(0) }),
        json!({ "type": "free_shipping", "rate": 1 }),
        json!({ "type": "buy_x_get_y", "paid": 2 }),
        json!({ "type": "percent", "rate": 1, "min_subtotal": eur(0) }),
        json!({ "type": "half_moon", "rate": 1 }),
    ] {
        assert_eq!(checked(rule(bad.clone())), Err("value_out_of_range"), "{bad}");
    }
}

#[test]
fn a_promotion_names_what_it_is_about_and_nothing_else() {
    for bad in [
        json!({ "target": "sku" }),
        json!({ "target": "sku", "category": "coffee" }),
        json!({ "category": "coffee" }),
        json!({ "target": "moon" }),
    ] {
        assert_eq!(checked(with(ten(), bad.clone())), Err("promotion_target"), "{bad}");
    }
    let free = json!({ "type": "free_shipping", "from": "2026-01-01T00:00:00Z", "target": "category", "category": "tea" });
    assert_eq!(checked(free), Err("promotion_target"));
    let over = json!({ "until": "1970-01-01T00:00:00Z" });
    assert_eq!(checked(with(ten(), over)), Err("promotion_period"));
}

#[test]
fn a_code_is_taken_within_its_time_and_limits() {
    let limits = json!({ "from": at(10), "until": at(20), "limit": 2, "per_customer": 1 });
    let code = promotion("TEN", with(ten(), limits));
    let problem = |used, by_customer, second| {
        let codes = given(code.clone(), used, by_customer);
        codes.promotion(&code.code, at(second)).err()
    };
    assert_eq!(problem(1, None, 9), Some(CodeProblem::Expired));
    assert_eq!(problem(1, None, 10), None);
    assert_eq!(problem(1, Some(0), 19), None, "given back");
    assert_eq!(problem(1, None, 20), Some(CodeProblem::Expired));
    assert_eq!(problem(2, None, 10), Some(CodeProblem::UsedUp), "by all");
    assert_eq!(problem(1, Some(1), 10), Some(CodeProblem::UsedUp), "by this customer");
    let other: PromotionCode = "ELEVEN".parse().unwrap();
    assert_eq!(given(code, 0, None).promotion(&other, at(10)), Err(CodeProblem::Unknown));
}

#[test]
fn a_promotion_of_a_newer_version_applies_to_nothing() {
    let code = promotion("MOON", json!({ "type": "half_moon", "from": at(0) }));
    assert!(!code.rule.is_understood());
    assert_eq!(given(code.clone(), 0, None).promotion(&code.code, at(1)), Err(CodeProblem::NotApplicable));
}
