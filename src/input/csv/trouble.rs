//! Why a first line cannot be a header, in the words in which the file is refused.

use crate::error::Refusal;
use crate::input::column_names::NameFault;
use crate::input::finding::shown;
use crate::input::text::Text;
use crate::text::Text as Message;

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
        let refuse = |rule, what: Message| text.refuse(rule, text.line(), what);
        match self {
            Self::NotText => refuse(
                "file.encoding-uncertain",
                text!(
                    "the header is not valid {encoding}",
                    encoding = text.encoding()
                ),
            )
            .hint(text!(
                "correct `encoding` in the job's [input], or save the file as \"CSV UTF-8\""
            )),
            Self::Names(fault) => fault.refuse(&text.place(text.line())),
            Self::BadQuote { cell } => refuse(
                "file.header-quote",
                text!("a quote stands inside the name of a column"),
            )
            .because(text!("the cell is {cell}", cell = shown(&cell)))
            .hint(text!("delete the quote")),
            Self::Separator { line } => {
                let line = shown(&line);
                refuse(
                    "file.separator-line",
                    text!(
                        "the first line is `{line}`, not the names of the columns",
                        line
                    ),
                )
                .hint(text!(
                    "delete it; `delimiter = \";\"` in the job's [input] sets a delimiter"
                ))
            }
            Self::WrongDelimiter { found } => wrong_delimiter(
                refuse("file.delimiter", text!("only one column was found")),
                found,
                delimiter,
            ),
            Self::TooMany { count } => refuse("file.columns", text!("{count} columns", count))
                .because(text!(
                    "{columns_max} are the most",
                    columns_max = COLUMNS_MAX
                )),
            Self::Unnamed { position } => refuse(
                "file.column-unnamed",
                text!("column {position} has no name", position),
            )
            .hint(text!("give it a name, or delete the column")),
        }
    }
}

fn wrong_delimiter(refusal: Refusal, found: char, delimiter: u8) -> Refusal {
    let delimiter = char::from(delimiter).escape_default();
    let shown = if found.is_ascii() {
        found.escape_default().to_string()
    } else {
        found.to_string()
    };
    let refusal = refusal.because(text!(
        "the columns seem to be parted by `{found}`, not by `{delimiter}`",
        found = shown,
        delimiter
    ));
    refusal.hint(if found.is_ascii() {
        text!(
            "set `delimiter = \"{found}\"` in the job's [input]",
            found = shown
        )
    } else {
        text!("part the columns by a plain comma `,`")
    })
}
