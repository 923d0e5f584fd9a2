//! The build script: which commit the program is built from. Only for `release`, so that a commit does not rebuild the tests.

#![expect(
    clippy::print_stdout,
    reason = "a build script speaks to cargo through it"
)]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=.ci/commit.rs");
    println!("cargo:rerun-if-env-changed=FEISHU_BULK_COMMIT");
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let given = std::env::var("FEISHU_BULK_COMMIT").ok();
    let commit = given.or_else(|| is_release.then(commit).flatten());
    let commit = commit.unwrap_or_else(|| "development".to_owned());
    println!("cargo:rustc-env=FEISHU_BULK_COMMIT={commit}");
}

/// The commit, and whether files differ from it; none outside a checkout.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        let said = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| said.trim().to_owned())
    };
    for file in ["HEAD", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file])
            && Path::new(&path).exists()
        {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    Some(if changed.is_empty() {
        commit
    } else {
        format!("{commit}, changed")
    })
}
