//! Stripe's rules for amounts and currencies (<https://docs.stripe.com/currencies>), in Stripe's own units: written from
//! its documentation and independent of the shop's rules, which a test compares with these.

use super::error::Error;

/// The currencies that Stripe charges, three-decimal ones included.
const CURRENCIES: &str = "usd aed afn all amd aoa ars aud awg azn bam bbd bdt bhd bif bmd bnd bob brl bsd bwp byn bzd cad \
    cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils \
    inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr \
    mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd szl \
    thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw";

/// Checks the amount and currency of a new PaymentIntent.
pub(super) fn check(amount: i64, currency: &str) -> Result<(), Error> {
    if !CURRENCIES.split_whitespace().any(|known| known == currency) {
        let message =
            format!("Invalid currency: {currency}. Stripe currently supports these currencies: {CURRENCIES}");
        return Err(Error::uncoded("currency", message));
    }
    let step = match currency {
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 10,
        "isk" | "ugx" => 100,
        _ => 1,
    };
    if amount % step != 0 {
        let message = format!("Invalid amount: amounts in {currency} must be evenly divisible by {step}.");
        return Err(Error::uncoded("amount", message));
    }
    let least = least(currency);
    if amount < least {
        let message = format!("Amount must be at least {least} {currency}, in the smallest unit");
        return Err(Error::parameter("amount_too_small", "amount", message));
    }
    let most = if currency == "idr" { 999_999_999_999 } else { 99_999_999 };
    if amount > most {
        let message = format!("Amount must be no more than {most} {currency}, in the smallest unit");
        return Err(Error::parameter("amount_too_large", "amount", message));
    }
    Ok(())
}

fn least(currency: &str) -> i64 {
    match currency {
        "huf" => 17_500,
        "czk" => 1_500,
        "mxn" | "thb" => 1_000,
        "hkd" => 400,
        "nok" | "sek" => 300,
        "dkk" => 250,
        "aed" | "myr" | "pln" | "ron" => 200,
        "usd" | "eur" | "aud" | "brl" | "cad" | "chf" | "inr" | "jpy" | "nzd" | "sgd" | "ars" | "cop"
        | "idr" | "ils" | "krw" | "php" | "rub" | "zar" => 50,
        "gbp" => 30,
        _ => 1,
    }
}
