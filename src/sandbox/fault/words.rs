//! Everything that `do` can be in a fault plan, with what it does and the keys it takes: the one list of these words.

use std::fmt::Write as _;

/// The words, each with its explanation. A key in brackets may be left out.
pub(super) const ACTIONS: [(&str, &str); 31] = [
    (
        "nothing",
        "the truthful reply; for `delay_ms` and `apply` alone",
    ),
    (
        "expire_tokens",
        "every token becomes invalid before the call is looked at",
    ),
    (
        "quota",
        "from here on the endpoint keeps other windows: windows",
    ),
    (
        "writing",
        "from here on shift replies are written so: [form, dates, echo]",
    ),
    ("throttle", "too many calls: [status 429, reset]"),
    ("answer", "a platform code: code, [status 400, msg, scope]"),
    (
        "page",
        "the page of a proxy: [status 502, content_type, text]",
    ),
    ("redirect", "a redirect: location, [status 302]"),
    (
        "status",
        "the truthful reply under another HTTP status: status",
    ),
    (
        "content_type",
        "the truthful reply with another content type, \"\" for none: content_type",
    ),
    (
        "list",
        "its lists changed: as = strangers, contradict, omit, reorder, repeat, empty, case",
    ),
    (
        "read",
        "a read that cannot be true: as = outside, twice, same_token",
    ),
    ("ids", "its ids as numbers: as = numbers, rounded"),
    (
        "code",
        "its code: as = text, float, null, missing, zero_first, zero_last",
    ),
    ("data", "its data: as = missing, null, list, text, object"),
    ("success", "its success flags: as = text, null, missing"),
    (
        "msg",
        "its msg: msg, or as = object, quoted, truncated, long, missing",
    ),
    (
        "reset",
        "the connection is reset before any byte of a reply",
    ),
    (
        "close",
        "the connection is closed before any byte of a reply",
    ),
    ("hang", "no reply comes, and the connection stays open"),
    ("cut", "the body ends too early: [bytes, length, end]"),
    ("garble", "damaged bytes: as = bytes, tail, two_documents"),
    (
        "framing",
        "an odd length: as = two_lengths, same_length_twice, length_and_chunked, no_length",
    ),
    (
        "gzip",
        "the reply says that it is gzip: as = whole, truncated, garbage, plain, bomb",
    ),
    ("trickle", "the reply comes byte by byte: [pause_ms]"),
    ("interim", "interim replies come first: [statuses, forever]"),
    ("headers", "many more headers: [count, bytes]"),
    ("extra", "a second reply follows that nobody asked for"),
    ("flood", "the body never ends"),
    (
        "close_after",
        "the reply is right, and then the connection is closed: [after_ms]",
    ),
    ("raw", "these bytes instead of a reply: text, [end]"),
];

/// The words alone.
pub(super) fn actions() -> [&'static str; ACTIONS.len()] {
    ACTIONS.map(|(word, _)| word)
}

/// How a plan is written, with every word.
#[must_use]
pub fn fault_words() -> String {
    let mut text = String::from(HEAD);
    for (word, about) in ACTIONS {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {word:<14} {about}");
    }
    text
}

const HEAD: &str = "\
A fault plan is a TOML file with a [[fault]] table for each rule; for each call the first that fits decides.
Which calls it meets, all of them without these keys:
  endpoint       any part of one name, a write before a read; without it all but the token
  calls          such as 3, or \"1-3, 7, 20-\"
  every, chance  each n-th call, or this share of them, such as 0.05
  item           calls with this value in them
  items_over     calls with more items than this
  attempt        the n-th call with the same body
  from_ms        calls that arrive so long after the sandbox started, and until_ms
  times          at most so many
What becomes of it: delay_ms, and apply = all, nothing, half, or late with late_ms.
What goes wrong, do =
";
