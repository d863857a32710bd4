//! Each resource type: its result in the deployment, and the templates that are rejected.

use std::time::Duration;

use serde_json::json;

use super::{refusal, service, write};
use crate::table_of;
use model::deployment::{RouteAuth, Source};

const SERVICE: &str = r#"
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  AuthorizerArn: {Type: String}
  Units: {Type: Number, Default: 5}
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    Timeout: 10
    LoggingConfig: {LogFormat: JSON, ApplicationLogLevel: WARN}
    PermissionsBoundary: !Ref Boundary
    Environment:
      Variables: {TABLE: !Ref Table}
  HttpApi:
    DefaultRouteSettings: {ThrottlingBurstLimit: 20, ThrottlingRateLimit: 10.5}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      RouteSettings: {"POST /orders": {ThrottlingBurstLimit: 4, ThrottlingRateLimit: 2}}
      CorsConfiguration: {AllowOrigins: ["https://shop.example"], AllowMethods: [GET, POST], AllowCredentials: true, MaxAge: 60}
      Auth:
        DefaultAuthorizer: Tokens
        EnableIamAuthorizer: true
        Authorizers:
          Tokens:
            FunctionArn: !Ref AuthorizerArn
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
            EnableFunctionDefaultPermissions: true
            Identity: {Headers: [Authorization], ReauthorizeEvery: 60}
  PlaceOrderFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: rust-cargolambda}
    Properties:
      CodeUri: ../../target/lambda/place-order/
      MemorySize: 256
      ReservedConcurrentExecutions: 7
      Environment: {Variables: {QUEUE: !Ref Events}}
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: dynamodb:PutItem
              Resource: !GetAtt Table.Arn
              Condition: {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": a}}
      Events:
        Place: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: post, Path: /orders}}
        Open: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: "/orders/{order_id}", Auth: {Authorizer: NONE}}}
        Internal: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: any, Path: "/internal/{proxy+}", Auth: {Authorizer: AWS_IAM}}}
  RelayFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../../target/lambda/relay-orders
      Timeout: 5
      Events:
        Stream:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Table.StreamArn
            StartingPosition: TRIM_HORIZON
            BatchSize: 25
            MaximumRetryAttempts: 3
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
            ParallelizationFactor: 2
            FilterCriteria: {Filters: [{Pattern: '{"eventName":["INSERT"]}'}]}
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}
        Queue:
          Type: SQS
          Properties: {Queue: !GetAtt Events.Arn, BatchSize: 5, FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: {MaximumConcurrency: 3}}
        Sweep: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute), Input: '{"a":1}'}}
        Old: {Type: Schedule, Properties: {Schedule: cron(0 3 * * ? *), Enabled: false}}
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: gsi1
          KeySchema: [{AttributeName: pk, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
          ProvisionedThroughput: {ReadCapacityUnits: !Ref Units, WriteCapacityUnits: 1}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
      SSESpecification: {SSEEnabled: true}
  Dead: {Type: AWS::SQS::Queue}
  Events:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Key:
    Type: AWS::SecretsManager::Secret
    Properties: {GenerateSecretString: {PasswordLength: 64, ExcludePunctuation: true}}
  Mail: {Type: AWS::SES::EmailIdentity, Properties: {EmailIdentity: shop@example.com}}
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Description: Its own queue only
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "*", Resource: "*"}, {Effect: Deny, Action: "sqs:*", NotResource: !GetAtt Events.Arn}]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmActions: [!Ref Topic], Dimensions: [{Name: FunctionName, Value: !Ref PlaceOrderFunction}]}
  Topic: {Type: AWS::SNS::Topic}
"#;

const AUTHORIZER: [(&str, &str); 1] =
    [("AuthorizerArn", "arn:aws:lambda:eu-west-1:123456789012:function:authorize-request")];

