//! CSV, by the faults I01-I36 that reading can decide.

use super::*;
use crate::input::InputFormat;

const HEADER: &str = "user_id,month,day_no\n";

fn rows_after_header(rows: &str) -> Read {
    read_csv(format!("{HEADER}{rows}")).unwrap()
}

#[test]
fn plain_rows_are_read_with_their_record_line_and_source() {
    let read = rows_after_header("u1,202406,1\nu2,,\"2\"\n");
    assert_eq!(read.columns, ["user_id", "month", "day_no"]);
    assert_eq!(read.rows(), [["u1", "202406", "1"], ["u2", "", "2"]]);
    let places: Vec<_> = read.records.iter().map(|r| (r.number, r.line)).collect();
    assert_eq!(places, [(1, 2), (2, 3)]);
    assert_eq!(read.sources(), ["u1,202406,1", "u2,,\"2\""]);
    assert_eq!(read.findings, []);
}

#[test]
fn quotes_commas_and_line_breaks_in_quoted_cells_are_text() {
    let read = rows_after_header("\"a \"\"b\"\", c\",\"x\r\ny\",\"\"\nu2,1,2\n");
    assert_eq!(
        read.rows(),
        [["a \"b\", c", "x\r\ny", ""], ["u2", "1", "2"]]
    );
    assert_eq!(read.records[1].line, 4);
    assert_eq!(read.sources()[0], "\"a \"\"b\"\", c\",\"x\r\ny\",\"\"");
}

#[test]
fn spaces_around_cells_and_single_quotes_are_kept() {
    let read = rows_after_header(" u1 ,'x','a,b\n");
    assert_eq!(
        read.rejections(),
        [(
            1,
            "the row has not as many cells as the header (4 cells where the header has 3)"
        )]
    );
    assert_eq!(
        rows_after_header(" u1 ,'x',　\n").rows(),
        [[" u1 ", "'x'", "　"]]
    );
}

#[test]
fn i01_a_byte_order_mark_is_no_part_of_the_first_name() {
    let read = read_csv("\u{FEFF}a,b\n1,2\n").unwrap();
    assert_eq!(read.columns, ["a", "b"]);
    assert_eq!(read.records[0].line, 2);
}

#[test]
fn i01_a_second_byte_order_mark_refuses_the_file() {
    assert_eq!(
        refused(read_csv("\u{FEFF}\u{FEFF}a,b\n1,2\n")),
        "error: rows.csv:1: a second byte order mark stands before the header\n\
         hint: it would become part of the first name; delete it, or save the file again as \"CSV UTF-8\""
    );
}

#[test]
fn i04_bytes_that_are_not_utf8_reject_their_own_row_only() {
    let mut bytes = b"\xEF\xBB\xBFid,name\n1,ok\n2,a\xFFb\n".to_vec();
    bytes.extend_from_slice("3,好\n".as_bytes());
    let read = read_csv(bytes).unwrap();
    assert_eq!(
        read.rejections(),
        [(
            2,
            "the record holds bytes that cannot be decoded (byte 19 of the file is not valid UTF-8)"
        )]
    );
    assert_eq!(read.sources(), ["1,ok", "2,a\u{FFFD}b", "3,好"]);
}

#[test]
fn i04_a_row_that_lost_a_character_earlier_is_rejected_so_a_report_of_it_is_not_sent() {
    let read = read_csv("id,name\n2,a\u{FFFD}b\n").unwrap();
    assert_eq!(
        read.rejections(),
        [(
            1,
            "the record holds U+FFFD, which stands for a character lost in an earlier conversion"
        )]
    );
}

#[test]
fn a_character_lost_in_a_column_of_ours_rejects_nothing() {
    let read = read_csv("id,_reason,name\n1,a web page answered: \u{FFFD},好\n").unwrap();
    assert_eq!(read.rows(), [["1", "好"]]);
}

#[test]
fn control_characters_behind_a_byte_order_mark_are_text() {
    let controls = "\u{1}".repeat(100);
    assert!(refused(read_csv(format!("id\n{controls}\n"))).contains("binary data"));
    let read = read_csv(format!("\u{FEFF}id\n{controls}\n")).unwrap();
    assert_eq!(read.rows(), [[controls.as_str()]]);
}

