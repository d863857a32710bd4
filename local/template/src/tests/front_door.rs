//! The front door's parts: replies of its own, headers for origins, forwarded query parameters.

use std::collections::BTreeMap;

use super::{refusal, site, system_with};
use model::deployment::{Deployment, FixedReply, Pages, Target};

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
  Headers:
    Type: AWS::CloudFront::ResponseHeadersPolicy
    Properties:
      ResponseHeadersPolicyConfig:
        Name: pages
        SecurityHeadersConfig:
          StrictTransportSecurity: {AccessControlMaxAgeSec: 1, Override: true}
          ContentSecurityPolicy: {ContentSecurityPolicy: "default-src 'self'", Override: true}
          ContentTypeOptions: {Override: true}
        CustomHeadersConfig: {Items: [{Header: Permissions-Policy, Value: "camera=()", Override: true}]}
  PagesFunction:
    Type: AWS::CloudFront::Function
    Properties:
      Name: pages
      FunctionConfig: {Comment: "", Runtime: cloudfront-js-2.0}
      FunctionCode: |
        const pages = { "/": "/index.html", "/p/*": "/product.html" };
        const notFound = { "statusCode": 404, "headers": { "x-by": { "value": "us" } }, "body": { "encoding": "text", "data": "no" } };
        const notFoundPage = { "statusCode": 404, "headers": {}, "body": { "encoding": "text", "data": "<p>no</p>" } };
HANDLER
  Site: {Type: AWS::S3::Bucket, Properties: {}}
  SitePolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Site
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: cloudfront.amazonaws.com}, Action: s3:GetObject, Resource: !Sub "${Site.Arn}/*"}]}
  Access:
    Type: AWS::CloudFront::OriginAccessControl
    Properties:
      OriginAccessControlConfig: {Name: site, OriginAccessControlOriginType: s3, SigningBehavior: always, SigningProtocol: sigv4}
  FrontDoor:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins:
          - Id: api
            DomainName: !Select [2, !Split ["/", !GetAtt Api.ApiEndpoint]]
            OriginCustomHeaders: [{HeaderName: X-Origin, HeaderValue: !Sub "{{resolve:secretsmanager:${SecretArn}:SecretString}}"}]
          - {Id: site, DomainName: !GetAtt Site.RegionalDomainName, OriginAccessControlId: !GetAtt Access.Id, S3OriginConfig: {OriginAccessIdentity: ""}}
        CacheBehaviors:
          - {PathPattern: /cached*, TargetOriginId: api, CachePolicyId: !Ref Cached, OriginRequestPolicyId: !Ref Forwarded}
          - {PathPattern: /all*, TargetOriginId: api, CachePolicyId: !Ref Cached, OriginRequestPolicyId: b689b0a8-53d0-40ab-baf2-68738e2966ac}
          - {PathPattern: /plain*, TargetOriginId: api, CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6}
        DefaultCacheBehavior:
          TargetOriginId: site
          CachePolicyId: 4135ea2d-6df8-44a3-9df3-4b5a84be39ad
          Compress: true
          ResponseHeadersPolicyId: !Ref Headers
          FunctionAssociations: [{EventType: viewer-request, FunctionARN: !GetAtt PagesFunction.FunctionARN}]
"#;

fn load(text: &str) -> Result<Deployment, super::TemplateError> {
    let handler: String =
        include_str!("../pages.js").lines().map(|line| format!("        {line}\n")).collect();
    let text = &text.replace("HANDLER\n", &handler);
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
    let Target::Pages(pages) = &rest.target else { panic!("{rest:?}") };
    let text = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>()
    };
    let reply = |headers, body: &str| FixedReply { status: 404, headers, body: body.to_owned() };
    let expected = Pages {
        documents: text(&[("/", "/index.html"), ("/p/*", "/product.html")]),
        not_found: reply(text(&[("x-by", "us")]), "no"),
        not_found_page: reply(BTreeMap::new(), "<p>no</p>"),
        headers: text(&[
            ("content-security-policy", "default-src 'self'"),
            ("permissions-policy", "camera=()"),
            ("x-content-type-options", "nosniff"),
        ]),
        compressed: true,
    };
    assert_eq!(*pages, expected);
}

#[test]
fn a_bucket_in_a_header_of_pages_has_the_laptops_address() {
    let policy = r#"!Sub "connect-src 'self' https://${Site.RegionalDomainName}; default-src 'self'""#;
    let deployment = load(&ROOT.replacen(r#""default-src 'self'""#, policy, 1)).unwrap();
    let Some(Target::Pages(pages)) = deployment.front_door.last().map(|last| &last.target) else {
        panic!("{deployment:?}")
    };
    let [bucket] = deployment.buckets.as_slice() else { panic!("{deployment:?}") };
    let expected = format!("connect-src 'self' http://127.0.0.1:4566/{}/; default-src 'self'", bucket.name);
    assert_eq!(pages.headers["content-security-policy"], expected);
}

#[test]
fn what_a_laptop_cannot_do_is_refused() {
    for (right, wrong, expected) in [
        ("secret:origin-AbCdEf", "secret:other-AbCdEf", "dynamic reference"),
        (":SecretString}}", ":SecretString:key}}", "dynamic reference"),
        ("HANDLER\n", "        function handler(event) { return event.request; }\n", "can be run here"),
        ("\"statusCode\": 404", "statusCode: 404", "can be run here"),
        ("TargetOriginId: site", "TargetOriginId: api", "which is no bucket of pages"),
        ("ResponseHeadersPolicyId: !Ref Headers", "ResponseHeadersPolicyId: other", "the policy \"other\""),
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
