//! `put-promotion`, `list-promotions`, and codes from the cart to the end of the order.

use domain::promotions::{Promotion, Uses};
use domain::words::person::Role;
use domain::words::promotion_code::PromotionCode;
use edge::{Admin, List, Problem, Staff};
use futures::future::join_all;
use orders::promotions::put_promotion::PutPromotion;
use orders::promotions::rows::{promotion_key, uses_key, uses_of_key};
use orders::promotions::{PromotionEntry, list_promotions, put_promotion};
use serde_json::{Value, json};

use crate::counter::{Counter, guest};
use crate::resource::place_order::code;
use crate::*;

fn ten() -> Value {
    json!({ "type": "percent", "rate": 100_000, "from": "2026-11-01T00:00:00Z" })
}

fn paying(total: i64) -> Value {
    json!({ "expected_total": { "amount": total, "currency": "EUR" }, "payment_method": "pm_card_visa" })
}

impl Shelf {
    async fn put_code(
        &self,
        code: &str,
        body: Value,
        if_match: Option<&str>,
    ) -> Result<Reply<PromotionEntry>, Problem> {
        let body: PutPromotion = serde_json::from_value(body).unwrap();
        let grace = SignedIn { roles: vec![Role::Admin], ..signed_in(9) };
        let call = Call::new(Admin(grace), body, now()).with_path("code", code);
        let call = if_match.into_iter().fold(call, |call, version| call.with_header("if-match", version));
        put_promotion(self.orders.clone(), call).await
    }

    /// Puts a promotion, whatever its version.
    async fn promote(&self, code: &str, body: Value) {
        self.put_code(code, body, Some("*")).await.unwrap();
    }

    async fn promotions(&self, query: &str) -> List<PromotionEntry> {
        let caller = Staff(SignedIn { roles: vec![Role::Staff], ..signed_in(8) });
        let call = Call::new(caller, NoBody, now()).with_query(query).unwrap();
        list_promotions(self.orders.clone(), call).await.unwrap().body().unwrap().clone()
    }

    /// Returns how many orders use a code, and how many of a user's.
    async fn used(&self, code: &str, who: &SignedIn) -> (u64, Option<u64>) {
        let (table, code) =
            (Table::new(self.table.client().clone(), self.table.name()), code.parse().unwrap());
        let all: Option<store::Stored<Uses>> = table.get(&uses_key(&code)).await.unwrap();
        let of_user: Option<store::Stored<Uses>> = table.get(&uses_of_key(&code, who.user_id)).await.unwrap();
        (all.unwrap().value.used, of_user.map(|uses| uses.value.used))
    }
}

/// Opens a counter that sends to Spain, at which a code takes a tenth off.
async fn with_ten(limits: Value) -> Counter {
    let counter = Counter::abroad().await;
    let mut body = json!({ "rule": ten() });
    body.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
    counter.shelf.promote("TEN", body).await;
    counter
}

async fn fill(counter: &Counter, who: &SignedIn) {
    counter.fill_for_spain(who).await;
    let cart = counter.patch(who, json!({ "codes": ["ten"] })).await.unwrap();
    assert_eq!(cart.quote.unwrap().total.amount(), 3811);
}

#[tokio::test]
async fn a_promotion_is_added_changed_recorded_and_listed() {
    let shelf = shelf().await;
    let missing = shelf.put_code("TEN", json!({ "rule": ten() }), None).await;
    assert_eq!(code(missing), "428 precondition_required");
    let added = shelf.put_code("ten", json!({ "rule": ten(), "limit": 5 }), Some("\"0\"")).await.unwrap();
    let entry = added.body().unwrap();
    assert_eq!((entry.promotion.code.to_string(), entry.version, entry.used), ("TEN".to_owned(), 1, 0));
    let again = shelf.put_code("TEN", json!({ "rule": ten(), "limit": 5 }), Some("\"0\"")).await.unwrap();
    assert_eq!(again, added, "the same again, by a client that missed the reply");
    let stale = shelf.put_code("TEN", json!({ "rule": ten() }), Some("\"0\"")).await;
    assert_eq!(code(stale), "412 version_mismatch");
    let changed = shelf.put_code("TEN", json!({ "rule": ten() }), Some("\"1\"")).await.unwrap();
    assert_eq!(changed.body().unwrap().promotion.limit, None);
    let act = format!("put-promotion TEN by {}", signed_in(9).user_id);
    assert_eq!(shelf.acted().await, [act.clone(), act]);
    shelf.promote("ALPHA", json!({ "rule": ten() })).await;
    let codes = |list: &List<PromotionEntry>| {
        list.items.iter().map(|entry| entry.promotion.code.to_string()).collect::<Vec<_>>()
    };
    let first = shelf.promotions("limit=1").await;
    assert_eq!(codes(&first), ["ALPHA"]);
    let rest = shelf.promotions(&format!("cursor={}", first.next_cursor.unwrap())).await;
    assert_eq!((codes(&rest), rest.next_cursor), (vec!["TEN".to_owned()], None));
}

