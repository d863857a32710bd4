//! `AWS::CloudFront::Distribution`: routes paths to APIs.

use super::attributes::authority;
use super::build::{Draft, Origin, Scope};
use super::error::{Problem, TemplateError};
use super::fields::Fields;
use super::stack::Stack;
use model::deployment::{Api, Behavior};

/// How a cache behavior treats requests: caching, compression, headers, viewers. On a laptop all requests pass
/// unchanged.
const BEHAVIOR_WITHOUT_EFFECT: [&str; 16] = [
    "AllowedMethods",
    "CachePolicyId",
    "CachedMethods",
    "Compress",
    "DefaultTTL",
    "FieldLevelEncryptionId",
    "ForwardedValues",
    "FunctionAssociations",
    "MaxTTL",
    "MinTTL",
    "OriginRequestPolicyId",
    "RealtimeLogConfigArn",
    "ResponseHeadersPolicyId",
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
const ORIGIN_WITHOUT_EFFECT: [&str; 8] = [
    "ConnectionAttempts",
    "ConnectionTimeout",
    "CustomOriginConfig",
    "OriginAccessControlId",
    "OriginCustomHeaders",
    "OriginShield",
    "ResponseCompletionTimeout",
    "VpcOriginConfig",
];

/// A distribution before the APIs are known.
#[derive(Debug)]
pub(super) struct FrontDoorDraft {
    origin: Origin,
    /// Pattern and origin domain name, in the order of precedence.
    behaviors: Vec<(String, String)>,
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
        behaviors.push((pattern, target(behavior, &origins)?));
    }
    let default =
        config.object("DefaultCacheBehavior")?.ok_or_else(|| missing(&config, "DefaultCacheBehavior"))?;
    behaviors.push(("*".to_owned(), target(default, &origins)?));
    let origin = Origin { file: stack.file.clone(), place: fields.place().to_owned() };
    config.finish()?;
    fields.finish()?;
    draft.front_doors.push(FrontDoorDraft { origin, behaviors });
    Ok(())
}

/// Id and domain name of each origin.
fn origins(config: &mut Fields<'_>) -> Result<Vec<(String, String)>, TemplateError> {
    let mut origins = Vec::new();
    for mut origin in config.objects("Origins")? {
        origin.without_effect(&ORIGIN_WITHOUT_EFFECT);
        origin.only("OriginPath", &[""])?;
        origins.push((origin.required("Id")?, origin.required("DomainName")?));
        origin.finish()?;
    }
    Ok(origins)
}

fn target(mut behavior: Fields<'_>, origins: &[(String, String)]) -> Result<String, TemplateError> {
    let id = behavior.required("TargetOriginId")?;
    behavior.without_effect(&BEHAVIOR_WITHOUT_EFFECT);
    let found = origins.iter().find(|(known, _)| *known == id).map(|(_, domain)| domain.clone());
    let domain = found.ok_or_else(|| {
        let known = origins.iter().map(|(known, _)| known.as_str());
        behavior.error_at("TargetOriginId", Problem::unknown("the origin", &id, known))
    })?;
    behavior.finish()?;
    Ok(domain)
}

/// Finds the API behind each origin.
pub(super) fn link(draft: &mut Draft, scope: Scope) -> Result<(), TemplateError> {
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
    for (pattern, domain) in door.behaviors {
        match draft.deployment.apis.iter().find(|api| leads_to(&domain, api)) {
            Some(api) => draft.deployment.front_door.push(Behavior { pattern, api_id: api.id.clone() }),
            None if scope == Scope::Service => {}
            None => {
                let known = draft.deployment.apis.iter().map(|api| authority(&api.endpoint));
                return Err(door.origin.error(Problem::unknown("the origin's domain name", &domain, known)));
            }
        }
    }
    Ok(())
}

/// Finds an API by its address on the laptop, or by its id in the name that it would have on AWS.
fn leads_to(domain: &str, api: &Api) -> bool {
    authority(domain) == authority(&api.endpoint)
        || domain.split_once(".execute-api.").is_some_and(|(id, _)| id == api.id)
}
