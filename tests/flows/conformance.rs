//! Consistency of names: each operation has a module, a binary, a function in a template and an event file of its name,
//! and each of these belongs to an operation.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use model::deployment::{Deployment, Source};
use tests::Shop;

const SERVICES: [&str; 5] = ["users", "products", "orders", "payments", "notifications"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository")
}

/// Returns the stems of the files with this extension in a folder.
fn names(folder: &Path, extension: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files = entries.map(|entry| entry.expect("an entry").path());
    let named = files.filter(|file| file.extension().is_some_and(|found| found == extension));
    named.map(|file| file.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

fn operations(deployment: &Deployment, service: &str) -> BTreeSet<String> {
    let functions = deployment.functions.iter().filter(|function| function.service == service);
    functions.map(|function| function.binary.clone()).collect()
}

/// The folders of a service's source, with the modules in each.
fn resources(source: &Path) -> Vec<(String, BTreeSet<String>)> {
    let entries = fs::read_dir(source).expect("the source").map(|entry| entry.expect("an entry").path());
    let folders = entries.filter(|path| path.join("mod.rs").exists());
    folders
        .map(|folder| {
            (folder.file_name().expect("a name").to_string_lossy().into_owned(), names(&folder, "rs"))
        })
        .collect()
}

fn missing(wanted: &BTreeSet<String>, there: &BTreeSet<String>, what: &str) -> Vec<String> {
    wanted.difference(there).map(|name| format!("{name}: {what}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_has_module_binary_function_and_event() {
    let shop = Shop::open().await;
    let deployment = shop.cloud().deployment();
    let mut gaps = Vec::new();
    let shared = names(&root().join("shared/relay/src/bin"), "rs");
    let mut all = BTreeSet::new();
    for service in SERVICES {
        let source = root().join("functions").join(service).join("src");
        let binaries = names(&source.join("bin"), "rs");
        let all_functions = operations(deployment, service);
        all.extend(all_functions.clone());
        let functions = &all_functions - &shared;
        gaps.extend(missing(
            &binaries,
            &functions,
            "has a binary, but no function in its service's template.yaml",
        ));
        gaps.extend(missing(
            &functions,
            &binaries,
            &format!("is in the template, but has no functions/{service}/src/bin/*.rs"),
        ));
        let resources = resources(&source);
        for operation in &binaries {
            let module = operation.replace('-', "_");
            let resource = resources.iter().find(|(_, files)| files.contains(&module));
            let Some((resource, _)) = resource else {
                gaps.push(format!(
                    "{operation}: has a binary, but no module functions/{service}/src/<resource>/{module}.rs"
                ));
                continue;
            };
            let modules = fs::read_to_string(source.join(resource).join("mod.rs")).expect("a mod.rs");
            if !modules.lines().any(|line| line == format!("pub use {module}::{module};")) {
                gaps.push(format!(
                    "{operation}: functions/{service}/src/{resource}/mod.rs does not export {module}"
                ));
            }
        }
        all.extend(binaries);
    }
    gaps.extend(missing(&shared, &all, "is a shared binary, but no service's template has its function"));
    let events = names(&root().join("events"), "json");
    gaps.extend(missing(&all, &events, "has no events/<operation>.json"));
    gaps.extend(missing(&events, &all, "has an event file, but is not an operation"));
    for function in &deployment.functions {
        let resource: String = function.binary.split('-').map(capitalised).collect::<String>() + "Function";
        if function.logical_id != resource {
            gaps.push(format!(
                "{}: its logical id is {}, not {resource}",
                function.operation, function.logical_id
            ));
        }
    }
    for function in &deployment.functions {
        // The laptop prefixes the name with that of its stack.
        let name = format!("-dev-{}-{}", function.service, function.binary);
        if !function.name.ends_with(&name) {
            gaps.push(format!("{}: its FunctionName is {}, not …{name}", function.operation, function.name));
        }
    }
    assert!(gaps.is_empty(), "\n{}", gaps.join("\n"));
    shop.close().await;
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[test]
fn every_event_file_is_json() {
    for name in names(&root().join("events"), "json") {
        let text = fs::read_to_string(root().join("events").join(format!("{name}.json"))).expect("the file");
        serde_json::from_str::<serde_json::Value>(&text)
            .unwrap_or_else(|error| panic!("events/{name}.json: {error}"));
    }
}

#[test]
fn no_service_depends_on_another() {
    for service in SERVICES {
        let manifest = root().join("functions").join(service).join("Cargo.toml");
        let text = fs::read_to_string(manifest).expect("a manifest");
        for other in SERVICES.iter().filter(|other| **other != service) {
            assert!(
                !text.lines().any(|line| line.starts_with(&format!("{other}."))),
                "{service} depends on {other}"
            );
        }
    }
}

/// Returns every dependency with its features, as cargo unifies them over these kinds of dependency.
fn features(edges: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--workspace", "--prefix", "none", "--format", "{p} with {f}", "--edges", edges]);
    let tree = cargo.current_dir(root()).output().expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).expect("UTF-8");
    text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// A dev-dependency can enable a feature of a shared dependency, which `cargo dev` and `cargo test` then each compile,
/// for minutes.
#[test]
fn cargo_dev_and_cargo_test_use_the_same_features() {
    let (dev, test) = (features("no-dev"), features("all"));
    let differing: Vec<&String> = dev.difference(&test).collect();
    assert!(
        differing.is_empty(),
        "`cargo test` compiles these once more, with more features: {differing:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn visibility_timeouts_are_six_times_the_consumers_timeout() {
    let shop = Shop::open().await;
    let deployment = shop.cloud().deployment();
    for function in &deployment.functions {
        for source in &function.sources {
            let Source::Queue(mapping) = source else { continue };
            assert!(mapping.partial_failures, "{}: one bad message fails the batch", function.operation);
            let queue =
                deployment.queues.iter().find(|queue| queue.arn == mapping.queue_arn).expect("its queue");
            let visibility: u64 = queue.attributes["VisibilityTimeout"].parse().expect("seconds");
            let least = 6 * function.timeout.as_secs();
            assert!(
                visibility >= least,
                "{}: a visibility timeout of {visibility} s is less than {least} s, six times its consumer's timeout",
                queue.name
            );
            assert!(
                queue.attributes.contains_key("RedrivePolicy"),
                "{} has no dead-letter queue",
                queue.name
            );
        }
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timeouts_nest() {
    use edge::timeouts;
    let shop = Shop::open().await;
    let deployment = shop.cloud().deployment();
    let routed: BTreeSet<&str> = deployment
        .apis
        .iter()
        .flat_map(|api| {
            let authorizers = api.authorizers.values().map(|authorizer| authorizer.operation.as_str());
            api.routes.iter().map(|route| route.operation.as_str()).chain(authorizers)
        })
        .collect();
    for function in &deployment.functions {
        let name = &function.operation;
        // A schedule works off everything that is due, and nobody waits for it. It may also be the relay of a stream.
        let sources = &function.sources;
        let is_scheduled = sources.iter().any(|source| matches!(source, Source::Schedule(_)))
            && sources.iter().all(|source| matches!(source, Source::Schedule(_) | Source::Stream(_)))
            && !routed.contains(name.as_str());
        // Decoding and resizing a picture takes seconds of a processor, a file of products minutes, and nobody waits for it either.
        let is_of_files = ["finish-image", "run-import"].contains(&name.as_str());
        if !is_scheduled && !is_of_files {
            assert_eq!(function.timeout, timeouts::FUNCTION, "{name}: differs from timeouts::FUNCTION");
        }
        assert!(function.timeout >= timeouts::FUNCTION, "{name}");
        assert!(!routed.contains(name.as_str()) || function.timeout < timeouts::GATEWAY, "{name}");
    }
    shop.close().await;
}
