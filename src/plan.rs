//! The plan of a job as a file: what would change, reviewed by somebody else, and held against what is found when it is sent.
//!
//! Written and read item by item: memory holds a number for each item, not the item. It must not know how anything is read.

use std::fmt::Write as _;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::deliver::CallRange;
use crate::endpoint::Endpoint;
use crate::error::Refusal;
use crate::model::{Evidence, Platform};
use crate::run::{BeforeRead, Compared};
use crate::store::Facts;
use crate::text::{Text, Value as Said};
use crate::wall_clock;

/// Version of the document.
const FORMAT: u32 = 1;
/// Differences that are named; more are counted.
const NAMED_MAX: usize = 5;

/// What a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    format: u32,
    job: Definition,
    endpoint: String,
    input: Input,
    platform: Platform,
    /// When it was made, RFC 3339.
    made_at: String,
}

/// The job, by everything that says what it sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Definition {
    name: String,
    file: String,
    sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Input {
    file: String,
    sha256: String,
}

/// What sending an item comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Something else is there.
    Change,
    /// Nothing is there.
    New,
    /// It is so already.
    Same,
    /// What is there cannot be read.
    Unreadable,
}

/// An item of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanItem {
    /// The number of its record.
    pub record: u64,
    /// The column of its cell, from 1, where each cell is an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What it is about.
    pub key: Value,
    /// The same in words, in the order of the endpoint's key.
    #[serde(skip)]
    about: String,
    /// What sending it comes to.
    pub step: Step,
    /// What is there, where it is something else.
    pub old: Value,
    /// What would be sent.
    pub new: Value,
    /// Why what is there cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl PlanItem {
    /// What sending a staged item comes to.
    #[must_use]
    pub fn of(endpoint: &Endpoint, item: &Compared<'_>) -> Self {
        let new: Value = serde_json::from_slice(item.body).unwrap_or_default();
        let there = item.present.there.as_ref().map(Text::to_string);
        let step = match item.present.evidence {
            Evidence::Other => Step::Change,
            Evidence::Absent => Step::New,
            Evidence::AsSent => Step::Same,
            Evidence::Unreadable => Step::Unreadable,
        };
        let names = endpoint.items.key.iter();
        let about: Vec<String> = names.filter_map(|name| new.get(name)).map(plain).collect();
        let about = if about.is_empty() {
            plain(&new)
        } else {
            about.join(" ")
        };
        let key = if endpoint.items.key.is_empty() {
            new.clone()
        } else {
            let names = endpoint.items.key.iter();
            let of_key = |name: &String| Some((name.clone(), new.get(name)?.clone()));
            Value::Object(names.filter_map(of_key).collect())
        };
        let (old, why) = match (step, there) {
            (Step::Unreadable, why) => (Value::Null, why),
            (Step::Change | Step::New | Step::Same, Some(there)) => {
                (serde_json::from_str(&there).unwrap_or_default(), None)
            }
            (Step::Change | Step::New | Step::Same, None) => (Value::Null, None),
        };
        Self {
            record: item.place.record(),
            column: item.place.column().map(|column| column + 1),
            key,
            about,
            step,
            old,
            new,
            why,
        }
    }

    /// What it is about, in words: its record, and the values of its key.
    #[must_use]
    pub fn name(&self) -> Text {
        text!(
            "record {record} ({key})",
            record = self.record,
            key = &self.about
        )
    }

    /// What is there and what would be, in words. `destroys` is whether it is deleted or cleared.
    #[must_use]
    pub fn change(&self, destroys: bool) -> Text {
        let values = |side: &Value, other: Option<&Value>| self.values(side, other);
        match (self.step, &self.why) {
            (_, Some(why)) => text!("{why}", why),
            (Step::Change, None) if destroys => {
                text!("{old} -> nothing", old = values(&self.old, None))
            }
            (Step::Change, None) => text!(
                "{old} -> {new}",
                old = values(&self.old, Some(&self.new)),
                new = values(&self.new, Some(&self.old))
            ),
            (Step::New, None) => text!("nothing -> {new}", new = values(&self.new, None)),
            (Step::Same, None) if destroys => text!("nothing is there"),
            (Step::Same | Step::Unreadable, None) => {
                text!("{new}", new = values(&self.new, None))
            }
        }
    }

    /// The values of one side that say something and are not its key's; with another side, those that it has otherwise.
    fn values(&self, side: &Value, other: Option<&Value>) -> String {
        let Value::Object(fields) = side else {
            return plain(side);
        };
        let is_told = |name: &str, value: &Value| {
            let is_said = !matches!(plain(value).as_str(), "" | "[]" | "false" | "null");
            let is_key = self.key.get(name).is_some() || *value == self.key;
            let differs = |other: &Value| other.get(name).is_some_and(|other| other != value);
            is_said && !is_key && other.is_none_or(differs)
        };
        let told = fields.iter().filter(|(name, value)| is_told(name, value));
        let told = told.map(|(name, value)| format!("{name} {}", plain(value)));
        told.collect::<Vec<_>>().join(", ")
    }

    /// A number that tells it from another item. Why something cannot be read is left out: it may name the call.
    fn number(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.record, self.column, self.step).hash(&mut hasher);
        for value in [&self.key, &self.old, &self.new] {
            value.to_string().hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// A text without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

impl Head {
    /// What the plan of a prepared run is made from. The platform is where it would be sent.
    #[must_use]
    pub fn of(facts: &Facts, platform: &Platform) -> Self {
        let mut digest = Sha256::new();
        let request = facts.request.iter().flat_map(|(name, value)| [name, value]);
        for part in [&facts.job_text, &facts.endpoint_text]
            .into_iter()
            .chain(request)
        {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        let mut sha256 = String::new();
        for byte in digest.finalize() {
            // Writing into a String cannot fail.
            let _ = write!(sha256, "{byte:02x}");
        }
        Self {
            format: FORMAT,
            job: Definition {
                name: facts.job.clone(),
                file: facts.job_path.clone(),
                sha256,
            },
            endpoint: facts.endpoint.clone(),
            input: Input {
                file: facts.input.file.clone(),
                sha256: facts.input.sha256.clone(),
            },
            platform: platform.clone(),
            made_at: wall_clock::text(),
        }
    }
}

/// Writes a plan, item by item.
pub struct PlanWriter<W> {
    writer: W,
    has_items: bool,
}

impl<W: Write> PlanWriter<W> {
    /// Begins with what the plan is made from.
    pub fn begin(mut writer: W, head: &Head) -> io::Result<Self> {
        let head = serde_json::to_string_pretty(head)?;
        let open = head.strip_suffix("\n}").unwrap_or(&head);
        write!(writer, "{open},\n  \"items\": [")?;
        Ok(Self {
            writer,
            has_items: false,
        })
    }

    /// Adds an item: a line of its own, which a person can compare with another plan's.
    pub fn item(&mut self, item: &PlanItem) -> io::Result<()> {
        let comma = if self.has_items { "," } else { "" };
        self.has_items = true;
        write!(self.writer, "{comma}\n    {}", serde_json::to_string(item)?)
    }

    /// Ends with the counts.
    pub fn finish(mut self, read: &BeforeRead, rejected: u64) -> io::Result<W> {
        let counts = read.counts;
        let CallRange { least, most } = read.to_send;
        let counts = serde_json::json!({
            "change": counts.change, "new": counts.new, "same": counts.same,
            "unreadable": counts.unreadable, "rejected": rejected,
        });
        let calls = serde_json::json!({"read": read.calls, "at_least": least, "at_most": most});
        let end = if self.has_items { "\n  ]" } else { "]" };
        writeln!(
            self.writer,
            "{end},\n  \"counts\": {counts},\n  \"calls\": {calls}\n}}"
        )?;
        self.writer.flush()?;
        Ok(self.writer)
    }
}

/// A plan that was written before.
#[derive(Debug, Deserialize)]
pub struct Reviewed {
    #[serde(flatten)]
    head: Head,
    items: Vec<Number>,
}

/// An item, by what tells it from another one.
#[derive(Debug, Deserialize)]
#[serde(from = "PlanItem")]
struct Number(u64);

impl From<PlanItem> for Number {
    fn from(item: PlanItem) -> Self {
        Self(item.number())
    }
}

impl Reviewed {
    /// Reads a plan.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let shown = path.display().to_string();
        let refuse = |why: String| {
            Refusal::new(
                "plan.unreadable",
                text!("{path} is not a plan that can be read", path = &shown),
            )
            .because(why)
            .hint(text!(
                "`feishu-bulk plan JOB --out {path}` writes one",
                path = &shown
            ))
        };
        let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
        let plan: Self = serde_json::from_reader(BufReader::new(file))
            .map_err(|error| refuse(error.to_string()))?;
        if plan.head.format != FORMAT {
            return Err(refuse(format!("format {}", plan.head.format)));
        }
        Ok(plan)
    }

    /// Refuses a job, an input or a place that is not the plan's.
    pub fn require_same(&self, now: &Head) -> Result<(), Refusal> {
        let then = &self.head;
        let mut changed = Vec::new();
        if then.job.sha256 != now.job.sha256 || then.endpoint != now.endpoint {
            changed.push(text!(
                "the job {file}, its endpoint or its values",
                file = &now.job.file
            ));
        }
        if then.input.sha256 != now.input.sha256 {
            changed.push(text!("the input {file}", file = &now.input.file));
        }
        if !then.platform.is_same(&now.platform) || then.platform.sandbox != now.platform.sandbox {
            changed.push(text!(
                "where it goes: {then}, and now {now}",
                then = then.platform,
                now = now.platform
            ));
        }
        if changed.is_empty() {
            return Ok(());
        }
        Err(not_the_plan(changed))
    }

    /// Compares what is found now with the plan.
    #[must_use]
    pub fn comparison(&self) -> Comparison<'_> {
        Comparison {
            planned: self.items.iter(),
            different: 0,
            named: Vec::new(),
        }
    }
}

