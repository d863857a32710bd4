//! Circular dependencies between resources, which CloudFormation rejects. They are found before anything is resolved.
//!
//! An HTTP API depends on the functions of its routes, because SAM writes their ARNs into the API's definition. A function
//! that refers to its own API's URL is therefore a circular dependency.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::document::{Document, Resource};
use super::error::{Problem, TemplateError};
use super::intrinsics::sub_references;

type Graph<'d> = BTreeMap<&'d str, BTreeSet<String>>;

/// Rejects circular dependencies.
pub(super) fn check(file: &Path, document: &Document) -> Result<(), TemplateError> {
    let graph = graph(document);
    let mut done = BTreeSet::new();
    for id in graph.keys() {
        if let Some(circle) = walk(&graph, id, &mut Vec::new(), &mut done) {
            return Err(TemplateError::at(file, *id, Problem::Cycle(circle.join(" → "))));
        }
    }
    Ok(())
}

fn graph(document: &Document) -> Graph<'_> {
    let mut graph: Graph<'_> = BTreeMap::new();
    for (id, resource) in &document.resources {
        let found = graph.entry(id).or_default();
        found.extend(resource.depends_on.iter().cloned());
        collect(&own(resource), found);
    }
    for (id, resource) in &document.resources {
        for api in route_apis(resource) {
            if let Some(found) = graph.get_mut(api.as_str()) {
                found.insert(id.clone());
            }
        }
    }
    let known: BTreeSet<String> = document.resources.keys().cloned().collect();
    for found in graph.values_mut() {
        found.retain(|id| known.contains(id));
    }
    graph
}

/// A function's events and its gradual deployment become separate resources, so their references are not the function's
/// dependencies.
fn own(resource: &Resource) -> Value {
    let mut properties = resource.properties.clone();
    if resource.kind == "AWS::Serverless::Function"
        && let Value::Object(map) = &mut properties
    {
        map.remove("Events");
        map.remove("DeploymentPreference");
    }
    properties
}

/// The APIs of the same template that have a route to this function.
fn route_apis(resource: &Resource) -> Vec<String> {
    let events = resource.properties.get("Events").and_then(Value::as_object);
    events
        .into_iter()
        .flat_map(serde_json::Map::values)
        .filter_map(|event| event.pointer("/Properties/ApiId/Ref").and_then(Value::as_str))
        .map(str::to_owned)
        .collect()
}

/// The ids that a value refers to.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(map) => {
            for (key, argument) in map {
                match (key.as_str(), argument) {
                    ("Ref", Value::String(id)) => found.extend([resource_of(id)]),
                    ("Fn::GetAtt", Value::Array(parts)) => {
                        found.extend(parts.first().and_then(Value::as_str).map(resource_of));
                    }
                    ("Fn::Sub", Value::String(text)) => found.extend(sub_ids(text)),
                    ("Fn::Sub", Value::Array(parts)) => {
                        found.extend(parts.first().and_then(Value::as_str).into_iter().flat_map(sub_ids));
                        parts.iter().skip(1).for_each(|part| collect(part, found));
                    }
                    _ => collect(argument, found),
                }
            }
        }
        _ => {}
    }
}

fn sub_ids(text: &str) -> Vec<String> {
    sub_references(text).map(resource_of).collect()
}

/// `Function.Arn` and SAM's `Function.Version` are about `Function`.
fn resource_of(reference: &str) -> String {
    reference.split('.').next().unwrap_or(reference).to_owned()
}

/// Searches depth first. Returns the cycle, if there is one.
fn walk<'g>(
    graph: &'g Graph<'_>,
    id: &'g str,
    path: &mut Vec<&'g str>,
    done: &mut BTreeSet<&'g str>,
) -> Option<Vec<&'g str>> {
    if let Some(start) = path.iter().position(|seen| *seen == id) {
        return Some(path.iter().copied().skip(start).chain([id]).collect());
    }
    if done.contains(id) {
        return None;
    }
    path.push(id);
    for next in graph.get(id).into_iter().flatten() {
        if let Some(circle) = walk(graph, next, path, done) {
            return Some(circle);
        }
    }
    path.pop();
    done.insert(id);
    None
}
