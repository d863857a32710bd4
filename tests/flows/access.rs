//! Every route, asked by everyone: the gateway, the authorizer, the operations and the front door together answer as
//! `docs/api/access.md` says.

mod callers;
mod requests;

use std::collections::BTreeSet;

use edge::contract::Access;
use reqwest::Method;
use tests::Shop;
use tests::contract::access::{CALLERS, Caller, expected, routed};

use callers::Callers;
use requests::Requests;

/// Returns the operations of which the record has an entry.
async fn recorded(shop: &Shop) -> BTreeSet<String> {
    let rows = shop.rows("users", "audit").await;
    rows.iter().map(|row| row["action"]["S"].as_str().expect("an action").to_owned()).collect()
}

/// Returns the operations by which the staff write what is not their own: whatever is neither GET nor HEAD.
fn written_by_staff() -> BTreeSet<String> {
    let writes = routed().into_iter().filter(|(route, operation)| {
        let may = |caller: Caller| expected(operation, caller) < 400;
        route.method != "GET" && may(Caller::Admin) && !may(Caller::Other)
    });
    writes.map(|(_, operation)| operation.name.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_answers_every_caller_as_documented() {
    let shop = Shop::open().await;
    let callers = Callers::of(&shop).await;
    let mut requests = Requests::of(&callers).await;
    let (mut tried, mut holes) = (0, Vec::new());
    for (route, operation) in routed() {
        for caller in CALLERS {
            let wanted = expected(&operation, caller);
            let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
            let request = requests.of_operation(&route, caller, wanted < 400).await;
            let reply = callers.send(caller, &route, method.clone(), &request).await;
            if reply.status() != wanted {
                holes.push(format!(
                    "{method} {} as {caller:?}: {} instead of {wanted}",
                    route.path,
                    reply.status()
                ));
            }
            if method == Method::GET && caller != Caller::Service {
                let head = callers.send(caller, &route, Method::HEAD, &request).await;
                // An internal route has no HEAD, and the gateway answers for what is no route.
                let as_expected = head.status() == wanted
                    || (head.status() == 404 && operation.signature.access == Access::Service);
                if !as_expected {
                    holes.push(format!(
                        "HEAD {} as {caller:?}: {} instead of {wanted}",
                        route.path,
                        head.status()
                    ));
                }
            }
            tried += 1;
            if wanted < 400 && method == Method::POST {
                // Orders end, and leave room for the next.
                shop.settle().await;
            }
        }
    }
    assert_eq!(holes, Vec::<String>::new(), "{tried} requests");
    assert_eq!(tried, routed().len() * CALLERS.len());
    shop.settle().await;
    assert_eq!(recorded(&shop).await, written_by_staff(), "a write of the staff emits `call.acted(…)`");
    drop(requests);
    drop(callers);
    shop.close().await;
}
