//! JSONL, by the faults I26 and I30-I36.

use super::*;

/// The sentence that rejects a line in the middle of good ones.
fn rejected(line: &str) -> String {
    let read = read_jsonl(format!("{{\"a\":1}}\n{line}\n{{\"a\":3}}\n")).unwrap();
    assert_eq!(read.records.len(), 3, "{line}");
    assert!(read.records[0].cells.is_ok() && read.records[2].cells.is_ok());
    assert_eq!(read.records[2].line, 3);
    let sentence = read.records[1].cells.as_ref().expect_err(line).clone();
    let source: serde_json::Value = serde_json::from_str(&read.records[1].source).unwrap();
    assert!(source.is_object(), "{source}");
    sentence
}

#[test]
fn objects_are_read_with_their_kinds_and_new_keys_become_columns() {
    let read = read_jsonl(
        "{\"id\":\"u1\",\"day\":21}\n{\"day\":null,\"ok\":true,\"id\":\"\\u5f20\\n\"}\n{\"x\":[1, {}]}\n",
    )
    .unwrap();
    assert_eq!(read.columns, ["id", "day", "ok", "x"]);
    assert_eq!(
        read.records[0].cells.as_ref().unwrap(),
        &["u1", "number 21"]
    );
    assert_eq!(
        read.records[1].cells.as_ref().unwrap(),
        &["张\n", "absent", "bool true"]
    );
    assert_eq!(
        read.records[2].cells.as_ref().unwrap(),
        &["absent", "absent", "absent", "nested [1, {}]"]
    );
    assert_eq!(read.sources()[2], "{\"x\":[1, {}]}");
}

#[test]
fn members_of_a_report_are_removed_and_the_rest_stays_as_it_is() {
    let read = read_jsonl(
        "{ \"id\" : \"\\u0031\" , \"_code\":1, \"n\": 1.50,\"\\u005freason\":\"x\" }\n{\"_record\":3}\n",
    )
    .unwrap();
    assert_eq!(read.columns, ["id", "n"]);
    assert_eq!(read.sources(), ["{\"id\" : \"\\u0031\",\"n\": 1.50}", "{}"]);
    assert_eq!(
        read.records[0].cells.as_ref().unwrap(),
        &["1", "number 1.50"]
    );
}

#[test]
fn i30_what_is_not_one_object_on_a_line_is_rejected() {
    for (line, sentence) in [
        (
            "{\"a\":1} x",
            "text follows the JSON object (character 9 of the line)",
        ),
        (
            "{\"a\":1}{\"a\":2}",
            "a second JSON value follows on the same line (character 8 of the line)",
        ),
        (
            "{\"a\":1},",
            "a comma follows the JSON object: lines of JSONL are not parted by commas (character 8 of the line)",
        ),
        (
            "\"text\"",
            "the line is not a JSON object (character 1 of the line)",
        ),
        (
            "12",
            "the line is not a JSON object (character 1 of the line)",
        ),
        (
            "[{\"a\":1}]",
            "the line is not a JSON object (character 1 of the line)",
        ),
        (
            "{\"a\":1",
            "the line ends in the middle of a JSON object (character 7 of the line)",
        ),
        (
            "{a:1}",
            "a key is missing or not in double quotes (character 2 of the line)",
        ),
        (
            "{'a':1}",
            "a key is missing or not in double quotes (character 2 of the line)",
        ),
        (
            "{\"a\":1,}",
            "a key is missing or not in double quotes (character 8 of the line)",
        ),
        (
            "{\"a\" 1}",
            "a colon is missing after a key (character 6 of the line)",
        ),
        (
            "{\"a\":1 \"b\":2}",
            "a comma or a closing bracket is missing (character 8 of the line)",
        ),
        ("{\"a\":}", "a value is missing (character 6 of the line)"),
        (
            "{\"a\":True}",
            "a bare word is not valid JSON (character 6 of the line)",
        ),
    ] {
        assert_eq!(rejected(line), sentence, "{line}");
    }
}

#[test]
fn i30_blank_lines_and_a_byte_order_mark_are_no_rows() {
    let read = read_jsonl("\u{FEFF}\n{\"a\":1}\r\n \t\r\n{\"a\":2}\n\n").unwrap();
    let places: Vec<_> = read.records.iter().map(|r| (r.number, r.line)).collect();
    assert_eq!(places, [(1, 2), (2, 4)]);
    assert_eq!(read.findings, [Finding::BlankLines { count: 3 }]);
}

