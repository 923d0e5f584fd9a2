//! The fault plan as people write it: TOML, a `[[fault]]` table for each rule.
//!
//! ```toml
//! [[fault]]
//! endpoint = "user_daily_shifts"   # any part of one endpoint's name; without it: all but the token
//! calls = "3, 10-12, 50-"          # or every = 10, chance = 0.05, item = "u-17", items_over = 25
//! from_ms = 5000                   # only so long after the endpoint's first call, and until_ms
//! attempt = 1                      # only the first call with the same body
//! times = 2                        # at most
//! do = "answer"                    # what goes wrong
//! status = 500
//! code = 1225000
//! msg = "system error"
//! apply = "all"                    # all, nothing, half, late (with late_ms)
//! delay_ms = 200
//! ```
//!
//! Every mistake is refused at its place: a key that means nothing for its `do` would be a rehearsal of another day than meant.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;
use toml::{Spanned, Value};

use super::keys::{Keys, Table};
use super::words::actions;
use super::{
    Apply, CodeEdit, DataEdit, End, Fault, FaultPlan, Framing, Garble, Gzip, Harm, IdEdit, Length,
    ListEdit, MsgEdit, ReadEdit, SuccessEdit, When,
};
use crate::document::Document;
use crate::error::{Refusal, nearest};
use crate::sandbox::quota::Window;
use crate::sandbox::routes::Endpoint;
use crate::sandbox::shifts::{MessageDates, MessageForm, ShiftEcho, ShiftReplies};

/// Most headers, and most bytes of one, a plan can ask for.
const HEADERS_MAX: u64 = 10_000;
const HEADER_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Greatest whole number a plan can hold: that of TOML.
const COUNT_MAX: u64 = i64::MAX.unsigned_abs();

/// A page as a broken proxy serves it.
const PROXY_PAGE: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    fault: Vec<Spanned<Table>>,
}

impl FaultPlan {
    /// Reads a plan.
    pub fn parse(document: &Document) -> Result<Self, Refusal> {
        let file: File = document.parse().map_err(|refusal| Refusal {
            rule: "faults.invalid",
            ..refusal
        })?;
        let mut plan = Self::new();
        for table in file.fault {
            let mut keys = Keys::of(document, table);
            let when = when(&mut keys)?;
            let fault = fault(&mut keys)?;
            keys.end()?;
            plan = plan.on(when, fault);
        }
        Ok(plan)
    }
}

fn when(keys: &mut Keys<'_>) -> Result<When, Refusal> {
    Ok(When {
        endpoint: endpoint(keys)?,
        calls: calls(keys)?,
        every: keys.integer("every", &(1..=COUNT_MAX))?,
        chance: keys.fraction("chance")?,
        item: keys.text("item")?,
        items_over: keys.count("items_over", &(0..=COUNT_MAX))?,
        attempt: keys.integer("attempt", &(1..=COUNT_MAX))?,
        from: keys.wait("from_ms")?,
        until: keys.wait("until_ms")?,
        times: keys.integer("times", &(1..=COUNT_MAX))?,
    })
}

fn endpoint(keys: &mut Keys<'_>) -> Result<Option<Endpoint>, Refusal> {
    let Some((span, part)) = keys.placed_text("endpoint")? else {
        return Ok(None);
    };
    let named: Vec<Endpoint> = Endpoint::ALL
        .into_iter()
        .filter(|endpoint| !part.is_empty() && endpoint.name().contains(&part))
        .collect();
    // A part that fits one write means it, whatever reads have the part in their names too.
    let writes: Vec<Endpoint> = named
        .iter()
        .copied()
        .filter(|endpoint| !endpoint.is_read())
        .collect();
    let exact = named.iter().find(|endpoint| endpoint.name() == part);
    match (exact, writes.as_slice(), named.as_slice()) {
        (Some(endpoint), ..) | (None, [endpoint], _) | (None, [], [endpoint]) => {
            Ok(Some(*endpoint))
        }
        (None, _, others) => {
            let what = if others.is_empty() {
                "no endpoint"
            } else {
                "more than one endpoint"
            };
            let all = Endpoint::ALL.map(Endpoint::name).join(", ");
            let what = format!("{what} has `{part}` in its name");
            Err(keys
                .refuse("faults.endpoint", &span, &what)
                .because(format!("the endpoints are {all}"))
                .hint("leave the key out for all of them but the token"))
        }
    }
}

