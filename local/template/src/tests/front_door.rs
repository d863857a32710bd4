//! The front door's parts: replies of its own, headers for origins, forwarded query parameters.

use super::{refusal, site, system_with};
use model::deployment::{Deployment, FixedReply, Target};

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:origin-AbCdEf";

const ROOT: &str = r#"
Transform: AWS::Serverless-2016-10-31
Parameters:
  SecretArn: {Type: String, Default: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:origin-AbCdEf"}
Resources:
  Api: {Type: AWS::Serverless::HttpApi, Properties: {}}
  Cached:
    Type: AWS::CloudFront::CachePolicy
    Properties:
      CachePolicyConfig:
        Name: cached
        ParametersInCacheKeyAndForwardedToOrigin:
          HeadersConfig: {HeaderBehavior: none}
          QueryStringsConfig: {QueryStringBehavior: whitelist, QueryStrings: [limit, category]}
          CookiesConfig: {CookieBehavior: none}
  Forwarded:
    Type: AWS::CloudFront::OriginRequestPolicy
    Properties:
      OriginRequestPolicyConfig:
        Name: forwarded
        HeadersConfig: {HeaderBehavior: allExcept, Headers: [Host]}
        QueryStringsConfig: {QueryStringBehavior: none}
  Closed:
    Type: AWS::CloudFront::Function
    Properties:
      Name: closed
      FunctionConfig: {Comment: "", Runtime: cloudfront-js-2.0}
      FunctionCode: |
        function handler() {
          return { "statusCode": 404, "headers": { "x-by": { "value": "us" } }, "body": { "encoding": "text", "data": "no" } };
        }
  FrontDoor:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins:
          - Id: api
            DomainName: !Select [2, !Split ["/", !GetAtt Api.ApiEndpoint]]
            OriginCustomHeaders: [{HeaderName: X-Origin, HeaderValue: !Sub "{{resolve:secretsmanager:${SecretArn}:SecretString}}"}]
        CacheBehaviors:
          - {PathPattern: /cached*, TargetOriginId: api, CachePolicyId: !Ref Cached, OriginRequestPolicyId: !Ref Forwarded}
          - {PathPattern: /all*, TargetOriginId: api, CachePolicyId: !Ref Cached, OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac}
          - {PathPattern: /plain*, TargetOriginId: api, CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6}
        DefaultCacheBehavior:
          TargetOriginId: api
          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
          FunctionAssociations: [{EventType: viewer-request, FunctionARN: !GetAtt Closed.FunctionARN}]
"#;

fn load(text: &str) -> Result<Deployment, super::TemplateError> {
    let mut site = site();
    site.secrets.insert(SECRET.to_owned(), "the secret".to_owned());
    system_with(&[("template.yaml", text)], &site)
}

#[test]
fn a_behavior_forwards_the_parameters_of_its_policies_and_adds_the_origins_headers() {
    let deployment = load(ROOT).unwrap();
    let [cached, all, plain, rest] = deployment.front_door.as_slice() else { panic!("{deployment:?}") };
    for (behavior, query) in [
        (cached, Some(vec!["category".to_owned(), "limit".to_owned()])),
        (all, None),
        (plain, Some(Vec::new())),
    ] {
        let Target::Api(forwarding) = &behavior.target else { panic!("{behavior:?}") };
        assert_eq!(forwarding.query, query, "{}", behavior.pattern);
        assert_eq!(forwarding.headers, [("x-origin".to_owned(), "the secret".to_owned())]);
    }
    let Target::Reply(reply) = &rest.target else { panic!("{rest:?}") };
    let headers = [("x-by".to_owned(), "us".to_owned())].into();
    assert_eq!(*reply, FixedReply { status: 404, headers, body: "no".to_owned() });
}

#[test]
fn what_a_laptop_cannot_do_is_refused() {
    for (right, wrong, expected) in [
        ("secret:origin-AbCdEf", "secret:other-AbCdEf", "dynamic reference"),
        (":SecretString}}", ":SecretString:key}}", "dynamic reference"),
        ("function handler() {", "function handler(event) {", "can be run here"),
        ("\"statusCode\": 404", "statusCode: 404", "can be run here"),
        ("EventType: viewer-request", "EventType: viewer-response", "cannot be run here"),
        ("CachePolicyId: 4135ea2d", "CachePolicyId: 9999ea2d", ""),
        ("CachePolicyId: 658327ea", "CachePolicyId: 999927ea", "the policy"),
        ("QueryStringBehavior: whitelist", "QueryStringBehavior: allExcept", "the behavior \"allExcept\""),
    ] {
        let changed = ROOT.replacen(right, wrong, 1);
        assert_ne!(changed, ROOT, "{right}");
        let result = load(&changed);
        // A behavior that answers by itself forwards nothing, so its policies have no effect.
        if expected.is_empty() {
            result.unwrap();
            continue;
        }
        let message = refusal(result);
        assert!(message.contains(expected), "{wrong}: {message}");
    }
}
