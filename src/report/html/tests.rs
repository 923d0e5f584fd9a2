//! The report of a small run made by hand, word for word, and that of a run whose every value is hostile.

use std::collections::BTreeMap;

use super::*;
use crate::endpoint::catalogue;
use crate::model::{Head, InputFormat, Lines, Outcome, Place, Platform, RunState};
use crate::report::{CallCounts, Files};
use crate::store::{Audit, Correction, Face, InputFacts, Line, LineOutcome, Stretch};

/// Values of a run that other people write.
struct Words<'a> {
    cell: &'a str,
    title: &'a str,
    platform: &'a str,
    rest: &'a str,
}

const PLAIN: Words<'_> = Words {
    cell: "0182",
    title: "网点",
    platform: "record not found",
    rest: "roster",
};

fn facts(words: &Words<'_>) -> Facts {
    let rest = || words.rest.to_owned();
    let header = [words.title, "工号", "1", "2"].map(quoted).join(",");
    Facts {
        run: "20260928-140200-ab12".to_owned(),
        parent: Some(rest()),
        job: rest(),
        endpoint: rest(),
        format: InputFormat::Workbook,
        header,
        delimiter: b',',
        head: Head {
            sheet: Some(rest()),
            positions: vec![0, 1, 4, 5],
            ..Head::default()
        },
        lines: {
            let mut lines = Lines::default();
            lines.note(1, 7);
            lines
        },
        days: vec![(2, "20260901".to_owned()), (3, "20260902".to_owned())],
        key_columns: vec![1],
        group_column: Some(0),
        input: InputFacts {
            file: rest(),
            sha256: rest(),
            bytes: 12_317,
            sheet: Some(rest()),
            encoding: Some(rest()),
        },
        request: BTreeMap::from([(rest(), rest())]),
        read: 5,
        platform: Platform {
            host: rest(),
            app: Some(rest()),
            sandbox: true,
        },
        started_at: "2026-09-28T14:02:00Z".to_owned(),
        audit: Audit {
            face: Face::Page,
            user: Some(rest()),
            program: rest(),
            corrections: vec![Correction {
                record: 2,
                column: rest(),
                cell: None,
                old: words.cell.to_owned(),
                new: words.cell.to_owned(),
            }],
            left_out: vec![4],
            confirmed: Some(rest()),
        },
        ..Facts::default()
    }
}

/// A cell as CSV.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

fn findings(facts: &Facts, words: &Words<'_>) -> Findings {
    let row = |group: &str| {
        let cells = [group, words.cell, "早班", "晚班"];
        cells.map(quoted).join(",")
    };
    let outcome = |outcome, code, kind| LineOutcome {
        outcome,
        code,
        reason: kind,
        kind,
        rule: "",
        stray: None,
        column: (outcome == Outcome::Rejected).then_some(words.title),
        log_id: (outcome == Outcome::Failed).then_some(words.platform),
        attempts: 1,
        read_at_ms: None,
        read_back: None,
    };
    let succeeded = outcome(Outcome::Succeeded, None, "");
    let refused = outcome(Outcome::Failed, Some(1_226_003), words.platform);
    let rejected = outcome(Outcome::Rejected, None, words.rest);
    let mut findings = Findings::new(facts);
    for (place, group, outcome) in [
        (Place::cell(1, 2), "Ｚ店", succeeded.clone()),
        (Place::cell(1, 3), "Ｚ店", succeeded.clone()),
        (Place::cell(2, 2), words.cell, succeeded),
        (Place::cell(2, 3), words.cell, refused),
        (Place::row(3), words.cell, rejected),
    ] {
        let source = row(group);
        let line = Line {
            place,
            source: source.as_bytes(),
            outcome,
        };
        findings.add(&line, facts);
    }
    findings.finish()
}

fn tally() -> Tally {
    Tally {
        read: 5,
        succeeded: 3,
        failed: 1,
        rejected: 1,
        ..Tally::default()
    }
}

fn summary(facts: &Facts, words: &Words<'_>) -> Summary {
    Summary {
        format: 1,
        run: facts.run.clone(),
        parent: None,
        job: facts.job.clone(),
        endpoint: facts.endpoint.clone(),
        state: RunState::Halted,
        halt: Some(words.rest.to_owned()),
        language: "en",
        platform: facts.platform.clone(),
        request: facts.request.clone(),
        input: facts.input.clone(),
        items: tally().into(),
        already_so: 0,
        evidence: None,
        calls: CallCounts {
            sent: 3,
            resent: 1,
            throttled: 1,
            isolating: 0,
        },
        quota_floor_seconds: 0.02,
        elapsed_seconds: 80.4,
        started_at: facts.started_at.clone(),
        finished_at: "2026-09-28T14:03:21Z".to_owned(),
        reasons: Vec::new(),
        files: Files {
            success: "success.csv".to_owned(),
            failure: "failure.csv".to_owned(),
            workbook: None,
        },
    }
}

