//! Cells that are taken for something else on the way, and cells that cannot be used: what stands in the failure reports.

use super::read_again;
use crate::support::office::{Office, rejections};
use crate::support::sheet::{Grid, Put, Sheet, cells, part};

/// A roster of which nothing is known: each of its rows ends in the failure reports.
pub(super) const JOB: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"

[input]
ignore = ["备注"]

[input.unpivot]
month = "202609"

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
words = { "007" = "e7", "110101199003071234" = "e9" }

[lookup.shifts]
words = { "白" = "s1" }

[limits]
max_rejected = 1000
"#;

/// Cells that a spreadsheet, a format or a program on the way may take for something else.
pub(super) const HOSTILE: [&str; 18] = [
    "=HYPERLINK(\"http://x\",\"y\")",
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "'0071",
    "0071",
    "110101199003071235",
    "6.7e18",
    "2026-09-01",
    "a_x000D_b",
    "_x005F_x000D_",
    "two\nlines",
    "say \"no\", or\tso",
    "  spaces  ",
    "<a href=\"x\">&amp;</a>",
    "]]>",
    "😀 𠮷",
];

/// Each hostile value as a number of a person, as a remark, and as the cell of a day.
pub(super) fn hostile<'v>(values: impl Iterator<Item = &'v &'v str>) -> Sheet {
    values.fold(
        Sheet::new("排班 & <表>").row(cells!["工号", "备注", 1, 2, 3]),
        |sheet, value| sheet.row([*value, value, value, "", ""]),
    )
}

#[test]
fn whatever_stands_in_a_cell_stands_in_the_failure_reports_too() {
    let mut office = Office::new(JOB).sheets(&[hostile(HOSTILE.iter())]);
    let first = office.send(&[]);
    assert_eq!(first.items, [18, 0, 0, 18]);
    let failure = Grid::of_texts(&first.folder.join("failure.xlsx"));
    assert_eq!(failure.sheet, "排班 & <表>");
    let (_, records) = first.failure_csv();
    for ((value, row), record) in HOSTILE.iter().zip(&failure.rows[1..]).zip(&records) {
        assert_eq!(row[..3], [*value; 3]);
        assert_eq!(record[..3], [*value; 3]);
    }
    let sheet = part(
        &first.folder.join("failure.xlsx"),
        "xl/worksheets/sheet1.xml",
    );
    assert!(!sheet.contains("<f>") && !sheet.contains("<hyperlink"));
    // And again through each of the reports.
    for name in ["failure.xlsx", "failure.csv"] {
        office = read_again(office, &first, name);
        let second = office.send(&[]);
        let (_, records) = second.failure_csv();
        for (value, record) in HOSTILE.iter().zip(&records) {
            assert_eq!(record[..3], [*value; 3], "{name}");
        }
    }
}

#[test]
fn a_cell_that_could_not_be_used_is_neither_sent_nor_lost_when_a_failure_report_is_read_untouched()
{
    let sheet = || Sheet::new("九月").row(cells!["工号", 1, 2, 3]);
    let row = |number: Put, cell: Put| vec![number, cell, Put::Nothing, Put::Nothing];
    let merged = sheet().row(["007", "白", "", ""]).merged((1, 1), (1, 2));
    let shapes = [
        (merged, [2, 0, 0, 2]),
        (
            sheet().row(row(Put::Padded(7.0, "000"), "白".into())),
            [1, 0, 0, 1],
        ),
        (
            sheet().row(row(110_101_199_003_071_234.0.into(), "白".into())),
            [1, 0, 0, 1],
        ),
        (
            sheet().row(row("007".into(), Put::Formula("=NA()", "#N/A"))),
            [1, 0, 0, 1],
        ),
    ];
    for (sheet, expected) in shapes {
        let mut office = Office::new(JOB).sheets(std::slice::from_ref(&sheet));
        let sent = office.send(&[]);
        assert_eq!(sent.items, [expected[0], 0, 0, expected[0]]);
        for name in ["failure.xlsx", "failure.csv"] {
            office = read_again(office, &sent, name);
            assert_eq!(office.send(&[]).items, expected, "{name} {sheet:?}");
        }
    }
}

