//! The text of a job file, with a comment at every place where the user has to decide.

use crate::endpoint::{Destructive, Endpoint, Field, FieldKind};
use crate::error::Refusal;
use crate::input::InputOptions;
use crate::roster::YearMonth;

use super::columns::{Fold, fold, is_list};
use super::proposal::{Proposal, Roster, SlotKind};
use super::seen::Words;
use super::toml_text::{Table, comment, key, list, quoted, titles};
use super::value::{description, example};
use super::{FIELDS_SHEET, ROWS_SHEET};

/// Where the rows of the job come from. Paths are as the job file says them: relative to it.
#[derive(Debug)]
pub enum Rows<'a> {
    /// From the template workbook.
    Template {
        /// Its path.
        file: &'a str,
    },
    /// From a file that the user has.
    Own {
        /// Its path.
        file: &'a str,
        /// What has to be said of it so that it is read.
        options: &'a InputOptions,
        /// What its columns may be.
        proposal: &'a Proposal<'a>,
        /// The month that it says, if it says one.
        month: Option<YearMonth>,
    },
}

/// The text of a job file `name`.toml for an endpoint that the job calls `word`: a name of the catalogue, or a path.
pub fn job_text(
    name: &str,
    endpoint: &Endpoint,
    word: &str,
    rows: &Rows<'_>,
) -> Result<String, Refusal> {
    let fold = fold(endpoint);
    refuse_lists_without_columns(endpoint, fold.as_ref())?;
    let text = Text {
        endpoint,
        fold,
        rows,
    };
    let mut parts = vec![
        text.heading(name),
        vec![format!("endpoint = {}", quoted(word))],
        text.input(),
        text.request(),
        text.item(),
    ];
    parts.extend(text.lookup());
    parts.push(text.limits());
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|lines| !lines.is_empty())
        .map(|lines| lines.join("\n") + "\n")
        .collect();
    Ok(parts.join("\n"))
}

/// A list that the platform requires and that no columns give would leave the job without a way to load.
fn refuse_lists_without_columns(
    endpoint: &Endpoint,
    fold: Option<&Fold<'_>>,
) -> Result<(), Refusal> {
    let lists = endpoint.items.shape.fields().iter();
    let lost = lists
        .filter(|field| is_list(field) && field.required)
        .find(|list| fold.is_none_or(|fold| fold.list.name != list.name));
    match lost {
        None => Ok(()),
        Some(list) => Err(Refusal::new(
            "endpoint.no-columns",
            text!(
                "no job can be written for {name}: columns cannot give the list `{name2}`",
                name = endpoint.name,
                name2 = list.name
            ),
        )
        .because(text!(
            "columns are folded into one list, whose entries have a name and a value"
        ))),
    }
}

struct Text<'a> {
    endpoint: &'a Endpoint,
    fold: Option<Fold<'a>>,
    rows: &'a Rows<'a>,
}