#[test]
fn i05_lines_are_counted_for_every_kind_of_line_end() {
    for ends in [
        ["\n"; 4],
        ["\r\n"; 4],
        ["\r"; 4],
        ["\n", "\r\n", "\r", "\r"],
    ] {
        let [a, b, c, d] = ends;
        let read = read_csv(format!("id,x{a}1,\"p{b}q\"{c}2,r{d}")).unwrap();
        let places: Vec<_> = read.records.iter().map(|r| (r.number, r.line)).collect();
        assert_eq!(places, [(1, 2), (2, 4)], "{ends:?}");
    }
}

#[test]
fn i06_ragged_rows_are_rejected_with_both_counts_and_others_go() {
    let read = rows_after_header("u1,202406\nu2,202406,1\nu3,202406,1,2\n");
    assert_eq!(
        read.rejections(),
        [
            (
                1,
                "the row has not as many cells as the header (2 cells where the header has 3)"
            ),
            (
                3,
                "the row has not as many cells as the header (4 cells where the header has 3)"
            ),
        ]
    );
}

#[test]
fn i06_the_source_of_a_ragged_row_has_all_columns_and_what_is_too_much_is_kept_apart() {
    let read = rows_after_header("u1,202406\nu3,202406,1,2\n");
    assert_eq!(read.sources(), ["u1,202406,", "u3,202406,1"]);
    assert_eq!(read.stray(), [None, Some("2")]);
}

#[test]
fn i07_a_quote_that_is_never_closed_refuses_the_file() {
    let refusal = refused(read_csv("id,x\n1,\"a\n2,b\n3,c\n"));
    assert!(
        refusal.starts_with(
            "error: rows.csv:2: the quote opened in line 2 is never closed\n  everything after it"
        ),
        "{refusal}"
    );
    let later = refused(read_csv(
        "id,x\n1,\"a\nb\",\n2,\"b\n3,c\n".replace(",\n", "\n"),
    ));
    assert!(
        later.starts_with("error: rows.csv:4: the quote opened in line 4"),
        "{later}"
    );
}

#[test]
fn i07_a_header_with_a_quote_that_is_never_closed_refuses_the_file() {
    let refusal = refused(read_csv("\"id,x\n1,a\n"));
    assert!(
        refusal.starts_with("error: rows.csv:1: the quote opened in line 1 is never closed"),
        "{refusal}"
    );
}

#[test]
fn i08_a_quote_in_the_middle_of_a_cell_rejects_the_row() {
    let read = rows_after_header("u1,5\" pipe,1\nu2,1,1\n");
    assert_eq!(
        read.rejections(),
        [(
            1,
            "month `5\" pipe`: a quote stands in the middle of a cell"
        )]
    );
    assert_eq!(read.sources()[0], "u1,\"5\"\" pipe\",1");
}

#[test]
fn i08_text_after_a_closing_quote_rejects_the_row() {
    let read = rows_after_header("\"c\"d,1,1\n\"c\" ,1,1\nu3,1,1\n");
    assert_eq!(
        read.rejections(),
        [
            (
                1,
                "user_id `\"c\"d`: text follows the closing quote of a cell"
            ),
            (
                2,
                "user_id `\"c\" `: text follows the closing quote of a cell"
            )
        ]
    );
    assert_eq!(read.sources()[0], "\"\"\"c\"\"d\",1,1");
}

#[test]
fn i08_a_stray_quote_that_meets_another_says_which_lines_it_may_have_swallowed() {
    let read = read_csv("id,x\n1,\"a\n2,\"b\"\n3,c\n").unwrap();
    assert_eq!(
        read.rejections(),
        [(
            1,
            "x `\"a\\n2,\"b\"`: text follows the closing quote of a cell (the record runs over lines 2-3: is a quote there never closed?)"
        )]
    );
    assert_eq!(read.records[1].line, 4);
}

