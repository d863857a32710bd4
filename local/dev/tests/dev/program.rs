//! The program with a fake cargo: its arguments, and how it stops.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A repository whose build prints its process id and never ends.
fn repository() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let cargo = root.path().join("cargo");
    std::fs::write(&cargo, "#!/bin/sh\necho $$\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
    root
}

fn program(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dev"));
    command
        .env("CARGO_MANIFEST_DIR", root.join("local/dev"))
        .env("CARGO", root.join("cargo"))
        .args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts the program, and returns it with the process id of its build.
fn building(root: &Path) -> (Child, String) {
    let mut child = program(root, &[]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

fn signal(name: &str, pid: &str) {
    assert!(Command::new("kill").args([name, pid]).status().unwrap().success());
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_signal_during_the_build_stops_both() {
    for name in ["-INT", "-TERM"] {
        let root = repository();
        let (mut child, build) = building(root.path());
        signal(name, &child.id().to_string());
        // The build shares the program's output, which therefore ends when both have exited.
        let mut rest = String::new();
        child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(refusal(&output).contains("stopped"), "{name}: {output:?}");
        assert!(output.status.code().is_some(), "{name} ended it before it could stop {build}: {output:?}");
    }
}

#[test]
fn a_wildcard_address_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let mut command = program(root.path(), &["--memory", "--listen", "0.0.0.0"]);
    let text = refusal(&command.env("CARGO", "true").output().unwrap());
    assert!(text.contains("0.0.0.0") && text.contains("--listen"), "{text}");
}

#[test]
fn a_second_run_with_the_same_data_directory_is_an_error() {
    let root = repository();
    let (child, _) = building(root.path());
    let mails = root.path().join(".bodega/mails.jsonl");
    std::fs::write(&mails, "kept").unwrap();
    for arguments in [&[][..], &["--fresh"]] {
        let text = refusal(&program(root.path(), arguments).output().unwrap());
        assert!(text.contains("another `cargo dev`") && text.contains(".bodega"), "{text}");
    }
    assert_eq!(std::fs::read_to_string(mails).unwrap(), "kept");
    signal("-TERM", &child.id().to_string());
    assert!(!child.wait_with_output().unwrap().status.success());
}
