//! Withholds one permission: the flow that needs it fails, AWS's error names it, and the flow succeeds once it is
//! restored.

use model::clock::Clock;
use std::time::Duration;

use engines::iam::Grant;
use jiff::Timestamp;
use runtime::sources::{self, Redelivery, Sources, StartError};
use tests::{Reply, Shop};

/// Far longer than anything takes.
const DEADLINE: Duration = Duration::from_secs(30);

/// The visible outcome of a flow.
pub enum Seen {
    Reply(Reply),
    /// The outcome of a schedule's run, or of what no reply shows.
    Run(Result<(), String>),
    /// Nothing yet: the effect is asynchronous.
    Later,
}

/// Returns whether an event source uses the permission only when its mapping is created or when it begins to read.
/// Without it, only the creation fails.
pub fn is_checked_on_creation(grant: &Grant) -> bool {
    const ACTIONS: [&str; 4] = [
        "dynamodb:DescribeStream",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "sqs:GetQueueAttributes",
    ];
    ACTIONS.contains(&grant.action.as_str()) || grant.resource.ends_with("outbox-failures")
}

/// Fires a schedule. A run in which an item failed succeeds, so its log is read as well.
pub async fn fire(shop: &Shop, function: &str, time: Timestamp) -> Result<(), String> {
    let answer = shop.cloud().sources().trigger(function, time).await.expect("the schedule exists");
    if answer.function_error.is_some() {
        return Err(String::from_utf8_lossy(&answer.payload).into_owned());
    }
    let log = shop.log();
    let mut lines = log.iter().filter(|line| line.request_id.as_ref() == Some(&answer.request_id));
    let failed = lines.find(|line| line.line.contains("due item failed"));
    failed.map_or(Ok(()), |line| Err(line.line.clone()))
}

pub struct Trial<'t> {
    pub shop: &'t Shop,
    pub grant: &'t Grant,
}

impl Trial<'_> {
    /// Runs a flow without the permission, and again with it.
    pub async fn run(&self, is_success: impl Fn(&Reply) -> bool, flow: impl AsyncFn() -> Seen) {
        let (policies, grant) = (self.shop.cloud().policies(), self.grant);
        let since = Timestamp::now();
        policies.take_denials();
        policies.withhold(grant);
        let seen = flow().await;
        self.until_denied().await;
        match seen {
            Seen::Reply(reply) => assert!(!is_success(&reply), "without {grant}: {reply:?}"),
            Seen::Run(run) => assert!(run.is_err(), "a run without {grant}"),
            Seen::Later => self.until_failed(since).await,
        }
        policies.give_back(grant);
        let denials = policies.take_denials();
        assert!(denials.iter().all(|denial| grant.covers(denial)), "without {grant}: {denials:?}");
        self.shop.settle().await;
        match flow().await {
            Seen::Reply(reply) => assert!(is_success(&reply), "with {grant} again: {reply:?}"),
            Seen::Run(run) => assert_eq!(run, Ok(()), "a run with {grant} again"),
            Seen::Later => {}
        }
        self.shop.settle().await;
        assert_eq!(policies.take_denials(), [], "after {grant}");
    }

    /// Asserts that a function cannot be deployed without a permission that its event source needs.
    pub async fn run_without_mapping(&self) {
        let cloud = self.shop.cloud();
        let policies = cloud.policies();
        policies.withhold(self.grant);
        let mut functions = cloud.deployment().functions.iter();
        let needed = functions.any(|function| policies.check_sources(function).is_err());
        if needed {
            let options = sources::Options {
                clock: Clock::default(),
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
                Ok(_) => panic!("created without {}", self.grant),
            }
        } else {
            assert!(!is_checked_on_creation(self.grant), "no event source needs {}", self.grant);
        }
        policies.give_back(self.grant);
    }

    async fn until_denied(&self) {
        let mut denials = self.shop.cloud().policies().denials();
        let denied = denials.wait_for(|denials| denials.iter().any(|denial| self.grant.covers(denial)));
        let in_time = tokio::time::timeout(DEADLINE, denied).await.is_ok_and(|denied| denied.is_ok());
        assert!(in_time, "no call needed {}", self.grant);
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
            "nothing failed without {}: {:?}",
            self.grant,
            self.shop.cloud().sources().left().await
        );
    }

    async fn has_failed(&self, since: Timestamp) -> bool {
        let cloud = self.shop.cloud();
        // A failed request is no failed invocation. The consumer that has sent it fails.
        let function =
            if self.grant.function == "get-link" { "send-account-mail" } else { &self.grant.function };
        let ran = || cloud.invocations().since(since).into_iter().filter(|ran| ran.operation == *function);
        match self.grant.action.as_str() {
            // The message is handled, and redelivered.
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