#[test]
fn i09_a_cell_of_more_than_a_hundred_lines_rejects_the_row() {
    let cell = |lines: usize| format!("\"{}\"", "x\n".repeat(lines));
    let read = read_csv(format!("id,x\n1,{}\n2,{}\n", cell(100), cell(101))).unwrap();
    let rejections = read.rejections();
    assert_eq!(rejections.len(), 1);
    assert_eq!(rejections[0].0, 2);
    assert!(
        rejections[0].1.ends_with(
            "a cell runs over more than 100 lines (the record runs over lines 103-204: is a quote there never closed?)"
        ),
        "{}",
        rejections[0].1
    );
}

#[test]
fn i09_a_cell_of_more_than_64_kb_rejects_the_row() {
    let longest = "x".repeat(64 * 1024);
    let read = read_csv(format!("id,x\n1,{longest}\n2,{longest}x\n3,y\n")).unwrap();
    assert_eq!(
        read.rejections(),
        [(2, "x: a cell is longer than 64 kB (65537 bytes)")]
    );
}

#[test]
fn i10_control_and_invisible_characters_in_cells_are_read_as_they_are() {
    let read = read_csv("id,x\n\u{0}1,\u{1B}[2J\u{202E}\u{2028}\u{200B}\n").unwrap();
    assert_eq!(
        read.rows(),
        [["\u{0}1", "\u{1B}[2J\u{202E}\u{2028}\u{200B}"]]
    );
}

#[test]
fn i11_i12_i22_nothing_is_folded_trimmed_or_converted() {
    let cells = "１２３，\u{A0},\u{3000}x ,6.70936E+18,00123,1.0,+1";
    let read = read_csv(format!("a,b,c,d,e,f\n{cells}\n")).unwrap();
    assert_eq!(read.rows(), [cells.split(',').collect::<Vec<_>>()]);
}

#[test]
fn i13_files_without_rows_are_refused() {
    assert_eq!(
        refused(read_csv("")),
        "error: rows.csv: no rows: the file is empty\nhint: export the table again"
    );
    for header_only in ["a,b", "a,b\n", "\u{FEFF}a,b\r\n\r\n,\r\n"] {
        let refusal = refused(read_csv(header_only));
        assert!(
            refusal.starts_with("error: rows.csv: no rows\n"),
            "{refusal}"
        );
    }
    for blank in ["\n\n", " ", ",,,\n", "\u{FEFF}"] {
        let refusal = refused(read_csv(blank));
        assert!(
            refusal.starts_with("error: rows.csv: no rows: the file holds only blank lines"),
            "{refusal}"
        );
    }
}

#[test]
fn i14_a_first_line_of_values_is_no_header() {
    for first in ["6709359313699356941", "20240601,8.5", "2024-06-01,12:30"] {
        let refusal = refused(read_csv(format!("{first}\n{first}\n")));
        assert!(
            refusal.starts_with(
                "error: rows.csv:1: the first line holds values, not the names of the columns"
            ),
            "{refusal}"
        );
    }
    // Field codes may be numbers.
    assert!(read_csv("member_id,1001,1002\nu1,8,9\n").is_ok());
}

#[test]
fn i14_a_repeated_header_is_rejected() {
    let read = read_csv("id,x\n1,a\nid,x\n2,b\n\u{FEFF}id,\"x\"\n3,c\n").unwrap();
    let rule = "the line repeats the header";
    assert_eq!(read.rejections(), [(2, rule), (4, rule)]);
    assert_eq!(read.sources()[1], "id,x");
}

#[test]
fn i14_i15_columns_without_a_name_or_with_the_same_name_refuse_the_file() {
    assert_eq!(
        refused(read_csv("a,,b\n1,2,3\n")),
        "error: rows.csv:1: column 2 has no name\nhint: give it a name, or delete the column"
    );
    assert_eq!(
        refused(read_csv("a,b,a\n1,2,3\n")),
        "error: rows.csv:1: columns 1 and 3 are both named `a`\n  nobody can tell which of them is meant\nhint: rename or delete one of them"
    );
}

#[test]
fn i16_names_are_kept_exactly_so_the_mapping_can_compare_them() {
    let read = read_csv("User_ID, month,ｄａｙ\n1,2,3\n").unwrap();
    assert_eq!(read.columns, ["User_ID", " month", "ｄａｙ"]);
}

