//! What people read, word for word: help, catalogue, plans, refusals and last words. A changed word is a changed file in
//! `tests/snapshots`, to be read before it is accepted with `INSTA_UPDATE=always`.

use crate::support::office::Office;
use crate::support::{Bench, Method, Ran, Table};

/// Compares a text with `tests/snapshots/NAME.snap`.
fn reads(name: &str, text: &str) {
    // An update would take an empty text for the new one.
    assert!(!text.trim().is_empty(), "{name} says nothing");
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}

/// A text without the port of the sandbox, which differs from run to run.
fn without_port(text: &str) -> String {
    assert!(text.contains("127.0.0.1:"), "no port in {text}");
    let mut parts = text.split("127.0.0.1:");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.extend([
            "127.0.0.1:PORT",
            part.trim_start_matches(|c: char| c.is_ascii_digit()),
        ]);
    }
    masked
}

/// The last words of a run, without what differs from run to run.
fn last_words(ran: &Ran) -> String {
    let run = ran.summary()["run"].as_str().unwrap().to_owned();
    let place = ran.summary()["platform"]["host"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut words = String::new();
    let said = &ran.said.stderr;
    for varies in [&run, &place] {
        assert!(!varies.is_empty() && said.contains(varies), "{said}");
    }
    let said = said.replace(&run, "RUN").replace(&place, "PLACE");
    for line in said.lines() {
        let masked = line
            .rsplit_once(" items succeeded in ")
            .map(|(before, _)| before);
        match masked {
            Some(before) => words.extend([before, " items succeeded in TIME\n"]),
            None => words.extend([line, "\n"]),
        }
    }
    words
}

#[test]
fn help() {
    let bench = Bench::new("shift-schedule");
    reads("help", &bench.feishu(&["--help"]).stdout);
    for command in [
        "run",
        "check",
        "report",
        "runs",
        "endpoints",
        "init",
        "jobs",
        "open",
        "doctor",
        "schema",
        "sandbox",
        "completions",
    ] {
        let said = bench.feishu(&[command, "--help"]);
        assert_eq!((said.exit, said.stderr.as_str()), (0, ""));
        reads(&format!("help-{command}"), &said.stdout);
    }
}

#[test]
fn the_jobs_that_init_writes() {
    let days: Vec<String> = (1..=30).map(|day| format!("{day}日")).collect();
    let roster = format!("工号,姓名,考勤组,{}\n", days.join(","));
    let shifts = "attendance.user_daily_shifts.batch_create";
    let plan_rows = "corehr.workforce_plan_detail_row.batchDelete";
    let report = "attendance.archive_rule.upload_report";
    for (name, endpoint, header) in [
        ("template-shifts", shifts, ""),
        ("template-report", report, ""),
        ("template-plan-rows", plan_rows, ""),
        (
            "shifts",
            shifts,
            "员工工号,姓名,考勤组,shift id,月份,日期,班组\n",
        ),
        ("shifts-incomplete", shifts, "姓名,班次,月份\n"),
        (
            "report",
            report,
            "姓名,工号,开始日期,end-time,month,应出勤天数,迟到次数\n",
        ),
        ("plan-rows", plan_rows, "部门,成本中心,job_family,2026-12\n"),
        ("roster", shifts, &*roster),
    ] {
        let bench = Bench::new("shift-schedule");
        let mut arguments = vec!["init", "--endpoint", endpoint, "--name", "mine"];
        if !header.is_empty() {
            std::fs::write(bench.path("rows.csv"), header).unwrap();
            arguments.extend(["--from", "rows.csv"]);
        }
        let said = bench.feishu(&arguments);
        assert_eq!(said.exit, 0, "{}", said.stderr);
        let job = std::fs::read_to_string(bench.path("mine.toml")).unwrap();
        reads(
            &format!("init-{name}"),
            &format!("{job}----\n{}", said.stderr),
        );
    }
}

#[test]
fn the_catalogue() {
    let bench = Bench::new("shift-schedule");
    let list = bench.feishu(&["endpoints"]);
    reads("endpoints", &list.stdout);
    let names: Vec<&str> = list
        .stdout
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(names.len(), 19);
    for name in names {
        reads(
            &format!("endpoint-{name}"),
            &bench.feishu(&["endpoints", name]).stdout,
        );
    }
}

#[test]
fn the_plan_of_each_sample() {
    for method in Method::ALL {
        let bench = Bench::new(method.job());
        let said = bench.feishu(&["check", &bench.job_file()]);
        assert_eq!(said.stderr, "");
        reads(&format!("check-{}", method.job()), &said.stdout);
    }
}

#[test]
fn the_plan_of_each_workbook_that_ships() {
    for name in [
        "shift-roster",
        "archive-report-monthly",
        "store-roster",
        "month-end",
    ] {
        let said = Office::shipped(name).on_job("check", &[]);
        assert_eq!(said.stderr, "");
        reads(&format!("check-{name}"), &said.stdout);
    }
}

#[test]
fn the_last_words_of_a_run_in_which_some_items_did_not_succeed() {
    reads(
        "ran-incomplete",
        &last_words(&Bench::new("shift-schedule").run()),
    );
}

#[test]
fn the_last_words_of_a_run_in_which_every_item_succeeded() {
    let table = (0..1200).fold(Table::new(&["id"]), |table, row| {
        table.row([format!("18014649{row:04}")])
    });
    reads(
        "ran-whole",
        &last_words(&Bench::new("delete-records").rows(&table).run()),
    );
}

#[test]
fn the_last_words_of_a_halted_run() {
    let bench = Bench::new("archive-report").set("operator_id", "forbidden");
    let ran = bench.run();
    // How many calls were under way when the first was refused is chance.
    let words = last_words(&ran);
    let halt: Vec<&str> = words
        .lines()
        .take_while(|line| !line.contains(" items succeeded in "))
        .collect();
    reads("ran-halted", &halt.join("\n"));
}

#[test]
fn the_notes_on_a_file_in_another_encoding() {
    let text = "姓名,record_id,打卡时间\n陈建国,6709359,2026-10-20 07:59\n,,\n孙悦,6709360,2026-10-20 08:01\n";
    let bytes = encoding_rs::GB18030.encode(text).0;
    let ran = Bench::new("delete-punches")
        .file("导出.csv", &bytes, text.to_owned())
        .run()
        .checked();
    reads("ran-with-notes", &last_words(&ran));
}

#[test]
fn what_is_refused_on_the_command_line() {
    let bench = Bench::new("shift-schedule");
    for (name, arguments) in [
        ("unknown-run", vec!["runs", "2025"]),
        ("no-run-yet", vec!["report", "last"]),
        (
            "unknown-endpoint",
            vec!["endpoints", "attendance.user_flow.batch_del"],
        ),
        (
            "set-without-value",
            vec!["check", "jobs/shift-schedule.toml", "--set", "month"],
        ),
        (
            "quota-without-span",
            vec!["check", "jobs/shift-schedule.toml", "--quota", "50"],
        ),
        ("no-command", vec!["load"]),
    ] {
        reads(&format!("refused-{name}"), &bench.feishu(&arguments).stderr);
    }
}

#[test]
fn what_is_refused_in_a_job() {
    for (name, from, to) in [
        ("job-unknown-table", "[input]", "[inputs]"),
        ("job-unknown-key", "ignore", "ignored"),
        ("job-unknown-value", "operator_id  ", "operater_id  "),
        (
            "job-missing-value",
            "employee_type = ",
            "# employee_type = ",
        ),
        ("job-wrong-type", "ignore = [\"姓名\"]", "ignore = 7"),
        ("job-bad-toml", "[request]", "[request"),
        ("job-unknown-endpoint", "batch_create\"", "batch_creat\""),
        ("job-bad-constant", "\"employee_id\"", "\"user_id\""),
        (
            "job-limit",
            "[request]",
            "[limits]\nmax_items = 51\n[request]",
        ),
        (
            "job-item",
            "# [item]",
            "[item]\nshift = { column = \"班次\" }",
        ),
    ] {
        let bench = Bench::new("shift-schedule").job(|job| job.replacen(from, to, 1));
        let said = bench.feishu(&["check", &bench.job_file()]);
        assert_eq!((said.exit, said.stdout.as_str()), (2, ""), "{name}");
        reads(&format!("refused-{name}"), &said.stderr);
    }
}

#[test]
fn what_is_refused_in_a_file() {
    let header = "user_id,group_id,shift_id,month,day_no";
    for (name, text) in [
        (
            "header-near-miss",
            "userid,group_id,shift_id,month,day_no\nu1,g1,s1,202611,1\n".to_owned(),
        ),
        (
            "header-lacks",
            "user_id,group_id,month,day_no\nu1,g1,202611,1\n".to_owned(),
        ),
        (
            "header-unknown",
            format!("{header},remark\nu1,g1,s1,202611,1,x\n"),
        ),
        ("header-is-data", "u1,g1,s1,202611,1\n".to_owned()),
        (
            "quote-not-closed",
            format!("{header}\nu1,g1,\"s1,202611,1\nu2,g1,s1,202611,1\n"),
        ),
        (
            "too-many-rejected",
            format!("{header}\n{}", "u1,g1,s1,202611,31\n".repeat(25)),
        ),
        ("nothing-there", String::new()),
    ] {
        let ran = Bench::new("shift-schedule")
            .file("shifts.csv", text.as_bytes(), text.clone())
            .run();
        reads(&format!("refused-{name}"), ran.refused());
    }
}

#[test]
fn what_is_refused_before_sending() {
    let ran = Bench::new("delete-plan-rows").without_yes().run();
    reads("refused-not-confirmed", &without_port(ran.refused()));
    let ran = Bench::new("delete-plan-rows")
        .environment("FEISHU_APP_ID", "")
        .run();
    let first = ran.refused().lines().next().unwrap();
    assert!(
        first.starts_with("error: ") && first.contains("FEISHU_APP_ID"),
        "{first}"
    );
}
