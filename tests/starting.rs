//! `init`, for people who have no job yet: what it writes is what `check` takes.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use calamine::{Data, DataType as _, Reader as _, Xlsx, open_workbook};
use feishu_bulk::endpoint::catalogue;

use crate::support::Bench;
use crate::support::bench::PACKAGE;
use crate::support::office::Office;
use crate::support::sheet::{self, Grid, Sheet};

const SHIFTS: &str = "attendance.user_daily_shifts.batch_create";

fn bench() -> Bench {
    Bench::new("shift-schedule")
}

/// `init` that writes.
fn init(bench: &Bench, arguments: &[&str]) -> String {
    let said = bench.feishu(&[&["init"], arguments].concat());
    assert_eq!(
        (said.exit, said.stdout.as_str()),
        (0, ""),
        "{}",
        said.stderr
    );
    said.stderr
}

/// Header and rows of a sheet, all of them text.
fn sheet(path: &Path, name: &str) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let text = |cell: &Data| {
        assert!(cell.is_string() || cell.is_empty(), "{cell:?} is no text");
        cell.get_string().unwrap_or_default().to_owned()
    };
    let range = book.worksheet_range(name).unwrap();
    range
        .rows()
        .map(|row| row.iter().map(text).collect())
        .collect()
}

/// The rows of a template as CSV, and the job changed to read them.
fn as_csv(bench: &Bench, name: &str) {
    let mut writer = csv::Writer::from_path(bench.path(&format!("{name}.csv"))).unwrap();
    for row in sheet(&bench.path(&format!("{name}.xlsx")), "rows") {
        writer.write_record(row).unwrap();
    }
    writer.flush().unwrap();
    let path = bench.path(&format!("{name}.toml"));
    let job = fs::read_to_string(&path).unwrap();
    let changed = job
        .replace(
            &format!("file  = \"{name}.xlsx\""),
            &format!("file  = \"{name}.csv\""),
        )
        .replace("sheet = \"rows\"\n", "");
    assert_ne!(job, changed);
    fs::write(path, changed).unwrap();
}

/// The job is accepted, with so many rows and none rejected.
fn would_send(bench: &Bench, job: &str, rows: u32) {
    let said = bench.feishu(&["check", job]);
    assert_eq!(said.exit, 0, "{}{}", said.stdout, said.stderr);
    let plan = format!("{rows} to send, 0 rejected");
    assert!(said.stdout.contains(&plan), "{}", said.stdout);
}

/// The template filled as its examples show: their beginning taken off, and of several lines to choose from the first one taken.
fn filled(bench: &Bench, name: &str) {
    as_csv(bench, name);
    let rows = sheet(&bench.path(&format!("{name}.xlsx")), "rows");
    let mut writer = csv::Writer::from_path(bench.path(&format!("{name}.csv"))).unwrap();
    let plain = |text: &String| text.replace("example-", "");
    writer.write_record(rows[0].iter().map(plain)).unwrap();
    // A line of nothing but the titles would be the header once more.
    let cell = |text: &String| plain(text).replace("id", "x1");
    writer.write_record(rows[1].iter().map(cell)).unwrap();
    writer.flush().unwrap();
    chosen(bench, name);
}

/// The job with its examples taken for values, and with the first of several lines to choose from.
fn chosen(bench: &Bench, name: &str) {
    let path = bench.path(&format!("{name}.toml"));
    let job = fs::read_to_string(&path).unwrap();
    let job = job.replace("example-", "");
    fs::write(
        path,
        job.replacen("# missing: employee_type", "employee_type", 1),
    )
    .unwrap();
}

#[test]
fn a_filled_template_of_every_endpoint_is_a_row_that_its_job_would_send() {
    for endpoint in catalogue::names() {
        let bench = bench();
        init(&bench, &["--endpoint", endpoint, "--name", "mine"]);
        filled(&bench, "mine");
        would_send(&bench, "mine.toml", 1);
    }
}

