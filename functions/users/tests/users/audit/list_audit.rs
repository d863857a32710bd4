//! `GET /admin/users/audit`.

use domain::events::LinkPurpose;
use domain::words::id::ProductId;
use jiff::SignedDuration;

use super::*;
use crate::staff::roles;

impl Service {
    /// Records that one person changed a product, another a user, and the first the user as well, each a second later.
    async fn three(&self) -> (UserId, ProductId) {
        let (grace, joan) = (UserId::from_parts(0, 1), UserId::from_parts(0, 2));
        let (user, product) = (UserId::from_parts(0, 3), ProductId::from_parts(0, 4));
        let at = |seconds| now() + SignedDuration::from_secs(seconds);
        // Events arrive in any order.
        self.record(acted(2, at(1), joan, user)).await.unwrap();
        self.record(acted(3, at(2), grace, user)).await.unwrap();
        self.record(acted(1, at(0), grace, product)).await.unwrap();
        (grace, product)
    }
}

#[tokio::test]
async fn entries_are_listed_newest_first_by_person_by_subject_or_by_month() {
    let service = Service::start().await;
    let (grace, product) = service.three().await;
    for (query, expected) in [
        (String::new(), &[3, 2, 1][..]),
        ("month=2026-11".to_owned(), &[3, 2, 1]),
        ("month=2026-12".to_owned(), &[]),
        (format!("actor={grace}"), &[3, 1]),
        (format!("actor={}", reader()), &[]),
        (format!("subject={product}"), &[1]),
        ("subject=CUP-BLUE".to_owned(), &[]),
        // A parameter without a value counts as absent.
        (format!("actor=&subject={product}&month="), &[1]),
    ] {
        assert_eq!(service.numbers(&query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn without_a_parameter_this_months_are_listed_and_this_month_is_that_of_utc() {
    let service = Service::start().await;
    service.three().await;
    for (now, count) in [("2026-11-30T23:59:59Z", 3), ("2026-12-01T00:00:00Z", 0)] {
        let listed = service.audit_at("", now.parse().unwrap()).await.unwrap();
        assert_eq!(listed.items.len(), count, "{now}");
    }
}

#[tokio::test]
async fn pages_follow_one_another_and_the_last_costs_as_much_as_the_first() {
    let service = Service::start().await;
    let subject = ProductId::from_parts(0, 1);
    let at = |second: u128| now() + SignedDuration::from_secs(i64::try_from(second).unwrap());
    for number in 1..=205 {
        service.record(acted(number, at(number), reader(), subject)).await.unwrap();
    }
    let of_actor = format!("actor={}", reader());
    // A month's rows have the shortest keys.
    for (list, cost) in
        [(of_actor.as_str(), 7), ("month=2026-11", 6), ("subject=prd_00000000000000000000000001", 7)]
    {
        let (mut query, mut sizes, mut shown) = (format!("{list}&limit=100"), Vec::new(), Vec::new());
        drop(service.table.used());
        loop {
            let page = service.audit(&query).await.unwrap();
            sizes.push((page.items.len(), service.table.used()));
            shown.extend(page.items.into_iter().map(|entry| entry.at));
            let Some(cursor) = page.next_cursor else { break };
            query = format!("{list}&limit=100&cursor={cursor}");
        }
        let costs = |size, units| (size, format!("{units} read, 0 written: Query"));
        assert_eq!(sizes, [costs(100, cost), costs(100, cost), costs(5, 1)], "list-audit: {list}");
        assert_eq!(shown, (1..=205).rev().map(at).collect::<Vec<_>>(), "{list}");
    }
    assert_eq!(service.audit(&of_actor).await.unwrap().items.len(), 20, "by default");
}

#[tokio::test]
async fn what_is_no_list_is_refused() {
    let service = Service::start().await;
    let id = reader();
    for query in [
        format!("actor={id}&subject={id}"),
        format!("actor={id}&month=2026-11"),
        "subject=CUP-BLUE&month=2026-11".to_owned(),
        format!("actor={id}&subject={id}&month=2026-11"),
        "actor=ada%40example.com".to_owned(),
        "subject=ada%40example.com".to_owned(),
        "month=2026-13".to_owned(),
        "month=november".to_owned(),
        "limit=0".to_owned(),
        "limit=101".to_owned(),
        "action=put-staff".to_owned(),
    ] {
        assert_eq!(service.audit(&query).await.unwrap_err().code(), "invalid_query", "{query}");
    }
    for cursor in ["x", "e30"] {
        let refused = service.audit(&format!("cursor={cursor}")).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (400, "bad_cursor"), "{cursor}");
    }
}

#[tokio::test]
async fn who_gave_a_role_is_found_by_the_account_even_if_it_was_given_by_an_invitation() {
    let service = Service::start().await;
    let (grace, joan) = (service.admin("grace").await, service.admin("joan").await);
    for (admin, names) in [(&grace, &["admin"][..]), (&joan, &[]), (&joan, &["staff"]), (&grace, &["admin"])]
    {
        service.put_staff(admin.user_id, "eve@example.com", roles(names)).await.unwrap();
        service.record_own().await;
    }
    let invited = service.audit("").await.unwrap().items;
    assert_eq!(invited.len(), 4);
    let mut accepted = 0;
    for mailed in
        service.mailed().await.iter().filter(|mailed| mailed.link.purpose == LinkPurpose::Invitation)
    {
        accepted += usize::from(service.accept(&mailed.token).await.is_ok());
    }
    assert_eq!(accepted, 1, "only the newest link");
    let eve = service.user("eve@example.com").await.user_id;
    // Those of the first invitation are not: it was withdrawn.
    let by = service.audit(&format!("subject={eve}")).await.unwrap().items;
    let mut by: Vec<_> = by.iter().map(|entry| entry.actor).collect();
    by.sort();
    let mut expected = vec![grace.user_id, joan.user_id];
    expected.sort();
    assert_eq!(by, expected);
    assert!(!format!("{invited:?}").contains('@'), "no address");
}
