//! Replies of internal routes, which other services read.

use domain::stock::Reservation;
use domain::words::person::Contact;
use serde::de::DeserializeOwned;

use crate::{golden, with_future};

fn is_read<T: DeserializeOwned>(operation: &str) {
    let json = golden(&format!("replies/{operation}.json"));
    for reply in [json.clone(), with_future(&json)] {
        serde_json::from_value::<T>(reply).unwrap_or_else(|error| panic!("{operation}: {error}"));
    }
}

#[test]
fn replies_and_fields_of_a_later_version_are_read() {
    is_read::<Reservation>("reserve-stock");
    is_read::<Contact>("get-contact");
}
