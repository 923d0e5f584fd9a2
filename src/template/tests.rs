//! Titles and endpoints that nobody foresaw still give a job file that is TOML and says what it was meant to say.

use proptest::prelude::*;
use toml::Table;

use super::{Proposal, Rows, Seen, job_text, workbook};
use crate::document::Document;
use crate::endpoint::{Endpoint, catalogue};
use crate::input::InputOptions;

fn shifts() -> Endpoint {
    catalogue::endpoint("attendance.user_daily_shifts.batch_create").unwrap()
}

fn own(endpoint: &Endpoint, columns: &[&str]) -> String {
    let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
    let rows = Rows::Own {
        file: "own.csv",
        options: &InputOptions::default(),
        proposal: &Proposal::new(endpoint, &columns, &Seen::default()),
        month: None,
    };
    job_text("own", endpoint, &endpoint.name, &rows).unwrap()
}

/// The catalogue's shifts with another list of fields.
fn with_fields(fields: &str) -> Endpoint {
    let text = format!(
        r#"
        title = "t"
        docs = "https://example.com"
        method = "POST"
        path = "/open-apis/x"
        quota = ["1/1s"]
        resend = "safe"
        scopes = []
        tokens = ["tenant"]
        [items]
        field = "items"
        max = 5
        key = ["a"]
        [items.fields]
        a = {{ type = "id", max_chars = 4, required = true }}
        {fields}
        [reply]
        reader = "whole"
        "#
    );
    Endpoint::parse("mine", &Document::new("mine.toml", text)).unwrap()
}

#[test]
fn a_required_list_that_columns_cannot_give_is_refused() {
    let endpoint = with_fields(
        r#"l = { type = "list", required = true, fields = { only = { type = "id" } } }"#,
    );
    let rows = Rows::Template { file: "t.xlsx" };
    let refusal = job_text("t", &endpoint, "mine.toml", &rows).unwrap_err();
    assert!(
        refusal.what.to_string().contains("the list `l`"),
        "{refusal}"
    );
}

#[test]
fn a_list_folds_its_required_fields_even_when_others_stand_before_them() {
    let endpoint = with_fields(
        r#"l = { type = "list", required = true, min = 3, max = 9, fields = {
            note = { type = "text" }, name = { type = "id", required = true }, of = { type = "integer", required = true } } }"#,
    );
    let rows = Rows::Template { file: "t.xlsx" };
    let text = job_text("t", &endpoint, "mine.toml", &rows).unwrap();
    assert!(
        text.contains(r#"l = { columns = "*", key = "name", value = "of" }"#),
        "{text}"
    );
    let columns: Vec<String> = super::columns::columns(&endpoint)
        .into_iter()
        .map(|column| format!("{}={}", column.title, column.example))
        .collect();
    assert_eq!(
        columns,
        [
            "a=example-a",
            "example-name_1=example-1",
            "example-name_2=example-1",
            "example-name_3=example-1"
        ]
    );
    assert!(workbook(&endpoint).is_ok());
}

#[test]
fn a_title_in_two_lines_stays_inside_its_comment_and_its_quotes() {
    let text = own(&shifts(), &["员工\n工号", "备\r\n注 = \"x\"", "考勤组"]);
    let job: Table = text.parse().unwrap();
    assert_eq!(
        job["item"]["user_id"]["column"].as_str(),
        Some("员工\n工号")
    );
    assert_eq!(job["input"]["ignore"][0].as_str(), Some("备\r\n注 = \"x\""));
}

#[test]
fn a_title_that_hides_or_turns_text_around_stands_escaped_in_the_job() {
    let (turned, hidden) = ("工号\u{202e}gpj", "\u{200b}备注\u{feff}");
    let text = own(&shifts(), &[turned, hidden, "user_id", "员工\u{2066}"]);
    let hides = |c: char| c != '\n' && crate::shown::is_dangerous(c);
    assert!(!text.contains(hides), "{text:?}");
    assert!(text.contains(r"\u202E"), "{text}");
    let job: Table = text.parse().unwrap();
    let ignored = job["input"]["ignore"].as_array().unwrap();
    assert!(
        ignored.iter().any(|title| title.as_str() == Some(hidden)),
        "{text}"
    );
}

proptest! {
    #[test]
    fn every_column_is_used_once_whatever_the_titles_are(
        titles in proptest::collection::hash_set(any::<String>(), 0..9),
        known in proptest::sample::subsequence(vec!["user_id", "工号", "Group ID", "班次", "月份", "day no", "操作人"], 0..7),
    ) {
        let endpoint = shifts();
        let mut titles: Vec<&str> = titles.iter().map(String::as_str).chain(known).collect();
        titles.sort_unstable();
        titles.dedup();
        let job: Table = own(&endpoint, &titles).parse().unwrap();
        let texts = |value: Option<&toml::Value>| -> Vec<String> {
            let list = value.and_then(toml::Value::as_array).into_iter().flatten();
            list.map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let mut used = texts(job["input"].get("ignore"));
        for table in ["request", "item"] {
            let values = job[table].as_table().unwrap().values();
            used.extend(values.filter_map(|value| Some(value.get("column")?.as_str()?.to_owned())));
        }
        // A column that holds ids is left to the user.
        let columns: Vec<String> = titles.iter().map(|&title| title.to_owned()).collect();
        used.extend(Proposal::new(&endpoint, &columns, &Seen::default()).ids.iter().map(|&title| title.to_owned()));
        // A column of a field's own name maps by itself.
        let fields = endpoint.items.shape.fields();
        let own_name = |title: &&&str| fields.iter().any(|field| field.name == ***title);
        used.extend(titles.iter().filter(own_name).map(|&title| title.to_owned()));
        used.sort_unstable();
        prop_assert_eq!(used, titles);
    }
}
