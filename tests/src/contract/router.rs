//! The routes in `Cargo.toml` that `cargo lambda watch` goes by.

use std::collections::BTreeMap;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, value};

use super::routes::Route;

/// `Cargo.toml` with the routes that the templates have.
///
/// # Panics
/// When the manifest has no `[workspace.metadata.lambda.watch.router]`.
#[must_use]
pub fn manifest(manifest: &str, routes: &[Route]) -> String {
    let mut document: DocumentMut = manifest.parse().expect("Cargo.toml is TOML");
    let mut paths: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    for route in routes {
        paths.entry(&route.path).or_default().push(route);
    }
    let router = document["workspace"]["metadata"]["lambda"]["watch"]["router"].as_table_mut();
    let router = router.expect("[workspace.metadata.lambda.watch.router]");
    let decor = router.decor().clone();
    let position = router.position();
    let mut table = Table::new();
    for (path, routes) in paths {
        let array: Array = routes.into_iter().map(entry).collect();
        table.insert(path, value(array));
    }
    *table.decor_mut() = decor;
    table.set_position(position);
    document["workspace"]["metadata"]["lambda"]["watch"]["router"] = Item::Table(table);
    document.to_string()
}

fn entry(route: &Route) -> InlineTable {
    let mut entry = InlineTable::new();
    entry.insert("method", route.method.clone().into());
    entry.insert("function", route.operation.clone().into());
    entry
}