/// Compares, item by item, in the order of the plan.
pub struct Comparison<'a> {
    planned: std::slice::Iter<'a, Number>,
    different: u64,
    named: Vec<Text>,
}

impl Comparison<'_> {
    /// Takes the next item as it is found now.
    pub fn take(&mut self, item: &PlanItem, destroys: bool) {
        if self
            .planned
            .next()
            .is_some_and(|planned| planned.0 == item.number())
        {
            return;
        }
        self.different += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(text!(
                "{name} is not as the plan has it; now: {change}",
                name = item.name(),
                change = item.change(destroys)
            ));
        }
    }

    /// Refuses where anything is not as the plan has it.
    pub fn finish(mut self) -> Result<(), Refusal> {
        let left = self.planned.len() as u64;
        let more = self.different - self.named.len() as u64;
        if more > 0 {
            self.named.push(text!("and {more} more items", more));
        }
        if left > 0 {
            self.named
                .push(text!("{left} items of the plan are not in the input", left));
        }
        if self.named.is_empty() {
            return Ok(());
        }
        Err(not_the_plan(self.named))
    }
}

fn not_the_plan(changed: Vec<Text>) -> Refusal {
    let refusal = Refusal::new(
        "plan.changed",
        text!("what would be sent is not what the plan says, so nothing was sent"),
    );
    let refusal = (changed.into_iter()).fold(refusal, Refusal::because);
    refusal.hint(text!("make a new plan, and have it reviewed"))
}

/// Items by what sending them comes to, in words.
#[must_use]
pub fn counts_words(read: &BeforeRead) -> Text {
    let counts = read.counts;
    let mut words = vec![text!("{items} would change", items = counts.change)];
    words.push(text!("{items} would be new", items = counts.new));
    words.push(text!("{items} are so already", items = counts.same));
    if counts.unreadable > 0 {
        words.push(text!("{items} cannot be read", items = counts.unreadable));
    }
    text!("{words}", words = Said::list(words))
}
