//! The functions' policies are enforced, and each right in them is needed.

mod sessions;
mod trial;
mod ways;

use std::collections::BTreeSet;

use dev::seed;
use engines::iam::Grant;
use tests::Shop;

use sessions::Sessions;
use trial::{Trial, checked_when_made};
use ways::Ways;

/// Rights that no flow uses, and why the functions have them all the same.
const UNUSED: [(&str, &str); 2] = [
    // Lambda makes an event source mapping only for a role that has these, whether or not it goes on to use them.
    ("dynamodb:ListStreams", "relay-events"),
    ("sqs:GetQueueAttributes", ""),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_right_is_used() {
    let mut shop = Shop::open().await;
    shop.expect_dead_letters("outbox-failures");
    tests::measure::visit(shop.cloud()).await.expect("every operation runs");
    let ways = Ways::of(&shop).await;
    ways.rare_ones().await;
    for service in ["users", "products", "orders", "payments"] {
        ways.give_up(&format!("{service}.relay-events")).await;
    }
    let policies = shop.cloud().policies();
    let unused = policies.granted().difference(&policies.used()).cloned().collect::<BTreeSet<Grant>>();
    let expected = policies.granted().into_iter().filter(|grant| {
        UNUSED.iter().any(|(action, function)| grant.action == *action && grant.function.ends_with(function))
    });
    assert_eq!(lines(&unused), lines(&expected.collect()), "the unused rights and the expected ones");
    drop(ways);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_one_right_a_flow_fails_and_says_which_is_missing() {
    let shop = Shop::unstocked().await;
    let policies = shop.cloud().policies();
    let mut left = policies.granted();
    // Secrets are read when a function starts: these come first, while none has.
    let sessions = Sessions::default();
    for grant in Sessions::in_order(&left) {
        let good = |reply: &_| Sessions::is_good(reply);
        Trial { shop: &shop, grant: &grant }.run(good, async || sessions.go(&shop, &grant).await).await;
        left.remove(&grant);
    }
    seed::seed(shop.cloud()).await.expect("the shop is stocked");
    let mut ways = Ways::of(&shop).await;
    let (secrets, others): (Vec<Grant>, Vec<Grant>) =
        left.into_iter().partition(|grant| grant.action.starts_with("secretsmanager:"));
    for grant in secrets {
        let go = async || ways.go(&grant).await;
        Trial { shop: &shop, grant: &grant }.run(|reply| ways.is_good(&grant, reply), go).await;
    }
    ways.order().await;
    for grant in others {
        let trial = Trial { shop: &shop, grant: &grant };
        trial.of_the_mapping().await;
        if !checked_when_made(&grant) {
            ways.prepare(&grant).await;
            trial.run(|reply| ways.is_good(&grant, reply), async || ways.go(&grant).await).await;
        }
    }
    ways.nothing_is_lost().await;
    drop(ways);
    shop.close().await;
}

fn lines(grants: &BTreeSet<Grant>) -> Vec<String> {
    grants.iter().map(Grant::to_string).collect()
}
