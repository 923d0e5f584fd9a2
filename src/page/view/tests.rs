//! Every screen, in both languages: what a browser is handed holds to the rules that no browser is needed to see.

use maud::Markup;

use super::ask::{Ask, Question};
use super::check::{CellsOfRoster, Check, CheckNumbers};
use super::choose::{Choose, Fit};
use super::confirm::Confirm;
use super::ends::End;
use super::frame::{Frame, Here, Mode, Problem};
use super::grid::{Column, ColumnKind, Reason, Shape};
use super::history::{History, Kind, RunLine};
use super::home::{DraftLine, Home, JobLine};
use super::live::{Live, Snapshot};
use super::result::{Ended, Next};
use super::settings::{Credentials, Settings};
use super::{ask, check, choose, confirm, ends, help, history, home, live, result, settings};
use crate::report::ItemCounts;
use crate::text::Language;

fn frame(language: Language, root: &'static str, mode: Mode, here: Here) -> Frame {
    Frame {
        language,
        root,
        files: "/web/0f3c11d2aa07".into(),
        mode,
        here,
    }
}

fn live_mode() -> Mode {
    Mode::Live {
        host: "open.feishu.cn".into(),
        app: "cli_a1b2".into(),
    }
}

fn problem() -> Problem {
    Problem {
        what: "太多".into(),
        details: vec!["第 1 行".into()],
        hint: Some("换一个".into()),
    }
}

fn items() -> ItemCounts {
    ItemCounts {
        read: 1171,
        succeeded: 1070,
        failed: 6,
        rejected: 93,
        unconfirmed: 2,
        pending: 0,
    }
}

fn run(unfinished: bool) -> RunLine {
    RunLine {
        run: "20260928-140200-7f3a".into(),
        began: "2026-09-28 14:02".into(),
        file: "9月排班.xlsx".into(),
        job: "排班表".into(),
        rehearsal: !unfinished,
        state: "已完成".into(),
        items: items(),
        unfinished,
        damage: None,
    }
}

fn reasons() -> Vec<Reason> {
    vec![Reason {
        number: 0,
        outcome: "rejected",
        mark: "▲",
        says: "不在对照表“班次”里".into(),
        items: 12,
    }]
}

fn shape() -> Shape {
    let column = |letters: &str, name: &str, kind| Column {
        letters: letters.into(),
        name: name.into(),
        weekday: Some("二".into()),
        kind,
    };
    Shape {
        check: 1,
        label: "9月排班.xlsx 九月".into(),
        sheet: "九月".into(),
        rows: 36,
        columns: vec![
            column("C", "工号", ColumnKind::Used),
            column("D", "姓名", ColumnKind::Ignored),
            column("E", "31", ColumnKind::Outside),
        ],
        key: 0,
        above: vec![vec!["9月排班表".into()]],
        editable: true,
    }
}

fn found() -> CheckNumbers {
    CheckNumbers {
        check: 1,
        items: 1078,
        rejected: 93,
        rows_with_problems: 6,
        cells: Some(CellsOfRoster {
            empty: 68,
            rest: 331,
            cleared: 0,
        }),
        calls: 22,
        seconds_min: 0.44,
        quota: "50/1s".into(),
        corrected: 12,
        reasons: reasons(),
        refused: Some(problem()),
        ..CheckNumbers::default()
    }
}

fn checked() -> Check {
    Check {
        file: "9月排班.xlsx".into(),
        job: "shift-roster".into(),
        month: Some("2026年9月".into()),
        notes: vec!["表头上面有 2 行".into()],
        found: found(),
        shape: Some(shape()),
        is_workbook: true,
    }
}

fn confirmed() -> Confirm {
    Confirm {
        check: 1,
        file: "9月排班.xlsx".into(),
        sha256: "9f86d081884c7d65".repeat(4),
        uploaded: "14:02".into(),
        corrected: 12,
        items: 1078,
        does: vec!["2026年9月".into()],
        rejected: 93,
        empty: 68,
        calls: 22,
        seconds_min: 0.44,
        quota: "50/1s".into(),
        destructive: 31,
        is_repeated: false,
        destroys: vec!["9月1日".into()],
    }
}

