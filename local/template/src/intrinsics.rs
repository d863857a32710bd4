//! Resolving references and intrinsic functions.

use std::sync::LazyLock;

use base64::Engine as _;
use regex_lite::{Captures, Regex};
use serde_json::{Map, Value};

use super::error::{Problem, TemplateError};
use super::fields::{kind, plain_text};
use super::stack::Stack;

/// `${Name}`, `${Name.Attribute}`, `${!Literal}`.
static SUBSTITUTION: LazyLock<Regex> = LazyLock::new(|| match Regex::new(r"\$\{(!?)([^}]*)\}") {
    Ok(pattern) => pattern,
    Err(error) => unreachable!("the pattern is a constant: {error}"),
});

/// The default of `Fn::FindInMap` for a missing key, if the template specifies one.
const DEFAULT: &str = "DefaultValue";

/// The names that `Fn::Sub` replaces in a string.
pub(super) fn sub_references(text: &str) -> impl Iterator<Item = &str> {
    SUBSTITUTION
        .captures_iter(text)
        .filter(|found| found.get(1).is_some_and(|mark| mark.as_str().is_empty()))
        .filter_map(|found| found.get(2).map(|name| name.as_str().trim()))
}

impl Stack<'_> {
    /// Resolves a value and everything in it; `None` is `AWS::NoValue`.
    pub(super) fn resolve(&self, place: &str, value: &Value) -> Result<Option<Value>, TemplateError> {
        match value {
            Value::Object(map) => match intrinsic(map) {
                Some((name, argument)) => self.call(place, name, argument),
                None => self.resolve_map(place, map).map(Some),
            },
            Value::Array(items) => self.resolve_list(place, items).map(|items| Some(Value::Array(items))),
            Value::String(text) => self.dynamic(place, text).map(|text| Some(Value::String(text))),
            scalar => Ok(Some(scalar.clone())),
        }
    }

    fn resolve_map(&self, place: &str, map: &Map<String, Value>) -> Result<Value, TemplateError> {
        let mut resolved = Map::new();
        for (key, value) in map {
            if let Some(value) = self.resolve(&format!("{place}.{key}"), value)? {
                resolved.insert(key.clone(), value);
            }
        }
        Ok(Value::Object(resolved))
    }

    fn resolve_list(&self, place: &str, items: &[Value]) -> Result<Vec<Value>, TemplateError> {
        let mut resolved = Vec::new();
        for (index, item) in items.iter().enumerate() {
            resolved.extend(self.resolve(&format!("{place}[{index}]"), item)?);
        }
        Ok(resolved)
    }

    fn call(&self, place: &str, name: &str, argument: &Value) -> Result<Option<Value>, TemplateError> {
        match name {
            "Ref" => self.reference(place, self.literal(place, argument)?),
            "Fn::GetAtt" => self.get_att(place, argument).map(|text| Some(Value::String(text))),
            "Fn::Sub" => self.substitute(place, argument).map(|text| Some(Value::String(text))),
            "Fn::If" => self.choose(place, argument),
            "Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or" => Err(self.error(
                place,
                Problem::Invalid(format!(
                    "{name} belongs in Conditions; use Fn::If with a named condition here"
                )),
            )),
            "Fn::Join" => self.join(place, argument).map(Some),
            "Fn::Select" => self.select(place, argument),
            "Fn::Split" => self.split(place, argument).map(Some),
            "Fn::FindInMap" => self.find_in_map(place, argument).map(Some),
            "Fn::Base64" => {
                let text = self.text(place, argument)?;
                Ok(Some(Value::String(base64::engine::general_purpose::STANDARD.encode(text))))
            }
            "Fn::ImportValue" => Err(self.error(
                place,
                Problem::Unsupported(
                    "Fn::ImportValue asks another deployment; take the value as a parameter instead"
                        .to_owned(),
                ),
            )),
            other => Err(self.error(
                place,
                Problem::unknown(
                    "the function",
                    other,
                    [
                        "Fn::GetAtt",
                        "Fn::Sub",
                        "Fn::If",
                        "Fn::Join",
                        "Fn::Select",
                        "Fn::Split",
                        "Fn::FindInMap",
                        "Fn::Base64",
                    ],
                ),
            )),
        }
    }

    fn literal<'v>(&self, place: &str, value: &'v Value) -> Result<&'v str, TemplateError> {
        value.as_str().ok_or_else(|| self.error(place, kind("a name", value)))
    }

    /// Resolves a value that must be a string.
    fn text(&self, place: &str, value: &Value) -> Result<String, TemplateError> {
        let resolved = self.resolve(place, value)?.unwrap_or(Value::Null);
        plain_text(&resolved).ok_or_else(|| self.error(place, kind("text", &resolved)))
    }

    /// Resolves a value that must be a list.
    fn items(&self, place: &str, value: &Value) -> Result<Vec<Value>, TemplateError> {
        match self.resolve(place, value)?.unwrap_or(Value::Null) {
            Value::Array(items) => Ok(items),
            other => Err(self.error(place, kind("a list", &other))),
        }
    }

    /// The arguments of a function that takes exactly `N`.
    fn arguments<'v, const N: usize>(
        &self,
        place: &str,
        name: &'static str,
        argument: &'v Value,
    ) -> Result<&'v [Value; N], TemplateError> {
        argument
            .as_array()
            .and_then(|items| items.as_slice().try_into().ok())
            .ok_or_else(|| self.error(place, Problem::Invalid(format!("{name} takes a list of {N} values"))))
    }

    fn get_att(&self, place: &str, argument: &Value) -> Result<String, TemplateError> {
        let [id, attribute] = self.arguments::<2>(place, "Fn::GetAtt", argument)?;
        self.attribute(place, self.literal(place, id)?, self.literal(place, attribute)?)
    }

    fn substitute(&self, place: &str, argument: &Value) -> Result<String, TemplateError> {
        let empty = Map::new();
        let (text, given) = match argument {
            Value::String(text) => (text.as_str(), &empty),
            pair => match self.arguments::<2>(place, "Fn::Sub", pair)? {
                [Value::String(text), Value::Object(given)] => (text.as_str(), given),
                _ => return Err(self.error(place, kind("a text, or a text and a mapping", argument))),
            },
        };
        let mut failure = None;
        let replaced = SUBSTITUTION.replace_all(text, |found: &Captures<'_>| {
            self.replacement(place, given, &found[1], &found[2]).unwrap_or_else(|error| {
                failure.get_or_insert(error);
                String::new()
            })
        });
        match failure {
            Some(error) => Err(error),
            None => self.dynamic(place, &self.own_scheme(&replaced)),
        }
    }

    /// Looks up a dynamic reference: the whole text of a secret that the account has before the deployment. Others
    /// cannot be looked up on a laptop.
    fn dynamic(&self, place: &str, text: &str) -> Result<String, TemplateError> {
        if !text.contains("{{resolve:") {
            return Ok(text.to_owned());
        }
        let arn = text
            .strip_prefix("{{resolve:secretsmanager:")
            .and_then(|rest| rest.strip_suffix(":SecretString}}"));
        let secret = arn.and_then(|arn| self.site.secrets.get(arn));
        secret.cloned().ok_or_else(|| {
            let advice =
                "dynamic references ({{resolve:…}}) are looked up on AWS; let the function read the value";
            self.error(place, Problem::Unsupported(advice.to_owned()))
        })
    }

    fn replacement(
        &self,
        place: &str,
        given: &Map<String, Value>,
        mark: &str,
        name: &str,
    ) -> Result<String, TemplateError> {
        if mark == "!" {
            return Ok(format!("${{{name}}}"));
        }
        let name = name.trim();
        if let Some(value) = given.get(name) {
            return self.text(place, value);
        }
        if let Some((id, attribute)) = name.split_once('.') {
            return self.attribute(place, id, attribute);
        }
        let value = self.reference(place, name)?.unwrap_or(Value::Null);
        plain_text(&value).ok_or_else(|| self.error(place, kind("text", &value)))
    }

    /// The front door uses plain HTTP on a laptop, while templates write `https://` before its domain name.
    fn own_scheme(&self, text: &str) -> String {
        match self.site.front_door_url.strip_prefix("http://") {
            Some(authority) => text.replace(&format!("https://{authority}"), &self.site.front_door_url),
            None => text.to_owned(),
        }
    }

    fn choose(&self, place: &str, argument: &Value) -> Result<Option<Value>, TemplateError> {
        let [condition, yes, no] = self.arguments::<3>(place, "Fn::If", argument)?;
        let chosen = if self.condition(place, self.literal(place, condition)?)? { yes } else { no };
        self.resolve(place, chosen)
    }

    fn join(&self, place: &str, argument: &Value) -> Result<Value, TemplateError> {
        let [delimiter, items] = self.arguments::<2>(place, "Fn::Join", argument)?;
        let delimiter = self.literal(place, delimiter)?;
        let texts = self
            .items(place, items)?
            .iter()
            .map(|item| plain_text(item).ok_or_else(|| self.error(place, kind("text", item))))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Value::String(self.own_scheme(&texts.join(delimiter))))
    }

    fn select(&self, place: &str, argument: &Value) -> Result<Option<Value>, TemplateError> {
        let [index, items] = self.arguments::<2>(place, "Fn::Select", argument)?;
        let index = self.text(place, index)?;
        let items = self.items(place, items)?;
        let chosen = index.parse::<usize>().ok().and_then(|index| items.get(index));
        chosen.cloned().map(Some).ok_or_else(|| {
            self.error(place, Problem::Invalid(format!("Fn::Select: no item {index} among {}", items.len())))
        })
    }

    fn split(&self, place: &str, argument: &Value) -> Result<Value, TemplateError> {
        let [delimiter, text] = self.arguments::<2>(place, "Fn::Split", argument)?;
        let delimiter = self.literal(place, delimiter)?;
        let text = self.text(place, text)?;
        Ok(text.split(delimiter).map(Value::from).collect())
    }

    fn find_in_map(&self, place: &str, argument: &Value) -> Result<Value, TemplateError> {
        let (keys, default) = match argument.as_array().map(Vec::as_slice) {
            Some([keys @ .., Value::Object(options)]) if options.contains_key(DEFAULT) => {
                (Value::from(keys), options.get(DEFAULT))
            }
            _ => (argument.clone(), None),
        };
        let keys = self.arguments::<3>(place, "Fn::FindInMap", &keys)?;
        let mut level = &Value::Object(self.document.mappings.clone());
        for key in keys {
            let key = self.text(place, key)?;
            let Some(map) = level.as_object() else {
                return Err(self.error(place, kind("a mapping", level)));
            };
            level = match (map.get(&key), default) {
                (Some(found), _) => found,
                (None, Some(default)) => return Ok(default.clone()),
                (None, None) => {
                    let known = map.keys().map(String::as_str);
                    return Err(self.error(place, Problem::unknown("the key of Fn::FindInMap", &key, known)));
                }
            };
        }
        Ok(level.clone())
    }

    /// Whether a named condition holds.
    pub(super) fn condition(&self, place: &str, name: &str) -> Result<bool, TemplateError> {
        match self.conditions.borrow().get(name) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(self.error(place, Problem::Cycle(format!("condition {name}")))),
            None => {}
        }
        let known = self.document.conditions.keys().map(String::as_str);
        let expression = self
            .document
            .conditions
            .get(name)
            .ok_or_else(|| self.error(place, Problem::unknown("the condition", name, known)))?;
        self.conditions.borrow_mut().insert(name.to_owned(), None);
        let holds = self.holds(&format!("Conditions.{name}"), expression)?;
        self.conditions.borrow_mut().insert(name.to_owned(), Some(holds));
        Ok(holds)
    }

    fn holds(&self, place: &str, expression: &Value) -> Result<bool, TemplateError> {
        let call = expression.as_object().and_then(intrinsic_or_condition);
        match call {
            Some(("Condition", name)) => self.condition(place, self.literal(place, name)?),
            Some(("Fn::Equals", pair)) => {
                let [left, right] = self.arguments::<2>(place, "Fn::Equals", pair)?;
                Ok(self.text(place, left)? == self.text(place, right)?)
            }
            Some(("Fn::Not", single)) => {
                let [inner] = self.arguments::<1>(place, "Fn::Not", single)?;
                Ok(!self.holds(place, inner)?)
            }
            Some((name @ ("Fn::And" | "Fn::Or"), Value::Array(parts))) if (2..=10).contains(&parts.len()) => {
                let truths =
                    parts.iter().map(|part| self.holds(place, part)).collect::<Result<Vec<_>, _>>()?;
                Ok(if name == "Fn::And" { truths.iter().all(|t| *t) } else { truths.iter().any(|t| *t) })
            }
            _ => Err(self.error(
                place,
                Problem::Invalid(
                    "a condition is Fn::Equals, Fn::Not, Fn::And, Fn::Or (of 2 to 10) or another condition"
                        .to_owned(),
                ),
            )),
        }
    }
}

/// The function that a mapping calls, if it is a call.
fn intrinsic(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    single(map).filter(|(key, _)| *key == "Ref" || key.starts_with("Fn::"))
}

/// In conditions, `Condition` is a call too; elsewhere it is a property (of a policy statement, for one).
fn intrinsic_or_condition(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    single(map).filter(|(key, _)| *key == "Condition" || key.starts_with("Fn::"))
}

fn single(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) => Some((key.as_str(), value)),
        _ => None,
    }
}