#[test]
fn an_example_row_with_any_of_its_cells_left_as_it_was_is_never_sent() {
    for endpoint in catalogue::names() {
        let bench = bench();
        init(&bench, &["--endpoint", endpoint, "--name", "mine"]);
        let rows = sheet(&bench.path("mine.xlsx"), "rows");
        assert!(
            rows[1].iter().all(|cell| cell.starts_with("example-")),
            "{:?}",
            rows[1]
        );
        chosen(&bench, "mine");
        let said = bench.feishu(&["check", "mine.toml"]);
        let told = format!("{}{}", said.stdout, said.stderr);
        assert!(
            told.contains("is an example of the template"),
            "{endpoint}: {told}"
        );
        assert!(
            said.exit == 2 || told.contains("0 to send, 1 rejected"),
            "{endpoint}: {told}"
        );
        // Everything is filled but one cell.
        as_csv(&bench, "mine");
        for left in 0..rows[0].len() {
            let mut writer = csv::Writer::from_path(bench.path("mine.csv")).unwrap();
            let plain = |text: &String| text.replace("example-", "");
            writer.write_record(rows[0].iter().map(plain)).unwrap();
            let cell = |(at, text): (usize, &String)| {
                if at == left {
                    text.clone()
                } else {
                    // Filled in, an id is no title of its column.
                    let text = plain(text);
                    let is_name = rows[0].iter().map(plain).any(|title| title == text);
                    if is_name { format!("{text}1") } else { text }
                }
            };
            writer
                .write_record(rows[1].iter().enumerate().map(cell))
                .unwrap();
            writer.flush().unwrap();
            let said = bench.feishu(&["check", "mine.toml", "--json"]);
            let plan = said.json();
            assert_eq!(plan["items"], 0, "{endpoint}: {}", rows[0][left]);
            assert_eq!(
                plan["rejections"][0]["rule"], "row.placeholder",
                "{endpoint}: {}",
                rows[0][left]
            );
        }
    }
}

#[test]
fn the_values_that_init_writes_into_a_job_are_refused_until_they_are_replaced() {
    let bench = bench();
    init(&bench, &["--endpoint", REPORT, "--name", "mine"]);
    let path = bench.path("mine.toml");
    let refused = |with: &str| {
        let said = bench.feishu(&["check", "mine.toml"]);
        assert_eq!(said.exit, 2, "{}", said.stderr);
        assert!(said.stderr.contains(with), "{}", said.stderr);
    };
    refused(
        "hint: write one of employee_id, employee_no into [request], or give it with --set employee_type=VALUE",
    );
    let job = fs::read_to_string(&path).unwrap();
    let mut job = job.replace(
        "# missing: employee_type = \"employee_no\"",
        "employee_type = \"employee_no\"",
    );
    for (name, value) in [
        ("month", "202612"),
        ("operator_id", "operator_id"),
        ("archive_rule_id", "archive_rule_id"),
    ] {
        fs::write(&path, &job).unwrap();
        refused(&format!(
            "[request] {name}: `example-{value}` is an example, not a value"
        ));
        job = job.replace(&format!("example-{value}\""), &format!("{value}\""));
    }
}

#[test]
fn every_value_that_init_comments_out_is_one_that_check_takes() {
    for endpoint in catalogue::names() {
        let bench = bench();
        init(&bench, &["--endpoint", endpoint, "--name", "mine"]);
        filled(&bench, "mine");
        let path = bench.path("mine.toml");
        let job = fs::read_to_string(&path).unwrap();
        let lines = job.lines().map(|line| match line.strip_prefix("# ") {
            Some(value)
                if value.contains(" = ")
                    && !value.contains('…')
                    && !value.starts_with("missing") =>
            {
                value
            }
            _ => line,
        });
        fs::write(path, lines.collect::<Vec<_>>().join("\n")).unwrap();
        let said = bench.feishu(&["check", "mine.toml"]);
        assert_eq!(said.exit, 0, "{endpoint}: {}{}", said.stdout, said.stderr);
    }
}

