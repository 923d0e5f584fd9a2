//! The file as a whole: what it is, how it is encoded, whether it stays the same.

use std::path::Path;
use std::time::{Duration, SystemTime};

use encoding_rs::{BIG5, Encoding, GB18030, SHIFT_JIS, WINDOWS_1252};

use super::*;
use crate::input::{Identity, InputFormat, KnownBy};

const PEOPLE: &str = "工号,姓名\nu1,张三\nu2,李四 \nu3,张三\nu4,\"欧阳,娜娜\"\n";

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding.encode(text);
    assert!(!lossy);
    bytes.into_owned()
}

fn utf16(text: &str, mark: bool, big: bool) -> Vec<u8> {
    let mark = mark.then_some('\u{FEFF}');
    let units: Vec<u16> = mark
        .into_iter()
        .chain(text.chars())
        .collect::<String>()
        .encode_utf16()
        .collect();
    let bytes = |unit: &u16| {
        if big {
            unit.to_be_bytes()
        } else {
            unit.to_le_bytes()
        }
    };
    units.iter().flat_map(bytes).collect()
}

fn forced(encoding: &str) -> InputOptions {
    InputOptions {
        encoding: Some(encoding.to_owned()),
        ..InputOptions::default()
    }
}

fn people() -> Read {
    read_csv(PEOPLE).unwrap()
}

#[test]
fn i02_gb18030_is_recognised_and_announced_with_cells_to_judge_it_by() {
    let read = read_csv(encoded(GB18030, PEOPLE)).unwrap();
    assert_eq!(read.columns, people().columns);
    assert_eq!(read.records, people().records);
    assert_eq!(
        read.findings,
        [Finding::Encoding {
            name: "gb18030",
            known_by: KnownBy::Guess,
            cells: vec!["工号".to_owned(), "姓名".to_owned(), "张三".to_owned()]
        }]
    );
    assert_eq!(
        read.findings[0].to_string(),
        "the file is not UTF-8 and was read as gb18030; if it is not, set `encoding` in the job's [input]; it reads: 工号, 姓名, 张三"
    );
}

#[test]
fn i02_two_names_in_gb18030_are_enough() {
    let read = read_csv(encoded(GB18030, "id,name\nu1,王小明\nu2,张三\n")).unwrap();
    assert_eq!(read.rows(), [["u1", "王小明"], ["u2", "张三"]]);
    assert_eq!(read.findings.len(), 1);
}

#[test]
fn i02_other_encodings_are_asked_for_and_never_taken_for_gb18030() {
    let names = "氏名,部署\n".to_owned() + &"田中さん,カスタマーサポート\n".repeat(20);
    let western = "id,name\n".to_owned() + &"u1,Renée Müller\n".repeat(20);
    let taiwan = "編號,姓名\n".to_owned() + &"u1,陳怡君與謝霆鋒\n".repeat(20);
    for (encoding, text, label) in [
        (SHIFT_JIS, names.as_str(), "shift_jis"),
        (WINDOWS_1252, western.as_str(), "windows-1252"),
        (BIG5, taiwan.as_str(), "big5"),
    ] {
        let sample = Sample::new("rows.csv", encoded(encoding, text));
        let refusal = refused(sample.read(&InputOptions::default()));
        assert!(
            refusal.starts_with(
                "error: rows.csv: the file is not UTF-8, and its encoding is not certain"
            ),
            "{refusal}"
        );
        assert!(
            refusal.contains(&format!("set `encoding = \"{label}\"`")),
            "{refusal}"
        );
        let read = sample.read(&forced(label)).unwrap();
        assert_eq!(read.records, read_csv(text).unwrap().records);
    }
}

#[test]
fn i02_one_broken_place_does_not_make_a_file_gb18030() {
    // In GB18030 these are rare characters; they are "µA" in Latin-1, and an overlong sequence.
    for broken in [&b"5 \xB5A"[..], b"\xFC\x83\xBF\xBF\xBF\xBF"] {
        let read = read_csv([b"id,x\n1,", broken, b"\n2,ok\n"].concat()).unwrap();
        assert_eq!(read.rejections().len(), 1, "{broken:?}");
        assert_eq!(read.findings, []);
    }
}

