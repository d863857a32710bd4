//! Texts with a grammar of their own: credentials, cursors, ids, names, addresses, amounts, log lines.

use std::hint::black_box;

use domain::events::LinkPurpose;
use domain::orders::{Checkout, Order};
use domain::stock::{Reservation, Stock, StockItem};
use domain::users::User;
use domain::users::link::LinkToken;
use domain::users::session::{Session, TokenHash, TokenHashes};
use domain::words::goods::{Description, Quantity, Sku, Slug, Title};
use domain::words::id::{LinkTokenId, OrderId, ProductId, SessionId, UserId};
use domain::words::line::Lines;
use domain::words::locale::Locale;
use domain::words::money::{Currency, Money, TaxRate};
use domain::words::pay_with::PayWith;
use domain::words::payment_method::PaymentMethod;
use domain::words::person::{AddressLine, CountryCode, Email, Name};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::{Index, Query};
use telemetry::{Logged, Trace};
use users::keys::signing_key::SigningKey;
use users::links::{Links, PresentedLink};
use users::sessions::access_token::{AccessTokens, PresentedToken, RolesNeed, validation};
use users::sessions::refresh_token::RefreshToken;

use super::check;
use super::text::{altered, json as changed, text};

const ISSUER: &str = "https://bodega.example";

/// The authorizer's check of `Authorization` headers: altered tokens, and anything else.
pub fn authorization(runner: &mut TestRunner) -> Result<(), String> {
    let key = SigningKey::derive(&"a secret that is as long as one of the template's own".into())
        .map_err(|error| error.to_string())?;
    let now = Timestamp::UNIX_EPOCH;
    let (email, name) = (Email::try_new("ada@example.com"), Name::try_new("Ada"));
    let (user, _) = User::register(
        UserId::from_parts(1, 1),
        email.expect("an address"),
        name.expect("a name"),
        Locale::default(),
        LinkTokenId::from_parts(1, 1),
        now,
    );
    let hashes = TokenHashes { family: TokenHash::of(&[0]), own: TokenHash::of(&[0]) };
    let session = Session::start(SessionId::from_parts(1, 2), user.user_id, hashes, now);
    let tokens = AccessTokens::new(key.clone(), ISSUER, RolesNeed::Nothing);
    let token = tokens.issue(&user, &session, None, now);
    let valid = format!("Bearer {}", token.map_err(|problem| problem.code().to_owned())?.expose_secret());
    let public = key.verifying().map_err(|error| error.to_string())?;
    let validation = validation(ISSUER);
    let verify = |header: &str| PresentedToken::parse(header)?.verify(&public, &validation, now);
    check(runner, &altered(vec![valid.clone()]), |header| match verify(&header) {
        Ok(_) if header.split(' ').nth(1) != valid.split(' ').nth(1) => {
            Err("an altered token is accepted".to_owned())
        }
        _ => {
            drop(header.parse::<RefreshToken>());
            Ok(())
        }
    })
}

/// Tokens of links in mails: altered ones, and anything else.
pub fn links(runner: &mut TestRunner) -> Result<(), String> {
    let secret = "a secret that is as long as one of the template's own".into();
    let links = Links::derive(&secret, ISSUER).map_err(|error| error.to_string())?;
    let email = Email::try_new("ada@example.com").expect("an address");
    let (id, user) = (LinkTokenId::from_parts(1, 1), UserId::from_parts(1, 1));
    let link = LinkToken::issue(id, LinkPurpose::ResetPassword, user, email, Timestamp::UNIX_EPOCH);
    let valid =
        links.link(&link).expect("a link").reveal().split_once("#token=").expect("a token").1.to_owned();
    check(runner, &altered(vec![valid.clone()]), |token| match token.parse::<PresentedLink>() {
        Ok(presented) if token != valid && presented.id == id && links.verify(&presented, &link).is_ok() => {
            Err("an altered token is accepted".to_owned())
        }
        _ => Ok(()),
    })
}

/// Cursors of lists, and the keys that they become.
pub fn cursors(runner: &mut TestRunner) -> Result<(), String> {
    let encoded = changed(vec![json!({ "pk": "A", "sk": "B", "gsi1sk": "C" }), json!({ "sk": "B" })])
        .prop_map(|json| {
            use base64::Engine;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json)
        });
    check(runner, &prop_oneof![3 => encoded, 1 => text()], |cursor| {
        for index in [Index::Table, Index::Gsi(1)] {
            drop(Query::new(index, "A").after(Some(&cursor)));
        }
        Ok(())
    })
}