#[tokio::test]
async fn a_promotion_that_is_not_clear_is_refused() {
    let shelf = shelf().await;
    for (rule, refusal) in [
        (json!({ "rate": 0 }), "422 value_out_of_range"),
        (json!({ "type": "half_moon" }), "422 value_out_of_range"),
        (json!({ "target": "sku" }), "422 promotion_target"),
        (json!({ "until": "2026-11-01T00:00:00Z" }), "422 promotion_period"),
    ] {
        let mut body = ten();
        body.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        assert_eq!(code(shelf.put_code("TEN", json!({ "rule": body }), Some("*")).await), refusal);
    }
    assert_eq!(shelf.put_code("T", json!({ "rule": ten() }), Some("*")).await.unwrap_err().status(), 404);
    assert!(shelf.promotions("").await.items.is_empty());
}

#[tokio::test]
async fn a_code_in_the_cart_lowers_its_total() {
    let counter = with_ten(json!({})).await;
    counter.fill_for_spain(&ada()).await;
    let cart = counter.patch(&ada(), json!({ "codes": ["ten"] })).await.unwrap();
    let quote = cart.quote.as_ref().unwrap();
    assert_eq!((quote.total.amount(), quote.tax.amount()), (3811, 595));
    assert_eq!(
        serde_json::to_value(&quote.discounts).unwrap(),
        json!([{ "code": "TEN", "amount": eur(369) }])
    );
    let without = counter.patch(&ada(), json!({ "codes": [] })).await.unwrap();
    assert_eq!(without.quote.unwrap().total.amount(), 4180);
}

#[tokio::test]
async fn a_code_that_is_not_taken_is_refused_and_not_kept() {
    let counter = with_ten(json!({ "limit": 1 })).await;
    let shelf = &counter.shelf;
    let with = |member: &str, value: Value| {
        let mut rule = ten();
        rule[member] = value;
        json!({ "rule": rule })
    };
    shelf.promote("OVER", with("until", json!("2026-11-02T00:00:00Z"))).await;
    shelf.promote("LARGE", with("min_subtotal", json!(eur(3691)))).await;
    counter.fill_for_spain(&ada()).await;
    let refused = async |codes: Value| code(counter.patch(&ada(), json!({ "codes": codes })).await);
    assert_eq!(refused(json!(["NONE"])).await, "422 code_unknown");
    assert_eq!(refused(json!(["OVER"])).await, "422 code_expired");
    assert_eq!(refused(json!(["LARGE"])).await, "422 code_not_applicable");
    fill(&counter, &signed_in(2)).await;
    counter.check_out(&signed_in(2), "k", paying(3811)).await.unwrap();
    assert_eq!(refused(json!(["TEN"])).await, "409 code_used_up");
    assert!(counter.show(&ada()).await.0.codes.is_empty());
}

#[tokio::test]
async fn a_code_that_is_not_taken_any_more_is_shown_as_a_problem_and_holds_nothing() {
    let counter = with_ten(json!({ "limit": 1 })).await;
    for who in [ada(), signed_in(2)] {
        fill(&counter, &who).await;
    }
    counter.check_out(&signed_in(2), "k", paying(3811)).await.unwrap();
    let (cart, _) = counter.show(&ada()).await;
    let problems = serde_json::to_value(&cart.problems).unwrap();
    assert_eq!(problems, json!([{ "code": "code_used_up", "promotion_code": "TEN" }]));
    assert_eq!(cart.quote.unwrap().total.amount(), 4180);
    let held = counter.held();
    assert_eq!(code(counter.check_out(&ada(), "k", paying(3811)).await), "409 code_used_up");
    assert_eq!((counter.held(), counter.shelf.standing(&ada()).await), (held, None));
    counter.patch(&ada(), json!({ "codes": [] })).await.unwrap();
    assert!(counter.check_out(&ada(), "k", paying(4180)).await.is_ok(), "the same key");
}

