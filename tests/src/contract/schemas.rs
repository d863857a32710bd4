//! The components of the document: schemas of requests, which are strict, and of replies, which are open.

use std::collections::BTreeSet;

use edge::contract::Describe;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::docs::prose;

const COMPONENTS: &str = "#/components/schemas/";

/// Collects the schemas of requests and of replies.
pub struct Schemas {
    requests: SchemaGenerator,
    replies: SchemaGenerator,
}

impl Schemas {
    pub fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self {
            requests: settings().for_deserialize().into_generator(),
            replies: settings().for_serialize().into_generator(),
        }
    }

    /// The schema of what clients send.
    pub fn request(&mut self, describe: Describe) -> Value {
        describe(&mut self.requests).to_value()
    }

    /// The schema of what clients get.
    pub fn reply(&mut self, describe: Describe) -> Value {
        describe(&mut self.replies).to_value()
    }

    /// The components. What a request holds and a reply holds otherwise has two schemas; the request's is called `…Input`, here and
    /// in `paths`.
    pub fn into_components(mut self, paths: &mut Value) -> Map<String, Value> {
        let mut requests = self.requests.take_definitions(true);
        let mut replies = self.replies.take_definitions(true);
        requests.values_mut().for_each(close);
        let renamed = differing(&requests, &replies);
        requests.values_mut().for_each(|schema| rename(schema, &renamed));
        for (_, path) in paths.as_object_mut().into_iter().flatten() {
            for (_, operation) in path.as_object_mut().into_iter().flatten() {
                for part in ["parameters", "requestBody"] {
                    operation.get_mut(part).into_iter().for_each(|part| rename(part, &renamed));
                }
            }
        }
        for (name, schema) in requests {
            let name = if renamed.contains(&name) { format!("{name}Input") } else { name };
            replies.insert(name, schema);
        }
        let mut components: Vec<(String, Value)> = replies.into_iter().collect();
        components.sort_by(|a, b| a.0.cmp(&b.0));
        components.iter_mut().for_each(|(_, schema)| tidy(schema));
        components.into_iter().collect()
    }
}

/// The edge refuses fields that it does not know.
fn close(schema: &mut Value) {
    if let Value::Object(object) = schema {
        if object.contains_key("properties") {
            object.insert("additionalProperties".to_owned(), json!(false));
        }
        object.values_mut().for_each(close);
    } else if let Value::Array(items) = schema {
        items.iter_mut().for_each(close);
    }
}

/// The names of both that mean different things, with what refers to them.
fn differing(requests: &Map<String, Value>, replies: &Map<String, Value>) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    loop {
        let more: Vec<String> = requests
            .iter()
            .filter(|(name, _)| !names.contains(*name))
            .filter(|(name, schema)| {
                replies.get(*name).is_some_and(|reply| reply != *schema || refers(schema, &names))
            })
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            return names;
        }
        names.extend(more);
    }
}

fn refers(schema: &Value, names: &BTreeSet<String>) -> bool {
    match schema {
        Value::Object(object) => object.iter().any(|(key, value)| match value {
            Value::String(target) if key == "$ref" => {
                target.strip_prefix(COMPONENTS).is_some_and(|name| names.contains(name))
            }
            value => refers(value, names),
        }),
        Value::Array(items) => items.iter().any(|item| refers(item, names)),
        _ => false,
    }
}

fn rename(schema: &mut Value, names: &BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if target.strip_prefix(COMPONENTS).is_some_and(|name| names.contains(name)) {
                            target.push_str("Input");
                        }
                    }
                    value => rename(value, names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}

/// A choice of texts as an enumeration, which every tool knows; what each means is said above it.
fn enumerate(schema: &mut Map<String, Value>) {
    let Some(choices) = schema.get("oneOf").and_then(Value::as_array) else { return };
    let names: Option<Vec<&str>> = choices.iter().map(|choice| choice["const"].as_str()).collect();
    let Some(names) = names else { return };
    let mut description = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
    description.push('\n');
    for choice in choices {
        let about = choice["description"].as_str().unwrap_or_default();
        description.push_str(&format!("\n- {}: {about}", choice["const"]).replace('"', "`"));
    }
    let names = json!(names);
    schema.remove("oneOf");
    schema.insert("type".to_owned(), json!("string"));
    schema.insert("enum".to_owned(), names);
    schema.insert("description".to_owned(), json!(description));
}

/// Texts for people; no formats that only Rust has.
pub fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(description)) = object.get_mut("description") {
                *description = prose(description);
            }
            // No request may send null, even if an absent member is read as nothing.
            if object.get("default") == Some(&Value::Null) {
                object.remove("default");
            }
            if matches!(object.get("format"), Some(Value::String(format)) if format.starts_with("uint")) {
                object.remove("format");
            }
            object.values_mut().for_each(tidy);
            enumerate(object);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}
