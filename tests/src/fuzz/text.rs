//! Generators of text: arbitrary, and made of pieces that parsers trip over.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

/// Parts of every grammar that the shop parses, and characters that look alike, combine, turn or hide.
const PIECES: &[&str] = &[
    "\"",
    "\\",
    "'",
    "<",
    ">",
    "%",
    "%00",
    "%C3%28",
    "%2",
    "&",
    "=",
    "+",
    "#",
    "?",
    "/",
    "//",
    "..",
    " ",
    "\t",
    "\r\n",
    "\0",
    "\u{7f}",
    "\u{80}",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "\u{212a}",
    "\u{202e}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}",
    "\u{fffe}",
    "\u{fffd}",
    "\u{3164}",
    "\u{2028}",
    "𝒜",
    "👩‍👩‍👧",
    "0",
    "-0",
    "1",
    "100",
    "101",
    "2.0",
    "1e2",
    "1e400",
    "-1",
    "255",
    "256",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "NaN",
    "null",
    "true",
    "{",
    "}",
    "[",
    "]",
    "{\"",
    "\":",
    ",",
    "\\u0000",
    "\\ud800",
    "\\",
    "eyJ",
    ".",
    "..",
    "Bearer ",
    "bearer",
    "pm_",
    "sk_live_",
    "4242424242424242",
    "4242 4242 4242 4242",
    "ada@example.com",
    "@",
    "a@b",
    "ord_",
    "usr_",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "limit",
    "limit=",
    "cursor",
    "category=",
    "expand=user",
    "W/\"",
    "\"1\"",
    "*",
    "Root=1-673d0b1e-0123456789abcdef01234567",
    ";Parent=53995c3f42cd8ad8;Sampled=1",
    "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01",
    "string \"",
    "unknown variant `",
    "unknown field `",
    "`, expected ",
    "EUR",
    "KWD",
    "XAU",
    "ES",
    "CUP-BLUE",
    "espresso-cup",
    "{{",
    "{%",
    "OUTBOX",
    "~",
];

/// Short or long text, of any characters.
pub fn text() -> BoxedStrategy<String> {
    let pieces = || select(PIECES).prop_map(str::to_owned);
    prop_oneof![
        4 => vec(pieces(), 0..6).prop_map(|pieces| pieces.concat()),
        3 => vec(any::<char>(), 0..24).prop_map(|characters| characters.into_iter().collect()),
        2 => vec(proptest::char::range(' ', '~'), 0..40).prop_map(|characters| characters.into_iter().collect()),
        1 => (pieces(), 0..600_usize).prop_map(|(piece, count)| piece.repeat(count)),
    ]
    .boxed()
}

/// A valid text with one change.
pub fn altered(valid: Vec<String>) -> BoxedStrategy<String> {
    let change = (select(valid), any::<prop::sample::Index>(), 0..8_usize, select(PIECES));
    let altered = change.prop_map(|(valid, at, removed, inserted)| {
        let characters: Vec<char> = valid.chars().collect();
        let at = at.index(characters.len() + 1);
        let after = characters.iter().skip(at + removed % 4);
        let inserted = if removed < 4 { inserted } else { "" };
        characters[..at].iter().copied().chain(inserted.chars()).chain(after.copied()).collect()
    });
    prop_oneof![3 => altered, 1 => text()].boxed()
}

/// JSON that a field might get in place of its value.
fn raw_json() -> BoxedStrategy<String> {
    const RAW: &[&str] = &[
        "null",
        "true",
        "0",
        "-0",
        "0.0",
        "1e2",
        "2.0",
        "1.5",
        "1e400",
        "-1e400",
        "1e-400",
        "1E+2",
        "18446744073709551615",
        "18446744073709551616",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "[]",
        "{}",
        "\"\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"\\uD83D\\uDE00\"",
        "[1,2",
        "",
        "'x'",
        "01",
        "1.",
        ".5",
        "+1",
    ];
    let quoted = text().prop_map(|text| Value::from(text).to_string());
    let number = any::<f64>().prop_map(|number| format!("{number:e}"));
    let digits = vec(proptest::char::range('0', '9'), 1..400);
    let nested = (select(vec!["[", "{\"a\":", "[{\"b\":"]), 1..2_000_usize);
    prop_oneof![
        4 => select(RAW).prop_map(str::to_owned),
        4 => quoted,
        1 => number,
        1 => digits.prop_map(|digits| digits.into_iter().collect()),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => nested.prop_map(|(open, depth)| open.repeat(depth)),
        1 => (1..2_000_usize).prop_map(|depth| "[".repeat(depth) + &"]".repeat(depth)),
    ]
    .boxed()
}

/// Stands where the raw JSON goes; valid documents do not contain it.
const PLACE: &str = "\u{f8ff}";

/// One of some JSON documents: with a value replaced, with a member added, changed as a text, or replaced as a whole.
pub fn json(valid: Vec<Value>) -> BoxedStrategy<String> {
    let texts: Vec<String> = valid.iter().map(Value::to_string).collect();
    let replaced =
        (select(valid), any::<prop::sample::Index>(), raw_json()).prop_map(|(mut document, at, raw)| {
            let pointers = pointers(&document, String::new());
            let pointer = &pointers[at.index(pointers.len())];
            if let Some(value) = document.pointer_mut(pointer) {
                *value = Value::from(PLACE);
            }
            document.to_string().replace(&format!("\"{PLACE}\""), &raw)
        });
    let added = (select(texts.clone()), text(), raw_json()).prop_map(|(document, name, raw)| {
        let member = format!("{{{}:{raw},", Value::from(name));
        document.replacen('{', &member, 1)
    });
    prop_oneof![6 => replaced, 2 => added, 3 => altered(texts.clone()), 1 => select(texts), 1 => raw_json()]
        .boxed()
}

/// The JSON pointers to all values in a document.
fn pointers(value: &Value, at: String) -> Vec<String> {
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    let below: Vec<String> = match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| pointers(value, format!("{at}/{}", escaped(name))))
            .collect(),
        Value::Array(entries) => entries
            .iter()
            .enumerate()
            .flat_map(|(index, value)| pointers(value, format!("{at}/{index}")))
            .collect(),
        _ => Vec::new(),
    };
    [at].into_iter().chain(below).collect()
}
