//! `put-setting`, `list-settings`, `show-shop`, and how long settings are held in memory.

use domain::events::{StaffActed, StaffEvent};
use domain::words::person::Role;
use edge::{Admin, Anyone, List, Problem, Staff};
use futures::future::join_all;
use orders::settings::in_force::{InForce, LOOKED_FOR_AFTER};
use orders::settings::put_setting::PutSetting;
use orders::settings::show_shop::{PaymentPages, Shop};
use orders::settings::{SettingEntry, list_settings, put_setting, show_shop};
use serde_json::{Value, json};

use crate::*;

fn grace() -> SignedIn {
    SignedIn { roles: vec![Role::Admin], ..signed_in(9) }
}

fn flag(on: bool, public: bool) -> Value {
    json!({ "on": on, "public": public })
}

pub fn seller() -> Value {
    json!({
        "name": "Bodega", "oss": true, "vat_id": "ESB12345678",
        "address": { "name": "Bodega S.L.", "line1": "Calle Mayor 1", "city": "Madrid", "region": "M", "postal_code": "28013", "country": "ES" },
    })
}

pub fn rate(country: &str, tax_code: &str, ppm: u32) -> Value {
    json!({
        "country": country, "tax_code": tax_code, "valid_from": "2020-01-01T00:00:00Z", "ppm": ppm, "source": "a test",
    })
}

pub fn zone(countries: &[&str], price: i64) -> Value {
    let eur = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    let method = json!({
        "id": "standard", "title": "Standard", "price": eur(price), "free_from": eur(6000), "days": { "least": 2, "most": 4 },
    });
    json!({ "countries": countries, "methods": [method] })
}

fn market(countries: &[&str], currency: &str) -> Value {
    json!({ "countries": countries, "currency": currency, "tax_included": currency == "EUR", "locales": ["es", "en"] })
}

impl Shelf {
    async fn put_at(
        &self,
        path: (&str, &str),
        body: Value,
        if_match: Option<&str>,
    ) -> Result<Reply<SettingEntry>, Problem> {
        let body: PutSetting = serde_json::from_value(body).unwrap();
        let call = Call::new(Admin(grace()), body, now()).with_path("kind", path.0).with_path("id", path.1);
        let call = match if_match {
            Some(version) => call.with_header("if-match", version),
            None => call,
        };
        put_setting(self.orders.clone(), call).await
    }

    /// Puts a setting, whatever its version.
    pub async fn set(&self, kind: &str, id: &str, body: Value) {
        self.put_at((kind, id), body, Some("*")).await.unwrap();
    }

    async fn refused(&self, kind: &str, id: &str, body: Value) -> String {
        let problem = self.put_at((kind, id), body, Some("*")).await.unwrap_err();
        let pointers: Vec<_> = problem.errors().iter().map(|error| error.pointer.clone()).collect();
        format!("{} {} {}", problem.status().as_u16(), problem.code(), pointers.join(" "))
            .trim_end()
            .to_owned()
    }

    async fn settings(&self, kind: &str, query: &str) -> List<SettingEntry> {
        let caller = Staff(SignedIn { roles: vec![Role::Staff], ..signed_in(8) });
        let call = Call::new(caller, NoBody, now()).with_path("kind", kind).with_query(query).unwrap();
        list_settings(self.orders.clone(), call).await.unwrap().body().unwrap().clone()
    }

    pub fn in_force(&self) -> InForce {
        InForce::new(self.orders.clone())
    }

    /// Returns what the staff have done, for the record.
    pub async fn acted(&self) -> Vec<String> {
        let acted = self.events().await.into_iter().filter_map(|envelope| match envelope.event {
            Event::Staff(StaffEvent::Acted(StaffActed { actor, action, subject })) => {
                Some(format!("{} {subject} by {actor}", action.as_ref()))
            }
            _ => None,
        });
        let mut acted: Vec<String> = acted.collect();
        acted.sort();
        acted
    }
}

async fn shown(settings: &InForce, at: Timestamp) -> Shop {
    let reply =
        show_shop((settings.clone(), PaymentPages::default()), Call::new(Anyone, NoBody, at)).await.unwrap();
    let shop = reply.body().unwrap().clone();
    assert_eq!(reply, Reply::ok(shop.clone()).cached(60));
    shop
}

