//! Two languages: each English text has its Chinese line, and what a person reads is the same in both.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use feishu_bulk::shipped;

use crate::support::bench::PACKAGE;
use crate::support::office::Office;
use crate::support::{Bench, Method};

/// Rooms whose texts are for engineers, who write job and endpoint files, and how many of them have no Chinese line. The numbers
/// may only become less.
const ENGLISH: &[(&str, usize)] = &[
    ("document.rs", 13),
    ("endpoint/", 12),
    ("job/", 25),
    ("template/", 6),
];

/// English words that a count asks for. Chinese does without them.
const GRAMMAR: &[&str] = &[
    "is", "are", "was", "has", "it", "delete", "resends", "ending",
];

/// Modules that neither read Chinese tables nor name examples of them.
const NO_CHINESE: &[&str] = &[
    "store",
    "transport",
    "machine",
    "prepare",
    "deliver",
    "report",
    "conclusion",
    "run",
    "rerun",
    "origin",
    "console",
    "log",
];

/// The code of `src`, without tests and comments, by path.
fn sources() -> BTreeMap<String, String> {
    fn read(folder: &Path, root: &Path, sources: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, root, sources);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let parts = path.strip_prefix(root).unwrap().iter();
                let parts: Vec<_> = parts.map(|part| part.to_str().unwrap()).collect();
                let path_in_src = parts.join("/");
                if path_in_src.contains("/tests") || path_in_src.ends_with("tests.rs") {
                    continue;
                }
                let text = fs::read_to_string(&path).unwrap();
                let own = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let code = own
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                sources.insert(path_in_src, code.collect::<Vec<_>>().join("\n"));
            }
        }
    }
    let root = Path::new(PACKAGE).join("src");
    let mut all = BTreeMap::new();
    read(&root, &root, &mut all);
    all
}

