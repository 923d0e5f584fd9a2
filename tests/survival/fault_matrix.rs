//! The fault matrix: each fault of the catalogue that a server can commit, against each of the five endpoints.
//!
//! Everyday, what comes to the same for all endpoints is tried with two of them in turn, one whose calls may be repeated and one whose
//! may not; what differs is tried with all five. `campaign_fault_matrix` tries everything. A run of six batches of four items meets the fault in the batch of record 6. A run that halts is resumed. What it comes to
//! is written down here in a few letters: `20s 4u` is 20 succeeded and 4 unconfirmed; `halted 4p > 24s` halted with the four items
//! of that batch pending, and all 24 had succeeded after `resume`. The checker looks over every run and every resume.

use std::fmt::Write as _;
use std::time::Duration;

use feishu_bulk::control::Control;
use feishu_bulk::model::RunState;
use feishu_bulk::sandbox::{
    Apply, CodeEdit, DataEdit, End, Endpoint, Fault, FaultPlan, Framing, Garble, Gzip, Harm,
    IdEdit, Length, ListEdit, MessageDates, MessageForm, MsgEdit, ShiftEcho, ShiftReplies,
    SuccessEdit, When, Window,
};
use feishu_bulk::store::StoreError;

use super::clock::fast;
use super::trial::{Trial, in_short, mark};
use crate::support::Method;

const ITEMS: usize = 24;
/// The record whose batch meets the fault.
const VICTIM: usize = 6;
/// Its batch.
const VICTIMS: std::ops::RangeInclusive<u64> = 5..=8;

/// One fault of the catalogue.
struct Case {
    id: &'static str,
    says: &'static str,
    plan: fn(When) -> FaultPlan,
    comes_to: Each,
}

