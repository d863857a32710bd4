//! Recovery after faults: redelivers everything and fires every schedule, until nothing is left to do.

use std::time::Duration;

use domain::words::id::OrderId;
use engines::iam::Grant;
use jiff::{SignedDuration, Timestamp};

use crate::shop::Shop;

/// Far longer than anything takes, including the expiry of a mail's claim.
const DEADLINE: Duration = Duration::from_secs(60);

/// The number of redrives after which dead letters are left where they are.
const MAX_REDRIVES: u32 = 5;

/// How long dead letters stay in their queue if nobody redrives them.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// The offsets at which schedules fire. Overdue work is repeated after minutes, holds end after a quarter of an hour,
/// and the stock is released in any case half an hour later.
const TIMES: [SignedDuration; 3] =
    [SignedDuration::from_mins(10), SignedDuration::from_mins(30), SignedDuration::from_mins(80)];

impl Shop {
    /// Waits until nothing is left to do, except in the dead-letter queues.
    ///
    /// # Errors
    /// Fails if something is left after a minute.
    pub async fn rest(&self) -> Result<(), String> {
        self.rest_within(DEADLINE).await
    }

    /// Like [`Shop::rest`], after a load that takes longer to process.
    ///
    /// # Errors
    /// Fails if something is left after this time.
    pub async fn rest_within(&self, time: Duration) -> Result<(), String> {
        self.cloud().sources().idle(time).await.map_err(|busy| busy.to_string())
    }

    /// Fires a schedule as of `later` from now. Returns whether its run succeeded.
    pub async fn fire(&self, operation: &str, later: SignedDuration) -> bool {
        let answer = self.cloud().sources().trigger(operation, Timestamp::now() + later).await;
        answer.is_ok_and(|answer| answer.function_error.is_none())
    }

    /// Redelivers everything and fires every schedule: first at a time when overdue work is repeated, then when every
    /// hold has ended.
    ///
    /// # Errors
    /// Fails if the shop does not come to rest, or if a schedule fails.
    pub async fn recover(&self) -> Result<(), String> {
        self.redeliver().await?;
        for (operation, later) in self.schedules(&TIMES) {
            self.fire_or_fail(&operation, later).await?;
            self.redeliver().await?;
        }
        Ok(())
    }

    /// Fires every schedule until every hold has ended, and again a day later. Dead letters stay where they are.
    ///
    /// # Errors
    /// Fails if the shop does not come to rest, or if a schedule fails.
    pub async fn recover_without_redrive(&self) -> Result<(), String> {
        self.rest().await?;
        let times: Vec<SignedDuration> = TIMES.into_iter().chain([A_DAY]).collect();
        for (operation, later) in self.schedules(&times) {
            self.fire_or_fail(&operation, later).await?;
            self.rest().await?;
        }
        Ok(())
    }

    /// Returns every schedule at each of the times, in the order in which they fire.
    fn schedules(&self, times: &[SignedDuration]) -> Vec<(String, SignedDuration)> {
        let mut schedules: Vec<&str> = self.cloud().sources().scheduled().collect();
        // Overdue work goes first, so that no order expires because one of its messages is late.
        schedules.sort_by_key(|operation| operation.starts_with("expire-"));
        let all = times.iter().flat_map(|later| schedules.iter().map(|operation| (*operation, *later)));
        let in_time =
            all.filter(|(operation, later)| !operation.starts_with("expire-") || *later != TIMES[0]);
        in_time.map(|(operation, later)| (operation.to_owned(), later)).collect()
    }

    async fn fire_or_fail(&self, operation: &str, later: SignedDuration) -> Result<(), String> {
        let fired = self.fire(operation, later).await;
        fired.then_some(()).ok_or_else(|| format!("the schedule {operation} fails"))
    }

    /// Moves dead letters back until none is left.
    ///
    /// # Errors
    /// Fails if the shop does not come to rest.
    pub async fn redeliver(&self) -> Result<(), String> {
        self.rest().await?;
        for _ in 0..MAX_REDRIVES {
            let moved = self.cloud().endpoint().redrive_all().await.map_err(|error| error.to_string())?;
            if moved == 0 {
                return Ok(());
            }
            self.rest().await?;
        }
        // `Books::violations` reports what is left.
        Ok(())
    }

    /// Waits until the payment gateway has taken an order's money.
    ///
    /// # Errors
    /// Fails if it has not after a minute.
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

    /// Prevents a function from reading its queue until [`Shop::resume_consumer`], by withholding the permission.
    pub fn pause_consumer(&self, operation: &str) -> Vec<Grant> {
        let policies = self.cloud().policies();
        let reads = |grant: &Grant| grant.function == operation && grant.action == "sqs:ReceiveMessage";
        let grants: Vec<Grant> = policies.granted().into_iter().filter(reads).collect();
        grants.iter().for_each(|grant| policies.withhold(grant));
        grants
    }

    /// Lets the function read its queue again.
    pub fn resume_consumer(&self, grants: &[Grant]) {
        grants.iter().for_each(|grant| self.cloud().policies().give_back(grant));
    }
}
