//! How failed AWS calls are retried: by the SDK, a few times, with short jittered delays, and within a quota.

use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_types::retry::RetryConfig;

use crate::timeouts;

/// The initial and maximum number of tokens of a process.
const TOKENS: usize = 500;

/// The cost of a retry after an error reply, and after a timeout.
const COST: u32 = 5;
const COST_AFTER_TIMEOUT: u32 = 10;

/// The reward of a successful call. The SDK's default quota rewards at most one token, so a process that is throttled
/// at a third of its calls eventually runs out of tokens, and from then on fails at the first throttling. With this
/// reward, a call pays for one retry, which is the average where half of all tries fail.
const REWARD: f32 = 5.0;

/// Tokens regained per second. A process recovers with them after an outage, during which no call succeeds.
const A_SECOND: f32 = 10.0;

pub(crate) fn config() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(timeouts::SDK_TRIES)
        .with_initial_backoff(timeouts::SDK_BACKOFF)
        .with_max_backoff(timeouts::SDK_LONGEST_BACKOFF)
}

/// Creates a process's retry quota. During an outage it keeps retries from multiplying the load fivefold.
pub(crate) fn quota() -> RetryPartition {
    let bucket = TokenBucket::builder()
        .capacity(TOKENS)
        .retry_cost(COST)
        .throttling_retry_cost(COST)
        .timeout_retry_cost(COST_AFTER_TIMEOUT)
        .success_reward(REWARD)
        .refill_rate(A_SECOND)
        .build();
    RetryPartition::custom("bodega").token_bucket(bucket).build()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::config::Builder;
    use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;
    use futures::stream::{self, StreamExt};

    use super::*;
    use crate::environment::sdk_config;

    /// Percentages of tries that are throttled, and that time out.
    #[derive(Debug, Clone)]
    struct Overloaded {
        throttled: u64,
        hanging: u64,
        tries: Arc<AtomicU64>,
    }

    impl HttpConnector for Overloaded {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let number = self.tries.fetch_add(1, Ordering::SeqCst);
            // Deterministic, and without a period that a pattern of calls could match (splitmix64).
            let mut random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            random = (random ^ (random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            random = (random ^ (random >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let percent = (random ^ (random >> 31)) % 100;
            let answer = |status: u16, body: &'static str| {
                let status = status.try_into().expect("a status");
                HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
            };
            if percent < self.throttled {
                answer(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#)
            } else if percent < self.throttled + self.hanging {
                HttpConnectorFuture::ready(Err(ConnectorError::timeout("no answer".into())))
            } else {
                answer(200, "{}")
            }
        }
    }

    /// Returns how many of `calls` calls fail, and how many tries they took in total.
    async fn failed(calls: usize, throttled: u64, hanging: u64) -> (usize, u64) {
        let overloaded = Overloaded { throttled, hanging, tries: Arc::default() };
        let variables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];
        let variables = variables.map(|name| (name.to_owned(), "eu-west-1".to_owned()));
        let connector = SharedHttpConnector::new(overloaded.clone());
        let config = sdk_config(&HashMap::from(variables), connector).expect("a configuration");
        let client = Client::from_conf(Builder::from(&config).retry_partition(quota()).build());
        let called = stream::iter(0..calls)
            .map(|_| client.describe_endpoints().send())
            .buffer_unordered(50)
            .filter(|answer| futures::future::ready(answer.is_err()));
        let failed = called.count().await;
        (failed, overloaded.tries.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn a_warm_process_keeps_enough_retries() {
        let (failed, tries) = failed(3_000, 30, 5).await;
        // Five tries that all fail: 0.35 to the fifth is half a percent.
        assert!(failed < 30, "{failed} of 3000 calls failed, after {tries} tries");
    }

    #[tokio::test]
    async fn an_outage_gets_few_retries() {
        let (failed, tries) = failed(1_000, 0, 100).await;
        assert_eq!(failed, 1_000);
        assert!(tries < 1_100, "{tries} tries");
    }
}
