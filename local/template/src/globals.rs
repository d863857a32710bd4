//! `Globals`: properties shared by every function or API of a template, merged as SAM merges them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::{Problem, TemplateError};
use super::fields::Fields;

/// The properties that SAM supports in `Globals` for functions.
const FUNCTION: [&str; 27] = [
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "CodeUri",
    "DeadLetterQueue",
    "DeploymentPreference",
    "Description",
    "Environment",
    "EphemeralStorage",
    "EventInvokeConfig",
    "Handler",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PermissionsBoundary",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "RolePath",
    "Runtime",
    "RuntimeManagementConfig",
    "Tags",
    "Timeout",
    "Tracing",
];

/// The properties that SAM supports in `Globals` for HTTP APIs.
const HTTP_API: [&str; 8] = [
    "AccessLogSettings",
    "Auth",
    "CorsConfiguration",
    "DefaultRouteSettings",
    "FailOnWarnings",
    "PropagateTags",
    "StageVariables",
    "Tags",
];

/// The globals by resource type.
pub(super) fn read(section: Option<Fields<'_>>) -> Result<BTreeMap<&'static str, Value>, TemplateError> {
    let mut globals = BTreeMap::new();
    let Some(mut section) = section else { return Ok(globals) };
    for (name, kind, allowed) in [
        ("Function", "AWS::Serverless::Function", FUNCTION.as_slice()),
        ("HttpApi", "AWS::Serverless::HttpApi", HTTP_API.as_slice()),
    ] {
        let Some(mut fields) = section.object(name)? else { continue };
        let properties = fields.rest();
        if let Some((unknown, _)) = properties.iter().find(|(key, _)| !allowed.contains(&key.as_str())) {
            return Err(fields.error(Problem::unknown(
                "the global property",
                unknown,
                allowed.iter().copied(),
            )));
        }
        globals.insert(kind, Value::Object(properties.into_iter().collect()));
    }
    section.finish()?;
    Ok(globals)
}

/// Mappings merge, lists are concatenated (global entries first), and for everything else the resource's value wins.
pub(super) fn merge(global: &Value, own: Value) -> Value {
    match (global, own) {
        (Value::Object(defaults), Value::Object(mut own))
            if !is_intrinsic(global) && !is_intrinsic(&Value::Object(own.clone())) =>
        {
            for (key, default) in defaults {
                let merged = match own.remove(key) {
                    Some(value) => merge(default, value),
                    None => default.clone(),
                };
                own.insert(key.clone(), merged);
            }
            Value::Object(own)
        }
        (Value::Array(defaults), Value::Array(own)) => {
            Value::Array(defaults.iter().cloned().chain(own).collect())
        }
        (_, own) => own,
    }
}

/// Whether a value is a call of an intrinsic function, which merges as a whole.
fn is_intrinsic(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.len() == 1 && map.keys().all(|key| key == "Ref" || key == "Condition" || key.starts_with("Fn::"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn merging_is_sams() {
        let global = json!({
            "Timeout": 10, "Environment": {"Variables": {"A": "1", "B": {"Ref": "X"}}}, "Layers": ["a"], "Tags": {"t": "g"}
        });
        let own = json!({"Timeout": 5, "Environment": {"Variables": {"B": "2", "C": "3"}}, "Layers": ["b"]});
        assert_eq!(
            merge(&global, own),
            json!({
                "Timeout": 5,
                "Environment": {"Variables": {"A": "1", "B": "2", "C": "3"}},
                "Layers": ["a", "b"],
                "Tags": {"t": "g"}
            })
        );
    }

    #[test]
    fn an_intrinsic_replaces_the_global_value() {
        assert_eq!(merge(&json!({"A": "1"}), json!({"Fn::If": ["C", 1, 2]})), json!({"Fn::If": ["C", 1, 2]}));
        assert_eq!(merge(&json!({"Ref": "X"}), json!({"A": "1"})), json!({"A": "1"}));
    }
}
