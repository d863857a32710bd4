//! The rights that calls need.

mod policies;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use super::rights::{self, Resources};
use crate::aws::{Call, Principal, Service};
use model::deployment::{Deployment, Secret, Table};
use model::statement::Right;

const REGION: &str = "eu-west-1";
const ACCOUNT: &str = "123456789012";

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

fn deployment() -> Deployment {
    let key = |name: &str| json!([{ "AttributeName": name, "KeyType": "HASH" }]);
    let create = json!({
        "TableName": "orders",
        "KeySchema": key("pk"),
        "GlobalSecondaryIndexes": [{ "IndexName": "gsi1", "KeySchema": key("gsi1pk") }],
    });
    Deployment {
        tables: vec![Table { name: "orders".to_owned(), service: "orders".to_owned(), create, ttl: None }],
        secrets: vec![Secret {
            name: "Signing".to_owned(),
            arn: arn("secretsmanager", "secret:Signing-AbCdEf"),
            generate: Value::Null,
        }],
        identities: vec!["shop@bodega.example".to_owned(), "elsewhere.example".to_owned()],
        ..Deployment::default()
    }
}

fn call(service: Service, action: &str, body: impl Into<Bytes>) -> Call {
    Call {
        principal: Principal::Function("place-order".to_owned()),
        service,
        action: action.to_owned(),
        method: Method::POST,
        uri: Uri::from_static("/"),
        headers: HeaderMap::new(),
        body: body.into(),
    }
}

fn needed(call: &Call) -> Vec<Right> {
    rights::of(call, &Resources::of(&deployment(), REGION, ACCOUNT))
}

/// `action resource`, and the condition keys where there are any.
fn texts(service: Service, action: &str, request: &Value) -> Vec<String> {
    let text = |right: Right| {
        let keys: Vec<String> =
            right.keys.iter().map(|(key, values)| format!(" {key}={}", values.join(","))).collect();
        format!("{} {}{}", right.action, right.resource.replace(&arn("dynamodb", ""), ""), keys.concat())
    };
    needed(&call(service, action, request.to_string())).into_iter().map(text).collect()
}

#[test]
fn a_call_for_an_item_needs_a_right_on_its_table_and_partition() {
    let key = json!({ "pk": { "S": "ORDER#1" }, "sk": { "S": "x" } });
    for (action, request) in [
        ("GetItem", json!({ "TableName": "orders", "Key": key })),
        ("PutItem", json!({ "TableName": "orders", "Item": key })),
        ("UpdateItem", json!({ "TableName": arn("dynamodb", "table/orders"), "Key": key })),
        ("DeleteItem", json!({ "TableName": "orders", "Key": key })),
    ] {
        let right = format!("dynamodb:{action} table/orders dynamodb:LeadingKeys=ORDER#1");
        assert_eq!(texts(Service::DynamoDb, action, &request), [right]);
    }
    let elsewhere =
        json!({ "TableName": "arn:aws:dynamodb:us-east-1:999999999999:table/orders", "Key": key });
    assert_eq!(
        texts(Service::DynamoDb, "GetItem", &elsewhere),
        [
            "dynamodb:GetItem arn:aws:dynamodb:us-east-1:999999999999:table/orders dynamodb:LeadingKeys=ORDER#1"
        ]
    );
}

#[test]
fn a_batch_needs_one_right_per_table() {
    let keys = json!([{ "pk": { "S": "A" } }, { "pk": { "N": "7" } }]);
    let get = json!({ "RequestItems": { "orders": { "Keys": keys }, "users": { "Keys": keys } } });
    assert_eq!(
        texts(Service::DynamoDb, "BatchGetItem", &get),
        [
            "dynamodb:BatchGetItem table/orders dynamodb:LeadingKeys=A,7",
            "dynamodb:BatchGetItem table/users dynamodb:LeadingKeys=,",
        ]
    );
    let write = json!({ "RequestItems": { "orders": [
        { "PutRequest": { "Item": { "pk": { "S": "A" } } } },
        { "DeleteRequest": { "Key": { "pk": { "S": "B" } } } },
    ] } });
    assert_eq!(
        texts(Service::DynamoDb, "BatchWriteItem", &write),
        ["dynamodb:BatchWriteItem table/orders dynamodb:LeadingKeys=A,B"]
    );
}

