//! A template's sections, read but not yet resolved, with `Globals` merged into the resources.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::error::{Problem, TemplateError};
use super::fields::Fields;
use super::globals;
use super::loops;
use super::parameter::{self, Absent, Parameter};

/// SAM.
const TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// Lets `DeletionPolicy` and `UpdateReplacePolicy` hold intrinsic functions, and resources be written as loops.
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// One template.
#[derive(Debug)]
pub(super) struct Document {
    /// The parameters' values.
    pub parameters: BTreeMap<String, Value>,
    pub mappings: Map<String, Value>,
    pub conditions: Map<String, Value>,
    pub resources: BTreeMap<String, Resource>,
    pub outputs: BTreeMap<String, Output>,
}

/// One entry of `Resources`.
#[derive(Debug)]
pub(super) struct Resource {
    /// `AWS::SQS::Queue` …
    pub kind: String,
    /// Unresolved, globals merged in.
    pub properties: Value,
    /// The condition under which it is created.
    pub condition: Option<String>,
    /// `DependsOn`.
    pub depends_on: Vec<String>,
}

/// One entry of `Outputs`.
#[derive(Debug)]
pub(super) struct Output {
    /// Unresolved.
    pub value: Value,
    /// The condition under which it exists.
    pub condition: Option<String>,
}

impl Document {
    /// Splits a template into sections, given its parameters' values, because a loop may iterate over one.
    pub(super) fn new(
        file: &Path,
        template: Value,
        given: &BTreeMap<String, String>,
        absent: Absent,
    ) -> Result<Self, TemplateError> {
        let mut sections = Fields::new(file, "", template)?;
        sections.without_effect(&["AWSTemplateFormatVersion", "Description", "Metadata", "Rules"]);
        let transforms = sections.texts("Transform")?;
        let known = |transform: &&String| [TRANSFORM, LANGUAGE_EXTENSIONS].contains(&transform.as_str());
        if let Some(other) = transforms.iter().find(|transform| !known(transform)) {
            return Err(sections.error_at(
                "Transform",
                Problem::Unsupported(format!(
                    "the transform {other:?} cannot be run here; use {TRANSFORM:?}"
                )),
            ));
        }
        let globals = globals::read(sections.object("Globals")?)?;
        let parameters = sections.named("Parameters")?.into_iter().map(|(name, fields)| {
            let parameter = Parameter::new(fields)?;
            Ok((name, parameter))
        });
        let declared = parameters.collect::<Result<_, TemplateError>>()?;
        let parameters = parameter::values(file, &declared, given, absent)?;
        let document = Self {
            mappings: map(&mut sections, "Mappings")?,
            conditions: map(&mut sections, "Conditions")?,
            resources: resources(
                file,
                &mut sections,
                &globals,
                &parameters,
                transforms.iter().any(|t| t == LANGUAGE_EXTENSIONS),
            )?,
            outputs: outputs(&mut sections)?,
            parameters,
        };
        if transforms.is_empty()
            && document.resources.values().any(|r| r.kind.starts_with("AWS::Serverless::"))
        {
            return Err(sections.error(Problem::Missing(format!("\"Transform: {TRANSFORM}\""))));
        }
        sections.finish()?;
        Ok(document)
    }
}

fn map(sections: &mut Fields<'_>, name: &'static str) -> Result<Map<String, Value>, TemplateError> {
    Ok(sections.object(name)?.map(|mut fields| fields.rest().into_iter().collect()).unwrap_or_default())
}

fn resources(
    file: &Path,
    sections: &mut Fields<'_>,
    globals: &BTreeMap<&'static str, Value>,
    parameters: &BTreeMap<String, Value>,
    extended: bool,
) -> Result<BTreeMap<String, Resource>, TemplateError> {
    let mut resources = BTreeMap::new();
    let Some(written) = sections.value("Resources") else { return Ok(resources) };
    let written = loops::unroll(file, written, parameters, extended)?;
    for (id, mut fields) in Fields::new(file, "Resources", written)?.entries()? {
        let kind = fields.required("Type")?;
        let mut properties = fields.value("Properties").unwrap_or_else(|| Value::Object(Map::new()));
        if let Some(defaults) = globals.get(kind.as_str()) {
            properties = globals::merge(defaults, properties);
        }
        let condition = fields.text("Condition")?;
        let depends_on = fields.texts("DependsOn")?;
        fields.without_effect(&["CreationPolicy", "Metadata", "UpdatePolicy"]);
        for name in ["DeletionPolicy", "UpdateReplacePolicy"] {
            retention(&mut fields, name, extended)?;
        }
        fields.finish()?;
        resources.insert(id, Resource { kind, properties, condition, depends_on });
    }
    Ok(resources)
}

/// A resource's deletion is left to AWS; whether AWS accepts the template is checked here.
fn retention(fields: &mut Fields<'_>, name: &'static str, extended: bool) -> Result<(), TemplateError> {
    match fields.value(name) {
        Some(Value::Object(_)) if extended => Ok(()),
        Some(Value::Object(_)) => Err(fields.error_at(
            name,
            Problem::Invalid(format!(
                "CloudFormation takes a function here only with \"Transform: [{LANGUAGE_EXTENSIONS}, {TRANSFORM}]\""
            )),
        )),
        Some(Value::String(text))
            if !["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"].contains(&text.as_str()) =>
        {
            let known = ["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"];
            Err(fields.error_at(name, Problem::unknown("the policy", &text, known)))
        }
        _ => Ok(()),
    }
}

fn outputs(sections: &mut Fields<'_>) -> Result<BTreeMap<String, Output>, TemplateError> {
    let mut outputs = BTreeMap::new();
    for (name, mut fields) in sections.named("Outputs")? {
        let value =
            fields.value("Value").ok_or_else(|| fields.error(Problem::Missing("Value".to_owned())))?;
        let condition = fields.text("Condition")?;
        fields.without_effect(&["Description", "Export"]);
        fields.finish()?;
        outputs.insert(name, Output { value, condition });
    }
    Ok(outputs)
}
