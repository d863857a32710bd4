//! Systems of several templates: nesting, outputs, the authorizer of another service, the front door.

use super::{refusal, site, system, system_with};
use model::deployment::{Deployment, Target};

const ROOT: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  PublicUrl: {Type: String, Default: ""}
Conditions:
  HasUrl: !Not [!Equals [!Ref PublicUrl, ""]]
Resources:
  OrderEvents: {Type: AWS::SQS::Queue}
  Users:
    Type: AWS::Serverless::Application
    Properties:
      Location: functions/users/template.yaml
      Parameters:
        PublicUrl: !If [HasUrl, !Ref PublicUrl, !Sub "https://${FrontDoor2}"]
  Orders:
    Type: AWS::Serverless::Application
    Properties:
      Location: ./functions/orders/template.yaml
      Parameters:
        UsersUrl: !GetAtt Users.Outputs.ApiEndpoint
        AuthorizerArn: !GetAtt Users.Outputs.AuthorizerArn
        EventsArn: !GetAtt OrderEvents.Arn
  FrontDoor2: {Type: AWS::SNS::Topic}
  FrontDoor:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins:
          - {Id: users, DomainName: !Select [2, !Split ["/", !GetAtt Users.Outputs.ApiEndpoint]], CustomOriginConfig: {OriginProtocolPolicy: https-only}}
          - {Id: orders, DomainName: !Sub "${Orders.Outputs.ApiId}.execute-api.${AWS::Region}.amazonaws.com"}
        CacheBehaviors:
          - {PathPattern: /orders*, TargetOriginId: orders, ViewerProtocolPolicy: https-only}
        DefaultCacheBehavior: {TargetOriginId: users, ViewerProtocolPolicy: https-only}
Outputs:
  Url: {Value: !Sub "https://${FrontDoor.DomainName}/"}
  Users: {Value: !GetAtt Users.Outputs.ApiEndpoint}
  Never: {Condition: HasUrl, Value: !Ref PublicUrl}
"#;

const USERS: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters: {PublicUrl: {Type: String}}
Globals: {Function: {Runtime: provided.al2023, Handler: bootstrap}}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {}
  AuthorizeRequestFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ../../target/lambda/authorize-request/, Environment: {Variables: {URL: !Ref PublicUrl}}}
  GetUserFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../../target/lambda/get-user/
      Events: {Get: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: "/users/{user_id}"}}}
Outputs:
  ApiEndpoint: {Value: !GetAtt Api.ApiEndpoint}
  AuthorizerArn: {Value: !GetAtt AuthorizeRequestFunction.Arn}
"#;

const ORDERS: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters: {UsersUrl: {Type: String}, AuthorizerArn: {Type: String}, EventsArn: {Type: String}}
Globals: {Function: {Runtime: provided.al2023, Handler: bootstrap}}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers:
          Tokens: {FunctionArn: !Ref AuthorizerArn, AuthorizerPayloadFormatVersion: 2.0, EnableSimpleResponses: true, Identity: {Headers: [Authorization]}}
  GetOrderFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ../../target/lambda/get-order/
      Environment: {Variables: {USERS_URL: !Ref UsersUrl}}
      Events:
        Get: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: "/orders/{order_id}"}}
        Queue: {Type: SQS, Properties: {Queue: !Ref EventsArn}}
Outputs:
  ApiId: {Value: !Ref Api}
"#;

const FILES: [(&str, &str); 3] = [
    ("template.yaml", ROOT),
    ("functions/users/template.yaml", USERS),
    ("functions/orders/template.yaml", ORDERS),
];

/// Each pattern with the API that it leads to.
fn targets(deployment: &Deployment) -> Vec<String> {
    let behaviors = deployment.front_door.iter().map(|behavior| match &behavior.target {
        Target::Api(forwarding) => format!("{} {}", behavior.pattern, forwarding.api_id),
        Target::Bucket(bucket) => format!("{} {}", behavior.pattern, bucket.name),
        Target::Pages(pages) => format!("{} {}", behavior.pattern, pages.documents.len()),
    });
    behaviors.collect()
}

