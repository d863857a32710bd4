//! After something went wrong: everything is redelivered and every schedule fires, until nothing is left to do.

use std::time::Duration;

use domain::words::id::OrderId;
use engines::iam::Grant;
use jiff::{SignedDuration, Timestamp};

use crate::shop::Shop;

/// Far longer than anything takes, a mail's claim that has to run out included.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often dead letters are sent back before they are taken for hopeless.
const MAX_REDRIVES: u32 = 5;

/// What is overdue is sent and asked for again after minutes; holds end after a quarter of an hour, and after half an hour
/// more the stock is let go in any case.
const TIMES: [SignedDuration; 3] =
    [SignedDuration::from_mins(10), SignedDuration::from_mins(30), SignedDuration::from_mins(80)];

impl Shop {
    /// Waits until nothing is left to do anywhere but in the dead-letter queues.
    ///
    /// # Errors
    /// Something is left after a minute.
    pub async fn rest(&self) -> Result<(), String> {
        self.cloud().sources().idle(DEADLINE).await.map_err(|busy| busy.to_string())
    }

    /// Fires a schedule so much later than now, and says whether its run succeeded.
    pub async fn fire(&self, operation: &str, later: SignedDuration) -> bool {
        let answer = self.cloud().sources().trigger(operation, Timestamp::now() + later).await;
        answer.is_ok_and(|answer| answer.function_error.is_none())
    }

    /// Lets everything be redelivered and every schedule fire: first when what is overdue is sent again, then when every
    /// hold has ended.
    ///
    /// # Errors
    /// The shop does not come to rest, or a message or a schedule goes on failing.
    pub async fn recover(&self) -> Result<(), String> {
        self.redeliver().await?;
        let mut schedules: Vec<&str> = self.cloud().sources().scheduled().collect();
        // What is overdue goes first: nobody's order ends because a message of it is late.
        schedules.sort_by_key(|operation| operation.starts_with("expire-"));
        for later in TIMES {
            for operation in &schedules {
                if operation.starts_with("expire-") && later == TIMES[0] {
                    continue;
                }
                if !self.fire(operation, later).await {
                    return Err(format!("the schedule {operation} fails"));
                }
                self.redeliver().await?;
            }
        }
        Ok(())
    }

    async fn redeliver(&self) -> Result<(), String> {
        self.rest().await?;
        for _ in 0..MAX_REDRIVES {
            let moved = self.cloud().endpoint().redrive_all().await.map_err(|error| error.to_string())?;
            if moved == 0 {
                return Ok(());
            }
            self.rest().await?;
        }
        // What is left is for the books to name.
        Ok(())
    }

    /// Waits until the payment gateway has taken an order's money.
    ///
    /// # Errors
    /// It has not after a minute.
    pub async fn until_charged(&self, order: OrderId) -> Result<(), String> {
        let mut changes = self.cloud().endpoint().activity().subscribe();
        let order = order.to_string();
        let gateway = self.cloud().payment_gateway();
        let is_charged = || {
            let intents = gateway.intents();
            intents.iter().any(|intent| intent.order_id() == Some(&order) && intent.successful_charges > 0)
        };
        let charged = async {
            while !is_charged() {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(DEADLINE, charged).await.map_err(|_| format!("{order} is not charged"))
    }

    /// Keeps a function from its queue until [`Shop::let_hear`]: its role may not read it.
    pub fn deafen(&self, operation: &str) -> Vec<Grant> {
        let policies = self.cloud().policies();
        let hears = |grant: &Grant| grant.function == operation && grant.action == "sqs:ReceiveMessage";
        let grants: Vec<Grant> = policies.granted().into_iter().filter(hears).collect();
        grants.iter().for_each(|grant| policies.withhold(grant));
        grants
    }

    /// Lets it read again.
    pub fn let_hear(&self, grants: &[Grant]) {
        grants.iter().for_each(|grant| self.cloud().policies().give_back(grant));
    }
}
