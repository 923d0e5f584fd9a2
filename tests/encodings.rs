//! A file means the same in every encoding that spreadsheets write.

use feishu_bulk::sandbox::Applied;

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
