//! A template's YAML as JSON: CloudFormation's short tags become their long forms (`!Ref X` → `{"Ref": "X"}`), so that
//! only one form has to be understood afterwards.

use std::path::Path;

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Number, Value, json};

use super::error::{Problem, TemplateError};

/// The intrinsic functions whose tag is their own name; `!Ref` and `!Condition` have no `Fn::` prefix.
const TAGS: [&str; 12] = [
    "And",
    "Base64",
    "Equals",
    "FindInMap",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Not",
    "Or",
    "Select",
    "Split",
];

/// The prefix of conventional names in the templates. An account has one shop per stage, so the stack's name is not
/// part of them.
const CONVENTION: &str = "bodega-${Stage}";

/// Reads one template file. On the laptop, the prefix of conventional names is the stack's name, so that several stacks
/// can share an engine behind a URL.
pub(super) fn read(file: &Path, stack: &str) -> Result<Value, TemplateError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| TemplateError::Read { file: file.to_owned(), source })?;
    parse(file, &text.replace(CONVENTION, &format!("{stack}-${{Stage}}")))
}

/// Reads one template from its text; `file` is for messages.
pub(super) fn parse(file: &Path, text: &str) -> Result<Value, TemplateError> {
    let documents =
        Yaml::load_from_str(text).map_err(|source| TemplateError::Yaml { file: file.to_owned(), source })?;
    let [document] = documents.as_slice() else {
        return Err(TemplateError::at(file, "the file", Problem::Documents(documents.len())));
    };
    convert(document).map_err(|problem| TemplateError::at(file, "the file", problem))
}

fn convert(node: &Yaml<'_>) -> Result<Value, Problem> {
    Ok(match node {
        Yaml::Value(scalar) => convert_scalar(scalar)?,
        Yaml::Sequence(items) => Value::Array(items.iter().map(convert).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                map.insert(convert_key(key)?, convert(value)?);
            }
            Value::Object(map)
        }
        Yaml::Tagged(tag, inner) if tag.handle == "!" => intrinsic(&tag.suffix, convert(inner)?)?,
        Yaml::Tagged(tag, _) => return Err(Problem::UnknownTag(tag.to_string())),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => return Err(Problem::BadScalar),
    })
}

fn convert_scalar(scalar: &Scalar<'_>) -> Result<Value, Problem> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => Value::Bool(*value),
        Scalar::Integer(value) => Value::from(*value),
        Scalar::FloatingPoint(value) => {
            Number::from_f64(value.0).map(Value::Number).ok_or(Problem::BadScalar)?
        }
        Scalar::String(value) => Value::String(value.to_string()),
    })
}

fn convert_key(key: &Yaml<'_>) -> Result<String, Problem> {
    match convert(key)? {
        Value::String(key) => Ok(key),
        // Mappings are often keyed by account numbers, which YAML reads as integers.
        Value::Number(key) => Ok(key.to_string()),
        other => Err(Problem::BadKey(other.to_string())),
    }
}

fn intrinsic(name: &str, argument: Value) -> Result<Value, Problem> {
    match name {
        "Ref" | "Condition" => Ok(json!({ name: argument })),
        "Sub" => Ok(json!({ "Fn::Sub": argument })),
        "GetAtt" => Ok(json!({ "Fn::GetAtt": split_attribute(argument) })),
        name if TAGS.contains(&name) => Ok(json!({ format!("Fn::{name}"): argument })),
        other => Err(Problem::UnknownTag(format!("!{other}"))),
    }
}

/// `A.B.C` is attribute `B.C` of resource `A`.
fn split_attribute(argument: Value) -> Value {
    match argument.as_str().and_then(|text| text.split_once('.')) {
        Some((resource, attribute)) => json!([resource, attribute]),
        None => argument,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json_of(text: &str) -> Value {
        parse(Path::new("t.yaml"), text).unwrap()
    }

    #[test]
    fn short_tags_become_long_forms() {
        let value = json_of(
            "a: !Ref X\nb: !GetAtt X.Outputs.Y\nc: !GetAtt [X, Y]\nd: !Sub 'x-${Y}'\ne: !If [C, !Ref A, 2]\n\
             f: !Join ['-', [a, !Ref B]]\ng: !Not [!Condition C]\nh: !Select [0, !Split [',', 'a,b']]\n",
        );
        assert_eq!(
            value,
            json!({
                "a": {"Ref": "X"},
                "b": {"Fn::GetAtt": ["X", "Outputs.Y"]},
                "c": {"Fn::GetAtt": ["X", "Y"]},
                "d": {"Fn::Sub": "x-${Y}"},
                "e": {"Fn::If": ["C", {"Ref": "A"}, 2]},
                "f": {"Fn::Join": ["-", ["a", {"Ref": "B"}]]},
                "g": {"Fn::Not": [{"Condition": "C"}]},
                "h": {"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]},
            })
        );
    }

    #[test]
    fn dates_are_text_and_numbers_are_numbers() {
        assert_eq!(
            json_of("Version: 2012-10-17\nTimeout: 10\nRate: 0.5\nOn: true\nNothing:\n"),
            json!({"Version": "2012-10-17", "Timeout": 10, "Rate": 0.5, "On": true, "Nothing": null})
        );
    }

    #[test]
    fn an_unknown_tag_or_value_is_an_error() {
        for (text, expected) in [
            ("a: !Transform x", "!Transform"),
            ("a: 1\na: 2", "duplicated key"),
            ("a: [", "not valid YAML"),
            ("? [a]\n: 1", "cannot be a key"),
            ("a: 1\n---\nb: 2", "2 documents"),
        ] {
            let error = parse(Path::new("t.yaml"), text).unwrap_err().to_string();
            assert!(error.starts_with("t.yaml") && error.contains(expected), "{text}: {error}");
        }
    }
}
