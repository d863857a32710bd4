//! `cargo dev new`: what a new operation consists of, written at once and under one name everywhere.
//!
//! Files are made from the templates in `files/`. Files that exist are edited by lines, so that their comments and order stay.

mod arguments;
mod edits;
mod names;
mod route;
mod rustfmt;
mod trigger;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, context};

pub use arguments::{Arguments, EXAMPLES, New, Role, Trigger};
pub use names::NameError;
pub use trigger::TriggerError;

use edits::Edited;
use names::{Names, pascal};
use trigger::Invoker;

/// Why nothing, or not all, was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operation cannot be called so.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The operation cannot be invoked so.
    #[error(transparent)]
    Trigger(#[from] TriggerError),
    /// The templates cannot be read, so that nothing is known of routes and queues.
    #[error(transparent)]
    Templates(#[from] template::TemplateError),
    /// There is such an operation.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
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
    /// rustfmt does not run.
    #[error("rustfmt cannot be run: {0}")]
    NoRustfmt(io::Error),
    /// A file would not be Rust.
    #[error("{}: rustfmt refuses what would be written: {reason}", file.display())]
    Rustfmt {
        /// The file.
        file: PathBuf,
        /// What rustfmt says.
        reason: String,
    },
    /// A template of a file is wrong.
    #[error("a template cannot be rendered")]
    Render(#[from] minijinja::Error),
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
/// When the name is not valid or taken, the operation cannot be invoked so, or a file does not look as expected.
pub fn new(root: &Path, wanted: &New) -> Result<Vec<PathBuf>, Error> {
    let names = Names::of(&wanted.path)?;
    let invoker = Invoker::of(&wanted.trigger, &names, &trigger::deployment(root)?)?;
    let mut changes = changes(root, &names, &invoker)?;
    for Change { file, text } in &mut changes {
        if file.extension().is_some_and(|extension| extension == "rs") {
            *text = rustfmt::formatted(root, file, text)?;
        }
    }
    for Change { file, text } in &changes {
        let failed = |source| Error::File { file: file.clone(), source };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(file, text).map_err(failed)?;
    }
    Ok(changes.into_iter().map(|change| change.file).collect())
}

fn changes(root: &Path, names: &Names, invoker: &Invoker) -> Result<Vec<Change>, Error> {
    let service = root.join("functions").join(&names.service);
    let source = service.join("src");
    let Names { operation, module, resource, .. } = names;
    let template = match invoker {
        Invoker::Route(_) => OPERATION,
        Invoker::Queue(_) => CONSUMER,
        Invoker::Schedule(_) => SCHEDULE,
    };
    let mut changes = vec![
        created(source.join(resource).join(format!("{module}.rs")), rendered(template, names, invoker)?)?,
        created(source.join("bin").join(format!("{operation}.rs")), rendered(BINARY, names, invoker)?)?,
        created(root.join("events").join(format!("{operation}.json")), event(root, names, invoker)?)?,
    ];
    changes.extend(modules(&source, names, invoker)?);
    let mut template = Edited::open(service.join("template.yaml"))?
        .insert_function(&rendered(FUNCTION, names, invoker)?)
        .insert_alarmed(operation)?;
    if let Invoker::Queue(queue) = invoker {
        template = template.insert_boundary(queue)?;
    }
    if let Invoker::Route(route) = invoker
        && route.role != Role::Service
    {
        template = template.insert_method(route.method)?;
    }
    changes.push(template.into());
    changes.push(test(&service, names, invoker)?);
    Ok(changes)
}

fn created(file: PathBuf, text: String) -> Result<Change, Error> {
    if file.exists() { Err(Error::Exists(file)) } else { Ok(Change { file, text }) }
}

/// The resource's `mod.rs`; and `lib.rs`, if the resource is new or has had no route before.
fn modules(source: &Path, names: &Names, invoker: &Invoker) -> Result<Vec<Change>, Error> {
    let Names { resource, module, .. } = names;
    let file = source.join(resource).join("mod.rs");
    let is_new = !file.exists();
    let mut modules = if is_new {
        Edited { file, text: rendered(RESOURCE, names, invoker)? }
    } else {
        Edited::open(file)?.insert_operation(module)?
    };
    let mut library = Edited::open(source.join("lib.rs"))?;
    let mut is_extended = is_new;
    if is_new {
        library = library.insert_sorted("pub mod ", &format!("pub mod {resource};"))?;
    }
    if let Invoker::Route(route) = invoker {
        if !modules.has_contract() {
            modules = modules.append(CONTRACT);
            library = library.insert_contract(&format!("{resource}::contract()"))?;
            is_extended = true;
        }
        modules = modules.insert_contract(&route.contract(names))?;
    }
    let library = is_extended.then(|| library.into());
    Ok([modules.into()].into_iter().chain(library).collect())
}

/// The unfinished test, at the end of the tests of its resource, or of its service if that has no such file.
fn test(service: &Path, names: &Names, invoker: &Invoker) -> Result<Change, Error> {
    let tests = service.join("tests").join(&names.service);
    let candidates =
        [format!("{}.rs", names.resource), format!("{}/mod.rs", names.resource), "main.rs".to_owned()];
    let file = candidates.iter().map(|name| tests.join(name)).find(|file| file.exists());
    let file = file.ok_or(Error::NoPlace { file: tests, what: "a test" })?;
    Ok(Edited::open(file)?.append(&rendered(TEST, names, invoker)?).into())
}

/// An event like that of an operation of the same kind.
fn event(root: &Path, names: &Names, invoker: &Invoker) -> Result<String, Error> {
    let (example, from, to) = match invoker {
        Invoker::Route(route) => {
            let event = route.event(serde_json::from_str(&example(root, route.role.example())?)?);
            return Ok(format!("{}\n", serde_json::to_string_pretty(&event)?));
        }
        Invoker::Queue(queue) => {
            ("settle-reservation", ":bodega-StockCommandsQueue", format!(":bodega-{}Queue", pascal(queue)))
        }
        Invoker::Schedule(_) => {
            ("expire-reservations", "/bodega-expire-reservations", format!("/bodega-{}", names.operation))
        }
    };
    Ok(self::example(root, example)?.replace(from, &to))
}

fn example(root: &Path, operation: &str) -> Result<String, Error> {
    Ok(Edited::open(root.join("events").join(format!("{operation}.json")))?.text)
}

const OPERATION: &str = include_str!("files/operation.rs.jinja");
const CONSUMER: &str = include_str!("files/consumer.rs.jinja");
const SCHEDULE: &str = include_str!("files/schedule.rs.jinja");
const BINARY: &str = include_str!("files/binary.rs.jinja");
const RESOURCE: &str = include_str!("files/resource.rs.jinja");
const CONTRACT: &str = include_str!("files/contract.rs");
const FUNCTION: &str = include_str!("files/function.yaml.jinja");
const TEST: &str = include_str!("files/test.rs.jinja");

fn rendered(template: &str, names: &Names, invoker: &Invoker) -> Result<String, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).keep_trailing_newline(true).build()?);
    let Names { service, resource, operation, module, pascal, store } = names;
    let (route, queue, schedule) = match invoker {
        Invoker::Route(route) => (Some(route), None, None),
        Invoker::Queue(queue) => (None, Some(queue.as_str()), None),
        Invoker::Schedule(expression) => (None, None, Some(expression.as_str())),
    };
    let values = context! {
        service => service.as_str(), resource => resource.as_str(), operation => operation.as_str(),
        module => module.as_str(), pascal => pascal.as_str(), store => store.as_str(),
        runner => invoker.runner(), event => invoker.event(), queue, schedule,
        method => route.map(|route| route.method), path => route.map(|route| route.path.as_str()),
        has_body => route.is_some_and(|route| route.has_body()),
        answers_head => route.is_some_and(|route| route.method == "GET" && route.role != Role::Service),
        authority => route.and_then(|route| route.role.authority()),
        authorizer => route.and_then(|route| route.role.authorizer()),
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
