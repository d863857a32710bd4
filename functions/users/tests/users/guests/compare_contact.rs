//! `POST /internal/claims`.

use domain::users::claim::Compared;
use domain::users::guest::DECLARANT_KEPT;
use domain::words::id::{LinkTokenId, OrderId, UserId};
use edge::{Call, Problem, Reply};
use jiff::Timestamp;
use serde_json::{Value, json};
use users::guests::compare_contact;

use crate::sessions::later;
use crate::{Service, now, read, retry_after};

fn declarant(number: u128) -> UserId {
    UserId::from_parts(0, number)
}

/// What somebody sends who withdraws from a contract: the number and the address, and whose order it is.
pub fn statement(number: &str, email: &str, owner: Option<UserId>, by: u128) -> Value {
    let declarant = json!({ "user_id": declarant(by), "name": "Ms Lovelace", "locale": "de" });
    json!({ "number": number, "email": email, "owner": owner, "wanted": { "withdrawal": declarant } })
}

/// What somebody sends who wants a link to an order.
pub fn look_up(number: &str, email: &str, owner: Option<UserId>, link: u128) -> Value {
    let wanted =
        json!({ "token_id": LinkTokenId::from_parts(0, link), "order_id": OrderId::from_parts(0, 1) });
    json!({ "number": number, "email": email, "owner": owner, "wanted": { "link": wanted } })
}

impl Service {
    pub async fn compare(&self, claim: Value, now: Timestamp) -> Result<Reply<Compared>, Problem> {
        let caller = edge::Service { arn: "declare-withdrawal".to_owned() };
        compare_contact(self.users.clone(), Call::new(caller, read(claim), now)).await
    }

    async fn matches(&self, claim: Value) -> bool {
        self.compare(claim, now()).await.unwrap().body().unwrap().matches
    }
}

#[tokio::test]
async fn a_customers_own_address_matches_and_nothing_is_kept() {
    let service = Service::start().await;
    let (ada, guest) = (service.ada().await, service.visitor_at("eve@example.com").await);
    let guests = service.rows_of("guest").await;
    for (email, owner) in [("Ada@Example.com", ada.user_id), ("eve@example.com", guest.id())] {
        assert!(service.matches(statement("X60W-P2C2M", email, Some(owner), 7)).await, "{email}");
    }
    assert_eq!(service.rows_of("guest").await, guests);
}

#[tokio::test]
async fn whose_address_does_not_match_is_known_as_a_guest_for_ninety_days() {
    let service = Service::start().await;
    let ada = service.ada().await;
    for (by, email, owner) in [
        (7, "eve@example.com", Some(ada.user_id)),
        (8, "ada@example.com", None),
        (9, "ada@example.com", Some(UserId::from_parts(9, 9))),
    ] {
        assert!(!service.matches(statement("X60W-P2C2M", email, owner, by)).await, "{by}");
        let contact = service.contact(declarant(by)).await.unwrap();
        let expected = json!({ "name": "Ms Lovelace", "email": email, "locale": "de" });
        assert_eq!(json!(contact.body().unwrap()), expected);
        let guest = service.users.guest(declarant(by)).await.unwrap().unwrap();
        assert!(guest.has_expired(now() + DECLARANT_KEPT) && !guest.has_expired(later(60)));
    }
    assert_eq!(service.rows_of("guest_address").await, 0, "an account finds nothing of it");
}

#[tokio::test]
async fn five_claims_an_hour_are_compared_for_a_number_and_for_an_address() {
    let service = Service::start().await;
    let ada = service.ada().await;
    for by in 0..5 {
        let email = format!("{by}@example.com");
        service.compare(statement("X60W-P2C2M", &email, None, by), now()).await.unwrap();
        let number = format!("NUMBER-{by}");
        service.compare(statement(&number, "eve@example.com", None, 10 + by), now()).await.unwrap();
    }
    let again = statement("X60W-P2C2M", "0@example.com", None, 0);
    assert!(service.compare(again, now()).await.is_ok(), "what is kept is not counted again");
    let further = [
        statement("X60W-P2C2M", "ada@example.com", Some(ada.user_id), 20),
        statement("X60W-P2C2M", "6@example.com", None, 21),
        statement("ANOTHER", "eve@example.com", None, 22),
    ];
    for claim in &further {
        let refused = service.compare(claim.clone(), later(59)).await.unwrap_err();
        assert_eq!((refused.code(), retry_after(&refused)), ("too_many_claims", Some(60)), "{claim}");
    }
    for claim in further {
        service.compare(claim, later(60)).await.unwrap();
    }
    assert!(
        !service.matches(look_up("X60W-P2C2M", "7@example.com", None, 1)).await,
        "links are counted apart"
    );
}

#[tokio::test]
async fn counters_hold_no_address() {
    let service = Service::start().await;
    let ada = service.ada().await;
    service.compare(statement("X60W-P2C2M", "ada@example.com", Some(ada.user_id), 7), now()).await.unwrap();
    let rows = service.rows().await;
    let counters: Vec<_> = rows.iter().filter(|row| row.contains("THROTTLE#statement")).collect();
    assert_eq!(counters.len(), 2);
    assert!(counters.iter().all(|row| !row.contains("ada@")), "{counters:?}");
}

#[tokio::test]
async fn a_link_is_kept_for_the_customer_and_one_of_nobody_for_anyone_else() {
    let service = Service::start().await;
    let guest = service.visitor_at("eve@example.com").await;
    for (email, link, matches) in [("eve@example.com", 1, true), ("ada@example.com", 2, false)] {
        let claim = look_up("X60W-P2C2M", email, Some(guest.id()), link);
        assert_eq!(service.matches(claim.clone()).await, matches);
        assert_eq!(service.matches(claim).await, matches, "the same request again");
        let kept = service.order_link(link).await;
        assert_eq!((kept.user_id == guest.id(), kept.email.as_ref()), (matches, email));
        assert_eq!(kept.order_id, Some(OrderId::from_parts(0, 1)));
    }
}
