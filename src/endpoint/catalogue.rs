//! The catalogue: the endpoint files embedded in the program.

use super::{Endpoint, Read};
use crate::document::Document;
use crate::error::{Refusal, nearest};

/// `(name, text)` of every embedded file of `jobs/endpoints/`, by name.
const FILES: &[(&str, &str)] = &[
    (
        "apaas.records.batch_delete",
        include_str!("../../jobs/endpoints/apaas.records.batch_delete.toml"),
    ),
    (
        "attendance.archive_rule.upload_report",
        include_str!("../../jobs/endpoints/attendance.archive_rule.upload_report.toml"),
    ),
    (
        "attendance.user_daily_shifts.batch_create",
        include_str!("../../jobs/endpoints/attendance.user_daily_shifts.batch_create.toml"),
    ),
    (
        "attendance.user_flows.batch_del",
        include_str!("../../jobs/endpoints/attendance.user_flows.batch_del.toml"),
    ),
    (
        "corehr.workforce_plan_detail_row.batchDelete",
        include_str!("../../jobs/endpoints/corehr.workforce_plan_detail_row.batchDelete.toml"),
    ),
];

/// The same of the methods that only read.
const READS: &[(&str, &str)] = &[
    (
        "apaas.records.batch_query",
        include_str!("../../jobs/endpoints/apaas.records.batch_query.toml"),
    ),
    (
        "apaas.records.query",
        include_str!("../../jobs/endpoints/apaas.records.query.toml"),
    ),
    (
        "attendance.archive_rule.list",
        include_str!("../../jobs/endpoints/attendance.archive_rule.list.toml"),
    ),
    (
        "attendance.archive_rule.user_stats_fields_query",
        include_str!("../../jobs/endpoints/attendance.archive_rule.user_stats_fields_query.toml"),
    ),
    (
        "attendance.groups.get",
        include_str!("../../jobs/endpoints/attendance.groups.get.toml"),
    ),
    (
        "attendance.groups.list",
        include_str!("../../jobs/endpoints/attendance.groups.list.toml"),
    ),
    (
        "attendance.groups.list_user",
        include_str!("../../jobs/endpoints/attendance.groups.list_user.toml"),
    ),
    (
        "attendance.shifts.list",
        include_str!("../../jobs/endpoints/attendance.shifts.list.toml"),
    ),
    (
        "attendance.user_daily_shifts.query",
        include_str!("../../jobs/endpoints/attendance.user_daily_shifts.query.toml"),
    ),
    (
        "attendance.user_flows.get",
        include_str!("../../jobs/endpoints/attendance.user_flows.get.toml"),
    ),
    (
        "contact.users.batch_get_id",
        include_str!("../../jobs/endpoints/contact.users.batch_get_id.toml"),
    ),
    (
        "corehr.workforce_plan_details.batch",
        include_str!("../../jobs/endpoints/corehr.workforce_plan_details.batch.toml"),
    ),
    (
        "corehr.workforce_plans.list",
        include_str!("../../jobs/endpoints/corehr.workforce_plans.list.toml"),
    ),
    (
        "directory.employees.filter",
        include_str!("../../jobs/endpoints/directory.employees.filter.toml"),
    ),
];

/// The names of all embedded endpoints that items are sent to.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The names of all embedded methods that only read.
pub fn read_names() -> impl Iterator<Item = &'static str> {
    READS.iter().map(|(name, _)| *name)
}

/// An embedded method that only reads.
pub fn read(name: &str) -> Result<Read, Refusal> {
    let document = found(READS, name).ok_or_else(|| {
        Refusal::new("endpoint.unknown", text!("unknown endpoint `{name}`", name))
    })?;
    Read::parse(name, &document)
}

fn found(files: &[(&'static str, &'static str)], name: &str) -> Option<Document> {
    let (name, text) = files.iter().find(|(known, _)| *known == name)?;
    Some(Document::new(format!("{name}.toml"), *text))
}

