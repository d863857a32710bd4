//! `GET /admin/payments/ledger`: admins see what has moved in a month or on a day, by account.

use std::pin::pin;

use domain::payments::ledger::{AccountTotal, Entry, LedgerRefusal, Totals};
use domain::words::calendar::{Day, Month};
use edge::{Admin, Call, NoBody, Problem, Reply, RequestRefusal};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use store::{Error, Index, Query as Rows};

use crate::ledger::csv;
use crate::payments::rows::postings_of;
use crate::store::Payments;

/// The number of postings of which a month may consist. A function has ten seconds; a busier shop asks by day.
const MOST: usize = 40_000;

/// How many partitions are read at the same time.
const AT_ONCE: usize = 8;

/// What to show, by exactly one of `month` and `day`.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// A month.
    month: Option<Month>,
    /// A day.
    day: Option<Day>,
    /// The form of the reply: `json` by default.
    format: Option<Format>,
}

/// The form of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "LedgerFormat"))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Totals by account, and by account and day.
    Json,
    /// The text of a file with the totals by account and day (RFC 4180).
    Csv,
}

/// The ledger, or the text of a file with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ShownLedger"))]
#[serde(untagged)]
pub enum Shown {
    /// The ledger.
    Ledger(Ledger),
    /// A file.
    File(LedgerFile),
}

/// What has moved, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ledger {
    /// The totals of the whole time.
    pub accounts: Vec<AccountTotal>,
    /// The totals of each day on which anything has moved.
    pub days: Vec<DayTotals>,
}

/// What has moved on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DayTotals {
    /// The day.
    pub day: Day,
    /// The totals of each account that has moved.
    pub accounts: Vec<AccountTotal>,
}

/// The text of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LedgerFile {
    /// The lines, with their line breaks.
    pub text: String,
}

/// What the index has of a posting.
#[derive(Debug, Deserialize)]
struct Posted {
    entries: Vec<Entry>,
}

/// Shows what was debited and credited to each account, in a month or on a day, and on each day of it. It may lack postings of the
/// past second. In every currency the debits of a day equal its credits.
///
/// # Errors
/// 400 unless exactly one of `month` and `day` is given, 422 if the month has more than 40,000 postings.
pub async fn show_ledger(
    payments: Payments,
    call: Call<NoBody, Admin, Query>,
) -> Result<Reply<Shown>, Problem> {
    let Query { month, day, format } = call.query;
    let (days, most): (Vec<Day>, usize) = match (month, day) {
        (Some(month), None) => (month.days().collect(), MOST),
        (None, Some(day)) => (vec![day], usize::MAX),
        _ => {
            let reason = "exactly one of `month` and `day` is required".to_owned();
            return Err(RequestRefusal::InvalidQuery(reason).into());
        }
    };
    let (by_day, postings) = payments.totals(days, most).await?;
    if postings > most {
        return Err(LedgerRefusal::TooManyPostings.into());
    }
    let mut whole = Totals::default();
    by_day.iter().for_each(|(_, totals)| whole.extend(totals));
    let moved = by_day.into_iter().filter(|(_, totals)| !totals.is_empty());
    let days: Vec<DayTotals> =
        moved.map(|(day, totals)| DayTotals { day, accounts: totals.into_list() }).collect();
    Ok(Reply::ok(match format {
        None | Some(Format::Json) => Shown::Ledger(Ledger { accounts: whole.into_list(), days }),
        Some(Format::Csv) => Shown::File(LedgerFile { text: csv::text(&days).map_err(Problem::internal)? }),
    }))
}

impl Payments {
    /// Returns the totals of each day, and of how many postings. More than `most` are not read.
    async fn totals(&self, days: Vec<Day>, most: usize) -> Result<(Vec<(Day, Totals)>, usize), Error> {
        let reads: Vec<_> = days.into_iter().map(|day| self.totals_of(day, most)).collect();
        let mut reads = stream::iter(reads).buffered(AT_ONCE);
        let (mut by_day, mut postings) = (Vec::new(), 0);
        while let Some((day, totals, count)) = reads.try_next().await? {
            by_day.push((day, totals));
            postings += count;
            if postings > most {
                break;
            }
        }
        Ok((by_day, postings))
    }

    fn totals_of(&self, day: Day, most: usize) -> BoxFuture<'_, Result<(Day, Totals, usize), Error>> {
        async move {
            let (mut totals, mut count) = (Totals::default(), 0);
            for partition in postings_of(day) {
                let rows = Rows::new(Index::Gsi(1), partition).limit(u8::MAX);
                let mut posted = pin!(self.table.rows::<Posted>(rows));
                while let Some(row) = posted.try_next().await? {
                    row.value.entries.iter().for_each(|entry| totals.add(entry));
                    count += 1;
                    if count > most {
                        return Ok((day, totals, count));
                    }
                }
            }
            Ok((day, totals, count))
        }
        .boxed()
    }
}