#[tokio::test]
async fn a_setting_is_added_changed_and_recorded() {
    let shelf = shelf().await;
    let refused = shelf.put_at(("flag", "reviews"), flag(true, true), None).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (428, "precondition_required"));
    let added = shelf.put_at(("flag", "reviews"), flag(true, true), Some("\"0\"")).await.unwrap();
    assert_eq!(added.body().unwrap().version, 1);
    let again = shelf.put_at(("flag", "reviews"), flag(true, true), Some("\"0\"")).await.unwrap();
    assert_eq!(again, added, "the same again, by a client that missed the reply");
    let stale = shelf.put_at(("flag", "reviews"), flag(false, true), Some("\"0\"")).await.unwrap_err();
    assert_eq!((stale.status().as_u16(), stale.code()), (412, "version_mismatch"));
    let changed = shelf.put_at(("flag", "reviews"), flag(false, true), Some("\"1\"")).await.unwrap();
    assert_eq!(changed.body().unwrap().version, 2);
    let act = format!("put-setting flag.reviews by {}", grace().user_id);
    assert_eq!(shelf.acted().await, [act.clone(), act]);
    let past = shelf.table.client().query().table_name(shelf.table.name());
    let past = past.key_condition_expression("pk = :pk").expression_attribute_values(
        ":pk",
        aws_sdk_dynamodb::types::AttributeValue::S("SETTING#flag#reviews".to_owned()),
    );
    let past = past.send().await.unwrap().items.unwrap();
    let on: Vec<bool> = past.iter().map(|row| *row["on"].as_bool().unwrap()).collect();
    assert_eq!(on, [true, false], "what was set, in its order");
}

#[tokio::test]
async fn of_two_changes_at_once_the_second_is_told() {
    let shelf = shelf().await;
    shelf.set("flag", "reviews", flag(true, false)).await;
    let both = [flag(false, false), flag(false, true)]
        .map(|body| shelf.put_at(("flag", "reviews"), body, Some("\"1\"")));
    let outcomes = join_all(both).await;
    let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert_eq!(refused.iter().map(|problem| problem.code()).collect::<Vec<_>>(), ["version_mismatch"]);
}

#[tokio::test]
async fn each_refusal() {
    let shelf = shelf().await;
    let empty = json!({});
    assert_eq!(shelf.refused("colour", "x", empty.clone()).await, "404 not_found", "an unknown kind");
    assert_eq!(shelf.refused("flag", "Not a slug", empty.clone()).await, "404 not_found");
    assert_eq!(shelf.refused("flag", "x", empty).await, "422 invalid_body");
    let mut typo = flag(true, true);
    typo["pubic"] = json!(true);
    assert_eq!(shelf.refused("flag", "x", typo).await, "422 invalid_body /pubic");
    assert_eq!(
        shelf.refused("tax_rate", "es", rate("ES", "standard", 1_000_001)).await,
        "422 invalid_body /ppm"
    );
    assert_eq!(shelf.refused("tax_rate", "xx", rate("XX", "standard", 1)).await, "422 setting_country");
    assert_eq!(shelf.refused("seller", "second", seller()).await, "422 setting_id");
    assert_eq!(
        shelf.refused("policy", "main", json!({ "return_days": -1 })).await,
        "422 invalid_body /return_days"
    );
    let mut zone = zone(&["ES"], 490);
    zone["methods"][0]["prize"] = json!(1);
    assert_eq!(shelf.refused("shipping_zone", "es", zone).await, "422 invalid_body /methods/0/prize");
    assert_eq!(shelf.acted().await, Vec::<String>::new());
}