#[tokio::test]
async fn an_order_uses_its_code_up_until_it_ends_unpaid() {
    let counter = with_ten(json!({ "per_customer": 2 })).await;
    let shelf = &counter.shelf;
    for (key, used) in [("a", 1), ("b", 2)] {
        fill(&counter, &ada()).await;
        let order = counter.check_out(&ada(), key, paying(3811)).await.unwrap().body().unwrap().clone();
        assert_eq!((order.tax.amount(), order.discounts[0].amount), (595, eur(369)));
        assert_eq!(shelf.used("TEN", &ada()).await, (used, Some(used)));
    }
    counter.fill_for_spain(&ada()).await;
    let third = counter.patch(&ada(), json!({ "codes": ["TEN"] })).await;
    assert_eq!(code(third), "409 code_used_up", "by this customer");
    fill(&counter, &signed_in(2)).await;

    let id = |key: &str| OrderId::derived_from(&[&ada().user_id.to_string(), key]);
    let cancel = || Call::new(ada(), Optional::default(), now()).with_path("order_id", id("a"));
    for _ in 0..2 {
        cancel_order(shelf.in_force(), cancel()).await.unwrap();
        assert_eq!(shelf.used("TEN", &ada()).await, (1, Some(1)), "given back once");
    }
    let tick = Tick::new(now() + SignedDuration::from_mins(15), Cause::new("test"));
    expire_orders(shelf.orders.clone(), tick).await.unwrap();
    assert_eq!(shelf.used("TEN", &ada()).await, (0, Some(0)));
    fill(&counter, &ada()).await;
    let again = counter.check_out(&ada(), "c", paying(3811)).await.unwrap().body().unwrap().clone();
    assert_eq!(shelf.used("TEN", &ada()).await, (1, Some(1)), "after it was given back");
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&again)))).await;
    assert_eq!(shelf.used("TEN", &ada()).await, (1, Some(1)), "paid");
    let lost = ReservationLost { order_id: again.order_id };
    shelf.deliver(Event::Product(ProductEvent::ReservationLost(lost))).await;
    assert_eq!(shelf.used("TEN", &ada()).await, (0, Some(0)), "the shop has not what was paid");
    let replayed = counter.check_out(&ada(), "c", paying(3811)).await.unwrap();
    assert_eq!(*replayed.body().unwrap(), again, "the reply of then");
}

#[tokio::test]
async fn a_code_counts_for_the_guest_who_used_it_even_if_the_order_is_an_accounts_by_now() {
    let counter = with_ten(json!({ "limit": 1, "per_customer": 1 })).await;
    fill(&counter, &guest(1)).await;
    let mut body = paying(3811);
    body["contact"] = json!({ "name": "Ada", "email": "ada@example.com" });
    let order = counter.check_out(&guest(1), "k", body).await.unwrap().body().unwrap().clone();
    counter.shelf.merge(&guest(1), now()).await.unwrap();
    let cancel = Call::new(signed_in(2), Optional::default(), now()).with_path("order_id", order.order_id);
    cancel_order(counter.shelf.in_force(), cancel).await.unwrap();
    assert_eq!(counter.shelf.used("TEN", &guest(1)).await, (0, Some(0)));
    assert_eq!(counter.shelf.used("TEN", &signed_in(2)).await, (0, None));
}

/// Fifty customers with the last seven uses: the limit is used exactly.
#[tokio::test]
async fn fifty_check_outs_at_once_exceed_no_limit() {
    let counter = with_ten(json!({ "limit": 7 })).await;
    let customers: Vec<SignedIn> = (100..150).map(signed_in).collect();
    for who in &customers {
        fill(&counter, who).await;
    }
    counter.change("CUP-BLUE", "available", json!(1000));
    let mut waiting = customers;
    let (mut placed, mut refused) = (0, Vec::new());
    while !waiting.is_empty() {
        let all = waiting.iter().map(|who| counter.check_out(who, "k", paying(3811)));
        let replies = join_all(all).await;
        let mut busy = Vec::new();
        for (who, reply) in waiting.into_iter().zip(replies) {
            match reply {
                Ok(_) => placed += 1,
                // The row of the code stayed busy: the same request again.
                Err(problem) if problem.status().as_u16() == 503 => busy.push(who),
                Err(problem) => refused.push(problem.code().to_owned()),
            }
        }
        waiting = busy;
    }
    assert_eq!((placed, refused), (7, vec!["code_used_up".to_owned(); 43]));
    assert_eq!(counter.shelf.used("TEN", &ada()).await, (7, None));
}

