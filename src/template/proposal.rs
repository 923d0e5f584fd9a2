//! Which column of a user's file probably gives which field, by the titles alone. Every guess is shown as one: the user decides.

use crate::endpoint::{Endpoint, Field, FieldKind};
use crate::error::nearest;
use crate::mapping::plain_name as plain;
use crate::model::Columns;
use crate::roster::{self, DayRule};

use super::columns::{Fold, fold, singles};
use super::seen::{Seen, Words};

/// Titles that HR systems and Feishu's own exports give to columns, and the names of the fields they mean.
const TITLES: &[(&[&str], &[&str])] = &[
    (
        &[
            "工号",
            "员工工号",
            "员工编号",
            "人员编号",
            "用户ID",
            "员工ID",
            "人员ID",
            "employee_id",
            "employee_no",
        ],
        &["user_id", "member_id"],
    ),
    (&["考勤组", "考勤组ID"], &["group_id"]),
    (&["班次", "班次ID"], &["shift_id"]),
    (&["月份", "考勤月份", "归档月份"], &["month"]),
    (&["日期", "日", "几号"], &["day_no"]),
    (&["开始日期", "开始时间"], &["start_time"]),
    (&["结束日期", "结束时间"], &["end_time"]),
    (&["是否清空", "清空排班"], &["is_clear_schedule"]),
    (&["操作人", "操作人ID"], &["operator_id"]),
    (&["归档报表", "归档报表ID"], &["archive_rule_id"]),
    (&["编制规划", "编制规划ID"], &["workforce_plan_id"]),
    (
        &["记录ID", "打卡记录ID", "打卡流水ID"],
        &["record_id", "id"],
    ),
    (&["部门", "部门ID"], &["department"]),
    (&["人员类型", "用工类型"], &["employee_type"]),
    (&["工作地点", "地点"], &["location"]),
    (&["岗位"], &["position"]),
    (&["成本中心"], &["cost_center"]),
    (&["序列", "职务序列"], &["job_family"]),
    (&["职级", "职务级别"], &["job_level"]),
    (&["职务"], &["job"]),
    (&["通道"], &["pathway"]),
];

/// Titles of columns that are there for people: never a field, and never the name of one.
const FOR_PEOPLE: &[&str] = &[
    "姓名",
    "员工姓名",
    "名字",
    "name",
    "备注",
    "说明",
    "remark",
    "序号",
];

/// Titles that say what kind of id a person is known by, where a call says it once for all. Others, such as 员工编号, may be either.
const KINDS: &[(&[&str], &str)] = &[
    (&["工号", "员工工号", "employee_no"], "employee_no"),
    (&["用户ID", "user_id", "employee_id"], "employee_id"),
];

/// How the titles of columns of ids end.
const ENDS_OF_IDS: &[&str] = &["id", "编号", "工号", "编码"];

/// The title that HR systems give to a field's column.
pub(super) fn usual_title(field: &str) -> &str {
    let mut known = TITLES.iter().filter(|(_, fields)| fields.contains(&field));
    let title = known.next().and_then(|(titles, _)| titles.first());
    title.copied().unwrap_or(field)
}

/// Titles by which the header of a user's file may be known among its lines: those of whom a row is about, and the endpoint's own.
pub fn anchors(endpoint: &Endpoint) -> impl Iterator<Item = &str> {
    let usual = TITLES.first().map_or(&[][..], |(titles, _)| titles);
    let fields = endpoint.items.shape.fields().iter();
    let fields = fields.map(|field| field.name.as_str());
    usual.iter().copied().chain(fields).chain(["姓名"])
}

/// So many columns that look like days are a roster: a week's table has seven, a half month's fifteen.
const ROSTER_DAYS_MIN: usize = 10;

/// How the columns of a file may become the fields of items.
#[derive(Debug)]
pub struct Proposal<'a> {
    /// Fields, shared values and entries that a column may give.
    bound: Vec<(SlotKind, &'a str, &'a str)>,
    /// The roster that the file seems to be.
    pub(super) roster: Option<Roster<'a>>,
    /// Columns that nothing uses.
    pub(super) left: Vec<&'a str>,
    /// Columns that nothing uses and that hold ids: perhaps the very ones that should be sent.
    pub(super) ids: Vec<&'a str>,
}

/// Where a column's cell goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SlotKind {
    /// A field of the item.
    Item,
    /// A value shared by all items of a call.
    Request,
    /// An entry of the list that columns are folded into.
    Fold,
}

/// A table with a row for each person and a column for each day.
#[derive(Debug)]
pub(super) struct Roster<'a> {
    /// The field that holds the day, and the one that holds its month.
    pub(super) day: &'a Field,
    pub(super) month: &'a str,
    /// The field that the cells give, if one is left for them.
    pub(super) cell: Option<&'a Field>,
    /// First and last column that looks like a day.
    pub(super) columns: (&'a str, &'a str),
    /// What their cells hold.
    pub(super) words: Words,
}

