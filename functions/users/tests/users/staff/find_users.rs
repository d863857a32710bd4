//! `GET /admin/users`.

use edge::{Call, NoBody, Problem, Staff};
use users::staff::find_users;

use super::roles;
use crate::{Service, now, signed_in};

impl Service {
    pub async fn find(&self, query: &str) -> Result<Vec<String>, Problem> {
        let caller = Staff(signed_in(self.user("grace@example.com").await.user_id));
        let reply =
            find_users(self.users.clone(), Call::new(caller, NoBody, now()).with_query(query)?).await?;
        let mut found: Vec<String> =
            reply.body().unwrap().items.iter().map(|user| user.email.as_ref().unwrap().to_string()).collect();
        found.sort();
        Ok(found)
    }
}

#[tokio::test]
async fn accounts_are_found_by_address_by_id_or_by_role() {
    let service = Service::start().await;
    let grace = service.admin("grace").await;
    service.admin("joan").await;
    let ada = service.ada().await;
    service.confirm_address().await;
    service.put_staff(grace.user_id, "ada@example.com", roles(&["staff"])).await.unwrap();
    for (query, expected) in [
        ("email=ada%40example.com".to_owned(), &["ada@example.com"][..]),
        ("email=ADA%40example.com".to_owned(), &["ada@example.com"]),
        (format!("user_id={}", ada.user_id), &["ada@example.com"]),
        ("role=admin".to_owned(), &["grace@example.com", "joan@example.com"]),
        ("role=staff".to_owned(), &["ada@example.com"]),
        ("email=nobody%40example.com".to_owned(), &[]),
        ("user_id=usr_00000000000000000000000009".to_owned(), &[]),
    ] {
        assert_eq!(service.find(&query).await.unwrap(), expected, "{query}");
    }
    service.put_staff(grace.user_id, "ada@example.com", roles(&[])).await.unwrap();
    assert_eq!(service.find("role=staff").await.unwrap(), [] as [&str; 0]);
}

#[tokio::test]
async fn exactly_one_parameter_is_required() {
    let service = Service::start().await;
    service.admin("grace").await;
    for query in ["", "role=admin&email=ada%40example.com"] {
        let refused = service.find(query).await.unwrap_err();
        assert_eq!(refused.code(), "invalid_query", "{query}");
    }
}
