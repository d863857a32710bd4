use proptest::prelude::*;

use super::*;

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

#[test]
fn display_has_the_decimals_of_the_currency() {
    assert_eq!(eur(1999).to_string(), "19.99 EUR");
    assert_eq!(eur(5).to_string(), "0.05 EUR");
    assert_eq!(Money::new(1999, Currency::JPY).unwrap().to_string(), "1999 JPY");
    assert_eq!(Money::new(1999, Currency::KWD).unwrap().to_string(), "1.999 KWD");
}

#[test]
fn a_decimal_number_is_read_with_a_point_or_a_comma_and_never_guessed() {
    for (text, amount) in
        [("19.99", 1999), ("19,99", 1999), ("19", 1900), ("19.9", 1990), ("0", 0), ("007", 700)]
    {
        assert_eq!(Money::from_decimal(text, Currency::EUR), Ok(eur(amount)), "{text}");
    }
    for bad in [
        "", " 1", "1,999", "1.000", "1.999,00", "1,9,9", "-1", "+1", "1e3", "19.", ".5", "€ 1", "1 000",
        "'1", "٣",
    ] {
        let refused = Err(MoneyError::NotDecimal { decimals: 2 });
        assert_eq!(Money::from_decimal(bad, Currency::EUR), refused, "{bad}");
    }
    assert_eq!(Money::from_decimal("1,999", Currency::KWD).unwrap().amount(), 1999);
    assert_eq!(Money::from_decimal("1999", Currency::JPY).unwrap().amount(), 1999);
    assert!(Money::from_decimal("1999.0", Currency::JPY).is_err());
    assert_eq!(Money::from_decimal(&"9".repeat(40), Currency::EUR), Err(MoneyError::OutOfRange));
    assert!(Money::from_decimal("1", Currency::XAU).is_err());
}

#[test]
fn only_serialised_amounts_deserialise() {
    let money: Money = serde_json::from_str(r#"{"amount":1999,"currency":"EUR"}"#).unwrap();
    assert_eq!(serde_json::to_string(&money).unwrap(), r#"{"amount":1999,"currency":"EUR"}"#);
    for bad in [
        r#"{"amount":-1,"currency":"EUR"}"#,
        r#"{"amount":1.5,"currency":"EUR"}"#,
        r#"{"amount":"1","currency":"EUR"}"#,
        r#"{"amount":1,"currency":"XXQ"}"#,
        r#"{"amount":1,"currency":"XAU"}"#,
        r#"{"amount":9223372036854775807,"currency":"EUR"}"#,
    ] {
        assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
    }
}

#[test]
fn currencies_do_not_mix() {
    let dollar = Money::new(1, Currency::USD).unwrap();
    assert!(matches!(eur(1).plus(dollar), Err(MoneyError::CurrencyMismatch { .. })));
    assert!(matches!(eur(1).minus(dollar), Err(MoneyError::CurrencyMismatch { .. })));
}

#[test]
fn tax_rounds_half_up() {
    let rate = TaxRate::try_new(1900).unwrap();
    assert_eq!(eur(11_900).tax_included(rate), eur(1900));
    assert_eq!(eur(1999).tax_included(rate), eur(319));
    assert_eq!(eur(3).tax_included(TaxRate::try_new(2000).unwrap()), eur(1), "0.5 is rounded up");
    assert_eq!(eur(1999).tax_included(TaxRate::default()), eur(0));
}

proptest! {
    #[test]
    fn parts_sum_to_the_whole(amount in 0..=MAX_AMOUNT, shares in prop::collection::vec(any::<u64>(), 1..40)) {
        match eur(amount).allocate(&shares) {
            Ok(parts) => {
                prop_assert_eq!(parts.len(), shares.len());
                prop_assert_eq!(Money::sum(parts).unwrap(), Some(eur(amount)));
            }
            Err(error) => prop_assert!(shares.iter().all(|share| *share == 0), "{}", error),
        }
    }

    #[test]
    fn arithmetic_never_leaves_the_range(a in 0..=MAX_AMOUNT, b in 0..=MAX_AMOUNT, count in any::<u32>()) {
        for result in [eur(a).plus(eur(b)), eur(a).minus(eur(b)), eur(a).times(count)].into_iter().flatten() {
            prop_assert!((0..=MAX_AMOUNT).contains(&result.amount()));
        }
        if a >= b {
            prop_assert_eq!(eur(a).minus(eur(b)).unwrap().plus(eur(b)).unwrap(), eur(a));
        } else {
            prop_assert!(eur(a).minus(eur(b)).is_err());
        }
    }

    #[test]
    fn every_amount_reads_back_from_its_decimal_number(amount in 0..=MAX_AMOUNT, number in 0..3_usize) {
        let money = Money::new(amount, [Currency::EUR, Currency::JPY, Currency::KWD][number]).unwrap();
        prop_assert_eq!(Money::from_decimal(&money.decimal(), money.currency()), Ok(money));
        prop_assert_eq!(Money::from_decimal(&money.decimal().replace('.', ","), money.currency()), Ok(money));
    }

    #[test]
    fn tax_is_part_of_the_price(amount in 0..=MAX_AMOUNT, rate in 0u16..=10_000) {
        let tax = eur(amount).tax_included(TaxRate::try_new(rate).unwrap());
        prop_assert!(tax.amount() * 2 <= amount + 1);
    }
}
