//! Reads `template.yaml` and its nested service templates as CloudFormation and SAM would, and builds a
//! [`Deployment`] from them.
//!
//! Everything in a template is either run ([`Deployment`] has it), known to have no effect on a laptop (each module lists
//! those properties; `accepted` lists those resource types), or an error that names the file, the resource and the property.

mod accepted;
mod api;
mod attributes;
mod buckets;
mod build;
mod cycles;
mod document;
mod error;
mod events;
mod fields;
mod front_door;
mod front_door_parts;
mod function;
mod globals;
mod intrinsics;
mod loops;
mod mail_events;
mod mapping;
mod pages;
mod parameter;
mod policies;
mod stack;
mod storage;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use model::deployment::{Deployment, Table};

pub use error::{Problem, TemplateError};
use parameter::Absent;
use stack::Stack;

/// Returns the address of each service's API; `None` if it has none.
pub type ApiEndpoints = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The environment of a deployment: the values that `sam deploy` would take from the account and its options.
pub struct Site {
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::StackName` of the root template.
    pub stack_name: String,
    /// The URL of the laptop's AWS endpoint, which queue URLs start with.
    pub aws_endpoint: String,
    /// The URL of the front door.
    pub front_door_url: String,
    /// Returns the address reserved for a service's API (`http://127.0.0.1:<port>`). It must return the same address for the
    /// same service every time.
    pub api_endpoints: ApiEndpoints,
    /// Values for the root template's parameters, which override their defaults.
    pub parameters: BTreeMap<String, String>,
    /// The texts of the secrets that the account has before the deployment, by ARN, for dynamic references.
    pub secrets: BTreeMap<String, String>,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site")
            .field("region", &self.region)
            .field("account", &self.account)
            .field("stack_name", &self.stack_name)
            .field("aws_endpoint", &self.aws_endpoint)
            .field("front_door_url", &self.front_door_url)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

/// Reads `template.yaml` in `root` and all nested templates.
///
/// # Errors
///
/// A template cannot be read, is invalid, or contains something that the laptop does not support.
pub fn load(root: &Path, site: &Site) -> Result<Deployment, TemplateError> {
    let stack = Stack::root(site, &root.join("template.yaml"), &site.parameters)?;
    build::build(&stack, build::Scope::Whole)
}

/// Reads one service's template by itself, with the parameters that the root template would give it.
///
/// # Errors
///
/// As for [`load`].
pub fn load_service(
    template: &Path,
    site: &Site,
    parameters: &BTreeMap<String, String>,
) -> Result<Deployment, TemplateError> {
    let stack = Stack::service(site, template, parameters, Absent::Refused)?;
    build::build(&stack, build::Scope::Service)
}

/// Returns the table that a service's template defines. Parameters without a default may be omitted: a table does not
/// depend on them.
///
/// # Errors
///
/// As for [`load`]; also if the template does not define exactly one table.
pub fn table_of(template: &Path) -> Result<Table, TemplateError> {
    let site = Site {
        region: "eu-west-1".to_owned(),
        account: "000000000000".to_owned(),
        stack_name: "test".to_owned(),
        aws_endpoint: "http://127.0.0.1".to_owned(),
        front_door_url: "http://127.0.0.1".to_owned(),
        api_endpoints: Box::new(|_| Some("http://127.0.0.1".to_owned())),
        parameters: BTreeMap::new(),
        secrets: BTreeMap::new(),
    };
    let stack = Stack::service(&site, template, &BTreeMap::new(), Absent::Replaced)?;
    storage::only_table(&stack)
}
