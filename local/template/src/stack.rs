//! A stack: one template with its parameters' values, in which references can be resolved.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;

use super::document::{Document, Resource};
use super::error::{Problem, TemplateError};
use super::fields::{Fields, plain_text};
use super::parameter::Absent;
use super::{Site, cycles, yaml};

/// The service of the root template's own resources.
const ROOT_SERVICE: &str = "root";

/// One template, as `sam deploy` would create it.
pub(super) struct Stack<'s> {
    pub site: &'s Site,
    pub file: PathBuf,
    /// `AWS::StackName`.
    pub name: String,
    /// The template's folder; for the root template, [`ROOT_SERVICE`].
    pub service: String,
    pub document: Document,
    ancestors: Vec<PathBuf>,
    pub(super) conditions: RefCell<HashMap<String, Option<bool>>>,
    nested: RefCell<BTreeMap<String, Rc<Stack<'s>>>>,
}

impl<'s> Stack<'s> {
    /// The root of a deployment.
    pub(super) fn root(
        site: &'s Site,
        file: &Path,
        given: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let place = Opening {
            file,
            name: site.stack_name.clone(),
            service: ROOT_SERVICE.to_owned(),
            ancestors: Vec::new(),
        };
        Self::open(site, place, given, Absent::Refused)
    }

    /// A service's stack by itself.
    pub(super) fn service(
        site: &'s Site,
        file: &Path,
        given: &BTreeMap<String, String>,
        absent: Absent,
    ) -> Result<Self, TemplateError> {
        let place =
            Opening { file, name: site.stack_name.clone(), service: folder(file), ancestors: Vec::new() };
        Self::open(site, place, given, absent)
    }

    fn open(
        site: &'s Site,
        opening: Opening<'_>,
        given: &BTreeMap<String, String>,
        absent: Absent,
    ) -> Result<Self, TemplateError> {
        let Opening { file, name, service, mut ancestors } = opening;
        if ancestors.iter().any(|ancestor| ancestor == file) {
            let chain: Vec<String> = ancestors
                .iter()
                .map(PathBuf::as_path)
                .chain([file])
                .map(|f| f.display().to_string())
                .collect();
            return Err(TemplateError::at(file, "the file", Problem::Cycle(chain.join(" → "))));
        }
        let document = Document::new(file, yaml::read(file, &site.stack_name)?, given, absent)?;
        cycles::check(file, &document)?;
        ancestors.push(file.to_owned());
        Ok(Self {
            site,
            file: file.to_owned(),
            name,
            service,
            document,
            ancestors,
            conditions: RefCell::default(),
            nested: RefCell::default(),
        })
    }

    /// The value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&Value> {
        self.document.parameters.get(name)
    }

    /// An error in this template.
    pub(super) fn error(&self, place: impl Into<String>, problem: Problem) -> TemplateError {
        TemplateError::at(&self.file, place, problem)
    }

    /// The resources that are created, in the order of their ids.
    pub(super) fn created(&self) -> Result<Vec<(&str, &Resource)>, TemplateError> {
        let mut created = Vec::new();
        for (id, resource) in &self.document.resources {
            let exists = match &resource.condition {
                Some(condition) => self.condition(id, condition)?,
                None => true,
            };
            if exists {
                created.push((id.as_str(), resource));
            }
        }
        Ok(created)
    }

    /// Returns a resource that is created; `place` is the place of the reference.
    pub(super) fn resource(&self, place: &str, id: &str) -> Result<&Resource, TemplateError> {
        let known = self.document.resources.keys().chain(self.document.parameters.keys());
        let resource = self.document.resources.get(id).ok_or_else(|| {
            self.error(place, Problem::unknown("the resource or parameter", id, known.map(String::as_str)))
        })?;
        if let Some(condition) = &resource.condition
            && !self.condition(id, condition)?
        {
            return Err(self.error(place, Problem::NotCreated(id.to_owned(), condition.clone())));
        }
        Ok(resource)
    }

    /// All properties of a resource, resolved.
    pub(super) fn properties(&self, id: &str, resource: &Resource) -> Result<Fields<'_>, TemplateError> {
        let value = self.resolve(id, &resource.properties)?.unwrap_or(Value::Null);
        Fields::new(&self.file, id, value)
    }

    /// One property of a resource, resolved to a string.
    pub(super) fn property(&self, id: &str, name: &str) -> Result<Option<String>, TemplateError> {
        let Some(value) = self.document.resources.get(id).and_then(|resource| resource.properties.get(name))
        else {
            return Ok(None);
        };
        let place = format!("{id}.{name}");
        Ok(self.resolve(&place, value)?.as_ref().and_then(plain_text))
    }

    /// A resource's name: its own, or one derived from the stack's name and its id.
    pub(super) fn physical_name(&self, id: &str, property: &str) -> Result<String, TemplateError> {
        Ok(self.property(id, property)?.unwrap_or_else(|| format!("{}-{id}", self.name)))
    }

    /// The stack of a nested application.
    pub(super) fn nested(&self, id: &str) -> Result<Rc<Stack<'s>>, TemplateError> {
        if let Some(stack) = self.nested.borrow().get(id) {
            return Ok(Rc::clone(stack));
        }
        let resource = self.resource(id, id)?;
        let mut fields = self.properties(id, resource)?;
        fields.without_effect(&["NotificationARNs", "Tags", "TimeoutInMinutes"]);
        let location = fields.required("Location")?;
        let mut given = BTreeMap::new();
        if let Some(mut parameters) = fields.object("Parameters")? {
            for (name, value) in parameters.rest() {
                let text = parameter_text(&value).ok_or_else(|| {
                    parameters.error_at(&name, super::fields::kind("a text or a list of texts", &value))
                })?;
                given.insert(name, text);
            }
        }
        fields.finish()?;
        let file = self.file.parent().unwrap_or(Path::new("")).join(&location);
        let opening = Opening {
            file: &file,
            name: format!("{}-{id}", self.name),
            service: folder(&file),
            ancestors: self.ancestors.clone(),
        };
        let stack = Rc::new(Self::open(self.site, opening, &given, Absent::Refused)?);
        self.nested.borrow_mut().insert(id.to_owned(), Rc::clone(&stack));
        Ok(stack)
    }

    /// An output of this stack; `None` if its condition is false or it resolves to nothing.
    pub(super) fn output(&self, name: &str) -> Result<Option<String>, TemplateError> {
        let place = format!("Outputs.{name}");
        let known = self.document.outputs.keys().map(String::as_str);
        let output = self
            .document
            .outputs
            .get(name)
            .ok_or_else(|| self.error("Outputs", Problem::unknown("the output", name, known)))?;
        if let Some(condition) = &output.condition
            && !self.condition(&place, condition)?
        {
            return Ok(None);
        }
        let Some(value) = self.resolve(&place, &output.value)? else { return Ok(None) };
        plain_text(&value).map(Some).ok_or_else(|| self.error(place, super::fields::kind("text", &value)))
    }
}

/// Where a stack comes from.
struct Opening<'o> {
    file: &'o Path,
    name: String,
    service: String,
    ancestors: Vec<PathBuf>,
}

/// `functions/orders/template.yaml` is the service `orders`.
fn folder(file: &Path) -> String {
    file.parent()
        .and_then(Path::file_name)
        .map_or_else(|| ROOT_SERVICE.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Lists are passed to nested stacks joined by commas.
fn parameter_text(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => {
            items.iter().map(plain_text).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
        }
        scalar => plain_text(scalar),
    }
}
