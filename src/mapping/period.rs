//! The period of an item against the month it is sent for: what no single cell shows to be wrong.
//!
//! No document says which of its two months a period such as 20260826 to 20260925 belongs to, so the month may be either of them.
//! A month that is the same for all items is held against the titles too, before a row is read.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::endpoint::{Bound, Endpoint, Field, FieldKind};
use crate::error::Refusal;
use crate::job::{Job, Source};
use crate::model::{Rejection, Rule};
use crate::roster::{SaidMonth, YearMonth, months_in_words};
use crate::text::Text;

const ENDS_BEFORE: Rule = Rule::new(
    "row.period-order",
    "is before the first day of the same period",
);
const TOO_LONG: Rule = Rule::new(
    "row.period-length",
    "is neither in the month of the first day nor in the next one",
);
const OTHER_MONTH: Rule = Rule::new(
    "row.period-month",
    "is a day of another month than the one it is sent for",
);
/// Where the parts of a period stand among the fields of an item.
#[derive(Debug)]
pub(super) struct Period {
    month: Month,
    first: Option<usize>,
    last: Option<usize>,
    counts: Counts,
    /// JSON of the first day, the last day and the month that fitted last: most rows have the same.
    fitting: Option<[Vec<u8>; 3]>,
}

/// Where the month of the period comes from.
#[derive(Debug, Clone, Copy)]
enum Month {
    Shared(usize),
    Field(usize),
}

/// How many periods fit their month; without one that does, it is another month's file.
#[derive(Debug, Default)]
struct Counts {
    fit: u64,
    other: u64,
    /// The first that does not, and the month it was to be sent for.
    first: Option<(Text, YearMonth)>,
}

/// Where the values of one item stand in its JSON.
#[derive(Debug, Default)]
pub(super) struct ValueRanges {
    first: Range<usize>,
    last: Range<usize>,
    month: Range<usize>,
}

impl Period {
    /// None where the endpoint knows of no period.
    pub(super) fn of(endpoint: &Endpoint) -> Option<Self> {
        let fields = endpoint.items.shape.fields();
        let at = |bound| {
            let is_it = |field: &Field| field.within.as_ref().is_some_and(|end| end.bound == bound);
            fields.iter().position(is_it)
        };
        let month = fields.iter().find_map(|field| field.within.as_ref())?;
        let shared = endpoint
            .request
            .iter()
            .position(|value| value.field.name == month.month);
        let field = || fields.iter().position(|field| field.name == month.month);
        Some(Self {
            month: shared.map(Month::Shared).or(field().map(Month::Field))?,
            first: at(Bound::First),
            last: at(Bound::Last),
            counts: Counts::default(),
            fitting: None,
        })
    }

    /// Notes where a field was written.
    pub(super) fn note(&self, field: usize, place: Range<usize>, places: &mut ValueRanges) {
        if self.first == Some(field) {
            places.first = place;
        } else if self.last == Some(field) {
            places.last = place;
        } else if matches!(self.month, Month::Field(month) if month == field) {
            places.month = place;
        }
    }

    /// Holds the days of an item against each other and against its month. `title` is the title of a field's column.
    pub(super) fn check(
        &mut self,
        body: &[u8],
        places: &ValueRanges,
        envelope: &[String],
        title: impl Fn(usize) -> String,
    ) -> Result<(), Rejection> {
        let at = |place: &Range<usize>| body.get(place.clone()).unwrap_or_default();
        let json = [
            at(&places.first),
            at(&places.last),
            match self.month {
                Month::Shared(at) => envelope.get(at).map_or(&[][..], |json| json.as_bytes()),
                Month::Field(_) => at(&places.month),
            },
        ];
        if self
            .fitting
            .as_ref()
            .is_some_and(|fitting| *fitting == json)
        {
            self.counts.fit += 1;
            return Ok(());
        }
        let [first, last, month] = json.map(plain);
        let ends = [first, last];
        // Nearly all rows: both days are of the month, and in their order.
        if first <= last && ends.iter().all(|day| day.get(..6) == Some(month)) {
            self.counts.fit += 1;
            self.fitting = Some(json.map(<[u8]>::to_vec));
            return Ok(());
        }
        let reject = |field: Option<usize>, value: &str, rule, detail: Text| {
            let title = field.map(&title).unwrap_or_default();
            Err(Rejection::cell(title, value, rule).detail(detail))
        };
        if !first.is_empty() && !last.is_empty() {
            // Dates of eight digits are ordered as their texts are.
            if last < first {
                return reject(self.last, last, ENDS_BEFORE, first.into());
            }
            let (of_first, of_last) = (month_of(first), month_of(last));
            if of_first != of_last && of_first.map(YearMonth::next) != of_last {
                return reject(
                    self.last,
                    last,
                    TOO_LONG,
                    text!("it begins on {first}", first),
                );
            }
        }
        let Some(sent_for) = YearMonth::parse(month) else {
            return Ok(());
        };
        let mut days = ends.iter().filter(|day| !day.is_empty()).peekable();
        if days.peek().is_none() || days.any(|day| day.starts_with(month)) {
            self.counts.fit += 1;
            return Ok(());
        }
        let period = match ends {
            ["", day] | [day, ""] => day.into(),
            [first, last] => text!("{first} to {last}", first, last),
        };
        let day = if first.is_empty() { last } else { first };
        let field = if first.is_empty() {
            self.last
        } else {
            self.first
        };
        self.counts.other += 1;
        let detail = text!("{period}, sent for {month}", period, month);
        self.counts.first.get_or_insert((period, sent_for));
        reject(field, day, OTHER_MONTH, detail)
    }