#[test]
fn a_transaction_needs_the_right_of_each_of_its_items() {
    let entry =
        |kind: &str, field: &str| json!({ kind: { "TableName": "orders", field: { "pk": { "S": "A" } } } });
    let entries = [
        entry("Put", "Item"),
        entry("Update", "Key"),
        entry("Delete", "Key"),
        entry("ConditionCheck", "Key"),
    ];
    let right = |action: &str, within: &str| {
        format!("dynamodb:{action} table/orders dynamodb:LeadingKeys=A dynamodb:EnclosingOperation={within}")
    };
    assert_eq!(
        texts(Service::DynamoDb, "TransactWriteItems", &json!({ "TransactItems": entries })),
        ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"]
            .map(|action| right(action, "TransactWriteItems"))
    );
    assert_eq!(
        texts(Service::DynamoDb, "TransactGetItems", &json!({ "TransactItems": [entry("Get", "Key")] })),
        [right("GetItem", "TransactGetItems")]
    );
}

#[test]
fn a_query_needs_a_right_on_its_index_and_partition() {
    for (request, right) in [
        (
            json!({
                "TableName": "orders",
                "KeyConditionExpression": "begins_with(sk, :s) AND #p = :p",
                "ExpressionAttributeNames": { "#p": "pk" },
                "ExpressionAttributeValues": { ":p": { "S": "A" }, ":s": { "S": "B" } },
            }),
            "dynamodb:Query table/orders dynamodb:LeadingKeys=A",
        ),
        (
            json!({
                "TableName": "orders", "IndexName": "gsi1",
                "KeyConditionExpression": "gsi1sk <= :s AND gsi1pk=:p",
                "ExpressionAttributeValues": { ":p": { "S": "A" }, ":s": { "S": "B" } },
            }),
            "dynamodb:Query table/orders/index/gsi1 dynamodb:LeadingKeys=A",
        ),
        (
            json!({ "TableName": "orders", "KeyConditions": { "pk": { "AttributeValueList": [{ "S": "A" }] } } }),
            "dynamodb:Query table/orders dynamodb:LeadingKeys=A",
        ),
        (json!({ "TableName": "orders" }), "dynamodb:Query table/orders dynamodb:LeadingKeys="),
    ] {
        assert_eq!(texts(Service::DynamoDb, "Query", &request), [right]);
    }
    let scan = json!({ "TableName": "orders", "IndexName": "gsi1" });
    assert_eq!(texts(Service::DynamoDb, "Scan", &scan), ["dynamodb:Scan table/orders/index/gsi1"]);
}

