//! Which encoding a file is read in when its words are few and short, when a job names one, and what is asked where signs disagree.

use encoding_rs::{BIG5, Encoding, GBK, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

use super::*;
use crate::input::{HeaderRule, KnownBy};

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding.encode(text);
    assert!(!lossy, "{text}");
    bytes.into_owned()
}

/// A file with titles of ASCII, and these words in its cells.
fn words(encoding: &'static Encoding, words: &[&str], times: usize) -> Vec<u8> {
    let all = words.iter().cycle().take(words.len() * times);
    let lines = all
        .enumerate()
        .map(|(row, word)| format!("u{row},{word}\n"));
    encoded(encoding, &format!("id,word\n{}", lines.collect::<String>()))
}

/// A job that names a column and knows some words.
fn knowing(title: &str, words: &[&str]) -> InputOptions {
    InputOptions {
        header: HeaderRule {
            names: vec![title.to_owned()],
            ..HeaderRule::default()
        },
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        ..InputOptions::default()
    }
}

fn said(encoding: &str) -> InputOptions {
    InputOptions {
        encoding: Some(encoding.to_owned()),
        ..InputOptions::default()
    }
}

fn read_as(bytes: &[u8], options: &InputOptions) -> Result<Read, Refusal> {
    Sample::new("rows.csv", bytes).read(options)
}

fn told(read: &Read) -> Vec<String> {
    read.findings.iter().map(ToString::to_string).collect()
}

#[test]
fn words_of_one_character_in_gbk_are_read_whatever_the_job_knows() {
    let shifts = ["早", "中", "晚", "休"];
    for (text, known) in [
        (&shifts[..], &["早"][..]),
        (&shifts, &[]),
        (&["白", "夜"], &["夜"]),
        (&["白", "夜"], &[]),
        (&["夜", "夜", "白"], &[]),
        (&["优", "良", "差"], &["差"]),
        (&["优", "良", "差"], &[]),
    ] {
        for times in [1, 27] {
            let read = read_as(&words(GBK, text, times), &knowing("id", known)).unwrap();
            let first = read.rows().into_iter().take(text.len());
            assert_eq!(first.map(|row| row[1]).collect::<Vec<_>>(), text);
            assert_eq!(read.rejections(), []);
            let told = told(&read);
            assert!(told[0].contains("was read as gb18030"), "{told:?}");
            assert!(told[0].contains(text[0]), "{told:?}");
        }
    }
}

#[test]
fn one_cell_in_gbk_in_a_file_of_ascii_is_read() {
    for word in ["张三", "陈建国", "早", "优", "晚班", "（外勤）早"] {
        let read = read_csv(words(GBK, &["ok", word, "ok"], 1)).unwrap();
        assert_eq!(read.rows()[1], ["u1", word]);
        assert_eq!(
            told(&read),
            [format!(
                "the file is not UTF-8 and was read as gb18030; if it is not, set `encoding` in the job's [input]; it reads: {word}"
            )]
        );
    }
}

#[test]
fn a_cell_that_reads_as_well_in_another_encoding_is_asked_for_and_shown_in_both() {
    let refusal = refused(read_csv(words(GBK, &["ok", "白"], 1)));
    assert_eq!(
        refusal,
        "error: rows.csv: the file is not UTF-8, and its encoding is not certain\n  \
         1 of the lines looked at are not UTF-8\n  \
         as gb18030 it reads: 白\n  as big5 it reads: 啞\n  as euc-kr it reads: 겜\n\
         hint: set `encoding = \"gb18030\"` or `encoding = \"big5\"` or `encoding = \"euc-kr\"` in the job's [input], whichever reads right, or save the file as \"CSV UTF-8\""
    );
}

#[test]
fn a_word_of_the_job_tells_which_encoding_it_is() {
    let bytes = words(GBK, &["ok", "白"], 1);
    let read = read_as(&bytes, &knowing("id", &["夜", "白"])).unwrap();
    assert_eq!(read.rows()[1], ["u1", "白"]);
    // 啞 is what the same bytes are in Big5.
    let refusal = refused(read_as(&bytes, &knowing("id", &["啞"])));
    assert!(
        refusal.ends_with(
            "as big5 it reads: 啞\nhint: set `encoding = \"big5\"` in the job's [input], if that is right, or save the file as \"CSV UTF-8\""
        ),
        "{refusal}"
    );
    assert!(!refusal.contains("gb18030"), "{refusal}");
}