#[test]
fn a_function_has_its_properties_routes_and_sources() {
    let deployment = service(SERVICE, &AUTHORIZER).unwrap();
    let [place, relay] = deployment.functions.as_slice() else { panic!("{:?}", deployment.functions) };
    assert_eq!((place.operation.as_str(), place.service.as_str()), ("place-order", "orders"));
    assert_eq!(place.name, "bodega-PlaceOrderFunction");
    assert_eq!(place.arn, "arn:aws:lambda:eu-west-1:123456789012:function:bodega-PlaceOrderFunction");
    assert_eq!((place.timeout, place.memory_mb, place.concurrency), (Duration::from_secs(10), 256, Some(7)));
    assert_eq!(place.environment["TABLE"], "bodega-Table");
    assert_eq!(place.environment["AWS_LAMBDA_LOG_FORMAT"], "JSON");
    assert_eq!(place.environment["AWS_LAMBDA_LOG_LEVEL"], "WARN");
    assert_eq!(place.environment["QUEUE"], "http://127.0.0.1:4566/123456789012/bodega-Events");
    let mut grants: Vec<String> = [place, relay]
        .iter()
        .flat_map(|function| function.policies.iter().map(move |statement| (&function.operation, statement)))
        .flat_map(|(operation, statement)| statement.rules().iter().map(move |rule| (operation, rule)))
        .map(|(operation, rule)| format!("{operation}: {} on {}", rule.action, rule.resource))
        .collect();
    grants.sort();
    let table = "arn:aws:dynamodb:eu-west-1:123456789012:table/bodega-Table";
    let events = "arn:aws:sqs:eu-west-1:123456789012:bodega-Events";
    // The policies that SAM adds for the queue, and the function's own.
    let expected = [
        format!("place-order: dynamodb:PutItem on {table}"),
        format!("relay-orders: sqs:DeleteMessage on {events}"),
        format!("relay-orders: sqs:GetQueueAttributes on {events}"),
        format!("relay-orders: sqs:ReceiveMessage on {events}"),
    ];
    assert_eq!(grants, expected);
    assert_eq!((relay.timeout, relay.sources.len()), (Duration::from_secs(5), 4));
    assert!(
        [place, relay]
            .iter()
            .all(|function| function.boundary.as_ref().is_some_and(|found| found.len() == 2))
    );

    let api = &deployment.apis[0];
    assert_eq!((api.id.as_str(), api.endpoint.as_str()), ("orders", "http://127.0.0.1:3002"));
    let routes: Vec<_> =
        api.routes.iter().map(|r| (r.method.as_str(), r.path.as_str(), r.auth.clone())).collect();
    assert_eq!(
        routes,
        [
            ("ANY", "/internal/{proxy+}", RouteAuth::Iam),
            ("GET", "/orders/{order_id}", RouteAuth::None),
            ("POST", "/orders", RouteAuth::Lambda("Tokens".to_owned())),
        ]
    );
    let tokens = &api.authorizers["Tokens"];
    assert_eq!((tokens.operation.as_str(), tokens.ttl), ("authorize-request", Duration::from_secs(60)));
    assert_eq!(tokens.identity_headers, ["authorization"]);
    let throttling = api.routes.iter().map(|route| route.throttling.unwrap());
    let throttling: Vec<_> = throttling.map(|throttling| (throttling.burst, throttling.rate)).collect();
    assert_eq!(throttling, [(20, 10.5), (20, 10.5), (4, 2.0)]);
    assert_eq!(api.cors.as_ref().unwrap().origins, ["https://shop.example"]);
}

#[test]
fn a_source_has_the_settings_of_its_event() {
    let deployment = service(SERVICE, &AUTHORIZER).unwrap();
    let [Source::Schedule(old), Source::Queue(queue), Source::Stream(stream), Source::Schedule(sweep)] =
        deployment.functions[1].sources.as_slice()
    else {
        panic!("{:?}", deployment.functions[1].sources)
    };
    assert_eq!(
        (old.name.as_str(), old.expression.as_str(), old.enabled),
        ("Old", "cron(0 3 * * ? *)", false)
    );
    assert_eq!((sweep.expression.as_str(), sweep.enabled), ("rate(1 minute)", true));
    assert_eq!(sweep.input, Some(json!({"a": 1})));
    assert_eq!(queue.queue_arn, "arn:aws:sqs:eu-west-1:123456789012:bodega-Events");
    assert_eq!((queue.batch_size, queue.partial_failures, queue.concurrency), (5, true, Some(3)));
    assert_eq!(queue.batching_window, Duration::ZERO);
    assert_eq!((stream.table_name.as_str(), stream.batch_size, stream.parallel), ("bodega-Table", 25, 2));
    assert_eq!(stream.filters, [json!({"eventName": ["INSERT"]})]);
    assert_eq!((stream.retries, stream.bisect, stream.partial_failures), (Some(3), true, true));
    assert!(stream.from_start);
    assert_eq!(stream.on_failure.as_deref(), Some("arn:aws:sqs:eu-west-1:123456789012:bodega-Dead"));
}

