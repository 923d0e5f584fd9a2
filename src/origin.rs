//! The run that an input belongs to, where the input is the failure report of one: its values and its platform count, and what it
//! rejected stays rejected until somebody corrects it.
//!
//! A failure report shows cells. Some rejections cannot be seen in them again - a row with too few cells looks like one with blanks,
//! merged cells like filled ones -, so the verdict is remembered by the rule, and the cells by the run store.

use std::collections::HashMap;
use std::path::Path;

use crate::error::Refusal;
use crate::input::{Input, Walked};
use crate::job::Job;
use crate::model::{Columns, InputFormat, Notice, Platform, Rejection, Row};
use crate::prepare::options;
use crate::report::cells_of;
use crate::store::{Facts, Ledger};

/// Rules whose breach the cells of a failure report do not show.
const NOT_SHOWN: &[&str] = &[
    "row.cell-length",
    "row.cell-lines",
    "row.cells",
    "row.date",
    "row.digits-lost",
    "row.formula",
    "row.is-date",
    "row.lost-character",
    "row.merged",
    "row.not-boolean",
    "row.not-text",
    "row.number",
    "row.percentage",
    "row.quote-inside",
    "row.quote-text-after",
    "row.repeated-header",
    "row.repeats",
    "row.spreadsheet-error",
    "row.unnamed-value",
    "row.zeros-lost",
];

/// Of those, the rules that are about the one cell that is to blame: the rest of the row may change without correcting it.
const OF_ONE_CELL: &[&str] = &[
    "row.date",
    "row.digits-lost",
    "row.formula",
    "row.is-date",
    "row.merged",
    "row.not-boolean",
    "row.number",
    "row.percentage",
    "row.spreadsheet-error",
    "row.zeros-lost",
];

/// How the rules begin that say what the platform said beforehand.
const FOUND: &str = "preflight.";

/// Rows that are looked at for the run they belong to: somebody may have put a few of his own above the others.
const ROWS_LOOKED_AT: usize = 1000;

/// Where an input comes from.
#[derive(Debug)]
pub struct Origin {
    whose: Whose,
    walked: Walked,
}

#[derive(Debug)]
enum Whose {
    /// It is the user's own.
    Own,
    /// It is the failure report of a run.
    Report(Box<Parent>),
    /// It is the failure report of a run that is not to be found.
    Lost {
        /// The run's id.
        run: String,
    },
}

/// The run that a failure report belongs to.
#[derive(Debug)]
pub struct Parent {
    /// What the run is.
    pub facts: Facts,
    /// What it rejected and the report cannot show, by its record.
    kept: HashMap<u64, Vec<Kept>>,
    /// Whether it rejected anything because of what the platform said beforehand.
    was_found_wrong: bool,
}

/// A rejection that stays until the row is corrected.
#[derive(Debug)]
struct Kept {
    /// The column of the item, where each cell is one.
    item: Option<usize>,
    rule: &'static str,
    reason: String,
    /// The title of the column to blame.
    column: Option<String>,
    /// The row as the report has it.
    source: Vec<u8>,
    has_stray: bool,
}

impl Origin {
    /// Looks an input over for the run it belongs to, and the run up among `runs`. A file that cannot be read is refused when it is
    /// prepared.
    pub fn of(input: &Path, job: &Job, runs: &Path) -> Result<Self, Refusal> {
        let Ok(mut input) = Input::open(input, &options(job)) else {
            return Ok(Self::own());
        };
        let walked = input.walked();
        let whose = match run_named_by(&mut input) {
            Some(run) => Whose::run(run, runs)?,
            None => Whose::Own,
        };
        Ok(Self { whose, walked })
    }

    /// That of an input that is no report.
    #[must_use]
    pub fn own() -> Self {
        Self {
            whose: Whose::Own,
            walked: Walked::default(),
        }
    }