fn ended(next: Next) -> Ended {
    Ended {
        run: "20260928-140200-7f3a".into(),
        name: "9月排班".into(),
        state: "已完成".into(),
        rehearsal: false,
        when: "14:02–14:04".into(),
        items: items(),
        halt: Some(problem()),
        broken: None,
        next,
        reasons: reasons(),
        rows_with_problems: 6,
        shape: Some(shape()),
        files: [
            "report.html",
            "success.csv",
            "failure.csv",
            "failure.xlsx",
            "summary.json",
            "run.log",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

fn home_of(jobs: Vec<JobLine>) -> Home {
    Home {
        drafts: vec![DraftLine {
            id: 3,
            file: "10月排班.xlsx".into(),
            corrected: 12,
            rejected: Some(3),
        }],
        unfinished: vec![run(true)],
        recent: vec![run(false)],
        jobs,
        jobs_folder: "/jobs".into(),
        problems: vec![problem()],
    }
}

fn asked(question: Question) -> Ask {
    Ask {
        file: "10月排班.xlsx".into(),
        problem: problem(),
        question,
        job: "shift-roster".into(),
        given: vec![("sheet".into(), "十月".into())],
    }
}

/// Each screen with its name and how deep it is below the top of the session.
#[expect(clippy::too_many_lines, reason = "a list of screens")]
fn screens(language: Language) -> Vec<(&'static str, Markup)> {
    let job = JobLine {
        name: "shift-roster".into(),
        about: "每格一个人的一天".into(),
        has_sample: true,
        has_blank: true,
    };
    let fit = |columns| Fit {
        job: "shift-roster".into(),
        about: "每格一个人的一天".into(),
        columns,
    };
    let top = frame(language, "./", Mode::Rehearsal, Here::Import);
    let below = |here| frame(language, "../", live_mode(), here);
    let draft = frame(language, "../../", Mode::Rehearsal, Here::Import);
    let sending = frame(language, "../../", live_mode(), Here::Import);
    let past = frame(language, "../../", live_mode(), Here::History);
    let outside = frame(language, "./", Mode::Rehearsal, Here::Outside);
    let found_running = Check {
        found: CheckNumbers {
            running: true,
            refused: None,
            ..found()
        },
        shape: None,
        ..checked()
    };
    vec![
        ("home", home::page(&top, &home_of(vec![job]))),
        ("home-without-jobs", home::page(&top, &home_of(Vec::new()))),
        (
            "choose",
            choose::page(
                &draft,
                &Choose {
                    file: "10月排班.xlsx".into(),
                    sheet: Some("十月".into()),
                    rows: Some(412),
                    fits: vec![
                        fit(Ok(vec!["工号".into(), "网点".into()])),
                        fit(Err("缺少：开始日期".into())),
                    ],
                    failures_of: Some("shift-roster".into()),
                },
            ),
        ),
        (
            "ask-month",
            ask::page(
                &draft,
                &asked(Question::Month {
                    year: 2026,
                    month: 10,
                }),
            ),
        ),
        (
            "ask-sheet",
            ask::page(
                &draft,
                &asked(Question::Sheet(vec![("十月".into(), "36 × 31".into())])),
            ),
        ),
        (
            "ask-encoding",
            ask::page(
                &draft,
                &asked(Question::Encoding(vec![(
                    "GB18030".into(),
                    vec!["早班".into()],
                )])),
            ),
        ),
        (
            "ask-value",
            ask::page(
                &draft,
                &asked(Question::Value {
                    name: "operator_id".into(),
                    about: "谁来改排班".into(),
                }),
            ),
        ),
        (
            "ask-credentials",
            ask::page(&draft, &asked(Question::Credentials)),
        ),
        ("refused-file", ask::page(&draft, &asked(Question::Nothing))),
        ("checking", check::page(&draft, &found_running)),
        ("check", check::page(&draft, &checked())),
        ("confirm", confirm::page(&sending, &confirmed())),
        ("confirm-rehearsal", confirm::page(&draft, &confirmed())),
        (
            "live",
            live::page(
                &past,
                &Live {
                    name: "10月排班".into(),
                    rehearsal: false,
                    snapshot: Snapshot {
                        phase: "sending",
                        says: "正在发送".into(),
                        percent: 62,
                        left: "192,200 / 310,000 项".into(),
                        items: items(),
                        calls: "3,844 / 6,200".into(),
                        notes: vec!["14:03:07 飞书要求放慢".into()],
                        can_stop_at_once: true,
                    },
                },
            ),
        ),
        ("elsewhere", live::elsewhere(&past)),
        ("result-resume", result::page(&past, &ended(Next::Resume))),
        (
            "result-again",
            result::page(&past, &ended(Next::SendAgain { twice: 2 })),
        ),
        ("result", result::page(&past, &ended(Next::Correct))),
        ("result-done", result::page(&past, &ended(Next::Nothing))),
        (
            "history",
            history::page(
                &below(Here::History),
                &History {
                    search: "9月 & <script>".into(),
                    kind: Kind::All,
                    runs: vec![
                        run(false),
                        run(true),
                        RunLine {
                            damage: Some(problem()),
                            ..run(false)
                        },
                    ],
                    page: 2,
                    pages: 3,
                },
            ),
        ),
        (
            "settings",
            settings::page(&below(Here::Settings), &settings_of(Credentials::Missing)),
        ),
        (
            "settings-environment",
            settings::page(
                &below(Here::Settings),
                &settings_of(Credentials::Environment {
                    app: "cli_a1b2".into(),
                    host: "open.feishu.cn".into(),
                }),
            ),
        ),
        ("help", help::page(&below(Here::Help), "0.1.0", "/runs")),
        ("enter", ends::enter(&outside)),
        ("session-over", ends::end(&outside, &End::SessionOver)),
        (
            "wrong-address",
            ends::end(
                &outside,
                &End::WrongAddress {
                    right: "http://127.0.0.1:49321".into(),
                },
            ),
        ),
        ("not-found", ends::end(&top, &End::NotFound)),
        (
            "fault",
            ends::end(
                &top,
                &End::Fault {
                    number: "7f3a".into(),
                },
            ),
        ),
        ("quit", ends::end(&outside, &End::Quit)),
        ("refused", ends::refused(&top, &problem())),
    ]
}

fn settings_of(credentials: Credentials) -> Settings {
    Settings {
        credentials,
        jobs_folder: "/jobs".into(),
        runs_folder: "/runs".into(),
        scopes: vec!["attendance:task".into()],
    }
}

fn both() -> Vec<(&'static str, Language, String)> {
    [Language::English, Language::Chinese]
        .into_iter()
        .flat_map(|language| {
            screens(language)
                .into_iter()
                .map(move |(name, markup)| (name, language, markup.into_string()))
        })
        .collect()
}

/// Values of an attribute, wherever it is.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let opening = format!(" {attribute}=\"");
    let after = page.split(opening.as_str()).skip(1);
    after.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn no_link_of_any_screen_leaves_the_session() {
    let mut seen = 0;
    for (name, _, page) in both() {
        for attribute in [
            "href",
            "src",
            "action",
            "data-post",
            "data-upload",
            "data-submit",
        ] {
            for address in values(&page, attribute) {
                let stays = !address.starts_with('/') && !address.contains("//");
                let is_ours = address.starts_with("/web/0f3c11d2aa07/") || address == "data:,";
                assert!(stays || is_ours, "{name}: {attribute}={address}");
                seen += 1;
            }
        }
    }
    assert!(seen > 300, "only {seen} addresses were found");
}

#[test]
fn no_screen_has_a_style_a_handler_or_a_script_of_its_own() {
    for (name, _, page) in both() {
        for word in [" style=\"", " onclick=", " onload=", "javascript:"] {
            assert!(!page.contains(word), "{name} has {word}");
        }
        for script in page.split("<script").skip(1) {
            assert!(
                script.contains("></script>"),
                "{name} has a script of its own"
            );
        }
    }
}

#[test]
fn every_screen_has_one_heading_a_title_and_a_language() {
    for (name, language, page) in both() {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        assert!(page.contains("<title>") && page.contains("<main"), "{name}");
        let tag = if language == Language::Chinese {
            "zh-CN"
        } else {
            "en"
        };
        assert!(page.contains(&format!("<html lang=\"{tag}\">")), "{name}");
    }
}

/// What people read: text between tags, without what is marked as English or as code.
fn words(page: &str) -> String {
    let body = page.split_once("<body").map_or(page, |(_, body)| body);
    let mut text = String::new();
    for part in body.split('<').skip(1) {
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        let is_other =
            tag.contains("lang=\"en\"") || tag.starts_with("code") || tag.starts_with("kbd");
        if !is_other {
            text.push_str(rest);
            text.push(' ');
        }
    }
    text
}

#[test]
fn a_chinese_screen_has_no_english_word_but_names() {
    const NAMES: &[&str] = &[
        "App",
        "ID",
        "Secret",
        "Excel",
        "CSV",
        "JavaScript",
        "SHA-256",
        "MIT",
        "OR",
        "Apache-2.0",
        "Lark",
        "Ctrl",
        "CFR",
        "cli_a1b2",
        "open.feishu.cn",
        "open.larksuite.com",
        "shift-roster",
        "operator_id",
        "GB18030",
        "attendance:task",
        "toml",
        "run.db",
        "summary.json",
        "run.log",
        "failure.xlsx",
        "failure.csv",
        "xlsx",
        "F8",
    ];
    for (name, language, page) in both() {
        if language == Language::English {
            continue;
        }
        let text = words(&page)
            .replace("http://127.0.0.1:49321", "")
            .replace("/jobs", "")
            .replace("/runs", "");
        let letters = |c: char| !(c.is_ascii_alphanumeric() || "_-.:".contains(c));
        for word in text
            .split(letters)
            .map(|word| word.trim_matches(['.', ':', '-']))
        {
            let is_word = word.chars().filter(char::is_ascii_alphabetic).count() > 1;
            let is_known = NAMES.contains(&word) || word.chars().any(|c| c.is_ascii_digit());
            assert!(!is_word || is_known, "{name} says `{word}` in Chinese");
        }
    }
}

#[test]
fn what_others_wrote_is_text_on_every_screen() {
    const PAYLOAD: &str = "<img src=x onerror=alert(1)>\"'";
    let frame = frame(Language::English, "../../", Mode::Rehearsal, Here::Import);
    let mut screen = checked();
    screen.file = PAYLOAD.into();
    screen.notes = vec![PAYLOAD.into()];
    screen.found.reasons = vec![Reason {
        says: PAYLOAD.into(),
        ..reasons().remove(0)
    }];
    screen.shape = Some(Shape {
        label: PAYLOAD.into(),
        ..shape()
    });
    let page = check::page(&frame, &screen).into_string();
    assert!(page.matches("&lt;img").count() >= 4);
    assert!(!page.contains("<img"));
}
