//! `GET /admin/settings/{kind}`: staff list the settings of a kind.

use domain::settings::KeptSetting;
use domain::words::setting::SettingKind;
use edge::{Call, List, NoBody, Paging, Problem, Reply, Staff};
use store::{Index, Page, Query, Stored};

use crate::settings::SettingEntry;
use crate::settings::rows::{SETTINGS, of_kind};
use crate::store::Orders;

/// Lists the settings of a kind, sorted by their ids, each with its version.
///
/// # Errors
/// 400 if the limit or the cursor is invalid, 404 for an unknown kind.
pub async fn list_settings(
    orders: Orders,
    call: Call<NoBody, Staff, Paging>,
) -> Result<Reply<List<SettingEntry>>, Problem> {
    let (kind, paging): (SettingKind, _) = (call.path("kind")?, &call.query);
    let query = Query::new(Index::Table, SETTINGS).prefix(of_kind(kind));
    let query = query.limit(paging.limit()?).after(paging.cursor())?;
    let page: Page<Stored<KeptSetting>> = orders.table.query(&query).await?;
    let next_cursor = page.next.map(|next| next.to_string());
    let items = page.items.into_iter().map(SettingEntry::from).collect();
    Ok(Reply::ok(List { items, next_cursor }))
}
