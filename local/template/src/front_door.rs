//! `AWS::CloudFront::Distribution`: routes paths to APIs and buckets.

use super::attributes::authority;
use super::build::{Draft, Origin, Scope};
use super::error::{Problem, TemplateError};
use super::fields::Fields;
use super::stack::Stack;
use model::deployment::{Api, Behavior, Forwarding, Target};

/// How a cache behavior treats requests and replies: methods, caching, viewers. On a laptop nothing is cached, and of
/// replies the shop's pages alone are compressed.
const BEHAVIOR_WITHOUT_EFFECT: [&str; 11] = [
    "AllowedMethods",
    "CachedMethods",
    "DefaultTTL",
    "FieldLevelEncryptionId",
    "ForwardedValues",
    "MaxTTL",
    "MinTTL",
    "RealtimeLogConfigArn",
    "SmoothStreaming",
    "TrustedKeyGroups",
    "ViewerProtocolPolicy",
];

/// Names, certificates, logs, the firewall and the regions that serve it.
const DISTRIBUTION_WITHOUT_EFFECT: [&str; 13] = [
    "Aliases",
    "Comment",
    "ContinuousDeploymentPolicyId",
    "DefaultRootObject",
    "Enabled",
    "HttpVersion",
    "IPV6Enabled",
    "Logging",
    "PriceClass",
    "Restrictions",
    "Staging",
    "ViewerCertificate",
    "WebACLId",
];

/// How CloudFront connects to an origin.
const ORIGIN_WITHOUT_EFFECT: [&str; 6] = [
    "ConnectionAttempts",
    "ConnectionTimeout",
    "CustomOriginConfig",
    "OriginShield",
    "ResponseCompletionTimeout",
    "VpcOriginConfig",
];

/// A distribution before the APIs are known.
#[derive(Debug)]
pub(super) struct FrontDoorDraft {
    origin: Origin,
    /// In the order of precedence.
    behaviors: Vec<BehaviorDraft>,
}

#[derive(Debug)]
struct BehaviorDraft {
    pattern: String,
    origin: OriginDraft,
    /// The ids of the cache policy and the origin request policy.
    policies: Vec<String>,
    /// The ARN of the function that sees a request first.
    function: Option<String>,
    /// The id of the policy that adds headers to replies.
    headers: Option<String>,
    compressed: bool,
}

/// An origin: an API or a bucket, and what CloudFront adds to requests to it.
#[derive(Debug, Clone)]
struct OriginDraft {
    id: String,
    domain: String,
    access_control: Option<String>,
    headers: Vec<(String, String)>,
}

/// Reads one distribution.
pub(super) fn read(
    stack: &Stack<'_>,
    mut fields: Fields<'_>,
    draft: &mut Draft,
) -> Result<(), TemplateError> {
    fields.without_effect(&["Tags"]);
    let missing = |fields: &Fields<'_>, name: &str| fields.error(Problem::Missing(name.to_owned()));
    let mut config =
        fields.object("DistributionConfig")?.ok_or_else(|| missing(&fields, "DistributionConfig"))?;
    config.without_effect(&DISTRIBUTION_WITHOUT_EFFECT);
    // How long errors are cached: nothing is cached here. A custom error reply is rejected.
    for mut error in config.objects("CustomErrorResponses")? {
        error.without_effect(&["ErrorCode", "ErrorCachingMinTTL"]);
        error.finish()?;
    }
    let origins = origins(&mut config)?;
    let mut behaviors = Vec::new();
    for mut behavior in config.objects("CacheBehaviors")? {
        let pattern = behavior.required("PathPattern")?;
        behaviors.push(read_behavior(pattern, behavior, &origins)?);
    }
    let default =
        config.object("DefaultCacheBehavior")?.ok_or_else(|| missing(&config, "DefaultCacheBehavior"))?;
    behaviors.push(read_behavior("*".to_owned(), default, &origins)?);
    let origin = Origin { file: stack.file.clone(), place: fields.place().to_owned() };
    config.finish()?;
    fields.finish()?;
    draft.front_doors.push(FrontDoorDraft { origin, behaviors });
    Ok(())
}