#[test]
fn i02_damaged_rows_are_told_from_the_header_whatever_ends_the_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let text = [
            b"id,x",
            end.as_bytes(),
            b"1,a\xFFb",
            end.as_bytes(),
            b"2,\xFE",
        ]
        .concat();
        assert_eq!(read_csv(text).unwrap().rejections().len(), 2, "{end:?}");
    }
}

#[test]
fn i02_some_damaged_rows_in_a_utf8_file_are_rejected_alone() {
    let mut bytes = "工号,姓名\n".as_bytes().to_vec();
    for row in 0..100 {
        bytes.extend_from_slice(format!("u{row},张三丰").as_bytes());
        if row % 5 == 0 {
            bytes.pop();
        }
        bytes.push(b'\n');
    }
    let read = read_csv(bytes).unwrap();
    assert_eq!(read.rejections().len(), 20);
    assert_eq!(read.records.len(), 100);
}

#[test]
fn i02_an_encoding_the_job_names_is_used() {
    let sample = Sample::new("rows.csv", encoded(GB18030, PEOPLE));
    for label in ["gbk", "GB18030", "gb2312"] {
        let read = sample.read(&forced(label)).unwrap();
        assert_eq!(read.records, people().records);
        assert!(matches!(
            read.findings[..],
            [Finding::Encoding {
                known_by: KnownBy::Job,
                ..
            }]
        ));
    }
    assert!(refused(sample.read(&forced("utf-8"))).contains("the header is not valid UTF-8"));
    assert!(
        refused(sample.read(&forced("utf8mb4")))
            .contains("unknown encoding `utf8mb4`\n  known are"),
    );
}

#[test]
fn i02_a_utf8_file_is_not_read_in_another_encoding_because_the_job_says_so() {
    let refusal = refused(Sample::new("rows.csv", PEOPLE).read(&forced("gbk")));
    assert!(
        refusal.contains("the file is UTF-8, and the job says it is gbk"),
        "{refusal}"
    );
    let report = format!("\u{FEFF}{PEOPLE}");
    let read = Sample::new("rows.csv", report)
        .read(&forced("gbk"))
        .unwrap();
    assert_eq!(read.records, people().records);
    assert_eq!(
        read.findings[0].to_string(),
        "the file is UTF-8, as its byte order mark says; it reads: 工号, 姓名, 张三"
    );
}

#[test]
fn i03_utf16_with_a_mark_is_decoded_and_announced() {
    for big in [false, true] {
        let read = read_csv(utf16(PEOPLE, true, big)).unwrap();
        assert_eq!(read.columns, people().columns);
        assert_eq!(read.records, people().records);
        assert!(matches!(
            read.findings[..],
            [Finding::Encoding {
                known_by: KnownBy::Mark,
                ..
            }]
        ));
    }
}

#[test]
fn i03_utf16_is_not_taken_for_binary_data() {
    let read = read_csv(utf16("姓名\n１２３４５６７８９\n", true, false)).unwrap();
    assert_eq!(read.rows(), [["１２３４５６７８９"]]);
}

#[test]
fn i03_utf16_without_a_mark_is_refused_with_advice() {
    for (big, label) in [(false, "utf-16le"), (true, "utf-16be")] {
        let sample = Sample::new("rows.csv", utf16("id,姓名\nu1,张三\n", false, big));
        let refusal = refused(sample.read(&InputOptions::default()));
        assert!(
            refusal.contains("the file seems to be UTF-16 without a byte order mark")
                && refusal.contains(&format!("set `encoding = \"{label}\"`")),
            "{refusal}"
        );
        let read = sample.read(&forced(label)).unwrap();
        assert_eq!(read.rows(), [["u1", "张三"]]);
    }
}

