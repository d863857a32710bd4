//! Which callers have which rights, and the errors for those without.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{ACCOUNT, REGION, arn, call, deployment};
use crate::aws::{Call, Principal, Service};
use crate::iam::{Grant, Policies, Reason};
use model::deployment::{Deployment, Function, QueueSource, Source, StreamSource};
use model::statement::Statement;

fn function(statements: &[Value], sources: Vec<Source>) -> Function {
    Function {
        operation: "place-order".to_owned(),
        binary: "place-order".to_owned(),
        service: "orders".to_owned(),
        logical_id: "PlaceOrderFunction".to_owned(),
        name: "bodega-PlaceOrderFunction".to_owned(),
        arn: arn("lambda", "function:bodega-PlaceOrderFunction"),
        environment: BTreeMap::new(),
        timeout: std::time::Duration::from_secs(3),
        memory_mb: 128,
        concurrency: None,
        async_retries: 2,
        sources,
        policies: read(statements),
        boundary: None,
    }
}

fn read(statements: &[Value]) -> Vec<Statement> {
    statements.iter().map(|statement| Statement::read(statement).unwrap()).collect()
}

fn policies(statements: &[Value]) -> Policies {
    let deployment = Deployment { functions: vec![function(statements, Vec::new())], ..deployment() };
    Policies::of(&deployment, REGION, ACCOUNT)
}

fn put() -> Call {
    let item = json!({ "pk": { "S": "ORDER#1" } });
    call(Service::DynamoDb, "PutItem", json!({ "TableName": "orders", "Item": item }).to_string())
}

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

#[test]
fn a_call_without_an_allowing_statement_is_denied() {
    let table = arn("dynamodb", "table/orders");
    let policies = policies(&[allow("dynamodb:GetItem", &table)]);
    let denial = policies.check(&put()).unwrap_err();
    assert_eq!(
        denial.missing(),
        format!("Effect: Allow, Action: dynamodb:PutItem, Resource: {table}, dynamodb:LeadingKeys: ORDER#*")
    );
    let role = "bodega-PlaceOrderFunction";
    assert_eq!(
        denial.message(),
        format!(
            "User: arn:aws:sts::123456789012:assumed-role/{role}/{role} is not authorized to perform: dynamodb:PutItem on resource: {table} because no identity-based policy allows the dynamodb:PutItem action"
        )
    );
    assert_eq!(*policies.denials().borrow(), [denial]);
    for principal in [Principal::Operator, Principal::Cloud] {
        policies.check(&Call { principal, ..put() }).unwrap();
    }
    for principal in
        [Principal::EventSource("place-order".to_owned()), Principal::Function("nobody".to_owned())]
    {
        policies.check(&Call { principal, ..put() }).unwrap_err();
    }
    assert!(policies.used().is_empty());
}

#[test]
fn the_log_names_the_missing_statement() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let writer = lines.clone();
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    // With one subscriber only, tracing caches what the first thread to emit an event decides. With two, it asks each time.
    let second = tracing::Dispatch::new(tracing_subscriber::registry());
    let refuse = || policies(&[]).check(&put()).unwrap_err();
    tracing::subscriber::with_default(log, || {
        // Another test may be the first to emit the event, on a thread that has no subscriber.
        std::thread::scope(|scope| scope.spawn(refuse).join()).unwrap();
        refuse()
    });
    drop(second);
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let table = arn("dynamodb", "table/orders");
    let missing =
        format!("Effect: Allow, Action: dynamodb:PutItem, Resource: {table}, dynamodb:LeadingKeys: ORDER#*");
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("ERROR") && log.contains("place-order") && log.contains(&missing), "{log}");
}

#[test]
fn a_deny_overrides_allows_in_any_order() {
    let table = arn("dynamodb", "table/orders");
    let deny = json!({
        "Effect": "Deny", "Action": "dynamodb:*", "Resource": "*",
        "Condition": { "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": "ORDER#*" } },
    });
    for statements in [[allow("*", "*"), deny.clone()], [deny, allow("dynamodb:PutItem", &table)]] {
        let denial = policies(&statements).check(&put()).unwrap_err();
        assert_eq!(denial.reason, Reason::Denied("Effect: Deny, Action: dynamodb:*, Resource: *".to_owned()));
        assert!(denial.message().ends_with("with an explicit deny in an identity-based policy"));
    }
}

