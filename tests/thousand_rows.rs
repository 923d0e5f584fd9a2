//! A thousand rows for each of the five jobs, as CSV and as JSONL, with bad rows of many kinds, rows that repeat and contradict
//! each other, and values the sandbox refuses: the reports say exactly what the sandbox applied.

use std::collections::BTreeSet;

use feishu_bulk::sandbox::{
    FIELD_UNKNOWN_PREFIX, GROUP_OF_OTHERS, GROUP_UNKNOWN, ID_UNKNOWN_PREFIX,
    RECORD_FORBIDDEN_PREFIX, ROW_APPROVING_PREFIX, SHIFT_UNKNOWN, USER_UNKNOWN_PREFIX,
};

use crate::support::{Bench, Format, Method, Table};

const ROWS: usize = 1000;

/// A table, which of its records must be rejected, and which the platform refuses.
struct Thousand {
    table: Table,
    rejected: BTreeSet<usize>,
    failed: BTreeSet<usize>,
}

/// Values that no id is, with the record that gets them.
const NO_IDS: &[(usize, &str)] = &[
    (11, ""),
    (23, "6.70936E+18"),
    (37, "１２３４"),
    (53, "12 34"),
    (71, "12\u{200b}34"),
    (89, "#N/A"),
    (97, "12,345"),
    (99, "1.0"),
];

impl Thousand {
    fn of(method: Method) -> Self {
        let thousand = Self {
            table: clean(method),
            rejected: BTreeSet::new(),
            failed: BTreeSet::new(),
        };
        let key = match method {
            Method::Punches => "record_id",
            Method::Shifts => "user_id",
            Method::Records => "id",
            Method::PlanRows => "department",
            Method::Archive => "member_id",
        };
        // A plan row may leave a dimension out.
        let no_ids = NO_IDS
            .iter()
            .filter(|(_, value)| method != Method::PlanRows || !value.is_empty());
        let thousand = no_ids.fold(thousand, |thousand, (record, value)| {
            thousand.reject(*record, key, value)
        });
        let thousand = thousand
            .repeat(100, 101)
            .repeat(100, 700)
            .unreadable(151, "x,y,z,x,y,z,x,y,z,x,y,z", "{\"cut\": ")
            .unreadable(
                152,
                "\"x\",y,z,x,y,z,x,y,z,x,y,z",
                &format!("{{\"{key}\": \"1\", \"{key}\": \"2\"}}"),
            )
            .unreadable(153, "z,,,,,,,,,,,,,", "[1]");
        thousand.particular(method)
    }

    /// What only one of the endpoints has.
    fn particular(self, method: Method) -> Self {
        let unknown = format!("{ID_UNKNOWN_PREFIX}0001");
        match method {
            Method::Punches => [300, 450, 600].into_iter().fold(self, |thousand, record| {
                thousand.fail(record, "record_id", &format!("{unknown}{record}"))
            }),
            Method::Records => self.fail(300, "id", &unknown).fail(
                450,
                "id",
                &format!("{RECORD_FORBIDDEN_PREFIX}1"),
            ),
            Method::PlanRows => self
                .fail(300, "location", &unknown)
                .fail(450, "job_family", &format!("{ROW_APPROVING_PREFIX}1"))
                .fail(999, "department", &unknown),
            Method::Shifts => self
                .reject(201, "day_no", "31")
                .reject(203, "month", "202613")
                .reject(205, "day_no", "0")
                .reject(207, "month", "2026-11")
                .reject(209, "day_no", "first")
                .reject(211, "is_clear_schedule", "maybe")
                .contradict(220, 221, "shift_id", "6753520403404030299")
                .contradict(240, 740, "group_id", "6737202939523236111")
                .fail(300, "group_id", GROUP_OF_OTHERS)
                .fail(333, "group_id", GROUP_OF_OTHERS)
                .fail(500, "shift_id", SHIFT_UNKNOWN)
                .fail(690, "user_id", &format!("{USER_UNKNOWN_PREFIX}1"))
                .fail(900, "group_id", GROUP_UNKNOWN),
            Method::Archive => self
                .reject(201, "start_time", "20261032")
                .reject(203, "end_time", "2026/10/31")
                .reject(205, "start_time", "")
                .contradict(220, 221, "f_days", "99")
                .fail(300, "member_id", &format!("{USER_UNKNOWN_PREFIX}1"))
                .fail(450, "bad_code", "1")
                .fail(999, "bad_code", "2"),
        }
    }

    fn reject(mut self, record: usize, column: &str, value: &str) -> Self {
        self.rejected.insert(record);
        self.table = self.table.set(record, column, value);
        self
    }

    fn unreadable(mut self, record: usize, csv: &str, jsonl: &str) -> Self {
        self.rejected.insert(record);
        self.table = self.table.unreadable(record, csv, jsonl);
        self
    }