#[test]
fn the_second_sheet_explains_each_column_of_the_first() {
    for endpoint in catalogue::names() {
        let bench = bench();
        init(&bench, &["--endpoint", endpoint, "--name", "mine"]);
        let path = bench.path("mine.xlsx");
        let header = sheet(&path, "rows").swap_remove(0);
        let explained = sheet(&path, "fields");
        let columns: Vec<&String> = explained[1..].iter().map(|line| &line[0]).collect();
        assert_eq!(columns, header.iter().collect::<Vec<_>>());
        assert!(
            explained
                .iter()
                .all(|line| !line[1].is_empty() && !line[2].is_empty())
        );
        assert!(
            !header.contains(&explained[0][0]),
            "the two headers are alike"
        );
    }
}

#[test]
fn every_column_to_fill_is_formatted_as_text() {
    let bench = bench();
    init(&bench, &["--endpoint", SHIFTS, "--name", "mine"]);
    let mut book = zip::ZipArchive::new(fs::File::open(bench.path("mine.xlsx")).unwrap()).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        book.by_name(name)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    let styles = part("xl/styles.xml");
    let formats: Vec<&str> = styles
        .split("<cellXfs")
        .nth(1)
        .unwrap()
        .split("<xf ")
        .skip(1)
        .collect();
    let sheet = part("xl/worksheets/sheet1.xml");
    let columns: Vec<&str> = sheet.split("<col ").skip(1).collect();
    assert!(!columns.is_empty());
    for column in columns {
        let style = column
            .split("style=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let format = formats[style.parse::<usize>().unwrap()];
        // 49 is the built-in format of text.
        assert!(format.contains("numFmtId=\"49\""), "{format}");
    }
}

#[test]
fn no_file_is_overwritten() {
    for there in ["mine.toml", "mine.xlsx"] {
        let bench = bench();
        fs::write(bench.path(there), "somebody's").unwrap();
        let said = bench.feishu(&["init", "--endpoint", SHIFTS, "--name", "mine"]);
        assert_eq!(said.exit, 2);
        assert!(
            said.stderr.contains(&format!("{there} is there already")),
            "{}",
            said.stderr
        );
        assert_eq!(fs::read_to_string(bench.path(there)).unwrap(), "somebody's");
        let written = ["mine.toml", "mine.xlsx"].map(|name| bench.path(name).exists());
        assert_eq!(
            written.iter().filter(|exists| **exists).count(),
            1,
            "half of it was written"
        );
    }
}

#[test]
fn a_file_with_chinese_titles_gets_a_job_that_sends_its_rows() {
    let bench = bench();
    let rows =
        "工号,姓名,考勤组ID,班次,月份,日,Is_Clear Schedule,班组\nu1,周涛,g1,s1,202611,3,false,甲\n";
    fs::create_dir(bench.path("exports")).unwrap();
    fs::write(bench.path("exports/十一月.csv"), rows).unwrap();
    let said = init(
        &bench,
        &[
            "--endpoint",
            SHIFTS,
            "--from",
            "exports/十一月.csv",
            "--out",
            "my/jobs",
        ],
    );
    assert!(
        said.contains("next: feishu-bulk check my/jobs/十一月.toml"),
        "{said}"
    );
    assert!(!bench.path("my/jobs/十一月.xlsx").exists());
    let said = bench.feishu(&["check", "my/jobs/十一月.toml"]);
    assert_eq!(said.exit, 0, "{}{}", said.stdout, said.stderr);
    let job = fs::read_to_string(bench.path("my/jobs/十一月.toml")).unwrap();
    assert!(job.contains("file = \"../../exports/十一月.csv\""), "{job}");
    assert!(job.contains("No field was found for: 班组"), "{job}");
    for cell in ["u1", "周涛", "g1", "甲"] {
        assert!(!job.contains(cell), "the job holds the cell {cell}");
    }
}

#[test]
fn a_required_field_without_a_column_is_told_and_refused_by_check() {
    let bench = bench();
    fs::write(
        bench.path("half.csv"),
        "user_id,month,day_no\nu1,202611,3\n",
    )
    .unwrap();
    init(&bench, &["--endpoint", SHIFTS, "--from", "half.csv"]);
    let job = fs::read_to_string(bench.path("half.toml")).unwrap();
    for field in ["group_id", "shift_id"] {
        assert!(job.contains(&format!("# missing: {field}")), "{job}");
    }
    chosen(&bench, "half");
    let said = bench.feishu(&["check", "half.toml"]);
    assert_eq!(said.exit, 2);
    assert!(
        said.stderr
            .contains("lacks the columns `group_id`, `shift_id`"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_keys_of_jsonl_are_its_columns() {
    let bench = bench();
    let rows = "{\"record_id\":\"1\"}\n{\"record_id\":\"2\",\"姓名\":\"孙悦\"}\n";
    fs::write(bench.path("punches.jsonl"), rows).unwrap();
    let endpoint = "attendance.user_flows.batch_del";
    init(&bench, &["--endpoint", endpoint, "--from", "punches.jsonl"]);
    would_send(&bench, "punches.toml", 2);
}

#[test]
fn the_samples_get_jobs_that_read_them_as_the_shipped_ones_do() {
    for job in [
        "shift-schedule",
        "archive-report",
        "delete-punches",
        "delete-plan-rows",
        "delete-records",
    ] {
        let bench = Bench::new(job);
        let shipped = bench.feishu(&["check", &bench.job_file(), "--json"]).json();
        let endpoint = shipped["endpoint"].as_str().unwrap();
        let sample = format!("samples/{job}.csv");
        init(
            &bench,
            &["--endpoint", endpoint, "--from", &sample, "--name", "mine"],
        );
        // An id of a member may be of either kind.
        chosen(&bench, "mine");
        let month = if job == "archive-report" {
            "202610"
        } else {
            "202612"
        };
        let path = bench.path("mine.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replace("202612", month)).unwrap();
        let mine = bench.feishu(&["check", "mine.toml", "--json"]).json();
        for what in ["rows", "items", "rejected", "reasons"] {
            assert_eq!(mine[what], shipped[what], "{job}: {what}");
        }
    }
}

#[test]
fn an_endpoint_of_the_users_own_is_named_by_its_path_from_the_job() {
    let bench = bench();
    let file = format!("{PACKAGE}/jobs/endpoints/attendance.user_flows.batch_del.toml");
    fs::copy(file, bench.path("own.punches.toml")).unwrap();
    init(
        &bench,
        &[
            "--endpoint",
            "own.punches.toml",
            "--out",
            "deep/down",
            "--name",
            "mine",
        ],
    );
    let job = fs::read_to_string(bench.path("deep/down/mine.toml")).unwrap();
    assert!(
        job.contains("endpoint = \"../../own.punches.toml\""),
        "{job}"
    );
}

#[test]
fn what_cannot_be_started_is_refused_and_nothing_is_written() {
    let bench = bench();
    let before = fs::read_dir(bench.path("")).unwrap().count();
    for (arguments, expected) in [
        (
            vec!["--endpoint", "attendance.user_flow.batch_del"],
            "did you mean",
        ),
        (
            vec!["--endpoint", SHIFTS, "--name", "../mine"],
            "a path, not a name",
        ),
        (
            vec!["--endpoint", SHIFTS, "--name", "mine/"],
            "a path, not a name",
        ),
        (
            vec!["--endpoint", SHIFTS, "--from", "none.csv"],
            "no such file",
        ),
        (vec!["--endpoint", SHIFTS, "--sheet", "九月"], "--from"),
        (vec!["--name", "mine"], "--endpoint"),
    ] {
        let said = bench.feishu(&[vec!["init"], arguments].concat());
        assert_eq!(said.exit, 2, "{}", said.stderr);
        assert!(said.stderr.contains(expected), "{}", said.stderr);
    }
    assert_eq!(fs::read_dir(bench.path("")).unwrap().count(), before);
}

#[test]
fn every_shell_gets_a_script_that_knows_every_command() {
    let bench = bench();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = bench.feishu(&["completions", shell]);
        assert_eq!((said.exit, said.stderr.as_str()), (0, ""));
        for word in ["run", "resume", "init", "completions", "endpoint"] {
            assert!(said.stdout.contains(word), "{shell} lacks {word}");
        }
    }
    assert_eq!(bench.feishu(&["completions", "tcsh"]).exit, 2);
}

#[test]
fn a_job_is_proposed_for_a_roster_with_titles_above_it_and_notes_beside_it() {
    let bench = bench();
    let roster = Path::new(PACKAGE).join("samples/shift-roster.xlsx");
    let roster = roster.to_str().unwrap();
    init(
        &bench,
        &["--endpoint", SHIFTS, "--from", roster, "--name", "mine"],
    );
    let job = std::fs::read_to_string(bench.path("mine.toml")).unwrap();
    for part in [
        "sheet = \"九月\"",
        "[input.unpivot]",
        "user_id",
        "{ cell = \"day\" }",
    ] {
        assert!(job.contains(part), "{job}");
    }
    // What is missing is given, and the words are those of the table: then only cells are wrong.
    let job = job.replace(
        "# missing: group_id = { column = \"…\" }",
        "group_id = \"6737202939523236110\"",
    );
    std::fs::write(bench.path("mine.toml"), &job).unwrap();
    let said = bench.feishu(&["check", "mine.toml"]);
    assert_eq!(said.exit, 2);
    for part in [
        "[lookup.shifts] gives no value for",
        "`早班`",
        "`晚班 13:00-22:00`",
    ] {
        assert!(said.stderr.contains(part), "{}", said.stderr);
    }
    for name in ["赵春晓", "0007"] {
        assert!(!job.contains(name), "{job}");
    }
    let complete = job
        .lines()
        .map(|line| line.replace(" = \"\"", " = \"6753520403404030215\""));
    let complete: Vec<String> = complete.collect();
    std::fs::write(bench.path("mine.toml"), complete.join("\n")).unwrap();
    let said = bench.feishu(&["check", "mine.toml"]);
    assert!(
        said.stdout.contains("rows       40 rows x 30 days"),
        "{} {}",
        said.stdout,
        said.stderr
    );
}

const REPORT: &str = "attendance.archive_rule.upload_report";

/// The job that `init` proposes for a file, and that `check` takes it with every row.
fn proposed(bench: &Bench, endpoint: &str, file: &str) -> String {
    init(
        bench,
        &["--endpoint", endpoint, "--from", file, "--name", "mine"],
    );
    chosen(bench, "mine");
    would_send(bench, "mine.toml", 2);
    fs::read_to_string(bench.path("mine.toml")).unwrap()
}

#[test]
fn a_job_is_proposed_for_csv_in_another_encoding_or_with_another_delimiter() {
    let rows = "工号,姓名,考勤组ID,班次,月份,日\nu1,周涛,g1,s1,202611,3\nu2,孙悦,g1,s1,202611,4\n";
    let tabs = rows.replace(',', "\t");
    let utf16: Vec<u8> = tabs.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encoded = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    for (bytes, keys) in [
        (rows.into(), vec![]),
        (encoded(rows), vec!["encoding = \"gb18030\""]),
        (rows.replace(',', ";").into(), vec!["delimiter = \";\""]),
        (tabs.clone().into(), vec!["delimiter = \"\\t\""]),
        (
            encoded(&tabs),
            vec!["encoding  = \"gb18030\"", "delimiter = \"\\t\""],
        ),
        // As a spreadsheet saves "Unicode text".
        (
            [b"\xFF\xFE", utf16.as_slice()].concat(),
            vec!["delimiter = \"\\t\""],
        ),
        (
            utf16,
            vec!["encoding  = \"utf-16le\"", "delimiter = \"\\t\""],
        ),
    ] {
        let bench = bench();
        fs::write(bench.path("rows.csv"), bytes).unwrap();
        let job = proposed(&bench, SHIFTS, "rows.csv");
        for key in &keys {
            assert!(job.contains(key), "{key}: {job}");
        }
        let said = ["encoding ", "delimiter ", "header_rows "];
        let lines = job.lines();
        let found = lines.filter(|line| said.iter().any(|key| line.starts_with(key)));
        assert_eq!(found.count(), keys.len(), "{job}");
        assert!(!job.contains("周涛"), "{job}");
    }
}

#[test]
fn a_job_is_proposed_for_titles_in_two_lines_whether_in_a_workbook_or_in_csv() {
    let sheet = Sheet::new("月报")
        .row(["2026年11月 月报"])
        .row(["工号", "姓名", "开始日期", "结束日期", "出勤", "", "异常"])
        .row(["", "", "", "", "应出勤", "实出勤", "迟到"])
        .row(["u1", "周涛", "20261101", "20261130", "22", "21", "1"])
        .row(["u2", "孙悦", "20261101", "20261130", "22", "22", ""])
        .merged((0, 0), (0, 6))
        .merged((1, 4), (1, 5));
    let merged_down = (0..4).fold(sheet.clone(), |sheet, at| sheet.merged((1, at), (2, at)));
    let text = "2026年11月 月报,,,,,,\n工号,姓名,开始日期,结束日期,出勤,,异常\n,,,,应出勤,实出勤,迟到\n\
                u1,周涛,20261101,20261130,22,21,1\nu2,孙悦,20261101,20261130,22,22,\n";
    let bench = bench();
    sheet::save(&bench.path("rows.xlsx"), &[sheet]);
    sheet::save(&bench.path("merged.xlsx"), &[merged_down]);
    fs::write(bench.path("rows.csv"), text).unwrap();
    fs::write(bench.path("semicolon.csv"), text.replace(',', ";")).unwrap();
    for file in ["rows.xlsx", "merged.xlsx", "rows.csv", "semicolon.csv"] {
        let job = proposed(&bench, REPORT, file);
        for part in [
            "header_rows = 2",
            "column = \"工号\"",
            "出勤/应出勤, 出勤/实出勤, 异常/迟到",
        ] {
            assert!(job.contains(part), "{file}: {job}");
        }
        for cell in ["u1", "周涛", "20261130"] {
            assert!(!job.contains(cell), "{file}: {job}");
        }
        fs::remove_file(bench.path("mine.toml")).unwrap();
    }
}

#[test]
fn a_guessed_encoding_is_told() {
    let bench = bench();
    let rows = "工号,姓名\nu1,周涛\n";
    fs::write(bench.path("rows.csv"), encoding_rs::GBK.encode(rows).0).unwrap();
    let said = init(&bench, &["--endpoint", SHIFTS, "--from", "rows.csv"]);
    assert!(
        said.contains("note: the file seems to be gb18030: check that the titles in the job"),
        "{said}"
    );
}

#[test]
fn the_kind_of_ids_is_proposed_by_the_title_of_their_column_and_asked_for_where_it_does_not_tell() {
    let bench = bench();
    for (at, (title, kind)) in [
        ("工号", Some("employee_no")),
        ("员工工号", Some("employee_no")),
        ("用户ID", Some("employee_id")),
        ("user_id", Some("employee_id")),
        ("员工编号", None),
        ("人员ID", None),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("mine{at}");
        fs::write(
            bench.path("rows.csv"),
            format!("{title},考勤组ID,班次,月份,日\nu1,g1,s1,202611,3\n"),
        )
        .unwrap();
        init(
            &bench,
            &["--endpoint", SHIFTS, "--from", "rows.csv", "--name", &name],
        );
        let job = fs::read_to_string(bench.path(&format!("{name}.toml"))).unwrap();
        let said = bench.feishu(&["check", &format!("{name}.toml")]);
        if let Some(kind) = kind {
            assert!(
                job.contains(&format!("\nemployee_type = \"{kind}\"")),
                "{title}: {job}"
            );
            assert_eq!(said.exit, 0, "{title}: {}", said.stderr);
        } else {
            for kind in ["employee_id", "employee_no"] {
                assert!(
                    job.contains(&format!("# missing: employee_type = \"{kind}\"")),
                    "{title}: {job}"
                );
            }
            assert_eq!(said.exit, 2, "{title}: {}", said.stdout);
            assert!(
                said.stderr
                    .contains("write one of employee_id, employee_no into [request]"),
                "{}",
                said.stderr
            );
        }
    }
}

#[test]
fn a_column_that_holds_ids_is_never_proposed_to_be_ignored() {
    let bench = bench();
    let rows = "工号,姓名,考勤组,班次,月份,日,用户ID,系统号,备注\n\
                u1,周涛,g1,s1,202611,3,dd31248a,6753520403404030215,周末\n\
                u2,孙悦,g1,s1,202611,4,dd31248b,6753520403404030216,\n";
    fs::write(bench.path("rows.csv"), rows).unwrap();
    init(
        &bench,
        &["--endpoint", SHIFTS, "--from", "rows.csv", "--name", "mine"],
    );
    let job = fs::read_to_string(bench.path("mine.toml")).unwrap();
    assert!(job.contains("ignore = [\"姓名\", \"备注\"]"), "{job}");
    assert!(
        job.contains("columns of ids; name each in [item], or add it to `ignore`: 用户ID, 系统号"),
        "{job}"
    );
    for cell in ["dd31248a", "周涛", "6753520403404030215"] {
        assert!(!job.contains(cell), "{job}");
    }
    let said = bench.feishu(&["check", "mine.toml"]);
    assert_eq!(said.exit, 2, "{}", said.stdout);
    assert!(
        said.stderr
            .contains("the job does not use the columns `用户ID`, `系统号`"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_words_of_a_roster_are_listed_with_their_counts_and_the_job_is_refused_until_they_are_complete()
 {
    let bench = bench();
    let days: Vec<String> = (1..=30).map(|day| format!("{day}日")).collect();
    let row = |number: &str, name: &str, word: &str, other: &str| {
        let cells: Vec<&str> = (1..=30)
            .map(|day| if day % 7 == 0 { other } else { word })
            .collect();
        format!("{number},{name},g1,{}\n", cells.join(","))
    };
    let rows = format!(
        "2026年11月排班表\n工号,姓名,考勤组,{}\n{}{}{}",
        days.join(","),
        row("0001", "周涛", "早班", "休"),
        row("0002", "孙悦", "8:00-17:00", "休"),
        row("0003", "李娜", "周涛", "dd31248a"),
    );
    fs::write(bench.path("rows.csv"), rows).unwrap();
    init(
        &bench,
        &["--endpoint", SHIFTS, "--from", "rows.csv", "--name", "mine"],
    );
    let path = bench.path("mine.toml");
    let job = fs::read_to_string(&path).unwrap();
    for line in [
        "\"8:00-17:00\" = \"\"  # in 26 cells",
        "\"早班\"         = \"\"  # in 26 cells",
        "\"休\"          = \"\"  # in 8 cells",
    ] {
        assert!(job.contains(line), "{job}");
    }
    for cell in ["周涛", "孙悦", "dd31248a", "0001"] {
        assert!(!job.contains(cell), "{job}");
    }
    let refused = |with: &str| {
        let said = bench.feishu(&["check", "mine.toml"]);
        assert_eq!(said.exit, 2, "{}", said.stdout);
        assert!(said.stderr.contains(with), "{}", said.stderr);
    };
    refused("[lookup.shifts] gives no value for `8:00-17:00`, `早班`, `休`");
    let job = job.replace("\"早班\"         = \"\"", "\"早班\" = \"s1\"");
    fs::write(&path, &job).unwrap();
    refused("gives no value for `8:00-17:00`, `休`");
    let job = job.replace("\"8:00-17:00\" = \"\"", "\"8:00-17:00\" = \"s2\"");
    fs::write(
        &path,
        job.replace("\"休\"          = \"\"", "\"休\" = \"0\""),
    )
    .unwrap();
    let said = bench.feishu(&["check", "mine.toml", "--json"]);
    assert_eq!(said.json()["items"], 60, "{}{}", said.stdout, said.stderr);
}

#[test]
fn a_roster_of_a_month_is_made_filled_checked_and_sent() {
    let office = Office::new("");
    let said = office.feishu(&[
        "init",
        "--endpoint",
        SHIFTS,
        "--roster",
        "202612",
        "--name",
        "jobs/office",
    ]);
    assert_eq!(said.exit, 2, "a name is no path: {}", said.stderr);
    let said = office.feishu(&[
        "init",
        "--endpoint",
        SHIFTS,
        "--roster",
        "202612",
        "--name",
        "十二月",
    ]);
    assert_eq!(said.exit, 0, "{}", said.stderr);
    assert!(
        said.stderr.contains("give each person a row"),
        "{}",
        said.stderr
    );
    let mut roster = Grid::of_texts(&office.path("十二月.xlsx"));
    assert_eq!(roster.sheet, "2026年12月");
    assert_eq!(roster.rows[0][0], "2026年12月 排班表");
    assert_eq!(roster.rows[1][..5], ["工号", "姓名", "考勤组", "1", "2"]);
    assert_eq!(roster.rows[1][33], "31");
    // The first of December 2026 is a Tuesday, the last a Thursday.
    assert_eq!(
        (
            &*roster.rows[2][2],
            &*roster.rows[2][3],
            &*roster.rows[2][33]
        ),
        ("", "二", "四")
    );
    assert_eq!(roster.rows.len(), 3);
    let empty = office.feishu(&["check", "十二月.toml"]);
    assert_eq!(empty.exit, 2, "{}", empty.stdout);
    for (number, name, word) in [("0007", "赵春晓", "早班"), ("0020", "钱谷雨", "休")] {
        let mut row = vec![number.to_owned(), name.to_owned(), "g1".to_owned()];
        row.extend((1..=31).map(|_| word.to_owned()));
        roster.rows.push(row);
    }
    roster.save(&office.path("十二月.xlsx"));
    let job = fs::read_to_string(office.path("十二月.toml")).unwrap();
    assert!(job.contains("\nemployee_type = \"employee_no\""), "{job}");
    let job = job
        .replace(
            "# missing: \"早班\" = \"…\"",
            "\"早班\" = \"6753520403404030215\"",
        )
        .replace(
            "# [input.unpivot.rest]   # words",
            "[input.unpivot.rest] # words",
        )
        .replace("# words = [\"休\"]", "words = [\"休\"]")
        .replace(
            "# item  = { shift_id = \"…\" }",
            "item  = { shift_id = \"0\" }",
        );
    fs::write(office.path("十二月.toml"), job).unwrap();
    let check = office.feishu(&["check", "十二月.toml"]);
    assert_eq!(check.exit, 0, "{}{}", check.stdout, check.stderr);
    assert!(
        check
            .stdout
            .contains("the month 202612 (December 2026) is known by"),
        "{}",
        check.stdout
    );
    let run = office.feishu(&["run", "十二月.toml", "--sandbox", "--quota", "none"]);
    assert_eq!(run.exit, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("62 of 62 items succeeded"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_roster_is_refused_for_no_month_for_an_endpoint_without_days_and_beside_a_file() {
    let bench = bench();
    for (arguments, expected) in [
        (
            ["--endpoint", SHIFTS, "--roster", "2026年12月"].as_slice(),
            "a month is written yyyyMM",
        ),
        (
            &["--endpoint", REPORT, "--roster", "202612"],
            "its items have no day of a month",
        ),
        (
            &[
                "--endpoint",
                SHIFTS,
                "--roster",
                "202612",
                "--from",
                "rows.csv",
            ],
            "--from",
        ),
    ] {
        let said = bench.feishu(&[&["init"], arguments].concat());
        assert_eq!(said.exit, 2, "{}", said.stderr);
        assert!(said.stderr.contains(expected), "{}", said.stderr);
    }
}
