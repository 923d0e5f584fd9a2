//! Why a first line cannot be a header, in the words in which the file is refused.

use crate::error::Refusal;
use crate::input::column_names::NameFault;
use crate::input::finding::shown;
use crate::input::text::Text;

use super::header::COLUMNS_MAX;

/// Why a line cannot be a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The line cannot be decoded.
    NotText,
    /// The names are wrong, as those of any file may be.
    Names(NameFault),
    /// A name breaks the rules of quotes.
    BadQuote { cell: String },
    /// It is the line by which Excel is told a delimiter.
    Separator { line: String },
    /// One column only, and another delimiter in its name.
    WrongDelimiter { found: char },
    /// More columns than a spreadsheet has.
    TooMany { count: usize },
    /// A column without a name before one with a name; counted from 1.
    Unnamed { position: usize },
}

impl From<NameFault> for Trouble {
    fn from(fault: NameFault) -> Self {
        Self::Names(fault)
    }
}

impl Trouble {
    /// The refusal of the file, at the line where the header should be.
    pub(super) fn refuse(self, text: &Text, delimiter: u8) -> Refusal {
        let refuse = |rule, what: &str| text.refuse(rule, text.line(), what);
        match self {
            Self::NotText => refuse(
                "file.encoding-uncertain",
                &format!("the header is not valid {}", text.encoding()),
            )
            .hint(text!(
                "correct `encoding` in the job's [input], or save the file as \"CSV UTF-8\""
            )),
            Self::Names(fault) => fault.refuse(&text.place(text.line())),
            Self::BadQuote { cell } => refuse(
                "file.header-quote",
                "a quote stands inside the name of a column",
            )
            .because(text!("the cell is {cell}", cell = shown(&cell)))
            .hint(text!("delete the quote")),
            Self::Separator { line } => {
                let line = shown(&line);
                refuse(
                    "file.separator-line",
                    &format!("the first line is `{line}`, not the names of the columns"),
                )
                .hint(text!(
                    "delete it; `delimiter = \";\"` in the job's [input] sets a delimiter"
                ))
            }
            Self::WrongDelimiter { found } => wrong_delimiter(
                refuse("file.delimiter", "only one column was found"),
                found,
                delimiter,
            ),
            Self::TooMany { count } => refuse("file.columns", &format!("{count} columns")).because(
                text!("{columns_max} are the most", columns_max = COLUMNS_MAX),
            ),
            Self::Unnamed { position } => refuse(
                "file.column-unnamed",
                &format!("column {position} has no name"),
            )
            .hint(text!("give it a name, or delete the column")),
        }
    }
}

fn wrong_delimiter(refusal: Refusal, found: char, delimiter: u8) -> Refusal {
    let found_shown = found.escape_default();
    let delimiter_shown = char::from(delimiter).escape_default();
    if found.is_ascii() {
        refusal
            .because(text!(
                "the columns seem to be parted by `{found_shown}`, not by `{delimiter_shown}`",
                found_shown,
                delimiter_shown
            ))
            .hint(text!(
                "set `delimiter = \"{found_shown}\"` in the job's [input]",
                found_shown
            ))
    } else {
        refusal
            .because(text!(
                "the columns seem to be parted by `{found}`, not by `{delimiter_shown}`",
                found,
                delimiter_shown
            ))
            .hint(text!("part the columns by a plain comma `,`"))
    }
}
