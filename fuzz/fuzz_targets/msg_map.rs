//! The `msg` of a shifts reply with code 0: a word for success, a map of who did not take effect, or anything else.
//!
//! Promises: only a word for success lets a whole batch succeed; and a map in any of the forms that somebody has described
//! gives the verdicts that a reading by hand gives.

#![no_main]

use std::sync::{Arc, LazyLock};

use arbitrary::Arbitrary;
use feishu_bulk::endpoint::reply::{Disposition, read};
use feishu_bulk::endpoint::{Endpoint, catalogue};
use feishu_bulk::model::{Batch, BatchId, Envelope, Item, Reply, Verdict};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

/// The text comes last, so a seed is `0` for each byte before it and then `msg`.
#[derive(Debug, Arbitrary)]
struct Input<'a> {
    sent: [Day; 4],
    msg: Msg<'a>,
}

#[derive(Debug, Arbitrary)]
enum Msg<'a> {
    Text(&'a str),
    Map {
        style: Style,
        entries: Vec<(u8, Vec<NamedDate>)>,
    },
}

/// One person on one day, out of few, so that a map often names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Day {
    person: usize,
    month: u32,
    day: u32,
}

impl<'a> Arbitrary<'a> for Day {
    fn arbitrary(bytes: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        let byte = usize::from(u8::arbitrary(bytes)?);
        Ok(Self {
            person: byte % 4,
            month: [202_101, 202_102, 202_112, 202_201][byte / 4 % 4],
            day: [21, 2, 31][byte / 16 % 3],
        })
    }
}

/// How a date of the map is spelt out.
#[derive(Debug, Arbitrary)]
struct NamedDate {
    day: Day,
    form: DateForm,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum DateForm {
    Day,
    Compact,
    Dashes,
    Chinese,
    ChineseMonth,
}

/// How the map is written.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Style {
    Json,
    JsonObject,
    JsonTwice,
    Unquoted,
    FullWidth,
    Go,
}

/// Two of them could be taken for one another by a reader that is lenient.
const PEOPLE: [&str; 5] = ["abd754f7", "ABD754F7", "张三", "01", "stranger"];

static SHIFTS: LazyLock<Endpoint> = LazyLock::new(|| {
    catalogue::endpoint("attendance.user_daily_shifts.batch_create")
        .expect("the catalogue is valid")
});

fuzz_target!(|input: Input<'_>| {
    let mut sent: Vec<Day> = Vec::new();
    for day in input.sent {
        // Two items of one key never share a run.
        if !sent.contains(&day) {
            sent.push(day);
        }
    }
    match &input.msg {
        Msg::Text(msg) => {
            let verdicts = verdicts(&sent, &json!(msg).to_string());
            if !says_success(msg) {
                assert!(verdicts.contains(&"unconfirmed") || verdicts.contains(&"failed"));
            }
        }
        Msg::Map { style, entries } => {
            let msg = style.written(entries);
            assert_eq!(verdicts(&sent, &msg), expected(&sent, entries), "{msg}");
        }
    }
});

/// What the reader says of each day when `msg` is this JSON.
fn verdicts(sent: &[Day], msg: &str) -> Vec<&'static str> {
    let items = sent.iter().map(|day| Item {
        body: json!({"user_id": PEOPLE[day.person], "month": day.month, "day_no": day.day})
            .to_string()
            .into(),
    });
    let batch = Batch {
        id: BatchId(1),
        envelope: Arc::new(Envelope::default()),
        items: items.collect(),
    };
    let reply = Reply {
        status: 200,
        body: format!(r#"{{"code":0,"msg":{msg},"data":{{}}}}"#).into_bytes(),
        ..Reply::default()
    };
    let Disposition::Read(verdicts) = read(&SHIFTS, &batch, &Ok(reply)).disposition else {
        panic!("code 0 with a data object is read");
    };
    assert_eq!(verdicts.items.len(), sent.len());
    let word = |verdict| match verdict {
        Verdict::Succeeded => "succeeded",
        Verdict::Failed(_) => "failed",
        Verdict::Unconfirmed(_) => "unconfirmed",
        Verdict::Temporary(_) => panic!("a map knows nothing temporary"),
    };
    verdicts.items.into_iter().map(word).collect()
}

