//! Schedule: erases the accounts whose owners asked for it two weeks earlier.

use domain::users::erasure::Erased;
use domain::words::id::UserId;
use edge::queue::Failure;
use edge::schedule::{Measures, Tick, drain};
use store::{Change, Stored, Trigger};
use telemetry::Metric;

use crate::accounts::rows::{CredentialRow, UserRow};
use crate::addresses::rows::AddressRow;
use crate::erasure::rows::{DueErasure, ERASURES, ErasedRow, erased_key};
use crate::second_factor::rows::SecondFactorRow;
use crate::store::Users;

const MEASURES: Measures = Measures {
    age: Metric::ErasuresOverdue,
    failed: Metric::ErasuresStuck,
    set_apart: Metric::ErasuresSetApart,
};

/// Erases the accounts that are due, as many as the time allows. The next run continues.
///
/// Sessions and links of an account that is gone are no longer valid, and DynamoDB deletes them within a month.
///
/// # Errors
/// If the table fails. An account that is not erased is counted, and delays no other.
pub async fn erase_users(users: Users, tick: Tick) -> Result<(), Failure> {
    let (users, tick) = (&users, &tick);
    drain(ERASURES.due(&users.table, tick.now).await, tick, MEASURES, |DueErasure { user_id }| async move {
        users.erase(user_id, tick).await
    })
    .await
}

impl Users {
    /// Erases an account in one transaction, unless its owner has taken that back.
    async fn erase(&self, id: UserId, trigger: &dyn Trigger) -> Result<(), Failure> {
        let erase = async |_: Option<Stored<Erased>>| {
            let Some(user) = self.get(id).await? else { return Ok(None) };
            let Some((erased, event)) = user.value.erase(trigger.now()) else {
                return Ok::<_, Failure>(None);
            };
            let change = Change::to(erased).delete::<UserRow>(&user).emit([event]);
            let credential = self.credential(&user.value.email).await?;
            let credential = credential.filter(|found| found.value.user_id == id).into_iter();
            let change = credential.fold(change, |change, found| change.delete::<CredentialRow>(&found));
            let factor = self.second_factor(id).await?.into_iter();
            let change = factor.fold(change, |change, found| change.delete::<SecondFactorRow>(&found));
            let addresses = self.addresses(id).await?.into_iter();
            Ok(Some(addresses.fold(change, |change, found| change.delete::<AddressRow>(&found))))
        };
        self.table.at::<ErasedRow>(erased_key(id)).change(trigger, erase).await?;
        Ok(())
    }
}
