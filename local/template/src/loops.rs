//! `Fn::ForEach`: resources that a template defines once for several names, expanded as by the transform
//! AWS::LanguageExtensions.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::error::{Problem, TemplateError};

/// The prefix of a loop's name.
const LOOP: &str = "Fn::ForEach::";

const SUB: &str = "Fn::Sub";

/// Returns all resources, including those of loops. A loop may take its items from a parameter.
pub(super) fn unroll(
    file: &Path,
    resources: Value,
    parameters: &BTreeMap<String, Value>,
    extended: bool,
) -> Result<Value, TemplateError> {
    let Value::Object(entries) = resources else { return Ok(resources) };
    let mut unrolled = Map::new();
    for (key, value) in entries {
        let Some(name) = key.strip_prefix(LOOP) else {
            insert(file, &mut unrolled, key, value)?;
            continue;
        };
        let place = format!("Resources.{key}");
        if !extended {
            let problem = Problem::Invalid(
                "CloudFormation accepts a loop only with AWS::LanguageExtensions".to_owned(),
            );
            return Err(TemplateError::at(file, place, problem));
        }
        for (key, value) in
            iterations(&value, parameters, name).map_err(|problem| TemplateError::at(file, place, problem))?
        {
            insert(file, &mut unrolled, key, value)?;
        }
    }
    Ok(Value::Object(unrolled))
}

fn insert(
    file: &Path,
    resources: &mut Map<String, Value>,
    id: String,
    resource: Value,
) -> Result<(), TemplateError> {
    if resources.contains_key(&id) {
        let problem = Problem::Invalid("is defined twice".to_owned());
        return Err(TemplateError::at(file, format!("Resources.{id}"), problem));
    }
    resources.insert(id, resource);
    Ok(())
}

/// Expands a loop into its entries.
fn iterations(
    value: &Value,
    parameters: &BTreeMap<String, Value>,
    name: &str,
) -> Result<Vec<(String, Value)>, Problem> {
    let shape =
        || Problem::Invalid(format!("the loop {name} is not [identifier, [items], {{key: resource}}]"));
    let [Value::String(identifier), items, Value::Object(fragment)] =
        value.as_array().map(Vec::as_slice).unwrap_or_default()
    else {
        return Err(shape());
    };
    let items = collection(items, parameters)?.ok_or_else(shape)?;
    let mut entries = Vec::new();
    for item in items {
        let turn = Turn::new(identifier, item.as_str().ok_or_else(shape)?);
        for (key, resource) in fragment {
            let entry = turn.in_text(key);
            if entry == *key {
                return Err(Problem::Invalid(format!("{key:?} is the same for every {identifier}")));
            }
            entries.push((entry, turn.in_value(resource)));
        }
    }
    Ok(entries)
}

/// Returns the items of a loop: a list, or a list parameter. `None` if it is neither.
fn collection<'v>(
    items: &'v Value,
    parameters: &'v BTreeMap<String, Value>,
) -> Result<Option<&'v [Value]>, Problem> {
    let Some(name) = items.get("Ref").and_then(Value::as_str) else {
        return Ok(items.as_array().map(Vec::as_slice));
    };
    let known = parameters.keys().map(String::as_str);
    match parameters.get(name) {
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(_) => Err(Problem::Invalid(format!("{name} is not a list; make it a CommaDelimitedList"))),
        None => Err(Problem::unknown("the parameter", name, known)),
    }
}

/// One iteration of a loop.
struct Turn<'t> {
    identifier: &'t str,
    /// `${Identifier}`.
    placeholder: String,
    /// `&{Identifier}`.
    letters_placeholder: String,
    item: &'t str,
    /// The item's letters and digits only, as a resource's id requires.
    letters: String,
}

impl<'t> Turn<'t> {
    fn new(identifier: &'t str, item: &'t str) -> Self {
        Self {
            identifier,
            placeholder: format!("${{{identifier}}}"),
            letters_placeholder: format!("&{{{identifier}}}"),
            item,
            letters: item.chars().filter(char::is_ascii_alphanumeric).collect(),
        }
    }

    fn in_text(&self, text: &str) -> String {
        text.replace(&self.placeholder, self.item).replace(&self.letters_placeholder, &self.letters)
    }

