//! The plan as text: what it means, and how each mistake in it is told.

use std::time::Duration;

use super::plan::keys_of;
use super::words::{actions, fault_words};
use super::{Apply, End, Fault, FaultPlan, Harm, Length, When};
use crate::document::Document;
use crate::error::Refusal;
use crate::sandbox::routes::Endpoint;

fn plan(text: &str) -> Result<FaultPlan, Refusal> {
    FaultPlan::parse(&Document::new("faults.toml", text))
}

fn only(text: &str) -> (When, Fault) {
    plan(text).unwrap().rules()[0].clone()
}

#[test]
fn a_plan_says_when_what_and_what_is_applied() {
    let plan = plan(
        r#"
        [[fault]]
        endpoint = "user_daily_shifts"
        calls = "3, 10-12, 50-"
        times = 2
        do = "answer"
        status = 500
        code = 1225000
        msg = "system error"
        apply = "all"
        delay_ms = 200

        [[fault]]
        endpoint = "token"
        chance = 0.5
        do = "throttle"
        reset = []

        [[fault]]
        item = "u-17"
        do = "cut"
        end = "reset"
        apply = "late"
        late_ms = 5000
        "#,
    );
    let expected = FaultPlan::new()
        .on(
            When {
                endpoint: Some(Endpoint::Shifts),
                calls: vec![3..=3, 10..=12, 50..=u64::MAX],
                times: Some(2),
                ..When::default()
            },
            Fault::answer(500, 1_225_000, "system error")
                .apply(Apply::All)
                .delay(Duration::from_millis(200)),
        )
        .on(When::chance(0.5).at(Endpoint::Token), Fault::throttle(None))
        .on(
            When::item("u-17"),
            Fault::new(Harm::Cut {
                bytes: None,
                length: Length::Told,
                end: End::Reset,
            })
            .apply(Apply::Late(Duration::from_secs(5))),
        );
    assert_eq!(plan.unwrap(), expected);
}

#[test]
fn every_word_of_do_can_be_written_and_is_the_name_of_its_fault() {
    for action in actions() {
        let more = match action {
            "quota" => "windows = [\"5/1s\"]",
            "answer" => "code = 1",
            "redirect" => "location = \"http://other.invalid/\"",
            "status" => "status = 500",
            "list" => "as = \"omit\"",
            "read" => "as = \"twice\"",
            "ids" => "as = \"numbers\"",
            "code" | "data" | "success" | "msg" => "as = \"missing\"",
            "garble" => "as = \"tail\"",
            "framing" => "as = \"no_length\"",
            "gzip" => "as = \"bomb\"",
            "raw" => "text = \"SSH-2.0-x\"",
            _ => "",
        };
        let (_, fault) = only(&format!("[[fault]]\ndo = \"{action}\"\n{more}\n"));
        assert_eq!(fault.name(), action);
    }
}

#[test]
fn a_mistake_is_refused_with_its_line_and_the_nearest_word() {
    let refused = |text: &str| plan(text).unwrap_err().to_string();
    for (text, told) in [
        (
            "[[fault]]\ndo = \"rest\"\n",
            "error: faults.toml:2: `do = \"rest\"` is not known",
        ),
        (
            "[[fault]]\ndo = \"answer\"\ncode = 1\nstauts = 500\n",
            "error: faults.toml:4: `stauts` means nothing for `do = \"answer\"`\n  4 | stauts = 500\n    | ^^^^^^^^^^^^\nhint: did you mean `status`?",
        ),
        (
            "\n[[fault]]\ncalls = 1\n",
            "error: faults.toml:2: this fault does not say what to do",
        ),
        (
            "[[fault]]\ndo = \"reset\"\nstatus = 500\n",
            "error: faults.toml:3: `status` means nothing for `do = \"reset\"`",
        ),
        (
            "[[fault]]\ndo = \"answer\"\n",
            "error: faults.toml:1: `do = \"answer\"` needs `code`",
        ),
        (
            "[[fault]]\ndo = \"list\"\nas = \"stranger\"\n",
            "error: faults.toml:3: `as = \"stranger\"` is not known",
        ),
        (
            "[[fault]]\ndo = \"reset\"\nendpoint = \"attendance\"\n",
            "error: faults.toml:3: more than one endpoint has `attendance` in its name",
        ),
        (
            "[[fault]]\ndo = \"reset\"\nendpoint = \"bitable\"\n",
            "error: faults.toml:3: no endpoint has `bitable` in its name",
        ),
        (
            "[[fault]]\ndo = \"reset\"\ncalls = \"0-3\"\n",
            "error: faults.toml:3: `calls` must name calls from 1 on",
        ),
        (
            "[[fault]]\ndo = \"reset\"\ncalls = \"5-3\"\n",
            "error: faults.toml:3: `calls` must name calls from 1 on",
        ),
        (
            "[[fault]]\ndo = \"reset\"\nchance = 5\n",
            "error: faults.toml:3: `chance` must be a number from 0 to 1",
        ),
        (
            "[[fault]]\ndo = \"reset\"\ntimes = -1\n",
            "error: faults.toml:3: `times` must be a whole number from 1 to",
        ),
        (
            "[[fault]]\ndo = \"reset\"\napply = \"late\"\n",
            "error: faults.toml:1: `apply = \"late\"` and `late_ms` belong together",
        ),
        (
            "[[fault]]\ndo = \"quota\"\nwindows = [\"5\"]\n",
            "error: faults.toml:1: `windows` must be calls per seconds",
        ),
        (
            "[[faults]]\ndo = \"reset\"\n",
            "error: faults.toml:1: unknown key `faults`\n  1 | [[faults]]\n    |   ^^^^^^\nhint: did you mean `fault`?",
        ),
        ("[[fault]]\ndo = reset\n", "error: faults.toml:2: "),
    ] {
        assert!(refused(text).starts_with(told), "{text}\n{}", refused(text));
    }
}

#[test]
fn a_part_of_a_name_means_the_one_write_that_has_it_and_a_read_when_no_write_does() {
    for (part, endpoint) in [
        ("user_daily_shifts", Endpoint::Shifts),
        ("user_flows.batch_del", Endpoint::Punches),
        ("attendance.user_daily_shifts.query", Endpoint::DaysQuery),
        ("attendance.groups.list", Endpoint::GroupList),
        ("list_user", Endpoint::GroupUsers),
        ("directory", Endpoint::Employees),
    ] {
        let text = format!("[[fault]]\ndo = \"reset\"\nendpoint = \"{part}\"\n");
        let (when, _) = only(&text);
        assert_eq!(when.endpoint, Some(endpoint), "{part}");
    }
}

#[test]
fn an_empty_plan_has_no_rules() {
    assert_eq!(plan("# a good day\n").unwrap(), FaultPlan::new());
}

#[test]
fn every_key_and_word_of_a_plan_is_in_the_list_that_the_command_prints() {
    let list = fault_words();
    for action in actions() {
        let document = Document::new("faults.toml", format!("[[fault]]\ndo = \"{action}\"\n"));
        for key in keys_of(&document) {
            let is_told = list
                .split(|c: char| !c.is_ascii_lowercase() && c != '_')
                .any(|word| word == key);
            assert!(is_told, "`{key}` of `{action}` is not told");
        }
    }
    for word in list.lines().filter_map(|line| line.split_once("as = ")) {
        let action = word.0.split_whitespace().next().unwrap();
        for word in word.1.split(", ") {
            let text = format!("[[fault]]\ndo = \"{action}\"\nas = \"{word}\"\n");
            assert!(plan(&text).is_ok(), "{text}");
        }
    }
}