#[test]
fn i17_another_delimiter_is_suggested_and_never_guessed() {
    for (header, found) in [("a;b", ";"), ("a\tb", "\\t"), ("a|b", "|")] {
        assert_eq!(
            refused(read_csv(format!("{header}\n1\n"))),
            format!(
                "error: rows.csv:1: only one column was found\n  the columns seem to be parted by `{found}`, not by `,`\n\
                 hint: set `delimiter = \"{found}\"` in the job's [input]"
            )
        );
    }
    let refusal = refused(read_csv("姓名，工号\n1\n"));
    assert!(
        refusal.ends_with("hint: part the columns by a plain comma `,`"),
        "{refusal}"
    );
    let refusal = refused(read_csv("sep=;\na;b\n1;2\n"));
    assert!(refusal.contains("the first line is `sep=;`"), "{refusal}");
    // The way out for whoever has such a name.
    assert_eq!(read_csv("\"a;b\"\n1\n").unwrap().columns, ["a;b"]);
}

#[test]
fn i17_a_delimiter_that_was_set_is_used_in_rows_and_sources() {
    let options = InputOptions {
        delimiter: Some(b';'),
        ..InputOptions::default()
    };
    let sample = Sample::new("rows.csv", "a;b;_code\n1,5;\"x;y\";9\n;;\n");
    let read = sample.read(&options).unwrap();
    assert_eq!(read.rows(), [["1,5", "x;y"]]);
    assert_eq!(read.sources(), ["1,5;\"x;y\""]);
    assert_eq!(read.blank_lines, 1);
    assert_eq!(sample.open(&options).unwrap().delimiter(), b';');
}

#[test]
fn i17_a_delimiter_that_cannot_part_cells_is_refused() {
    for delimiter in [b'"', b'\n', b'a', 0, 0xA1] {
        let options = InputOptions {
            delimiter: Some(delimiter),
            ..InputOptions::default()
        };
        let refusal = refused(Sample::new("rows.csv", "a,b\n1,2\n").read(&options));
        assert!(
            refusal.starts_with("error: the delimiter of the input cannot be used"),
            "{refusal}"
        );
    }
}

#[test]
fn i18_an_empty_column_without_a_name_at_the_end_is_ignored_and_told() {
    let read = read_csv("a,b,\n1,2,\n3,4\n5,6,x\n").unwrap();
    assert_eq!(read.columns, ["a", "b"]);
    assert_eq!(read.findings, [Finding::UnnamedColumns { count: 1 }]);
    assert_eq!(
        read.rejections(),
        [(3, "a value stands in a column without a name (x)")]
    );
    assert_eq!(read.sources(), ["1,2", "3,4", "5,6"]);
    assert_eq!(read.stray(), [None, None, Some("x")]);
}

#[test]
fn i18_a_ctrl_z_at_the_end_is_dropped_and_told() {
    let read = read_csv("a,b\n1,2\n\u{1A}").unwrap();
    assert_eq!(read.rows(), [["1", "2"]]);
    assert_eq!(read.findings, [Finding::CtrlZ]);
    assert_eq!(read_csv("a,b\n1,2\u{1A}").unwrap().rows(), [["1", "2"]]);
}

#[test]
fn i19_blank_lines_are_counted_and_are_no_rows() {
    let read = read_csv("\na,b\n\n1,2\n,\n  \t\n3,4\n\n").unwrap();
    let places: Vec<_> = read.records.iter().map(|r| (r.number, r.line)).collect();
    assert_eq!(places, [(1, 4), (2, 7)]);
    assert_eq!(read.blank_lines, 5);
    assert_eq!(read.findings, [Finding::BlankLines { count: 5 }]);
}

#[test]
fn i19_a_quoted_empty_cell_is_a_row() {
    assert_eq!(read_csv("id\n\"\"\nx\n").unwrap().rows(), [[""], ["x"]]);
}