#[test]
fn tables_queues_secrets_and_identities_are_read() {
    let deployment = service(SERVICE, &AUTHORIZER).unwrap();
    let table = &deployment.tables[0];
    assert_eq!(table.ttl.as_deref(), Some("expires_at"));
    assert_eq!(
        table.create,
        json!({
            "TableName": "bodega-Table",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [{
                "IndexName": "gsi1",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1}
            }],
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_IMAGE"},
        })
    );
    let events = deployment.queues.iter().find(|queue| queue.name == "bodega-Events").unwrap();
    assert_eq!(events.attributes["VisibilityTimeout"], "30");
    assert_eq!(
        events.attributes["RedrivePolicy"],
        r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:bodega-Dead","maxReceiveCount":5}"#
    );
    assert_eq!(deployment.secrets[0].generate, json!({"PasswordLength": 64, "ExcludePunctuation": true}));
    assert_eq!(deployment.identities, ["shop@example.com"]);
}

#[test]
fn a_deletion_policy_may_be_an_intrinsic_with_language_extensions() {
    let extended = SERVICE
        .replace(
            "Transform: AWS::Serverless-2016-10-31",
            "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]",
        )
        .replace("DeletionPolicy: Retain", "DeletionPolicy: !If [A, Delete, Retain]");
    assert_eq!(service(&extended, &AUTHORIZER).unwrap().tables.len(), 1);
}

