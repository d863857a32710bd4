//! Redacts log text. Library errors quote their input, so every string passes through here.
//!
//! The shop's own code logs none of this on purpose. This is the last check before a line is written: it removes values
//! quoted by a decoder, e-mail addresses, card numbers, and the kinds of tokens that the shop uses.

/// Replaces removed text.
const REMOVED: &str = "[removed]";

/// Prefixes of tokens and keys: our access tokens (a JWT's `{"`) and Stripe's.
const TOKENS: [&str; 7] = ["eyJ", "pm_", "tok_", "sk_", "rk_", "whsec_", "seti_"];

/// What all of Stripe's client secrets contain (`pi_…_secret_…`). The id before it may be logged, and the rest may not: it
/// lets anyone confirm the payment.
const CLIENT_SECRET: &str = "_secret_";

/// The beginnings of serde's messages that quote their input, the quote character, and how to find the end of the
/// quoted text.
const QUOTES: [(&str, char, EndOfQuoted); 3] = [
    ("string ", '"', end_of_escaped),
    ("unknown variant ", '`', end_of_unescaped),
    ("unknown field ", '`', end_of_unescaped),
];

/// Returns the end of a quoted text; the second argument is its closing quote.
type EndOfQuoted = fn(&str, &str) -> usize;

/// How serde continues after an unknown variant or field.
const AFTER_UNKNOWN: [&str; 2] = [", expected ", ", there are no "];

/// The number of digits of a card number.
const CARD: std::ops::RangeInclusive<usize> = 13..=19;

/// The length of a UUID in hexadecimal digits and hyphens.
const UUID: usize = 36;

/// Removes from a text what must not be logged.
pub(super) fn redacted(text: &str) -> String {
    let mut text = text.to_owned();
    for (before, quote, end) in QUOTES {
        text = without_quoted(&text, before, quote, end);
    }
    for find in [email, token, card] {
        text = without(&text, find);
    }
    text
}

/// Removes the text quoted after `before`. In a text that was itself quoted, quotes are escaped by backslashes.
fn without_quoted(text: &str, before: &str, quote: char, end: EndOfQuoted) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(before) {
        let (head, tail) = rest.split_at(at + before.len());
        kept.push_str(head);
        let opening: String = tail.chars().take_while(|c| *c == '\\').chain([quote]).collect();
        let Some(quoted) = tail.strip_prefix(&opening) else {
            rest = tail;
            continue;
        };
        let end = end(quoted, &opening);
        let value = quoted.get(..end).unwrap_or_default();
        let shown = if is_event_type(value) { value } else { REMOVED };
        kept.extend([&opening, shown, &opening]);
        rest = quoted.get(end + opening.len()..).unwrap_or_default();
    }
    kept + rest
}

/// Event types are not secret, and essential for diagnosis.
fn is_event_type(value: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c);
    value.starts_with("bodega.") && value.chars().all(is_part)
}

/// Returns the position of the next quote with as many backslashes before it, or the text's length.
fn end_of_escaped(quoted: &str, closing: &str) -> usize {
    let ends = quoted.match_indices(closing).map(|(at, _)| at);
    let mut ends = ends.filter(|at| !quoted.get(..*at).unwrap_or_default().ends_with('\\'));
    ends.next().unwrap_or(quoted.len())
}

/// Returns the position of the closing backtick. Serde does not escape backticks, so the input may contain some: the
/// closing one is the last that serde continues after, otherwise the last of all, otherwise the text's length.
fn end_of_unescaped(quoted: &str, closing: &str) -> usize {
    let goes_on = AFTER_UNKNOWN.iter().filter_map(|after| quoted.rfind(&format!("{closing}{after}")));
    goes_on.max().or_else(|| quoted.rfind(closing)).unwrap_or(quoted.len())
}

/// Removes everything that `find` finds.
fn without(text: &str, find: fn(&str) -> Option<(usize, usize)>) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((begin, end)) = find(rest) {
        kept.push_str(rest.get(..begin).unwrap_or_default());
        kept.push_str(REMOVED);
        rest = rest.get(end..).unwrap_or_default();
    }
    kept + rest
}

