//! Ids as Stripe makes them: letters of both cases and digits.

use rand::RngExt;
use rand::distr::Alphanumeric;

/// The number of random letters. Few of them are digits, so that none looks like a card number, which the shop refuses.
const LETTERS: usize = 24;

/// Returns a new id: `pm_` and 24 letters and digits.
pub(super) fn id(prefix: &str) -> String {
    let letters = rand::rng().sample_iter(Alphanumeric).take(LETTERS).map(char::from);
    format!("{prefix}_{}", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of hexadecimal ids, one in some hundred has as many digits in a row as a card number.
    #[test]
    fn an_id_is_no_card_number() {
        let digits_in_a_row = |id: &str| {
            let runs = id.split(|letter: char| !letter.is_ascii_digit());
            runs.map(str::len).max().unwrap_or_default()
        };
        let longest = (0..10_000).map(|_| digits_in_a_row(&id("pm"))).max();
        assert!(longest < Some(13), "{longest:?}");
    }
}