#[test]
fn a_title_of_the_job_tells_which_encoding_it_is() {
    let text = "工号,x\nu1,白\n";
    let read = read_as(&encoded(GBK, text), &knowing("工号", &[])).unwrap();
    assert_eq!(read.columns, ["工号", "x"]);
    assert_eq!(read.rows(), [["u1", "白"]]);
}

#[test]
fn a_sign_that_the_job_knows_is_enough_and_one_that_it_does_not_know_is_not() {
    let bytes = words(GBK, &["ok", "√"], 1);
    let read = read_as(&bytes, &knowing("id", &["√"])).unwrap();
    assert_eq!(read.rows()[1], ["u1", "√"]);
    assert_eq!(read_csv(&bytes).unwrap().rejections().len(), 1);
}

#[test]
fn a_word_that_is_a_letter_in_utf_8_as_well_is_read_by_the_words_of_the_job_or_asked_for() {
    let bytes = words(GBK, &["夜", "ok"], 3);
    assert_eq!(bytes, words(encoding_rs::UTF_8, &["\u{4b9}", "ok"], 3));
    let read = read_as(&bytes, &knowing("id", &["夜"])).unwrap();
    assert_eq!(read.rows()[0], ["u0", "夜"]);
    assert_eq!(
        told(&read),
        [
            "the file was read as gb18030, because so it holds words of the job; if it is not, set `encoding` in the job's [input]; it reads: 夜"
        ]
    );
    assert_eq!(
        refused(read_csv(&bytes)),
        "error: rows.csv: the file may be UTF-8 or gb18030\n  \
         as utf-8 it reads: \u{4b9}\n  as gb18030 it reads: 夜\n\
         hint: set `encoding = \"utf-8\"` or `encoding = \"gb18030\"` in the job's [input], whichever reads right, or save the file as \"CSV UTF-8\""
    );
    let read = read_as(&bytes, &said("utf-8")).unwrap();
    assert_eq!(read.rows()[0], ["u0", "\u{4b9}"]);
}

#[test]
fn utf_8_with_letters_of_europe_is_read_as_before() {
    for word in ["é", "René", "да", "Müller", "Ω", "ñ", "Żółć", "岁", "¥"] {
        for text in [&[word][..], &[word, "ok", word]] {
            let read = read_csv(words(encoding_rs::UTF_8, text, 2)).unwrap();
            assert_eq!(read.rows()[0], ["u0", word]);
            assert_eq!(read.findings, []);
        }
    }
}

#[test]
fn bad_bytes_among_words_in_utf_8_reject_their_rows_even_if_they_are_words_in_gbk() {
    for good in ["张三", "René"] {
        let mut bytes = words(encoding_rs::UTF_8, &[good], 5);
        bytes.extend(encoded(GBK, "u8,早\nu9,晚班\n"));
        let read = read_csv(bytes).unwrap();
        assert_eq!(read.rejections().len(), 2, "{good}");
        assert_eq!(read.findings, []);
    }
}

#[test]
fn a_file_that_is_utf_8_with_bad_bytes_or_gbk_throughout_is_asked_for() {
    let mut bytes = words(encoding_rs::UTF_8, &["да"], 5);
    bytes.extend(encoded(GBK, "u8,早\nu9,晚班\n"));
    let refusal = refused(read_csv(bytes));
    assert!(
        refusal.contains("as gb18030 it reads: 写邪, 早, 晚班")
            && refusal.contains("as utf-8 it reads: да, "),
        "{refusal}"
    );
}