#[test]
fn a_call_needs_both_its_policies_and_its_boundary() {
    let table = arn("dynamodb", "table/orders");
    let check = |boundary: &[Value]| {
        let allowed = function(&[allow("dynamodb:*", "*")], Vec::new());
        let functions = vec![Function { boundary: Some(read(boundary)), ..allowed }];
        Policies::of(&Deployment { functions, ..deployment() }, REGION, ACCOUNT).check(&put())
    };
    let deny_elsewhere =
        |resource: &str| json!({ "Effect": "Deny", "Action": "dynamodb:*", "NotResource": resource });
    check(&[allow("*", "*")]).unwrap();
    check(&[allow("*", "*"), deny_elsewhere(&table)]).unwrap();
    let others = arn("dynamodb", "table/users");
    for boundary in
        [vec![], vec![allow("dynamodb:*", &others)], vec![allow("*", "*"), deny_elsewhere(&others)]]
    {
        let denial = check(&boundary).unwrap_err();
        assert_eq!(denial.reason, Reason::OutsideBoundary);
        let because = "because no permissions boundary allows the dynamodb:PutItem action";
        assert!(denial.message().ends_with(because), "{}", denial.message());
    }
    let bounded = Function { boundary: Some(read(&[allow("*", "*")])), ..function(&[], Vec::new()) };
    let policies = Policies::of(&Deployment { functions: vec![bounded], ..deployment() }, REGION, ACCOUNT);
    assert_eq!(policies.check(&put()).unwrap_err().reason, Reason::NotAllowed, "a boundary grants nothing");
}

#[test]
fn a_withheld_right_is_denied_until_it_is_restored() {
    let table = arn("dynamodb", "table/orders");
    let first = allow("dynamodb:PutItem", &table);
    let policies = policies(&[first, allow("dynamodb:*", &table), allow("dynamodb:GetItem", &table)]);
    let grant = |action: &str| Grant {
        function: "place-order".to_owned(),
        action: action.to_owned(),
        resource: table.clone(),
        rows: None,
    };
    policies.check(&put()).unwrap();
    assert_eq!(policies.used().into_iter().collect::<Vec<_>>(), [grant("dynamodb:PutItem")]);
    assert_eq!(policies.granted().len(), 3);

    policies.withhold(&grant("dynamodb:PutItem"));
    policies.check(&put()).unwrap();
    assert!(policies.used().contains(&grant("dynamodb:*")), "the next statement that grants it");
    policies.withhold(&grant("dynamodb:*"));
    let denial = policies.check(&put()).unwrap_err();
    assert!(grant("dynamodb:PutItem").covers(&denial) && grant("dynamodb:*").covers(&denial));
    assert!(!grant("dynamodb:GetItem").covers(&denial));
    assert_eq!(policies.take_denials(), [denial]);
    assert!(policies.take_denials().is_empty());
    policies.give_back(&grant("dynamodb:*"));
    policies.check(&put()).unwrap();
}

#[test]
fn each_kind_of_row_is_a_right_of_its_own() {
    let table = arn("dynamodb", "table/orders");
    let mut statement = allow("dynamodb:PutItem", &table);
    statement["Condition"] =
        json!({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["ORDER#*", "OUTBOX#*"] } });
    let policies = policies(&[statement]);
    let grant = |rows: &str| Grant {
        function: "place-order".to_owned(),
        action: "dynamodb:PutItem".to_owned(),
        resource: table.clone(),
        rows: Some(rows.to_owned()),
    };
    assert_eq!(policies.granted(), BTreeSet::from([grant("ORDER#*"), grant("OUTBOX#*")]));
    policies.check(&put()).unwrap();
    assert_eq!(policies.used(), BTreeSet::from([grant("ORDER#*")]));
    policies.withhold(&grant("ORDER#*"));
    let denial = policies.check(&put()).unwrap_err();
    assert!(grant("ORDER#*").covers(&denial) && !grant("OUTBOX#*").covers(&denial));
    assert!(denial.missing().ends_with("dynamodb:LeadingKeys: ORDER#*"), "{}", denial.missing());
}

