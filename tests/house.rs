//! The rules of the house, read off the source itself: who may know whom, and what nobody may name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use feishu_bulk::endpoint::catalogue;

use crate::support::bench::PACKAGE;

/// The modules from the lowest group to the highest. A group imports from itself and from those before it.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "words",
        &[
            "model",
            "event",
            "progress",
            "error",
            "control",
            "document",
            "command_line",
            "wall_clock",
            "numbers",
            "text",
            "shown",
            "full_width",
        ],
    ),
    (
        "pure steps",
        &[
            "job", "endpoint", "roster", "lookup", "mapping", "batching", "present",
        ],
    ),
    (
        "the outside world",
        &["input", "machine", "store", "transport", "sandbox"],
    ),
    (
        "the work",
        &[
            "origin",
            "prepare",
            "deliver",
            "tenant",
            "report",
            "conclusion",
            "run",
            "rerun",
            "verify",
            "reading",
            "plan",
            "undo",
            "template",
        ],
    ),
    (
        "faces",
        &["cli", "console", "log", "page", "shipped", "target"],
    ),
];

/// One file of `src`.
struct Source {
    /// Relative to `src`, with `/` between its parts.
    path: String,
    text: String,
}

impl Source {
    /// The module it belongs to: `deliver` for `deliver/quota/windows.rs`.
    fn module(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Whether it holds nothing but tests.
    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// Its lines up to its tests, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let own = self.text.split("#[cfg(test)]\nmod ").next().unwrap();
        let lines = own.lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Modules named as `crate::module`, anywhere.
    fn names(&self) -> BTreeSet<&str> {
        let after = self.text.split("crate::").skip(1);
        let end = |text: &str| {
            text.find(|c: char| !c.is_ascii_lowercase() && c != '_')
                .unwrap_or(text.len())
        };
        after.map(|text| &text[..end(text)]).collect()
    }
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|known| known == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<Source> {
    let root = Path::new(PACKAGE).join("src");
    let read = |path: PathBuf| {
        let parts: Vec<_> = path
            .strip_prefix(&root)
            .unwrap()
            .iter()
            .map(|part| part.to_str().unwrap())
            .collect();
        Source {
            path: parts.join("/"),
            text: fs::read_to_string(&path).unwrap(),
        }
    };
    let sources: Vec<Source> = files(&root, "rs").into_iter().map(read).collect();
    assert!(sources.len() > 50, "the source is not where it was");
    sources
}

fn group_of(module: &str) -> Option<usize> {
    GROUPS
        .iter()
        .position(|(_, modules)| modules.contains(&module))
}

#[test]
fn every_module_belongs_to_a_group() {
    for source in sources() {
        let module = source.module();
        assert!(
            ["lib", "main"].contains(&module) || group_of(module).is_some(),
            "{} is in no group",
            source.path
        );
    }
}

#[test]
fn a_lower_group_never_imports_a_higher_one() {
    let mut seen = 0;
    for source in sources() {
        let Some(own) = group_of(source.module()) else {
            continue;
        };
        for name in source.names() {
            let path = &source.path;
            let other = group_of(name).unwrap_or_else(|| panic!("{path} names crate::{name}"));
            assert!(
                other <= own,
                "{path} of {} names crate::{name} of {}",
                GROUPS[own].0,
                GROUPS[other].0
            );
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} imports were found");
}

#[test]
fn the_sandbox_shares_nothing_with_the_client_it_judges() {
    for source in sources()
        .iter()
        .filter(|source| source.module() == "sandbox")
    {
        let shared: Vec<&str> = source
            .names()
            .into_iter()
            .filter(|name| !["error", "document", "sandbox"].contains(name))
            .collect();
        assert!(shared.is_empty(), "{} imports {shared:?}", source.path);
    }
}

#[test]
fn no_endpoint_is_named_in_the_code() {
    let names: Vec<&str> = catalogue::names().collect();
    assert_eq!(names.len(), 5);
    let may_name = |source: &Source| {
        source.is_test() || source.module() == "sandbox" || source.path == "endpoint/catalogue.rs"
    };
    for source in sources().iter().filter(|source| !may_name(source)) {
        for (line, text) in source.code() {
            let named = names
                .iter()
                .find(|name| text.contains(**name) || text.contains(&name.replace('.', "/")));
            assert!(named.is_none(), "{}:{line} names {named:?}", source.path);
        }
    }
}

#[test]
fn the_work_after_preparing_knows_no_file_format() {
    for source in sources() {
        if source.is_test() || !["deliver", "run"].contains(&source.module()) {
            continue;
        }
        for (line, text) in source.code() {
            let lower = text.to_ascii_lowercase();
            assert!(
                !lower.contains("csv") && !lower.contains("jsonl"),
                "{}:{line}: {text}",
                source.path
            );
        }
    }
}

#[test]
fn the_core_never_prints_never_reads_the_environment_and_never_exits() {
    let faces = GROUPS.last().unwrap().1;
    for source in sources() {
        if source.is_test() || faces.contains(&source.module()) {
            continue;
        }
        for (line, text) in source.code() {
            for word in [
                "println!",
                "print!(",
                "std::env::",
                "env::var",
                "process::exit",
                "stdout()",
                "stderr()",
                "stdin()",
            ] {
                assert!(!text.contains(word), "{}:{line} has {word}", source.path);
            }
        }
    }
}

#[test]
fn only_the_command_line_writes_to_standard_output() {
    for source in sources() {
        if source.is_test() || source.module() == "cli" {
            continue;
        }
        for (line, text) in source.code() {
            for word in ["stdout()", "println!", "print!("] {
                let writes = text.replace("eprint", "").contains(word);
                assert!(!writes, "{}:{line} has {word}", source.path);
            }
        }
    }
}

#[test]
fn of_the_words_one_reads_files_one_the_clock_and_one_can_be_waited_for() {
    let words = GROUPS[0].1;
    for (word, module) in [
        ("std::fs", "document"),
        ("std::io", "document"),
        ("std::net", ""),
        ("now()", "wall_clock"),
        ("async ", "control"),
        ("tokio::", "control"),
    ] {
        let mut own = 0;
        for source in sources() {
            if source.is_test() || !words.contains(&source.module()) {
                continue;
            }
            for (line, _) in source.code().filter(|(_, text)| text.contains(word)) {
                let path = &source.path;
                assert_eq!(source.module(), module, "{path}:{line} has {word}");
                own += 1;
            }
        }
        assert_eq!(own > 0, !module.is_empty(), "{module} without {word}");
    }
}

/// Whether a text names a function where it does not define it: `name(` or `::name`.
fn calls(text: &str, name: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(is_letter)
            && !before.ends_with("fn ")
            && (after.starts_with('(') || before.ends_with("::") && !after.starts_with(is_letter))
    })
}

#[test]
fn every_public_function_is_called_outside_its_file_and_its_tests() {
    let mut texts: Vec<(String, String)> = Vec::new();
    let sources = sources();
    for source in sources.iter().filter(|source| !source.is_test()) {
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        texts.push((source.path.clone(), code.join("\n")));
    }
    let own = texts.len();
    for folder in ["tests", "benches", "fuzz/fuzz_targets"] {
        for path in files(&Path::new(PACKAGE).join(folder), "rs") {
            let text = fs::read_to_string(&path).unwrap();
            texts.push((path.display().to_string(), text));
        }
    }
    let mut seen = 0;
    for (path, text) in &texts[..own] {
        for after in text.split("pub fn ").skip(1) {
            let name = after.split(['(', '<']).next().unwrap();
            let mut others = texts.iter().filter(|(other, _)| other != path);
            assert!(
                others.any(|(_, text)| calls(text, name)),
                "{path}: `{name}` is public and only used here"
            );
            seen += 1;
        }
    }
    assert!(seen > 300, "only {seen} public functions were found");
}

/// Most that all scripts of the page may come to, unminified, and its style sheet.
const SCRIPTS_BYTES_MAX: u64 = 40 * 1024;
const STYLES_BYTES_MAX: u64 = 16 * 1024;

#[test]
fn the_files_of_the_browser_make_no_markup_of_text_and_name_no_other_place() {
    let web = Path::new(PACKAGE).join("src/page/web");
    let scripts = files(&web, "js");
    let styles = files(&web, "css");
    assert!(scripts.len() > 10 && styles.len() == 1);
    for path in scripts.iter().chain(&styles) {
        let text = fs::read_to_string(path).unwrap();
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "eval(",
            "new Function",
            "style=",
            "http:",
            "https:",
        ] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
        let opens = text.starts_with("// ") || text.starts_with("/* ");
        assert!(opens, "{} does not say what it is for", path.display());
    }
    let bytes = |paths: &[PathBuf]| -> u64 {
        paths
            .iter()
            .map(|path| fs::metadata(path).unwrap().len())
            .sum()
    };
    assert!(bytes(&scripts) <= SCRIPTS_BYTES_MAX, "{}", bytes(&scripts));
    assert!(bytes(&styles) <= STYLES_BYTES_MAX, "{}", bytes(&styles));
}

