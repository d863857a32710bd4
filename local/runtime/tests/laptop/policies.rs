//! Enforcement of policies for AWS's SDKs and the event sources.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::AttributeValue;
use engines::aws::{Endpoint, Options, Principal};
use engines::iam::{Grant, Policies};
use model::clock::Clock;
use model::deployment::{Deployment, Function, QueueSource, Secret, Source, StreamSource};
use model::statement::Statement;
use runtime::sources::{self, Redelivery, Sources, StartError};
use serde_json::{Value, json};

use crate::cloud::*;

fn allow(actions: &[&str], resource: &str) -> Statement {
    Statement::read(&json!({ "Effect": "Allow", "Action": actions, "Resource": resource })).unwrap()
}

fn enforcing(deployment: &Deployment) -> (Arc<Policies>, Options) {
    let policies = Arc::new(Policies::of(deployment, REGION, ACCOUNT));
    let options = Options { policies: Some(Arc::clone(&policies)), ..options(None) };
    (policies, options)
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

#[tokio::test]
async fn each_sdk_gets_its_services_access_denied_error() {
    let read = allow(&["dynamodb:GetItem"], &arn("dynamodb", "table/orders"));
    let secret = Secret {
        name: "signing".to_owned(),
        arn: arn("secretsmanager", "secret:signing-AbCdEf"),
        generate: json!({ "PasswordLength": 20 }),
    };
    let deployment = Deployment {
        functions: vec![Function { policies: vec![read], ..function("get-order", Vec::new()) }],
        tables: vec![table("orders")],
        queues: vec![queue("work", &[])],
        secrets: vec![secret],
        identities: vec!["shop@bodega.example".to_owned()],
        ..Deployment::default()
    };
    let (policies, options) = enforcing(&deployment);
    let endpoint = endpoint(&deployment, options).await;
    let caller = || key(&deployment.functions, Some("get-order"));
    let table = dynamodb(&endpoint, caller());
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let get = table.get_item().table_name("orders").key("pk", text("a")).key("sk", text("b"));
    get.send().await.unwrap();
    let put = table.put_item().table_name("orders").item("pk", text("a")).item("sk", text("b"));
    let refused = put.send().await.unwrap_err();
    assert_eq!(refused.code(), Some("AccessDeniedException"));
    let because = "because no identity-based policy allows the dynamodb:PutItem action";
    assert!(refused.message().unwrap().ends_with(because), "{refused:?}");

    let send =
        sqs(&endpoint, caller()).send_message().queue_url(endpoint.queue_url("work")).message_body("x");
    assert_eq!(send.clone().send().await.unwrap_err().code(), Some("AccessDenied"));
    let value = secrets(&endpoint, caller()).get_secret_value().secret_id("signing");
    assert_eq!(value.send().await.unwrap_err().code(), Some("AccessDeniedException"));
    let raw = aws_sdk_ses::types::RawMessage::builder()
        .data(aws_sdk_ses::primitives::Blob::new("From: shop@bodega.example\r\n\r\nx"))
        .build()
        .unwrap();
    let mail = ses(&endpoint, caller()).send_raw_email().raw_message(raw);
    let refused = mail.send().await.unwrap_err();
    assert_eq!(refused.code(), Some("AccessDenied"));
    assert!(refused.message().unwrap().contains("`ses:SendRawEmail' on resource"), "{refused:?}");

    let missing: Vec<String> = policies.take_denials().iter().map(|denial| denial.missing()).collect();
    assert_eq!(
        missing,
        [
            format!(
                "Effect: Allow, Action: dynamodb:PutItem, Resource: {}, dynamodb:LeadingKeys: a",
                arn("dynamodb", "table/orders")
            ),
            format!("Effect: Allow, Action: sqs:SendMessage, Resource: {}", arn("sqs", "work")),
            format!(
                "Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: {}",
                arn("secretsmanager", "secret:signing-AbCdEf")
            ),
            format!(
                "Effect: Allow, Action: ses:SendRawEmail, Resource: {}",
                arn("ses", "identity/shop@bodega.example")
            ),
        ]
    );
    let operator = sqs(&endpoint, key(&deployment.functions, None));
    operator.send_message().queue_url(endpoint.queue_url("work")).message_body("x").send().await.unwrap();
    assert_eq!(endpoint.meter().read().of("get-order")["dynamodb:PutItem"].errors, 1);
    endpoint.shutdown().await;
}

fn consumer() -> Deployment {
    let queue_source = QueueSource {
        queue_arn: queue_arn("work"),
        batch_size: 10,
        batching_window: Duration::ZERO,
        partial_failures: true,
        concurrency: None,
    };
    let stream = StreamSource { retries: None, partial_failures: true, ..stream("orders") };
    let stream_arn = arn("dynamodb", "table/orders/stream/2024-01-01T00:00:00.000");
    let policies = vec![
        allow(&["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], &queue_arn("work")),
        allow(
            &[
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:DescribeStream",
                "dynamodb:ListStreams",
            ],
            &stream_arn,
        ),
    ];
    let sources = vec![Source::Queue(queue_source), Source::Stream(stream)];
    Deployment {
        functions: vec![Function { policies, ..function("consume", sources) }],
        tables: vec![table("orders")],
        queues: vec![queue("work", &[])],
        ..Deployment::default()
    }
}

fn grant(policies: &Policies, action: &str) -> Grant {
    policies.granted().into_iter().find(|grant| grant.action == action).unwrap()
}

#[tokio::test]
async fn an_event_source_waits_until_its_permission_is_restored() {
    let deployment = consumer();
    let (policies, options) = enforcing(&deployment);
    let endpoint = endpoint(&deployment, options).await;
    let recorder = Recorder::succeeding();
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    sources.idle(SOON).await.unwrap();
    let send = async |endpoint: &Endpoint| endpoint.send_message("work", "x").await.unwrap();
    let write = async |endpoint: &Endpoint| {
        let put = dynamodb(endpoint, key(&[], None)).put_item().table_name("orders");
        let text = |text: &str| AttributeValue::S(text.to_owned());
        put.item("pk", text("a")).item("sk", text("b")).send().await.map(drop).unwrap();
    };
    for (action, nth) in [("sqs:ReceiveMessage", 1), ("dynamodb:GetRecords", 2)] {
        let right = grant(&policies, action);
        policies.withhold(&right);
        let mut denials = policies.denials();
        if nth == 1 {
            send(&endpoint).await
        } else {
            write(&endpoint).await
        }
        let denied = denials.wait_for(|denials| denials.iter().any(|denial| denial.action == action));
        tokio::time::timeout(SOON, denied).await.unwrap().unwrap();
        assert_eq!(recorder.events().len(), nth - 1, "{action}");
        assert!(!sources.left().await.is_empty(), "{action}");
        policies.give_back(&right);
        recorder.events_once(nth).await;
        sources.idle(SOON).await.unwrap();
    }
    let reading = endpoint.meter().read();
    let used = &reading.by_principal[&Principal::EventSource("consume".to_owned())];
    assert!(used["sqs:DeleteMessageBatch"].calls > 0 && used["dynamodb:GetRecords"].errors > 0, "{used:?}");
    assert!(reading.of("consume").is_empty(), "the function itself made no call");
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn an_event_source_without_permission_to_read_is_an_error() {
    let deployment = consumer();
    let (policies, options) = enforcing(&deployment);
    let endpoint = endpoint(&deployment, options).await;
    policies.withhold(&grant(&policies, "dynamodb:ListStreams"));
    let options = sources::Options {
        clock: Clock::default(),
        data: None,
        schedules: false,
        concurrency: 1,
        redelivery: Redelivery::AfterVisibility,
    };
    let invoke = Recorder::new(|_| Ok(Value::Null));
    match Sources::start(&deployment, Arc::clone(&endpoint), invoke, options).await {
        Err(error @ StartError::Denied(_)) => {
            let text = error.to_string();
            assert!(text.contains("Effect: Allow, Action: dynamodb:ListStreams, Resource: arn:"), "{text}");
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("the event source was created"),
    }
    endpoint.shutdown().await;
}