#[tokio::test]
async fn a_repeated_request_with_the_last_use_returns_its_order() {
    let counter = with_ten(json!({ "limit": 1 })).await;
    fill(&counter, &ada()).await;
    let who = ada();
    let replies = join_all((0..20).map(|_| counter.check_out(&who, "k", paying(3811)))).await;
    let refused: Vec<_> = replies.iter().filter_map(|reply| reply.as_ref().err()).collect();
    assert!(refused.iter().all(|problem| problem.status().as_u16() == 503), "{refused:?}");
    assert_eq!(counter.shelf.used("TEN", &ada()).await, (1, Some(1)));
}

#[tokio::test]
async fn the_best_campaign_needs_no_code() {
    let counter = Counter::abroad().await;
    for (id, rate) in [("autumn", 50_000), ("coffee-week", 100_000)] {
        let rule = json!({ "type": "percent", "rate": rate, "from": "2026-11-01T00:00:00Z" });
        counter.shelf.set("campaign", id, json!({ "rule": rule })).await;
    }
    counter.fill_for_spain(&ada()).await;
    let (cart, _) = counter.show(&ada()).await;
    let quote = cart.quote.unwrap();
    assert_eq!((quote.total.amount(), quote.discounts[0].code.as_str()), (3811, "coffee-week"));
    let order = counter.check_out(&ada(), "k", paying(3811)).await.unwrap().body().unwrap().clone();
    assert_eq!(order.redemptions, [], "nothing is used up");
}

#[tokio::test]
async fn more_off_than_the_gateway_charges_is_a_problem() {
    let counter = Counter::abroad().await;
    let rule = json!({ "type": "fixed", "amount": eur(5000), "from": "2026-11-01T00:00:00Z" });
    counter.shelf.promote("FIFTY", json!({ "rule": rule })).await;
    counter.fill(&ada()).await;
    let cart = counter.patch(&ada(), json!({ "codes": ["FIFTY"] })).await.unwrap();
    assert_eq!(cart.quote.as_ref().unwrap().total.amount(), 0);
    let problems = serde_json::to_value(&cart.problems).unwrap();
    assert_eq!(problems, json!([{ "code": "address_needed" }, { "code": "amount_out_of_range" }]));
}

#[tokio::test]
async fn a_row_of_a_promotion_says_what_the_staff_set() {
    let shelf = shelf().await;
    shelf.promote("TEN", json!({ "rule": ten(), "limit": 3 })).await;
    let table = Table::new(shelf.table.client().clone(), shelf.table.name());
    let code: PromotionCode = "TEN".parse().unwrap();
    let row: store::Stored<Promotion> = table.get(&promotion_key(&code)).await.unwrap().unwrap();
    assert_eq!(row.value, shelf.promotions("").await.items[0].promotion);
}

#[tokio::test]
async fn codes_keep_to_their_budgets() {
    let counter = with_ten(json!({ "limit": 5 })).await;
    let used = || counter.shelf.table.used();
    fill(&counter, &ada()).await;
    let (carts, desk, settings) = (counter.carts(), counter.desk(), counter.shelf.in_force());
    settings.at(now()).await.unwrap();
    carts.settings.at(now()).await.unwrap();
    desk.settings.at(now()).await.unwrap();
    used();
    let show = Call::new(ada(), NoBody, now());
    orders::carts::get_cart(carts, show).await.unwrap();
    assert_eq!(used(), "4 read, 0 written: 2 BatchGetItem, GetItem", "get-cart: with a code");
    let body = serde_json::from_value(paying(3811)).unwrap();
    let call = Call::new(ada(), body, now()).with_header("idempotency-key", "k");
    let order = orders::orders::check_out(desk, call).await.unwrap().body().unwrap().clone();
    assert_eq!(
        used(),
        "6 read, 21 written: 2 BatchGetItem, 3 GetItem, PutItem, TransactWriteItems",
        "check-out: with a code"
    );
    let cancel = Call::new(ada(), Optional::default(), now()).with_path("order_id", order.order_id);
    cancel_order(settings, cancel).await.unwrap();
    assert_eq!(used(), "1 read, 15 written: GetItem, TransactWriteItems", "cancel-order: with a code");
    counter.shelf.promote("OTHER", json!({ "rule": ten() })).await;
    assert_eq!(used(), "2 read, 7 written: 2 GetItem, TransactWriteItems", "put-promotion: a new one");
    counter.shelf.promotions("").await;
    assert_eq!(used(), "2.5 read, 0 written: BatchGetItem, Query", "list-promotions: two");
}