#[test]
fn whatever_the_job_says_of_its_file_the_failure_report_to_be_corrected_is_read_again() {
    let sheet = Sheet::new("九月")
        .row(cells!["工号", 1, 2, 3])
        .row(["999", "白", "", ""]);
    let text = "工号\t1\t2\t3\n999\t白\t\t\n";
    let says = |said: &str| Office::new(JOB).job("[input]", &format!("[input]\n{said}"));
    let workbook = |said: &str| says(said).sheets(std::slice::from_ref(&sheet));
    let encoded = encoding_rs::GBK.encode(text).0;
    for (office, report) in [
        (workbook("sheet = \"九月\""), "failure.xlsx"),
        (workbook("sheet = \"九月\""), "failure.csv"),
        (workbook("format = \"xlsx\""), "failure.xlsx"),
        (workbook("encoding = \"gb18030\""), "failure.csv"),
        (
            says("delimiter = \"\\t\"\nencoding = \"gb18030\"").file("rows.txt", encoded),
            "failure.csv",
        ),
        (
            says("delimiter = \";\"").file("rows.csv", text.replace('\t', ";")),
            "failure.csv",
        ),
    ] {
        let sent = office.send(&[]);
        assert_eq!(sent.items, [1, 0, 0, 1]);
        let again = read_again(office, &sent, report).plan(&[]);
        assert_eq!(
            (&again["rejected"], &again["items"]),
            (&1.into(), &0.into())
        );
    }
}

#[test]
fn whatever_the_job_says_of_its_workbook_failure_csv_is_read_again_too() {
    for said in ["format = \"xlsx\"", "delimiter = \"\\t\""] {
        let office = Office::new(JOB)
            .job("[input]", &format!("[input]\n{said}"))
            .sheets(&[Sheet::new("九月")
                .row(cells!["工号", 1, 2, 3])
                .row(["999", "白", "", ""])]);
        let sent = office.send(&[]);
        let again = read_again(office, &sent, "failure.csv").plan(&[]);
        assert_eq!(again["rejected"], 1, "{said}");
    }
}

/// A report of one field for three people.
fn report(marks: [Put; 3]) -> Office {
    let header = Sheet::new("十月").row(cells!["member_id", "start_time", "end_time", "f_rate"]);
    let sheet = (1..).zip(marks).fold(header, |sheet, (person, mark)| {
        let mut row = cells![format!("m{person}"), "20261001", "20261031"];
        row.push(mark);
        sheet.row(row)
    });
    Office::shipped("archive-report").sheets(&[sheet])
}

#[test]
fn a_percentage_is_rejected_because_the_cell_holds_another_number_than_it_shows() {
    let office = report([
        Put::Padded(0.25, "0%"),
        Put::Padded(0.955, "0.0%"),
        "25%".into(),
    ]);
    let rule = "is a percentage: the sheet shows it so, and the cell holds its hundredth (25% is 0.25); format the column as text and write the one that is meant";
    assert_eq!(
        rejections(&office.plan(&[])),
        [
            format!("十月!D2: f_rate `25%`: {rule}"),
            format!("十月!D3: f_rate `95.5%`: {rule}"),
        ]
    );
    assert_eq!(office.send(&[]).items, [3, 1, 0, 2]);
    assert_eq!(office.archive(), ["m3 20261001-20261031 f_rate=25%"]);
    let csv = Office::shipped("archive-report").file(
        "rows.csv",
        "member_id,start_time,end_time,f_rate\nm1,20261001,20261031,25%\n",
    );
    csv.send(&[]);
    assert_eq!(csv.archive(), ["m1 20261001-20261031 f_rate=25%"]);
}

#[test]
fn what_a_spreadsheet_shows_in_place_of_a_value_is_rejected_in_csv_and_in_workbooks() {
    let places = |office: &Office| -> Vec<String> {
        let rejections = rejections(&office.plan(&[])).into_iter();
        let first = rejections.map(|line| line.split("; ").next().unwrap().to_owned());
        first.collect()
    };
    let narrow = "is what a spreadsheet shows where a column is too narrow for its value";
    let long = "is a number as a spreadsheet shows a long one, its other digits left out";
    let csv = Office::shipped("archive-report").file(
        "rows.csv",
        "member_id,start_time,end_time,f_rate\nm1,20261001,20261031,########\nm2,20261001,20261031,1.23457E+15\nm3,20261001,20261031,a\0b\n",
    );
    assert_eq!(
        places(&csv),
        [
            format!("line 2: f_rate `########`: {narrow}"),
            format!("line 3: f_rate `1.23457E+15`: {long}"),
            "line 4: f_rate `a\0b`: holds a NUL character, which nobody can see or mean".to_owned(),
        ]
    );
    let workbook = report(["########".into(), "1.23457E+15".into(), "ok".into()]);
    assert_eq!(
        places(&workbook),
        [
            format!("十月!D2: f_rate `########`: {narrow}"),
            format!("十月!D3: f_rate `1.23457E+15`: {long}"),
        ]
    );
}