#[test]
fn a_stream_call_needs_a_right_on_the_tables_stream_for_any_engines_arn() {
    let stream = "arn:aws:dynamodb:local:000000000000:table/orders/stream/2026-01-02T03:04:05.678";
    let iterator = BASE64.encode(r#"{"table_name":"orders","shard_id":"s","position":1}"#);
    let other = format!("000|{stream}|shard|1");
    for (action, request) in [
        ("DescribeStream", json!({ "StreamArn": stream })),
        ("GetShardIterator", json!({ "StreamArn": stream, "ShardId": "s" })),
        ("ListStreams", json!({ "TableName": "orders" })),
        ("GetRecords", json!({ "ShardIterator": iterator })),
        ("GetRecords", json!({ "ShardIterator": other })),
    ] {
        let right = format!("dynamodb:{action} table/orders/stream/2024-01-01T00:00:00.000");
        assert_eq!(texts(Service::DynamoDb, action, &request), [right]);
    }
}

#[test]
fn calls_for_queues_mail_secrets_and_functions_need_a_right_on_the_resource() {
    let url = json!({ "QueueUrl": "http://127.0.0.1:4566/123456789012/events" });
    for (action, right) in [
        ("SendMessage", "SendMessage"),
        ("SendMessageBatch", "SendMessage"),
        ("DeleteMessageBatch", "DeleteMessage"),
        ("ChangeMessageVisibilityBatch", "ChangeMessageVisibility"),
        ("ReceiveMessage", "ReceiveMessage"),
    ] {
        let expected = format!("sqs:{right} {}", arn("sqs", "events"));
        assert_eq!(texts(Service::Sqs, action, &url), [expected]);
    }
    let move_task = json!({ "SourceArn": arn("sqs", "dead") });
    let expected = format!("sqs:StartMessageMoveTask {}", arn("sqs", "dead"));
    assert_eq!(texts(Service::Sqs, "StartMessageMoveTask", &move_task), [expected]);

    let secret = arn("secretsmanager", "secret:Signing-AbCdEf");
    for id in ["Signing", secret.as_str(), &arn("secretsmanager", "secret:Signing")] {
        let found = texts(Service::SecretsManager, "GetSecretValue", &json!({ "SecretId": id }));
        assert_eq!(found, [format!("secretsmanager:GetSecretValue {secret}")], "{id}");
    }

    for (source, identity) in [
        ("Bodega <shop@bodega.example>", "shop@bodega.example"),
        ("Someone@elsewhere.example", "elsewhere.example"),
        ("someone@nowhere.example", "someone@nowhere.example"),
    ] {
        let form =
            [("Action", "SendEmail"), ("Source", source), ("Destination.ToAddresses.member.1", "a@b.c")];
        let found = needed(&call(Service::Ses, "SendEmail", serde_urlencoded::to_string(form).unwrap()));
        assert_eq!(found[0].resource, arn("ses", &format!("identity/{identity}")));
        assert_eq!(found[0].keys[1], ("ses:Recipients", vec!["a@b.c".to_owned()]));
    }
    let raw = BASE64.encode("Subject: x\r\nFrom: Bodega <shop@bodega.example>\r\n\r\nFrom: y");
    let form = serde_urlencoded::to_string([("RawMessage.Data", raw)]).unwrap();
    let found = needed(&call(Service::Ses, "SendRawEmail", form.clone()));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].keys[0], ("ses:FromAddress", vec!["shop@bodega.example".to_owned()]));
    let found = needed(&call(Service::Ses, "SendRawEmail", form + "&ConfigurationSetName=shop"));
    assert_eq!((found.len(), &*found[1].resource), (2, &*arn("ses", "configuration-set/shop")));

    for (path, function) in [
        ("/2015-03-31/functions/place-order/invocations", "place-order"),
        ("/2015-03-31/functions/place-order/invocations?Qualifier=live", "place-order:live"),
        (
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aplace-order/invocations",
            "place-order",
        ),
    ] {
        let uri = path.parse().unwrap();
        let found = needed(&Call { uri, ..call(Service::Lambda, "InvokeFunction", "") });
        assert_eq!(
            found,
            [Right::new("lambda:InvokeFunction", arn("lambda", &format!("function:{function}")))]
        );
    }
}

#[test]
fn an_unknown_call_needs_a_right_on_all_resources() {
    let odd = json!({ "TransactItems": [{ "Put": {}, "Delete": {} }] });
    for (service, action, body) in [
        (Service::DynamoDb, "PutItem", "not json".to_owned()),
        (Service::DynamoDb, "TransactWriteItems", odd.to_string()),
        (Service::DynamoDb, "TransactWriteItems", r#"{"TransactItems":[]}"#.to_owned()),
        (Service::DynamoDb, "ExecuteStatement", r#"{"Statement":"SELECT * FROM orders"}"#.to_owned()),
        (Service::Sqs, "ListQueues", "{}".to_owned()),
        (Service::Ses, "VerifyEmailIdentity", "EmailAddress=a%40b.c".to_owned()),
        (Service::SecretsManager, "GetRandomPassword", "{}".to_owned()),
    ] {
        let prefix = service.prefix().to_owned();
        let found = needed(&call(service, action, body));
        assert_eq!(found, [Right::new(format!("{prefix}:{action}"), arn(&prefix, "*"))]);
    }
}
