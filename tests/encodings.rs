//! A file means the same in every encoding that spreadsheets write.

use feishu_bulk::sandbox::Applied;

use crate::support::office::{Office, notices};
use crate::support::{Bench, Format, Table};

fn table() -> Table {
    let names = ["陈建国", "孙悦", "黄丽", "周涛", "马俊", "李秀英"];
    let columns = &["姓名", "member_id", "start_time", "end_time", "f_note"];
    (0..60).fold(Table::new(columns), |table, row| {
        let note = if row == 7 {
            "出差：上海，3 天"
        } else {
            "外勤"
        };
        table.row([
            names[row % 6],
            &format!("m{row}"),
            "20261001",
            "20261031",
            note,
        ])
    })
}

/// The state of the platform after the table was loaded from a file of these bytes.
fn loaded(bytes: &[u8], announced: &str) -> Applied {
    let text = table().write(Format::Csv);
    let bench = Bench::new("archive-report").file("input.csv", bytes, text);
    let ran = bench.run().checked();
    assert_eq!(ran.said.exit, 0, "{}", ran.said.stderr);
    assert!(ran.said.stderr.contains(announced), "{}", ran.said.stderr);
    bench.record().applied
}

fn utf_16(text: &str, to_bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    let marked = format!("\u{feff}{text}");
    marked.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn utf_8_utf_16_and_gb18030_give_the_same_items() {
    let text = table().write(Format::Csv);
    let plain = loaded(text.as_bytes(), "");
    assert_eq!(plain.archive.len(), 60);
    let gb18030 = encoding_rs::GB18030.encode(&text).0;
    assert_ne!(gb18030, text.as_bytes());
    for (bytes, announced) in [
        (format!("\u{feff}{text}").into_bytes(), ""),
        (utf_16(&text, u16::to_le_bytes), "UTF-16LE"),
        (utf_16(&text, u16::to_be_bytes), "UTF-16BE"),
        (gb18030.into_owned(), "was read as gb18030"),
        (text.replace('\n', "\r\n").into_bytes(), ""),
    ] {
        assert_eq!(loaded(&bytes, announced), plain, "{announced}");
    }
}

#[test]
fn an_encoding_that_the_job_names_is_not_guessed() {
    let text = "id\n1801464908423427\n";
    let forced = Bench::new("delete-records")
        .job(|job| job.replace("[input]", "[input]\nencoding = \"gb18030\""))
        .file("input.csv", text.as_bytes(), text.to_owned())
        .run()
        .checked();
    assert!(
        !forced.said.stderr.contains("was read as"),
        "{}",
        forced.said.stderr
    );
}

/// Shifts of one person a line, words of one character in the cells of the days.
const ROSTER: &str = r#"
endpoint = "attendance.user_daily_shifts.batch_create"

[input.unpivot]
month = "202609"

[input.unpivot.rest]
words = ["休"]
item  = { shift_id = "0" }

[request]
employee_type = "employee_id"
operator_id   = "dd31248a"

[item]
user_id  = { column = "id" }
group_id = "g1"
shift_id = { cell = "value", lookup = "shifts" }
month    = { cell = "month" }
day_no   = { cell = "day" }

[lookup.shifts]
words = { "早" = "s1", "中" = "s2", "晚" = "s3", "白" = "s4", "夜" = "s5" }
"#;

#[test]
fn a_roster_in_gbk_with_words_of_one_character_is_sent() {
    for words in [
        ["早", "中", "晚", "休"],
        ["白", "夜", "夜", "白"],
        ["夜"; 4],
    ] {
        let lines = (1..=27).map(|row| format!("e{row},{}\r\n", words.join(",")));
        let text = format!("id,1,2,3,4\r\n{}", lines.collect::<String>());
        let read = |bytes: &[u8]| {
            let office = Office::new(ROSTER).file("rows.csv", bytes);
            assert_eq!(office.send(&[]).items, [108, 108, 0, 0], "{words:?}");
            office.days()
        };
        let gbk = encoding_rs::GBK.encode(&text).0;
        assert_eq!(read(&gbk), read(text.as_bytes()));
    }
}

#[test]
fn a_report_in_gbk_with_words_of_one_character_is_sent_and_one_in_iso_8859_5_is_not_proposed() {
    let rows =
        (1..=9).map(|row| format!("m{row},20261001,20261031,{}\n", ["优", "良", "差"][row % 3]));
    let text = format!(
        "member_id,start_time,end_time,f_mark\n{}",
        rows.collect::<String>()
    );
    let gbk = encoding_rs::GBK.encode(&text).0;
    let report = || Office::shipped("archive-report");
    let office = report().file("rows.csv", &gbk);
    assert_eq!(office.send(&[]).items, [9, 9, 0, 0]);
    let first = &office.archive()[0];
    assert!(first.ends_with("f_mark=良"), "{first}");
    let named = report()
        .job("[input]", "[input]\nencoding = \"iso-8859-5\"")
        .file("rows.csv", &gbk);
    let told = notices(&named.plan(&[]));
    assert!(
        told[0].contains("was read as ISO-8859-5, as the job says; it reads: ")
            && told[1].contains("may be gb18030 instead; then it reads: 良, 差, 优"),
        "{told:?}"
    );
}
