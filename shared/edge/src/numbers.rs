//! Whole numbers in JSON.
//!
//! JSON has one type of number: `2`, `2.0` and `2e0` are the same, and JSON Schema's `integer` includes all three. Some
//! languages write every number as `2.0`. serde accepts only the first form for an integer, so the others are rewritten
//! before a body is parsed. See `docs/decisions/0022-whole-numbers.md`.

use std::borrow::Cow;
use std::ops::Range;

/// The digits of the greatest integer that any field can hold, `u64::MAX`.
const MAX_DIGITS: usize = 20;

/// Replaces each whole number by its shortest form. `json` must be valid.
pub(crate) fn whole_numbers(json: &[u8]) -> Cow<'_, [u8]> {
    let mut rewritten: Option<Vec<u8>> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(token) = next_number(json, &mut at) {
        let Some(plain) = std::str::from_utf8(&json[token.clone()]).ok().and_then(rewrite) else { continue };
        let text = rewritten.get_or_insert_with(|| Vec::with_capacity(json.len()));
        text.extend_from_slice(&json[copied..token.start]);
        text.extend_from_slice(plain.as_bytes());
        copied = token.end;
    }
    match rewritten {
        None => Cow::Borrowed(json),
        Some(mut text) => {
            text.extend_from_slice(&json[copied..]);
            Cow::Owned(text)
        }
    }
}

/// Returns the next number outside of strings, and moves `at` behind it.
fn next_number(json: &[u8], at: &mut usize) -> Option<Range<usize>> {
    let mut in_string = false;
    while let Some(byte) = json.get(*at) {
        match byte {
            b'\\' if in_string => *at += 1,
            b'"' => in_string = !in_string,
            b'-' | b'0'..=b'9' if !in_string => {
                let start = *at;
                let rest = json[start..].iter();
                *at += rest
                    .take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                    .count();
                return Some(start..*at);
            }
            _ => {}
        }
        *at += 1;
    }
    None
}

/// Returns the shorter form of a number, if it has one.
fn rewrite(number: &str) -> Option<Cow<'static, str>> {
    let (sign, size) = match number.strip_prefix('-') {
        Some(size) => ("-", size),
        None => ("", number),
    };
    let (mantissa, exponent) = size.split_once(['e', 'E']).unwrap_or((size, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return (number != "0").then_some(Cow::Borrowed("0"));
    }
    // For serde, a number beyond f64 is a syntax error of the whole body. As a number that no field accepts, it is an
    // error of the field that holds it.
    if number.parse::<f64>().is_ok_and(f64::is_infinite) {
        return Some(Cow::Borrowed("1e308"));
    }
    if whole.len() == size.len() {
        return None;
    }
    let exponent: i64 = exponent.parse().ok()?;
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let zeros = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(dropped)?;
    let zeros = usize::try_from(zeros).ok()?;
    let fits = significant.len().checked_add(zeros)? <= MAX_DIGITS;
    fits.then(|| Cow::Owned(format!("{sign}{significant}{}", "0".repeat(zeros))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(json: &str) -> String {
        String::from_utf8(whole_numbers(json.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn whole_numbers_get_their_shortest_form() {
        for (json, plain) in [
            ("2.0", "2"),
            ("-2.00", "-2"),
            ("1e2", "100"),
            ("1.5E+1", "15"),
            ("120e-1", "12"),
            ("-0", "0"),
            ("0.0e7", "0"),
            ("18446744073709551615.0", "18446744073709551615"),
            ("1e400", "1e308"),
            ("-1e400", "1e308"),
        ] {
            assert_eq!(rewritten(json), plain, "{json}");
            assert_eq!(
                rewritten(&format!("[{json},{{\"a\":{json}}}]")),
                format!("[{plain},{{\"a\":{plain}}}]")
            );
        }
    }

    #[test]
    fn everything_else_is_kept() {
        for json in [
            "1.5",
            "1e-1",
            "1e20",
            "0",
            "7",
            r#"{"2.0":"1e2","\"":"\\","a":[1.25]}"#,
            "1e-99999999999999999999",
        ] {
            assert_eq!(rewritten(json), json);
        }
    }
}