    /// The identifier is replaced where it is referred to, by `Ref` or in the text of `Fn::Sub`, and nowhere else.
    fn in_value(&self, value: &Value) -> Value {
        match value {
            Value::Object(map) => match (map.get("Ref"), map.get(SUB)) {
                (Some(Value::String(name)), None) if name == self.identifier => Value::from(self.item),
                (None, Some(Value::String(text))) => sub(&self.in_text(text)),
                (None, Some(Value::Array(parts))) => {
                    json!({ SUB: parts.iter().map(|part| self.in_sub(part)).collect::<Vec<_>>() })
                }
                _ => Value::Object(
                    map.iter().map(|(key, value)| (key.clone(), self.in_value(value))).collect(),
                ),
            },
            Value::Array(items) => items.iter().map(|item| self.in_value(item)).collect(),
            scalar => scalar.clone(),
        }
    }

    fn in_sub(&self, part: &Value) -> Value {
        part.as_str().map_or_else(|| self.in_value(part), |text| Value::from(self.in_text(text)))
    }
}

/// A string with nothing left to replace becomes a plain string, which can be a name in `Ref` and `Fn::GetAtt`.
fn sub(text: &str) -> Value {
    if text.contains("${") { json!({ SUB: text }) } else { Value::from(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unrolled(resources: Value, extended: bool) -> Result<Value, String> {
        let parameters = [("List", json!(["place-order", "get-order"])), ("Text", json!("place-order"))];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value)).into();
        unroll(Path::new("t.yaml"), resources, &parameters, extended).map_err(|error| error.to_string())
    }

    #[test]
    fn a_parameter_can_supply_the_items_and_ids_omit_punctuation() {
        let resources =
            json!({"Fn::ForEach::L": ["X", {"Ref": "List"}, {"&{X}Alarm": {"Fn::Sub": "${X} &{X}"}}]});
        let expected =
            json!({"placeorderAlarm": "place-order placeorder", "getorderAlarm": "get-order getorder"});
        assert_eq!(unrolled(resources, true), Ok(expected));
    }

    #[test]
    fn a_loop_expands_to_one_resource_per_item() {
        let alarm = json!({
            "Text": "${Function} stays", "Name": {"Ref": "Function"}, "Sub": {"Fn::Sub": "${Function} of ${Stage}"},
            "Long": {"Fn::Sub": ["${Function} ${X}", {"X": {"Ref": "Function"}}]},
            "List": [{"Ref": {"Fn::Sub": "${Function}Function"}}, {"Fn::GetAtt": [{"Fn::Sub": "${Function}Queue"}, "Arn"]}],
        });
        let resources =
            json!({"Api": 1, "Fn::ForEach::Alarms": ["Function", ["A", "B"], {"${Function}Alarm": alarm}]});
        let expected = |name: &str| {
            json!({
                "Text": "${Function} stays", "Name": name, "Sub": {"Fn::Sub": format!("{name} of ${{Stage}}")},
                "Long": {"Fn::Sub": [format!("{name} ${{X}}"), {"X": name}]},
                "List": [{"Ref": format!("{name}Function")}, {"Fn::GetAtt": [format!("{name}Queue"), "Arn"]}],
            })
        };
        assert_eq!(
            unrolled(resources, true),
            Ok(json!({"Api": 1, "AAlarm": expected("A"), "BAlarm": expected("B")}))
        );
    }

    #[test]
    fn an_invalid_loop_is_refused() {
        for (body, extended, expected) in [
            (json!(["X", ["A"], {"${X}": 1}]), false, "AWS::LanguageExtensions"),
            (json!(["X", ["A"]]), true, "the loop L is not"),
            (json!(["X", "A", {"${X}": 1}]), true, "the loop L is not"),
            (json!(["X", {"Ref": "Text"}, {"${X}": 1}]), true, "Text is not a list"),
            (json!(["X", {"Ref": "Lists"}, {"${X}": 1}]), true, "the parameter \"Lists\" is not known"),
            (json!(["X", ["a-b", "ab"], {"&{X}": 1}]), true, "is defined twice"),
            (json!(["X", ["A", "B"], {"Same": 1}]), true, "the same for every X"),
            (json!(["X", ["A", "A"], {"${X}": 1}]), true, "is defined twice"),
        ] {
            let error = unrolled(json!({"Fn::ForEach::L": body}), extended).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
