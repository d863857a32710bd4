//! Persistence across restarts and kills.

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use engines::aws::ProvisionError;
use engines::credentials::FunctionCredentials;
use model::deployment::{Deployment, Secret};
use serde_json::json;
use tokio::net::TcpListener;

use crate::cloud::*;

fn deployment() -> Deployment {
    let policy = json!({ "deadLetterTargetArn": queue_arn("work-dead"), "maxReceiveCount": 1 }).to_string();
    let arn = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:key");
    Deployment {
        tables: vec![table("orders")],
        queues: vec![
            queue("work", &[("RedrivePolicy", &policy)]),
            queue("work-dead", &[]),
            queue("later", &[]),
        ],
        secrets: vec![Secret { name: "key".to_owned(), arn, generate: json!({}) }],
        identities: vec!["bodega.example".to_owned()],
        ..Deployment::default()
    }
}

#[tokio::test]
async fn a_restart_restores_everything() {
    let data = tempfile::tempdir().unwrap();
    let deployment = deployment();
    let first = endpoint(&deployment, options(Some(data.path()))).await;
    let operator = || key(&[], None);
    let item = ("pk", AttributeValue::S("a".to_owned()), "sk", AttributeValue::S("b".to_owned()));
    let put = dynamodb(&first, operator()).put_item().table_name("orders");
    put.item(item.0, item.1.clone()).item(item.2, item.3.clone()).send().await.unwrap();
    let secret =
        secrets(&first, operator()).get_secret_value().secret_id("key").send().await.unwrap().secret_string;

    let queues = sqs(&first, operator());
    let work = first.queue_url("work");
    for body in ["done", "failed", "waiting"] {
        queues.send_message().queue_url(&work).message_body(body).send().await.unwrap();
    }
    queues
        .send_message()
        .queue_url(first.queue_url("later"))
        .message_body("later")
        .delay_seconds(600)
        .send()
        .await
        .unwrap();
    for done in [true, false] {
        let received = queues.receive_message().queue_url(&work).send().await.unwrap().messages.unwrap();
        if done {
            let handle = received[0].receipt_handle.clone().unwrap();
            queues.delete_message().queue_url(&work).receipt_handle(handle).send().await.unwrap();
        }
    }
    first.shutdown().await;
    drop(first);

    let second = endpoint(&deployment, options(Some(data.path()))).await;
    let got = dynamodb(&second, operator()).get_item().table_name("orders");
    let got = got.key(item.0, item.1).key(item.2, item.3).send().await.unwrap();
    assert!(got.item.is_some());
    let again =
        secrets(&second, operator()).get_secret_value().secret_id("key").send().await.unwrap().secret_string;
    assert_eq!(again, secret);
    let depths = second.queue_depths().await.unwrap();
    let depths: Vec<_> =
        depths.iter().map(|depth| (depth.name.as_str(), depth.visible, depth.delayed)).collect();
    // "failed" has used up its receives, so it is in the dead-letter queue.
    assert_eq!(depths, [("work", 1, 0), ("work-dead", 1, 0), ("later", 0, 1)]);
    let left =
        sqs(&second, operator()).receive_message().queue_url(second.queue_url("work")).send().await.unwrap();
    assert_eq!(left.messages.unwrap()[0].body.as_deref(), Some("waiting"));
    second.shutdown().await;
}