    /// Whether the input is no report of a run.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.whose, Whose::Own)
    }

    /// What was found in the sheets of the input when it was looked over.
    pub(crate) fn walked(&self) -> Walked {
        self.walked.clone()
    }

    /// The run it belongs to, if that is known.
    #[must_use]
    pub fn parent(&self) -> Option<&Parent> {
        match &self.whose {
            Whose::Report(parent) => Some(parent),
            Whose::Own | Whose::Lost { .. } => None,
        }
    }

    /// Whether that run rejected anything because of what the platform said before it was sent.
    #[must_use]
    pub fn was_found_wrong(&self) -> bool {
        self.parent().is_some_and(|parent| parent.was_found_wrong)
    }

    /// Gives the job the values of the run, or refuses one that says otherwise.
    pub fn settle(&self, job: &mut Job) -> Result<(), Refusal> {
        match &self.whose {
            Whose::Own => {}
            Whose::Report(parent) => parent.settle(job)?,
            Whose::Lost { run } => require_typed(run, job)?,
        }
        job.require_values()
    }

    /// What is to be said of it before anything is sent.
    #[must_use]
    pub fn notice(&self, job: &Job) -> Option<Notice> {
        let values: Vec<String> = job
            .values()
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let values = match values.join(", ") {
            values if values.is_empty() => String::new(),
            values => format!(": {values}"),
        };
        match &self.whose {
            Whose::Own => None,
            Whose::Report(parent) => Some(Notice::new(
                "run.belongs",
                text!(
                    "the file belongs to the run {run} and is sent as that run was{values}",
                    run = parent.facts.run,
                    values
                ),
            )),
            Whose::Lost { run } => Some(Notice::new(
                "run.belongs-lost",
                text!(
                    "the file belongs to the run {run}, which is not to be found; it is sent as typed{values}",
                    run,
                    values
                ),
            )),
        }
    }

    /// Refuses to send a failure report anywhere but where its run went.
    pub fn require_platform(&self, platform: &Platform) -> Result<(), Refusal> {
        let Some(parent) = self.parent() else {
            return Ok(());
        };
        let facts = &parent.facts;
        if facts.platform.is_same(platform) {
            return Ok(());
        }
        let refusal = Refusal::new(
            "run.other-platform",
            text!("the file belongs to the run {run}, which went to {platform}; this one would go to {other}", run = facts.run, platform = facts.platform, other = platform),
        )
        .because(text!("nothing was sent: the file holds only what did not succeed there"));
        Err(if facts.platform.sandbox {
            refusal.hint(text!("a rehearsal goes on with --sandbox; to send in earnest, correct the file that was rehearsed and run that"))
        } else {
            refusal.hint(text!(
                "set FEISHU_BASE_URL and FEISHU_APP_ID to those of the run"
            ))
        })
    }

    /// Refuses a row of another run than the file's first one.
    pub(crate) fn require_same(&self, row: &Row) -> Result<(), Refusal> {
        let Some(run) = row.report.as_ref().map(|report| report.run.as_str()) else {
            return Ok(());
        };
        let known = match &self.whose {
            Whose::Own => "",
            Whose::Report(parent) => &parent.facts.run,
            Whose::Lost { run } => run,
        };
        if run.is_empty() || run == known {
            return Ok(());
        }
        Err(Refusal::new(
            "file.two-runs",
            text!(
                "record {record} is of the run {run}, and the file of the run {known}",
                record = row.record,
                run,
                known
            ),
        )
        .because(text!("each run has values and a platform of its own"))
        .hint(text!("give the failure file of each run by itself")))
    }

    /// The verdict of the run before on a row, or on its cell in the column `item`, if nothing has corrected it since.
    pub(crate) fn verdict(
        &self,
        row: &Row,
        item: Option<usize>,
        columns: &Columns,
        delimiter: u8,
    ) -> Option<Rejection> {
        let report = row.report.as_ref()?;
        match &self.whose {
            // A whole table that was written to be corrected names no run.
            Whose::Own => {
                let rule = report.rule.split("; ").find_map(not_shown)?;
                let reason = "was rejected when this file was written, and its cells do not show whether it was corrected; if it was, empty its `_rule`";
                Some(Rejection::as_before(rule, reason))
            }
            Whose::Lost { run } => {
                let rule = report.rule.split("; ").find_map(not_shown)?;
                let reason = format!(
                    "was rejected by the run {run}, which is not to be found, so it cannot be seen whether it was corrected; if it was, empty its `_rule`"
                );
                Some(Rejection::as_before(rule, reason))
            }
            Whose::Report(parent) => {
                let kept = parent.kept.get(&report.record)?.iter();
                let mut kept = kept.filter(|kept| kept.item == item);
                kept.find_map(|kept| kept.as_before(parent, row, item, columns, delimiter))
            }
        }
    }

    /// The dates of the columns of days, by their titles: a line of a report may not say its own.
    #[must_use]
    pub fn dates(&self) -> HashMap<String, String> {
        let Some(Parent { facts, .. }) = self.parent() else {
            return HashMap::new();
        };
        let titles = cells_of(facts.header.as_bytes(), facts.delimiter);
        let dated = facts.days.iter();
        dated
            .filter_map(|(column, date)| Some((titles.get(*column)?.clone(), date.clone())))
            .collect()
    }
}

impl Whose {
    /// The run of a report, looked up among `runs`.
    fn run(run: String, runs: &Path) -> Result<Self, Refusal> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let store = runs.join(&run).join("run.db");
        if !run.chars().all(is_plain) || !store.is_file() {
            return Ok(Self::Lost { run });
        }
        let parent = Parent::open(&store)?;
        if parent.facts.is_undo {
            return Err(Refusal::new(
                "file.of-undo",
                text!("the file is a report of {run}, which put back what another run changed; as an input it would send that run's rows once more", run),
            )
            .because(text!("nothing was sent"))
            .hint(text!("`feishu-bulk rerun {run}` sends again what did not succeed in it", run)));
        }
        Ok(Self::Report(Box::new(parent)))
    }
}

