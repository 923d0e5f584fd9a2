//! The checker is awake: each test falsifies one trace of a sound run and sees it complain.

use std::fs;
use std::path::Path;

use feishu_bulk::sandbox::Endpoint;

use crate::support::Ran;
use crate::support::checker::{Evidence, complaints};
use crate::support::{Bench, Table};

/// A run with an item of each common outcome: records 1, 2 and 6 succeed, 3 fails, 4 and 5 are rejected.
fn sound() -> Ran {
    let table = Table::new(&["user_id", "group_id", "shift_id", "month", "day_no"])
        .row(["u1", "g1", "s1", "202611", "1"])
        .row(["u2", "g1", "s1", "202611", "2"])
        .row(["u3", "6737202939523236199", "s1", "202611", "3"])
        .row(["u4", "g1", "s1", "202611", "31"])
        .row(["u1", "g1", "s1", "202611", "1"])
        .row(["u6", "g1", "s1", "202611", "6"]);
    Bench::new("shift-schedule").rows(&table).run().checked()
}

/// Falsifies one thing and says which invariants are complained about.
fn caught(falsify: impl FnOnce(&mut Evidence)) -> String {
    let ran = sound();
    let mut evidence = ran.evidence().clone();
    falsify(&mut evidence);
    let found = complaints(&evidence);
    assert!(!found.is_empty(), "nobody noticed");
    found.join("\n")
}

fn edit(folder: &Path, name: &str, change: impl FnOnce(&str) -> String) {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed, "the change changes nothing");
    fs::write(path, changed).unwrap();
}

fn without_line(text: &str, at: usize) -> String {
    let kept = text.lines().enumerate().filter(|(line, _)| *line != at);
    kept.flat_map(|(_, line)| [line, "\n"]).collect()
}

#[test]
fn a_line_that_is_missing_is_noticed() {
    let found = caught(|run| edit(&run.folder, "success.csv", |text| without_line(text, 2)));
    assert!(found.contains("I1: record 2 is in 0 lines"), "{found}");
}

#[test]
fn a_line_that_is_there_twice_is_noticed() {
    let found = caught(|run| {
        edit(&run.folder, "failure.csv", |text| {
            format!("{text}{}\n", text.lines().nth(1).unwrap())
        });
    });
    assert!(found.contains("I1: record 3 is in 2 lines"), "{found}");
}

#[test]
fn lines_out_of_order_are_noticed() {
    let found = caught(|run| {
        edit(&run.folder, "success.csv", |text| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.swap(1, 2);
            lines.join("\n")
        });
    });
    assert!(found.contains("I1: success is not in the order"), "{found}");
}

#[test]
fn a_cell_that_was_changed_is_noticed() {
    let found = caught(|run| {
        edit(&run.folder, "success.csv", |text| {
            text.replace("u2,g1", "u2,g2")
        })
    });
    assert!(found.contains("I1: the cells of record 2"), "{found}");
}

#[test]
fn a_report_without_a_byte_order_mark_is_noticed() {
    let found = caught(|run| {
        edit(&run.folder, "failure.csv", |text| {
            text.replace('\u{feff}', "")
        })
    });
    assert!(found.contains("I1: failure does not begin"), "{found}");
}

#[test]
fn an_outcome_without_a_reason_is_noticed() {
    let found = caught(|run| {
        edit(&run.folder, "failure.csv", |text| {
            text.replace("repeats record 1", "")
        });
    });
    assert!(
        found.contains("I1: record 5 is rejected without"),
        "{found}"
    );
}

#[test]
fn an_item_that_no_row_gives_is_noticed() {
    let found = caught(|run| {
        let call = run.record.calls.last_mut().unwrap();
        call.body = call.body.take().map(|body| body.replace("u2", "u7"));
    });
    assert!(found.contains("is the item of the records []"), "{found}");
    assert!(found.contains("I2: record 2 has an answer, but"), "{found}");
}

#[test]
fn a_shared_value_that_nobody_asked_for_is_noticed() {
    let found = caught(|run| {
        let call = run.record.calls.last_mut().unwrap();
        call.body = call
            .body
            .take()
            .map(|body| body.replace("dd31248a", "dd31248b"));
    });
    assert!(found.contains("is the item of the records []"), "{found}");
}

#[test]
fn a_call_the_run_store_does_not_know_is_noticed() {
    let found = caught(|run| {
        let call = run.record.calls.last().unwrap().clone();
        run.record.calls.push(call);
    });
    assert!(
        found.contains("I2: the run store has 1 calls, the sandbox received 2"),
        "{found}"
    );
    assert!(found.contains("I13: the summary counts 1 calls"), "{found}");
}

#[test]
fn a_success_without_effect_is_noticed() {
    let found = caught(|run| {
        run.record.applied.shifts.pop_first();
    });
    assert!(
        found.contains("I3: record 1 is succeeded, and the platform has None"),
        "{found}"
    );
}

#[test]
fn a_success_with_another_effect_is_noticed() {
    let found = caught(|run| {
        let (_, shift) = run.record.applied.shifts.iter_mut().next().unwrap();
        shift.shift_id = "s2".to_owned();
    });
    assert!(
        found.contains("I3: record 1 is succeeded, and the platform has Other"),
        "{found}"
    );
}

