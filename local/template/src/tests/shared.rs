//! Resources that services share: a binary, alarms, queues referred to by name; and sources that are separate
//! resources.

use super::{refusal, system};
use model::deployment::{Deployment, Source};

const ROOT: &str = r#"
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Stage: {Type: String, Default: dev}}
Mappings: {Names: {OrderEvents: {Name: order-events}}}
Resources:
  Fn::ForEach::Queues:
    - Queue
    - [OrderEvents]
    - ${Queue}Queue:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub ["bodega-${Stage}-${Name}", {Name: !FindInMap [Names, !Ref Queue, Name]}]
          RedrivePolicy: {deadLetterTargetArn: !GetAtt [!Sub "${Queue}Dead", Arn], maxReceiveCount: 5}
      ${Queue}Dead: {Type: AWS::SQS::Queue}
  Users:
    Type: AWS::Serverless::Application
    Properties: {Location: functions/users/template.yaml, Parameters: {Service: users}}
  Orders:
    Type: AWS::Serverless::Application
    DependsOn: [OrderEventsQueue]
    Properties:
      Location: functions/orders/template.yaml
      Parameters:
        Service: orders
        QueueUrls: !Select [0, !Split [order-events, !Ref OrderEventsQueue]]
"#;

const SERVICE: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Service: {Type: String}
  QueueUrls: {Type: String, Default: ""}
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    Environment: {Variables: {ORDER_EVENTS_QUEUE_URL: !Sub "${QueueUrls}order-events"}}
Resources:
  Alarms:
    Type: AWS::Serverless::Application
    Properties:
      Location: ../../shared/templates/alarms.yaml
      Parameters: {Service: !Ref Service, Functions: "relay-events, other"}
  RelayEventsFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../../target/lambda/relay-events/
      DeploymentPreference: {Alarms: [!Sub "${Alarms.Outputs.Prefix}-relay-events-errors"]}
  Stream:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !GetAtt RelayEventsFunction.Arn
      EventSourceArn: !GetAtt Table.StreamArn
      StartingPosition: TRIM_HORIZON
      MaximumRetryAttempts: 10
      DestinationConfig: {OnFailure: {Destination: "arn:aws:sqs:eu-west-1:123456789012:failures"}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
"#;

const ALARMS: &str = r#"
Transform: AWS::LanguageExtensions
Parameters: {Service: {Type: String}, Functions: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Functions:
    - Function
    - !Ref Functions
    - "&{Function}Alarm": {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: !Sub "${Service}-${Function}-errors"}}
Outputs: {Prefix: {Value: !Ref Service}}
"#;

fn load(service: &str) -> Result<Deployment, crate::TemplateError> {
    system(&[
        ("template.yaml", ROOT),
        ("functions/users/template.yaml", service),
        ("functions/orders/template.yaml", service),
        ("shared/templates/alarms.yaml", ALARMS),
    ])
}

#[test]
fn a_function_with_a_shared_binary_is_prefixed_with_its_service() {
    let deployment = load(SERVICE).unwrap();
    let found = deployment.functions.iter().map(|function| (&*function.operation, &*function.binary));
    let expected = [("orders.relay-events", "relay-events"), ("users.relay-events", "relay-events")];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert!(deployment.functions.iter().all(|function| function.shares_its_binary()));
}

#[test]
fn a_mapping_is_a_source_of_its_function() {
    let deployment = load(SERVICE).unwrap();
    let [Source::Stream(stream)] = deployment.functions[0].sources.as_slice() else {
        panic!("{:?}", deployment.functions[0].sources)
    };
    assert_eq!((stream.table_name.as_str(), stream.retries), ("bodega-Orders-Table", Some(10)));
    assert_eq!(stream.on_failure.as_deref(), Some("arn:aws:sqs:eu-west-1:123456789012:failures"));
}

#[test]
fn a_queue_may_be_referred_to_by_name() {
    let deployment = load(SERVICE).unwrap();
    let url = "http://127.0.0.1:4566/123456789012/bodega-dev-order-events";
    assert_eq!(deployment.functions[0].environment["ORDER_EVENTS_QUEUE_URL"], url);
    assert!(deployment.queues.iter().any(|queue| queue.url == url));
}

#[test]
fn an_invalid_link_between_services_is_refused() {
    for (right, wrong, expected) in [
        (
            "relay-events-errors",
            "relay-event-errors",
            "RelayEventsFunction: the alarm \"orders-relay-event-errors\" is not known; did you mean \"orders-relay-events-errors\"?",
        ),
        ("Alarms: [", "Alarm: [", "DeploymentPreference: the property \"Alarm\" is not known"),
        (
            "!GetAtt RelayEventsFunction.Arn",
            "bodega-other",
            "Stream: the function \"bodega-other\" is not known",
        ),
        (
            "!GetAtt Table.StreamArn",
            "!GetAtt Table.Arn",
            "EventSourceArn: \"arn:aws:dynamodb:eu-west-1:123456789012:table/bodega-Orders-Table\" is not a table's StreamArn",
        ),
        ("!GetAtt Table.StreamArn", "arn:aws:kinesis:eu-west-1:1:x", "is neither a queue nor a stream"),
        (
            ":sqs:eu-west-1:123456789012:failures",
            ":sns:eu-west-1:123456789012:failures",
            "Destination: \"arn:aws:sns",
        ),
        ("MaximumRetryAttempts", "MaximumRetries", "Stream: the property \"MaximumRetries\" is not known"),
    ] {
        let changed = SERVICE.replacen(right, wrong, 1);
        assert_ne!(changed, SERVICE, "{right}");
        let message = refusal(load(&changed));
        assert!(message.contains(expected), "{wrong}: {message}");
    }
    let twice = SERVICE.replace("  Stream:\n", "  Other:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: ../../target/lambda/relay-events/}\n  Stream:\n");
    assert!(refusal(load(&twice)).contains("the operation \"relay-events\" is already run by"));
}

#[test]
fn a_mapping_with_a_large_batch_needs_a_window() {
    let text = SERVICE.replace("!GetAtt Table.StreamArn", "arn:aws:sqs:eu-west-1:1:x").replace(
        "      StartingPosition: TRIM_HORIZON\n      MaximumRetryAttempts: 10\n      DestinationConfig: {OnFailure: {Destination: \"arn:aws:sqs:eu-west-1:123456789012:failures\"}}\n",
        "      BatchSize: 50\n",
    );
    assert!(refusal(load(&text)).contains("MaximumBatchingWindowInSeconds"));
}
