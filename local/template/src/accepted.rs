//! Resource types that a template may contain but that run nothing on a laptop: alarms, dashboards, permissions, caching
//! and firewall rules. Their references are still resolved, so that a wrong one is found here and not by `sam deploy`.

use super::error::{Problem, TemplateError};
use super::stack::Stack;

/// The types that the laptop interprets.
const INTERPRETED: [&str; 10] = [
    "AWS::CloudFront::Distribution",
    "AWS::DynamoDB::Table",
    "AWS::Lambda::EventSourceMapping",
    "AWS::S3::Bucket",
    "AWS::SES::EmailIdentity",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::Serverless::Application",
    "AWS::Serverless::Function",
    "AWS::Serverless::HttpApi",
];

/// The form of a type's `Ref`, and its attributes.
struct Accepted {
    kind: &'static str,
    reference: Reference,
    attributes: &'static [&'static str],
}

/// The value of `Ref`.
#[derive(Clone, Copy)]
enum Reference {
    /// The name: the named property, or one derived from the stack and the id.
    Name(&'static str),
    /// An ARN of a service, with a prefix before the name.
    Arn(&'static str, &'static str),
}

use Reference::{Arn, Name};

const fn accept(kind: &'static str, reference: Reference, attributes: &'static [&'static str]) -> Accepted {
    Accepted { kind, reference, attributes }
}

/// All other types that a template may contain.
const ACCEPTED: [Accepted; 40] = [
    accept("AWS::CertificateManager::Certificate", Arn("acm", "certificate/"), &[]),
    accept("AWS::CloudFront::CachePolicy", Name(""), &["Id"]),
    accept("AWS::CloudFront::Function", Arn("cloudfront", "function/"), &["FunctionARN"]),
    accept("AWS::CloudFront::OriginAccessControl", Name(""), &["Id"]),
    accept("AWS::CloudFront::OriginRequestPolicy", Name(""), &["Id"]),
    accept("AWS::CloudFront::ResponseHeadersPolicy", Name(""), &["Id"]),
    accept("AWS::CloudWatch::Alarm", Name("AlarmName"), &["Arn"]),
    accept("AWS::CloudWatch::AnomalyDetector", Name(""), &[]),
    accept("AWS::CloudWatch::CompositeAlarm", Name("AlarmName"), &["Arn"]),
    accept("AWS::CloudWatch::Dashboard", Name("DashboardName"), &[]),
    accept("AWS::IAM::Group", Name("GroupName"), &["Arn"]),
    accept("AWS::IAM::ManagedPolicy", Arn("iam", "policy/"), &["PolicyArn"]),
    accept("AWS::IAM::Policy", Name("PolicyName"), &["Id"]),
    accept("AWS::IAM::Role", Name("RoleName"), &["Arn", "RoleId"]),
    accept("AWS::IAM::RolePolicy", Name("PolicyName"), &[]),
    accept("AWS::IAM::User", Name("UserName"), &["Arn"]),
    accept("AWS::KMS::Alias", Name("AliasName"), &[]),
    accept("AWS::KMS::Key", Name(""), &["Arn", "KeyId"]),
    accept("AWS::KinesisFirehose::DeliveryStream", Name("DeliveryStreamName"), &["Arn"]),
    accept("AWS::Lambda::Permission", Name(""), &["Id"]),
    accept("AWS::Logs::LogGroup", Name("LogGroupName"), &["Arn"]),
    accept("AWS::Logs::MetricFilter", Name("FilterName"), &[]),
    accept("AWS::Logs::QueryDefinition", Name("Name"), &["QueryDefinitionId"]),
    accept("AWS::Logs::ResourcePolicy", Name("PolicyName"), &[]),
    accept("AWS::Logs::SubscriptionFilter", Name("FilterName"), &[]),
    accept("AWS::Route53::RecordSet", Name("Name"), &[]),
    accept("AWS::Route53::RecordSetGroup", Name(""), &["Id"]),
    accept("AWS::S3::BucketPolicy", Name(""), &[]),
    accept("AWS::SES::ConfigurationSet", Name("Name"), &[]),
    accept("AWS::SES::ConfigurationSetEventDestination", Name(""), &["Id"]),
    accept("AWS::SNS::Subscription", Arn("sns", ""), &["Arn"]),
    accept("AWS::SNS::Topic", Arn("sns", ""), &["TopicArn", "TopicName"]),
    accept("AWS::SNS::TopicPolicy", Name(""), &["Id"]),
    accept("AWS::SQS::QueuePolicy", Name(""), &["Id"]),
    accept("AWS::Scheduler::ScheduleGroup", Name("Name"), &["Arn"]),
    accept("AWS::WAFv2::IPSet", Name("Name"), &["Arn", "Id"]),
    accept("AWS::WAFv2::LoggingConfiguration", Name(""), &[]),
    accept("AWS::WAFv2::RuleGroup", Name("Name"), &["Arn", "Id"]),
    accept("AWS::WAFv2::WebACL", Name("Name"), &["Arn", "Id"]),
    accept("AWS::WAFv2::WebACLAssociation", Name(""), &[]),
];

/// Rejects a type that is neither interpreted nor accepted.
pub(super) fn check(stack: &Stack<'_>, id: &str, kind: &str) -> Result<(), TemplateError> {
    if find(kind).is_some() || INTERPRETED.contains(&kind) {
        return Ok(());
    }
    let known = INTERPRETED.into_iter().chain(ACCEPTED.iter().map(|accepted| accepted.kind));
    Err(stack.error(id, Problem::unknown("the resource type", kind, known)))
}

pub(super) fn reference(
    stack: &Stack<'_>,
    place: &str,
    id: &str,
    kind: &str,
) -> Result<String, TemplateError> {
    let Some(accepted) = find(kind) else {
        check(stack, place, kind)?;
        return Ok(format!("{}-{id}", stack.name));
    };
    match accepted.reference {
        Name(property) => stack.physical_name(id, property),
        Arn(..) => Ok(arn(stack, accepted, id)),
    }
}

/// Returns `None` if the type does not have the attribute.
pub(super) fn attribute(stack: &Stack<'_>, id: &str, kind: &str, name: &str) -> Option<String> {
    let accepted = find(kind)?;
    accepted.attributes.contains(&name).then(|| {
        if name.to_ascii_lowercase().ends_with("arn") {
            arn(stack, accepted, id)
        } else {
            format!("{}-{id}", stack.name)
        }
    })
}

fn find(kind: &str) -> Option<&'static Accepted> {
    ACCEPTED.iter().find(|accepted| accepted.kind == kind)
}

/// Nothing on a laptop uses these ARNs; they only have to be well-formed and distinct.
fn arn(stack: &Stack<'_>, accepted: &Accepted, id: &str) -> String {
    let (service, prefix) = match accepted.reference {
        Arn(service, prefix) => (service.to_owned(), prefix.to_owned()),
        Name(_) => {
            let mut parts = accepted.kind.split("::").skip(1).map(str::to_ascii_lowercase);
            (parts.next().unwrap_or_default(), format!("{}/", parts.next().unwrap_or_default()))
        }
    };
    stack.arn(&service, &format!("{prefix}{}-{id}", stack.name))
}
