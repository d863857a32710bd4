//! `POST /internal/users/{user_id}/contact`.

use domain::words::id::UserId;
use serde_json::json;
use users::guests::rows::guest_key;

use crate::guests::with_guest;
use crate::sessions::{credentials, later};
use crate::{Service, code, now, retry_after};

#[tokio::test]
async fn a_guest_is_reached_at_the_address_that_was_left_last() {
    let service = Service::start().await;
    let visitor = service.visitor().await;
    let until = service.rows().await.iter().filter(|row| row.contains("expires_at")).count();
    for (email, addresses) in [("ada@example.com", 1), ("ada@example.com", 1), ("eve@example.com", 1)] {
        let reply = service.keep(visitor.id(), email, now()).await.unwrap();
        let expected = json!({ "name": "Ada Lovelace", "email": email, "locale": "de" });
        assert_eq!(json!(reply.body().unwrap()), expected);
        assert_eq!(service.rows_of("guest_address").await, addresses, "{email}");
        let contact = service.contact(visitor.id()).await.unwrap();
        assert_eq!(json!(contact.body().unwrap()), expected, "the same for who sends mails");
    }
    assert!(service.rows().await.iter().any(|row| row.contains("GUESTS#eve@example.com")));
    let counters = 2;
    let kept = service.rows().await.iter().filter(|row| row.contains("expires_at")).count();
    assert_eq!(kept, until - 1 + counters, "a guest who has ordered is not forgotten");
}

#[tokio::test]
async fn an_account_is_reached_at_its_own_address() {
    let service = Service::start().await;
    let user = service.ada().await;
    let reply = service.keep(user.user_id, "eve@example.com", now()).await.unwrap();
    assert_eq!(reply.body().unwrap().email.as_ref(), "ada@example.com");
    assert_eq!(service.rows_of("guest_address").await, 0);
}

#[tokio::test]
async fn nobody_and_a_guest_who_has_signed_in_are_refused() {
    let service = Service::start().await;
    let nobody = UserId::from_parts(9, 9);
    assert_eq!(code(service.keep(nobody, "ada@example.com", now()).await), "404 user_not_found");
    service.ada().await;
    let visitor = service.visitor_at("eve@example.com").await;
    service.log_in(with_guest(credentials(), &visitor)).await.unwrap();
    assert_eq!(code(service.keep(visitor.id(), "eve@example.com", now()).await), "409 guest_merged");
    let contact = service.contact(visitor.id()).await.unwrap();
    assert_eq!(contact.body().unwrap().email.as_ref(), "ada@example.com", "mails go to the account");
    let silent = service.visitor().await;
    assert_eq!(code(service.contact(silent.id()).await), "404 user_not_found", "no address was left");
}

#[tokio::test]
async fn ten_guests_an_hour_may_leave_the_same_address() {
    let service = Service::start().await;
    let mut guests = Vec::new();
    for _ in 0..11 {
        guests.push(service.visitor().await.id());
    }
    let (eleventh, ten) = guests.split_last().unwrap();
    for guest in ten {
        service.keep(*guest, "ada@example.com", now()).await.unwrap();
    }
    let refused = service.keep(*eleventh, "ada@example.com", later(59)).await.unwrap_err();
    assert_eq!((refused.code(), retry_after(&refused)), ("too_many_guests", Some(60)));
    service.keep(ten[0], "ada@example.com", later(59)).await.unwrap();
    service.keep(*eleventh, "eve@example.com", later(59)).await.unwrap();
    service.keep(*eleventh, "ada@example.com", later(60)).await.unwrap();
}

/// Each leaves another address, and all at once.
#[tokio::test]
async fn addresses_that_are_left_at_once_leave_one() {
    let service = Service::start().await;
    let visitor = service.visitor().await;
    let emails: Vec<String> = (0..5).map(|number| format!("{number}@example.com")).collect();
    let kept = emails.iter().map(|email| service.keep(visitor.id(), email, now()));
    assert!(futures::future::join_all(kept).await.iter().all(Result::is_ok));
    let guest = service.users.guest(visitor.id()).await.unwrap().unwrap().value;
    assert_eq!(service.rows_of("guest_address").await, 1, "{:?}", guest_key(visitor.id()));
    let address = format!("GUESTS#{}", guest.email.unwrap());
    assert!(service.rows().await.iter().any(|row| row.contains(&address) && row.contains("guest_address")));
}
