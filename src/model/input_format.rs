//! What an input is.

use super::words::words;

words! {
    /// The three formats.
    #[derive(Default)]
    InputFormat {
        /// Cells parted by a delimiter, one record per line, a header first.
        #[default]
        Csv = "csv",
        /// One JSON object per line.
        Jsonl = "jsonl",
        /// A sheet of an Excel workbook (.xlsx).
        Workbook = "xlsx",
    }
}
