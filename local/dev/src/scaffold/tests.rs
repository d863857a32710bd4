use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files of the repository that scaffolding reads and extends.
fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in [
        "events/create-product.json",
        "functions/products/src/catalogue/mod.rs",
        "functions/products/src/lib.rs",
        "functions/products/template.yaml",
        "functions/products/tests/products/catalogue.rs",
        "functions/products/tests/products/main.rs",
        "tests/src/contract/operations.rs",
    ] {
        let to = copy.path().join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(repository().join(file), to).unwrap();
    }
    copy
}

fn update_product() -> New {
    New {
        path: "products/catalogue/update-product".to_owned(),
        method: "PATCH".to_owned(),
        route: "/products/{product_id}".to_owned(),
        role: Role::Staff,
    }
}

fn read(root: &Path, file: &str) -> String {
    fs::read_to_string(root.join(file)).unwrap()
}

#[test]
fn an_operation_has_one_name_everywhere() {
    let root = copy();
    let written = new(root.path(), &update_product()).unwrap();
    assert_eq!(written.len(), 8, "{written:?}");
    let root = root.path();
    let operation = read(root, "functions/products/src/catalogue/update_product.rs");
    assert!(operation.contains("call: Call<UpdateProduct, Staff>"), "{operation}");
    assert!(read(root, "functions/products/src/bin/update-product.rs").contains("products::update_product"));
    let modules = read(root, "functions/products/src/catalogue/mod.rs");
    assert!(modules.ends_with("pub mod rows;\npub mod update_product;\n"), "{modules}");
    let library = read(root, "functions/products/src/lib.rs");
    assert!(library.contains("pub use catalogue::update_product::update_product;\n"), "{library}");
    assert!(read(root, "tests/src/contract/operations.rs").contains("of(products::update_product)"));
    let event: Value = serde_json::from_str(&read(root, "events/update-product.json")).unwrap();
    assert_eq!(event["routeKey"], "PATCH /products/{product_id}");
    assert_eq!(event["rawPath"], "/products/prd_01KAR8J3YT5QZ8W2N6V4C1D7EH");
    assert_eq!(event["pathParameters"]["product_id"], "prd_01KAR8J3YT5QZ8W2N6V4C1D7EH");
}

#[test]
fn the_template_keeps_its_comments_and_gains_one_block() {
    let root = copy();
    let before = read(root.path(), "functions/products/template.yaml");
    new(root.path(), &update_product()).unwrap();
    let after = read(root.path(), "functions/products/template.yaml");
    let added = after.lines().filter(|line| !before.lines().any(|old| old == *line)).count();
    assert!(added <= 9, "a function is a block of 12 lines at most, some of them like others: {added}");
    assert!(
        before.lines().all(|line| after.contains(line.trim_start_matches("          - [create-product")))
    );
    assert!(after.contains("[update-product, create-product, "));
    let (function, relay) = (after.find("  UpdateProductFunction:"), after.find("  RelayEventsFunction:"));
    assert!(function.is_some() && function < relay);
}

#[test]
fn nothing_is_written_twice() {
    let root = copy();
    new(root.path(), &update_product()).unwrap();
    let before = read(root.path(), "functions/products/template.yaml");
    assert!(matches!(new(root.path(), &update_product()), Err(Error::Exists(_))));
    assert_eq!(read(root.path(), "functions/products/template.yaml"), before);
}

#[test]
fn a_route_has_one_operation() {
    let wanted = New { method: "post".to_owned(), route: "/products".to_owned(), ..update_product() };
    assert!(matches!(new(copy().path(), &wanted), Err(Error::RouteTaken(_))));
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

#[test]
fn names_that_lead_nowhere_are_refused() {
    let with = |change: fn(&mut New)| {
        let mut wanted = update_product();
        change(&mut wanted);
        match new(copy().path(), &wanted) {
            Err(Error::Name(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(with(|new| new.path = "products/update-product".to_owned()), NameError::Path(_)));
    assert!(matches!(with(|new| new.path = "stock/a/b".to_owned()), NameError::Service(_)));
    assert!(matches!(with(|new| new.path = "products/../b".to_owned()), NameError::Name(_)));
    assert!(matches!(with(|new| new.path = "products/a/UpdateProduct".to_owned()), NameError::Name(_)));
    assert!(matches!(with(|new| new.path = "products/kinds/type".to_owned()), NameError::Reserved(_)));
    assert!(matches!(with(|new| new.path = "products/bin/find".to_owned()), NameError::Reserved(_)));
    assert!(matches!(with(|new| new.method = "FETCH".to_owned()), NameError::Method(_)));
    assert!(matches!(with(|new| new.route = "products".to_owned()), NameError::Route(_)));
    assert!(matches!(with(|new| new.route = "/products/{a/b}".to_owned()), NameError::Route(_)));
    assert!(matches!(with(|new| new.route = "/internal/a".to_owned()), NameError::Internal));
}