/// Names, addresses, ids and codes. What is accepted is one line of text.
pub fn words(runner: &mut TestRunner) -> Result<(), String> {
    check(runner, &text(), |text| {
        let lines = [
            Name::try_new(text.clone()).ok().map(|word| word.to_string()),
            AddressLine::try_new(text.clone()).ok().map(|word| word.to_string()),
            Title::try_new(text.clone()).ok().map(|word| word.to_string()),
            Email::try_new(text.clone()).ok().map(|word| word.to_string()),
            Sku::try_new(text.clone()).ok().map(|word| word.to_string()),
            Slug::try_new(text.clone()).ok().map(|word| word.to_string()),
            CountryCode::try_new(text.clone()).ok().map(|word| word.to_string()),
            PaymentMethod::try_new(text.clone()).ok().map(|word| word.to_string()),
        ];
        if lines.iter().flatten().any(|line| line.is_empty() || line.contains(['\r', '\n', '\0'])) {
            return Err("it is not one line".to_owned());
        }
        drop((Description::try_new(text.clone()), text.parse::<OrderId>(), text.parse::<UserId>()));
        black_box((
            Trace::of_header(&text).is_ok(),
            text.parse::<Trace>().is_ok(),
            Currency::from_code(&text),
        ));
        Ok(())
    })
}

fn any_money() -> impl Strategy<Value = Money> {
    let amounts = prop_oneof![any::<i64>(), 0..100_000_i64, select(vec![0, 1, i64::MAX, i64::MIN])];
    let currencies = select(vec![
        Currency::EUR,
        Currency::USD,
        Currency::JPY,
        Currency::KWD,
        Currency::CLF,
        Currency::XAU,
    ]);
    (amounts, currencies).prop_map(|(amount, currency)| {
        Money::new(amount, currency)
            .or_else(|_| Money::new(amount.unsigned_abs().min(999_999_999_999).cast_signed(), Currency::EUR))
            .unwrap_or_else(|_| Money::new(0, Currency::EUR).expect("zero"))
    })
}

/// Arithmetic on amounts: sums and parts are exact, or refused.
pub fn money(runner: &mut TestRunner) -> Result<(), String> {
    let inputs = (any_money(), any_money(), any::<u32>(), any::<u16>(), vec(any::<u64>(), 0..8));
    check(runner, &inputs, |(one, other, count, rate, shares)| {
        drop((one.plus(other), one.minus(other), one.times(count), Money::sum([one, other, one])));
        assert!(!one.to_string().is_empty());
        if let Ok(rate) = TaxRate::try_new(rate) {
            assert!(one.tax_included(rate).amount() <= one.amount());
        }
        if let Ok(parts) = one.allocate(&shares)
            && parts.iter().map(|part| i128::from(part.amount())).sum::<i128>() != i128::from(one.amount())
        {
            return Err("the parts do not sum to the whole".to_owned());
        }
        let written: Money = serde_json::from_value(json!(one)).map_err(|error| error.to_string())?;
        if written == one { Ok(()) } else { Err("the amount has changed in its JSON".to_owned()) }
    })
}

/// Orders of any quantities at any prices: priced, placed, or refused.
pub fn orders(runner: &mut TestRunner) -> Result<(), String> {
    let line = (any::<u32>(), any_money(), 0..=10_000_u16, any::<i32>());
    check(runner, &vec(line, 1..6), |lines| {
        let now = Timestamp::UNIX_EPOCH;
        let stock: Vec<Value> = lines.iter().enumerate().map(|(number, (_, price, rate, available))| {
            json!({
                "sku": format!("SKU-{number}"), "product_id": ProductId::from_parts(1, 1), "title": "A cup", "price": price, "tax_rate": rate, "for_sale": true,
                "available": available, "reserved": 0, "sold": 0, "received": available,
            })
        }).collect();
        let stock: Vec<StockItem> =
            stock.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect();
        let stock: Vec<Stock> = stock.into_iter().map(Stock::from).collect();
        let wanted: Vec<Value> = lines.iter().enumerate().map(|(number, (quantity, ..))| {
            json!({ "sku": format!("SKU-{number}"), "quantity": quantity % 1_200 })
        }).collect();
        let Ok(wanted) = serde_json::from_value::<Lines>(json!(wanted)) else { return Ok(()) };
        let currency = lines[0].1.currency();
        let Ok(held) = Reservation::hold(OrderId::from_parts(1, 1), &wanted, currency, &stock, now) else {
            return Ok(());
        };
        let checkout = Checkout {
            terms: domain::orders::Terms::default(),
            user_id: UserId::from_parts(1, 1),
            shipping_address: serde_json::from_value(json!({
                "name": "Ada", "line1": "1", "city": "Madrid", "postal_code": "1", "country": "ES",
            }))
            .map_err(|error| error.to_string())?,
            pay_with: PayWith::once(
                PaymentMethod::try_new("pm_card_visa").map_err(|error| error.to_string())?,
            ),
        };
        drop(Order::place(checkout, held.reservation, now));
        drop(Quantity::try_new(lines[0].0));
        Ok(())
    })
}

/// What is logged, with secrets and quotes in it, is one JSON object per line.
pub fn log_lines(runner: &mut TestRunner) -> Result<(), String> {
    let logged = Logged::from_now(tracing::level_filters::LevelFilter::INFO);
    check(runner, &(text(), text()), |(one, other)| {
        tracing::info!(target: "edge::fuzz", text = %one, other = ?other, "{other}");
        let lines = logged.take();
        if lines.len() == 1 && lines[0].is_object() { Ok(()) } else { Err(format!("{lines:?}")) }
    })
}
