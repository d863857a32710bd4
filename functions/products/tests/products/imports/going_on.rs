//! Imports that take more than one run: by the time that an invocation has, by failures, and by several runs at once.

use futures::future::join_all;

use super::*;

#[tokio::test]
async fn an_import_goes_on_in_another_invocation_when_the_time_is_up() {
    let desk = desk().await;
    let import = desk.upload(&file_of(100)).await;
    desk.deliver(uploaded(&import.to_string()), 0).await.unwrap();
    let mut runs = 0;
    loop {
        let messages = desk.messages().await;
        let [message] = &messages[..] else { break assert_eq!(messages, [""; 0]) };
        let report = desk.report(import).await;
        assert_eq!((report.status, report.rows), (ImportState::Running, Some(100)));
        assert_eq!(report.counts, counts(runs * 32, 0, 0, 0), "a run is a step");
        let message = ImportMessage::parse(message).unwrap();
        assert_eq!(
            (message.imports(), message.cause().correlation_id),
            (vec![import], "C3D13FE58DE4C810".to_owned())
        );
        desk.deliver(message, 0).await.unwrap();
        runs += 1;
    }
    assert_eq!((runs, desk.report(import).await.counts), (4, counts(100, 0, 0, 0)));
}

#[tokio::test]
async fn an_ended_import_ignores_what_is_delivered_again() {
    let desk = desk().await;
    let import = desk.upload(&file_of(3)).await;
    let ended = desk.run(import).await;
    let go_on = GoOn { import_id: import, correlationid: "c".to_owned() };
    for message in [uploaded(&import.to_string()), ImportMessage::GoOn(go_on)] {
        desk.deliver(message, 300).await.unwrap();
        assert_eq!(desk.report(import).await, ended);
    }
    assert_eq!(desk.messages().await, [""; 0]);
}

#[tokio::test]
async fn of_runs_that_meet_each_row_is_written_by_one() {
    let desk = desk().await;
    let file = file_of(200).replace("active,", "active,2");
    let import = desk.upload(&file).await;
    let checks = join_all((0..3).map(|_| desk.deliver(uploaded(&import.to_string()), 300))).await;
    assert!(checks.iter().all(Result::is_ok), "{checks:?}");
    let messages = desk.messages().await;
    assert_eq!(messages.len(), 3);
    let message = |body: &String| desk.deliver(ImportMessage::parse(body).unwrap(), 300);
    let runs = join_all(messages.iter().map(message)).await;
    assert!(runs.iter().all(Result::is_ok), "{runs:?}");
    let report = desk.run(import).await;
    assert_eq!((report.status, report.counts), (ImportState::Done, counts(200, 0, 0, 0)));
    for number in [0, 31, 32, 199] {
        assert_eq!(desk.shop.counters(&format!("S{number}")).await, [2, 0, 0, 2]);
    }
}

#[tokio::test]
async fn staff_and_customers_change_what_an_import_changes_meanwhile() {
    let desk = desk().await;
    desk.import(&file_of(64).replace("active,", "active,50")).await;
    let id = desk.product("p-3").await.unwrap().value.product_id;
    let file = file_of(64).replace("14.50", "15.50").replace("active,", "active,10");
    let import = desk.upload(&file).await;
    desk.deliver(uploaded(&import.to_string()), 300).await.unwrap();
    let message = ImportMessage::parse(&desk.messages().await.remove(0)).unwrap();
    let orders = async {
        for number in 0..20 {
            desk.shop.reserve(order(number), &[("S3", 1), ("S40", 1)]).await.unwrap();
        }
    };
    let edits = async {
        for number in 0..5 {
            desk.shop.update(id, json!({ "category": format!("c-{number}") }), "*").await.unwrap();
        }
    };
    let (run, (), ()) = futures::join!(desk.deliver(message, 300), orders, edits);
    run.unwrap();
    assert_eq!(desk.report(import).await.counts, counts(0, 64, 0, 0));
    for sku in ["S3", "S40"] {
        assert_eq!(desk.shop.counters(sku).await, [40, 20, 0, 60]);
        assert_eq!(desk.shop.item(sku).await.price.amount(), 1550);
    }
}

#[tokio::test]
async fn an_import_in_a_state_of_a_newer_version_waits_for_that_version() {
    let desk = desk().await;
    let import = desk.upload(&file_of(1)).await;
    let text = |value: &str| aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned());
    let engine = &desk.shop.engine;
    let update = engine.client().update_item().table_name(engine.name());
    let update = update.key("pk", text(&format!("IMPORT#{import}"))).key("sk", text("IMPORT"));
    let update = update.update_expression("SET #s = :s").expression_attribute_names("#s", "state");
    update.expression_attribute_values(":s", text("paused")).send().await.unwrap();
    let failure = desk.deliver(uploaded(&import.to_string()), 300).await.unwrap_err();
    assert!(failure.to_string().contains("newer version"), "{failure}");
    assert!(desk.bucket.get(&format!("imports/{import}")).await.unwrap().is_some(), "the file is kept");
}

/// The cost of each step of an import does not depend on how many came before it.
#[tokio::test]
async fn the_last_rows_cost_what_the_first_cost() {
    let desk = desk().await;
    let import = desk.upload(&file_of(1_600)).await;
    desk.deliver(uploaded(&import.to_string()), 0).await.unwrap();
    let mut costs = Vec::new();
    loop {
        let mut messages = desk.messages().await;
        let Some(message) = messages.pop() else { break };
        drop(desk.shop.engine.used());
        desk.deliver(ImportMessage::parse(&message).unwrap(), 0).await.unwrap();
        let used = desk.shop.engine.used();
        costs.push(used.split(':').next().unwrap().to_owned());
    }
    assert_eq!(costs.len(), 50);
    let last = costs.pop().unwrap();
    costs.dedup();
    assert_eq!(costs.len(), 1, "{costs:?}");
    assert_eq!(last, costs[0], "the end of the import is part of its last step");
}