/// `3`, or `"1-3, 7, 20-"`.
fn calls(keys: &mut Keys<'_>) -> Result<Vec<RangeInclusive<u64>>, Refusal> {
    let Some((span, value)) = keys.take("calls") else {
        return Ok(Vec::new());
    };
    let written = match &value {
        Value::Integer(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => String::new(),
    };
    let range = |part: &str| {
        let (first, last) = match part.split_once('-') {
            None => (part, part),
            Some((first, last)) => (first, last),
        };
        let first: u64 = first.trim().parse().ok().filter(|first| *first > 0)?;
        let last = match last.trim() {
            "" => u64::MAX,
            last => last.parse().ok().filter(|last| *last >= first)?,
        };
        Some(first..=last)
    };
    written
        .split(',')
        .map(str::trim)
        .map(range)
        .collect::<Option<_>>()
        .ok_or_else(|| {
            keys.refuse("faults.value", &span, "`calls` must name calls from 1 on")
                .hint("write calls = 3, or calls = \"1-3, 7, 20-\"")
        })
}

fn fault(keys: &mut Keys<'_>) -> Result<Fault, Refusal> {
    let Some((span, action)) = keys.placed_text("do")? else {
        return Err(keys.refuse_table("faults.missing", "this fault does not say what to do")
        .hint("add `do = \"reset\"`, or another of the words that `feishu-bulk sandbox --help` lists"));
    };
    let Some(known) = actions().into_iter().find(|known| *known == action) else {
        let what = format!("`do = \"{action}\"` is not known");
        let refusal = keys.refuse("faults.value", &span, &what);
        let refusal = refusal.because(format!("it can be {}", actions().join(", ")));
        return Err(match nearest(&action, actions()) {
            Some(word) => refusal.hint(format!("did you mean `do = \"{word}\"`?")),
            None => refusal,
        });
    };
    keys.action = known;
    let mut fault = Fault::new(harm(keys, known)?);
    fault.delay = keys.wait("delay_ms")?.unwrap_or_default();
    let late = keys.wait("late_ms")?;
    let named = [
        ("all", Apply::All),
        ("nothing", Apply::Nothing),
        ("half", Apply::Half),
        ("late", Apply::Late(late.unwrap_or_default())),
    ];
    fault.apply = keys.one_of("apply", &named)?.unwrap_or(fault.apply);
    if late.is_some() != matches!(fault.apply, Apply::Late(_)) {
        return Err(keys.refuse_table(
            "faults.value",
            "`apply = \"late\"` and `late_ms` belong together",
        ));
    }
    Ok(fault)
}

fn harm(keys: &mut Keys<'_>, action: &str) -> Result<Harm, Refusal> {
    Ok(match action {
        "expire_tokens" => Harm::ExpireTokens,
        "quota" => Harm::Quota(windows(keys)?),
        "writing" => Harm::Writing(writing(keys)?),
        "throttle" => Harm::Throttle {
            status: keys.status()?.unwrap_or(429),
            resets: keys.texts("reset")?.unwrap_or_else(|| vec!["1".to_owned()]),
        },
        "answer" => Harm::Answer {
            status: keys.status()?.unwrap_or(400),
            code: keys.needed("code", Keys::code)?,
            msg: keys
                .text("msg")?
                .unwrap_or_else(|| "sandbox fault".to_owned()),
            scope: keys.text("scope")?,
        },
        "page" => Harm::Page {
            status: keys.status()?.unwrap_or(502),
            content_type: content_type(keys, Some("text/html"))?,
            text: keys.text("text")?.unwrap_or_else(|| PROXY_PAGE.to_owned()),
        },
        "redirect" => Harm::Redirect {
            status: keys.status()?.unwrap_or(302),
            location: keys.needed("location", |keys| keys.text("location"))?,
        },
        "status" => Harm::Status(keys.needed("status", Keys::status)?),
        "content_type" => Harm::ContentType(content_type(keys, None)?),
        "reset" => Harm::Reset,
        "close" => Harm::Close,
        "hang" => Harm::Hang,
        "extra" => Harm::Extra,
        "flood" => Harm::Flood,
        "close_after" => {
            Harm::CloseAfter(keys.wait("after_ms")?.unwrap_or(Duration::from_millis(50)))
        }
        "trickle" => Harm::Trickle {
            pause: keys.wait("pause_ms")?.unwrap_or(Duration::from_millis(300)),
        },
        "cut" => Harm::Cut {
            bytes: keys.count("bytes", &(0..=COUNT_MAX))?,
            length: keys
                .one_of(
                    "length",
                    &[
                        ("told", Length::Told),
                        ("chunked", Length::Chunked),
                        ("untold", Length::Untold),
                    ],
                )?
                .unwrap_or(Length::Told),
            end: end(keys)?,
        },
        "raw" => Harm::Raw {
            bytes: keys.needed("text", |keys| keys.text("text"))?.into_bytes(),
            end: end(keys)?,
        },
        "interim" => Harm::Interim {
            statuses: keys.statuses()?.unwrap_or_else(|| vec![100]),
            forever: keys.flag("forever")?.unwrap_or(false),
        },
        "headers" => Harm::Headers {
            count: keys.count("count", &(1..=HEADERS_MAX))?.unwrap_or(500),
            bytes: keys.count("bytes", &(1..=HEADER_BYTES_MAX))?.unwrap_or(10),
        },
        _ => return Ok(edited(keys, action)?.unwrap_or(Harm::None)),
    })
}

/// The kinds that are told apart by `as`.
fn edited(keys: &mut Keys<'_>, action: &str) -> Result<Option<Harm>, Refusal> {
    Ok(Some(match action {
        "list" => Harm::List(keys.kind(&[
            ("strangers", ListEdit::UnsentNames),
            ("contradict", ListEdit::Contradict),
            ("omit", ListEdit::Omit),
            ("reorder", ListEdit::Reorder),
            ("repeat", ListEdit::Repeat),
            ("empty", ListEdit::Empty),
            ("case", ListEdit::Case),
        ])?),
        "read" => Harm::Read(keys.kind(&[
            ("outside", ReadEdit::Outside),
            ("twice", ReadEdit::Twice),
            ("same_token", ReadEdit::SameToken),
        ])?),
        "ids" => {
            Harm::Ids(keys.kind(&[("numbers", IdEdit::Numbers), ("rounded", IdEdit::Rounded)])?)
        }
        "code" => Harm::Code(keys.kind(&[
            ("text", CodeEdit::Text),
            ("float", CodeEdit::Float),
            ("null", CodeEdit::Null),
            ("missing", CodeEdit::Missing),
            ("zero_first", CodeEdit::ZeroFirst),
            ("zero_last", CodeEdit::ZeroLast),
        ])?),
        "data" => Harm::Data(keys.kind(&[
            ("missing", DataEdit::Missing),
            ("null", DataEdit::Null),
            ("list", DataEdit::List),
            ("text", DataEdit::Text),
            ("object", DataEdit::Object),
        ])?),
        "success" => Harm::Success(keys.kind(&[
            ("text", SuccessEdit::Text),
            ("null", SuccessEdit::Null),
            ("missing", SuccessEdit::Missing),
        ])?),
        "msg" => Harm::Msg(match keys.text("msg")? {
            Some(text) => MsgEdit::Says(text),
            None => keys.kind(&[
                ("object", MsgEdit::Object),
                ("quoted", MsgEdit::Quoted),
                ("truncated", MsgEdit::Truncated),
                ("long", MsgEdit::Long),
                ("missing", MsgEdit::Missing),
            ])?,
        }),
        "garble" => Harm::Garble(keys.kind(&[
            ("bytes", Garble::Bytes),
            ("tail", Garble::Tail),
            ("two_documents", Garble::TwoDocuments),
        ])?),
        "framing" => Harm::Framing(keys.kind(&[
            ("two_lengths", Framing::TwoLengths),
            ("same_length_twice", Framing::SameLengthTwice),
            ("length_and_chunked", Framing::LengthAndChunked),
            ("no_length", Framing::NoLength),
        ])?),
        "gzip" => Harm::Gzip(keys.kind(&[
            ("whole", Gzip::Whole),
            ("truncated", Gzip::Truncated),
            ("garbage", Gzip::Garbage),
            ("plain", Gzip::Plain),
            ("bomb", Gzip::Bomb),
        ])?),
        _ => return Ok(None),
    }))
}

/// `["5/1s", "1000/60s"]`.
fn windows(keys: &mut Keys<'_>) -> Result<Vec<Window>, Refusal> {
    let window = |text: &String| {
        let (calls, span) = text.strip_suffix('s')?.split_once('/')?;
        let span = Duration::from_secs(span.trim().parse().ok().filter(|seconds| *seconds > 0)?);
        Some(Window {
            calls: calls.trim().parse().ok()?,
            span,
        })
    };
    let texts = keys.needed("windows", |keys| keys.texts("windows"))?;
    texts
        .iter()
        .map(window)
        .collect::<Option<_>>()
        .ok_or_else(|| {
            keys.refuse_table("faults.value", "`windows` must be calls per seconds")
                .hint("write windows = [\"5/1s\", \"1000/60s\"]")
        })
}

fn writing(keys: &mut Keys<'_>) -> Result<ShiftReplies, Refusal> {
    let forms = [
        ("json", MessageForm::Json),
        ("unquoted", MessageForm::Unquoted),
        ("printed", MessageForm::Printed),
        ("full_width", MessageForm::FullWidth),
        ("go", MessageForm::Go),
    ];
    let dates = [
        ("compact", MessageDates::Compact),
        ("dashed", MessageDates::Dashed),
        ("day", MessageDates::Day),
    ];
    let echoes = [("in_effect", ShiftEcho::InEffect), ("all", ShiftEcho::All)];
    Ok(ShiftReplies {
        form: keys.one_of("form", &forms)?.unwrap_or_default(),
        dates: keys.one_of("dates", &dates)?.unwrap_or_default(),
        echo: keys.one_of("echo", &echoes)?.unwrap_or_default(),
    })
}

/// An empty text sends no such header.
fn content_type(keys: &mut Keys<'_>, or: Option<&str>) -> Result<Option<String>, Refusal> {
    let written = keys.text("content_type")?;
    Ok(written
        .or(or.map(str::to_owned))
        .filter(|text| !text.is_empty()))
}

fn end(keys: &mut Keys<'_>) -> Result<End, Refusal> {
    let ends = [
        ("close", End::Close),
        ("reset", End::Reset),
        ("hang", End::Hang),
        ("keep_open", End::KeepOpen),
    ];
    Ok(keys.one_of("end", &ends)?.unwrap_or(End::Close))
}

/// The keys that are asked for where a plan has this one table.
#[cfg(test)]
pub(super) fn keys_of(document: &Document) -> Vec<&'static str> {
    let file: File = document.parse().unwrap();
    let mut keys = Keys::of(document, file.fault.into_iter().next().unwrap());
    when(&mut keys).unwrap();
    // A key that is needed ends the reading; those asked for before it count.
    let _ = fault(&mut keys);
    keys.asked
}
