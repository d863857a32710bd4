use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use model::deployment::{Deployment, Function, Source};
use serde_json::Value;

use super::*;

mod refusals;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let name = entry.unwrap().file_name();
            copy_all(&from.join(&name), &to.join(&name));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

/// The files of the repository that scaffolding reads and extends, with the templates that these name.
fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("shared")).unwrap();
    for name in ["events", "functions", "rustfmt.toml", "shared/templates", "template.yaml"] {
        copy_all(&repository().join(name), &copy.path().join(name));
    }
    copy
}

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    arguments: Arguments,
}

/// As `cargo dev new` reads it.
fn typed(line: &str) -> Result<New, TriggerError> {
    let words = line.split('|').flat_map(|part| match part.strip_prefix('"') {
        Some(quoted) => vec![quoted],
        None => part.split_whitespace().collect(),
    });
    let cli = Cli::try_parse_from(["new"].into_iter().chain(words)).unwrap_or_else(|error| panic!("{error}"));
    cli.arguments.try_into()
}

const ROUTE: &str = "products/catalogue/withdraw-product PATCH /products/{product_id} --role staff";
const QUEUE: &str = "orders/orders/apply-shipment --queue shipment-events";
const SCHEDULE: &str = "payments/payments/close-books --schedule|\"rate(1 day)";

fn read(root: &Path, file: &str) -> String {
    fs::read_to_string(root.join(file)).unwrap()
}

fn replace(root: &Path, file: &str, from: &str, to: &str) {
    let text = read(root, file);
    assert!(text.contains(from), "{file}: {from}");
    fs::write(root.join(file), text.replace(from, to)).unwrap();
}

/// The queue `shipment-events`, added as CONTRIBUTING.md describes it.
fn add_queue(root: &Path) {
    let (name, list) = ("    OrderEvents: { Name: order-events }\n", "CatalogueUploads, CatalogueImports]");
    let more = format!("{name}    ShipmentEvents: {{ Name: shipment-events }}\n");
    replace(root, "template.yaml", name, &more);
    replace(root, "template.yaml", list, "CatalogueUploads, CatalogueImports, ShipmentEvents]");
}

/// Writes the operation, and holds what is true of each against it: the names of the files, their format, and the function in its
/// template.
fn scaffolded(root: &Path, line: &str) -> (Vec<String>, Deployment) {
    let before = trigger::deployment(root).unwrap();
    let wanted = typed(line).unwrap();
    let written = new(root, &wanted).unwrap();
    for file in written.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let checked =
            Command::new("rustfmt").arg("--check").arg("--config-path").arg(root).arg(file).output();
        let checked = checked.unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    }
    let names = Names::of(&wanted.path).unwrap();
    let block = block(&read(root, &format!("functions/{}/template.yaml", names.service)), &names.pascal);
    assert!(block.lines().count() <= 13, "{block}");
    let after = trigger::deployment(root).unwrap();
    assert_eq!(after.functions.len(), before.functions.len() + 1);
    let relative = |file: &PathBuf| file.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    (written.iter().map(relative).collect(), after)
}

/// The function's block, with the comment above it.
fn block(template: &str, pascal: &str) -> String {
    let blocks = template.split("\n\n");
    let mut found = blocks.filter(|block| block.contains(&format!("  {pascal}Function:\n")));
    found.next().unwrap().to_owned()
}

fn function<'a>(deployment: &'a Deployment, operation: &str) -> &'a Function {
    deployment.functions.iter().find(|function| function.operation == operation).unwrap()
}