#[test]
fn alarms_from_a_loop_can_roll_deployments_back() {
    let template = |looped: &str| {
        format!(
            "
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  AFunction:
    Type: AWS::Serverless::Function
    Metadata: {{SkipBuild: true}}
    Properties:
      CodeUri: ../../target/lambda/a/
      Runtime: provided.al2023
      Handler: bootstrap
      DeploymentPreference: {{Type: AllAtOnce, Alarms: [!Ref AErrorsAlarm]}}
  Fn::ForEach::Alarms:
    - Function
    - [{looped}]
    - ${{Function}}ErrorsAlarm:
        Type: AWS::CloudWatch::Alarm
        Properties:
          Dimensions: [{{Name: FunctionName, Value: {{Ref: !Sub \"${{Function}}Function\"}}}}]
"
        )
    };
    // The function names the alarm, and the alarm the function; the deployment is a resource between them.
    assert_eq!(service(&template("A"), &[]).unwrap().functions.len(), 1);
    let forgotten = refusal(service(&template(""), &[]));
    assert!(forgotten.contains("\"AErrorsAlarm\" is not known"), "{forgotten}");
    let wrong = refusal(service(&template("A, B"), &[]));
    assert!(wrong.contains("\"BFunction\" is not known"), "{wrong}");
}

#[test]
fn a_services_table_loads_without_the_rest() {
    let folder = write(&[("functions/orders/template.yaml", SERVICE)]);
    let table = table_of(&folder.path().join("functions/orders/template.yaml")).unwrap();
    assert_eq!((table.service.as_str(), table.ttl.as_deref()), ("orders", Some("expires_at")));
}

/// Each case breaks one line of a valid template and gives the expected message.
#[test]
fn an_invalid_or_unsupported_line_is_refused() {
    for (right, wrong, expected) in [
        (
            "MemorySize: 256",
            "MemorySiz: 256",
            "PlaceOrderFunction: the property \"MemorySiz\" is not known; did you mean \"MemorySize\"?",
        ),
        ("MemorySize: 256", "MemorySize: 64", "PlaceOrderFunction.MemorySize: 64 is not from 128 to 10240"),
        ("MemorySize: 256", "MemorySize: [1]", "must be a whole number, but is a list"),
        (
            "Type: AWS::SNS::Topic",
            "Type: AWS::SNS::Topics",
            "Topic: the resource type \"AWS::SNS::Topics\" is not known; did you mean \"AWS::SNS::Topic\"?",
        ),
        (
            "Timeout: 10",
            "Timeouts: 10",
            "the global property \"Timeouts\" is not known; did you mean \"Timeout\"?",
        ),
        ("LogFormat: JSON", "LogFormat: XML", "LoggingConfig.LogFormat: \"XML\" is not one of JSON, Text"),
        ("Runtime: provided.al2023", "Runtime: nodejs22.x", "\"nodejs22.x\" cannot be run here"),
        ("DeletionPolicy: Retain", "DeletonPolicy: Retain", "did you mean \"DeletionPolicy\"?"),
        ("DeletionPolicy: Retain", "DeletionPolicy: Keep", "the policy \"Keep\" is not known"),
        (
            "DeletionPolicy: Retain",
            "DeletionPolicy: !If [A, Delete, Retain]",
            "Table.DeletionPolicy: CloudFormation takes a function here only with",
        ),
        (
            "BatchSize: 25",
            "BatchSizes: 25",
            "RelayFunction.Events.Stream.Properties: the property \"BatchSizes\"",
        ),
        ("BatchSize: 5,", "BatchSize: 50,", "MaximumBatchingWindowInSeconds"),
        (
            "VisibilityTimeout: 30",
            "VisibilityTimeout: 4",
            "longer than a message of bodega-Events stays invisible",
        ),
        ("Type: ScheduleV2", "Type: S3", "the event type \"S3\" is not known"),
        ("ScheduleExpression: rate(1 minute)", "ScheduleExpression: 1 minute", "neither rate(…) nor cron(…)"),
        (
            "EnableSimpleResponses: true",
            "EnableSimpleResponses: false",
            "policy responses cannot be run here",
        ),
        (
            "EnableIamAuthorizer: true",
            "EnableIamAuthorizer: false",
            "EnableIamAuthorizer: true in the Auth of Api",
        ),
        ("Authorizer: NONE", "Authorizer: Token", "did you mean \"Tokens\"?"),
        ("ApiId: !Ref Api, Method: post", "Method: post", "ApiId (the laptop knows no implicit API"),
        ("Path: /orders}", "Path: orders}", "does not start with /"),
        ("- Version: \"2012-10-17\"\n          Statement:", "- Statements:", " is not an inline policy"),
        ("Action: dynamodb:PutItem", "Actions: dynamodb:PutItem", "did you mean \"Action\"?"),
        (
            "\"dynamodb:LeadingKeys\": a",
            "\"dynamodb:LeadingKey\": a",
            "PlaceOrderFunction.Policies: the condition key \"dynamodb:LeadingKey\" is not known; did you mean",
        ),
        (
            "ForAllValues:StringEquals",
            "ForAllValues:StringEqual",
            "the condition operator \"ForAllValues:StringEqual\"",
        ),
        ("Resource: !GetAtt Table.Arn", "Resource: !Ref Table", "Resource must be an ARN or '*'"),
        (
            "PermissionsBoundary: !Ref Boundary",
            "PermissionsBoundary: arn:aws:iam::aws:policy/ReadOnlyAccess",
            "Function.PermissionsBoundary: the managed policy \"arn:aws:iam::aws:policy/ReadOnlyAccess\" is not known",
        ),
        (
            "Description: Its own queue only",
            "Users: [somebody]",
            "Boundary: the property \"Users\" is not known",
        ),
        ("PolicyDocument:\n", "Path: /\n      PolicyDocuments:\n", "Boundary: PolicyDocument is required"),
        (
            "NotResource: !GetAtt",
            "NotResources: !GetAtt",
            "Boundary.PolicyDocument: the statement's element \"NotResources\"",
        ),
        ("CodeUri: ../../target/lambda/relay-orders", "CodeUri: .", "does not end in the binary's name"),
        ("relay-orders", "place-order", "is already run by PlaceOrderFunction"),
        (
            "Method: GET, Path: \"/orders/{order_id}\"",
            "Method: POST, Path: /orders",
            "two functions have the route POST /orders",
        ),
        ("maxReceiveCount: 5", "maxReceives: 5", "maxReceiveCount is required"),
        ("PasswordLength: 64", "PasswordLengths: 64", "did you mean \"PasswordLength\"?"),
        ("'{\"eventName\":[\"INSERT\"]}'", "'{'", "is not JSON"),
        ("AllowCredentials: true", "AllowCredential: true", "Api.CorsConfiguration: the property"),
        (
            "Transform: AWS::Serverless-2016-10-31",
            "",
            "\"Transform: AWS::Serverless-2016-10-31\" is required",
        ),
        ("[!Ref Topic]", "[!Ref Topics]", "did you mean \"Topic\"?"),
        ("StartingPosition: TRIM_HORIZON", "StartingPosition: START", "the position \"START\" is not known"),
    ] {
        let changed = SERVICE.replacen(right, wrong, 1);
        assert_ne!(changed, SERVICE, "{right}");
        let message = refusal(service(&changed, &AUTHORIZER));
        assert!(message.contains(expected) && message.contains("template.yaml"), "{wrong}: {message}");
    }
}
