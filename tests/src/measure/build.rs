//! Builds the functions as they are deployed. A build of the whole workspace gives them what only the laptop and the
//! tests need of a dependency they share, and makes them a fiftieth larger.

use std::path::{Path, PathBuf};

use dev::binaries::{BuildError, folder};
use tokio::process::Command;
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
    let folder = folder()?;
    cargo(root, &folder, &deployed).await?;
    cargo(root, &folder, &["--package", "tests", "--bin", FLOOR]).await?;
    Ok(folder)
}

async fn cargo(root: &Path, folder: &Path, selection: &[&str]) -> Result<(), Error> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).arg("build").args(selection);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.kill_on_drop(true).status().await?;
    if status.success() { Ok(()) } else { Err(BuildError::Failed(status).into()) }
}