/// What it comes to, in the order of [`Method::ALL`]: punches, shifts, records, plan rows, archive.
enum Each {
    Same(&'static str),
    By([&'static str; 5]),
}

use Each::{By, Same};

/// What it comes to when the batch was applied, the answer was lost, and the batch is sent again: deleting twice cannot be told
/// from deleting what was never there.
const SENT_TWICE: Each = By(["20s 4u", "24s", "20s 4u", "24s", "24s"]);
/// The second half was not applied by the first call.
const HALF_SENT_TWICE: Each = By(["22s 2u", "24s", "22s 2u", "24s", "24s"]);
const ALL_SUCCEED: Each = Same("24s");
const BATCH_UNCONFIRMED: Each = Same("20s 4u");
/// Only replies about shifts say in `msg`, and by whom they name, what became of the items.
const SHIFTS_DOUBTED: Each = By(["24s", "20s 4u", "24s", "24s", "24s"]);
const GUILTY_FAILS: Each = Same("23s 1f");
/// The one that was refused may have been applied before.
const REFUSED_LATER: Each = By(["20s 4u", "23s 1u", "20s 4u", "23s 1u", "23s 1u"]);
/// Whoever redirects has read the call.
const REDIRECTS: Each = Same("halted 4u > 24s");
const HALTS: Each = Same("halted 4p > 24s");

fn on(when: When, fault: Fault) -> FaultPlan {
    FaultPlan::new().on(when, fault)
}

fn once(when: When, fault: Fault) -> FaultPlan {
    on(when.times(1), fault)
}

fn harm(harm: Harm) -> Fault {
    Fault::new(harm)
}

fn raw(bytes: &[u8]) -> Fault {
    harm(Harm::Raw {
        bytes: bytes.to_vec(),
        end: End::Close,
    })
}

fn page(status: u16, content_type: Option<&str>, text: &str) -> Fault {
    harm(Harm::Page {
        status,
        content_type: content_type.map(str::to_owned),
        text: text.to_owned(),
    })
}

fn redirect(status: u16, location: &str) -> Fault {
    harm(Harm::Redirect {
        status,
        location: location.to_owned(),
    })
}

fn cut(length: Length, end: End) -> Fault {
    harm(Harm::Cut {
        bytes: None,
        length,
        end,
    })
}

fn throttles(resets: &[&str]) -> Fault {
    harm(Harm::Throttle {
        status: 429,
        resets: resets.iter().map(|&reset| reset.to_owned()).collect(),
    })
}

fn wrong_scope() -> Fault {
    harm(Harm::Answer {
        status: 400,
        code: 99_991_672,
        msg: "Access denied".to_owned(),
        scope: Some("attendance:task".to_owned()),
    })
}

/// Whoever is asked about the item after that says that it is sealed.
fn then_sealed(when: When, first: Fault) -> FaultPlan {
    once(when.clone(), first).on(when, Fault::answer(400, 1_220_600, SEALED))
}

const SEALED: &str = "the attendance result has been sealed and can not modify";

fn at_the_token(fault: Fault, calls: u64) -> FaultPlan {
    on(When::calls(1..=calls).at(Endpoint::Token), fault)
}

fn writes(form: MessageForm, dates: MessageDates) -> FaultPlan {
    let writing = ShiftReplies {
        form,
        dates,
        echo: ShiftEcho::InEffect,
    };
    on(When::call(1), harm(Harm::Writing(writing)))
}

const fn case(
    id: &'static str,
    says: &'static str,
    plan: fn(When) -> FaultPlan,
    comes_to: Each,
) -> Case {
    Case {
        id,
        says,
        plan,
        comes_to,
    }
}

#[rustfmt::skip]
const NETWORK: &[Case] = &[
    case("N09", "reset before any reply byte, nothing applied", |at| once(at, Fault::reset()), ALL_SUCCEED),
    case("N09", "reset before any reply byte, all applied", |at| once(at, Fault::reset().apply(Apply::All)), SENT_TWICE),
    case("N09", "reset five times: nobody knows", |at| on(at, Fault::reset()), BATCH_UNCONFIRMED),
    case("N10", "closed before any reply byte", |at| once(at, harm(Harm::Close).apply(Apply::All)), SENT_TWICE),
    case("N11", "the idle connection is closed as it is used again", |_| on(When::every(2), harm(Harm::CloseAfter(Duration::from_millis(1)))), ALL_SUCCEED),
    case("N12", "reset in the middle of the body after 200", |at| once(at, cut(Length::Told, End::Reset)), SENT_TWICE),
    case("N13", "body shorter than announced", |at| once(at, cut(Length::Told, End::Close)), SENT_TWICE),
    case("N14", "chunks without the last one", |at| once(at, cut(Length::Chunked, End::Close)), SENT_TWICE),
    case("N15", "a body that ends with its connection is cut", |at| once(at, cut(Length::Untold, End::Close)), SENT_TWICE),
    case("N16", "something follows the JSON", |at| once(at, harm(Harm::Garble(Garble::Tail))), SENT_TWICE),
    case("N17", "two JSON documents", |at| once(at, harm(Harm::Garble(Garble::TwoDocuments))), SENT_TWICE),
    case("N18", "the body trickles beyond the deadline", |at| once(at, harm(Harm::Trickle { pause: Duration::from_secs(2) })), SENT_TWICE),
    case("N19", "no reply, connection open", |at| once(at, harm(Harm::Hang).apply(Apply::All)), SENT_TWICE),
    case("N20", "the reply comes after the deadline", |at| once(at, Fault::late(Duration::from_secs(32))), SENT_TWICE),
    case("N21", "100, 100, 103, then the reply", |at| on(at, harm(Harm::Interim { statuses: vec![100, 100, 103], forever: false })), ALL_SUCCEED),
    case("N22", "100 Continue without end", |at| once(at, harm(Harm::Interim { statuses: vec![100], forever: true })), SENT_TWICE),
    case("N23", "101 Switching Protocols", |at| once(at, raw(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")), ALL_SUCCEED),
    case("N24", "204", |at| once(at, page(204, None, "").apply(Apply::All)), SENT_TWICE),
    case("N24", "an empty 200", |at| once(at, page(200, Some("application/json"), "").apply(Apply::All)), SENT_TWICE),
    case("N25", "301 to another host", |at| once(at, redirect(301, "http://example.com/x")), REDIRECTS),
    case("N25", "302 to another host", |at| once(at, redirect(302, "http://example.com/x")), REDIRECTS),
    case("N25", "303 to another host", |at| once(at, redirect(303, "http://example.com/x")), REDIRECTS),
    case("N25", "303 to another host after the batch was applied", |at| once(at, redirect(303, "http://example.com/x").apply(Apply::All)), By(["halted 4u > 20s 4u", "halted 4u > 24s", "halted 4u > 20s 4u", "halted 4u > 24s", "halted 4u > 24s"])),
    case("N26", "307 to another host", |at| once(at, redirect(307, "http://example.com/x")), REDIRECTS),
    case("N26", "308 to another host", |at| once(at, redirect(308, "http://example.com/x")), REDIRECTS),
    case("N27", "a redirect to the same host", |at| once(at, redirect(307, "/open-apis")), REDIRECTS),
    case("N28", "502 with HTML", |at| once(at, page(502, Some("text/html"), "<html>Bad Gateway</html>")), ALL_SUCCEED),
    case("N28", "503 with HTML, and it was applied", |at| once(at, page(503, Some("text/html"), "<html>no</html>").apply(Apply::All)), SENT_TWICE),
    case("N28", "504 without end", |at| on(at, page(504, Some("text/html"), "<html>no</html>")), BATCH_UNCONFIRMED),
    case("N29", "a sign-in page, twice", |at| on(at.times(2), page(200, Some("text/html"), "<html>Sign in</html>")), Same("halted 4u > 24s")),
    case("N30", "407 from a proxy", |at| once(at, page(407, Some("text/html"), "<html>who are you</html>")), HALTS),
    case("N31", "JSON as text/plain", |at| on(at, harm(Harm::ContentType(Some("text/plain".to_owned())))), ALL_SUCCEED),
    case("N31", "JSON without a content type", |at| on(at, harm(Harm::ContentType(None))), ALL_SUCCEED),
    case("N32", "HTML as application/json, once", |at| once(at, page(200, Some("application/json"), "<html>hello</html>")), ALL_SUCCEED),
    case("N33", "whole gzip", |at| on(at, harm(Harm::Gzip(Gzip::Whole))), ALL_SUCCEED),
    case("N33", "truncated gzip", |at| once(at, harm(Harm::Gzip(Gzip::Truncated))), SENT_TWICE),
    case("N33", "gzip garbage", |at| once(at, harm(Harm::Gzip(Gzip::Garbage))), SENT_TWICE),
    case("N33", "declared as gzip and not", |at| once(at, harm(Harm::Gzip(Gzip::Plain))), SENT_TWICE),
    case("N34", "a gzip bomb of 200 MB", |at| once(at, harm(Harm::Gzip(Gzip::Bomb))), SENT_TWICE),
    case("N35", "a body without end", |at| once(at, harm(Harm::Flood)), SENT_TWICE),
    case("N36", "a header of 1 MB", |at| once(at, harm(Harm::Headers { count: 1, bytes: 1_000_000 })), SENT_TWICE),
    case("N36", "five hundred headers", |at| once(at, harm(Harm::Headers { count: 500, bytes: 10 })), SENT_TWICE),
    case("N37", "two lengths that differ", |at| once(at, harm(Harm::Framing(Framing::TwoLengths))), SENT_TWICE),
    case("N37", "the same length twice", |at| on(at, harm(Harm::Framing(Framing::SameLengthTwice))), ALL_SUCCEED),
    case("N37", "a length and chunks", |at| on(at, harm(Harm::Framing(Framing::LengthAndChunked))), ALL_SUCCEED),
    case("N38", "two waits named", |at| once(at, throttles(&["2", "52"])), ALL_SUCCEED),
    case("N38", "a negative wait", |at| once(at, throttles(&["-5"])), ALL_SUCCEED),
    case("N38", "a wait of 0", |at| once(at, throttles(&["0"])), ALL_SUCCEED),
    case("N38", "a wait of 10^12", |at| once(at, throttles(&["1000000000000"])), ALL_SUCCEED),
    case("N38", "a wait of `soon`", |at| once(at, throttles(&["soon"])), ALL_SUCCEED),
    case("N38", "a wait of 1.5", |at| once(at, throttles(&["1.5"])), ALL_SUCCEED),
    case("N39", "an SSH banner", |at| once(at, raw(b"SSH-2.0-OpenSSH_9.2\r\n")), ALL_SUCCEED),
    case("N39", "status 2000", |at| once(at, raw(b"HTTP/1.1 2000 OK\r\n\r\n")), ALL_SUCCEED),
    case("N40", "a second reply that nobody asked for", |at| on(at, harm(Harm::Extra)), ALL_SUCCEED),
];

#[rustfmt::skip]
const PLATFORM: &[Case] = &[
    case("P01", "429 with a wait of 52 s", |at| once(at, throttles(&["52"])), ALL_SUCCEED),
    case("P02", "429 without a wait", |at| on(at.times(3), throttles(&[])), ALL_SUCCEED),
    case("P03", "400 with 99991400", |at| once(at, harm(Harm::Throttle { status: 400, resets: vec!["2".to_owned()] })), ALL_SUCCEED),
    case("P04", "throttled until the budget ends", |at| on(at.times(16), throttles(&["60"])), HALTS),
    case("P05", "throttled at random by another client", |_| on(When::chance(0.5).times(20), throttles(&["1"])), ALL_SUCCEED),
    case("P06", "the tokens expire in the middle", |at| once(at, harm(Harm::ExpireTokens)), ALL_SUCCEED),
    case("P07", "the token request fails with 500 three times", |_| at_the_token(Fault::answer(500, 1_500, "internal error"), 3), ALL_SUCCEED),
    case("P07", "the token request is throttled", |_| at_the_token(throttles(&["3"]), 2), ALL_SUCCEED),
    case("P07", "the token request hangs once", |_| at_the_token(harm(Harm::Hang), 1), ALL_SUCCEED),
    case("P08", "the token is refused and given out again", |at| once(at, Fault::answer(400, 99_991_663, "Invalid access token")), HALTS),
    case("P08", "a new token is refused too", |at| on(at.times(2), harm(Harm::ExpireTokens)), HALTS),
    case("P10", "a scope is missing in the middle", |at| once(at, wrong_scope()), HALTS),
    case("P10", "1220006 in the middle", |at| once(at, Fault::answer(400, 1_220_006, "no permission")), HALTS),
    case("P11", "1220005 for one item", |at| on(at, Fault::answer(400, 1_220_005, "no data permission")), GUILTY_FAILS),
    case("P12", "1220002, no tenant", |at| once(at, Fault::answer(400, 1_220_002, "tenant is empty")), HALTS),
    case("P13", "the address is not allowed", |at| once(at, Fault::answer(400, 99_991_401, "ip denied")), HALTS),
    case("P13", "the month's quota is used up", |at| once(at, Fault::answer(429, 99_991_403, "month quota exceeded")), HALTS),
    case("P14", "1225000 under 500 once", |at| once(at, Fault::answer(500, 1_225_000, "system error")), ALL_SUCCEED),
    case("P15", "1225000 under 400 as `internal server error`", |at| once(at, Fault::answer(400, 1_225_000, "internal server error")), ALL_SUCCEED),
    case("P16", "1225000 under 400 with another text, for ever", |at| on(at, Fault::answer(400, 1_225_000, "shift is broken")), Same("23s 1u")),
    case("P17", "1227000 for ever", |at| on(at, Fault::answer(500, 1_227_000, "service error")), BATCH_UNCONFIRMED),
    case("P18", "applied, but answered 500", |at| once(at, Fault::answer(500, 1_225_000, "system error").apply(Apply::All)), SENT_TWICE),
    case("P18", "applied, but answered 500, and then refused for ever", |at| then_sealed(at, Fault::answer(500, 1_225_000, "system error").apply(Apply::All)), REFUSED_LATER),
    case("P18", "applied, the connection reset, and then refused for ever", |at| then_sealed(at, Fault::reset().apply(Apply::All)), REFUSED_LATER),
    case("P18", "applied, but answered 1225000 under 400, and then refused for ever", |at| then_sealed(at, Fault::answer(400, 1_225_000, "something").apply(Apply::All)), REFUSED_LATER),
    case("P18", "half applied, the reply lost, and then refused for one item", |at| then_sealed(at, Fault::cut().apply(Apply::Half)), By(["22s 2u", "23s 1u", "22s 2u", "23s 1u", "23s 1u"])),
    case("P19", "applied, and the reply is dropped", |at| once(at, Fault::cut()), SENT_TWICE),
    case("P20", "half applied, then 500", |at| once(at, Fault::answer(500, 1_225_000, "system error").apply(Apply::Half)), HALF_SENT_TWICE),
    case("P21", "an unknown code under 400", |at| on(at, Fault::answer(400, 7_654_321, "something new")), GUILTY_FAILS),
    case("P22", "an unknown code under 200", |at| on(at, Fault::answer(200, 7_654_321, "something new")), BATCH_UNCONFIRMED),
    case("P22", "an unknown code under 500", |at| on(at, Fault::answer(500, 7_654_321, "something new")), BATCH_UNCONFIRMED),
    case("P23", "code \"0\"", |at| on(at, harm(Harm::Code(CodeEdit::Text))), BATCH_UNCONFIRMED),
    case("P23", "code 0.0", |at| on(at, harm(Harm::Code(CodeEdit::Float))), BATCH_UNCONFIRMED),
    case("P23", "code null", |at| on(at, harm(Harm::Code(CodeEdit::Null))), BATCH_UNCONFIRMED),
    case("P23", "no code", |at| on(at, harm(Harm::Code(CodeEdit::Missing))), BATCH_UNCONFIRMED),
    case("P23", "code 0 and 1220001", |at| on(at, harm(Harm::Code(CodeEdit::ZeroFirst))), BATCH_UNCONFIRMED),
    case("P23", "code 1220001 and 0", |at| on(at, harm(Harm::Code(CodeEdit::ZeroLast))), BATCH_UNCONFIRMED),
    case("P24", "code 0 under 500", |at| on(at, harm(Harm::Status(500))), BATCH_UNCONFIRMED),
    case("P25", "a refusal under 200", |at| on(at, Fault::answer(200, 1_220_001, "param is wrong")), GUILTY_FAILS),
    case("P26", "no data", |at| on(at, harm(Harm::Data(DataEdit::Missing))), BATCH_UNCONFIRMED),
    case("P26", "data is null", |at| on(at, harm(Harm::Data(DataEdit::Null))), BATCH_UNCONFIRMED),
    case("P26", "data is a list", |at| on(at, harm(Harm::Data(DataEdit::List))), BATCH_UNCONFIRMED),
    case("P26", "data is a text", |at| on(at, harm(Harm::Data(DataEdit::Text))), BATCH_UNCONFIRMED),
    case("P26", "data is {}", |at| on(at, harm(Harm::Data(DataEdit::Object))), By(["20s 4u", "24s", "20s 4u", "24s", "20s 4u"])),
    case("P27", "strangers in the lists; among the refused they may be misspelt ours", |at| on(at, harm(Harm::List(ListEdit::UnsentNames))), By(["24s", "24s", "24s", "24s", "20s 4u"])),
    case("P28", "an id twice among the successes", |at| on(at, harm(Harm::List(ListEdit::Repeat))), ALL_SUCCEED),
    case("P29", "an item succeeded and failed; shifts in `msg` failed, as the list beside it may repeat all", |at| on(at, harm(Harm::List(ListEdit::Contradict))), By(["23s 1u", "23s 1f", "23s 1u", "24s", "24s"])),
    case("P30", "half of the items in no list", |at| on(at, harm(Harm::List(ListEdit::Omit))), By(["22s 2u", "22s 2u", "22s 2u", "24s", "24s"])),
    case("P30", "empty lists", |at| on(at, harm(Harm::List(ListEdit::Empty))), By(["20s 4u", "24s", "20s 4u", "24s", "24s"])),
    case("P31", "another order", |at| on(at, harm(Harm::List(ListEdit::Reorder))), ALL_SUCCEED),
    case("P32", "ids as numbers", |at| on(at, harm(Harm::Ids(IdEdit::Numbers))), ALL_SUCCEED),
    case("P32", "ids rounded", |at| on(at, harm(Harm::Ids(IdEdit::Rounded))), By(["20s 4u", "24s", "20s 4u", "24s", "24s"])),
    case("P35", "msg is an object", |at| on(at, harm(Harm::Msg(MsgEdit::Object))), SHIFTS_DOUBTED),
    case("P35", "msg of 1 MB", |at| on(at, harm(Harm::Msg(MsgEdit::Long))), BATCH_UNCONFIRMED),
    case("P35", "no msg", |at| on(at, harm(Harm::Msg(MsgEdit::Missing))), SHIFTS_DOUBTED),
    case("P35", "msg tells of an error beside code 0", |at| on(at, harm(Harm::Msg(MsgEdit::Says("internal server error".to_owned())))), BATCH_UNCONFIRMED),
    case("P36", "messages in full width", |_| writes(MessageForm::FullWidth, MessageDates::Dashed), ALL_SUCCEED),
    case("P37", "msg names a person outside the batch", |at| on(at, harm(Harm::Msg(MsgEdit::Says("{\"somebody\":[\"20261103\"]}".to_owned())))), By(["24s", "20s 4u", "20s 4u", "20s 4u", "20s 4u"])),
    case("P38", "msg is `ok`", |at| on(at, harm(Harm::Msg(MsgEdit::Says("ok".to_owned())))), ALL_SUCCEED),
    case("P39", "letters of the other case in lists", |at| on(at, harm(Harm::List(ListEdit::Case))), SHIFTS_DOUBTED),
    case("P40", "success is \"true\"", |at| on(at, harm(Harm::Success(SuccessEdit::Text))), By(["24s", "24s", "20s 4u", "24s", "24s"])),
    case("P40", "success is null", |at| on(at, harm(Harm::Success(SuccessEdit::Null))), By(["24s", "24s", "20s 4u", "24s", "24s"])),
    case("P40", "no success", |at| on(at, harm(Harm::Success(SuccessEdit::Missing))), By(["24s", "24s", "20s 4u", "24s", "24s"])),
    case("P41", "800022907, for one row", |at| on(at, Fault::answer(400, 800_022_907, "part row not exist")), GUILTY_FAILS),
    case("P41", "800022911, for one row", |at| on(at, Fault::answer(400, 800_022_911, "detail row approving")), GUILTY_FAILS),
    case("P41", "800022914, for one row", |at| on(at, Fault::answer(400, 800_022_914, "plan locked")), GUILTY_FAILS),
    case("P41", "800022918, busy for a while", |at| on(at.times(2), Fault::answer(400, 800_022_918, "lock")), ALL_SUCCEED),
    case("P42", "a call that hung is applied five minutes later", |at| once(at, harm(Harm::Hang).apply(Apply::Late(Duration::from_mins(5)))), ALL_SUCCEED),
    case("P43", "eight seconds for each call", |_| on(When::always(), Fault::late(Duration::from_secs(8))), ALL_SUCCEED),
    case("P44", "the quota is tightened in the middle", |_| on(When::call(2), harm(Harm::Quota(vec![Window { calls: 1, span: Duration::from_secs(2) }]))), ALL_SUCCEED),
    case("P44", "the batch limit is lowered to two", |_| on(When::items_over(2), Fault::answer(400, 1_220_001, "operate too much flow")), ALL_SUCCEED),
];

fn comes_to(method: Method, case: &Case) -> (String, Vec<String>) {
    fast(async {
        let when = When::item(mark(method, VICTIM));
        let trial = Trial::new(method, ITEMS, (case.plan)(when)).await;
        let ended = trial.run(&Control::default()).await;
        let mut complaints = trial.complaints(&ended);
        if ended.state == RunState::Finished {
            return (in_short(&ended), complaints);
        }
        let mut short = format!("{} {}", ended.state, victims(&trial));
        let ended = trial.resume(&Control::default()).await;
        complaints.extend(trial.complaints(&ended));
        write!(short, " > {}", in_short(&ended)).unwrap();
        (short, complaints)
    })
}

/// What became of the batch of the victim; the others may or may not have ended before the halt.
fn victims(trial: &Trial) -> String {
    let mut outcomes = std::collections::BTreeMap::new();
    let opened = trial.open();
    let read = opened.ledger().each_line(|line| {
        if VICTIMS.contains(&line.place.record()) {
            *outcomes.entry(line.outcome.outcome.word()).or_insert(0) += 1;
        }
        Ok::<(), StoreError>(())
    });
    read.unwrap();
    let words = outcomes
        .iter()
        .map(|(word, count)| format!("{count}{}", &word[..1]));
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a case is tried everyday with a method: the cases that come to the same for all take turns.
fn is_everyday(case: &Case, at: usize, method: Method) -> bool {
    const ONCE: [Method; 2] = [Method::Punches, Method::Records];
    const REPEATED: [Method; 3] = [Method::Shifts, Method::PlanRows, Method::Archive];
    let has_turn = || method == ONCE[at % ONCE.len()] || method == REPEATED[at % REPEATED.len()];
    matches!(case.comes_to, By(_)) || has_turn()
}

/// Runs these cases against a method and says which did not come to what is written above.
fn wrong<'a>(method: Method, cases: impl Iterator<Item = &'a Case>) -> Vec<String> {
    let place = Method::ALL
        .iter()
        .position(|other| *other == method)
        .unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let expected = match case.comes_to {
            Same(all) => all,
            By(each) => each[place],
        };
        let (found, complaints) = comes_to(method, case);
        if found != expected || !complaints.is_empty() {
            wrong.push(format!(
                "{} {}: `{found}` instead of `{expected}` {complaints:#?}",
                case.id, case.says
            ));
        }
    }
    wrong
}

macro_rules! matrix {
    ($($name:ident: $method:ident, $cases:ident;)*) => {$(
        #[test]
        fn $name() {
            let everyday = (0..).zip($cases).filter(|(at, case)| is_everyday(case, *at, Method::$method));
            let wrong = wrong(Method::$method, everyday.map(|(_, case)| case));
            assert!(wrong.is_empty(), "{} cases: {}", wrong.len(), wrong.join("\n"));
        }
    )*};
}

matrix! {
    deleting_punches_survives_the_network: Punches, NETWORK;
    shifts_survive_the_network: Shifts, NETWORK;
    deleting_records_survives_the_network: Records, NETWORK;
    deleting_plan_rows_survives_the_network: PlanRows, NETWORK;
    the_archive_report_survives_the_network: Archive, NETWORK;
    deleting_punches_survives_the_platform: Punches, PLATFORM;
    shifts_survive_the_platform: Shifts, PLATFORM;
    deleting_records_survives_the_platform: Records, PLATFORM;
    deleting_plan_rows_survives_the_platform: PlanRows, PLATFORM;
    the_archive_report_survives_the_platform: Archive, PLATFORM;
}

#[test]
#[ignore = "each fault with each endpoint: cargo test --release --test promises -- --ignored campaign_fault_matrix"]
fn campaign_fault_matrix() {
    for method in Method::ALL {
        let wrong = wrong(method, NETWORK.iter().chain(PLATFORM));
        assert!(
            wrong.is_empty(),
            "{method:?}, {} cases: {}",
            wrong.len(),
            wrong.join("\n")
        );
    }
}