/// The literal at the beginning of a text, and how long it is in the code.
fn literal(code: &str) -> Option<(String, usize)> {
    let mut characters = code.strip_prefix('"')?.char_indices();
    let mut text = String::new();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((text, at + 2)),
            '\\' => match characters.next()?.1 {
                'n' => text.push('\n'),
                '\n' => {
                    let rest = characters.as_str();
                    let blanks = rest.len() - rest.trim_start().len();
                    (0..rest[..blanks].chars().count()).for_each(|_| {
                        characters.next();
                    });
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    None
}

/// The patterns that a file of the source says.
fn patterns(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for maker in ["text!(", "Text::plain(", "Message::plain(", "Rule::new("] {
        for after in code.split(maker).skip(1) {
            let mut after = after.trim_start();
            if maker == "Rule::new(" {
                let Some((_, length)) = literal(after) else {
                    continue;
                };
                after = after[length..].trim_start_matches(|c: char| c == ',' || c.is_whitespace());
            }
            let pattern = literal(after).map(|(pattern, _)| pattern);
            found.extend(pattern.filter(|pattern| !pattern.is_empty()));
        }
    }
    found
}

/// The tables of the Chinese catalogue.
fn tables() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = fs::read_to_string(Path::new(PACKAGE).join("src/text/zh.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// The Chinese catalogue.
fn chinese() -> BTreeMap<String, String> {
    let mut tables = tables();
    assert!(tables.remove("nouns").is_some());
    tables.into_values().flatten().collect()
}

fn placeholders(pattern: &str) -> BTreeSet<String> {
    let plain = pattern.replace("{{", "").replace("}}", "");
    let parts = plain.split('{').skip(1);
    let names = parts.filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned()));
    names
        .filter(|name| !GRAMMAR.contains(&name.as_str()))
        .collect()
}

#[test]
fn each_text_has_a_chinese_line_but_for_those_of_engineers() {
    let chinese = chinese();
    let mut english: BTreeMap<&str, usize> = BTreeMap::new();
    let mut seen = 0;
    for (path, code) in sources() {
        for pattern in patterns(&code) {
            seen += 1;
            if chinese.contains_key(&pattern) || path == "text.rs" {
                continue;
            }
            let mut rooms = ENGLISH.iter();
            let room = rooms.find(|(room, _)| path.starts_with(room));
            let (room, _) = room.unwrap_or_else(|| panic!("{path}: no Chinese for {pattern:?}"));
            *english.entry(room).or_default() += 1;
        }
    }
    assert!(seen > 900, "only {seen} texts were found");
    for (room, most) in ENGLISH {
        let count = english.get(room).copied().unwrap_or_default();
        assert_eq!(count, *most, "texts of {room} without Chinese");
    }
}

#[test]
fn each_job_that_ships_says_in_chinese_what_it_is_for() {
    for job in shipped::all() {
        let about = job.about();
        assert!(chinese().contains_key(about), "{}: {about}", job.name);
    }
}

#[test]
fn both_languages_have_the_same_placeholders() {
    for (english, chinese) in chinese() {
        assert_eq!(
            placeholders(&english),
            placeholders(&chinese),
            "{english:?}"
        );
    }
}

#[test]
fn no_chinese_line_is_unused() {
    let code: Vec<String> = sources().into_values().collect();
    let mut code = code.concat();
    for entry in fs::read_dir(Path::new(PACKAGE).join("jobs/endpoints")).unwrap() {
        code.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    for job in shipped::all() {
        write!(code, "\"{}\"", job.about()).unwrap();
    }
    // The texts of the help are comments; `cli::help` has a test of its own.
    let help = tables().remove("help").unwrap();
    for english in chinese().into_keys() {
        if help.contains_key(&english) {
            continue;
        }
        let escaped = english
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        assert!(code.contains(&format!("\"{escaped}\"")), "{english:?}");
    }
}

#[test]
fn what_is_said_in_chinese_stands_in_the_catalogue() {
    for (path, code) in sources() {
        let module = path.split(['/', '.']).next().unwrap();
        if NO_CHINESE.contains(&module) {
            let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
            let line = code.lines().find(|line| line.contains(is_chinese));
            assert_eq!(line, None, "{path}");
        }
    }
}

/// Compares a text with `tests/snapshots/NAME.snap`.
fn reads(name: &str, text: &str) {
    assert!(!text.trim().is_empty(), "{name} says nothing");
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn the_plan_of_each_sample_in_chinese() {
    for method in Method::ALL {
        let bench = Bench::new(method.job());
        let said = bench.feishu(&["check", &bench.job_file(), "--lang", "zh"]);
        assert_eq!(said.stderr, "");
        reads(&format!("zh-check-{}", method.job()), &said.stdout);
    }
    for name in [
        "shift-roster",
        "archive-report-monthly",
        "store-roster",
        "month-end",
    ] {
        let said = Office::shipped(name).on_job("check", &["--lang", "zh"]);
        assert_eq!(said.stderr, "");
        reads(&format!("zh-check-{name}"), &said.stdout);
    }
}

/// The run folder that a run has made.
fn run_folder(bench: &Bench) -> PathBuf {
    let runs = fs::read_dir(bench.path("runs")).unwrap();
    let mut folders = runs.map(|entry| entry.unwrap().path());
    folders.find(|path| path.is_dir()).unwrap()
}

#[test]
fn a_run_in_chinese_says_and_reports_so_and_its_reports_can_be_had_in_english() {
    let bench = Bench::new("shift-schedule");
    let said = bench.feishu(&["run", &bench.job_file(), "--sandbox", "--lang", "zh"]);
    assert_eq!(said.exit, 1, "{}", said.stderr);
    let folder = run_folder(&bench);
    let run = folder.file_name().unwrap().to_str().unwrap().to_owned();
    let steady = said.stderr.replace(&run, "RUN");
    let steady = steady.lines().map(|line| match line.split_once("，用时 ") {
        Some((before, _)) => format!("{before}，用时 TIME\n"),
        None => format!("{line}\n"),
    });
    reads("zh-ran-incomplete", &steady.collect::<String>());
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    reads("zh-failure", &read("failure.csv").replace(&run, "RUN"));
    // Scripts read English, whatever a person does.
    let summary = read("summary.json");
    assert!(summary.contains("\"language\": \"zh\"") && !summary.contains("拦下"));
    let report = bench.feishu(&["report", &run, "--lang", "en"]);
    assert_eq!(report.exit, 0, "{}", report.stderr);
    let failure = read("failure.csv");
    assert!(failure.contains("is required and empty") && !failure.contains("必填"));
}

#[test]
fn the_environment_chooses_the_language_where_nothing_is_typed() {
    let chinese = |variables: &[(&str, &str)]| {
        let mut bench = Bench::new("delete-records");
        for (name, value) in variables {
            bench = bench.environment(name, value);
        }
        let said = bench.feishu(&["runs"]);
        said.stderr.contains("没有记录")
    };
    assert!(!chinese(&[]));
    assert!(chinese(&[("LANG", "zh_CN.UTF-8")]));
    assert!(!chinese(&[
        ("LANG", "zh_CN.UTF-8"),
        ("FEISHU_BULK_LANG", "en")
    ]));
}
