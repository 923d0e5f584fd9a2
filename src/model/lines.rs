//! On which line of the file each record begins: kept as steps, because one record mostly begins on the line after the one before it.

/// Steps kept: a file in which most rows take several lines has too many of them, and its lines are not known.
const STEPS_MAX: usize = 4_096;

/// The lines of a file's records. Each step is a record and its line; the records after it follow line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Lines(Vec<(u64, u64)>);

impl Lines {
    /// Notes the line of the next record. Records come in their order.
    pub fn note(&mut self, record: u64, line: u64) {
        if self.0.len() <= STEPS_MAX && self.of(record) != Some(line) {
            self.0.push((record, line));
        }
    }

    /// The line on which a record begins, where it is known.
    #[must_use]
    pub fn of(&self, record: u64) -> Option<u64> {
        if self.0.len() > STEPS_MAX {
            return None;
        }
        let after = self.0.partition_point(|(first, _)| *first <= record);
        let (first, line) = self.0.get(after.checked_sub(1)?)?;
        Some(line + (record - first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_record_is_found_on_the_line_that_was_noted_for_it() {
        // Title lines above, a blank line, and a second sheet that begins anew.
        let file = [(1, 5), (2, 6), (3, 8), (4, 9), (5, 3), (6, 4)];
        let mut lines = Lines::default();
        for (record, line) in file {
            lines.note(record, line);
        }
        assert_eq!(lines.0, [(1, 5), (3, 8), (5, 3)]);
        for (record, line) in file {
            assert_eq!(lines.of(record), Some(line));
        }
        assert_eq!(Lines::default().of(1), None);
    }

    #[test]
    fn lines_that_do_not_follow_each_other_are_not_known_rather_than_wrong() {
        let mut lines = Lines::default();
        for record in 1..=10_000 {
            lines.note(record, record * 3);
        }
        assert_eq!(lines.of(1), None);
        assert_eq!(lines.0.len(), STEPS_MAX + 1);
    }
}