#[tokio::test]
async fn settings_are_listed_by_kind() {
    let shelf = shelf().await;
    for id in ["b", "a", "c"] {
        shelf.set("flag", id, flag(true, false)).await;
    }
    shelf.set("policy", "main", json!({})).await;
    let first = shelf.settings("flag", "limit=2").await;
    let ids = |page: &List<SettingEntry>| {
        page.items.iter().map(|entry| entry.kept.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), ["a", "b"]);
    let rest = shelf.settings("flag", &format!("limit=2&cursor={}", first.next_cursor.unwrap())).await;
    assert_eq!((ids(&rest), rest.next_cursor), (vec!["c".to_owned()], None));
    let policy = shelf.settings("policy", "").await.items.remove(0);
    let shown = serde_json::to_value(&policy).unwrap();
    assert_eq!(
        (&shown["kind"], &shown["return_days"], &shown["version"]),
        (&json!("policy"), &json!(14), &json!(1))
    );
    assert_eq!(shelf.settings("series", "").await.items, []);
}

#[tokio::test]
async fn a_shop_without_settings_has_no_markets() {
    let shelf = shelf().await;
    let shop = shown(&shelf.in_force(), now()).await;
    assert_eq!(
        serde_json::to_value(shop).unwrap(),
        json!({
            "markets": [], "currencies": [], "countries": [], "locales": [], "flags": {},
            "policies": { "return_days": 14, "customer_may_cancel": true },
            "payments": { "test_cards": false },
        })
    );
}

#[tokio::test]
async fn a_page_learns_where_and_on_which_terms_the_shop_sells() {
    let shelf = shelf().await;
    shelf.set("seller", "main", seller()).await;
    shelf.set("market", "eu", market(&["ES", "DE"], "EUR")).await;
    shelf.set("market", "us", market(&["US"], "USD")).await;
    shelf.set("shipping_zone", "home", zone(&["ES"], 490)).await;
    shelf.set("policy", "main", json!({ "return_days": 30 })).await;
    shelf.set("flag", "reviews", flag(true, true)).await;
    shelf.set("flag", "secret", flag(true, false)).await;
    let shop = serde_json::to_value(shown(&shelf.in_force(), now()).await).unwrap();
    assert_eq!(shop["countries"], json!(["DE", "ES", "US"]));
    assert_eq!((&shop["currencies"], &shop["locales"]), (&json!(["EUR", "USD"]), &json!(["es", "en"])));
    assert_eq!(shop["markets"][0]["free_from"], json!({ "amount": 6000, "currency": "EUR" }));
    assert_eq!((&shop["markets"][1]["id"], &shop["markets"][1]["free_from"]), (&json!("us"), &Value::Null));
    assert_eq!(shop["policies"]["return_days"], 30);
    assert_eq!(shop["flags"], json!({ "reviews": true }), "without those that are not public");
    assert_eq!(
        (&shop["seller"]["name"], &shop["seller"]["vat_id"]),
        (&json!("Bodega"), &json!("ESB12345678"))
    );
}

#[tokio::test]
async fn a_change_shows_within_a_minute() {
    let shelf = shelf().await;
    let settings = shelf.in_force();
    assert!(shown(&settings, now()).await.flags.is_empty());
    shelf.set("flag", "reviews", flag(true, true)).await;
    let just_before = now() + LOOKED_FOR_AFTER - SignedDuration::from_secs(1);
    assert!(shown(&settings, just_before).await.flags.is_empty());
    assert_eq!(shown(&settings, now() + LOOKED_FOR_AFTER).await.flags.len(), 1);
}

#[tokio::test]
async fn settings_keep_to_their_budgets() {
    let shelf = shelf().await;
    drop(shelf.table.used());
    shelf.set("flag", "reviews", flag(true, true)).await;
    assert_eq!(shelf.table.used(), "1 read, 6 written: GetItem, TransactWriteItems", "put-setting");
    shelf.set("flag", "reviews", flag(true, true)).await;
    assert_eq!(shelf.table.used(), "1 read, 0 written: GetItem", "put-setting: the same again");
    shelf.settings("flag", "").await;
    assert_eq!(shelf.table.used(), "1 read, 0 written: Query", "list-settings");
    let settings = shelf.in_force();
    shown(&settings, now()).await;
    assert_eq!(shelf.table.used(), "1 read, 0 written: Query", "show-shop");
    shown(&settings, now()).await;
    assert_eq!(shelf.table.used(), "0 read, 0 written: ", "show-shop: again within a minute");
}