/// Finds an `@` with the characters around it.
fn email(text: &str) -> Option<(usize, usize)> {
    let is_part = |c: char| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    text.match_indices('@').find_map(|(at, _)| {
        let (local, domain) = (text.get(..at)?, text.get(at + 1..)?);
        let before = local.len() - local.trim_end_matches(is_part).len();
        let after = domain.len() - domain.trim_start_matches(is_part).len();
        (before > 0 && after > 0).then_some((at - before, at + 1 + after))
    })
}

/// Finds a word with the prefix of a token, or with the mark of a client secret.
fn token(text: &str) -> Option<(usize, usize)> {
    let is_token =
        |word: &str| TOKENS.iter().any(|prefix| word.starts_with(prefix)) || word.contains(CLIENT_SECRET);
    let mut words = words(text, |c| c.is_ascii_alphanumeric() || "._-".contains(c));
    words.find(|(begin, end)| text.get(*begin..*end).is_some_and(is_token))
}

/// Finds a run of 13 to 19 digits that passes Luhn's check, with or without groups. One request id in some thousands ends
/// in such digits.
fn card(text: &str) -> Option<(usize, usize)> {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let is_in_uuid = |at: usize| {
        let (before, after) = text.split_at(at);
        let before = before.chars().rev().take(UUID).take_while(is_part).count();
        let after = after.chars().take(UUID).take_while(is_part).count();
        text.get(at - before..at + after).is_some_and(is_uuid)
    };
    words(text, |c| c.is_ascii_alphanumeric()).find_map(|(begin, _)| {
        let length = card_at_the_beginning(text.get(begin..)?)?;
        (!is_in_uuid(begin)).then_some((begin, begin + length))
    })
}

/// Returns whether a word has the form of a UUID (RFC 9562 §4), as the ids of AWS's requests and messages do.
fn is_uuid(word: &str) -> bool {
    word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && word.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// Returns the words of a text as ranges.
fn words(text: &str, is_part: fn(char) -> bool) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let begin = from + text.get(from..)?.find(is_part)?;
        let word = text.get(begin..)?;
        from = begin + word.find(|c| !is_part(c)).unwrap_or(word.len());
        Some((begin, from))
    })
}

/// Returns the length of a card number at the beginning of a text. Groups belong to it as long as all of them are
/// digits. The search stops at the longest number; otherwise a text of many short groups would take quadratic time.
fn card_at_the_beginning(text: &str) -> Option<usize> {
    let (mut digits, mut luhn) = (0, Luhn::default());
    for (at, c) in text.char_indices().chain([(text.len(), END)]) {
        if let Some(digit) = c.to_digit(10) {
            digits += 1;
            luhn = luhn.and(digit);
        } else if CARD.contains(&digits) && !c.is_ascii_alphabetic() && luhn.passes() {
            return Some(at);
        } else if c != ' ' && c != '-' {
            return None;
        }
        if digits > *CARD.end() {
            return None;
        }
    }
    None
}

/// A character that ends a number.
const END: char = '.';

/// Luhn's sum of the digits so far, in which every other digit is doubled, beginning with the last but one; and the sum
/// if another digit follows, which swaps the doubled digits.
#[derive(Default, Clone, Copy)]
struct Luhn {
    sum: u32,
    when_another_follows: u32,
}

impl Luhn {
    fn and(self, digit: u32) -> Self {
        let doubled = if digit > 4 { 2 * digit - 9 } else { 2 * digit };
        Self { sum: self.when_another_follows + digit, when_another_follows: self.sum + doubled }
    }

