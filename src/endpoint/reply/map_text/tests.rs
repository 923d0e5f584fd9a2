//! Every writing of the map of people and dates that somebody has described, and texts that are none.

use super::*;

fn days(text: &str) -> Option<Vec<(String, Vec<String>)>> {
    let entries = parse(text)?;
    let told = |entry: Entry| {
        let dates = entry.dates.iter().map(Date::to_string).collect();
        (entry.person, dates)
    };
    Some(entries.into_iter().map(told).collect())
}

#[test]
fn every_form_that_may_be_meant_reads_the_same() {
    let expected = Some(vec![
        (
            "u1".to_owned(),
            vec!["2021-1-21".to_owned(), "22".to_owned()],
        ),
        ("u2".to_owned(), vec!["2021-1-3".to_owned()]),
    ]);
    for text in [
        r#"{"u1":[20210121,22],"u2":[20210103]}"#,
        r#"{"u1":["20210121","22"],"u2":"2021-01-03"}"#,
        r#" { "u1" : [ 20210121 , 22 ] , "u2" : [ 20210103 ] } "#,
        r#"{"\u00751":["2021\/1\/21",22],"u2":["2021.1.3"]}"#,
        "{u1:[20210121,22],u2:[20210103]}",
        "｛u1：［20210121，22］，u2：［2021/1/3］｝",
        "{u1：[20210121、22日]；u2：[2021年1月3日]}",
        "{“u1”：[“20210121”，“22”]，“u2”：[“2021年01月03日”]}",
        "{'u1':['20210121','22'],'u2':['20210103']}",
        "{‘u1’:[‘20210121’,‘22’],’u2‘:[２０２１０１０３]}",
        "map[u1:[20210121 22] u2:[20210103]]",
        "map[u1:[2021-01-21 22号] u2:[2021-1-3]]",
        "[u1:[20210121,22],u2:[20210103],]",
    ] {
        assert_eq!(days(text), expected, "{text}");
    }
}

#[test]
fn a_person_without_dates_is_read_as_such() {
    for text in [
        "{u1:[]}",
        "{u1:}",
        "{u1:,}",
        "{u1:null}",
        r#"{"u1":""}"#,
        "map[u1:[]]",
        "map[u1:<nil>]",
    ] {
        assert_eq!(days(text), Some(vec![("u1".to_owned(), vec![])]), "{text}");
    }
}

#[test]
fn dates_are_read_as_far_as_they_are_given() {
    for (text, date) in [
        ("7", "7"),
        ("07", "7"),
        ("31", "31"),
        ("20240229", "2024-2-29"),
        ("2024-2-9", "2024-2-9"),
        ("2024/02/09", "2024-2-9"),
        ("2024.02.09", "2024-2-9"),
        ("１月２１日", "1-21"),
        ("1月21号", "1-21"),
        ("2021年1月21日", "2021-1-21"),
        ("２０２１－０１－２１", "2021-1-21"),
    ] {
        assert_eq!(
            super::date(text).map(|date| date.to_string()).as_deref(),
            Some(date)
        );
    }
    for text in [
        "",
        "0",
        "32",
        "121",
        "202101",
        "2021012",
        "202101211",
        "20211301",
        "20210132",
        "2021ab21",
        "2021-13-01",
        "2021-1",
        "1-21",
        "21-1-2021",
        "-7",
        "+7",
        "7.5",
        "1e1",
        "日",
        "月21日",
        "2021年21日",
        "1月21日1月22日",
        "２０２１０１２１x",
    ] {
        assert_eq!(super::date(text), None, "{text}");
    }
}

#[test]
fn what_does_not_parse_to_its_end_is_no_map() {
    for text in [
        "",
        "success",
        "{}",
        "[]",
        "map[]",
        "map",
        "{",
        "}",
        "{u1",
        "{u1:",
        "{u1:[",
        "{u1:[1",
        "{u1:[1]",
        "{u1:[1]]",
        "{u1:[1}}",
        "{u1:[1]}}",
        "{u1:[1]}x",
        "{[1]}",
        "{:[1]}",
        r#"{"":[1]}"#,
        "{u1 u2:[1]}",
        "{u1:[[1]]}",
        "{u1:{a:1}}",
        "{u1::1}",
        r#"{"u1:[1]}"#,
        r#"{"u1\x":[1]}"#,
        "{“u1:[1]}",
        "{u1:1,2}",
        "u1:[1]",
        "{u1:[1]}{u2:[1]}",
        r#""{u1:[1]}""#,
    ] {
        assert_eq!(days(text), None, "{text}");
    }
}

#[test]
fn a_person_named_twice_is_read_twice() {
    let read = days(r#"{"u1":[1],"u1":[2]}"#).expect("a map");
    assert_eq!(read.len(), 2);
}
