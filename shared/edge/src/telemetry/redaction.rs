//! What no log line may hold, whoever wrote the text: an error of a library quotes what it was given.
//!
//! Nothing in the shop logs any of this on purpose. This is the last door before a line is written, for what slips through:
//! values that a decoder quotes, e-mail addresses, card numbers, and tokens of the kinds that the shop deals with.

/// In the place of what was taken out.
const REMOVED: &str = "[removed]";

/// What tokens and keys begin with: our access tokens (a JWT's `{"`), and what Stripe gives.
const TOKENS: [&str; 7] = ["eyJ", "pm_", "tok_", "sk_", "rk_", "whsec_", "seti_"];

/// Texts as serde begins them when it goes on with what it was given.
const QUOTES: [(&str, char); 3] = [("string ", '"'), ("unknown variant ", '`'), ("unknown field ", '`')];

/// Card numbers have this many digits.
const CARD: std::ops::RangeInclusive<usize> = 13..=19;

/// A text without what must not be logged.
pub(super) fn redacted(text: &str) -> String {
    let mut text =
        QUOTES.iter().fold(text.to_owned(), |text, (before, quote)| without_quoted(&text, before, *quote));
    for find in [email, token, card] {
        text = without(&text, find);
    }
    text
}

/// Takes out what is quoted after `before`. In a text that was itself quoted, quotes have backslashes before them.
fn without_quoted(text: &str, before: &str, quote: char) -> String {
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
        let end = end_of_quoted(quoted, &opening);
        // What events are called is no secret, and the first thing that one wants to know.
        let value = quoted.get(..end).unwrap_or_default();
        let shown = if value.starts_with("bodega.") { value } else { REMOVED };
        kept.extend([&opening, shown, &opening]);
        rest = quoted.get(end + opening.len()..).unwrap_or_default();
    }
    kept + rest
}

/// Where a quoted text ends: at the next quote with as many backslashes before it, or with the text.
fn end_of_quoted(quoted: &str, closing: &str) -> usize {
    let ends = quoted.match_indices(closing).map(|(at, _)| at);
    let mut ends = ends.filter(|at| !quoted.get(..*at).unwrap_or_default().ends_with('\\'));
    ends.next().unwrap_or(quoted.len())
}

/// Takes out what `find` finds, until it finds no more.
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

/// An `@` with what may stand around it.
fn email(text: &str) -> Option<(usize, usize)> {
    let is_part = |c: char| c.is_alphanumeric() || ".!#$%&*+/=?^_{|}~-".contains(c);
    text.match_indices('@').find_map(|(at, _)| {
        let (local, domain) = (text.get(..at)?, text.get(at + 1..)?);
        let before = local.len() - local.trim_end_matches(is_part).len();
        let after = domain.len() - domain.trim_start_matches(is_part).len();
        (before > 0 && after > 0).then_some((at - before, at + 1 + after))
    })
}

/// A word that begins like a token.
fn token(text: &str) -> Option<(usize, usize)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let found = TOKENS.iter().flat_map(|prefix| text.match_indices(prefix));
    let begins = found.map(|(at, _)| at).filter(|at| !text.get(..*at).unwrap_or_default().ends_with(is_part));
    let begin = begins.min()?;
    let word = text.get(begin..)?;
    Some((begin, begin + word.find(|c| !is_part(c)).unwrap_or(word.len())))
}

/// A run of 13 to 19 digits that passes Luhn's check, by itself or in groups.
fn card(text: &str) -> Option<(usize, usize)> {
    let mut begin = 0;
    while let Some(at) = text.get(begin..)?.find(|c: char| c.is_ascii_alphanumeric()) {
        begin += at;
        let word = text.get(begin..)?;
        let length = word.find(|c: char| !c.is_ascii_alphanumeric() && c != ' ' && c != '-');
        let word = word.get(..length.unwrap_or(word.len()))?;
        // Groups belong together for as long as all of them are digits.
        let digits = word.find(|c: char| c.is_ascii_alphabetic()).map_or(word, |at| whole_groups(word, at));
        if let Some(end) = card_at_the_beginning(digits) {
            return Some((begin, begin + end));
        }
        begin += word.find([' ', '-']).unwrap_or(word.len()).max(1);
    }
    None
}

/// The groups before the one that has a letter in it.
fn whole_groups(word: &str, letter: usize) -> &str {
    let before = word.get(..letter).unwrap_or_default();
    before.rfind([' ', '-']).and_then(|end| before.get(..end)).unwrap_or_default()
}

/// Where a card number ends that the groups of digits begin with.
fn card_at_the_beginning(groups: &str) -> Option<usize> {
    let ends = groups.match_indices([' ', '-']).map(|(at, _)| at).chain([groups.len()]);
    let mut ends = ends.filter(|end| {
        let digits: Vec<u32> =
            groups.get(..*end).unwrap_or_default().chars().filter_map(|c| c.to_digit(10)).collect();
        CARD.contains(&digits.len()) && passes_luhn(&digits)
    });
    ends.next()
}

fn passes_luhn(digits: &[u32]) -> bool {
    let doubled =
        |(place, digit): (usize, &u32)| match digit * (1 + u32::try_from(place % 2).unwrap_or_default()) {
            sum if sum > 9 => sum - 9,
            sum => sum,
        };
    digits.iter().rev().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decoders_quote_is_taken_out() {
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
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn nobody_is_named() {
        assert_eq!(
            redacted("MessageRejected: ada.lovelace+shop@mail.example, eve@x.example."),
            "MessageRejected: [removed], [removed]"
        );
        assert_eq!(redacted("<zoë@müller.example>"), "<[removed]>");
        assert_eq!(redacted("an @ by itself, x @ y"), "an @ by itself, x @ y");
    }

    #[test]
    fn card_numbers_are_taken_out_and_other_numbers_stay() {
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
    fn tokens_are_taken_out() {
        assert_eq!(redacted("No such PaymentMethod: 'pm_card_visa'"), "No such PaymentMethod: '[removed]'");
        assert_eq!(redacted("Bearer eyJhbGciOiJFZERTQSJ9.e30.c2ln"), "Bearer [removed]");
        assert_eq!(
            redacted("Invalid API Key provided: sk_test_****1234"),
            "Invalid API Key provided: [removed]****1234"
        );
        assert_eq!(redacted("a task_one, rpm_2"), "a task_one, rpm_2");
    }
}