#[test]
fn a_route_is_six_files() {
    let root = copy();
    let (written, deployment) = scaffolded(root.path(), ROUTE);
    assert_eq!(
        written,
        [
            "functions/products/src/catalogue/withdraw_product.rs",
            "functions/products/src/bin/withdraw-product.rs",
            "events/withdraw-product.json",
            "functions/products/src/catalogue/mod.rs",
            "functions/products/template.yaml",
            "functions/products/tests/products/catalogue.rs",
        ]
    );
    let api = deployment.apis.iter().find(|api| api.service == "products").unwrap();
    let route = api.routes.iter().find(|route| route.operation == "withdraw-product").unwrap();
    assert_eq!((route.method.as_str(), route.path.as_str()), ("PATCH", "/products/{product_id}"));
    assert!(function(&deployment, "withdraw-product").sources.is_empty());
    let root = root.path();
    let operation = read(root, "functions/products/src/catalogue/withdraw_product.rs");
    assert!(operation.contains("call: Call<WithdrawProduct, Staff>"), "{operation}");
    let binary = read(root, "functions/products/src/bin/withdraw-product.rs");
    assert!(
        binary.contains("edge::http::run(env!(\"CARGO_BIN_NAME\"), products::catalogue::withdraw_product)")
    );
    let modules = read(root, "functions/products/src/catalogue/mod.rs");
    for line in [
        "pub mod update_product;\npub mod withdraw_product;\n",
        "pub use update_product::update_product;\npub use withdraw_product::withdraw_product;\n",
        "        Operation::of(\"withdraw-product\", withdraw_product).path::<domain::words::id::ProductId>(),\n    ]\n}\n",
    ] {
        assert!(modules.contains(line), "{modules}");
    }
    let event: Value = serde_json::from_str(&read(root, "events/withdraw-product.json")).unwrap();
    assert_eq!(event["routeKey"], "PATCH /products/{product_id}");
    assert_eq!(event["rawPath"], "/products/prd_01KAR8J3YT5QZ8W2N6V4C1D7EH");
    assert_eq!(event["pathParameters"]["product_id"], "prd_01KAR8J3YT5QZ8W2N6V4C1D7EH");
}

#[test]
fn a_consumer_is_six_files() {
    let root = copy();
    add_queue(root.path());
    let (written, deployment) = scaffolded(root.path(), QUEUE);
    assert_eq!(
        written,
        [
            "functions/orders/src/orders/apply_shipment.rs",
            "functions/orders/src/bin/apply-shipment.rs",
            "events/apply-shipment.json",
            "functions/orders/src/orders/mod.rs",
            "functions/orders/template.yaml",
            "functions/orders/tests/orders/orders/mod.rs",
        ]
    );
    let function = function(&deployment, "apply-shipment");
    let [Source::Queue(source)] = function.sources.as_slice() else { panic!("{:?}", function.sources) };
    assert!(source.queue_arn.ends_with("-dev-shipment-events"), "{source:?}");
    assert!(source.partial_failures);
    assert!(
        function.environment["QUEUE_URL"].ends_with("-dev-shipment-events"),
        "{:?}",
        function.environment
    );
    let boundary = format!("{:?}", function.boundary);
    assert!(
        boundary.contains("-dev-shipment-events") && boundary.contains("-dev-order-events"),
        "{boundary}"
    );
    let root = root.path();
    let operation = read(root, "functions/orders/src/orders/apply_shipment.rs");
    assert!(operation.contains("apply_shipment(orders: Orders, delivery: Delivery)"), "{operation}");
    let binary = read(root, "functions/orders/src/bin/apply-shipment.rs");
    assert!(binary.contains("edge::queue::run(env!(\"CARGO_BIN_NAME\"), orders::orders::apply_shipment)"));
    assert!(
        !read(root, "functions/orders/src/orders/mod.rs").contains("apply-shipment"),
        "it has no contract"
    );
    let event: Value = serde_json::from_str(&read(root, "events/apply-shipment.json")).unwrap();
    let arn = "arn:aws:sqs:eu-west-1:123456789012:bodega-ShipmentEventsQueue";
    assert_eq!(event["Records"][0]["eventSourceARN"], arn);
}

