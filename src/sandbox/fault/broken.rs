//! Replies that are broken as HTTP: what exactly goes over the wire.
//!
//! Here a reply is written out by hand, byte for byte, because a server made for right replies cannot send wrong ones.

use std::collections::VecDeque;
use std::fmt::Write;
use std::time::Duration;

use axum::http::StatusCode;

use super::Harm;
use super::gzip;
use crate::sandbox::reply::Reply;
use crate::sandbox::wire::{End, Scene, Script};

/// How the length of a body that is cut was announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// By `Content-Length` of the whole body.
    Told,
    /// By chunks; the last one never comes.
    Chunked,
    /// Not at all: the end of the connection is the end of the body.
    Untold,
}

/// Odd ways to announce the length of a whole body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Two different `Content-Length`.
    TwoLengths,
    /// The same `Content-Length` twice.
    SameLengthTwice,
    /// `Content-Length` and chunks.
    LengthAndChunked,
    /// None: the end of the connection is the end of the body.
    NoLength,
}

/// Damage to the body's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Garble {
    /// One byte in ten is another.
    Bytes,
    /// Something follows the JSON.
    Tail,
    /// The JSON comes twice.
    TwoDocuments,
}

/// Bodies that claim to be gzip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gzip {
    /// It is, and whole.
    Whole,
    /// It is, and half of it is missing.
    Truncated,
    /// The right first bytes, then noise.
    Garbage,
    /// It is not.
    Plain,
    /// It unpacks to 200 MB.
    Bomb,
}

/// What a bomb unpacks to.
const BOMB_BYTES: usize = 200 * 1024 * 1024;
/// Bytes of one piece of an endless body.
const FLOOD_PIECE_BYTES: usize = 64 * 1024;
/// Between two endless interim replies, so that they do not keep a core busy.
const INTERIM_PAUSE: Duration = Duration::from_millis(20);

/// What is sent instead of `reply`; `None` when the reply is sent as it is.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other harm leaves HTTP alone"
)]
pub(super) fn script(harm: &Harm, reply: &Reply, chance: impl Fn(u64) -> f64) -> Option<Script> {
    let (content_type, body) = reply.body();
    let head = Head {
        reply,
        content_type,
    };
    Some(match harm {
        Harm::Reset => ending(End::Reset),
        Harm::Close => ending(End::Close),
        Harm::Hang => ending(End::Hang),
        Harm::Raw { bytes, end } => said(bytes.clone(), *end),
        Harm::Cut { bytes, length, end } => {
            let kept = body.get(..bytes.unwrap_or(body.len() / 2)).unwrap_or(&body);
            cut(&head, &body, kept, *length, *end)
        }
        Harm::Code(edit) => whole(&head, &edit.body(reply)),
        Harm::ContentType(other) => whole(
            &Head {
                reply,
                content_type: other.clone(),
            },
            &body,
        ),
        Harm::Garble(garble) => whole(&head, &garbled(*garble, &body, chance)),
        Harm::Framing(framing) => framed(&head, &body, *framing),
        Harm::Gzip(gzip) => {
            let packed = packed(*gzip, &body, chance);
            let more = format!(
                "content-length: {}\r\ncontent-encoding: gzip\r\n",
                packed.len()
            );
            said(head.with(&more, &packed), End::KeepOpen)
        }
        Harm::Trickle { pause } => {
            let bytes = head.with(&told(&body), &body).into_iter();
            let scenes = bytes.map(|byte| scene(*pause, vec![byte])).collect();
            Script {
                scenes,
                end: End::KeepOpen,
            }
        }
        Harm::Interim { statuses, forever } => interim(&head, &body, statuses, *forever),
        Harm::Headers { count, bytes } => {
            let value = "f".repeat(*bytes);
            let mut more = told(&body);
            for number in 0..*count {
                let _ = write!(more, "x-filler-{number}: {value}\r\n");
            }
            said(head.with(&more, &body), End::KeepOpen)
        }
        Harm::Extra => {
            let mut twice = head.with(&told(&body), &body);
            twice.extend(twice.clone());
            said(twice, End::KeepOpen)
        }
        Harm::Flood => {
            let mut script = said(head.with("", &body), End::Hang);
            script.scenes.push_back(Scene {
                pause: Duration::ZERO,
                bytes: vec![b' '; FLOOD_PIECE_BYTES],
                forever: true,
            });
            script
        }
        Harm::CloseAfter(idle) => {
            let mut script = said(head.with(&told(&body), &body), End::Close);
            script.scenes.push_back(scene(*idle, Vec::new()));
            script
        }
        _ => return None,
    })
}