#[test]
fn other_encodings_are_asked_for_and_every_candidate_is_shown_with_cells_of_the_file() {
    for (encoding, text, label) in [
        (BIG5, &["早", "中", "晚", "休"][..], "big5"),
        (BIG5, &["陳怡君", "林志明"], "big5"),
        (SHIFT_JIS, &["田中さん", "早番", "遅番"], "shift_jis"),
        (
            WINDOWS_1252,
            &["Renée Müller", "Größe", "São"],
            "windows-1252",
        ),
        (WINDOWS_1251, &["Иванов", "Смирнова"], "windows-1251"),
    ] {
        let refusal = refused(read_csv(words(encoding, text, 6)));
        let shown = format!("as {label} it reads: {}", text[0]);
        assert!(refusal.contains(&shown), "{refusal}");
        let hint = format!("hint: set `encoding = \"{label}\"`");
        assert!(refusal.contains(&hint), "{refusal}");
    }
}

#[test]
fn nothing_is_proposed_in_which_the_header_lacks_the_titles_of_the_job() {
    let text = "編號,姓名\n".to_owned() + &"u1,陳怡君\n".repeat(20);
    let bytes = encoded(BIG5, &text);
    let refusal = refused(read_as(&bytes, &knowing("編號", &[])));
    assert_eq!(
        refusal,
        "error: rows.csv: the file is not UTF-8, and its encoding is not certain\n  \
         21 of the lines looked at are not UTF-8, the header among them\n  \
         as big5 it reads: 編號, 姓名, 陳怡君\n\
         hint: set `encoding = \"big5\"` in the job's [input], if that is right, or save the file as \"CSV UTF-8\""
    );
    let refusal = refused(read_as(&bytes, &knowing("工号", &[])));
    assert!(
        refusal.ends_with(
            "as big5 it reads: 編號, 姓名, 陳怡君\n  \
             in none of these the file holds a column that the job names, such as `工号`\n\
             hint: save the file as \"CSV UTF-8\""
        ),
        "{refusal}"
    );
}

#[test]
fn an_encoding_that_the_job_names_is_told_with_cells_to_judge_it_by() {
    let read = read_as(&words(GBK, &["早", "晚"], 2), &said("gbk")).unwrap();
    assert_eq!(
        read.findings,
        [Finding::Encoding {
            name: "GBK",
            known_by: KnownBy::Job,
            cells: vec!["早".to_owned(), "晚".to_owned()]
        }]
    );
    assert_eq!(
        told(&read),
        ["the file was read as GBK, as the job says; it reads: 早, 晚"]
    );
    let read = read_as(b"id,word\nu1,ok\n", &said("gbk")).unwrap();
    assert_eq!(read.findings, []);
}

#[test]
fn an_encoding_of_one_byte_a_character_is_doubted_where_the_file_reads_as_chinese() {
    let bytes = words(GBK, &["早", "晚"], 2);
    let read = read_as(&bytes, &said("iso-8859-5")).unwrap();
    assert_eq!(
        told(&read),
        [
            "the file was read as ISO-8859-5, as the job says; it reads: дч, Ээ",
            "the file may be gb18030 instead; then it reads: 早, 晚"
        ]
    );
    let western = words(WINDOWS_1252, &["Renée", "Größe"], 2);
    let read = read_as(&western, &said("windows-1252")).unwrap();
    assert_eq!(read.findings.len(), 1);
}

#[test]
fn an_encoding_that_the_job_names_is_refused_where_its_own_words_stand_in_another() {
    let mut options = knowing("id", &["早", "晚"]);
    options.encoding = Some("iso-8859-5".to_owned());
    assert_eq!(
        refused(read_as(&words(GBK, &["早", "晚"], 2), &options)),
        "error: rows.csv: the file is gb18030, and the job says it is iso-8859-5\n  \
         as iso-8859-5 it reads: дч, Ээ\n  as gb18030 it reads: 早, 晚\n\
         hint: set `encoding = \"gb18030\"` in the job's [input]"
    );
    options.encoding = Some("gbk".to_owned());
    assert!(read_as(&words(GBK, &["早", "晚"], 2), &options).is_ok());
    // One word in UTF-8 is few, and a word of the job all the same.
    let refusal = refused(read_as(&words(encoding_rs::UTF_8, &["早"], 1), &options));
    assert!(
        refusal.contains("the file is UTF-8, and the job says it is gbk\n  as gbk it reads: "),
        "{refusal}"
    );
}