#[test]
fn i30_one_array_refuses_the_file_with_advice() {
    for array in ["[{\"a\":1},\n{\"a\":2}]\n", "\n [\n  {}\n]\n"] {
        let refusal = refused(read_jsonl(array));
        assert!(
            refusal.contains("the file is one JSON array, not JSONL")
                && refusal.contains("jq -c '.[]'"),
            "{refusal}"
        );
    }
}

#[test]
fn i30_an_object_over_several_lines_refuses_the_file_with_advice() {
    for object in ["{\n  \"a\": 1\n}\n", "{\"a\": 1,\n\n \"b\": 2}\n", "{\n}\n"] {
        let refusal = refused(read_jsonl(object));
        assert!(
            refusal.starts_with("error: rows.jsonl:1: the JSON object runs over several lines")
                && refusal.contains("jq -c ."),
            "{refusal}"
        );
    }
}

#[test]
fn i31_a_key_that_stands_twice_rejects_the_row() {
    for line in [
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"a\":1,\"b\":{\"c\":1,\"d\":2,\"c\":3}}",
        "{\"a\":[{\"x\":1,\"x\":1}]}",
    ] {
        assert!(
            rejected(line).starts_with("a key stands twice in one JSON object"),
            "{line}"
        );
    }
    assert!(
        read_jsonl("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]}}\n")
            .unwrap()
            .records[0]
            .cells
            .is_ok()
    );
}

