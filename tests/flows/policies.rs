//! The functions' policies are enforced, and every permission in them is needed.

mod flows;
mod sessions;
mod trial;

use std::collections::BTreeSet;

use dev::seed;
use engines::iam::Grant;
use tests::Shop;

use flows::Flows;
use sessions::Sessions;
use trial::{Seen, Trial, is_checked_on_creation};

/// Permissions that no flow uses, by action and the ends of the function's and the resource's name.
const UNUSED: [(&str, &str, &str); 3] = [
    // Lambda creates an event source mapping only if the role has these, whether or not it uses them later.
    ("dynamodb:ListStreams", "relay-events", ""),
    ("sqs:GetQueueAttributes", "", ""),
    // Lambda uses it when a record has failed for six hours.
    ("sqs:SendMessage", "relay-events", "outbox-failures"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_permission_is_used() {
    let shop = Shop::open().await;
    tests::measure::visit(shop.cloud()).await.expect("every operation runs");
    let flows = Flows::of(&shop).await;
    flows.run_rare_ones().await;
    let sessions = Sessions::default();
    sessions.renew_hash(&shop).await.expect("the password is hashed again");
    sessions.rotate(&shop).await.expect("the next key is published");
    sessions.confirm_first_admin(&shop).await;
    sessions.erase(&shop).await.expect("an account is erased");
    sessions.publish_first(&shop, "start-guest-session").await;
    let policies = shop.cloud().policies();
    let unused = policies.granted().difference(&policies.used()).cloned().collect::<BTreeSet<Grant>>();
    let expected = policies.granted().into_iter().filter(|grant| {
        UNUSED.iter().any(|(action, function, resource)| {
            grant.action == *action
                && grant.function.ends_with(function)
                && grant.resource.ends_with(resource)
        })
    });
    assert_eq!(lines(&unused), lines(&expected.collect()), "the unused permissions");
    drop(flows);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_permission_fails_a_flow_and_is_named_by_the_error() {
    let shop = Shop::unstocked().await;
    let policies = shop.cloud().policies();
    let mut left = policies.granted();
    // Functions read secrets when they start, so these come first, before any function runs.
    let sessions = Sessions::default();
    for grant in Sessions::in_order(&left) {
        let is_success = |reply: &_| Sessions::is_success(reply);
        Trial { shop: &shop, grant: &grant }
            .run(is_success, async || sessions.run(&shop, &grant).await)
            .await;
        left.remove(&grant);
    }
    seed::seed(shop.cloud()).await.expect("the shop is stocked");
    let mut flows = Flows::of(&shop).await;
    let (of_rotation, left): (Vec<Grant>, Vec<Grant>) = left.into_iter().partition(is_of_rotation);
    let (mut secrets, others): (Vec<Grant>, Vec<Grant>) =
        left.into_iter().partition(|grant| grant.action.starts_with("secretsmanager:"));
    secrets.sort_by_key(|grant| reads_key_after(&grant.function));
    for grant in secrets {
        let run = async || flows.run(&grant).await;
        Trial { shop: &shop, grant: &grant }.run(|reply| flows.is_success(&grant, reply), run).await;
    }
    flows.place_first_order().await;
    for grant in others {
        let trial = Trial { shop: &shop, grant: &grant };
        trial.run_without_mapping().await;
        if !is_checked_on_creation(&grant) {
            flows.prepare(&grant).await;
            trial.run(|reply| flows.is_success(&grant, reply), async || flows.run(&grant).await).await;
        }
    }
    flows.assert_nothing_is_lost().await;
    // Days pass between two steps. Here they take no time, and then running processes sign with a key that is withdrawn.
    for grant in of_rotation {
        let rotation = async || Seen::Run(sessions.rotate(&shop).await);
        Trial { shop: &shop, grant: &grant }.run(Sessions::is_success, rotation).await;
    }
    drop(flows);
    shop.close().await;
}

fn is_of_rotation(grant: &Grant) -> bool {
    grant.function == "rotate-signing-key"
}

/// A flow asks several functions, and each reads the key once. Returns after how many others a function is tried, so that nothing
/// else has made it read the key: a customer has something to do once an order is processed, and saves a card before it is used.
fn reads_key_after(function: &str) -> u8 {
    match function {
        "set-up-payment-method" => 1,
        "list-payment-methods" => 2,
        "verify-payment-method" | "remove-payment-method" => 3,
        "retry-payment" | "get-payment-action" => 4,
        _ => 0,
    }
}

fn lines(grants: &BTreeSet<Grant>) -> Vec<String> {
    grants.iter().map(Grant::to_string).collect()
}