#[test]
fn a_schedule_is_six_files() {
    let root = copy();
    let (written, deployment) = scaffolded(root.path(), SCHEDULE);
    assert_eq!(
        written,
        [
            "functions/payments/src/payments/close_books.rs",
            "functions/payments/src/bin/close-books.rs",
            "events/close-books.json",
            "functions/payments/src/payments/mod.rs",
            "functions/payments/template.yaml",
            "functions/payments/tests/payments/payments/mod.rs",
        ]
    );
    let function = function(&deployment, "close-books");
    let [Source::Schedule(source)] = function.sources.as_slice() else { panic!("{:?}", function.sources) };
    assert_eq!((source.name.as_str(), source.expression.as_str()), ("EveryDay", "rate(1 day)"));
    let root = root.path();
    let operation = read(root, "functions/payments/src/payments/close_books.rs");
    assert!(operation.contains("close_books(payments: Payments, tick: Tick)"), "{operation}");
    let binary = read(root, "functions/payments/src/bin/close-books.rs");
    assert!(
        binary.contains("edge::schedule::run(env!(\"CARGO_BIN_NAME\"), payments::payments::close_books)")
    );
    let event: Value = serde_json::from_str(&read(root, "events/close-books.json")).unwrap();
    assert_eq!(event["resources"][0], "arn:aws:events:eu-west-1:123456789012:rule/bodega-close-books");
}

#[test]
fn a_schedule_can_be_a_cron_and_the_service_without_an_api() {
    let root = copy();
    let line = "notifications/mails/remind --schedule|\"cron(0 8 ? * MON,FRI *)";
    let (_, deployment) = scaffolded(root.path(), line);
    let [Source::Schedule(source)] = function(&deployment, "remind").sources.as_slice() else { panic!() };
    assert_eq!(source.expression, "cron(0 8 ? * MON,FRI *)");
}

#[test]
fn a_new_resource_is_chained_into_the_service() {
    let root = copy();
    let (written, _) = scaffolded(root.path(), "orders/samples/list-samples GET /samples");
    assert_eq!(written.len(), 7, "{written:?}");
    let library = read(root.path(), "functions/orders/src/lib.rs");
    assert!(library.contains("pub mod returns;\npub mod samples;\n"), "{library}");
    assert!(library.contains(" samples::contract()"), "{library}");
    let modules = read(root.path(), "functions/orders/src/samples/mod.rs");
    assert!(modules.contains("    vec![Operation::of(\"list-samples\", list_samples)]\n"), "{modules}");
}

#[test]
fn what_answers_get_answers_head() {
    let root = copy();
    let line = "products/catalogue/list-reviews GET /products/{product_id}/reviews --role anyone";
    let (_, deployment) = scaffolded(root.path(), line);
    let routes = deployment.apis.iter().flat_map(|api| &api.routes);
    let own = routes.filter(|route| route.operation == "list-reviews");
    let methods: Vec<&str> = own.map(|route| route.method.as_str()).collect();
    assert_eq!(methods, ["GET", "HEAD"]);
}

#[test]
fn the_template_keeps_its_comments_and_gains_one_block() {
    let root = copy();
    let template = "functions/products/template.yaml";
    let today = read(root.path(), template);
    // Whichever methods the service has, this one is new.
    let methods = today.lines().find(|line| line.contains("AllowMethods: [")).unwrap();
    let before = today.replace(methods, "        AllowMethods: [GET, POST]");
    std::fs::write(root.path().join(template), &before).unwrap();
    let route = "products/catalogue/put-label PUT /products/{product_id}/label --role staff";
    new(root.path(), &typed(route).unwrap()).unwrap();
    let after = read(root.path(), "functions/products/template.yaml");
    let block = format!("{}\n\n", block(&after, "PutLabel"));
    let without = after.replace("[put-label, ", "[").replace(&block, "");
    assert_eq!(without.replace("AllowMethods: [GET, POST, PUT]", "AllowMethods: [GET, POST]"), before);
    assert!(after.contains("AllowMethods: [GET, POST, PUT]"));
}

#[test]
fn an_attribute_stays_with_its_line() {
    let file = PathBuf::from("lib.rs");
    let text = "//! Users.\n\npub mod accounts;\n#[cfg(feature = \"schema\")]\npub mod schema;\n".to_owned();
    let edited = Edited { file, text }.insert_sorted("pub mod ", "pub mod profiles;").unwrap();
    assert!(
        edited.text.contains("pub mod profiles;\n#[cfg(feature = \"schema\")]\npub mod schema;\n"),
        "{}",
        edited.text
    );
}