impl Text<'_> {
    fn heading(&self, name: &str) -> Vec<String> {
        let mut lines = vec![
            comment(&format!("{}: one row is one item.", self.endpoint.title)),
            comment(&format!("  {}", self.endpoint.docs)),
        ];
        match &self.endpoint.destructive {
            Destructive::Never => {}
            Destructive::Always => lines.push(comment("Every item deletes something.")),
            Destructive::When { field } => lines.push(comment(&format!(
                "An item whose `{field}` is true clears something."
            ))),
        }
        lines.push(comment("Next:"));
        let steps = self.steps(name);
        let width = steps.iter().map(|(step, _)| step.chars().count()).max();
        let width = width.unwrap_or_default();
        for (number, (step, why)) in (1..).zip(&steps) {
            lines.push(comment(&format!("  {number}. {step:width$}  {why}")));
        }
        lines
    }

    /// What the user does next, each step with what it does or why.
    fn steps(&self, name: &str) -> Vec<(String, String)> {
        let mut steps = vec![match self.rows {
            Rows::Template { file } => (
                format!("fill {file}"),
                format!("its sheet `{FIELDS_SHEET}` explains the columns; delete the example row"),
            ),
            Rows::Own { .. } => (
                "check what is proposed here".to_owned(),
                "and give what is missing".to_owned(),
            ),
        }];
        if !self.endpoint.request.is_empty() {
            steps.push((
                "correct [request]".to_owned(),
                "its values are examples".to_owned(),
            ));
        }
        steps.extend(
            [
                (
                    format!("check {name}.toml"),
                    "reads every row; nothing is sent",
                ),
                (
                    format!("run {name}.toml --sandbox"),
                    "a rehearsal without an account",
                ),
                (format!("run {name}.toml"), "sends every row"),
            ]
            .map(|(command, what)| (format!("feishu-bulk {command}"), what.to_owned())),
        );
        steps
    }

    fn input(&self) -> Vec<String> {
        let mut lines = vec!["[input]".to_owned()];
        match self.rows {
            Rows::Template { file } => {
                lines.push(format!("file  = {}", quoted(file)));
                lines.push(format!("sheet = {}", quoted(ROWS_SHEET)));
            }
            Rows::Own {
                file,
                options,
                proposal,
                ..
            } => {
                lines.extend(reading(file, options));
                lines.extend(self.ignored(proposal));
                lines.extend(proposal.roster.iter().flat_map(unpivot));
            }
        }
        lines
    }

    /// Columns that nothing uses are named, or the job refuses the file. A fold of any column takes all but those for people.
    fn ignored(&self, proposal: &Proposal<'_>) -> Vec<String> {
        let (for_people, others) = proposal.unused();
        let ignored = if self.folds_any_column() {
            for_people
        } else {
            proposal.left.clone()
        };
        let mut lines = Vec::new();
        if !self.folds_any_column() && !others.is_empty() {
            let unclear = format!("No field was found for: {}", others.join(", "));
            lines.push(comment(&unclear));
        }
        if !proposal.ids.is_empty() {
            let ids = proposal.ids.join(", ");
            lines.push(comment(&if self.folds_any_column() {
                format!("These columns hold ids and are sent like the others; if they should not be, add them to `ignore`: {ids}")
            } else {
                format!("missing: what becomes of these columns of ids; name each in [item], or add it to `ignore`: {ids}")
            }));
        }
        if !ignored.is_empty() {
            lines.push(comment(
                "These columns are not sent, only repeated in the reports. Check that none of them should be.",
            ));
            lines.push(format!("ignore = {}", list(&ignored)));
        }
        lines
    }

    fn request(&self) -> Vec<String> {
        if self.endpoint.request.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![
            "[request]".to_owned(),
            comment(
                "The same for all items of a call; or bound to a column: NAME = { column = \"…\" }",
            ),
        ];
        let mut table = Table::default();
        for value in &self.endpoint.request {
            let field = &value.field;
            let about = description(field);
            match (
                self.column(SlotKind::Request, &field.name),
                self.month_of_file(field),
            ) {
                (Some(column), _) => table.line(&field.name, &bound(column), &proposed(&about)),
                (None, Some(month)) if field.required => {
                    let words = month.in_words();
                    let about = format!("proposed, as the file says {words}: check it ({about})");
                    table.line(&field.name, &quoted(&month.to_string()), &about);
                }
                (None, _) => self.constant(field, &about, &mut table),
            }
        }
        lines.extend(table.lines());
        lines
    }

    /// The line of a shared value that no column gives. Of a few words one is right, and a wrong one may be taken all the same, so
    /// none is chosen unless the title of a column tells.
    fn constant(&self, field: &Field, about: &str, table: &mut Table) {
        let example = quoted(&example(field));
        let words = field.kind.words();
        if !field.required {
            return table.commented(&field.name, &example, about);
        }
        if words.is_empty() {
            return table.line(&field.name, &example, about);
        }
        let known = match self.rows {
            Rows::Template { .. } => None,
            Rows::Own { proposal, .. } => proposal.kind_of_ids(words),
        };
        if let Some((word, column)) = known {
            let about = format!("proposed by the title `{column}`: check it ({about})");
            return table.line(&field.name, &quoted(word), &about);
        }
        for word in words {
            let about = format!("choose one, and delete the `# missing:` before it ({about})");
            table.missing(&field.name, &quoted(word), &about);
        }
    }

    fn item(&self) -> Vec<String> {
        let mut lines = vec![
            "[item]".to_owned(),
            comment(
                "A column of the same name maps by itself. Else name the column, or give every row the same value: NAME = \"…\"",
            ),
        ];
        let mut table = Table::default();
        for field in self.endpoint.items.shape.fields() {
            let is_folded = self.fold.is_some_and(|fold| fold.list.name == field.name);
            match Fold::of(field) {
                Some(fold) if !is_folded => {
                    let value = folded(&fold, &list(&["…"]));
                    table.commented(&field.name, &value, &description(field));
                }
                None if !is_list(field) => self.single(field, &mut table),
                Some(_) | None => {}
            }
        }
        lines.extend(table.lines());
        lines.extend(self.fold.iter().flat_map(|fold| self.fold_lines(fold)));
        lines
    }

    /// The line of a field that one cell gives.
    fn single(&self, field: &Field, table: &mut Table) {
        let about = description(field);
        let roster = self.roster();
        if let Some(roster) = roster {
            let cell = roster.cell.is_some_and(|cell| cell.name == field.name);
            if cell && roster.words.are_ids {
                return table.line(&field.name, "{ cell = \"value\" }", &proposed(&about));
            }
            if cell {
                let value = format!(
                    "{{ cell = \"value\", lookup = {} }}",
                    quoted(&lookup_name(field))
                );
                return table.line(&field.name, &value, &proposed(&about));
            }
            if field.name == roster.day.name {
                return table.line(&field.name, "{ cell = \"day\" }", &about);
            }
            if field.name == roster.month {
                return table.line(&field.name, "{ cell = \"month\" }", &about);
            }
        }
        match (self.rows, self.column(SlotKind::Item, &field.name)) {
            (Rows::Own { .. }, Some(column)) if column == field.name => {
                table.commented(&field.name, &bound(column), &about);
            }
            (Rows::Own { .. }, Some(column)) => {
                table.line(&field.name, &bound(column), &proposed(&about));
            }
            (Rows::Own { .. }, None) if field.required => {
                table.missing(&field.name, &bound("…"), &about);
            }
            (Rows::Own { .. } | Rows::Template { .. }, _) => {
                table.commented(&field.name, &bound("…"), &about);
            }
        }
    }

    /// The lines of the list that columns are folded into.
    fn fold_lines(&self, fold: &Fold<'_>) -> Vec<String> {
        let mut lines = vec![comment(&format!(
            "`{}`: each column is one entry, an empty cell leaves it out. {}",
            fold.list.name,
            description(fold.list)
        ))];
        let mut table = Table::default();
        let name = &fold.list.name;
        match self.rows {
            _ if self.folds_any_column() => {
                if let Rows::Own { proposal, .. } = self.rows {
                    let (_, others) = proposal.unused();
                    lines.push(comment(&format!(
                        "Sent as `{}`, check them: {}",
                        fold.key.name,
                        others.join(", ")
                    )));
                }
                table.line(
                    name,
                    &folded(fold, "\"*\""),
                    "every column that nothing else uses",
                );
            }
            Rows::Template { .. } => {
                let columns = fold.columns();
                let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                table.line(name, &folded(fold, &list(&columns)), "");
            }
            Rows::Own { proposal, .. } => {
                let pairs = proposal.folded(fold);
                let columns = if pairs.iter().all(|(column, name)| column == name) {
                    list(&pairs.iter().map(|(column, _)| *column).collect::<Vec<_>>())
                } else {
                    titles(&pairs)
                };
                if !pairs.is_empty() {
                    table.line(name, &folded(fold, &columns), "proposed: check it");
                } else if fold.list.required {
                    table.missing(name, &folded(fold, &list(&["…"])), "");
                } else {
                    table.commented(name, &folded(fold, &list(&["…"])), "");
                }
                let names = fold.names().join(", ");
                lines.push(comment(&format!("Its names: {names}")));
            }
        }
        lines.extend(table.lines());
        lines
    }

    fn lookup(&self) -> Option<Vec<String>> {
        let roster = self.roster()?;
        let cell = roster.cell.filter(|_| !roster.words.are_ids)?;
        let mut lines = vec![
            format!("[lookup.{}.words]", key(&lookup_name(cell))),
            comment(&format!(
                "The words of the table: write between the quotes the `{}` that each of them stands for.",
                cell.name
            )),
            comment(
                "A word for a day of rest, or for nothing, belongs into [input.unpivot] instead: move it there.",
            ),
        ];
        let Words {
            known: words,
            others,
            ..
        } = &roster.words;
        if words.is_empty() {
            lines.push(comment("missing: \"早班\" = \"…\""));
        }
        let mut table = Table::default();
        for (word, count) in words {
            let cells = if *count == 1 { "cell" } else { "cells" };
            table.line(word, "\"\"", &format!("in {count} {cells}"));
        }
        lines.extend(table.lines());
        if *others > 0 {
            lines.push(comment(&format!(
                "and {others} rarer words, which `check` tells"
            )));
        }
        Some(lines)
    }

    fn limits(&self) -> Vec<String> {
        let mut table = Table::default();
        for (name, value, about) in [
            (
                "max_rejected",
                "\"10%\"",
                "or a number of rows; more, and nothing is sent",
            ),
            (
                "max_failed",
                "\"50%\"",
                "or a number of items; more, and the run halts",
            ),
            (
                "max_items",
                &*self.endpoint.items.max.to_string(),
                "items per call: the most that the endpoint takes",
            ),
        ] {
            table.commented(name, value, about);
        }
        let mut lines = vec!["[limits]".to_owned()];
        lines.extend(table.lines());
        lines
    }

    /// The month that the file says, for a shared value that is a month.
    fn month_of_file(&self, field: &Field) -> Option<YearMonth> {
        match (self.rows, &field.kind) {
            (Rows::Own { month, .. }, FieldKind::Month { .. }) => *month,
            _ => None,
        }
    }

    fn folds_any_column(&self) -> bool {
        self.fold.is_some_and(|fold| fold.names().is_empty())
    }

    fn roster(&self) -> Option<&Roster<'_>> {
        match self.rows {
            Rows::Template { .. } => None,
            Rows::Own { proposal, .. } => proposal.roster.as_ref(),
        }
    }

    fn column(&self, place: SlotKind, name: &str) -> Option<&str> {
        match self.rows {
            Rows::Template { .. } => None,
            Rows::Own { proposal, .. } => proposal.column(place, name),
        }
    }
}

