//! Whole templates, written to a folder and loaded.

mod buckets;
mod front_door;
mod intrinsics;
mod resources;
mod shared;
mod systems;

use std::collections::BTreeMap;
use std::path::Path;

use super::{Site, TemplateError, load, load_service};
use model::deployment::Deployment;

pub(super) fn site() -> Site {
    Site {
        region: "eu-west-1".to_owned(),
        account: "123456789012".to_owned(),
        stack_name: "bodega".to_owned(),
        aws_endpoint: "http://127.0.0.1:4566".to_owned(),
        front_door_url: "http://127.0.0.1:3000".to_owned(),
        api_endpoints: Box::new(|service| {
            let port = match service {
                "users" => 3001,
                "orders" => 3002,
                "root" => 3003,
                _ => return None,
            };
            Some(format!("http://127.0.0.1:{port}"))
        }),
        parameters: BTreeMap::new(),
        secrets: BTreeMap::new(),
    }
}

/// Loads a system made of files; `template.yaml` is the root.
pub(super) fn system(files: &[(&str, &str)]) -> Result<Deployment, TemplateError> {
    system_with(files, &site())
}

pub(super) fn system_with(files: &[(&str, &str)], site: &Site) -> Result<Deployment, TemplateError> {
    let folder = write(files);
    load(folder.path(), site)
}

/// Loads one service's template by itself.
pub(super) fn service(text: &str, parameters: &[(&str, &str)]) -> Result<Deployment, TemplateError> {
    let folder = write(&[("functions/orders/template.yaml", text)]);
    let parameters =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load_service(&folder.path().join("functions/orders/template.yaml"), &site(), &parameters)
}

pub(super) fn write(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Resolves one expression in an output; `more` holds further sections.
pub(super) fn output(expression: &str, more: &str) -> Result<String, String> {
    let text = format!("{more}\nOutputs:\n  X:\n    Value: {expression}\n");
    let deployment = system(&[("template.yaml", &text)]).map_err(|error| error.to_string())?;
    deployment.outputs.get("X").cloned().ok_or_else(|| "no output".to_owned())
}

/// Returns the message with which a template is rejected.
pub(super) fn refusal(result: Result<Deployment, TemplateError>) -> String {
    result.unwrap_err().to_string()
}
