//! `GET /shop`: what a page needs to know of the shop before it shows anything.

use std::collections::{BTreeMap, BTreeSet};

use domain::settings::{Market, Settings};
use domain::words::locale::Locale;
use domain::words::money::{Currency, Money};
use domain::words::person::{Address, CountryCode};
use domain::words::setting::{Label, SettingId, VatId};
use edge::{Anyone, Call, Connect, Environment, InitError, NoBody, Problem, Reply};
use serde::Serialize;

use crate::settings::in_force::InForce;

/// Cache lifetime in seconds. With the minute that a function holds settings for, a change shows within two.
const CACHED: u32 = 60;

/// The shop, as its pages know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Shop {
    /// Where it sells, by market. Without markets, it sells everywhere.
    pub markets: Vec<MarketView>,
    /// The currencies of its markets.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<domain::schema::CurrencyCode>"))]
    pub currencies: Vec<Currency>,
    /// The countries of its markets, sorted.
    pub countries: Vec<CountryCode>,
    /// The languages of its markets, each once, in the order of the markets.
    pub locales: Vec<Locale>,
    /// What it grants its customers.
    pub policies: Policies,
    /// What is switched on and off.
    pub flags: BTreeMap<SettingId, bool>,
    /// Who sells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seller: Option<SellerView>,
    /// How its pages take payment methods.
    pub payments: PaymentPages,
}

/// How a shop's pages take payment methods.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaymentPages {
    /// The key that Stripe's script needs, if the shop has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publishable_key: Option<String>,
    /// Whether pages offer test payment methods instead: nobody pays in a shop for development.
    pub test_cards: bool,
}

impl Connect for PaymentPages {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let set = |name| environment.variable(name).ok().filter(|value| !value.is_empty());
        let publishable_key = set("STRIPE_PUBLISHABLE_KEY").map(str::to_owned);
        Ok(Self { publishable_key, test_cards: set("TEST_CARDS").is_some() })
    }
}

/// A market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MarketView {
    /// Its id.
    pub id: SettingId,
    /// The market.
    #[serde(flatten)]
    pub market: Market,
    /// The value of the goods from which some way of shipping is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_from: Option<Money>,
}

/// What the shop grants its customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Policies {
    /// How many days after delivery goods may be returned without giving a reason.
    pub return_days: u16,
    /// Whether a paid order may be cancelled before it is shipped.
    pub customer_may_cancel: bool,
    /// The version of the terms that have to be accepted to order, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms_version: Option<Label>,
}

/// Who sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SellerView {
    /// What the shop is called.
    pub name: Label,
    /// The name under which it trades, and its address.
    pub address: Address,
    /// Its number for value added tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vat_id: Option<VatId>,
}

/// Returns the shop.
///
/// # Errors
/// If the table fails.
pub async fn show_shop(
    (settings, payments): (InForce, PaymentPages),
    call: Call<NoBody, Anyone>,
) -> Result<Reply<Shop>, Problem> {
    let settings = settings.at(call.now).await?;
    Ok(Reply::ok(Shop::of(&settings, payments)).cached(CACHED))
}

impl Shop {
    fn of(settings: &Settings, payments: PaymentPages) -> Self {
        let markets: Vec<MarketView> = settings
            .markets()
            .map(|(id, market)| MarketView {
                id: id.clone(),
                market: market.clone(),
                free_from: settings.free_from(market),
            })
            .collect();
        let (mut currencies, mut locales) = (Vec::new(), Vec::new());
        let mut countries = BTreeSet::new();
        for MarketView { market, .. } in &markets {
            add_new(&mut currencies, std::slice::from_ref(&market.currency));
            add_new(&mut locales, &market.locales);
            countries.extend(market.countries.iter().map(AsRef::as_ref));
        }
        let countries = countries.into_iter().filter_map(|code: &str| CountryCode::try_new(code).ok());
        let policy = settings.policy();
        let seller = settings.seller().map(|seller| SellerView {
            name: seller.name.clone(),
            address: seller.address.clone(),
            vat_id: seller.vat_id.clone(),
        });
        Self {
            currencies,
            countries: countries.collect(),
            locales,
            policies: Policies {
                return_days: policy.return_days,
                customer_may_cancel: policy.customer_may_cancel,
                terms_version: policy.terms_version.clone(),
            },
            flags: settings.public_flags().map(|(id, on)| (id.clone(), on)).collect(),
            seller,
            payments,
            markets,
        }
    }
}

fn add_new<T: PartialEq + Clone>(known: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !known.contains(one) {
            known.push(one.clone());
        }
    }
}
