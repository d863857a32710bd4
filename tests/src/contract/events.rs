//! `docs/api/events.md`.

use std::fmt::Write as _;

use domain::events::{EventType, OrderEvent, PaymentEvent, ProductEvent, StaffEvent, UserEvent, types};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::docs::prose;

const HEAD: &str = "\
# Events

Derived from the code: `BLESS=1 cargo test -p tests --test contract` writes this page.

Services tell each other what has happened by events in CloudEvents 1.0 envelopes (JSON), over SQS.
The envelope has `specversion`, `id`, `source`, `type`, `subject`, `time`, `datacontenttype`, `data`, and the extensions `traceparent` (W3C Trace Context) and
`correlationid` (the id of the first request of the chain of causes).
A consumer recognises a duplicate by `id`, and ignores fields that it does not know.
The meaning of a type never changes: a new meaning is a new version beside it.
";

/// The page.
#[must_use]
pub fn page() -> String {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.meta_schema = None)
        .for_serialize()
        .into_generator();
    let mut data = Vec::new();
    for describe in [
        SchemaGenerator::root_schema_for::<UserEvent>,
        SchemaGenerator::root_schema_for::<ProductEvent>,
        SchemaGenerator::root_schema_for::<OrderEvent>,
        SchemaGenerator::root_schema_for::<PaymentEvent>,
        SchemaGenerator::root_schema_for::<StaffEvent>,
    ] {
        data.extend(describe(&mut generator).to_value()["oneOf"].as_array().cloned().unwrap_or_default());
    }
    let definitions = generator.take_definitions(true);
    let mut page = HEAD.to_owned();
    page.push_str("\n| type | source | queues |\n|---|---|---|\n");
    for event in types() {
        writeln!(page, "| [`{}`](#{}) | `{}` | {} |", event.name, anchor(event), event.source, queues(event))
            .expect("a row");
    }
    for event in types() {
        let variant = data.iter().find(|variant| variant["properties"]["type"]["const"] == event.name);
        let variant = variant.unwrap_or_else(|| panic!("{}: no schema", event.name));
        writeln!(page, "\n## {}\n\n{}\n", event.name, sentences(&event.when.join("\n"))).expect("a heading");
        writeln!(page, "From `{}` to {}.\n", event.source, queues(event)).expect("a line");
        let schema = resolve(&variant["properties"]["data"], &definitions);
        page.push_str(&fields(schema));
    }
    page.push_str("\n# Types\n");
    for (name, schema) in &definitions {
        let kind = if schema["properties"].is_object() { fields(schema) } else { plain(schema) };
        let about = sentences(schema["description"].as_str().unwrap_or_default());
        writeln!(page, "\n## {name}\n\n{about}\n\n{}", kind.trim_end()).expect("a type");
    }
    page
}

/// A sentence a line.
fn sentences(text: &str) -> String {
    prose(text).replace(". ", ".\n")
}

/// As GitHub makes it of a heading.
fn anchor(event: &EventType) -> String {
    event.name.replace('.', "")
}

fn queues(event: &EventType) -> String {
    if event.queues.is_empty() {
        return "no queue yet".to_owned();
    }
    event.queues.iter().map(|queue| format!("`{queue}`")).collect::<Vec<_>>().join(", ")
}

fn resolve<'a>(schema: &'a Value, definitions: &'a Map<String, Value>) -> &'a Value {
    match name(schema).and_then(|name| definitions.get(name)) {
        Some(definition) => definition,
        None => schema,
    }
}

fn name(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

fn fields(schema: &Value) -> String {
    let mut table = "| field | type | |\n|---|---|---|\n".to_owned();
    for (field, schema_of_field) in schema["properties"].as_object().into_iter().flatten() {
        let about = prose(schema_of_field["description"].as_str().unwrap_or_default());
        writeln!(table, "| `{field}` | {} | {about} |", type_of(schema_of_field)).expect("a row");
    }
    table
}

fn type_of(schema: &Value) -> String {
    if let Some(name) = name(schema) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    match schema["type"].as_str() {
        Some("array") => format!("array of {}", type_of(&schema["items"])),
        Some("string") if schema["format"] == "date-time" => "timestamp (RFC 3339)".to_owned(),
        Some(kind) => kind.to_owned(),
        None => "any".to_owned(),
    }
}

fn plain(schema: &Value) -> String {
    let limits = ["pattern", "minLength", "maxLength", "minimum", "maximum"].iter().filter_map(|limit| {
        let value = schema.get(*limit)?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(format!("{limit} `{value}`"))
    });
    let limits: Vec<String> = limits.collect();
    let kind = schema["type"].as_str().unwrap_or("any");
    if limits.is_empty() { format!("A {kind}.") } else { format!("A {kind}: {}.", limits.join(", ")) }
}