#[test]
fn an_event_source_without_a_right_is_denied() {
    let (queue, dead) = (arn("sqs", "events"), arn("sqs", "given-up"));
    let stream = arn("dynamodb", "table/orders/stream/2024-01-01T00:00:00.000");
    let sources = || {
        let second = std::time::Duration::from_secs(1);
        let queue = QueueSource {
            queue_arn: queue.clone(),
            batch_size: 10,
            batching_window: second,
            partial_failures: true,
            concurrency: None,
        };
        let stream = StreamSource {
            table_name: "orders".to_owned(),
            batch_size: 10,
            batching_window: second,
            filters: Vec::new(),
            retries: None,
            max_age: None,
            bisect: false,
            partial_failures: true,
            from_start: true,
            parallel: 1,
            on_failure: Some(dead.clone()),
        };
        vec![Source::Queue(queue), Source::Stream(stream)]
    };
    let all = [
        ("sqs:ReceiveMessage", &queue),
        ("sqs:DeleteMessage", &queue),
        ("sqs:GetQueueAttributes", &queue),
        ("dynamodb:DescribeStream", &stream),
        ("dynamodb:GetRecords", &stream),
        ("dynamodb:GetShardIterator", &stream),
        ("dynamodb:ListStreams", &stream),
        ("sqs:SendMessage", &dead),
    ];
    let check = |left_out: Option<usize>| {
        let given = all.iter().enumerate().filter(|(index, _)| Some(*index) != left_out);
        let given: Vec<Value> = given.map(|(_, (action, resource))| allow(action, resource)).collect();
        let function = function(&given, sources());
        let deployment = Deployment { functions: vec![function.clone()], ..deployment() };
        let policies = Policies::of(&deployment, REGION, ACCOUNT);
        let checked = policies.check_sources(&function);
        assert!(
            policies.used().is_empty() && policies.denials().borrow().is_empty(),
            "a check does not count as use"
        );
        checked
    };
    check(None).unwrap();
    for (index, (action, resource)) in all.iter().enumerate() {
        let denial = check(Some(index)).unwrap_err();
        assert_eq!((denial.action.as_str(), &*denial.resource), (*action, resource.as_str()));
    }
}

#[test]
fn each_service_denies_in_its_own_format() {
    let policies = policies(&[]);
    let queue = json!({ "QueueUrl": "http://h/123456789012/events" }).to_string();
    let secret = json!({ "SecretId": "Signing" }).to_string();
    let denied = |service: Service, action: &str, body: String| {
        let denial = policies.check(&call(service.clone(), action, body)).unwrap_err();
        let response = denial.response(&service);
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (status, kind, query) =
            (response.status().as_u16(), header("x-amzn-errortype"), header("x-amzn-query-error"));
        (status, kind, query, String::from_utf8_lossy(response.body()).into_owned())
    };
    let (status, kind, _, body) = denied(Service::DynamoDb, "Query", r#"{"TableName":"orders"}"#.to_owned());
    assert_eq!((status, kind.as_str()), (400, "AccessDeniedException"));
    assert!(body.contains("com.amazon.coral.service#AccessDeniedException"), "{body}");
    let (status, kind, query, body) = denied(Service::Sqs, "SendMessageBatch", queue);
    assert_eq!((status, kind.as_str(), query.as_str()), (403, "AccessDenied", "AccessDenied;Sender"));
    assert!(body.contains("is not authorized to perform: sqs:sendmessage on resource: "), "{body}");
    let (status, _, _, body) = denied(Service::Ses, "SendEmail", "Source=shop%40bodega.example".to_owned());
    assert_eq!(status, 403);
    assert!(body.contains("<Code>AccessDenied</Code><Message>User `arn:aws:sts::"), "{body}");
    let (status, kind, _, _) = denied(Service::SecretsManager, "GetSecretValue", secret);
    assert_eq!((status, kind.as_str()), (400, "AccessDeniedException"));
    let (status, kind, _, _) = denied(Service::Lambda, "InvokeFunction", String::new());
    assert_eq!((status, kind.as_str()), (403, "AccessDeniedException"));
}
