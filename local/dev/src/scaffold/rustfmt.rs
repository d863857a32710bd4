//! What is written is formatted as the repository is.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Error;

/// Formats a file's text by the `rustfmt.toml` of the repository at `root`. From standard input, because rustfmt goes on to the
/// modules of a file that it is given, and they are not this command's business.
pub(super) fn formatted(root: &Path, file: &Path, text: &str) -> Result<String, Error> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.current_dir(root).arg("--config-path").arg(root);
    rustfmt.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = rustfmt.spawn().map_err(Error::NoRustfmt)?;
    // Dropped with this statement: rustfmt begins when its input has ended.
    let sent = running.stdin.take().map(|mut input| input.write_all(text.as_bytes()));
    let ended = running.wait_with_output().map_err(Error::NoRustfmt)?;
    let refused = |reason: &[u8]| Error::Rustfmt {
        file: file.to_owned(),
        reason: String::from_utf8_lossy(reason).trim().to_owned(),
    };
    if !ended.status.success() {
        return Err(refused(&ended.stderr));
    }
    sent.transpose().map_err(Error::NoRustfmt)?;
    String::from_utf8(ended.stdout).map_err(|error| refused(error.as_bytes()))
}