#[test]
fn a_failure_that_was_applied_is_noticed() {
    let found = caught(|run| {
        let state = &mut run.record.applied.shifts;
        let (mut key, shift) = state.pop_first().unwrap();
        state.insert(key.clone(), shift.clone());
        (key.user_id, key.day_no) = ("u3".to_owned(), 3);
        state.insert(key, shift);
    });
    assert!(
        found.contains("I4: record 3 is failed, and the platform has"),
        "{found}"
    );
}

#[test]
fn a_rejected_row_that_was_sent_is_noticed() {
    let found = caught(|run| {
        let call = run.record.calls.last_mut().unwrap();
        call.body = call.body.take().map(|body| {
            let rejected =
                r#"{"group_id":"g1","shift_id":"s1","month":202611,"user_id":"u4","day_no":31},"#;
            body.replace('[', &format!("[{rejected}"))
        });
    });
    assert!(found.contains("is the item of the records []"), "{found}");
    assert!(found.contains("u4"), "{found}");
}

#[test]
fn an_item_twice_in_one_call_is_noticed() {
    let found = caught(|run| {
        let call = run.record.calls.last_mut().unwrap();
        call.keys.push(call.keys[0].clone());
    });
    assert!(found.contains("I8: call 2 holds an item twice"), "{found}");
}

#[test]
fn a_call_beyond_the_limit_of_items_is_noticed() {
    let found = caught(|run| {
        let call = run.record.calls.last_mut().unwrap();
        call.keys = (0..51).map(|item| item.to_string()).collect();
    });
    assert!(found.contains("I8: call 2 holds 51 items"), "{found}");
}

#[test]
fn a_window_that_is_too_full_is_noticed() {
    let found = caught(|run| {
        let call = run.record.calls.last().unwrap().clone();
        let burst = (0..62).map(|at| {
            let mut call = call.clone();
            call.arrived_us += 15_000 * at;
            call
        });
        run.record.calls.extend(burst);
    });
    assert!(
        found.contains("I8: 63 calls in 1s, 50 are allowed"),
        "{found}"
    );
}

#[test]
fn a_call_to_another_method_is_noticed() {
    let found = caught(|run| {
        let mut call = run.record.calls.last().unwrap().clone();
        call.endpoint = Endpoint::Punches;
        run.record.calls.push(call);
    });
    assert!(found.contains("I8: call 2 went to"), "{found}");
}

#[test]
fn what_the_sandbox_objects_to_is_noticed() {
    let found = caught(|run| run.record.objections.push("a field too many".to_owned()));
    assert!(found.contains("I8: a field too many"), "{found}");
}

#[test]
fn a_secret_in_a_file_or_in_print_is_noticed() {
    let found = caught(|run| {
        let token = run.record.tokens_minted[0].clone();
        edit(&run.folder, "run.log", |text| format!("{text}{token}"));
    });
    assert!(found.contains("run.log holds a secret"), "{found}");
    let found = caught(|run| run.stderr.push_str(&run.canaries[1].clone()));
    assert!(found.contains("standard error holds a secret"), "{found}");
    // "ab" before it, as base64 would hide it.
    let found = caught(|run| {
        run.canaries = vec!["sandbox-secret".to_owned()];
        run.stdout = "YWJzYW5kYm94LXNlY3JldA==".to_owned();
    });
    assert!(found.contains("standard output holds a secret"), "{found}");
}

#[test]
fn a_file_left_behind_is_noticed() {
    let found = caught(|run| fs::write(run.folder.join(".success.csv.new"), "").unwrap());
    assert!(
        found.contains("I12: .success.csv.new was left behind"),
        "{found}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_noticed() {
    use std::os::unix::fs::PermissionsExt as _;
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let found = caught(|run| open(&run.folder.join("run.log"), 0o644));
    assert!(found.contains("I12: run.log has the mode 644"), "{found}");
    let found = caught(|run| open(&run.folder, 0o755));
    assert!(
        found.contains("I12: the run's folder has the mode 755"),
        "{found}"
    );
}

#[test]
fn a_summary_that_counts_otherwise_is_noticed() {
    let found = caught(|run| {
        edit(&run.folder, "summary.json", |text| {
            text.replace("\"succeeded\": 3", "\"succeeded\": 4")
        });
    });
    assert!(
        found.contains("I13: the summary counts 4 succeeded, the reports 3"),
        "{found}"
    );
    assert!(found.contains("is not the sum"), "{found}");
    assert!(found.contains("I13: the last words do not say"), "{found}");
}

#[test]
fn a_reason_that_counts_otherwise_is_noticed() {
    let found = caught(|run| {
        edit(&run.folder, "failure.csv", |text| {
            text.replace("the shift did not take effect", "the shift took effect")
        });
    });
    assert!(
        found.contains("I13: 1 items for `the shift did not take effect"),
        "{found}"
    );
}

#[test]
fn an_exit_code_that_does_not_fit_is_noticed() {
    let found = caught(|run| run.exit = 0);
    assert!(found.contains("I13: the exit code is 0"), "{found}");
}

#[test]
fn a_report_that_differs_from_the_run_store_is_noticed() {
    let found = caught(|run| {
        edit(&run.folder, "failure.csv", |text| {
            text.replacen(",1,platform.refused,", ",2,platform.refused,", 1)
        });
    });
    assert!(
        found.contains("I1: the run store has 6 lines; other than in the reports are [3]"),
        "{found}"
    );
}
