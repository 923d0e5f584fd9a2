//! Harm: what goes wrong with a call that a rule meets.

use std::time::Duration;

use super::broken::{self, Framing, Garble, Gzip, Length};
use super::edit::{self, CodeEdit, DataEdit, IdEdit, ListEdit, MsgEdit, SuccessEdit};
use super::read::ReadEdit;
use crate::sandbox::quota::Window;
use crate::sandbox::reply::Reply;
use crate::sandbox::shifts::ShiftReplies;
use crate::sandbox::wire::{End, Script};

/// What goes wrong with one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What is wrong.
    pub harm: Harm,
    /// What becomes of the changes the call would make.
    pub apply: Apply,
    /// Time the reply, or the breaking of the connection, is held back.
    pub delay: Duration,
}

/// What becomes of a call's changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apply {
    /// All are made.
    All,
    /// None is made.
    Nothing,
    /// The first half is made, rounded down.
    Half,
    /// All are made, but only after this time, whatever happened in between.
    Late(Duration),
}

/// What is wrong with a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Harm {
    /// Nothing: only the delay and what is applied differ.
    None,
    /// Every tenant token becomes invalid before the call is looked at.
    ExpireTokens,
    /// From this call on the endpoint keeps other windows.
    Quota(Vec<Window>),
    /// From this call on shift replies are written so.
    Writing(ShiftReplies),

    /// Code 99991400 with these values of `x-ogw-ratelimit-reset`, one header each.
    Throttle {
        /// 429, or 400 as older APIs do.
        status: u16,
        /// Values, however odd.
        resets: Vec<String>,
    },
    /// Any platform code under any HTTP status.
    Answer {
        /// HTTP status.
        status: u16,
        /// Platform code.
        code: i64,
        /// Its text.
        msg: String,
        /// The scope that is missing, for `error.permission_violations`.
        scope: Option<String>,
    },
    /// Not the platform's reply at all: a proxy's page, or nothing.
    Page {
        /// HTTP status.
        status: u16,
        /// Its content type.
        content_type: Option<String>,
        /// Its text.
        text: String,
    },
    /// A redirect.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// Where to.
        location: String,
    },

    /// The truthful reply under another HTTP status.
    Status(u16),
    /// The truthful reply with another content type, or none.
    ContentType(Option<String>),
    /// The truthful reply with its lists changed.
    List(ListEdit),
    /// The truthful reply of a read, changed so that it cannot be true.
    Read(ReadEdit),
    /// The truthful reply with its ids written otherwise.
    Ids(IdEdit),
    /// The truthful reply with its code written otherwise.
    Code(CodeEdit),
    /// The truthful reply with another `data`.
    Data(DataEdit),
    /// The truthful reply with its `success` flags written otherwise.
    Success(SuccessEdit),
    /// The truthful reply with another `msg`.
    Msg(MsgEdit),

    /// The connection is reset before any byte of a reply.
    Reset,
    /// The connection is closed before any byte of a reply.
    Close,
    /// No reply comes, and the connection stays open.
    Hang,
    /// The reply's body ends too early.
    Cut {
        /// Bytes of the body sent; without a number, half of it.
        bytes: Option<usize>,
        /// How the body's length was announced.
        length: Length,
        /// What becomes of the connection.
        end: End,
    },
    /// The reply's bytes are damaged.
    Garble(Garble),
    /// The reply's length is announced in an odd way.
    Framing(Framing),
    /// The reply says that it is gzip.
    Gzip(Gzip),
    /// The reply comes byte by byte.
    Trickle {
        /// Between two bytes.
        pause: Duration,
    },
    /// Interim replies come before the real one.
    Interim {
        /// Their statuses, such as 100 and 103.
        statuses: Vec<u16>,
        /// Whether they go on for ever; then the real one never comes.
        forever: bool,
    },
    /// The reply has many more headers.
    Headers {
        /// How many.
        count: usize,
        /// Bytes of each value.
        bytes: usize,
    },
    /// A second reply follows that nobody asked for.
    Extra,
    /// The body never ends.
    Flood,
    /// The reply is right, and then the idle connection is closed.
    CloseAfter(Duration),
    /// These bytes instead of a reply.
    Raw {
        /// The bytes.
        bytes: Vec<u8>,
        /// What becomes of the connection.
        end: End,
    },
}

impl Fault {
    /// A fault of this kind. What is applied follows from it: nothing when the platform itself refuses or no reply is sent, else all.
    #[must_use]
    pub fn new(harm: Harm) -> Self {
        let unapplied = matches!(
            harm,
            Harm::Throttle { .. }
                | Harm::Answer { .. }
                | Harm::Page { .. }
                | Harm::Redirect { .. }
                | Harm::Reset
                | Harm::Close
                | Harm::Hang
                | Harm::Raw { .. }
        );
        Self {
            harm,
            apply: if unapplied {
                Apply::Nothing
            } else {
                Apply::All
            },
            delay: Duration::ZERO,
        }
    }

