//! `GET /admin/users/audit`: an admin reads what the people who work in the shop have done.

use domain::audit::{Entry, Month};
use domain::words::act::Subject;
use domain::words::id::UserId;
use edge::{Admin, Call, List, NoBody, Paging, Problem, Reply, RequestRefusal};
use serde::Deserialize;
use store::{Error, Index, Page, Query as Rows, Stored};

use crate::audit::rows::Listed;
use crate::store::Users;

/// Which entries to list, by one of `actor`, `subject` and `month` at most.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// What this user has done.
    actor: Option<UserId>,
    /// What was done to the user, the product or the SKU with this id.
    subject: Option<Subject>,
    /// What was done in this month, in UTC.
    month: Option<Month>,
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Lists what the staff have changed, in every service, newest first: of a person, of a thing, or of a month. Without a parameter,
/// those of this month. An entry appears some seconds after its change, and is kept for ten years.
///
/// # Errors
/// 400 if more than one of `actor`, `subject` and `month` is given, or if one of the parameters is invalid.
pub async fn list_audit(
    users: Users,
    call: Call<NoBody, Admin, Query>,
) -> Result<Reply<List<Entry>>, Problem> {
    let Query { actor, subject, month, limit, cursor } = call.query;
    let listed = match (actor, subject, month) {
        (None, None, None) => Listed::Month(Month::of(call.now)),
        (Some(actor), None, None) => Listed::Actor(actor),
        (None, Some(subject), None) => Listed::Subject(subject),
        (None, None, Some(month)) => Listed::Month(month),
        _ => {
            let reason = "one of `actor`, `subject` and `month` is allowed at most".to_owned();
            return Err(RequestRefusal::InvalidQuery(reason).into());
        }
    };
    let paging = Paging::new(limit, cursor);
    let page = users.audit(&listed, paging.limit()?, paging.cursor()).await?;
    Ok(Reply::ok(page.into()))
}

impl Users {
    /// Returns a page of entries, newest first.
    async fn audit(
        &self,
        listed: &Listed,
        limit: u8,
        cursor: Option<&str>,
    ) -> Result<Page<Stored<Entry>>, Error> {
        let rows = Rows::new(Index::Table, listed.partition()).descending().limit(limit).after(cursor)?;
        self.table.query(&rows).await
    }
}
