//! The company whose platform the sandbox stands for: its people, its attendance groups and its shifts.
//!
//! The people are those of `people.csv`; two of them bear one name. An id that is not here still exists, as the seed data says: only
//! lists and searches know these alone.

use std::collections::HashMap;

use super::world::{
    GROUP_NOT_SCHEDULABLE, GROUP_OF_OTHERS, GROUP_UNKNOWN, SHIFT_UNKNOWN, USER_UNKNOWN_PREFIX,
};

/// Somebody who works here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// 工号, which attendance calls `employee_no`.
    pub job_number: String,
    /// The name, which another may bear too.
    pub name: String,
    /// The user id of the whole company, which attendance calls `employee_id`.
    pub user_id: String,
    /// With the code of the country, such as `+86`.
    pub mobile: String,
    /// The e-mail of the profile.
    pub email: String,
    /// The attendance group; none is in no group.
    pub group_id: Option<String>,
}

/// `group_type` of a group whose shifts are scheduled (排班制).
pub(super) const GROUP_TYPE_SCHEDULED: i64 = 2;
/// `group_type` of a group with fixed hours.
const GROUP_TYPE_FIXED: i64 = 0;

/// An attendance group.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    /// `group_type`.
    pub(super) kind: i64,
}

/// A shift that can be scheduled.
#[derive(Debug, Clone)]
pub(super) struct ShiftKind {
    pub(super) shift_id: String,
    pub(super) name: String,
    /// Hours as the platform writes them: below ten without a zero.
    pub(super) on_time: String,
    pub(super) off_time: String,
}

const PEOPLE: &str = include_str!("people.csv");
const GROUPS: [(&str, &str, i64); 6] = [
    ("6737202939523236110", "静安店", GROUP_TYPE_SCHEDULED),
    ("6737202939523236111", "徐汇店", GROUP_TYPE_SCHEDULED),
    ("6737202939523236112", "朝阳店", GROUP_TYPE_SCHEDULED),
    ("6737202939523236113", "海淀店", GROUP_TYPE_SCHEDULED),
    (GROUP_OF_OTHERS, "外包", GROUP_TYPE_SCHEDULED),
    (GROUP_NOT_SCHEDULABLE, "总部", GROUP_TYPE_FIXED),
];
const SHIFTS: [(&str, &str, &str, &str); 3] = [
    ("6753520403404030215", "早班", "8:00", "17:00"),
    ("6753520403404030216", "中班", "11:00", "20:00"),
    ("6753520403404030217", "晚班", "13:00", "22:00"),
];

/// Everybody and everything the lists and searches know.
#[derive(Debug)]
pub(super) struct Company {
    pub(super) people: Vec<Person>,
    /// Places in `people`.
    by_user_id: HashMap<String, usize>,
    by_job_number: HashMap<String, usize>,
    pub(super) groups: Vec<Group>,
    pub(super) shifts: Vec<ShiftKind>,
}

impl Company {
    pub(super) fn new() -> Self {
        let group = |(id, name, kind): (&str, &str, i64)| Group {
            id: id.to_owned(),
            name: name.to_owned(),
            kind,
        };
        let shift = |(shift_id, name, on_time, off_time): (&str, &str, &str, &str)| ShiftKind {
            shift_id: shift_id.to_owned(),
            name: name.to_owned(),
            on_time: on_time.to_owned(),
            off_time: off_time.to_owned(),
        };
        let mut company = Self {
            people: Vec::new(),
            by_user_id: HashMap::new(),
            by_job_number: HashMap::new(),
            groups: GROUPS.into_iter().map(group).collect(),
            shifts: SHIFTS.into_iter().map(shift).collect(),
        };
        for person in PEOPLE.lines().skip(1).filter_map(person) {
            company.add(person);
        }
        company
    }

    /// Adds somebody, or replaces who had the user id.
    pub(super) fn add(&mut self, person: Person) {
        let place = match self.by_user_id.get(&person.user_id) {
            Some(place) => *place,
            None => self.people.len(),
        };
        self.by_user_id.insert(person.user_id.clone(), place);
        if let Some(old) = self.people.get(place) {
            self.by_job_number.remove(&old.job_number);
        }
        self.by_job_number.insert(person.job_number.clone(), place);
        match self.people.get_mut(place) {
            Some(old) => *old = person,
            None => self.people.push(person),
        }
    }

    /// Whoever has this id of that `employee_type`.
    pub(super) fn person(&self, employee_type: &str, id: &str) -> Option<&Person> {
        let places = if employee_type == "employee_no" {
            &self.by_job_number
        } else {
            &self.by_user_id
        };
        self.people.get(*places.get(id)?)
    }

    pub(super) fn person_mut(&mut self, user_id: &str) -> Option<&mut Person> {
        self.people.get_mut(*self.by_user_id.get(user_id)?)
    }

