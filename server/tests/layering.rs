//! The architecture, read from manifests and sources: who may name whom, and where what may stand.

#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Our packages, by their folder, and which of ours each may use: in the program, in tests.
const EDGES: &[(&str, &[&str], &[&str])] = &[
    ("protocol", &[], &[]),
    ("certs", &[], &[]),
    ("server", &["certs", "protocol"], &["client"]),
    ("client", &["certs", "protocol"], &["certs"]),
    (
        "admin",
        &["certs", "client", "protocol"],
        &["certs", "server"],
    ),
    // It starts the real server as a child of itself; its tests issue certificates.
    (
        "loadtest",
        &["certs", "client", "protocol", "server"],
        &["certs"],
    ),
    (
        "benches",
        &["admin", "certs", "client", "loadtest", "protocol", "server"],
        &[],
    ),
];

/// Modules of the server that know nothing of connections, and what they must not name.
const BELOW: &[&str] = &[
    "auth",
    "calendar",
    "catalog",
    "desk",
    "instruments",
    "pictures",
    "presence",
    "statistics",
    "store",
];
const ABOVE: &[&str] = &[
    "admin_dispatch",
    "connection",
    "context",
    "dispatch",
    "handlers",
    "listener",
    "session",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// A file of ours, by its path from the root.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The lines of code with their numbers: no comments, and nothing of the tests that stand at
    /// the end of a file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .scan(false, |in_tests, (number, line)| {
                *in_tests |= line == "mod tests {";
                (!*in_tests).then_some((number + 1, line))
            })
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Where one of these words stands in the code.
    fn mentions(&self, words: &[&str]) -> Vec<String> {
        self.code()
            .filter(|(_, line)| words.iter().any(|word| line.contains(word)))
            .map(|(number, line)| format!("{}:{number}: {}", self.path, line.trim()))
            .collect()
    }
}

/// All sources below a folder, without those that are compiled for tests only.
fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let is_test = matches!(&*name, "tests" | "testing" | "conformance");
            if path.is_dir() && !is_test {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !is_test {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root()).unwrap();
                let path = path.to_str().unwrap().to_owned();
                found.push(Source { path, text });
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no sources");
    found
}

fn all_sources() -> Vec<Source> {
    let folders = EDGES.iter().map(|(folder, ..)| format!("{folder}/src"));
    folders.flat_map(|folder| sources(&folder)).collect()
}

fn expect_none(what: &str, mentions: &[String]) {
    assert!(mentions.is_empty(), "{what}:\n{}", mentions.join("\n"));
}

/// The dependencies of a manifest: the kind of each, and its name.
fn dependencies(manifest: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[') {
            section = head.trim_end_matches(']').to_owned();
            // The long form: a section for one dependency.
            if let Some((kind, name)) = section.rsplit_once("dependencies.") {
                found.push((format!("{kind}dependencies"), name.to_owned()));
            }
        } else if section.ends_with("dependencies")
            && let Some((name, _)) = line.split_once(['=', '.'])
            && !line.starts_with('#')
        {
            found.push((section.clone(), name.trim().to_owned()));
        }
    }
    found
}

#[test]
fn every_package_uses_only_those_below_it() {
    for (folder, in_program, in_tests) in EDGES {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let dependencies = dependencies(&manifest);
        assert!(dependencies.len() > 2, "{folder}: {dependencies:?}");
        for (section, name) in dependencies {
            let Some(ours) = name.strip_prefix("auboutique-") else {
                continue;
            };
            let allowed = match &*section {
                "dependencies" => in_program,
                "dev-dependencies" => in_tests,
                _ => panic!("{folder}: {name} under [{section}]"),
            };
            assert!(allowed.contains(&ours), "{folder} must not use {name}");
        }
    }
}

#[test]
fn every_package_of_the_workspace_is_known_here() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest
        .lines()
        .find_map(|line| line.strip_prefix("members = "))
        .unwrap();
    let members: BTreeSet<_> = members
        .trim_matches(['[', ']'])
        .split(',')
        .map(|member| member.trim().trim_matches('"'))
        .collect();
    let known = EDGES.iter().map(|(folder, ..)| *folder).collect();
    assert_eq!(members, known);
}

#[test]
fn manifests_are_read_in_every_form() {
    let manifest = "[dependencies]\na = \"1\"\nb.workspace = true\n# c = \"1\"\n[dependencies.d]\n\
                    version = \"1\"\n[target.'cfg(unix)'.dev-dependencies]\ne = { path = \"e\" }\n\
                    [features]\nf = []\n";
    let names: Vec<_> = dependencies(manifest)
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    assert_eq!(names, ["a", "b", "d", "e"]);
}

#[test]
fn the_client_never_names_the_server() {
    for folder in ["client/src", "client/tests"] {
        for source in sources(folder) {
            expect_none(folder, &source.mentions(&["auboutique_server"]));
        }
    }
}