#[test]
fn i03_nul_in_the_header_is_refused() {
    for bytes in [&b"a\0\0,b\n1,2\n"[..], b"a,b\0\0\n1,2\n"] {
        assert!(refused(read_csv(bytes)).contains("NUL"), "{bytes:?}");
    }
    let utf32: Vec<u8> = "\u{FEFF}a,b\n"
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    assert!(refused(read_csv(utf32)).contains("the header holds NUL characters"));
}

#[test]
fn i04_places_that_cannot_be_decoded_reject_their_own_row_in_any_encoding() {
    let mut bytes = encoded(GB18030, "工号,姓名\nu1,张三\nu2,");
    let offset = bytes.len();
    bytes.extend_from_slice(b"\xFF\n");
    bytes.extend(encoded(GB18030, "u3,李四\n"));
    let read = Sample::new("rows.csv", bytes).read(&forced("gbk")).unwrap();
    assert_eq!(
        read.rejections(),
        [(
            2,
            format!("the record holds bytes that cannot be decoded (byte {offset} of the file is not valid GBK)").as_str()
        )]
    );
    let mut bytes = utf16("id,x\n1,", true, false);
    let offset = bytes.len();
    bytes.extend_from_slice(&[0x00, 0xD8]);
    bytes.extend(utf16("\n2,b\n", false, false));
    bytes.push(b'3');
    let read = read_csv(&bytes).unwrap();
    let last = bytes.len() - 1;
    assert_eq!(
        read.rejections(),
        [
            (1, format!("the record holds bytes that cannot be decoded (byte {offset} of the file is not valid UTF-16LE)").as_str()),
            (3, format!("the record holds bytes that cannot be decoded (byte {last} of the file is not valid UTF-16LE)").as_str()),
        ]
    );
}

#[test]
fn i28_only_regular_files_are_opened() {
    let folder = TempDir::new().unwrap();
    let refuse = |path: &Path| {
        let opened = Input::open(path, &InputOptions::default());
        opened.err().expect("the file must be refused").to_string()
    };
    assert!(refuse(folder.path()).contains("this is a directory"));
    assert!(refuse(&folder.path().join("none.csv")).contains("there is no such file"));
    let lock = folder.path().join("~$people.xlsx");
    fs::write(&lock, "a,b\n1,2\n").unwrap();
    assert!(refuse(&lock).contains("the lock file that Excel keeps"));
    #[cfg(unix)]
    {
        assert!(refuse(Path::new("/dev/zero")).contains("a pipe or a device"));
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        assert!(refuse(&pipe).contains("a pipe or a device"));
    }
}

#[cfg(unix)]
#[test]
fn i28_a_link_to_a_regular_file_is_read() {
    let sample = Sample::new("rows.csv", PEOPLE);
    let link = sample.folder.path().join("link.csv");
    std::os::unix::fs::symlink(&sample.path, &link).unwrap();
    let input = Input::open(&link, &InputOptions::default()).unwrap();
    assert_eq!(read_all(input).unwrap(), people());
}

#[test]
fn i29_the_first_bytes_tell_what_a_file_is_whatever_its_name() {
    for (bytes, kind) in [
        (
            &b"PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml"[..],
            "an Excel workbook (.xlsx)",
        ),
        (
            b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            "an OpenDocument spreadsheet (.ods)",
        ),
        (b"PK\x03\x04....a.csv", "a zip archive"),
        (
            b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
            "an Excel workbook (.xls",
        ),
        (b"\x1F\x8B\x08\0", "a gzip archive"),
        (
            b"\x1F\x8B\x08\0\0\0\0\0\0\x03\x4B\xE2\x02\0\x07\xA1\xEA\xDD\x02\0\0\0\x1F\x8B\x08\0\0\0\0\0\0\x03",
            "a gzip archive",
        ),
        (b"%PDF-1.7", "a PDF document"),
        (b"\xEF\xBB\xBF\r\n<html><table>", "an HTML or XML page"),
        (b"<?xml version=\"1.0\"?>", "an HTML or XML page"),
        (
            b"\x01\x02\x03\x04abc\x05\x06\x07\x08\x0E\x0F",
            "binary data",
        ),
    ] {
        let refusal = refused(read_csv(bytes));
        assert!(refusal.contains(&format!("this is {kind}")), "{refusal}");
        assert!(refusal.contains("\nhint: "), "{refusal}");
    }
    let refusal = refused(read_csv(utf16("<html>", true, false)));
    assert!(refusal.contains("an HTML or XML page"), "{refusal}");
}

