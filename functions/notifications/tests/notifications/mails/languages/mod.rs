//! The languages of the mails.

mod german;

use std::collections::{BTreeMap, HashSet};

use domain::events::{Event, LinkPurpose, OrderEvent, OrderState, PaymentEvent};
use domain::payments::DeclineReason;
use domain::words::locale::Language;
use domain::words::person::Role;
use notifications::mails::mail::{Content, Kind, Mail};
use notifications::mails::render::Rendered;
use strum::VariantArray;

use super::render::{contact, rendered_in, text_in, written, written_in};
use crate::fixture::{
    again, again_in_part, back_in_stock, dispute_opened, email_changed, erasure_requested, failed,
    lines_cancelled, link_requested, low_stock, noted, now, order, order_link_requested, password_changed,
    payment, placed, refund_failed, refunded, registered, registered_with_link, return_decided,
    return_received, return_requested, roles_changed, second_factor_changed, shipped, statement_received,
    templates,
};

/// An event for each kind of mail to users.
fn events() -> Vec<Event> {
    let payment = payment();
    vec![
        registered(),
        registered_with_link(),
        link_requested(LinkPurpose::ResetPassword),
        link_requested(LinkPurpose::ConfirmEmail),
        email_changed(),
        password_changed(),
        link_requested(LinkPurpose::Invitation),
        roles_changed(&[Role::Admin]),
        roles_changed(&[Role::Staff]),
        roles_changed(&[]),
        second_factor_changed(true),
        second_factor_changed(false),
        erasure_requested(),
        placed(),
        OrderEvent::Confirmed(order()).into(),
        OrderEvent::Cancelled(order()).into(),
        OrderEvent::Expired(order()).into(),
        OrderEvent::OutOfStock(order()).into(),
        shipped(true),
        shipped(false),
        again(OrderState::Received),
        again(OrderState::Confirmed),
        again(OrderState::Shipped),
        again(OrderState::Ended),
        again_in_part(),
        lines_cancelled(Some(1450), None),
        lines_cancelled(None, Some(1450)),
        lines_cancelled(None, None),
        noted(),
        return_requested(true, true),
        return_requested(true, false),
        return_requested(false, false),
        return_decided(true),
        return_decided(false),
        return_received(true),
        return_received(false),
        statement_received(true),
        statement_received(false),
        order_link_requested(),
        PaymentEvent::ActionRequired(payment).into(),
        failed("insufficient_funds"),
        failed("expired_card"),
        failed("payment_method_invalid"),
        failed("do_not_honor"),
        refunded(),
        refund_failed(),
        back_in_stock(),
    ]
}

/// Every mail, with its event.
fn mails() -> Vec<(Event, Mail)> {
    let events = events().into_iter().chain([low_stock(), dispute_opened(true), dispute_opened(false)]);
    events
        .flat_map(|event| Mail::about(&event).unwrap().into_iter().map(move |mail| (event.clone(), mail)))
        .collect()
}

#[test]
fn every_kind_has_its_own_subject_in_every_language() {
    let kinds: HashSet<Kind> = mails().iter().map(|(_, mail)| mail.kind).collect();
    assert_eq!(kinds.len(), Kind::VARIANTS.len(), "an event for each kind: {kinds:?}");
    let subjects: HashSet<String> = Language::VARIANTS
        .iter()
        .flat_map(|language| Kind::VARIANTS.iter().map(|kind| templates().subject(*kind, *language).unwrap()))
        .collect();
    assert_eq!(subjects.len(), Language::VARIANTS.len() * Kind::VARIANTS.len());
}

#[test]
fn every_reason_of_a_decline_is_explained_in_every_language() {
    let Mail { kind, to, link, content } = Mail::about(&failed("insufficient_funds")).unwrap().remove(0);
    let Content::Declined { order_id, amount, .. } = content else { panic!("{content:?}") };
    let texts: HashSet<String> = ["en", "de"]
        .into_iter()
        .flat_map(|locale| {
            DeclineReason::VARIANTS.iter().map(move |reason| {
                let content = Content::Declined { order_id, amount, reason: *reason };
                let mail = Mail { kind, to, link, content };
                templates().render(&mail, &contact(locale, None), now()).unwrap().text
            })
        })
        .collect();
    assert_eq!(texts.len(), Language::VARIANTS.len() * DeclineReason::VARIANTS.len());
}

/// What the languages have in common: links, ids, quantities, and titles.
fn facts(rendered: &Rendered) -> BTreeMap<String, usize> {
    let mut facts = BTreeMap::new();
    let mut words = Vec::new();
    for part in [&rendered.html, &rendered.text] {
        words.extend(part.split(|letter: char| letter.is_whitespace() || "<>\"()".contains(letter)));
    }
    let is_fact = |word: &&str| {
        ["https://", "ord_", "Espresso", "white"].iter().any(|fact| word.contains(fact))
            || word.chars().all(|letter| letter.is_ascii_digit())
    };
    for word in words.into_iter().filter(|word| !word.is_empty()).filter(is_fact) {
        *facts.entry(word.trim_end_matches(['.', ',', ':']).to_owned()).or_default() += 1;
    }
    facts
}

#[test]
fn every_language_says_the_same_and_writes_its_amounts_and_dates() {
    for (event, mail) in mails() {
        let (english, german) = (rendered_in("en", &mail), rendered_in("de", &mail));
        assert_ne!((&english.text, &english.html), (&german.text, &german.html));
        let without_days = |rendered: &Rendered| {
            let mut facts = facts(rendered);
            // `23.` is a day in German only.
            facts.retain(|fact, _| !["7", "23", "2026"].contains(&fact.as_str()));
            facts
        };
        assert_eq!(without_days(&english), without_days(&german), "{}", english.subject);
        for (rendered, amount) in [(&english, "€36.90"), (&german, "36,90\u{a0}€")] {
            let counts = [&rendered.html, &rendered.text].map(|part| part.matches(amount).count());
            assert_eq!(counts[0], counts[1], "{rendered:?}");
            // Mails about a parcel, a note, a link and a part of the order do not name its price.
            let others = ["order.shipped", "order.noted", "order.lines_cancelled", "order.link_requested"];
            let is_of_price =
                event.name().contains("order.") && !others.iter().any(|other| event.name().contains(other));
            assert_eq!(
                counts[0] > 0,
                is_of_price
                    || ["refund.", "payment.", "dispute."]
                        .iter()
                        .any(|of_money| event.name().contains(of_money)),
                "{rendered:?}"
            );
        }
        assert!(english.html.contains("<html lang=\"en\">") && german.html.contains("<html lang=\"de\">"));
    }
}

#[test]
fn a_language_that_the_shop_does_not_write_in_gets_english() {
    assert_eq!(written_in("fr-CA", &placed()), written(&placed()));
    assert_eq!(written_in("de-AT", &placed()), written_in("de", &placed()));
}

#[test]
fn a_decline_is_explained_in_every_language() {
    for locale in ["en", "de"] {
        let codes = ["insufficient_funds", "expired_card", "payment_method_invalid", "do_not_honor"];
        let texts: HashSet<String> = codes.iter().map(|code| text_in(locale, &failed(code))).collect();
        assert_eq!(texts.len(), codes.len(), "{texts:?}");
    }
}