#[test]
fn every_file_opens_by_saying_what_it_is_for() {
    for folder in ["src", "tests"] {
        for path in files(&Path::new(PACKAGE).join(folder), "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let opens = text
                .strip_prefix("//! ")
                .is_some_and(|text| !text.trim().is_empty());
            assert!(opens, "{} does not open with //!", path.display());
        }
    }
}

#[test]
fn every_rule_has_a_stable_name_of_two_words() {
    let makers = [
        "Refusal::new(",
        "Rule::new(",
        "Notice::new(",
        "refuse_file(",
    ];
    let mut names = BTreeSet::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        let code = code.join("\n");
        for maker in makers {
            for after in code.split(maker).skip(1) {
                let Some(literal) = after.trim_start().strip_prefix('"') else {
                    continue;
                };
                let name = literal.split('"').next().unwrap();
                let (area, what) = name.split_once('.').unwrap_or_default();
                let is_plain = |part: &str| {
                    !part.is_empty()
                        && part
                            .chars()
                            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                };
                assert!(
                    is_plain(area) && is_plain(what),
                    "{}: `{name}` is not a rule's name",
                    source.path
                );
                names.insert(name.to_owned());
            }
        }
    }
    assert!(names.len() > 100, "only {} rules were found", names.len());
}

#[test]
fn no_file_is_a_heap_of_odds_and_ends() {
    for source in sources() {
        for part in source.path.trim_end_matches(".rs").split('/') {
            assert!(
                !["utils", "util", "helpers", "common", "manager", "misc"].contains(&part),
                "{}",
                source.path
            );
        }
    }
}

#[test]
fn the_lock_file_holds_nothing_unmaintained_and_no_second_tls() {
    let lock = fs::read_to_string(Path::new(PACKAGE).join("Cargo.lock")).unwrap();
    let packages: BTreeSet<&str> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .collect();
    assert!(packages.contains("feishu-bulk") && packages.contains("rustls"));
    for unwanted in [
        "backoff",
        "instant",
        "number_prefix",
        "openssl-sys",
        "native-tls",
        "serde_yml",
        "paste",
    ] {
        assert!(!packages.contains(unwanted), "{unwanted} came in");
    }
}
