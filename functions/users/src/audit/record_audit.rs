//! Queue `audit-events`: records what the people who work in the shop have done, in whichever service.

use domain::audit::Entry;
use edge::queue::{Delivery, Failure};
use store::{Change, Row, Stored};

use crate::audit::rows::{AuditByActorRow, AuditBySubjectRow, AuditRow};
use crate::store::Users;

/// Writes the entry of one event to each list that it belongs to, in one transaction.
///
/// # Errors
/// If the event is not about the staff, or the table fails. The queue redelivers the message.
pub async fn record_audit(users: Users, delivery: Delivery) -> Result<(), Failure> {
    let entry = Entry::of(&delivery.envelope)?;
    let record = async |found: Option<Stored<Entry>>| {
        let written = || {
            Change::to(entry.clone()).insert::<AuditByActorRow>(&entry).insert::<AuditBySubjectRow>(&entry)
        };
        // An entry that is there is of the same event: its mark may be gone, the entry stays for years.
        Ok::<_, Failure>(found.is_none().then(written))
    };
    users.table.at::<AuditRow>(AuditRow::key(&entry)).consume(&delivery, record).await?;
    Ok(())
}