/// The document of a run with these words in it.
fn made_with(words: &Words<'_>, language: Language) -> String {
    let facts = facts(words);
    let (summary, findings) = (summary(&facts, words), findings(&facts, words));
    let stretch = |calls, throttled, items| Stretch {
        calls,
        throttled,
        items,
    };
    let timeline = Timeline {
        first_ms: 1_790_604_120_000,
        last_ms: 1_790_604_200_499,
        stretches: vec![stretch(2, 1, 0), stretch(0, 0, 0), stretch(1, 0, 4)],
    };
    let name = catalogue::names().find(|name| name.contains("user_daily_shifts"));
    let mut endpoint = catalogue::endpoint(name.unwrap()).unwrap();
    endpoint.assumed.truncate(1);
    let windows = endpoint.quota.clone();
    let material = Material {
        facts: &facts,
        summary: &summary,
        tally: tally(),
        findings: &findings,
        timeline: Some(&timeline),
        endpoint: &endpoint,
        windows: &windows,
        language,
    };
    document(&material).into_string()
}

/// Tags with the names of their attributes, in their order, and nothing that stands between them.
fn skeleton(document: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = document;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        let (mut tag, mut is_quoted, mut end) = (String::new(), false, 0);
        for (at, c) in rest.char_indices() {
            match c {
                '"' => is_quoted = !is_quoted,
                '>' if !is_quoted => {
                    end = at + 1;
                    break;
                }
                _ if is_quoted => {}
                c => tag.push(c),
            }
        }
        assert!(end > 0, "a tag that does not end: {rest}");
        tags.push(tag);
        rest = &rest[end..];
    }
    tags
}

/// A line for each tag, so that a change is seen in its place.
fn laid_out(document: &str) -> String {
    let without_style = document.replace(STYLE, "");
    let policy = policy();
    assert!(
        without_style.contains(&policy.replace('\'', "&#39;")) || without_style.contains(&policy)
    );
    let digest = policy.split("sha256-").nth(1).unwrap();
    let digest = digest.split('\'').next().unwrap();
    without_style
        .replace(digest, "DIGEST")
        .replace("><", ">\n<")
}

#[test]
fn the_report_of_a_halted_rehearsal_reads_so() {
    let document = made_with(&PLAIN, Language::English);
    insta::assert_snapshot!("report", laid_out(&document));
}

#[test]
fn no_value_of_a_run_becomes_markup_or_turns_the_text_around() {
    let payloads = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</style><svg onload=alert(1)>",
        "--><b>",
        "]]><b>",
        "&lt;b&gt;&#x3c;b&#x3e;",
        "javascript:alert(1)",
        "\u{202e}gnp.exe\u{200b}",
        "\u{1b}[2J\0\u{7}",
        "${7*7}{{7*7}}",
        "＜script＞",
    ];
    let expected = skeleton(&made_with(&PLAIN, Language::English));
    for payload in payloads {
        let words = Words {
            cell: payload,
            title: payload,
            platform: payload,
            rest: payload,
        };
        let document = made_with(&words, Language::English);
        assert!(skeleton(&document) == expected, "{payload}: {document}");
        for c in document.chars() {
            assert!(
                c == '\n' || !crate::shown::is_dangerous(c),
                "{payload}: {c:?}"
            );
        }
    }
}

#[test]
fn the_report_has_no_script_no_reference_and_no_style_but_its_own() {
    let document = made_with(&PLAIN, Language::English);
    for tag in skeleton(&document) {
        assert!(!tag.starts_with("script"), "{tag}");
        for attribute in [" href", " src", " style", " on", " action"] {
            assert!(!tag.contains(&format!("{attribute}=")), "{tag}");
        }
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    // What the policy allows is the style sheet as it stands between its tags.
    let style = document.split("<style>").nth(1).unwrap();
    let style = style.split("</style>").next().unwrap();
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
    assert!(policy().contains(&format!("style-src 'sha256-{digest}'")));
}

#[test]
fn a_report_that_is_written_again_is_the_same() {
    assert_eq!(
        made_with(&PLAIN, Language::Chinese),
        made_with(&PLAIN, Language::Chinese)
    );
}

#[test]
fn the_chinese_report_has_no_english_but_values_and_names() {
    let document = made_with(&PLAIN, Language::Chinese);
    assert!(document.contains("5 项中：3 项成功、1 项失败、1 项有误没有发送。"));
    let body = document.split("<body>").nth(1).unwrap();
    // Labels for those who do not see a picture are words too.
    let labels = body.split("aria-label=\"").skip(1);
    let labels = labels.map(|rest| rest.split('"').next().unwrap());
    let words = body.split('<').filter_map(|tag| tag.split_once('>'));
    for text in words.map(|(_, text)| text).chain(labels) {
        let mut left = text.to_owned();
        for value in [
            PLAIN.platform,
            PLAIN.rest,
            "20260928-140200-ab12",
            "SHA-256",
            "UTC",
        ] {
            left = left.replace(value, "");
        }
        // What the catalogue of endpoints says is shown as it stands there.
        let is_of_catalogue = text.contains("shift_id") || text.contains("no live sample");
        let is_english = left.split(|c: char| !c.is_ascii_alphabetic());
        let found = is_english.filter(|word| word.len() > 2).collect::<Vec<_>>();
        assert!(found.is_empty() || is_of_catalogue, "{text}: {found:?}");
    }
}