/// A reply's head, to be written by hand.
struct Head<'a> {
    reply: &'a Reply,
    content_type: Option<String>,
}

impl Head<'_> {
    /// Status line, headers, `more` headers, and the body.
    fn with(&self, more: &str, body: &[u8]) -> Vec<u8> {
        let status = self.reply.status;
        let reason = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason());
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason.unwrap_or("Unknown"));
        if let Some(content_type) = &self.content_type {
            let _ = write!(head, "content-type: {content_type}\r\n");
        }
        for (name, value) in &self.reply.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let mut bytes = format!("{head}{more}\r\n").into_bytes();
        bytes.extend(body);
        bytes
    }
}

/// The header that tells the length of `body`.
fn told(body: &[u8]) -> String {
    format!("content-length: {}\r\n", body.len())
}

fn scene(pause: Duration, bytes: Vec<u8>) -> Scene {
    Scene {
        pause,
        bytes,
        forever: false,
    }
}

fn said(bytes: Vec<u8>, end: End) -> Script {
    Script {
        scenes: VecDeque::from([scene(Duration::ZERO, bytes)]),
        end,
    }
}

fn ending(end: End) -> Script {
    Script {
        scenes: VecDeque::new(),
        end,
    }
}

fn whole(head: &Head<'_>, body: &[u8]) -> Script {
    said(head.with(&told(body), body), End::KeepOpen)
}

fn cut(head: &Head<'_>, body: &[u8], kept: &[u8], length: Length, end: End) -> Script {
    let bytes = match length {
        Length::Told => head.with(&told(body), kept),
        Length::Chunked => head.with("transfer-encoding: chunked\r\n", &chunk(kept)),
        Length::Untold => head.with("", kept),
    };
    said(bytes, end)
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend(bytes);
    chunk.extend(b"\r\n");
    chunk
}

fn framed(head: &Head<'_>, body: &[u8], framing: Framing) -> Script {
    match framing {
        Framing::TwoLengths => {
            let more = format!("{}content-length: {}\r\n", told(body), body.len() + 1);
            said(head.with(&more, body), End::Close)
        }
        Framing::SameLengthTwice => said(head.with(&told(body).repeat(2), body), End::KeepOpen),
        Framing::LengthAndChunked => {
            let mut chunks = chunk(body);
            chunks.extend(b"0\r\n\r\n");
            let more = format!("{}transfer-encoding: chunked\r\n", told(body));
            said(head.with(&more, &chunks), End::Close)
        }
        Framing::NoLength => said(head.with("", body), End::Close),
    }
}

fn interim(head: &Head<'_>, body: &[u8], statuses: &[u16], forever: bool) -> Script {
    let mut lines = String::new();
    for status in statuses {
        let _ = write!(lines, "HTTP/1.1 {status} Interim\r\n\r\n");
    }
    if forever {
        let endless = Scene {
            pause: INTERIM_PAUSE,
            bytes: lines.into_bytes(),
            forever,
        };
        return Script {
            scenes: VecDeque::from([endless]),
            end: End::Hang,
        };
    }
    let mut bytes = lines.into_bytes();
    bytes.extend(head.with(&told(body), body));
    said(bytes, End::KeepOpen)
}

fn garbled(garble: Garble, body: &[u8], chance: impl Fn(u64) -> f64) -> Vec<u8> {
    match garble {
        Garble::Bytes => damaged(body, chance),
        Garble::Tail => [body, b"\n<!-- served by cache-7 -->"].concat(),
        Garble::TwoDocuments => [body, body].concat(),
    }
}

fn packed(gzip: Gzip, body: &[u8], chance: impl Fn(u64) -> f64) -> Vec<u8> {
    match gzip {
        Gzip::Whole => gzip::stored(body),
        Gzip::Truncated => {
            let packed = gzip::stored(body);
            packed.get(..packed.len() / 2).unwrap_or(&packed).to_vec()
        }
        Gzip::Garbage => {
            // The first bytes stay, so that only the content tells.
            let packed = gzip::stored(body);
            let (first, rest) = packed.split_at(packed.len().min(10));
            [first, &damaged(rest, |place| chance(place) / 10.0)].concat()
        }
        Gzip::Plain => body.to_vec(),
        Gzip::Bomb => gzip::bomb(BOMB_BYTES),
    }
}

/// One byte in ten, at least the first, is another one.
fn damaged(bytes: &[u8], chance: impl Fn(u64) -> f64) -> Vec<u8> {
    let hit = |(place, byte): (u64, &u8)| {
        if place == 0 || chance(place) < 0.1 {
            byte ^ 0x55
        } else {
            *byte
        }
    };
    (0..).zip(bytes).map(hit).collect()
}