    fn repeat(mut self, first: usize, later: usize) -> Self {
        self.rejected.insert(later);
        self.table = self.table.copy(first, later);
        self
    }

    fn contradict(mut self, first: usize, later: usize, column: &str, value: &str) -> Self {
        self.rejected.extend([first, later]);
        self.table = self.table.copy(first, later).set(later, column, value);
        self
    }

    fn fail(mut self, record: usize, column: &str, value: &str) -> Self {
        self.failed.insert(record);
        self.table = self.table.set(record, column, value);
        self
    }
}

/// A thousand rows in which nothing is wrong, no two of them the same item.
fn clean(method: Method) -> Table {
    let columns: &[&str] = match method {
        Method::Punches => &["姓名", "record_id", "打卡时间"],
        Method::Shifts => &[
            "姓名",
            "user_id",
            "group_id",
            "shift_id",
            "month",
            "day_no",
            "is_clear_schedule",
        ],
        Method::Records => &["id"],
        Method::PlanRows => &[
            "department",
            "employee_type",
            "location",
            "cost_center",
            "job_family",
        ],
        Method::Archive => &[
            "姓名",
            "member_id",
            "start_time",
            "end_time",
            "f_days",
            "f_note",
            "bad_code",
        ],
    };
    assert!("bad_code".starts_with(FIELD_UNKNOWN_PREFIX));
    let name = |row: usize| ["陈建国", "孙 悦", "O'Neil, \"Pat\"", "=1+1"][row % 4].to_owned();
    let cells = |row: usize| match method {
        Method::Punches => vec![
            name(row),
            format!("67093593{row:011}"),
            "2026-10-20 07:59".to_owned(),
        ],
        Method::Shifts => vec![
            name(row),
            format!("u{:04}", row / 30),
            "6737202939523236110".to_owned(),
            ["0", "6753520403404030215"][row % 2].to_owned(),
            "202611".to_owned(),
            (row % 30 + 1).to_string(),
            ["", "false", "true"][row % 3].to_owned(),
        ],
        Method::Records => vec![format!("18014649{row:08}")],
        Method::PlanRows => vec![
            format!("73717162{row:011}"),
            "7210608903674147670".to_owned(),
            // A dimension may be left out.
            ["7312702860710860841", ""][row % 2].to_owned(),
            "7212847951940760667".to_owned(),
            "7210959737340119384".to_owned(),
        ],
        Method::Archive => vec![
            name(row),
            format!("m{row:04}"),
            "20261001".to_owned(),
            "20261031".to_owned(),
            (row % 31).to_string(),
            ["", "出差:上海,3 天", "he said \"no\""][row % 3].to_owned(),
            String::new(),
        ],
    };
    (0..ROWS).fold(Table::new(columns), |table, row| table.row(cells(row)))
}

fn holds(method: Method, format: Format) {
    let thousand = Thousand::of(method);
    let ran = Bench::new(method.job())
        .rows_as(&thousand.table, format)
        .unpaced()
        .run()
        .checked();
    let rejected: Vec<usize> = thousand.rejected.into_iter().collect();
    assert_eq!(ran.records("rejected"), rejected);
    let failed: BTreeSet<usize> = ran.records("failed").into_iter().collect();
    assert!(failed.is_superset(&thousand.failed), "{failed:?}");
    let items = ran.items();
    assert_eq!(
        (items.read, items.unconfirmed, items.pending),
        (ROWS as u64, 0, 0)
    );
}

#[test]
fn a_thousand_punches_as_csv() {
    holds(Method::Punches, Format::Csv);
}

#[test]
fn a_thousand_punches_as_jsonl() {
    holds(Method::Punches, Format::Jsonl);
}

#[test]
fn a_thousand_shifts_as_csv() {
    holds(Method::Shifts, Format::Csv);
}

#[test]
fn a_thousand_shifts_as_jsonl() {
    holds(Method::Shifts, Format::Jsonl);
}

#[test]
fn a_thousand_records_as_csv() {
    holds(Method::Records, Format::Csv);
}

#[test]
fn a_thousand_records_as_jsonl() {
    holds(Method::Records, Format::Jsonl);
}

#[test]
fn a_thousand_plan_rows_as_csv() {
    holds(Method::PlanRows, Format::Csv);
}

#[test]
fn a_thousand_plan_rows_as_jsonl() {
    holds(Method::PlanRows, Format::Jsonl);
}

#[test]
fn a_thousand_archive_lines_as_csv() {
    holds(Method::Archive, Format::Csv);
}

#[test]
fn a_thousand_archive_lines_as_jsonl() {
    holds(Method::Archive, Format::Jsonl);
}
