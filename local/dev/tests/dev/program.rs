//! The program itself, with something else in cargo's place: what it takes, and how it stops.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A repository whose build never ends, but says when it begins.
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

/// A run that is building, and the process id of the build.
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
        // Its output ends when both have gone: the build has the same.
        let mut rest = String::new();
        child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(refusal(&output).contains("stopped"), "{name}: {output:?}");
        assert!(output.status.code().is_some(), "{name} ended it before it could stop {build}: {output:?}");
    }
}

#[test]
fn functions_need_an_address_that_they_can_call() {
    let root = tempfile::tempdir().unwrap();
    let mut command = program(root.path(), &["--memory", "--listen", "0.0.0.0"]);
    let said = refusal(&command.env("CARGO", "true").output().unwrap());
    assert!(said.contains("0.0.0.0") && said.contains("--listen"), "{said}");
}

#[test]
fn a_data_folder_is_one_runs_at_a_time() {
    let root = repository();
    let (child, _) = building(root.path());
    let mails = root.path().join(".bodega/mails.jsonl");
    std::fs::write(&mails, "kept").unwrap();
    for arguments in [&[][..], &["--fresh"]] {
        let said = refusal(&program(root.path(), arguments).output().unwrap());
        assert!(said.contains("another `cargo dev`") && said.contains(".bodega"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(mails).unwrap(), "kept");
    signal("-TERM", &child.id().to_string());
    assert!(!child.wait_with_output().unwrap().status.success());
}
