//! The seed data: which ids the sandbox's platform does not know, forbids or has sealed. Every other id exists.
//!
//! Each row of [`SEED_DATA`] is a documented failure that a user or a test can provoke by putting the value into an input.

/// App id the sandbox knows.
pub const APP_ID: &str = "cli_sandbox5eed00000001";
/// Its secret. It is a canary: no file, log or message of the client may contain it.
pub const APP_SECRET: &str = "sandbox-secret-canary-9f2c41d07be8";
/// An app that exists but is not authorised: code 10014.
pub const APP_ID_SWITCHED_OFF: &str = "cli_sandbox5eed00000014";
/// A user token that is always valid; of the five endpoints only the archive report takes one.
pub const USER_TOKEN: &str = "u-sandbox-canary-6b1d93aa04";

/// Operators without permission.
pub const OPERATOR_FORBIDDEN: &str = "forbidden";
/// User and member ids that begin so do not exist.
pub const USER_UNKNOWN_PREFIX: &str = "nobody";
/// A group that exists and that nobody belongs to.
pub const GROUP_OF_OTHERS: &str = "6737202939523236199";
/// A group whose shifts cannot be scheduled.
pub const GROUP_NOT_SCHEDULABLE: &str = "6737202939523236200";
/// A group that does not exist.
pub const GROUP_UNKNOWN: &str = "6737202939523236404";
/// A shift that does not exist.
pub const SHIFT_UNKNOWN: &str = "6753520403404030404";
/// The default shift, which may not be scheduled.
pub const SHIFT_DEFAULT: &str = "6753520403404030403";
/// A month whose attendance is sealed.
pub const MONTH_SEALED: i64 = 202_001;
/// Record ids and dimension values that begin so do not exist.
pub const ID_UNKNOWN_PREFIX: &str = "404";
/// aPaaS record ids that begin so may not be deleted.
pub const RECORD_FORBIDDEN_PREFIX: &str = "403";
/// aPaaS record ids that begin so answer "busy" the first time and are deleted the second time.
pub const RECORD_BUSY_PREFIX: &str = "503";
/// Dimension values that begin so belong to a row under approval.
pub const ROW_APPROVING_PREFIX: &str = "411";
/// A workforce plan that does not exist.
pub const PLAN_UNKNOWN: &str = "404";
/// A workforce plan whose rows have exactly the dimensions of [`PLAN_DIMENSIONS`].
pub const PLAN_OF_FIVE_DIMENSIONS: &str = "7435976673130317405";
/// The dimensions of that plan, in the order of the alphabet.
pub const PLAN_DIMENSIONS: [&str; 5] = [
    "cost_center",
    "department",
    "employee_type",
    "job_family",
    "location",
];
/// A workforce plan that is not enabled any more.
pub const PLAN_INACTIVE: &str = "7435976673130317411";
/// An archive rule that does not exist.
pub const ARCHIVE_RULE_UNKNOWN: &str = "404";
/// Field codes of the archive report that begin so are invalid.
pub const FIELD_UNKNOWN_PREFIX: &str = "bad";

/// One value that leads to a documented failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedDatum {
    /// The field it is put into.
    pub field: &'static str,
    /// The value; `…` stands for anything.
    pub value: &'static str,
    /// What the sandbox answers.
    pub answer: &'static str,
}

const fn datum(field: &'static str, value: &'static str, answer: &'static str) -> SeedDatum {
    SeedDatum {
        field,
        value,
        answer,
    }
}

/// Every value that leads to a documented failure, for the README and for `feishu-bulk sandbox`.
pub const SEED_DATA: &[SeedDatum] = &[
    datum(
        "punches: record_ids",
        "404…",
        "listed in fail_record_ids, reason `record not found` in msg; also any id deleted before",
    ),
    datum(
        "punches: creator_id",
        "forbidden",
        "code 0, `user-creator` is named in msg: not imported; the others are",
    ),
    datum(
        "shifts: user_id",
        "nobody…",
        "whole call: 400, 1220004 `user_id is not exist or does not have permission`",
    ),
    datum(
        "shifts: operator_id",
        "forbidden",
        "whole call: 400, 1220005 `没有权限`",
    ),
    datum(
        "shifts: group_id",
        "6737202939523236199",
        "code 0, the person and date are named in msg: not in effect",
    ),
    datum(
        "shifts: group_id",
        "6737202939523236200",
        "whole call: 400, 1220600 `the rule cannot arrange!`",
    ),
    datum(
        "shifts: group_id",
        "6737202939523236404",
        "whole call: 400, 1220600 `rule not exist`",
    ),
    datum(
        "shifts: shift_id",
        "6753520403404030404",
        "whole call: 400, 1220600 `shift does not exist`",
    ),
    datum(
        "shifts: shift_id",
        "6753520403404030403",
        "whole call: 400, 1226003 `default shift are not allowed to change.`",
    ),
    datum(
        "shifts: month",
        "202001",
        "whole call: 400, 1220600 `the attendance result has been sealed and can not modify`",
    ),
    datum(
        "records: ids",
        "404…",
        "success false, sub_code k_cf_ec_300004; also any id deleted before",
    ),
    datum(
        "records: ids",
        "403…",
        "success false, sub_code k_ec_000009",
    ),
    datum(
        "records: ids",
        "503…",
        "success false, sub_code k_op_ec_20001 the first time; deleted the second time",
    ),
    datum(
        "plan rows: dimension_value",
        "404…",
        "whole call: 400, 800022907 `part row not exist`",
    ),
    datum(
        "plan rows: dimension_value",
        "411…",
        "whole call: 400, 800022911 `detail row approving`",
    ),
    datum(
        "plan rows: workforce_plan_id",
        "404",
        "whole call: 400, 800022919 `programme not found fail`",
    ),
    datum(
        "plan rows: workforce_plan_id",
        "7435976673130317405",
        "rows must have exactly department, employee_type, location, cost_center, job_family; else 800022902 or 800022905",
    ),
    datum(
        "plan rows: workforce_plan_id",
        "7435976673130317411",
        "whole call: 400, 800022914 `the project is currently in an un editable state`",
    ),
    datum(
        "archive: member_id",
        "nobody…",
        "listed in invalid_member_id; the other rows are written",
    ),
    datum(
        "archive: field_datas code",
        "bad…",
        "listed in invalid_code; the row's other fields are written",
    ),
    datum(
        "archive: operator_id",
        "forbidden",
        "whole call: 400, 1220600 `auth no permission`",
    ),
    datum(
        "archive: archive_rule_id",
        "404",
        "whole call: 400, 1220600 `archive_rule_id not exist`",
    ),
    datum(
        "token: app_id",
        "cli_sandbox5eed00000014",
        "200, code 10014 `app unauthorized`",
    ),
];