/// Whether the text is a word for success, perhaps within JSON strings.
fn says_success(msg: &str) -> bool {
    let mut text = msg.trim().to_owned();
    for _ in 0..2 {
        if let Ok(inner) = serde_json::from_str::<String>(&text) {
            inner.trim().clone_into(&mut text);
        }
    }
    ["success", "ok", ""].contains(&text.to_lowercase().as_str())
}

/// The verdicts by hand: strangers put everybody in doubt, and so does a map of nobody.
fn expected(sent: &[Day], entries: &[(u8, Vec<NamedDate>)]) -> Vec<&'static str> {
    let mut expected = vec!["succeeded"; sent.len()];
    let mut strangers = entries.is_empty();
    for (person, dates) in entries {
        let own = |day: &Day| PEOPLE[day.person] == name(*person);
        strangers |= !sent.iter().any(own);
        if dates.is_empty() {
            for (day, expected) in sent.iter().zip(&mut expected) {
                if own(day) {
                    *expected = "failed";
                }
            }
        }
        for date in dates {
            let fits = |day: &Day| own(day) && date.fits(*day);
            let word = match sent.iter().filter(|day| fits(day)).count() {
                0 => {
                    strangers = true;
                    continue;
                }
                1 => "failed",
                _ => "unconfirmed",
            };
            for (day, expected) in sent.iter().zip(&mut expected) {
                if fits(day) && *expected != "failed" {
                    *expected = word;
                }
            }
        }
    }
    if strangers {
        return vec!["unconfirmed"; sent.len()];
    }
    expected
}

fn name(person: u8) -> &'static str {
    PEOPLE[usize::from(person) % PEOPLE.len()]
}

impl NamedDate {
    fn fits(&self, sent: Day) -> bool {
        let month = match self.form {
            DateForm::Day => true,
            DateForm::ChineseMonth => sent.month % 100 == self.day.month % 100,
            DateForm::Compact | DateForm::Dashes | DateForm::Chinese => {
                sent.month == self.day.month
            }
        };
        month && sent.day == self.day.day
    }

    fn written(&self) -> String {
        let Day { month, day, .. } = self.day;
        let (year, month) = (month / 100, month % 100);
        match self.form {
            DateForm::Day => day.to_string(),
            DateForm::Compact => format!("{year}{month:02}{day:02}"),
            DateForm::Dashes => format!("{year}-{month}-{day:02}"),
            DateForm::Chinese => format!("{year}年{month}月{day}日"),
            DateForm::ChineseMonth => format!("{month}月{day}日"),
        }
    }
}

impl Style {
    /// The JSON of `msg`.
    fn written(self, entries: &[(u8, Vec<NamedDate>)]) -> String {
        let ([open, close], [first, last], colon, comma, quote) = match self {
            Self::Json | Self::JsonObject | Self::JsonTwice => {
                (["{", "}"], ["[", "]"], ":", ",", "\"")
            }
            Self::Unquoted => (["{", "}"], ["[", "]"], ": ", ", ", ""),
            Self::FullWidth => (["｛", "｝"], ["［", "］"], "：", "，", ""),
            Self::Go => (["map[", "]"], ["[", "]"], ":", " ", ""),
        };
        let entries = entries.iter().map(|(person, dates)| {
            let dates: Vec<String> = dates
                .iter()
                .map(|date| format!("{quote}{}{quote}", date.written()))
                .collect();
            let dates = dates.join(comma);
            format!("{quote}{}{quote}{colon}{first}{dates}{last}", name(*person))
        });
        let map = format!("{open}{}{close}", entries.collect::<Vec<_>>().join(comma));
        match self {
            Self::JsonObject => map,
            Self::JsonTwice => json!(json!(map).to_string()).to_string(),
            Self::Json | Self::Unquoted | Self::FullWidth | Self::Go => json!(map).to_string(),
        }
    }
}
