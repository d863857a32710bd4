//! Users as customers of the payment gateway: each gets a record there when it is first needed, and it goes with their account.

use domain::events::OrderPlaced;
use domain::payments::{Customer, GatewayId, MethodRefusal, SavedMethod};
use domain::words::id::UserId;
use domain::words::pay_with::MethodUse;
use domain::words::payment_method::PaymentMethod;
use edge::Problem;
use edge::queue::{Delivery, Failure};
use store::{Change, Error, Stored, Trigger};

use crate::gateway::{Gateway, GatewayError};
use crate::methods::rows::{CustomerRow, key};
use crate::store::Payments;

/// Why there is no customer.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// The account was erased.
    #[error(transparent)]
    Refused(#[from] MethodRefusal),
    /// The gateway gives no conclusive answer.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The table fails.
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<CustomerError> for Problem {
    fn from(error: CustomerError) -> Self {
        match error {
            CustomerError::Refused(refusal) => refusal.into(),
            CustomerError::Gateway(error) => Self::unavailable(error),
            CustomerError::Store(error) => error.into(),
        }
    }
}

impl Payments {
    /// Returns a user's row as a customer, if there is one.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn customer(&self, user: UserId) -> Result<Option<Stored<Customer>>, Error> {
        self.table.get(&key(user)).await
    }

    /// Returns the gateway's id for a user, who gets one if they have none. It is written before anything is done with it: of
    /// two that an answer that was lost has left behind, one is used.
    ///
    /// # Errors
    /// If the account was erased, the gateway gives no conclusive answer, or the table fails.
    pub async fn ensure_customer(
        &self,
        user: UserId,
        gateway: &Gateway,
        trigger: &dyn Trigger,
    ) -> Result<Stored<Customer>, CustomerError> {
        if let Some(known) = self.customer(user).await? {
            return usable(known);
        }
        let new = Customer::new(user, gateway.create_customer(user).await?, trigger.now());
        let insert = async |found: Option<Stored<Customer>>| {
            Ok::<_, Error>(found.is_none().then(|| Change::to(new.clone())))
        };
        let done = self.table.at::<CustomerRow>(key(user)).change(trigger, insert).await?;
        let Some(row) = done.row else { return Err(MethodRefusal::Erased.into()) };
        if row.value.erased_at.is_some() {
            // The erasure came between, and found nothing to delete.
            delete(gateway, new.customer_id.as_ref()).await?;
        }
        usable(row)
    }

    /// Returns the gateway's id for a user, if a saved payment method is theirs.
    ///
    /// # Errors
    /// [`MethodRefusal::Unknown`] if it is not; if the gateway gives no conclusive answer, or the table fails.
    pub async fn verified(
        &self,
        user: UserId,
        method: &PaymentMethod,
        gateway: &Gateway,
    ) -> Result<(GatewayId, SavedMethod), CustomerError> {
        let customer = self.customer(user).await?.and_then(|found| found.value.customer_id);
        let customer = customer.ok_or(MethodRefusal::Unknown)?;
        let saved = gateway.find_saved(&customer, method).await?.ok_or(MethodRefusal::Unknown)?;
        Ok((customer, saved))
    }

    /// Returns the customer who has saved what an order is paid with, or wants it saved.
    ///
    /// # Errors
    /// If the gateway gives no conclusive answer, or the table fails.
    pub async fn customer_of(
        &self,
        placed: &OrderPlaced,
        gateway: &Gateway,
        trigger: &dyn Trigger,
    ) -> Result<Option<Stored<Customer>>, CustomerError> {
        let user = placed.order.user_id;
        let found = match placed.method_use {
            MethodUse::Once | MethodUse::Unknown => None,
            MethodUse::Saved => self.customer(user).await?,
            MethodUse::ToSave => match self.ensure_customer(user, gateway, trigger).await {
                // The order is older than the erasure, and can be paid without a customer.
                Err(CustomerError::Refused(_)) => None,
                ensured => Some(ensured?),
            },
        };
        Ok(found.filter(|found| found.value.customer_id.is_some()))
    }
}

fn usable(found: Stored<Customer>) -> Result<Stored<Customer>, CustomerError> {
    if found.value.customer_id.is_some() { Ok(found) } else { Err(MethodRefusal::Erased.into()) }
}

async fn delete(gateway: &Gateway, customer: Option<&GatewayId>) -> Result<(), GatewayError> {
    match customer {
        Some(customer) => gateway.delete_customer(customer).await,
        None => Ok(()),
    }
}

/// Deletes what the gateway has of a user whose account was erased. What is written remembers it for a while, so that a request
/// that is still under way makes no new customer.
///
/// # Errors
/// If the gateway gives no conclusive answer, or the table fails. The queue then redelivers the message.
pub async fn forget(
    payments: &Payments,
    gateway: &Gateway,
    user: UserId,
    delivery: &Delivery,
) -> Result<(), Failure> {
    let forget = async |found: Option<Stored<Customer>>| {
        let known = found.as_ref().map(|found| &found.value);
        if known.is_some_and(|known| known.erased_at.is_some()) {
            return Ok(None);
        }
        // Before it is written, since the id is known from the row alone.
        delete(gateway, known.and_then(|known| known.customer_id.as_ref())).await?;
        Ok::<_, Failure>(Some(Change::to(Customer::erased(user, delivery.now))))
    };
    payments.table.at::<CustomerRow>(key(user)).consume(delivery, forget).await.map(drop)
}