/// Something a column may give.
struct Slot<'a> {
    place: SlotKind,
    name: &'a str,
    /// Whether it takes a few words only: then a title in other words is about something else.
    few_words: bool,
}

/// How sure a guess is, from the surest to the boldest. A surer guess for any field comes before a bolder one for another.
#[derive(Clone, Copy)]
enum Likeness {
    Same,
    Plain,
    Title,
    Near,
}

impl<'a> Proposal<'a> {
    /// Compares the header of a file with what the endpoint takes. What was seen of its cells tells which columns hold ids, and
    /// the words of a roster.
    #[must_use]
    pub fn new(endpoint: &'a Endpoint, columns: &'a [String], seen: &Seen) -> Self {
        let mut left: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut roster = take_roster(endpoint, &mut left, seen);
        let of_roster = |name: &str| {
            let roster = roster.as_ref();
            roster.is_some_and(|roster| roster.day.name == name || roster.month == name)
        };
        let mut slots = slots(endpoint);
        slots.retain(|slot| slot.place != SlotKind::Item || !of_roster(slot.name));
        let mut bound = Vec::new();
        for likeness in [
            Likeness::Same,
            Likeness::Plain,
            Likeness::Title,
            Likeness::Near,
        ] {
            slots.retain(|slot| {
                let found = left.iter().position(|title| likeness.holds(title, slot));
                if let Some(at) = found {
                    bound.push((slot.place, slot.name, left.remove(at)));
                }
                found.is_none()
            });
        }
        let is_of_ids = |title: &&str| {
            let at = columns.iter().position(|column| column == title);
            has_title_of_ids(title)
                || at.is_some_and(|at| !is_for_people(title) && seen.are_ids(at))
        };
        let (ids, left) = left.into_iter().partition(is_of_ids);
        let proposal = Self {
            bound,
            roster: None,
            left,
            ids,
        };
        if let Some(roster) = &mut roster {
            roster.cell = proposal.field_for_cells(endpoint, roster);
        }
        Self { roster, ..proposal }
    }

    /// The column proposed for a field, a shared value or an entry.
    pub(super) fn column(&self, place: SlotKind, name: &str) -> Option<&'a str> {
        let mut bound = self.bound.iter();
        bound
            .find(|(at, known, _)| *at == place && *known == name)
            .map(|(.., column)| *column)
    }

    /// Which of these words says what the ids of people are, by the title of their column; none where the title does not tell.
    pub(super) fn kind_of_ids<'w>(&self, words: &'w [String]) -> Option<(&'w str, &'a str)> {
        let (_, people) = TITLES.first()?;
        let column = people
            .iter()
            .find_map(|name| self.column(SlotKind::Item, name))?;
        let (_, kind) = KINDS.iter().find(|(titles, _)| is_among(column, titles))?;
        let word = words.iter().find(|word| word == kind)?;
        Some((word, column))
    }

    /// Columns and the entries they become, in the order of the endpoint.
    pub(super) fn folded(&self, fold: &Fold<'a>) -> Vec<(&'a str, &'a str)> {
        let names = fold.names().iter().map(String::as_str);
        names
            .filter_map(|name| Some((self.column(SlotKind::Fold, name)?, name)))
            .collect()
    }

    /// The columns that nothing uses: those that are for people only, and the others.
    pub(super) fn unused(&self) -> (Vec<&'a str>, Vec<&'a str>) {
        self.left.iter().partition(|title| is_for_people(title))
    }

    /// What a roster's cells say: of the required fields without a column, the last that does not tell items apart.
    fn field_for_cells(&self, endpoint: &'a Endpoint, roster: &Roster<'_>) -> Option<&'a Field> {
        singles(endpoint)
            .filter(|field| field.required && !endpoint.items.key.contains(&field.name))
            .filter(|field| field.name != roster.day.name && field.name != roster.month)
            .filter(|field| self.column(SlotKind::Item, &field.name).is_none())
            .last()
    }
}

impl Likeness {
    fn holds(self, title: &str, slot: &Slot<'_>) -> bool {
        match self {
            Self::Same => title == slot.name,
            Self::Plain => plain(title) == plain(slot.name),
            Self::Title => {
                let meant = |fields: &[&str]| fields.contains(&slot.name);
                !slot.few_words
                    && TITLES
                        .iter()
                        .any(|(titles, fields)| meant(fields) && is_among(title, titles))
            }
            Self::Near => {
                !is_for_people(title) && nearest(&plain(title), [&*plain(slot.name)]).is_some()
            }
        }
    }
}

