//! Flows in which calls of the tables fail.

use engines::faults::{Fault, Site};
use jiff::Timestamp;

use super::{Flows, Seen, in_a_tenth_minute};

impl Flows<'_> {
    /// Lets a schedule settle a payment. Its message only begins it, because every write after the first one fails.
    pub(super) async fn settle_by_schedule(&self) -> Seen {
        self.reconcile(async || drop(self.place(&self.unique("unsettled")).await)).await
    }

    /// Lets a schedule find out that a payment is declined.
    pub(super) async fn decline_by_schedule(&self) -> Seen {
        self.reconcile(async || self.decline().await).await
    }

    async fn reconcile(&self, place: impl AsyncFn()) -> Seen {
        let cloud = self.shop.cloud();
        let site = |action: &str, nth| Site {
            function: "process-payment".to_owned(),
            action: format!("dynamodb:{action}"),
            nth,
        };
        cloud.faults().watch();
        for nth in 1..100 {
            cloud.faults().at(site("PutItem", nth + 1), Fault::Failed);
            cloud.faults().at(site("TransactWriteItems", nth), Fault::Failed);
        }
        let since = Timestamp::now();
        place().await;
        let failed = || cloud.invocations().since(since).into_iter().any(|ran| ran.error.is_some());
        self.until(async || failed()).await;
        // The message may be redelivered before the consumer is paused, so writes keep failing until the schedule has
        // run.
        let paused = self.pause_consumer("process-payment");
        let seen = self.fire("reconcile-payments", in_a_tenth_minute()).await;
        cloud.faults().stop();
        self.resume_consumer(&paused);
        seen
    }

    /// Lets a queue's consumer fail, so that it returns its message to the queue.
    pub(super) async fn fail_once(&self, consumer: &str) {
        let cloud = self.shop.cloud();
        cloud.faults().watch();
        let read = if consumer == "send-notification" { "dynamodb:Query" } else { "dynamodb:GetItem" };
        for nth in 1..100 {
            let site = Site { function: consumer.to_owned(), action: read.to_owned(), nth };
            cloud.faults().at(site, Fault::Failed);
        }
        let since = Timestamp::now();
        match consumer {
            "send-account-mail" => drop(self.shop.customer(&self.unique("fails-once")).await),
            "apply-mail-event" => self.complain(false).await,
            "apply-customer-event" => self.sign_in_as_guest().await,
            "finish-image" => drop(self.upload_picture(&self.unique("fails-once")).await),
            "run-import" => drop(self.import(&self.unique("fails-once")).await),
            "record-audit" => self.must_adjust(&self.unique("fails-once"), 1).await,
            _ => drop(self.place(&self.unique("fails-once")).await),
        }
        self.until(async || {
            let mut ran = cloud.invocations().since(since).into_iter();
            ran.any(|ran| ran.operation == consumer && ran.error.is_some())
        })
        .await;
        cloud.faults().stop();
    }
}