/// The run that an input names in its first rows.
fn run_named_by(input: &mut Input) -> Option<String> {
    if let Some(run) = input.run() {
        return Some(run.to_owned());
    }
    let mut row = Row::default();
    for _ in 0..ROWS_LOOKED_AT {
        match input.read(&mut row) {
            Ok(crate::input::Reading::End) | Err(_) => return None,
            Ok(_) => {}
        }
        match &row.report {
            Some(report) if !report.run.is_empty() => return Some(report.run.clone()),
            Some(_) => {}
            None => return None,
        }
    }
    None
}

/// A report whose run is gone: what the job says may be of another month, so each value has to be given with the file.
fn require_typed(run: &str, job: &Job) -> Result<(), Refusal> {
    let lacking = job.values_not_typed();
    if lacking.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = lacking
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let refusal = Refusal::new(
        "run.values-unknown",
        text!(
            "the file belongs to the run {run}, which is not to be found",
            run
        ),
    )
    .because(text!(
        "the job says {named}, and it cannot be seen whether the run was sent so",
        named = named.join(", ")
    ))
    .because(text!("nothing was sent"));
    let typed: Vec<String> = named.iter().map(|value| format!("--set {value}")).collect();
    Err(refusal.hint(text!("say where the runs are with --runs DIR; or, if these are the values of that run, give them: {typed}", typed = typed.join(" "))))
}

impl Parent {
    fn open(store: &Path) -> Result<Self, Refusal> {
        let ledger = Ledger::open(store)?;
        let facts = ledger.facts()?;
        let mut kept: HashMap<u64, Vec<Kept>> = HashMap::new();
        let mut was_found_wrong = false;
        ledger.each_rejection(|rejected| {
            was_found_wrong |= rejected.rule.starts_with(FOUND);
            let Some(rule) = not_shown(&rejected.rule) else {
                return;
            };
            kept.entry(rejected.place.record()).or_default().push(Kept {
                item: rejected.place.column(),
                rule,
                reason: rejected.reason,
                column: rejected.column,
                source: rejected.source,
                has_stray: rejected.stray.is_some(),
            });
        })?;
        Ok(Self {
            facts,
            kept,
            was_found_wrong,
        })
    }

    fn settle(&self, job: &mut Job) -> Result<(), Refusal> {
        let facts = &self.facts;
        if facts.endpoint != job.endpoint.name {
            return Err(Refusal::new(
                "run.other-endpoint",
                text!(
                    "the file belongs to the run {run} of {endpoint}; the job {job} is of {other}",
                    run = facts.run,
                    endpoint = facts.endpoint,
                    job = job.name,
                    other = job.endpoint.name
                ),
            )
            .hint(text!("run the job `{job}` on it", job = facts.job_path)));
        }
        job.take_values(&facts.run, &facts.request)
    }
}

impl Kept {
    /// The same verdict again, unless the row was corrected.
    fn as_before(
        &self,
        parent: &Parent,
        row: &Row,
        item: Option<usize>,
        columns: &Columns,
        delimiter: u8,
    ) -> Option<Rejection> {
        let is_cleared = self.has_stray && row.stray.is_empty();
        let blamed = item.or_else(|| columns.position(self.column.as_deref()?));
        let only = blamed.filter(|_| OF_ONE_CELL.contains(&self.rule));
        let is_same = if parent.facts.format == InputFormat::Jsonl {
            is_same_object(&self.source, &row.source)
        } else {
            let then = cells_of(&self.source, parent.facts.delimiter);
            let now = cells_of(&row.source, delimiter);
            match only {
                Some(at) => then
                    .get(at)
                    .zip(now.get(at))
                    .is_some_and(|(then, now)| is_same_value(then, now)),
                None => {
                    then.len() == now.len()
                        && then
                            .iter()
                            .zip(&now)
                            .all(|(then, now)| is_same_value(then, now))
                }
            }
        };
        if is_cleared || !is_same {
            return None;
        }
        let mut rejection = Rejection::as_before(self.rule, self.reason.clone());
        rejection.column.clone_from(&self.column);
        Some(rejection)
    }
}

/// The rule of this name, if it is one whose breach a failure report does not show.
fn not_shown(name: &str) -> Option<&'static str> {
    NOT_SHOWN.iter().copied().find(|rule| *rule == name)
}

/// Whether two cells say the same: a spreadsheet that saves a file drops the zeros before a number and the spaces around it, and that
/// corrects nothing.
fn is_same_value(then: &str, now: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim();
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let digits = text.trim_start_matches('0');
        if is_number && !digits.is_empty() {
            digits.to_owned()
        } else {
            text.to_owned()
        }
    };
    then == now || plain(then) == plain(now)
}

fn is_same_object(then: &[u8], now: &[u8]) -> bool {
    let read = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).ok();
    read(then) == read(now)
}

#[cfg(test)]
mod tests;
