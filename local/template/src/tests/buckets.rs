//! Buckets: CORS, notifications, and the front door that reads them.

use super::{refusal, system};
use model::deployment::{Bucket, BucketNotification, Cors, Deployment, ServedBucket, Target};

const ROOT: &str = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Uploads: {Type: AWS::SQS::Queue, Properties: {QueueName: uploads}}
  UploadsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Uploads]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: s3.amazonaws.com}, Action: sqs:SendMessage, Resource: !GetAtt Uploads.Arn}]}
  Images:
    Type: AWS::S3::Bucket
    Properties:
      PublicAccessBlockConfiguration: {BlockPublicAcls: true}
      LifecycleConfiguration: {Rules: [{Id: uploads, Status: Enabled, Prefix: uploads/, ExpirationInDays: 1}]}
      CorsConfiguration:
        CorsRules: [{AllowedOrigins: ["https://bodega.example"], AllowedMethods: [PUT], AllowedHeaders: [content-type], MaxAge: 600}]
      NotificationConfiguration:
        QueueConfigurations:
          - Event: s3:ObjectCreated:*
            Queue: !GetAtt Uploads.Arn
            Filter: {S3Key: {Rules: [{Name: prefix, Value: uploads/}]}}
  ImagesPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Images
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Deny, Principal: "*", Action: s3:*, Resource: !Sub "${Images.Arn}/*", Condition: {Bool: {aws:SecureTransport: "false"}}}
          - {Effect: Allow, Principal: {Service: cloudfront.amazonaws.com}, Action: s3:GetObject, Resource: !Sub "${Images.Arn}/images/*"}
  Access:
    Type: AWS::CloudFront::OriginAccessControl
    Properties:
      OriginAccessControlConfig: {Name: images, OriginAccessControlOriginType: s3, SigningBehavior: always, SigningProtocol: sigv4}
  FrontDoor:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Origins:
          - {Id: images, DomainName: !GetAtt Images.RegionalDomainName, OriginAccessControlId: !GetAtt Access.Id, S3OriginConfig: {OriginAccessIdentity: ""}}
        DefaultCacheBehavior: {TargetOriginId: images, CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6}
"#;

fn load(text: &str) -> Result<Deployment, super::TemplateError> {
    system(&[("template.yaml", text)])
}

#[test]
fn a_bucket_has_its_rules_and_the_front_door_reads_what_its_policy_allows() {
    let deployment = load(ROOT).unwrap();
    let cors = Cors {
        origins: vec!["https://bodega.example".to_owned()],
        methods: vec!["PUT".to_owned()],
        headers: vec!["content-type".to_owned()],
        max_age: Some(600),
        ..Cors::default()
    };
    let notification = BucketNotification {
        event: "s3:ObjectCreated:*".to_owned(),
        prefix: "uploads/".to_owned(),
        suffix: String::new(),
        queue_arn: "arn:aws:sqs:eu-west-1:123456789012:uploads".to_owned(),
    };
    let (name, arn) = ("bodega-images".to_owned(), "arn:aws:s3:::bodega-images".to_owned());
    let bucket = Bucket { name: name.clone(), arn, cors: vec![cors], notifications: vec![notification] };
    assert_eq!(deployment.buckets, [bucket]);
    let [behavior] = deployment.front_door.as_slice() else { panic!("{deployment:?}") };
    let Target::Bucket(served) = &behavior.target else { panic!("{behavior:?}") };
    assert_eq!(*served, ServedBucket { name, readable: vec!["images/*".to_owned()] });
}

#[test]
fn what_a_laptop_cannot_do_is_refused() {
    for (right, wrong, expected) in [
        ("MaxAge: 600", "MaxAges: 600", "Images.CorsConfiguration.CorsRules[0]: the property \"MaxAges\""),
        ("AllowedMethods: [PUT]", "AllowedMethods: [PATCH]", "the method \"PATCH\""),
        ("s3:ObjectCreated:*", "s3:ObjectRemoved:*", "is not published here"),
        ("Name: prefix", "Name: infix", "the rule \"infix\""),
        ("QueueConfigurations", "TopicConfigurations", "the property \"TopicConfigurations\""),
        ("Queue: !GetAtt Uploads.Arn", "Queue: arn:aws:sqs:eu-west-1:123456789012:upload", "the queue"),
        ("Queues: [!Ref Uploads]", "Queues: [elsewhere]", "uploads has no policy"),
        ("PublicAccessBlockConfiguration:", "WebsiteConfiguration:", "the property \"WebsiteConfiguration\""),
        ("Service: cloudfront.amazonaws.com", "Service: ec2.amazonaws.com", "cannot be run here"),
        ("Service: cloudfront.amazonaws.com", "AWS: \"*\"", "the property \"AWS\""),
        ("Action: s3:GetObject", "Action: s3:PutObject", "cannot be run here"),
        (
            "Resource: !Sub \"${Images.Arn}/images/*\"",
            "Resource: \"arn:aws:s3:::other/*\"",
            "has no policy that lets",
        ),
        ("SigningBehavior: always", "SigningBehavior: never", "cannot be run here"),
        ("OriginAccessControlId: !GetAtt Access.Id, ", "", "OriginAccessControlId is required"),
        ("OriginAccessIdentity: \"\"", "OriginAccessIdentity: other", "cannot be run here"),
        ("Images.RegionalDomainName", "Images.WebsiteURL", "the attribute \"WebsiteURL\""),
    ] {
        let changed = ROOT.replacen(right, wrong, 1);
        assert_ne!(changed, ROOT, "{right}");
        let message = refusal(load(&changed));
        assert!(message.contains(expected), "{wrong}: {message}");
    }
}
