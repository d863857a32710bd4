//! Events in their envelopes.

use std::collections::BTreeSet;
use std::fs;

use domain::events::{Envelope, types};

use crate::{folder, golden, names, with_future};

#[test]
fn every_event_type_has_a_golden_file() {
    let known: BTreeSet<String> = types().map(|known| known.name.to_owned()).collect();
    assert_eq!(names(&folder("events")), known);
}

#[test]
fn a_golden_event_is_serialised_byte_for_byte() {
    for known in types() {
        let text = fs::read_to_string(folder("events").join(format!("{}.json", known.name))).unwrap();
        let envelope: Envelope = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string_pretty(&envelope).unwrap(), text.trim_end(), "{}", known.name);
        assert_eq!(envelope.event.event_type(), Some(known));
        assert_eq!((envelope.source.as_str(), envelope.subject), (known.source, envelope.event.subject()));
    }
}

#[test]
fn fields_of_a_later_version_are_ignored() {
    for known in types() {
        let json = golden(&format!("events/{}.json", known.name));
        let envelope: Envelope = serde_json::from_value(json.clone()).unwrap();
        let later: Envelope = serde_json::from_value(with_future(&json)).unwrap();
        assert_eq!(later, envelope, "{}", known.name);
    }
}
