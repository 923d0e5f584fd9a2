//! The README tells the truth: what it shows is what the program prints, and its files are files the program takes.

use std::fs;
use std::path::Path;

use feishu_bulk::document::Document;
use feishu_bulk::endpoint::catalogue;
use feishu_bulk::job;
use feishu_bulk::sandbox::{FaultPlan, SEED_DATA};

use crate::support::bench::TODAY;

fn readme() -> String {
    file("README.md")
}

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The fenced blocks of a language, in order.
fn blocks(language: &str) -> Vec<String> {
    blocks_of(&readme(), language)
}

fn blocks_of(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    for part in text.split("```").skip(1).step_by(2) {
        if let Some(block) = part.strip_prefix(&format!("{language}\n")) {
            blocks.push(block.to_owned());
        }
    }
    blocks
}

/// Run ids and times differ from run to run.
fn masked(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let words: Vec<String> = line
            .split(' ')
            .map(|word| {
                let is_id = word.len() >= 20
                    && word.contains("20")
                    && word.bytes().filter(u8::is_ascii_digit).count() >= 14;
                if is_id {
                    "RUN".to_owned()
                } else {
                    word.to_owned()
                }
            })
            .collect();
        let line = words.join(" ");
        lines.push(match line.split_once("succeeded in ") {
            Some((before, _)) => format!("{before}succeeded in TIME"),
            None => line,
        });
    }
    lines.join("\n")
}

#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let shell = blocks("sh");
    assert_eq!(
        shell[0].trim(),
        "cargo run --release -- run jobs/shift-schedule.toml --sandbox"
    );
    let runs = tempfile::tempdir().unwrap();
    let out = assert_cmd::Command::cargo_bin("feishu-bulk")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--today", TODAY])
        .args(["run", "jobs/shift-schedule.toml", "--sandbox", "--runs"])
        .arg(runs.path())
        .env("CI", "true")
        .output()
        .unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    let said = said.replace(&runs.path().display().to_string(), "runs");
    let said = said.replace(" --runs runs", "");
    assert_eq!(masked(said.trim()), masked(blocks("text")[0].trim()));
    assert_eq!(out.status.code(), Some(1));
}

#[test]
fn the_check_of_the_roster_prints_what_the_readme_shows() {
    let out = assert_cmd::Command::cargo_bin("feishu-bulk")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--today", TODAY])
        .args(["check", "jobs/shift-roster.toml"])
        .output()
        .unwrap();
    assert_eq!(
        blocks("sh")[3].trim(),
        "feishu-bulk check jobs/shift-roster.toml"
    );
    assert_eq!(
        String::from_utf8(out.stdout).unwrap().trim(),
        blocks("text")[2].trim()
    );
}

#[test]
fn the_chinese_readme_shows_what_the_check_prints_in_chinese() {
    let text = file("README.zh.md");
    assert_eq!(
        blocks_of(&text, "sh")[1].trim(),
        "feishu-bulk check jobs/shift-roster.toml --lang zh"
    );
    let out = assert_cmd::Command::cargo_bin("feishu-bulk")
        .unwrap()
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--today", TODAY])
        .args(["check", "jobs/shift-roster.toml", "--lang", "zh"])
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(out.stdout).unwrap().trim(),
        blocks_of(&text, "text")[0].trim()
    );
}

#[test]
fn the_second_command_is_the_one_that_ci_runs() {
    assert_eq!(blocks("sh")[1].trim(), "cargo test");
    let ci = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run");
    assert!(fs::read_to_string(ci).unwrap().contains("cargo test"));
}

#[test]
fn the_job_and_the_fault_plan_of_the_readme_are_accepted() {
    let toml = blocks("toml");
    let (plans, jobs): (Vec<String>, Vec<String>) = toml
        .into_iter()
        .partition(|block| block.contains("[[fault]]"));
    assert_eq!((plans.len(), jobs.len()), (1, 1));
    FaultPlan::parse(&Document::new("faults.toml", &*plans[0]))
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.toml");
    fs::write(&path, &jobs[0]).unwrap();
    job::load(&path, &[]).unwrap_or_else(|refusal| panic!("{refusal}"));
}

#[test]
fn the_readme_names_every_command_every_job_and_every_variable() {
    let text = readme();
    for command in [
        "run",
        "check",
        "resume",
        "rerun",
        "report",
        "runs",
        "endpoints",
        "init",
        "jobs",
        "doctor",
        "schema",
        "sandbox",
        "completions",
    ] {
        assert!(
            text.contains(&format!("feishu-bulk {command}"))
                || text.contains(&format!("`{command} ")),
            "{command}"
        );
    }
    let jobs = Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs");
    for entry in fs::read_dir(jobs).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            assert!(text.contains(&format!("jobs/{name}")), "{name}");
        }
    }
    let variables = [
        "FEISHU_BASE_URL",
        "FEISHU_APP_ID",
        "FEISHU_APP_SECRET",
        "FEISHU_TENANT_ACCESS_TOKEN",
        "FEISHU_USER_ACCESS_TOKEN",
        "HTTPS_PROXY",
    ];
    for variable in variables {
        assert!(text.contains(variable), "{variable}");
    }
}

#[test]
fn the_readme_names_every_key_of_a_catalogue_file() {
    let text = readme();
    for name in catalogue::names() {
        let document: Document = catalogue::document(name).unwrap();
        for line in document.text().lines() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            // A line of a table of fields names a field of the platform, not a key of ours.
            if value.trim_start().starts_with("{ type") {
                continue;
            }
            let key = key.trim();
            if key
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                && line.starts_with(key)
                && !key.is_empty()
            {
                assert!(text.contains(&format!("`{key}`")), "{key} of {name}");
            }
        }
    }
}

#[test]
fn the_readme_tells_values_that_fail_in_the_sandbox_as_the_sandbox_does() {
    let text = readme();
    let told = text
        .lines()
        .filter(|line| line.contains("`404") || line.contains("`nobody…`"))
        .count();
    assert!(told >= 5, "{told}");
    for value in [
        "nobody…",
        "404…",
        "503…",
        "bad…",
        "6737202939523236199",
        "6737202939523236200",
        "202001",
        "forbidden",
    ] {
        assert!(text.contains(&format!("`{value}`")), "README lacks {value}");
        assert!(
            SEED_DATA.iter().any(|datum| datum.value == value),
            "the sandbox lacks {value}"
        );
    }
}