#[test]
fn services_are_wired_by_outputs_and_parameters() {
    let deployment = system(&FILES).unwrap();
    let services: Vec<_> = deployment
        .functions
        .iter()
        .map(|f| (f.operation.as_str(), f.service.as_str(), f.name.as_str()))
        .collect();
    assert_eq!(
        services,
        [
            ("authorize-request", "users", "bodega-Users-AuthorizeRequestFunction"),
            ("get-order", "orders", "bodega-Orders-GetOrderFunction"),
            ("get-user", "users", "bodega-Users-GetUserFunction"),
        ]
    );
    assert_eq!(deployment.functions[1].environment["USERS_URL"], "http://127.0.0.1:3001");
    let orders = deployment.apis.iter().find(|api| api.service == "orders").unwrap();
    assert_eq!(orders.authorizers["Tokens"].operation, "authorize-request");
    assert_eq!(orders.authorizers["Tokens"].ttl.as_secs(), 300);
    assert_eq!(targets(&deployment), ["/orders* orders", "* users"]);
    assert_eq!(deployment.outputs["Url"], "http://127.0.0.1:3000/");
    assert_eq!(deployment.outputs["Users"], "http://127.0.0.1:3001");
    assert!(!deployment.outputs.contains_key("Never"));
}

#[test]
fn deployment_parameters_reach_the_services() {
    let mut site = site();
    site.parameters.insert("PublicUrl".to_owned(), "https://shop.example".to_owned());
    let deployment = system_with(&FILES, &site).unwrap();
    assert_eq!(deployment.functions[0].environment["URL"], "https://shop.example");
    assert_eq!(deployment.outputs["Never"], "https://shop.example");
}

#[test]
fn an_invalid_reference_between_templates_is_refused() {
    for (file, right, wrong, expected) in [
        (
            0,
            "AuthorizerArn: !GetAtt Users.Outputs.AuthorizerArn",
            "AuthorizerArn: x",
            "the authorizer's function \"x\" is not known",
        ),
        (
            0,
            "UsersUrl: !GetAtt",
            "UserUrl: !GetAtt",
            "the parameter \"UserUrl\" is not known; did you mean \"UsersUrl\"?",
        ),
        (0, "Users.Outputs.ApiEndpoint\n", "Users.Outputs.ApiEndpont\n", "did you mean \"ApiEndpoint\"?"),
        (
            0,
            "UsersUrl: !GetAtt Users.Outputs.ApiEndpoint",
            "UsersUrl: !GetAtt Orders.Outputs.ApiId",
            "Orders → Orders",
        ),
        (0, "EventsArn: !GetAtt OrderEvents.Arn", "EventsArn: !Ref OrderEvents", "is not a queue's ARN"),
        (
            0,
            "EventsArn: !GetAtt OrderEvents.Arn",
            "EventsArn: arn:aws:sqs:eu-west-1:1:Order",
            "the queue \"arn",
        ),
        (0, "TargetOriginId: orders", "TargetOriginId: order", "did you mean \"orders\"?"),
        (0, "${Orders.Outputs.ApiId}.execute", "other.execute", "the origin's domain name"),
        (0, "Location: functions/users", "Location: functions/nobody", "cannot be read"),
        (
            0,
            "PublicUrl: !If [HasUrl, !Ref PublicUrl, !Sub \"https://${FrontDoor2}\"]",
            "{}",
            "Parameters.PublicUrl: a value",
        ),
        (1, "{URL: !Ref PublicUrl}", "{URL: !GetAtt Api.ApiEndpoint}", ""),
        (
            1,
            "get-user/\n",
            "get-user/\n      Environment: {Variables: {URL: !GetAtt Api.ApiEndpoint}}\n",
            "Api → GetUserFunction → Api",
        ),
        (1, "  Api:\n", "  Other: {Type: AWS::Serverless::HttpApi}\n  Api:\n", "a service has one"),
    ] {
        let mut files = FILES.map(|(path, text)| (path, text.to_owned()));
        let changed = files[file].1.replacen(right, wrong, 1);
        assert_ne!(changed, files[file].1, "{right}");
        files[file].1 = changed;
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let result = system(&files);
        // An authorizer may know the API's address: no route of the API leads to it.
        if expected.is_empty() {
            result.unwrap();
            continue;
        }
        let message = refusal(result);
        assert!(message.contains(expected), "{wrong}: {message}");
    }
}

#[test]
fn a_template_cannot_nest_itself() {
    let root = "Transform: AWS::Serverless-2016-10-31\nResources:\n  A: {Type: AWS::Serverless::Application, Properties: {Location: template.yaml}}\n";
    assert!(refusal(system(&[("template.yaml", root)])).contains("template.yaml → "));
}