#[test]
fn the_format_is_found_by_the_first_character_then_by_the_extension() {
    for (name, bytes, format) in [
        ("rows.csv", "a,b\n1,2\n", InputFormat::Csv),
        ("rows", "a,b\n1,2\n", InputFormat::Csv),
        ("rows.csv", "\u{FEFF} {\"a\":1}\n", InputFormat::Jsonl),
        ("rows.NDJSON", "oops\n{\"a\":1}\n", InputFormat::Jsonl),
    ] {
        let input = Sample::new(name, bytes).open(&InputOptions::default());
        assert_eq!(input.unwrap().format(), format, "{name}");
    }
}

#[test]
fn a_file_opened_twice_gives_the_same_records() {
    for (name, bytes) in [
        ("rows.csv", encoded(GB18030, PEOPLE)),
        ("rows.csv", b"a,b\n1\n\n\"2\",\"\n\"\n3,\xFF\n".to_vec()),
        ("rows.jsonl", b"{\"a\":1}\noops\n{\"b\":[]}\n".to_vec()),
    ] {
        let sample = Sample::new(name, bytes);
        let read = || sample.read(&InputOptions::default()).unwrap();
        assert_eq!(read(), read());
    }
}

#[test]
fn a_changed_file_has_another_identity() {
    let sample = Sample::new("rows.csv", PEOPLE);
    let before = Identity::of(&sample.path).unwrap();
    assert_eq!(Identity::of(&sample.path).unwrap(), before);
    fs::write(&sample.path, format!("{PEOPLE}u5,x\n")).unwrap();
    assert_ne!(Identity::of(&sample.path).unwrap(), before);
    fs::write(&sample.path, PEOPLE).unwrap();
    let file = fs::File::options().write(true).open(&sample.path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1))
        .unwrap();
    assert_ne!(Identity::of(&sample.path).unwrap(), before);
}

#[test]
fn bytes_read_reach_the_total_at_the_end() {
    for bytes in [PEOPLE.as_bytes().to_vec(), utf16(PEOPLE, true, true)] {
        let total = bytes.len() as u64;
        let sample = Sample::new("rows.csv", bytes);
        let mut input = sample.open(&InputOptions::default()).unwrap();
        assert_eq!(input.bytes_total(), total);
        assert!(input.bytes_read() < total);
        let mut row = Row::default();
        while input.read(&mut row).unwrap() != Reading::End {}
        assert_eq!(input.bytes_read(), total);
        assert_eq!(input.read(&mut row).unwrap(), Reading::End);
    }
}

#[test]
fn i36_a_file_cut_at_a_disk_block_is_told() {
    let mut text = "id,x\n1,".to_owned();
    text += &"y".repeat(4096 - text.len());
    let told = [Finding::MaybeCut { bytes: 4096 }];
    assert_eq!(read_csv(&text).unwrap().findings, told);
    text.pop();
    assert_eq!(read_csv(&text).unwrap().findings, []);
    text.push('\n');
    assert_eq!(read_csv(&text).unwrap().findings, []);
}

#[test]
fn what_messages_show_of_a_file_cannot_harm_a_terminal() {
    let refusal = refused(read_csv("a\u{1B}[2J\u{202E},a\u{1B}[2J\u{202E}\n1,2\n"));
    assert!(
        refusal.contains("are both named `a\\u{1b}[2J\\u{202e}`"),
        "{refusal}"
    );
}

#[cfg(unix)]
#[test]
fn the_digest_of_what_is_no_regular_file_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for path in [pipe.as_path(), std::path::Path::new("/dev/zero")] {
        let refusal = crate::input::sha256(path).unwrap_err();
        assert_eq!(refusal.rule, "file.not-regular");
    }
}
