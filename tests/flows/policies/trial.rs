//! One right taken away: the flow that needs it fails, AWS's error names it, and all is well once it is back.

use std::time::Duration;

use engines::iam::Grant;
use jiff::Timestamp;
use runtime::sources::{self, Redelivery, Sources, StartError};
use tests::{Reply, Shop};

/// Far longer than anything takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// What somebody sees of a flow that they set going.
pub enum Seen {
    /// An answer.
    Reply(Reply),
    /// How a schedule's run ended.
    Run(Result<(), String>),
    /// Nothing: what follows happens by itself.
    Later,
}

/// Whether an event source uses the right just when its mapping is made or its reading begins: then only the making fails.
pub fn checked_when_made(grant: &Grant) -> bool {
    const ACTIONS: [&str; 4] = [
        "dynamodb:DescribeStream",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "sqs:GetQueueAttributes",
    ];
    ACTIONS.contains(&grant.action.as_str()) || grant.resource.ends_with("outbox-failures")
}

pub struct Trial<'t> {
    pub shop: &'t Shop,
    pub grant: &'t Grant,
}

impl Trial<'_> {
    /// Goes a way without the right and again with it.
    pub async fn run(&self, good: impl Fn(&Reply) -> bool, go: impl AsyncFn() -> Seen) {
        let (policies, grant) = (self.shop.cloud().policies(), self.grant);
        let since = Timestamp::now();
        policies.take_denials();
        policies.withhold(grant);
        let seen = go().await;
        self.until_denied().await;
        match seen {
            Seen::Reply(reply) => assert!(!good(&reply), "without {grant}: {reply:?}"),
            Seen::Run(run) => assert!(run.is_err(), "a run without {grant}"),
            Seen::Later => self.until_failed(since).await,
        }
        policies.give_back(grant);
        let denials = policies.take_denials();
        assert!(denials.iter().all(|denial| grant.covers(denial)), "without {grant}: {denials:?}");
        self.shop.settle().await;
        match go().await {
            Seen::Reply(reply) => assert!(good(&reply), "with {grant} again: {reply:?}"),
            Seen::Run(run) => assert_eq!(run, Ok(()), "a run with {grant} again"),
            Seen::Later => {}
        }
        self.shop.settle().await;
        assert_eq!(policies.take_denials(), [], "after {grant}");
    }

    /// Without a right of its event source's a function cannot be deployed.
    pub async fn of_the_mapping(&self) {
        let cloud = self.shop.cloud();
        let policies = cloud.policies();
        policies.withhold(self.grant);
        let mut functions = cloud.deployment().functions.iter();
        let needed = functions.any(|function| policies.check_sources(function).is_err());
        if needed {
            let options = sources::Options {
                data: None,
                schedules: false,
                concurrency: 1,
                redelivery: Redelivery::Backoff,
            };
            let invoke = std::sync::Arc::new(cloud.invocations().clone());
            let endpoint = std::sync::Arc::clone(cloud.endpoint());
            match Sources::start(cloud.deployment(), endpoint, invoke, options).await {
                Err(StartError::Denied(denial)) => assert!(self.grant.covers(&denial), "{denial}"),
                Err(error) => panic!("without {}: {error}", self.grant),
                Ok(_) => panic!("made without {}", self.grant),
            }
        } else {
            assert!(!checked_when_made(self.grant), "{} is needed nowhere", self.grant);
        }
        policies.give_back(self.grant);
    }

    async fn until_denied(&self) {
        let mut denials = self.shop.cloud().policies().denials();
        let denied = denials.wait_for(|denials| denials.iter().any(|denial| self.grant.covers(denial)));
        let in_time = tokio::time::timeout(DEADLINE, denied).await.is_ok_and(|denied| denied.is_ok());
        assert!(in_time, "nobody asked for {}", self.grant);
    }

    async fn until_failed(&self, since: Timestamp) {
        let mut changes = self.shop.cloud().endpoint().activity().subscribe();
        let failed = async {
            while !self.has_failed(since).await {
                changes.changed().await.expect("the cloud runs");
            }
        };
        let in_time = tokio::time::timeout(DEADLINE, failed).await.is_ok();
        assert!(
            in_time,
            "without {} nothing failed: {:?}",
            self.grant,
            self.shop.cloud().sources().left().await
        );
    }

    async fn has_failed(&self, since: Timestamp) -> bool {
        let cloud = self.shop.cloud();
        let ran = || {
            cloud.invocations().since(since).into_iter().filter(|ran| ran.operation == self.grant.function)
        };
        match self.grant.action.as_str() {
            // The message is done, and comes again.
            "sqs:DeleteMessage" => ran().count() > 1,
            // The message waits.
            "sqs:ReceiveMessage" => {
                let depths = cloud.endpoint().queue_depths().await.expect("the queues are counted");
                depths.iter().any(|depth| self.grant.resource.ends_with(&depth.name) && depth.visible > 0)
            }
            // The record waits.
            "dynamodb:GetRecords" => {
                cloud.sources().left().await.iter().any(|line| line.contains("AccessDenied"))
            }
            _ => ran().any(|ran| ran.error.is_some()),
        }
    }
}
