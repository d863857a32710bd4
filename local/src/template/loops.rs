//! `Fn::ForEach`: resources that a template says once for each of several names, written out as the transform
//! AWS::LanguageExtensions does it.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::error::{Problem, TemplateError};

/// What precedes the name of a loop.
const LOOP: &str = "Fn::ForEach::";

const SUB: &str = "Fn::Sub";

/// All resources, those of loops among them.
pub(super) fn unroll(file: &Path, resources: Value, extended: bool) -> Result<Value, TemplateError> {
    let Value::Object(entries) = resources else { return Ok(resources) };
    let mut unrolled = Map::new();
    for (key, value) in entries {
        let Some(name) = key.strip_prefix(LOOP) else {
            insert(file, &mut unrolled, key, value)?;
            continue;
        };
        let place = format!("Resources.{key}");
        if !extended {
            let problem =
                Problem::Invalid("CloudFormation takes a loop only with AWS::LanguageExtensions".to_owned());
            return Err(TemplateError::at(file, place, problem));
        }
        for (key, value) in
            iterations(&value, name).map_err(|problem| TemplateError::at(file, place, problem))?
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
        let problem = Problem::Invalid("is there twice".to_owned());
        return Err(TemplateError::at(file, format!("Resources.{id}"), problem));
    }
    resources.insert(id, resource);
    Ok(())
}

/// The entries that a loop stands for.
fn iterations(value: &Value, name: &str) -> Result<Vec<(String, Value)>, Problem> {
    let shape =
        || Problem::Invalid(format!("the loop {name} is no [identifier, [items], {{key: resource}}]"));
    let [Value::String(identifier), Value::Array(items), Value::Object(fragment)] =
        value.as_array().map(Vec::as_slice).unwrap_or_default()
    else {
        return Err(shape());
    };
    let mut entries = Vec::new();
    for item in items {
        let item = item.as_str().ok_or_else(shape)?;
        let turn = Turn { placeholder: format!("${{{identifier}}}"), identifier, item };
        for (key, resource) in fragment {
            if !key.contains(&turn.placeholder) {
                return Err(Problem::Invalid(format!("{key:?} is the same for every {identifier}")));
            }
            entries.push((turn.in_text(key), turn.in_value(resource)));
        }
    }
    Ok(entries)
}

/// One turn of a loop.
struct Turn<'t> {
    identifier: &'t str,
    /// `${Identifier}`.
    placeholder: String,
    item: &'t str,
}

impl Turn<'_> {
    fn in_text(&self, text: &str) -> String {
        text.replace(&self.placeholder, self.item)
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

/// A text in which nothing is left to replace is the text itself, and can be a name in `Ref` and `Fn::GetAtt`.
fn sub(text: &str) -> Value {
    if text.contains("${") { json!({ SUB: text }) } else { Value::from(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unrolled(resources: Value, extended: bool) -> Result<Value, String> {
        unroll(Path::new("t.yaml"), resources, extended).map_err(|error| error.to_string())
    }

    #[test]
    fn a_loop_is_written_out() {
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
    fn a_wrong_loop_is_refused() {
        for (body, extended, expected) in [
            (json!(["X", ["A"], {"${X}": 1}]), false, "AWS::LanguageExtensions"),
            (json!(["X", ["A"]]), true, "the loop L is no"),
            (json!(["X", {"Ref": "List"}, {"${X}": 1}]), true, "the loop L is no"),
            (json!(["X", ["A", "B"], {"Same": 1}]), true, "the same for every X"),
            (json!(["X", ["A", "A"], {"${X}": 1}]), true, "is there twice"),
        ] {
            let error = unrolled(json!({"Fn::ForEach::L": body}), extended).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