#[test]
fn i26_a_line_over_the_cap_refuses_the_file_and_names_the_line() {
    let long = "x".repeat(8 * 1024 * 1024 + 1);
    let refusal = refused(read_csv(format!("id\n1\n{long}\n2\n")));
    assert!(
        refusal.starts_with(
            "error: rows.csv:3: the record that begins in line 3 is longer than 8 MiB"
        ),
        "{refusal}"
    );
    let quotes = "\"".repeat(9 * 1024 * 1024);
    let refusal = refused(read_csv(format!("id\n1\n{quotes}")));
    assert!(
        refusal.contains("hint: look for a quote that is never closed, in line 3"),
        "{refusal}"
    );
}

#[test]
fn i26_a_record_just_under_the_cap_is_one_record() {
    let long = "x".repeat(8 * 1024 * 1024);
    let read = read_csv(format!("id\n1\n{long}\n2\n")).unwrap();
    assert_eq!(read.records.len(), 3);
    assert_eq!(
        read.rejections(),
        [(2, "id: a cell is longer than 64 kB (8388608 bytes)")]
    );
}

#[test]
fn i26_a_line_of_delimiters_costs_no_memory_and_is_ragged() {
    let read = read_csv(format!("id,x\n1,{}\n2,3\n", ",".repeat(1_000_000))).unwrap();
    assert_eq!(
        read.rejections(),
        [(
            1,
            "the row has not as many cells as the header (1,000,002 cells where the header has 2)"
        )]
    );
}

#[test]
fn i36_a_last_line_without_a_line_end_is_read_if_it_is_whole() {
    let read = read_csv("a,b\n1,2\n3,4").unwrap();
    assert_eq!(read.rows(), [["1", "2"], ["3", "4"]]);
    assert_eq!(
        read_csv("a,b\n1,2\n3").unwrap().rejections(),
        [(
            2,
            "the row has not as many cells as the header (1 cell where the header has 2; the last line has no line end: the file may be truncated)"
        )]
    );
}

#[test]
fn columns_of_a_report_are_ignored_and_told() {
    let report = "\u{FEFF}id,_record,name,_reason\n1,7,\"张, 三\",\"bad \"\"x\"\"\"\n,8,,y\n";
    let read = read_csv(report).unwrap();
    assert_eq!(read.columns, ["id", "name"]);
    assert_eq!(read.rows(), [["1", "张, 三"], ["", ""]]);
    assert_eq!(read.sources(), ["1,\"张, 三\"", "\"\","]);
    assert_eq!(
        read.findings,
        [Finding::ReportColumns {
            names: vec!["_record".to_owned(), "_reason".to_owned()]
        }]
    );
    let refusal = refused(read_csv("_record,_code\n1,2\n"));
    assert!(
        refusal.starts_with("error: rows.csv:1: every column begins with `_`"),
        "{refusal}"
    );
}

#[test]
fn a_report_made_of_the_sources_reads_again_as_the_same_rows() {
    let read = read_csv(
        "a,b,_x\n1,2,\n\"p\nq\",\"\"\"\",9\n , ,8\nshort\nlong,1,2,3\nx\"y,1,2\n\"x\"y,1,2\n",
    )
    .unwrap();
    let lines = read
        .records
        .iter()
        .map(|row| format!("{},{}\n", row.source, row.number));
    let report: String = std::iter::once("\u{FEFF}a,b,_record\n".to_owned())
        .chain(lines)
        .collect();
    let again = read_csv(report).unwrap();
    assert_eq!(again.sources(), read.sources());
    assert_eq!(
        again.rows(),
        [
            ["1", "2"],
            ["p\nq", "\""],
            [" ", " "],
            ["short", ""],
            ["long", "1"],
            ["x\"y", "1"],
            ["\"x\"y", "1"],
        ]
    );
}

#[test]
fn the_format_a_job_forces_is_kept() {
    let options = InputOptions {
        format: Some(InputFormat::Csv),
        ..InputOptions::default()
    };
    let sample = Sample::new("rows.jsonl", "a,b\n1,2\n");
    assert_eq!(sample.open(&options).unwrap().format(), InputFormat::Csv);
    let refusal = refused(Sample::new("rows.csv", "{\"a\":1}\n").read(&options));
    assert!(
        refusal.starts_with(
            "error: rows.csv:1: the file holds JSON objects, and the job says it is CSV"
        ),
        "{refusal}"
    );
}