/// The lines that say how a file is read.
fn reading(file: &str, options: &InputOptions) -> Vec<String> {
    let mut table = Table::default();
    table.line("file", &quoted(file), "");
    if let Some(sheet) = &options.sheet {
        table.line("sheet", &quoted(sheet), "");
    }
    if let Some(encoding) = &options.encoding {
        let about = "as the file seems to be; check that the titles below are right";
        table.line("encoding", &quoted(encoding), about);
    }
    if let Some(delimiter) = options.delimiter {
        let delimiter = char::from(delimiter).to_string();
        table.line("delimiter", &quoted(&delimiter), "what parts the cells");
    }
    if options.header.lines > 1 {
        let about = "the titles of both are joined by a slash";
        table.line("header_rows", &options.header.lines.to_string(), about);
    }
    table.lines()
}

/// The lines that read a roster: one row for each person, one column for each day.
fn unpivot(roster: &Roster<'_>) -> Vec<String> {
    let (first, last) = roster.columns;
    let mut lines = vec![
        String::new(),
        comment(&format!(
            "A roster: one row for each person, one column for each day, from `{first}` to `{last}`."
        )),
        "[input.unpivot]".to_owned(),
        comment(
            "month     = \"202612\"   # when neither the titles nor the sheet's name say it; or --set month=202612",
        ),
        comment("first_day = 26         # a period from the 26th to the 25th"),
        comment("leave     = [\"-\"]      # words for which nothing is sent"),
    ];
    if let Some(cell) = roster.cell {
        lines.push(comment(
            "[input.unpivot.rest]   # words for which something else is sent",
        ));
        lines.push(comment("words = [\"休\"]"));
        lines.push(comment(&format!(
            "item  = {{ {} = \"…\" }}",
            key(&cell.name)
        )));
    }
    lines
}

fn lookup_name(field: &Field) -> String {
    format!("{}s", field.name.trim_end_matches("_id"))
}

fn bound(column: &str) -> String {
    format!("{{ column = {} }}", quoted(column))
}

fn folded(fold: &Fold<'_>, columns: &str) -> String {
    format!(
        "{{ columns = {columns}, key = {}, value = {} }}",
        quoted(&fold.key.name),
        quoted(&fold.value.name)
    )
}

fn proposed(about: &str) -> String {
    format!("proposed: check it ({about})")
}
