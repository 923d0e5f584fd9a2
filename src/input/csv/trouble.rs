//! Why a first line cannot be a header, in the words in which the file is refused.

use crate::error::Refusal;
use crate::input::finding::shown;
use crate::input::heading::SideBySide;
use crate::input::text::Text;

use super::header::COLUMNS_MAX;

/// Why a line cannot be a header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The line cannot be decoded.
    NotText,
    /// It holds NUL characters.
    Nul,
    /// It holds U+FFFD.
    LostCharacter,
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
    /// Two columns of one name; counted from 1.
    Duplicate {
        name: String,
        first: usize,
        second: usize,
        /// What the names that stand twice show together.
        beside: Option<SideBySide>,
    },
    /// Numbers and dates only: the header is missing.
    Data { line: String },
    /// Columns of a report only.
    NoneOwn,
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
            .hint("correct `encoding` in the job's [input], or save the file as \"CSV UTF-8\""),
            Self::Nul => refuse("file.header-nul", "the header holds NUL characters")
                .hint("save the table as \"CSV UTF-8\""),
            Self::LostCharacter => refuse("file.header-lost-character", "the header holds U+FFFD")
                .because("it stands for a character lost in an earlier conversion")
                .hint("export the table again, as \"CSV UTF-8\""),
            Self::BadQuote { cell } => refuse(
                "file.header-quote",
                "a quote stands inside the name of a column",
            )
            .because(format!("the cell is {}", shown(&cell)))
            .hint("delete the quote"),
            Self::Separator { line } => {
                let line = shown(&line);
                refuse(
                    "file.separator-line",
                    &format!("the first line is `{line}`, not the names of the columns"),
                )
                .hint("delete it; `delimiter = \";\"` in the job's [input] sets a delimiter")
            }
            Self::WrongDelimiter { found } => wrong_delimiter(
                refuse("file.delimiter", "only one column was found"),
                found,
                delimiter,
            ),
            Self::TooMany { count } => refuse("file.columns", &format!("{count} columns"))
                .because(format!("{COLUMNS_MAX} are the most")),
            Self::Unnamed { position } => refuse(
                "file.column-unnamed",
                &format!("column {position} has no name"),
            )
            .hint("give it a name, or delete the column"),
            Self::Duplicate {
                name,
                first,
                second,
                beside,
            } => {
                let name = shown(&name);
                let what = format!("columns {first} and {second} are both named `{name}`");
                if let Some(beside) = beside {
                    return beside.refuse(&text.place(text.line()), &what);
                }
                refuse("file.column-twice", &what)
                    .because("nobody can tell which of them is meant")
                    .hint("rename or delete one of them")
            }
            Self::Data { line } => refuse(
                "file.header-missing",
                "the first line holds values, not the names of the columns",
            )
            .because(format!("it reads: {}", shown(&line)))
            .hint("put a line with the names of the columns before the first row"),
            Self::NoneOwn => refuse("file.columns-ours", "every column begins with `_`")
                .because("such columns are the report's own and are ignored when read")
                .hint("name the columns as the job does"),
        }
    }
}

fn wrong_delimiter(refusal: Refusal, found: char, delimiter: u8) -> Refusal {
    let found_shown = found.escape_default();
    let delimiter_shown = char::from(delimiter).escape_default();
    if found.is_ascii() {
        refusal
            .because(format!(
                "the columns seem to be parted by `{found_shown}`, not by `{delimiter_shown}`"
            ))
            .hint(format!(
                "set `delimiter = \"{found_shown}\"` in the job's [input]"
            ))
    } else {
        refusal
            .because(format!(
                "the columns seem to be parted by `{found}`, not by `{delimiter_shown}`"
            ))
            .hint("part the columns by a plain comma `,`")
    }
}