/// The catalogue file of an embedded endpoint that items are sent to.
pub fn document(name: &str) -> Result<Document, Refusal> {
    if found(READS, name).is_some() {
        let what = text!("`{name}` only reads: no items can be sent to it", name);
        return Err(Refusal::new("endpoint.reads", what)
            .hint(text!("`feishu-bulk endpoints` lists what a job can name")));
    }
    found(FILES, name)
        .ok_or_else(|| {
            let refusal = Refusal::new("endpoint.unknown", text!("unknown endpoint `{name}`", name));
            match nearest(name, names()) {
                Some(near) => refusal.hint(text!("did you mean `{near}`?", near)),
                None => refusal.hint(text!("`feishu-bulk endpoints` lists them; a file of your own is named by its path, ending in .toml")),
            }
        })
}

/// An embedded endpoint.
pub fn endpoint(name: &str) -> Result<Endpoint, Refusal> {
    Endpoint::parse(name, &document(name)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Window;

    #[test]
    fn every_file_of_the_folder_is_embedded_and_valid() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/jobs/endpoints");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.strip_suffix(".toml").unwrap().to_owned())
            .collect();
        found.sort();
        let mut known: Vec<&str> = names().chain(read_names()).collect();
        known.sort_unstable();
        assert_eq!(found, known);
        for name in read_names() {
            let read = read(name).unwrap_or_else(|refusal| panic!("{refusal}"));
            assert_eq!(read.name, name);
        }
        for name in names() {
            let endpoint = endpoint(name).unwrap_or_else(|refusal| panic!("{refusal}"));
            assert_eq!(endpoint.name, name);
        }
    }

    #[test]
    fn limits_and_quotas_are_those_of_the_platforms_pages() {
        let limits: Vec<(String, usize, String)> = names()
            .map(|name| {
                let endpoint = endpoint(name).unwrap();
                let quota: Vec<String> = endpoint.quota.iter().map(Window::to_string).collect();
                (endpoint.path, endpoint.items.max, quota.join(","))
            })
            .collect();
        let expected = [
            (
                "/open-apis/apaas/v1/applications/{namespace}/objects/{object_api_name}/records/batch_delete",
                500,
                "50/1s,1000/60s",
            ),
            (
                "/open-apis/attendance/v1/archive_rule/upload_report",
                50,
                "50/1s",
            ),
            (
                "/open-apis/attendance/v1/user_daily_shifts/batch_create",
                50,
                "50/1s",
            ),
            ("/open-apis/attendance/v1/user_flows/batch_del", 10, "10/1s"),
            (
                "/open-apis/corehr/v2/workforce_plan_detail_row/batchDelete",
                5,
                "5/1s",
            ),
        ];
        let expected: Vec<(String, usize, String)> = expected
            .map(|(path, max, quota)| (path.to_owned(), max, quota.to_owned()))
            .into();
        assert_eq!(limits, expected);
    }

    /// One mistake in an otherwise valid file: what the refusal says.
    fn refusal(wrong: (&str, &str)) -> String {
        let text = document("attendance.user_daily_shifts.batch_create").unwrap();
        assert!(text.text().contains(wrong.0), "nothing to replace");
        let text = text.text().replacen(wrong.0, wrong.1, 1);
        Endpoint::parse("mine", &Document::new("mine.toml", text))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_period_of_a_month_that_nobody_could_hold_against_it_is_refused() {
        let report = document("attendance.archive_rule.upload_report").unwrap();
        let refused = |from: &str, to: &str| {
            assert!(report.text().contains(from), "{from}");
            let text = report.text().replacen(from, to, 1);
            let refusal = Endpoint::parse("mine", &Document::new("mine.toml", text));
            refusal.unwrap_err().what
        };
        for (from, to, words) in [
            (
                "within = \"month\", bound = \"first\"",
                "within = \"month\"",
                "`within` and `bound` come together",
            ),
            (
                "within = \"month\"",
                "within = \"moth\"",
                "`moth` is neither a shared value nor a field of type \"yyyyMM\"",
            ),
            (
                "bound = \"last\"",
                "bound = \"first\"",
                "a period has one first and one last day",
            ),
            (
                "bound = \"first\"",
                "bound = \"fist\"",
                "unknown bound `fist`",
            ),
            (
                "{ type = \"yyyyMMdd\", required = true, within",
                "{ type = \"text\", required = true, within",
                "only a field of type \"yyyyMMdd\" is within a month",
            ),
            (
                "value = { type = \"text\"",
                "value = { type = \"yyyyMMdd\", within = \"month\", bound = \"first\"",
                "an entry of a list is not within a month",
            ),
        ] {
            let what = refused(from, to);
            assert!(what.to_string().contains(words), "{what}");
        }
    }

    #[test]
    fn a_mistake_in_a_catalogue_file_is_refused_with_line_and_hint() {
        let cases = [
            (
                ("resend =", "resent ="),
                "mine.toml:6: unknown key `resent`",
                "did you mean `resend`?",
            ),
            (
                ("\"safe\"", "\"save\""),
                "mine.toml:6: unknown resend `save`",
                "did you mean `safe`?",
            ),
            (
                ("50/1s", "50/s"),
                "mine.toml:5: `50/s`: the seconds must be a whole number",
                "50/1s",
            ),
            (
                ("50/1s", "0/1s"),
                "mine.toml:5: `0/1s`: the calls must be a whole number",
                "50/1s",
            ),
            (
                ("max   = 50", "max   = 0"),
                "`max` must be between 1 and",
                "^",
            ),
            (
                ("\"day_no\"]", "\"day_nr\"]"),
                "unknown field `day_nr`",
                "did you mean `day_no`?",
            ),
            (
                ("type = \"day\"", "type = \"days\""),
                "unknown type `days`",
                "did you mean `day`?",
            ),
            (
                (
                    "month = \"month\", required",
                    "month = \"shift_id\", required",
                ),
                "`shift_id` is not a field of type \"yyyyMM\"",
                "^",
            ),
            (
                ("\"message-map\"", "\"messagemap\""),
                "unknown reader `messagemap`",
                "did you mean `message-map`?",
            ),
            (
                ("\"is_clear_schedule\" ", "\"user_id\" "),
                "`user_id` is not a boolean field",
                "^",
            ),
            (
                ("in = \"query\"", "in = \"path\""),
                "the path has no {employee_type}",
                "^",
            ),
            (
                ("reason   =", "#"),
                "the reader `message-map` needs the key `reason`",
                "^",
            ),
            (
                ("person   = \"user_id\"", "person   = \"usr_id\""),
                "unknown field `usr_id`",
                "did you mean `user_id`?",
            ),
            (
                ("field = \"user_daily_shifts\"", "field = 'user\"shifts'"),
                "mine.toml:37: a field's name has only letters, digits",
                "^",
            ),
            (
                ("preflight = \"schedule\"", "preflight = \"schedules\""),
                "mine.toml:10: unknown preflight `schedules`",
                "did you mean `schedule`?",
            ),
            (
                ("preflight = \"schedule\"", "preflight = \"records\""),
                "mine.toml:10: preflight = \"records\" does not fit the reader of [read_back]",
                "^",
            ),
            (
                ("[request.employee_type]", "[request.'employee&type']"),
                "a field's name has only letters, digits",
                "^",
            ),
            (
                ("https://", "http://"),
                "`docs` must be an https:// address",
                "^",
            ),
        ];
        for (wrong, what, hint) in cases {
            let text = refusal(wrong);
            assert!(text.contains(what), "{wrong:?}: {text}");
            assert!(text.contains(hint), "{wrong:?}: {text}");
        }
    }
}