    /// Whether the person is known to be in another group than this one, or in none. Somebody who is not in the table may be anywhere.
    pub(super) fn is_in_another_group(
        &self,
        employee_type: &str,
        id: &str,
        group_id: &str,
    ) -> bool {
        self.groups.iter().any(|group| group.id == group_id)
            && self
                .person(employee_type, id)
                .is_some_and(|person| person.group_id.as_deref() != Some(group_id))
    }

    /// Who is in a group, in the order of the table. Attendance does not know the people the seed data names as unknown.
    pub(super) fn members<'a>(&'a self, group_id: &'a str) -> impl Iterator<Item = &'a Person> {
        self.people.iter().filter(move |person| {
            person.group_id.as_deref() == Some(group_id)
                && !person.user_id.starts_with(USER_UNKNOWN_PREFIX)
        })
    }

    /// The people of the table whom attendance knows, whoever was hired since.
    pub(super) fn founders(&self) -> impl Iterator<Item = &Person> {
        let count = PEOPLE.lines().count().saturating_sub(1);
        let known = |person: &&Person| !person.user_id.starts_with(USER_UNKNOWN_PREFIX);
        self.people.iter().take(count).filter(known)
    }

    /// An id of one kind as the other kind, when it is known whose it is.
    pub(super) fn id_as(&self, from: &str, id: &str, to: &str) -> String {
        match self.person(from, id) {
            Some(person) if to == "employee_no" => person.job_number.clone(),
            Some(person) => person.user_id.clone(),
            None => id.to_owned(),
        }
    }

    /// A group; any id but the unknown one is a group.
    pub(super) fn group(&self, group_id: &str) -> Option<Group> {
        let known = self.groups.iter().find(|group| group.id == group_id);
        let any = || Group {
            id: group_id.to_owned(),
            name: format!("考勤组 {group_id}"),
            kind: GROUP_TYPE_SCHEDULED,
        };
        (group_id != GROUP_UNKNOWN).then(|| known.cloned().unwrap_or_else(any))
    }

    /// The type of a group.
    pub(super) fn group_type(&self, group_id: &str) -> i64 {
        self.group(group_id)
            .map_or(GROUP_TYPE_SCHEDULED, |group| group.kind)
    }

    /// A shift; any id but the unknown one is a shift.
    pub(super) fn shift(&self, shift_id: &str) -> Option<ShiftKind> {
        let known = self.shifts.iter().find(|shift| shift.shift_id == shift_id);
        let any = || ShiftKind {
            shift_id: shift_id.to_owned(),
            name: format!("班次 {shift_id}"),
            on_time: "9:00".to_owned(),
            off_time: "18:00".to_owned(),
        };
        (shift_id != SHIFT_UNKNOWN).then(|| known.cloned().unwrap_or_else(any))
    }

    /// The group with this id, in the list from now on.
    pub(super) fn group_mut(&mut self, group_id: &str) -> Option<&mut Group> {
        if !self.groups.iter().any(|group| group.id == group_id) {
            self.groups.extend(self.group(group_id));
        }
        self.groups.iter_mut().find(|group| group.id == group_id)
    }

    /// The shift with this id, in the list from now on.
    pub(super) fn shift_mut(&mut self, shift_id: &str) -> Option<&mut ShiftKind> {
        if !self.shifts.iter().any(|shift| shift.shift_id == shift_id) {
            self.shifts.extend(self.shift(shift_id));
        }
        self.shifts
            .iter_mut()
            .find(|shift| shift.shift_id == shift_id)
    }
}

impl Person {
    /// The id that the calls of one app use.
    pub(super) fn open_id(&self) -> String {
        format!("ou_{:0>32}", self.user_id)
    }

    /// The id that all apps of one developer share.
    pub(super) fn union_id(&self) -> String {
        format!("on_{:0>32}", self.user_id)
    }

    /// The department: each attendance group is one of its own, below the root.
    pub(super) fn departments(&self) -> Vec<String> {
        let own = self
            .group_id
            .as_ref()
            .map(|group_id| format!("od-{group_id}"));
        own.into_iter().chain(["0".to_owned()]).collect()
    }
}

/// A line of the table.
fn person(line: &str) -> Option<Person> {
    let mut cells = line.split(',').map(str::to_owned);
    Some(Person {
        job_number: cells.next()?,
        name: cells.next()?,
        user_id: cells.next()?,
        mobile: cells.next()?,
        email: cells.next()?,
        group_id: Some(cells.next()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_somebody_and_no_id_is_there_twice() {
        let company = Company::new();
        assert_eq!(company.people.len(), PEOPLE.lines().count() - 1);
        assert_eq!(company.by_user_id.len(), company.people.len());
        assert_eq!(company.by_job_number.len(), company.people.len());
    }
}