    /// Why the file is refused as a whole: none of its periods is of the month that they are all sent for.
    pub(super) fn refusal(&self, job: &Job) -> Option<Refusal> {
        let Counts { fit, other, first } = &self.counts;
        let (period, month) = first.as_ref()?;
        if *fit > 0 || self.constant(job).is_none() {
            return None;
        }
        Some(
            Refusal::new(
                "file.month-contradicts",
                text!("the job or --set says {name} ({month}), the rows say {period}: is this the right file?", name = month.in_words(), month, period),
            )
            .because(match other {
                1 => text!("the only row with readable days has none in that month"),
                rows => text!("none of {rows} rows has a day in that month", rows),
            })
            .hint(RIGHT_FILE),
        )
    }

    /// Refuses a file that says another month around its table than the one that is the same for all items.
    pub(super) fn hold_against(&self, job: &Job, said: &[SaidMonth]) -> Result<(), Refusal> {
        let Some(month) = self.constant(job) else {
            return Ok(());
        };
        match said.iter().find(|said| !said.allows(month)) {
            None => Ok(()),
            Some(said) => Err(Refusal::new(
                "file.month-contradicts",
                text!("the job or --set says {name} ({month}), {place} says {said}: is this the right file?", name = month.in_words(), month, place = said.place(), said = said.words()),
            )
            .hint(RIGHT_FILE)),
        }
    }

    /// The month, where it is the same for all items.
    pub(super) fn constant(&self, job: &Job) -> Option<YearMonth> {
        match self.source(job)? {
            Source::Constant(text) => YearMonth::parse(text),
            Source::Column { .. } | Source::Cell { .. } | Source::Fold { .. } | Source::Nowhere => {
                None
            }
        }
    }

    fn source<'j>(&self, job: &'j Job) -> Option<&'j Source> {
        match self.month {
            Month::Shared(at) => job.request.get(at),
            Month::Field(at) => job.item.get(at),
        }
    }
}

const RIGHT_FILE: &str =
    "give the file of that month, or say the month of the file: --set month=yyyyMM";

/// The months of what can be sent.
#[derive(Debug, Default)]
pub(super) struct Months {
    /// The month seen last, as JSON: most rows have the same one.
    last: Vec<u8>,
    /// The same as a month, until an item of it is mapped without a fault.
    now: Option<YearMonth>,
    of_items: BTreeSet<YearMonth>,
}

impl Months {
    /// The first and the last month, if there are any.
    pub(super) fn ends(&self) -> Option<(YearMonth, YearMonth)> {
        let first = self.of_items.first()?;
        Some((*first, *self.of_items.last()?))
    }

    /// Why the file is refused: something that is said around its table fits none of its months.
    pub(super) fn refusal(&self, said: &[SaidMonth]) -> Option<Refusal> {
        let (first, last) = self.ends()?;
        let fits = |said: &&SaidMonth| self.of_items.iter().any(|month| said.allows(*month));
        let other = said.iter().find(|said| !fits(said))?;
        Some(
            Refusal::new(
                "file.month-contradicts",
                text!(
                    "{place} says {other}, the rows say {months}: which is meant?",
                    place = other.place(),
                    other = other.words(),
                    months = months_in_words(first, last)
                ),
            )
            .hint(text!("correct the one that is wrong in the file")),
        )
    }

    /// Notes the month of a field that holds one.
    pub(super) fn note(&mut self, kind: &FieldKind, json: &[u8]) {
        if !matches!(kind, FieldKind::Month { .. }) || self.last == json {
            return;
        }
        self.last.clear();
        self.last.extend_from_slice(json);
        self.now = YearMonth::parse(plain(json));
    }

    /// The item whose month was noted can be sent.
    pub(super) fn settle(&mut self) {
        if let Some(month) = self.now.take() {
            self.of_items.insert(month);
        }
    }
}

/// The text of a JSON string or number that needs no unescaping.
fn plain(json: &[u8]) -> &str {
    str::from_utf8(json).unwrap_or_default().trim_matches('"')
}

fn month_of(date: &str) -> Option<YearMonth> {
    YearMonth::parse(date.get(..6)?)
}