#[tokio::test]
async fn a_cloud_that_is_killed_loses_nothing() {
    use aws_sdk_ses::types::{Body, Content, Destination, Message};
    let data = tempfile::tempdir().unwrap();
    let deployment = deployment();
    let first = endpoint(&deployment, options(Some(data.path()))).await;
    let content = |text: &str| Content::builder().data(text).build().unwrap();
    let send = async |endpoint: &engines::aws::Endpoint| {
        let body = Body::builder().text(content("Hi")).build();
        let message = Message::builder().subject(content("Hello")).body(body).build();
        let to = Destination::builder().to_addresses("ada@example.com").build();
        let send = ses(endpoint, key(&[], None)).send_email().source("shop@bodega.example");
        send.destination(to).message(message).send().await.unwrap();
    };
    send(&first).await;
    first.send_message("work", "kept").await.unwrap();
    // Without a shutdown, as after kill -9.
    std::mem::forget(first);

    // As if killed while it wrote a line.
    let mails = data.path().join("mails.jsonl");
    let whole = std::fs::read_to_string(&mails).unwrap();
    std::fs::write(&mails, whole.clone() + &whole[..whole.len() / 2]).unwrap();

    for before in [1, 2] {
        let again = endpoint(&deployment, options(Some(data.path()))).await;
        assert_eq!(again.mailbox().to("ada@example.com").len(), before);
        assert_eq!(again.queue_depths().await.unwrap()[0].visible, 1);
        send(&again).await;
        again.shutdown().await;
    }
}

#[tokio::test]
async fn a_table_with_different_keys_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let mut deployment = deployment();
    let first = endpoint(&deployment, options(Some(data.path()))).await;
    first.provision(&deployment).await.unwrap();
    first.shutdown().await;
    drop(first);
    let pk = json!([{ "AttributeName": "pk", "AttributeType": "S" }]);
    deployment.tables[0].create["AttributeDefinitions"] = pk;
    deployment.tables[0].create["KeySchema"] = json!([{ "AttributeName": "pk", "KeyType": "HASH" }]);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let credentials = std::sync::Arc::new(credentials(&[]));
    let second =
        engines::aws::Endpoint::start(listener, credentials, options(Some(data.path()))).await.unwrap();
    let error = second.provision(&deployment).await.unwrap_err();
    assert!(matches!(&error, ProvisionError::Changed(table) if table == "orders"), "{error}");
    second.shutdown().await;
}

#[tokio::test]
async fn a_function_of_an_earlier_run_is_refused() {
    use aws_sdk_ses::types::{Body, Content, Destination, Message};
    let functions = vec![function("place-order", Vec::new())];
    let deployment = Deployment { functions: functions.clone(), ..deployment() };
    let endpoint = endpoint(&deployment, options(None)).await;
    let earlier = FunctionCredentials::new(&functions, &[8; 32]);
    let caller = earlier.of("place-order").unwrap();
    let token = Some(caller.session_token.clone());
    let left =
        Credentials::new(&caller.access_key_id, &caller.secret_access_key, token, None, "an earlier run");
    let (pk, sk) = (AttributeValue::S("a".to_owned()), AttributeValue::S("b".to_owned()));

    let put = dynamodb(&endpoint, left.clone()).put_item().table_name("orders").item("pk", pk).item("sk", sk);
    let sent = sqs(&endpoint, left.clone())
        .send_message()
        .queue_url(endpoint.queue_url("work"))
        .message_body("late");
    let text = Content::builder().data("late").build().unwrap();
    let message = Message::builder().subject(text.clone()).body(Body::builder().text(text).build()).build();
    let mail = ses(&endpoint, left.clone()).send_email().source("shop@bodega.example").message(message);
    let mail = mail.destination(Destination::builder().to_addresses("ada@example.com").build());
    let read = secrets(&endpoint, left).get_secret_value().secret_id("key");
    let codes = [
        put.send().await.unwrap_err().code().map(str::to_owned),
        sent.send().await.unwrap_err().code().map(str::to_owned),
        mail.send().await.unwrap_err().code().map(str::to_owned),
        read.send().await.unwrap_err().code().map(str::to_owned),
    ];
    let [json, query] = ["ExpiredTokenException", "ExpiredToken"].map(|code| Some(code.to_owned()));
    assert_eq!(codes, [json.clone(), json.clone(), query, json]);
    assert_eq!(endpoint.queue_depths().await.unwrap()[0].total(), 0);
    assert!(endpoint.mailbox().all().is_empty());
    endpoint.shutdown().await;
}
