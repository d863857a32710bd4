//! Builds the functions as they are deployed. A build of the whole workspace gives them what only the laptop and the
//! tests need of a dependency they share, and makes them a fiftieth larger.

use std::path::{Path, PathBuf};

use dev::binaries::build_selected;
use toml_edit::DocumentMut;

use super::Error;
use super::starts::FLOOR;

/// Builds every function that `cargo lambda build` builds, and the floor, and returns their directory.
///
/// # Errors
/// Cargo's configuration cannot be read, or the build fails.
pub async fn build(root: &Path) -> Result<PathBuf, Error> {
    let manifest: DocumentMut = std::fs::read_to_string(root.join("Cargo.toml"))?.parse()?;
    let excluded = manifest["workspace"]["metadata"]["lambda"]["build"]["exclude"]
        .as_array()
        .ok_or("Cargo.toml does not say what cargo lambda excludes")?;
    let mut deployed = vec!["--workspace", "--bins"];
    for package in excluded {
        deployed.extend(["--exclude", package.as_str().ok_or("an excluded package has no name")?]);
    }
    build_selected(root, &deployed).await?;
    Ok(build_selected(root, &["--package", "tests", "--bin", FLOOR]).await?)
}