fn slots(endpoint: &Endpoint) -> Vec<Slot<'_>> {
    let items = singles(endpoint).map(|field| Slot {
        place: SlotKind::Item,
        name: &field.name,
        few_words: false,
    });
    let names = fold(endpoint).map(|fold| fold.names()).unwrap_or_default();
    let entries = names.iter().map(|name| Slot {
        place: SlotKind::Fold,
        name,
        few_words: false,
    });
    let shared = endpoint.request.iter().map(|value| Slot {
        place: SlotKind::Request,
        name: &value.field.name,
        few_words: matches!(&value.field.kind, FieldKind::Text { one_of, .. } if !one_of.is_empty()),
    });
    items.chain(entries).chain(shared).collect()
}

fn has_title_of_ids(title: &str) -> bool {
    let title = plain(title);
    ENDS_OF_IDS.iter().any(|end| title.ends_with(end))
}

fn is_for_people(title: &str) -> bool {
    is_among(title, FOR_PEOPLE)
}

fn is_among(title: &str, titles: &[&str]) -> bool {
    titles.iter().any(|known| plain(known) == plain(title))
}

/// Takes the days out of the columns, when the endpoint has a day and the columns are enough for a roster.
fn take_roster<'a>(
    endpoint: &'a Endpoint,
    columns: &mut Vec<&'a str>,
    seen: &Seen,
) -> Option<Roster<'a>> {
    let (day, month) =
        singles(endpoint).find_map(|field| Some((field, field.kind.month_of_day()?)))?;
    let titles = Columns::new(columns.iter().map(|&title| title.to_owned()).collect());
    let all: Vec<usize> = (0..columns.len()).collect();
    let days = roster::day_columns(&titles, &all, &DayRule::default());
    let title = |at: Option<&usize>| columns.get(*at?).copied();
    let (first, last) = (title(days.first())?, title(days.last())?);
    if days.len() < ROSTER_DAYS_MIN {
        return None;
    }
    let mut position = 0..;
    columns.retain(|_| position.next().is_some_and(|at| !days.contains(&at)));
    Some(Roster {
        day,
        month,
        cell: None,
        columns: (first, last),
        words: seen.words(&days),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::catalogue;

    #[test]
    fn the_days_of_a_roster_are_those_that_its_job_will_read() {
        let endpoint = catalogue::endpoint("attendance.user_daily_shifts.batch_create").unwrap();
        let roster = |form: &dyn Fn(u32) -> String| {
            let mut columns = vec!["工号".to_owned(), "7.5".to_owned(), "202612".to_owned()];
            columns.extend((1..=31).map(form));
            columns.push("合计".to_owned());
            let proposal = Proposal::new(&endpoint, &columns, &Seen::default());
            let (first, last) = proposal.roster?.columns;
            assert_eq!(proposal.left, ["7.5", "202612", "合计"]);
            Some((first.to_owned(), last.to_owned()))
        };
        let days = |form: &dyn Fn(u32) -> String| Some((form(1), form(31)));
        let forms: [&dyn Fn(u32) -> String; 6] = [
            &|day| day.to_string(),
            &|day| format!("{day}日"),
            &|day| format!("12月{day}日"),
            &|day| format!("2026-12-{day:02}"),
            &|day| {
                format!(
                    "{day}（周{}）",
                    ["一", "二", "三", "四", "五", "六", "日"][day as usize % 7]
                )
            },
            // The days of December 2026 as a spreadsheet counts them.
            &|day| (46_356 + day).to_string(),
        ];
        for form in forms {
            assert_eq!(roster(form), days(form), "{}", form(1));
        }
        let others: [&dyn Fn(u32) -> String; 3] = [
            &|day| format!("第{day}天"),
            &|day| format!("{day}班"),
            &|day| format!("2026-12-{day:02} 00:00:00"),
        ];
        for form in others {
            assert_eq!(roster(form), None, "{}", form(1));
        }
    }

    #[test]
    fn a_column_is_used_once_and_the_surest_guess_comes_first() {
        let endpoint = catalogue::endpoint("attendance.user_daily_shifts.batch_create").unwrap();
        let columns =
            ["用户ID", "user_id", "Group Id", "shft_id", "日期", "班次"].map(str::to_owned);
        let proposal = Proposal::new(&endpoint, &columns, &Seen::default());
        let column = |name| proposal.column(SlotKind::Item, name);
        assert_eq!(column("user_id"), Some("user_id"));
        assert_eq!(column("group_id"), Some("Group Id"));
        assert_eq!(column("shift_id"), Some("班次"));
        assert_eq!(column("day_no"), Some("日期"));
        assert_eq!(column("month"), None);
        assert_eq!(proposal.left, [""; 0]);
        assert_eq!(proposal.ids, ["用户ID", "shft_id"]);
    }
}
