//! A customer's payment method, as a token.

use nutype::nutype;

/// A payment gateway's token for a payment method (`pm_card_visa`). Anything that could be a card number is rejected,
/// so that card numbers never enter the system.
#[nutype(
    validate(predicate = is_payment_method),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct PaymentMethod(String);

fn is_payment_method(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    // Card numbers have 13 to 19 digits.
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.starts_with("pm_") && (4..=100).contains(&text.len()) && text.bytes().all(token) && digits < 13
}
