//! The endpoint, called with AWS's SDKs.

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnConsumedCapacity, TransactWriteItem};
use aws_sdk_ses::types::{Body, Content, Destination, Message};
use aws_sdk_sqs::types::QueueAttributeName;
use engines::aws::{Principal, Service};
use model::deployment::{Deployment, Secret};
use serde_json::json;

use crate::cloud::*;

fn deployment() -> Deployment {
    let policy = json!({ "deadLetterTargetArn": queue_arn("work-dead"), "maxReceiveCount": "2" }).to_string();
    Deployment {
        functions: vec![function("place-order", Vec::new()), function("get-order", Vec::new())],
        tables: vec![table("orders")],
        queues: vec![
            queue("work", &[("RedrivePolicy", &policy), ("VisibilityTimeout", "30")]),
            queue("work-dead", &[("MessageRetentionPeriod", "1209600")]),
        ],
        secrets: vec![
            secret("plain", json!({ "PasswordLength": 20, "ExcludePunctuation": true })),
            secret(
                "keyed",
                json!({ "SecretStringTemplate": "{\"user\":\"a\"}", "GenerateStringKey": "password" }),
            ),
        ],
        identities: vec!["bodega.example".to_owned()],
        ..Deployment::default()
    }
}

fn secret(name: &str, generate: serde_json::Value) -> Secret {
    let arn = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-template");
    Secret { name: name.to_owned(), arn, generate }
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

#[tokio::test]
async fn dynamodb_meters_each_caller_and_returns_capacity_only_on_request() {
    let deployment = deployment();
    let endpoint = endpoint(&deployment, options(None)).await;
    let place = dynamodb(&endpoint, key(&deployment.functions, Some("place-order")));
    let get = dynamodb(&endpoint, key(&deployment.functions, Some("get-order")));
    endpoint.meter().reset();

    let put =
        place.put_item().table_name("orders").item("pk", s("a")).item("sk", s("b")).item("text", s("c"));
    assert!(put.clone().send().await.unwrap().consumed_capacity.is_none());
    let asked = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.unwrap();
    assert_eq!(asked.consumed_capacity.unwrap().capacity_units, Some(1.0));
    let item = Put::builder().table_name("orders").item("pk", s("t")).item("sk", s("t")).build().unwrap();
    let transaction = TransactWriteItem::builder().put(item).build();
    place.transact_write_items().transact_items(transaction).send().await.unwrap();
    let got = get.get_item().table_name("orders").key("pk", s("a")).key("sk", s("b")).send().await.unwrap();
    assert_eq!(got.item.unwrap()["text"], s("c"));
    get.get_item().table_name("nowhere").key("pk", s("a")).send().await.unwrap_err();

    let reading = endpoint.meter().read();
    let placed = reading.of("place-order");
    assert_eq!((placed["dynamodb:PutItem"].calls, placed["dynamodb:PutItem"].write_units), (2, 2.0));
    assert!((placed["dynamodb:TransactWriteItems"].write_units - 2.0).abs() < f64::EPSILON);
    let read = reading.total("get-order");
    assert_eq!((read.calls, read.errors, read.read_units, read.write_units), (2, 1, 0.5, 0.0));
    assert_eq!(reading.functions("dynamodb:").calls, 5);
    assert_eq!(reading.by_principal.keys().collect::<Vec<_>>().len(), 2);
    assert_eq!(endpoint.meter().reset(), reading);
    assert!(endpoint.meter().read().of("place-order").is_empty());
    endpoint.shutdown().await;
}

#[tokio::test]
async fn an_unknown_access_key_is_the_operators() {
    let deployment = deployment();
    let endpoint = endpoint(&deployment, options(None)).await;
    let client = dynamodb(&endpoint, key(&deployment.functions, None));
    client.list_tables().send().await.unwrap();
    let reading = endpoint.meter().read();
    assert_eq!(reading.by_principal[&Principal::Operator]["dynamodb:ListTables"].calls, 1);
    endpoint.shutdown().await;
}

#[tokio::test]
async fn queues_are_created_with_their_dead_letter_queues() {
    let deployment = deployment();
    let endpoint = endpoint(&deployment, options(None)).await;
    let client = sqs(&endpoint, key(&deployment.functions, Some("place-order")));
    let url = client.get_queue_url().queue_name("work").send().await.unwrap().queue_url.unwrap();
    assert_eq!(url, endpoint.queue_url("work"));
    let attributes = client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let attributes = attributes.send().await.unwrap().attributes.unwrap();
    assert_eq!(attributes[&QueueAttributeName::VisibilityTimeout], "30");
    assert!(attributes[&QueueAttributeName::RedrivePolicy].contains("work-dead"));

    client.send_message().queue_url(&url).message_body("one").send().await.unwrap();
    let depths = endpoint.queue_depths().await.unwrap();
    assert_eq!(
        depths
            .iter()
            .map(|depth| (depth.name.as_str(), depth.visible, depth.dead_letters))
            .collect::<Vec<_>>(),
        [("work", 1, false), ("work-dead", 0, true)]
    );
    let received = client.receive_message().queue_url(&url).send().await.unwrap().messages.unwrap();
    assert_eq!(received[0].body.as_deref(), Some("one"));
    assert_eq!(endpoint.queue_depths().await.unwrap()[0].in_flight, 1);
    let handle = received[0].receipt_handle.clone().unwrap();
    client.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    assert_eq!(endpoint.queue_depths().await.unwrap()[0].total(), 0);
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_verified_senders_mail_is_kept_and_anothers_refused() {
    let deployment = deployment();
    let endpoint = endpoint(&deployment, options(None)).await;
    let client = ses(&endpoint, key(&deployment.functions, Some("place-order")));
    let content = |text: &str| Content::builder().data(text).build().unwrap();
    let message = Message::builder()
        .subject(content("Welcome"))
        .body(Body::builder().html(content("<b>Hi</b>")).text(content("Hi")).build())
        .build();
    let to =
        Destination::builder().to_addresses("Ada <ada@example.com>").cc_addresses("bob@example.com").build();
    let send = client.send_email().destination(to).message(message);
    let refused = send.clone().source("x@elsewhere.example").send().await.unwrap_err().into_service_error();
    assert!(refused.is_message_rejected(), "{refused:?}");

    let waiting = endpoint.mailbox().wait_for(SOON, |mail| mail.subject == "Welcome");
    let sending = send.source("Bodega <shop@bodega.example>").send();
    let (mail, sent) = tokio::join!(waiting, sending);
    let mail = mail.unwrap();
    assert_eq!(mail.message_id, sent.unwrap().message_id);
    assert_eq!((mail.html.as_deref(), mail.text.as_deref()), (Some("<b>Hi</b>"), Some("Hi")));
    assert_eq!(endpoint.mailbox().to("ada@example.com"), std::slice::from_ref(&mail));
    assert_eq!(endpoint.mailbox().to("bob@example.com"), [mail]);
    let none = endpoint
        .mailbox()
        .wait_for(std::time::Duration::ZERO, |mail| mail.subject == "Bye")
        .await
        .unwrap_err();
    assert_eq!(none.subjects.len(), 1);
    endpoint.shutdown().await;
}

#[tokio::test]
async fn secrets_are_generated_by_the_template() {
    let deployment = deployment();
    let endpoint = endpoint(&deployment, options(None)).await;
    let client = secrets(&endpoint, key(&deployment.functions, Some("place-order")));
    let plain = client.get_secret_value().secret_id("plain").send().await.unwrap().secret_string.unwrap();
    assert_eq!(plain.len(), 20);
    assert!(plain.chars().all(|c| c.is_ascii_alphanumeric()), "{plain}");
    let arn = &deployment.secrets[1].arn;
    let keyed = client.get_secret_value().secret_id(arn).send().await.unwrap().secret_string.unwrap();
    let keyed: serde_json::Value = serde_json::from_str(&keyed).unwrap();
    assert_eq!(keyed["user"], "a");
    assert_eq!(keyed["password"].as_str().unwrap().len(), 32);
    endpoint.shutdown().await;
}

#[tokio::test]
async fn stream_arns_and_shard_ids_have_the_form_of_aws() {
    let deployment = deployment();
    let endpoint = endpoint(&deployment, options(None)).await;
    let client = dynamodb(&endpoint, key(&[], None));
    let table = client.describe_table().table_name("orders").send().await.unwrap().table.unwrap();
    let arn = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders");
    assert_eq!(table.table_arn.as_ref(), Some(&arn));
    let stream = table.latest_stream_arn.unwrap();
    assert!(stream.starts_with(&format!("{arn}/stream/")), "{stream}");
    let ask = async |action, request| endpoint.call(Service::DynamoDb, action, &request).await;
    let described = ask("DescribeStream", json!({ "StreamArn": stream })).await.unwrap();
    let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
    // boto3 rejects shard ids that are shorter than 28 characters.
    assert_eq!(shard.as_str().map(str::len), Some(37), "{shard}");
    let put = client.put_item().table_name("orders").item("pk", s("a")).item("sk", s("b"));
    put.send().await.unwrap();
    let from = json!({ "StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    let iterator = ask("GetShardIterator", from).await.unwrap();
    let read = ask("GetRecords", json!({ "ShardIterator": iterator["ShardIterator"] })).await.unwrap();
    assert_eq!(read["Records"][0]["awsRegion"], REGION);
    assert_eq!(read["Records"][0]["dynamodb"]["Keys"]["pk"]["S"], "a");
    endpoint.shutdown().await;
}

#[tokio::test]
async fn an_unsupported_service_returns_an_error_that_names_it() {
    let endpoint = endpoint(&Deployment::default(), options(None)).await;
    let response = get(endpoint.url()).await;
    assert!(response.contains("does not serve"), "{response}");
    endpoint.shutdown().await;
}

async fn get(url: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn an_external_engine_replaces_the_embedded_one() {
    let deployment = deployment();
    let other = endpoint(&Deployment::default(), options(None)).await;
    let url: reqwest::Url = other.url().parse().unwrap();
    let options = engines::aws::Options {
        dynamodb_endpoint: Some(url.clone()),
        sqs_endpoint: Some(url.clone()),
        ses_endpoint: Some(url.clone()),
        ..options(None)
    };
    let endpoint = endpoint(&deployment, options).await;
    let place = key(&deployment.functions, Some("place-order"));
    let put = dynamodb(&endpoint, place.clone())
        .put_item()
        .table_name("orders")
        .item("pk", s("a"))
        .item("sk", s("b"));
    put.send().await.unwrap();
    let client = dynamodb(&other, key(&[], None));
    let got =
        client.get_item().table_name("orders").key("pk", s("a")).key("sk", s("b")).send().await.unwrap();
    assert!(got.item.is_some());
    assert!((endpoint.meter().read().total("place-order").write_units - 1.0).abs() < f64::EPSILON);
    endpoint.send_message("work", "hello").await.unwrap();
    assert_eq!(endpoint.queue_depths().await.unwrap()[0].visible, 1);
    let url = other.queue_url("work");
    let received = sqs(&other, key(&[], None)).receive_message().queue_url(url).send().await.unwrap();
    assert_eq!(received.messages.unwrap()[0].body.as_deref(), Some("hello"));
    let content = Content::builder().data("Hello").build().unwrap();
    let message =
        Message::builder().subject(content.clone()).body(Body::builder().text(content).build()).build();
    let to = Destination::builder().to_addresses("ada@example.com").build();
    let mail = ses(&endpoint, key(&[], None)).send_email().source("shop@bodega.example");
    mail.destination(to).message(message).send().await.unwrap();
    assert_eq!((endpoint.mailbox().all().len(), other.mailbox().all().len()), (1, 1));
    endpoint.shutdown().await;
    other.shutdown().await;
}

#[tokio::test]
async fn an_external_engine_is_called_in_the_deployments_region_and_account() {
    // Engines such as LocalStack separate regions and accounts. The account is the twelve digits of the access key.
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url: reqwest::Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let echo = async |headers: http::HeaderMap| {
        json!({ "signed": headers["authorization"].to_str().unwrap() }).to_string()
    };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(echo)).await });
    let options = engines::aws::Options {
        dynamodb_endpoint: Some(url.clone()),
        sqs_endpoint: Some(url),
        ..options(None)
    };
    let endpoint = endpoint(&Deployment::default(), options).await;
    for service in [Service::DynamoDb, Service::Sqs] {
        let scope = format!("/{REGION}/{}/aws4_request", service.prefix());
        let echoed = endpoint.call(service, "DescribeTable", &json!({})).await.unwrap();
        let signed = echoed["signed"].as_str().unwrap();
        assert!(signed.contains(&scope) && signed.contains(&format!("Credential={ACCOUNT}/")), "{echoed}");
    }
    endpoint.shutdown().await;
}