#[test]
fn i32_too_deep_and_too_many_keys_reject_the_row() {
    let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(read_jsonl(deep(127)).unwrap().records[0].cells.is_ok());
    assert!(rejected(&deep(128)).starts_with("JSON is nested more than 128 levels deep"));
    assert!(rejected(&deep(100_000)).starts_with("JSON is nested more than 128 levels deep"));
    let many = |keys: usize| {
        let members: Vec<String> = (0..keys).map(|key| format!("\"k{key}\":1")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(read_jsonl(many(4_096)).unwrap().records[0].cells.is_ok());
    assert!(rejected(&many(4_097)).starts_with("the JSON object has more than 4096 keys"));
    assert!(rejected(&many(100_000)).starts_with("the JSON object has more than 4096 keys"));
}

#[test]
fn i32_keys_that_differ_from_line_to_line_do_not_grow_without_bound() {
    use std::fmt::Write;
    let mut lines = String::new();
    for line in 0..17 {
        let members: Vec<String> = (0..1_000)
            .map(|key| format!("\"k{line}-{key}\":1"))
            .collect();
        writeln!(lines, "{{{}}}", members.join(",")).unwrap();
    }
    let read = read_jsonl(lines).unwrap();
    assert_eq!(read.columns.len(), 16_384);
    assert_eq!(
        read.rejections(),
        [(17, "the file has more than 16384 different keys (k16-384)")]
    );
}

#[test]
fn i33_numbers_keep_every_digit() {
    for digits in [
        "9007199254740993",
        "110101199003071234567890",
        "1e400",
        "-0",
        "1.50",
        "0.1E+2",
    ] {
        let read = read_jsonl(format!("{{\"n\":{digits}}}")).unwrap();
        assert_eq!(
            read.records[0].cells.as_ref().unwrap(),
            &[format!("number {digits}")]
        );
    }
    for wrong in ["01", "+1", "1.", ".5", "1e", "0x10", "1_000", "--1", "１"] {
        let line = format!("{{\"a\":{wrong}}}");
        assert!(rejected(&line).contains("not valid JSON") || rejected(&line).contains("value"));
    }
    for word in ["NaN", "-NaN", "Infinity", "-Infinity", "nul"] {
        assert!(
            rejected(&format!("{{\"a\":{word}}}")).contains("is not valid JSON"),
            "{word}"
        );
    }
}

#[test]
fn i34_texts_that_are_not_text_reject_the_row() {
    for (text, rule) in [
        ("\\ud800", "half of a surrogate pair stands in a JSON text"),
        (
            "\\ud800\\u0041",
            "half of a surrogate pair stands in a JSON text",
        ),
        ("\\ud800x", "half of a surrogate pair stands in a JSON text"),
        ("\\udc00", "half of a surrogate pair stands in a JSON text"),
        ("\\u0000", "a JSON text holds the character NUL"),
        (
            "\u{1}",
            "a control character stands unescaped in a JSON text",
        ),
        ("\t", "a control character stands unescaped in a JSON text"),
        ("\\x41", "an escape in a JSON text is not valid"),
        ("\\u12g4", "an escape in a JSON text is not valid"),
    ] {
        for line in [
            format!("{{\"a\":\"{text}\"}}"),
            format!("{{\"{text}\":1}}"),
            format!("{{\"a\":[{{\"b\":\"{text}\"}}]}}"),
        ] {
            assert!(rejected(&line).starts_with(rule), "{line}");
        }
    }
    let read = read_jsonl("{\"a\":\"\\ud83d\\ude00\\/\\b\"}").unwrap();
    assert_eq!(read.records[0].cells.as_ref().unwrap(), &["😀/\u{8}"]);
}

#[test]
fn i34_bytes_that_are_not_utf8_reject_their_own_row_only() {
    // 0xC0 0xAF is an overlong slash.
    let read = read_jsonl(b"{\"a\":1}\n{\"a\":\"\xC0\xAF\"}\n{\"a\":3}\n").unwrap();
    assert_eq!(
        read.rejections(),
        [(
            2,
            "the record holds bytes that cannot be decoded (byte 14 of the file is not valid UTF-8)"
        )]
    );
    assert_eq!(
        read.sources()[1],
        "{\"_line\":\"{\\\"a\\\":\\\"\u{FFFD}\u{FFFD}\\\"}\"}"
    );
}

#[test]
fn i35_wrong_types_are_the_mappings_business_and_stay_apart() {
    let read = read_jsonl("{\"a\":\"21\",\"b\":\"true\",\"c\":true,\"d\":21}\n").unwrap();
    assert_eq!(
        read.records[0].cells.as_ref().unwrap(),
        &["21", "true", "bool true", "number 21"]
    );
}

#[test]
fn i36_a_last_line_that_is_cut_is_rejected_as_maybe_truncated() {
    for cut in [
        "{\"a\":1",
        "{\"a\":",
        "{\"a",
        "{\"a\":\"x",
        "{\"a\":tr",
        "{\"a\":-",
        "{\"a\":[1,",
        "{\"a\":\"\\u12",
        "{",
    ] {
        let read = read_jsonl(format!("{{\"a\":1}}\n{cut}")).unwrap();
        assert_eq!(
            read.rejections(),
            [(
                2,
                "the line ends in the middle of a JSON object (the last line has no line end: the file may be truncated)"
            )],
            "{cut}"
        );
    }
    assert_eq!(read_jsonl("{\"a\":1}\n{\"a\":2}").unwrap().rejections(), []);
}

#[test]
fn a_line_that_stays_unreadable_is_rejected_again_by_the_next_run() {
    let read = read_jsonl("{\"a\":1}\n{\"a\" 2}\n").unwrap();
    let source = "{\"_line\":\"{\\\"a\\\" 2}\"}";
    assert_eq!(read.sources()[1], source);
    let open = source.strip_suffix('}').unwrap();
    let report = format!("{open},\"_record\":2}}\n");
    let again = read_jsonl(report).unwrap();
    assert_eq!(again.sources(), [source]);
    assert_eq!(
        again.rejections(),
        [(
            1,
            "the line could not be read in an earlier run and is not corrected (replace it by the object it stands for)"
        )]
    );
}

#[test]
fn a_character_lost_in_a_member_of_ours_rejects_nothing() {
    let read =
        read_jsonl("{\"a\":\"好\",\"_reason\":\"\u{FFFD}\"}\n{\"a\":\"\u{FFFD}\"}\n").unwrap();
    assert_eq!(read.records[0].cells.as_ref().unwrap(), &["好"]);
    assert_eq!(read.rejections()[0].0, 2);
}

#[test]
fn a_line_with_nul_is_repeated_alike_by_every_later_report() {
    let read = read_jsonl("{\"a\":1}\n{\"a\":\0}\n").unwrap();
    let source = "{\"_line\":\"{\\\"a\\\":␀}\"}";
    assert_eq!(read.sources()[1], source);
    assert_eq!(read_jsonl(source).unwrap().sources(), [source]);
}

#[test]
fn i26_a_line_over_the_cap_refuses_the_file_and_a_long_one_is_shortened_in_reports() {
    let refusal = refused(read_jsonl(format!(
        "{{\"a\":1}}\n{{\"a\":\"{}\"}}\n",
        "x".repeat(8 << 20)
    )));
    assert!(
        refusal.starts_with("error: rows.jsonl:2: the line is longer than 8 MiB"),
        "{refusal}"
    );
    let read = read_jsonl(format!("{{\"a\":1}}\n{}\n", "好".repeat(100_000))).unwrap();
    let source: serde_json::Value = serde_json::from_str(&read.records[1].source).unwrap();
    let shortened = format!("{}…", "好".repeat(65_536 / 3));
    assert_eq!(source["_line"], shortened.as_str());
}

#[test]
fn i13_a_file_without_objects_is_refused() {
    for blank in ["", "\n\n", " \t"] {
        assert!(refused(read_jsonl(blank)).starts_with("error: rows.jsonl: no rows"));
    }
}
