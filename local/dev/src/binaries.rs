//! Builds the functions' binaries with cargo, which prints its own progress.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;

/// Why the binaries cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo cannot be run, or the path of this program is unknown.
    #[error("cargo cannot be run: {0}")]
    Cargo(#[from] io::Error),
    /// Cargo failed, and has printed the reason.
    #[error("the build of the functions failed ({0})")]
    Failed(ExitStatus),
    /// This program is not in cargo's target directory.
    #[error("{} is not in a target directory of cargo", .0.display())]
    NotBuiltByCargo(PathBuf),
}

/// Builds every binary of the workspace with this program's profile, and returns their directory.
///
/// # Errors
/// Cargo cannot be run, or the build fails.
pub async fn build(root: &Path) -> Result<PathBuf, BuildError> {
    // The whole workspace, as `cargo test` builds it. Another selection would have different features, and so compile
    // the dependencies again.
    build_selected(root, &["--workspace", "--bins"]).await
}

/// Builds what cargo's options select with this program's profile, and returns the binaries' directory.
///
/// # Errors
/// Cargo cannot be run, or the build fails.
pub async fn build_selected(root: &Path, selection: &[&str]) -> Result<PathBuf, BuildError> {
    let folder = folder()?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).arg("build").args(selection);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.stdin(Stdio::null()).kill_on_drop(true).status().await?;
    if status.success() { Ok(folder) } else { Err(BuildError::Failed(status)) }
}

/// Returns the directory of this program, where cargo also puts the functions: `target/debug`, even for a test in
/// `target/debug/deps`.
///
/// # Errors
/// This program is not in a target directory.
pub fn folder() -> Result<PathBuf, BuildError> {
    let program = std::env::current_exe()?;
    let folder = program
        .parent()
        .map(|folder| if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder });
    folder.map(PathBuf::from).ok_or(BuildError::NotBuiltByCargo(program))
}
