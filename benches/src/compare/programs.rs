//! The programs that are compared, built as they would be used.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::Failure;
use super::side::Side;

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Programs(Vec<(String, PathBuf)>);

impl Programs {
    /// Builds them all, optimised. What the compiler says goes to standard error.
    ///
    /// # Errors
    /// One cannot be built.
    pub async fn build() -> Result<Self, Failure> {
        // Together with this crate, whose features make the server that is measured elsewhere here.
        let ours = "-p auboutique-benches -p auboutique-server --bin auboutique-server";
        let mut programs = build(&ours.split(' ').collect::<Vec<_>>()).await?;
        programs.extend(build(&["--manifest-path", "benches/peers/Cargo.toml"]).await?);
        Ok(Self(programs))
    }

    /// The program of this side.
    ///
    /// # Errors
    /// It was not built.
    pub fn of(&self, side: Side) -> Result<&Path, Failure> {
        let name = side.program();
        let found = self.0.iter().find(|(built, _)| built == name);
        found
            .map(|(_, path)| path.as_path())
            .ok_or_else(|| format!("{name} was not built"))
    }
}

/// The root of the workspace: settings for builds are looked for from there on.
fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR");
    let manifest = manifest.unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
    let manifest = PathBuf::from(manifest);
    manifest.parent().unwrap_or(&manifest).to_owned()
}

async fn build(what: &[&str]) -> Result<Vec<(String, PathBuf)>, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(cargo)
        .args(["build", "--release", "--locked"])
        .arg("--message-format=json-render-diagnostics")
        .args(what)
        .current_dir(root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo failed ({})", output.status));
    }
    Ok(executables(&String::from_utf8_lossy(&output.stdout)))
}

/// The programs among what cargo says that it has made, by name.
fn executables(messages: &str) -> Vec<(String, PathBuf)> {
    let of_message = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let name = message["target"]["name"].as_str()?.to_owned();
        let path = message["executable"].as_str()?;
        Some((name, PathBuf::from(path)))
    };
    messages.lines().filter_map(of_message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_among_what_cargo_says() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"hex"},"executable":null}
not json
{"reason":"compiler-artifact","target":{"name":"axum-pool"},"executable":"/t/axum-pool"}
{"reason":"build-finished","success":true}"#;
        let found = executables(messages);
        assert_eq!(found, [("axum-pool".into(), PathBuf::from("/t/axum-pool"))]);
        let programs = Programs(found);
        assert!(programs.of(Side::Axum).is_ok() && programs.of(Side::Tonic).is_err());
    }

    #[test]
    fn builds_are_made_where_the_workspace_is() {
        assert!(root().join("benches/peers/Cargo.toml").exists());
    }
}
