//! The functions' binaries: built by cargo, which shows its own progress.

use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;

/// Why there are no binaries.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Cargo could not be run, or this program does not know where it is itself.
    #[error("cargo cannot be run: {0}")]
    Cargo(#[from] io::Error),
    /// Cargo failed; it has said why.
    #[error("the functions do not build ({0})")]
    Failed(ExitStatus),
    /// This program is not where cargo puts programs.
    #[error("{} is not in a target folder of cargo's", .0.display())]
    NotBuiltByCargo(PathBuf),
}

/// Builds every binary of the workspace in the profile that this program was built in, and says where they are.
///
/// # Errors
/// When cargo cannot be run, or the build fails.
pub async fn build(root: &std::path::Path) -> Result<PathBuf, BuildError> {
    let folder = folder()?;
    // The whole workspace, as `cargo test` builds it: another selection would have other features, and so compile the
    // dependencies a second time.
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args(["build", "--workspace", "--bins"]);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.stdin(Stdio::null()).kill_on_drop(true).status().await?;
    if status.success() { Ok(folder) } else { Err(BuildError::Failed(status)) }
}

/// Where cargo put this program, and so the functions: `target/debug`, from a test's `target/debug/deps` too.
///
/// # Errors
/// When this program is somewhere else.
pub fn folder() -> Result<PathBuf, BuildError> {
    let program = std::env::current_exe()?;
    let folder = program
        .parent()
        .map(|folder| if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder });
    folder.map(PathBuf::from).ok_or(BuildError::NotBuiltByCargo(program))
}
