//! The values of a text: what stays as it is, and what each language writes in its own way.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::path::Display as PathDisplay;
use std::time::Duration;

use super::{Language, Text, catalogue};
use crate::numbers::thousands;

/// What stands in the place of a placeholder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// The same in every language: names, cells, numbers, commands, and what the platform said.
    Verbatim(String),
    /// A number of things, each of them a `row`: `1 row`, `2 rows`, `2 行`.
    Counted(u64, Cow<'static, str>),
    /// A length of time.
    Time(Duration),
    /// A text within the text.
    Text(Box<Text>),
    /// Several, with the separator of the language.
    List(Vec<Value>),
}

impl Value {
    /// Values that are written one after the other.
    pub fn list<T: AsValue>(values: impl IntoIterator<Item = T>) -> Self {
        Self::List(values.into_iter().map(|value| value.as_value()).collect())
    }

    pub(super) fn write(&self, language: Language, out: &mut String) {
        match self {
            Self::Verbatim(words) => out.push_str(words),
            Self::Counted(count, what) => write_counted(*count, what, language, out),
            Self::Time(time) => write_time(*time, language, out),
            Self::Text(text) => text.write(language, out),
            Self::List(values) => {
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        out.push_str(match language {
                            Language::English => ", ",
                            Language::Chinese => "、",
                        });
                    }
                    value.write(language, out);
                }
            }
        }
    }
}

fn write_counted(count: u64, what: &str, language: Language, out: &mut String) {
    out.push_str(&thousands(count));
    out.push(' ');
    match language {
        Language::Chinese => out.push_str(catalogue::noun(what).unwrap_or(what)),
        Language::English => {
            out.push_str(what);
            if count != 1 {
                out.push('s');
            }
        }
    }
}

/// `0.4 s`, `42 s`, `3 min 20 s`, `2 h 05 min`.
fn write_time(time: Duration, language: Language, out: &mut String) {
    let [second, minute, hour] = match language {
        Language::English => ["s", "min", "h"],
        Language::Chinese => ["秒", "分", "小时"],
    };
    let whole = time.saturating_add(Duration::from_millis(500)).as_secs();
    // Writing into a `String` cannot fail.
    let _ = match whole {
        0..10 => write!(out, "{:.1} {second}", time.as_secs_f64()),
        10..60 => write!(out, "{whole} {second}"),
        60..3600 => write!(out, "{} {minute} {:02} {second}", whole / 60, whole % 60),
        _ => write!(
            out,
            "{} {hour} {:02} {minute}",
            whole / 3600,
            whole % 3600 / 60
        ),
    };
}

/// English, as a text shows it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = String::new();
        self.write(Language::English, &mut words);
        f.pad(&words)
    }
}

/// What [`text!`](crate::text!) takes for a placeholder.
pub trait AsValue {
    /// The value to show.
    fn as_value(&self) -> Value;
}

impl AsValue for Value {
    fn as_value(&self) -> Value {
        self.clone()
    }
}

impl AsValue for Text {
    fn as_value(&self) -> Value {
        Value::Text(Box::new(self.clone()))
    }
}

impl<T: AsValue + ?Sized> AsValue for &T {
    fn as_value(&self) -> Value {
        (**self).as_value()
    }
}

/// Types whose `Display` is the same in every language.
macro_rules! verbatim {
    ($($type:ty),* $(,)?) => {
        $(impl $crate::text::AsValue for $type {
            fn as_value(&self) -> $crate::text::Value {
                $crate::text::Value::Verbatim(self.to_string())
            }
        })*
    };
}
pub(crate) use verbatim;

verbatim!(
    str,
    String,
    Cow<'_, str>,
    char,
    u8,
    u16,
    u32,
    u64,
    usize,
    i8,
    i16,
    i32,
    i64,
    bool,
    PathDisplay<'_>,
    std::char::EscapeDefault,
    jiff::civil::Date
);
