//! A backlog, at the rate limit of Stripe's test keys.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use domain::words::id::OrderId;
use edge::Outside;
use engines::aws::Activity;
use engines::faults::Faults;
use futures::future::join_all;
use futures::stream::{self, StreamExt};
use payments::gateway::Gateway;
use payments::gateway::stripe::Stripe;

use crate::fixture::{Shop, placed_of};

/// Stripe's limit for test keys, and the processes that share it, each with batches of five (`template.yaml`).
const LIMIT: u32 = 25;
const PROCESSES: u32 = 5;
const BATCH: usize = 5;

/// Four batches for each process: enough for the limit to be exceeded within the first second.
const BACKLOG: usize = 100;

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

#[tokio::test]
async fn a_backlog_drains_at_stripes_limit_without_a_failed_message() {
    let shop = Shop::open().await;
    let server = stripe::testing::payment_gateway(Faults::new(Activity::default())).await;
    server.limit_to(number(LIMIT));
    let messages: Vec<_> = (1..=BACKLOG as u128)
        .map(|order| placed_of(OrderId::from_parts(1, order), 100 + order, "pm_card_visa"))
        .collect();
    let process = |messages: &'_ [domain::events::Envelope]| {
        let api = Outside::at(server.url().parse().unwrap(), "process-payment").unwrap();
        let stripe = Stripe::new(api, "sk_test_1".to_owned().into()).at_most(number(LIMIT / PROCESSES));
        let gateway = Gateway::new(stripe);
        let batches: Vec<_> = messages.chunks(BATCH).map(<[_]>::to_vec).collect();
        let shop = &shop;
        stream::iter(batches)
            .then(move |batch| {
                let gateway = gateway.clone();
                async move { join_all(batch.iter().map(|message| shop.hear_with(gateway.clone(), message))).await }
            })
            .concat()
    };
    let handled = join_all(messages.chunks(BACKLOG / PROCESSES as usize).map(process))
        .await
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let failures: BTreeSet<String> =
        handled.iter().filter_map(|result| result.as_ref().err().map(ToString::to_string)).collect();
    assert!(failures.is_empty(), "{failures:?}");
    assert_eq!(server.holds("eur"), 3_690 * i64::try_from(BACKLOG).unwrap(), "every order is paid once");
}
