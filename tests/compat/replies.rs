//! Replies of internal routes, which other services read.

use domain::payments::SavedMethod;
use domain::stock::{Offers, Reservation};
use domain::words::contact::Contact;
use serde::de::DeserializeOwned;

use crate::{golden, with_future};

fn assert_decodes<T: DeserializeOwned>(operation: &str) {
    let json = golden(&format!("replies/{operation}.json"));
    for reply in [json.clone(), with_future(&json)] {
        serde_json::from_value::<T>(reply).unwrap_or_else(|error| panic!("{operation}: {error}"));
    }
}

#[test]
fn golden_replies_decode_with_and_without_unknown_fields() {
    assert_decodes::<Reservation>("reserve-stock");
    assert_decodes::<Offers>("quote-lines");
    assert_decodes::<Contact>("get-contact");
    assert_decodes::<Contact>("get-link");
    assert_decodes::<SavedMethod>("verify-payment-method");
}