    /// A platform code under an HTTP status; nothing is applied.
    pub fn answer(status: u16, code: i64, msg: impl Into<String>) -> Self {
        Self::new(Harm::Answer {
            status,
            code,
            msg: msg.into(),
            scope: None,
        })
    }

    /// HTTP 429 with this many seconds to wait, or without the header.
    #[must_use]
    pub fn throttle(reset: Option<&str>) -> Self {
        Self::new(Harm::Throttle {
            status: 429,
            resets: reset.map(str::to_owned).into_iter().collect(),
        })
    }

    /// The connection is reset before any byte of a reply; nothing is applied.
    #[must_use]
    pub fn reset() -> Self {
        Self::new(Harm::Reset)
    }

    /// Everything is applied, and half of the body is sent.
    #[must_use]
    pub fn cut() -> Self {
        Self::new(Harm::Cut {
            bytes: None,
            length: Length::Told,
            end: End::Close,
        })
    }

    /// A truthful reply that comes late.
    #[must_use]
    pub fn late(delay: Duration) -> Self {
        Self::new(Harm::None).delay(delay)
    }

    /// Applies otherwise than this kind of fault does by itself.
    #[must_use]
    pub fn apply(mut self, apply: Apply) -> Self {
        self.apply = apply;
        self
    }

    /// Holds the reply back.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Its kind in a word, as fault plans write it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.harm {
            Harm::None => "nothing",
            Harm::ExpireTokens => "expire_tokens",
            Harm::Quota(_) => "quota",
            Harm::Writing(_) => "writing",
            Harm::Throttle { .. } => "throttle",
            Harm::Answer { .. } => "answer",
            Harm::Page { .. } => "page",
            Harm::Redirect { .. } => "redirect",
            Harm::Status(_) => "status",
            Harm::ContentType(_) => "content_type",
            Harm::List(_) => "list",
            Harm::Read(_) => "read",
            Harm::Ids(_) => "ids",
            Harm::Code(_) => "code",
            Harm::Data(_) => "data",
            Harm::Success(_) => "success",
            Harm::Msg(_) => "msg",
            Harm::Reset => "reset",
            Harm::Close => "close",
            Harm::Hang => "hang",
            Harm::Cut { .. } => "cut",
            Harm::Garble(_) => "garble",
            Harm::Framing(_) => "framing",
            Harm::Gzip(_) => "gzip",
            Harm::Trickle { .. } => "trickle",
            Harm::Interim { .. } => "interim",
            Harm::Headers { .. } => "headers",
            Harm::Extra => "extra",
            Harm::Flood => "flood",
            Harm::CloseAfter(_) => "close_after",
            Harm::Raw { .. } => "raw",
        }
    }

    /// The reply this fault makes out of the truthful one, as far as it is still a reply; the log id is put in afterwards.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other harm leaves the content alone"
    )]
    pub(in crate::sandbox) fn reply(&self, truthful: Reply) -> Reply {
        match &self.harm {
            Harm::Throttle { status, resets } => {
                let mut reply =
                    Reply::refused(*status, 99_991_400, "request trigger frequency limit");
                reply.header("x-ogw-ratelimit-limit", "50");
                for reset in resets {
                    reply.header("x-ogw-ratelimit-reset", reset);
                }
                reply
            }
            Harm::Answer {
                status,
                code,
                msg,
                scope,
            } => edit::answer(*status, *code, msg, scope.as_deref()),
            Harm::Page {
                status,
                content_type,
                text,
            } => Reply::page(*status, content_type.as_deref(), text),
            Harm::Redirect { status, location } => {
                let mut reply = Reply::page(
                    *status,
                    Some("text/html"),
                    "<html><body>Moved</body></html>",
                );
                reply.header("Location", location);
                reply
            }
            Harm::Status(status) => Reply {
                status: *status,
                ..truthful
            },
            Harm::List(edit) => edit.made(truthful),
            Harm::Read(edit) => edit.made(truthful),
            Harm::Ids(edit) => edit.made(truthful),
            Harm::Data(edit) => edit.made(truthful),
            Harm::Success(edit) => edit.made(truthful),
            Harm::Msg(edit) => edit.made(truthful),
            _ => truthful,
        }
    }

    /// What is sent when it is not a well-formed HTTP reply; `None` sends the reply as it is.
    pub(in crate::sandbox) fn script(
        &self,
        reply: &Reply,
        chance: impl Fn(u64) -> f64,
    ) -> Option<Script> {
        broken::script(&self.harm, reply, chance)
    }
}