fn origins(config: &mut Fields<'_>) -> Result<Vec<OriginDraft>, TemplateError> {
    let mut origins = Vec::new();
    for mut origin in config.objects("Origins")? {
        origin.without_effect(&ORIGIN_WITHOUT_EFFECT);
        origin.only("OriginPath", &[""])?;
        let (id, domain) = (origin.required("Id")?, origin.required("DomainName")?);
        let mut headers = Vec::new();
        for mut header in origin.objects("OriginCustomHeaders")? {
            headers
                .push((header.required("HeaderName")?.to_ascii_lowercase(), header.required("HeaderValue")?));
            header.finish()?;
        }
        let access_control = origin.text("OriginAccessControlId")?;
        if let Some(mut s3) = origin.object("S3OriginConfig")? {
            // What an access control replaces.
            s3.only("OriginAccessIdentity", &[""])?;
            s3.finish()?;
        }
        origins.push(OriginDraft { id, domain, access_control, headers });
        origin.finish()?;
    }
    Ok(origins)
}

fn read_behavior(
    pattern: String,
    mut behavior: Fields<'_>,
    origins: &[OriginDraft],
) -> Result<BehaviorDraft, TemplateError> {
    let id = behavior.required("TargetOriginId")?;
    behavior.without_effect(&BEHAVIOR_WITHOUT_EFFECT);
    let found = origins.iter().find(|known| known.id == id).cloned();
    let origin = found.ok_or_else(|| {
        let known = origins.iter().map(|known| known.id.as_str());
        behavior.error_at("TargetOriginId", Problem::unknown("the origin", &id, known))
    })?;
    let policies = [behavior.text("CachePolicyId")?, behavior.text("OriginRequestPolicyId")?];
    let headers = behavior.text("ResponseHeadersPolicyId")?;
    let compressed = behavior.flag("Compress")?.unwrap_or_default();
    let mut function = None;
    for mut association in behavior.objects("FunctionAssociations")? {
        association.only("EventType", &["viewer-request"])?;
        function = Some(association.required("FunctionARN")?);
        association.finish()?;
    }
    behavior.finish()?;
    let policies = policies.into_iter().flatten().collect();
    Ok(BehaviorDraft { pattern, origin, policies, function, headers, compressed })
}

/// Finds the API or the bucket behind each origin. `aws` is the address of the laptop's S3.
pub(super) fn link(draft: &mut Draft, aws: &str, scope: Scope) -> Result<(), TemplateError> {
    let mut doors = draft.front_doors.drain(..);
    let Some(door) = doors.next() else { return Ok(()) };
    if let Some(second) = doors.next() {
        let problem = Problem::Unsupported(format!(
            "{} is already the front door; only one is allowed",
            door.origin.place
        ));
        return Err(second.origin.error(problem));
    }
    drop(doors);
    for behavior in door.behaviors {
        let fail = |problem| door.origin.error(problem);
        let BehaviorDraft { pattern, origin, policies, function, headers, compressed } = behavior;
        let bucket = draft.buckets.behind(&origin.domain, origin.access_control.as_deref()).map_err(fail)?;
        let target = match (&function, bucket) {
            (Some(arn), Some(_)) => {
                let mut pages =
                    draft.front_door_parts.pages(arn, headers.as_deref(), compressed).map_err(fail)?;
                // A Content-Security-Policy names the buckets that pages upload to.
                for value in pages.headers.values_mut() {
                    *value = draft.buckets.with_addresses(value, aws);
                }
                Some(Target::Pages(pages))
            }
            (Some(arn), None) => {
                let why = format!("{arn} is in front of {}, which is no bucket of pages", origin.domain);
                return Err(fail(Problem::Invalid(why)));
            }
            (None, Some(bucket)) => Some(Target::Bucket(bucket)),
            (None, None) => {
                let query = draft.front_door_parts.query(&policies).map_err(fail)?;
                let api = api_behind(&origin.domain, &draft.deployment.apis, scope).map_err(fail)?;
                let headers = origin.headers;
                api.map(|api_id| Target::Api(Forwarding { api_id, headers, query }))
            }
        };
        draft.deployment.front_door.extend(target.map(|target| Behavior { pattern, target }));
    }
    Ok(())
}

/// Returns the id of an origin's API. A service that is read alone has no other service's API.
fn api_behind(domain: &str, apis: &[Api], scope: Scope) -> Result<Option<String>, Problem> {
    match apis.iter().find(|api| leads_to(domain, api)) {
        Some(api) => Ok(Some(api.id.clone())),
        None if scope == Scope::Service => Ok(None),
        None => {
            let known = apis.iter().map(|api| authority(&api.endpoint));
            Err(Problem::unknown("the origin's domain name", domain, known))
        }
    }
}

/// Finds an API by its address on the laptop, or by its id in the name that it would have on AWS.
fn leads_to(domain: &str, api: &Api) -> bool {
    authority(domain) == authority(&api.endpoint)
        || domain.split_once(".execute-api.").is_some_and(|(id, _)| id == api.id)
}
