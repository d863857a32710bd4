//! `cargo dev new`: what a new operation behind a route consists of, written at once and under one name everywhere.
//!
//! Files are made from the templates in `files/`. Files that exist are edited by lines, so that their comments and order stay.

mod edits;
mod names;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, context};
use serde_json::{Value, json};

pub use names::{NameError, New, Role};

use edits::Edited;
use names::Names;

/// Why nothing, or not all, was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operation cannot be called so.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is such an operation.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// Another operation has the route.
    #[error("there is an operation behind {0} already")]
    RouteTaken(String),
    /// A file that has to be extended does not look as expected.
    #[error("{}: cannot find where to insert {what}", file.display())]
    NoPlace {
        /// The file.
        file: PathBuf,
        /// What was to be inserted.
        what: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A template of a file is wrong.
    #[error("a template cannot be rendered")]
    Template(#[from] minijinja::Error),
    /// The event that was to be copied is not JSON.
    #[error("an example event is not JSON")]
    Event(#[from] serde_json::Error),
}

/// A change that is ready to be written.
struct Change {
    file: PathBuf,
    text: String,
}

/// Writes a new operation into the repository at `root`, and returns the files that it has written or extended. Nothing is
/// written if a name is taken or a file does not look as expected.
///
/// # Errors
/// When the name is not valid or taken, or a file does not look as expected.
pub fn new(root: &Path, wanted: &New) -> Result<Vec<PathBuf>, Error> {
    let names = Names::of(wanted)?;
    let changes = changes(root, wanted, &names)?;
    for Change { file, text } in &changes {
        let failed = |source| Error::File { file: file.clone(), source };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(file, text).map_err(failed)?;
    }
    Ok(changes.into_iter().map(|change| change.file).collect())
}

fn changes(root: &Path, wanted: &New, names: &Names) -> Result<Vec<Change>, Error> {
    let service = root.join("functions").join(&names.service);
    let source = service.join("src");
    let resource = source.join(&names.resource);
    let mut changes = Vec::new();
    let mut create = |file: PathBuf, text: String| -> Result<(), Error> {
        if file.exists() {
            return Err(Error::Exists(file));
        }
        changes.push(Change { file, text });
        Ok(())
    };
    let module = &names.module;
    create(resource.join(format!("{module}.rs")), rendered(OPERATION, wanted, names)?)?;
    create(source.join("bin").join(format!("{}.rs", names.operation)), rendered(BINARY, wanted, names)?)?;
    create(root.join("events").join(format!("{}.json", names.operation)), event(root, wanted, names)?)?;

    let modules = resource.join("mod.rs");
    let line = format!("pub mod {module};");
    let mut library = Edited::open(source.join("lib.rs"))?;
    if modules.exists() {
        changes.push(Edited::open(modules)?.insert_sorted("pub mod ", &line)?.into());
    } else {
        let doc = format!("//! The resource `{}`.\n\n{line}\n", wanted.route);
        changes.push(Change { file: modules, text: doc });
        library = library.insert_sorted("pub mod ", &format!("pub mod {};", names.resource))?;
    }
    let export = format!("pub use {}::{module}::{module};", names.resource);
    changes.push(library.insert_sorted("pub use ", &export)?.into());

    let template = Edited::open(service.join("template.yaml"))?.without_route(names.method, &wanted.route)?;
    let template =
        template.insert_function(&rendered(FUNCTION, wanted, names)?)?.insert_alarmed(&names.operation)?;
    changes.push(template.into());
    changes.push(test(&service, wanted, names)?);
    let contract = Edited::open(root.join("tests/src/contract/operations.rs"))?;
    changes.push(contract.insert_operation(&names.contract())?.into());
    Ok(changes)
}

/// The unfinished test, at the end of the tests of its resource, or of its service if that has no such file.
fn test(service: &Path, wanted: &New, names: &Names) -> Result<Change, Error> {
    let tests = service.join("tests").join(&names.service);
    let candidates =
        [format!("{}.rs", names.resource), format!("{}/mod.rs", names.resource), "main.rs".to_owned()];
    let file = candidates.iter().map(|name| tests.join(name)).find(|file| file.exists());
    let file = file.ok_or(Error::NoPlace { file: tests, what: "a test" })?;
    Ok(Edited::open(file)?.append(&rendered(TEST, wanted, names)?).into())
}

/// An event of an operation with the same authority, for this route.
fn event(root: &Path, wanted: &New, names: &Names) -> Result<String, Error> {
    let file = root.join("events").join(format!("{}.json", wanted.role.example()));
    let text = fs::read_to_string(&file).map_err(|source| Error::File { file, source })?;
    let mut event: Value = serde_json::from_str(&text)?;
    let (route_key, path) = (format!("{} {}", names.method, wanted.route), names.example_path());
    event["routeKey"] = json!(route_key);
    event["rawPath"] = json!(path);
    event["requestContext"]["routeKey"] = json!(route_key);
    event["requestContext"]["http"]["method"] = json!(names.method);
    event["requestContext"]["http"]["path"] = json!(path);
    let parameters = names.example_parameters();
    if let Some(event) = event.as_object_mut() {
        event.remove("pathParameters");
        if names.method != "POST"
            && let Some(headers) = event.get_mut("headers").and_then(Value::as_object_mut)
        {
            headers.remove("idempotency-key");
        }
        if !parameters.is_empty() {
            event.insert("pathParameters".to_owned(), json!(parameters));
        }
        if names.has_body() {
            event.insert("body".to_owned(), json!("{}"));
        } else {
            event.remove("body");
        }
    }
    Ok(format!("{}\n", serde_json::to_string_pretty(&event)?))
}

const OPERATION: &str = include_str!("files/operation.rs.jinja");
const BINARY: &str = include_str!("files/binary.rs.jinja");
const FUNCTION: &str = include_str!("files/function.yaml.jinja");
const TEST: &str = include_str!("files/test.rs.jinja");

fn rendered(template: &str, wanted: &New, names: &Names) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).keep_trailing_newline(true).build()?);
    let Names { service, operation, module, pascal, store, method, .. } = names;
    let request_type = if names.has_body() { pascal } else { "NoBody" };
    let values = context! {
        method => *method, request_type,
        route => wanted.route.as_str(), service => service.as_str(), operation => operation.as_str(),
        module => module.as_str(), store => store.as_str(), logical_id => format!("{pascal}Function"),
        has_body => names.has_body(), request => pascal.as_str(), reply => format!("{pascal}Reply"),
        authority => wanted.role.authority(), authorizer => wanted.role.authorizer(),
    };
    Ok(environment.render_str(template, values)?)
}

impl From<Edited> for Change {
    fn from(edited: Edited) -> Self {
        Self { file: edited.file, text: edited.text }
    }
}

#[cfg(test)]
mod tests;
