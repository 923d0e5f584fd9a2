//! Rosters as offices keep them: what each shape found in the field comes to, cell by cell, or the words in which it is refused.

mod cells;
mod dates;
mod header_forms;
mod headers;
mod lines;
mod months;
mod names;
mod sheets;
mod unknown_words;
mod which_sheet;
mod words;

use crate::support::office::Office;
use crate::support::sheet::{Put, Sheet, cells};

/// One person a row, one day a column; the month is said by the file.
const JOB: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"

[input]
ignore = ["姓名", "地区"]

[input.unpivot]
leave = ["请假"]

[input.unpivot.rest]
words = ["休", "OFF"]
item  = { shift_id = "0" }

[input.unpivot.clear]
words = ["清空"]
item  = { shift_id = "0", is_clear_schedule = true }

[request]
employee_type = "employee_id"
operator_id   = "dd31248a"

[item]
user_id  = { column = "工号", lookup = "people" }
group_id = "g1"
shift_id = { cell = "value", lookup = "shifts" }
month    = { cell = "month" }
day_no   = { cell = "day" }

[lookup.people]
words = { "007" = "e7", "008" = "e8", "110101199003071234" = "e9" }

[lookup.shifts]
words = { "白" = "s1", "夜" = "s2", "早班" = "s3", "√" = "s4", "SW" = "s5", "3" = "s6" }
"#;

fn office() -> Office {
    Office::new(JOB)
}

/// A sheet with a title that says September 2026, and three days of it.
fn september() -> Sheet {
    Sheet::new("Sheet1")
        .row(["2026年9月排班表"])
        .row(cells!["工号", 1, 2, 3])
}

/// Days of the header, `1` and so on as texts.
fn days(count: u32) -> Vec<Put> {
    (1..=count).map(|day| Put::from(day.to_string())).collect()
}

/// What a table comes to.
fn comes_to(office: &Office, expected: &[&str]) {
    assert_eq!(office.outcome(), expected);
}

/// The table is refused, in words that hold all of these.
fn is_refused(office: &Office, arguments: &[&str], words: &[&str]) {
    let refusal = office.refusal(arguments);
    for word in words {
        assert!(refusal.contains(word), "no `{word}` in\n{refusal}");
    }
}