    fn passes(self) -> bool {
        self.sum.is_multiple_of(10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_no_card_number() {
        let id = "cd36b71c-e446-4632-8492-076572547576";
        assert_eq!(redacted(id), id);
        assert_eq!(redacted(&format!("{id} 4242-4242-4242-4242")), format!("{id} {REMOVED}"));
        assert_eq!(redacted("8492-076572547576"), REMOVED);
    }

    #[test]
    fn input_quoted_by_decoders_is_removed() {
        for (text, expected) in [
            (
                r#"invalid type: string "a \"quoted\" secret", expected u64 at line 1 column 9"#,
                r#"invalid type: string "[removed]", expected u64 at line 1 column 9"#,
            ),
            (
                r#"Error("invalid value: string \"secret\", expected a name", line: 1)"#,
                r#"Error("invalid value: string \"[removed]\", expected a name", line: 1)"#,
            ),
            (
                "unknown variant `hunter2`, expected `EUR` or `USD`",
                "unknown variant `[removed]`, expected `EUR` or `USD`",
            ),
            (
                "unknown field `hunter2`, there are no fields",
                "unknown field `[removed]`, there are no fields",
            ),
            ("unknown variant `bodega.order.eaten.v1`", "unknown variant `bodega.order.eaten.v1`"),
            (
                "missing field `order_id` at line 1 column 269",
                "missing field `order_id` at line 1 column 269",
            ),
            (r#"string "not closed"#, r#"string "[removed]""#),
            // Serde escapes quotes, but not backticks.
            (
                "unknown variant `a`Ada's street 5`, expected `EUR` or `USD`",
                "unknown variant `[removed]`, expected `EUR` or `USD`",
            ),
            (
                "unknown field `a`, expected Ada`, there are no fields",
                "unknown field `[removed]`, there are no fields",
            ),
            ("unknown variant `a`Ada's street 5`", "unknown variant `[removed]`"),
            ("unknown variant `not closed", "unknown variant `[removed]`"),
            (
                "unknown variant `bodega.Ada's street 5`, expected `EUR`",
                "unknown variant `[removed]`, expected `EUR`",
            ),
            (
                "unknown variant `a`, expected `b`: unknown field `c`, there are no fields",
                "unknown variant `[removed]`, there are no fields",
            ),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn email_addresses_are_removed() {
        assert_eq!(
            redacted("MessageRejected: ada.lovelace+shop@mail.example, eve@x.example."),
            "MessageRejected: [removed], [removed]"
        );
        assert_eq!(redacted("<zoë@müller.example>"), "<[removed]>");
        assert_eq!(redacted("to o'brien@mail.example"), "to [removed]");
        assert_eq!(redacted("to o`brien@mail.example"), "to [removed]");
        assert_eq!(redacted("an @ by itself, x @ y"), "an @ by itself, x @ y");
    }

    #[test]
    fn card_numbers_are_removed_and_other_numbers_stay() {
        for (text, expected) in [
            ("No 4242424242424242.", "No [removed]."),
            ("4242 4242 4242 4242 and 3782-822463-10005", "[removed] and [removed]"),
            ("it says 12 4242424242424242", "it says 12 [removed]"),
            ("4242424242424241", "4242424242424241"),
            ("ord_01ARZ3NDEKTSV4RRFFQ69G5FAV", "ord_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            ("x4242424242424242", "x4242424242424242"),
            ("00000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000000"),
            ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn tokens_are_removed() {
        assert_eq!(redacted("No such PaymentMethod: 'pm_card_visa'"), "No such PaymentMethod: '[removed]'");
        assert_eq!(redacted("Bearer eyJhbGciOiJFZERTQSJ9.e30.c2ln"), "Bearer [removed]");
        assert_eq!(
            redacted("Invalid API Key provided: sk_test_****1234"),
            "Invalid API Key provided: [removed]****1234"
        );
        assert_eq!(redacted("pi_3Abc_secret_9xYz is used; pi_3Abc"), "[removed] is used; pi_3Abc");
        assert_eq!(redacted("a task_one, rpm_2"), "a task_one, rpm_2");
    }

    #[test]
    fn adversarial_text_takes_linear_time() {
        let length = 64 * 1024;
        for part in [
            "1 ",
            "1 a ",
            "4-",
            "1",
            "1----------------",
            "4242 4242 4242 4242 ",
            "a ",
            "a",
            "eyJ ",
            "pm_",
            "a@",
            "@",
            "a@b ",
            "string ",
            "string \"",
            "string \"a\" ",
            "unknown variant ",
            "unknown variant `",
            "unknown variant `a` ",
            "unknown field `a`, expected ",
            "\\",
        ] {
            let begun = std::time::Instant::now();
            let read = redacted(&part.repeat(length / part.len())).len();
            // It takes milliseconds; quadratic time would take minutes.
            assert!(begun.elapsed().as_secs() < 2, "{part:?}: {:?}, {read} left", begun.elapsed());
        }
    }
}
