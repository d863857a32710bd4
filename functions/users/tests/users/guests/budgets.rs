//! What operations cost for guests.

use domain::events::LinkPurpose;

use crate::guests::compare_contact::statement;
use crate::guests::with_guest;
use crate::sessions::credentials;
use crate::{Service, now};

#[tokio::test]
async fn what_is_done_for_guests_keeps_to_its_budget() {
    let service = Service::start().await;
    let used = || service.table.used();
    service.ada().await;
    drop(used());
    let visitor = service.visitor().await;
    // Guest and session, twice, and the session's index entry; and what the fixture reads.
    assert_eq!(used(), "1 read, 5 written: GetItem, TransactWriteItems", "start-guest-session");
    service.keep(visitor.id(), "ada@example.com", now()).await.unwrap();
    // The guest and the counter; both and the address, twice.
    assert_eq!(used(), "2 read, 6 written: 2 GetItem, TransactWriteItems", "keep-contact: the first address");
    service.keep(visitor.id(), "ada@example.com", now()).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "keep-contact: the same");
    service.keep(visitor.id(), "ada@work.example", now()).await.unwrap();
    assert_eq!(used(), "3 read, 8 written: 3 GetItem, TransactWriteItems", "keep-contact: another address");
    service.contact(visitor.id()).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "get-contact");
    let visitors = Some(visitor.id());
    service.compare(statement("X60W-P2C2M", "ada@work.example", visitors, 7), now()).await.unwrap();
    // No account, the guest, and two counters; each counter by itself.
    assert_eq!(used(), "4 read, 2 written: 4 GetItem, 2 PutItem", "compare-contact: the customer");
    service.compare(statement("X60W-P2C2M", "eve@example.com", visitors, 7), now()).await.unwrap();
    assert_eq!(used(), "5 read, 6 written: 5 GetItem, TransactWriteItems", "compare-contact: somebody else");
    service.compare(statement("X60W-P2C2M", "eve@example.com", None, 7), now()).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "compare-contact: the same again");
    service.refresh(&visitor.refresh_token, now()).await.unwrap();
    // Session, no account, guest; the session.
    assert_eq!(used(), "3 read, 1 written: 3 GetItem, PutItem", "refresh-session");

    let visitor = service.visitor_at("ada@work.example").await;
    drop(used());
    service.log_in(with_guest(credentials(), &visitor)).await.unwrap();
    assert_eq!(used(), "6 read, 10 written: 6 GetItem, 3 PutItem, TransactWriteItems", "log-in: a guest");
    service.visitor_at("ada@example.com").await;
    service.visitor_at("ada@example.com").await;
    let link = service.newest(LinkPurpose::ConfirmEmail).await.token;
    drop(used());
    service.confirm(&link, now()).await.unwrap();
    assert_eq!(
        used(),
        "5 read, 16 written: BatchGetItem, 2 GetItem, Query, TransactWriteItems",
        "confirm-email: two guests have left the address"
    );
}
