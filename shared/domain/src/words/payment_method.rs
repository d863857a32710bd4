//! A customer's payment method, as a token.

use nutype::nutype;

/// A payment gateway's token for a payment method (`pm_card_visa`). A token that contains a card number is rejected, so
/// that card numbers never enter the system.
#[nutype(
    validate(predicate = is_payment_method),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, FromStr, Serialize, Deserialize)
)]
pub struct PaymentMethod(String);

fn is_payment_method(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut runs = text.split(|letter: char| !letter.is_ascii_digit());
    text.starts_with("pm_")
        && (4..=100).contains(&text.len())
        && text.bytes().all(token)
        && !runs.any(is_card_number)
}

/// Card numbers have 13 to 19 digits, and the last one is a check digit (Luhn). The gateway's tokens are random letters
/// and digits, among which a run of digits that long is as good as impossible.
fn is_card_number(digits: &str) -> bool {
    let luhn = digits.bytes().rev().enumerate().map(|(place, digit)| {
        let digit = u32::from(digit - b'0');
        match digit * (1 + u32::from(place % 2 == 1)) {
            doubled @ 10.. => doubled - 9,
            sum => sum,
        }
    });
    (13..=19).contains(&digits.len()) && luhn.sum::<u32>().is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_card_number_is_not_a_token() {
        for card in ["4242424242424242", "378282246310005", "4000056655665556", "6304000000000000"] {
            for token in [card.to_owned(), format!("pm_{card}"), format!("pm_x{card}y")] {
                assert!(PaymentMethod::try_new(token.clone()).is_err(), "{token}");
            }
        }
    }

    #[test]
    fn a_token_may_have_many_digits() {
        for token in ["pm_1N4827K3940156x72Qz83T05", "pm_4242424242424241", "pm_1QZ0x02eZvKYlo2C0123456789"] {
            assert!(PaymentMethod::try_new(token).is_ok(), "{token}");
        }
    }

    proptest! {
        /// Of the ten digits that can end a run, exactly one makes it a card number.
        #[test]
        fn one_digit_in_ten_completes_a_card_number(digits in "[0-9]{12,18}", before in "[A-Za-z]{0,5}") {
            let token = |last: u8| format!("pm_{before}{digits}{last}");
            let refused = (0..10).filter(|last| PaymentMethod::try_new(token(*last)).is_err()).count();
            prop_assert_eq!(refused, 1);
        }
    }
}