#[test]
fn sql_stands_only_in_the_sqlite_store_and_the_ledger_of_the_load_test() {
    // Statements as they are written in texts; words of prose are not in capitals.
    let words = [
        "sqlx",
        "SELECT ",
        "INSERT ",
        "UPDATE ",
        "DELETE FROM",
        "PRAGMA ",
        "CREATE TABLE",
        "BEGIN IMMEDIATE",
    ];
    let is_store = |path: &str| {
        path == "server/src/store/sqlite.rs" || path.starts_with("server/src/store/sqlite/")
    };
    // It checks what the store wrote, so it shares nothing with the store.
    let ledger = "loadtest/src/ledger.rs";
    // The benches are no part of the product. They fill databases in bulk before a measurement, look at them
    // after it, and compare the store with SQL of their own.
    let is_bench = |path: &str| path.starts_with("benches/");
    let mut in_store = 0;
    for source in all_sources() {
        if is_store(&source.path) {
            in_store += source.mentions(&words).len();
        } else if source.path == ledger {
            let changing = ["INSERT ", "UPDATE ", "DELETE FROM", "CREATE TABLE", "BEGIN"];
            expect_none("a ledger that writes", &source.mentions(&changing));
        } else if !is_bench(&source.path) {
            let mut mentions = source.mentions(&words);
            // The default filter of the log quiets the library by its name.
            mentions.retain(|line| !line.contains("EnvFilter::new"));
            expect_none("SQL outside the store", &mentions);
        }
    }
    assert!(in_store > 20, "the store's own SQL is found: {in_store}");
}

#[test]
fn the_cbor_library_is_named_only_by_the_codec() {
    for source in all_sources() {
        if source.path != "protocol/src/codec.rs" {
            expect_none("CBOR library", &source.mentions(&["ciborium"]));
        }
    }
}

#[test]
fn tls_configurations_are_built_only_in_certs() {
    for source in all_sources() {
        if !source.path.starts_with("certs/src/") {
            let words = [
                "ServerConfig::builder",
                "ClientConfig::builder",
                "dangerous()",
            ];
            expect_none("TLS configuration", &source.mentions(&words));
        }
    }
}

#[test]
fn the_drawing_library_is_named_only_by_the_kit_and_by_views() {
    for source in all_sources() {
        let path = &*source.path;
        let is_kit = path == "client/src/ui.rs" || path.starts_with("client/src/ui/");
        if is_kit {
            let programs = [
                "crate::cli",
                "crate::sdk",
                "crate::Client",
                "auboutique_certs",
            ];
            expect_none("a program in the kit", &source.mentions(&programs));
            if path != "client/src/ui/text.rs" {
                let mentions = source.mentions(&["term_safe"]);
                expect_none("text made safe twice", &mentions);
            }
        } else if !path.ends_with("/view.rs") && !path.contains("/view/") {
            let mentions = source.mentions(&["ratatui", "crossterm"]);
            expect_none("drawing library", &mentions);
        }
    }
}

#[test]
fn libraries_print_nothing() {
    for source in all_sources() {
        let words = ["println!", "print!(", "dbg!"];
        expect_none("printing", &source.mentions(&words));
    }
}

#[test]
fn no_layer_of_the_server_names_one_above_it() {
    let names = |modules: &[&str]| -> Vec<String> {
        let path = |module| format!("crate::{module}");
        modules.iter().map(path).collect()
    };
    for source in sources("server/src") {
        let inside = source.path.strip_prefix("server/src/").unwrap();
        let module = inside.split(['/', '.']).next().unwrap();
        let forbidden = match module {
            module if BELOW.contains(&module) => names(ABOVE),
            "context" | "error" | "session" => names(&[
                "admin_dispatch",
                "connection",
                "dispatch",
                "handlers",
                "listener",
            ]),
            // Handlers may return replies that are encoded already, which `dispatch` defines.
            "handlers" => names(&["connection", "listener", "dispatch::dispatch"]),
            "dispatch" => names(&[
                "admin_dispatch",
                "connection",
                "handlers::admin",
                "listener",
            ]),
            "admin_dispatch" => names(&["connection", "dispatch::dispatch", "listener"]),
            "connection" => names(&["handlers", "listener"]),
            "listener" => names(&["dispatch", "handlers", "session"]),
            _ => Vec::new(),
        };
        let forbidden: Vec<_> = forbidden.iter().map(String::as_str).collect();
        expect_none(module, &source.mentions(&forbidden));
    }
}

#[test]
fn only_the_session_can_make_the_proof_of_a_login() {
    let session = fs::read_to_string(root().join("server/src/session.rs")).unwrap();
    let (before, rest) = session.split_once("struct User {").unwrap();
    let (fields, _) = rest.split_once('}').unwrap();
    assert!(
        fields.contains("id: UserId") && !fields.contains("pub"),
        "{fields}"
    );
    let derive = before.rsplit("#[derive(").next().unwrap();
    assert!(!derive.contains("Default"), "{derive}");
    let admin = fs::read_to_string(root().join("server/src/session/admin.rs")).unwrap();
    let (_, rest) = admin.split_once("struct Admin {").unwrap();
    let (fields, _) = rest.split_once('}').unwrap();
    assert!(
        fields.contains("name: AdminName") && !fields.contains("pub"),
        "{fields}"
    );
}

#[test]
fn the_architecture_names_the_modules_of_the_server_and_no_others() {
    let page = fs::read_to_string(root().join("docs/ARCHITECTURE.md"))
        .expect("docs/ARCHITECTURE.md describes the server");
    let (_, table) = page
        .split_once("### The server, module by module")
        .expect("the page has a table of the server's modules");
    let (table, _) = table.split_once("\n## ").unwrap();
    let described: BTreeSet<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(module, _)| module)
        .collect();
    let library = fs::read_to_string(root().join("server/src/lib.rs")).unwrap();
    let modules: BTreeSet<&str> = library
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|module| module.trim_end_matches(';'))
        .collect();
    let missing: Vec<_> = modules.difference(&described).collect();
    let gone: Vec<_> = described.difference(&modules).collect();
    assert!(
        missing.is_empty(),
        "not in docs/ARCHITECTURE.md: {missing:?}"
    );
    assert!(gone.is_empty(), "in docs/ARCHITECTURE.md only: {gone:?}");
}
