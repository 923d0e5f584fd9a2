//! The table of codes against the documents, row by row.

use super::*;

/// What the documents say of each code, with the status and a `msg` under which it comes, written from the documents and
/// not from the table. 0 stands for "any status".
const DOCUMENTED: &[(i64, u16, &str, Meaning)] = &[
    // Rate limits, under every status that anybody has seen.
    (
        99_991_400,
        429,
        "request trigger frequency limit",
        Throttled,
    ),
    (
        99_991_400,
        400,
        "request trigger frequency limit",
        Throttled,
    ),
    (99_991_400, 200, "", Throttled),
    (1_000_004, 0, "", Throttled),
    (1_000_005, 0, "", Throttled),
    (190_004, 429, "", Throttled),
    (190_005, 429, "", Throttled),
    (190_010, 429, "", Throttled),
    (1_161_604, 429, "", Throttled),
    (1_160_354, 400, "", Throttled),
    (100_010_012, 0, "rate limit", Throttled),
    (1_254_290, 200, "TooManyRequest", Throttled),
    (1_063_006, 429, "", Throttled),
    (232_019, 400, "", Throttled),
    (230_020, 400, "", Throttled),
    (2_890_006, 0, "", Throttled),
    (1_470_450, 0, "", Throttled),
    (1_069_923, 0, "", Throttled),
    // The month's quota is no throttle, although it comes under the same status.
    (
        99_991_403,
        429,
        "This month's API call quota has been exceeded",
        Fatal,
    ),
    // Two writers at once.
    (1_254_291, 200, "Write conflict", Busy),
    (1_254_607, 200, "Data not ready", Busy),
    (1_236_006, 0, "", Busy),
    (800_022_918, 0, "modify detail lock failed", Busy),
    // Tokens.
    (99_991_661, 400, "Missing access token", TokenRefused),
    (99_991_663, 400, "Invalid access token", TokenRefused),
    (99_991_663, 200, "Invalid access token", TokenRefused),
    (99_991_664, 400, "", TokenRefused),
    (99_991_665, 400, "", TokenRefused),
    (99_991_668, 400, "", TokenRefused),
    (99_991_671, 400, "", TokenRefused),
    (99_991_677, 400, "", TokenRefused),
    (20_005, 0, "", TokenRefused),
    (20_013, 0, "", TokenRefused),
    (99_991_669, 0, "", Fatal),
    // Permissions, the app, the tenant.
    (99_991_672, 400, "Access denied", ScopeMissing),
    (99_991_676, 400, "", ScopeMissing),
    (99_991_679, 400, "", ScopeMissing),
    (
        1_220_006,
        400,
        "enterprise tenant app has no privilege",
        ScopeMissing,
    ),
    (99_991_401, 400, "ip denied", Fatal),
    (99_991_662, 400, "", Fatal),
    (99_991_673, 400, "", Fatal),
    (99_991_543, 200, "", Fatal),
    (10_012, 200, "", Fatal),
    (10_013, 200, "", Fatal),
    (10_014, 200, "app unauthorized", Fatal),
    (10_015, 200, "wrong app secret", Fatal),
    (1_220_002, 400, "tenant_id is empty", Fatal),
    (99_991_999, 400, "a code nobody has listed", Fatal),
    // The gateway's own trouble.
    (2_200, 500, "", Trouble),
    (5_000, 500, "", Trouble),
    (1_500, 500, "", Trouble),
    (1_663, 500, "", Trouble),
    (1_668, 500, "", Trouble),
    (10_101, 500, "", Trouble),
    (10_500, 500, "", Trouble),
    // Attendance: trouble by status or by its words, else perhaps a refusal.
    (1_225_000, 500, "system error", Trouble),
    (1_227_000, 500, "management service error", Trouble),
    (1_226_000, 500, "", Trouble),
    (1_225_000, 400, "Internal Server Error", Trouble),
    (1_226_000, 400, "internal server error", Trouble),
    (1_220_001, 400, "internal server error", Trouble),
    (1_225_000, 400, "param is invalid", TroubleOrRefused),
    (1_226_000, 400, "param is invalid", TroubleOrRefused),
    (1_227_000, 400, "param is invalid", TroubleOrRefused),
    (1_220_600, 400, "no row affected", Trouble),
    (1_220_600, 400, "archive_rule_id not exist", Fatal),
    (
        1_220_600,
        400,
        "This API can only be accessed by Feishu People Enterprise Edition users.",
        Fatal,
    ),
    (1_220_600, 400, "the rule cannot arrange!", Refused),
    (
        1_220_600,
        400,
        "the attendance result has been sealed and can not modify",
        Refused,
    ),
    (1_220_600, 400, "operate too much flow", Refused),
    (1_220_600, 400, "auth no permission", Refused),
    (1_220_001, 400, "employee_type invalid", Refused),
    (
        1_220_003,
        400,
        "user_id type is not employee_id or employee_no",
        Refused,
    ),
    (1_220_004, 400, "user_id is not exist", Refused),
    (1_220_005, 400, "没有权限", Refused),
    (
        1_226_003,
        400,
        "default shift are not allowed to change.",
        Refused,
    ),
    (
        1_226_003,
        500,
        "default shift are not allowed to change.",
        Refused,
    ),
    // Records and the workforce plan.
    (2_320_001, 400, "param is invalid", Refused),
    (1_160_001, 400, "param is invalid", Refused),
    (800_009_999, 0, "unknown error, retry later", Trouble),
    (100_010_001, 0, "database error", Trouble),
    (800_022_901, 0, "dimension duplicated", Refused),
    (800_022_904, 0, "too large batch size", Refused),
    (800_022_907, 0, "part row not exist", Refused),
    (800_022_911, 0, "detail row approving", Refused),
    (
        800_022_914,
        0,
        "the project is currently in an un editable state",
        Refused,
    ),
    (800_022_919, 0, "programme not found fail", Fatal),
    (800_022_920, 0, "location data err", Refused),
    // Validation.
    (99_992_402, 400, "field validation failed", Refused),
    (99_992_351, 400, "", Refused),
    (99_992_360, 400, "", Refused),
    (9_499, 400, "bad request", Refused),
];

#[test]
fn every_documented_code_means_what_the_documents_say() {
    for (code, status, msg, meaning) in DOCUMENTED {
        let statuses = match status {
            0 => &[200, 400, 500][..],
            _ => std::slice::from_ref(status),
        };
        for status in statuses {
            let known = known(*code, *status, msg).map(|known| known.meaning);
            assert_eq!(known, Some(*meaning), "{code} under HTTP {status}: {msg}");
        }
    }
}

#[test]
fn no_entry_of_the_table_is_out_of_reach() {
    for entry in TABLE {
        let reached = DOCUMENTED.iter().any(|(code, status, msg, _)| {
            let status = if *status == 0 { 400 } else { *status };
            known(*code, status, msg).is_some_and(|known| std::ptr::eq(known, entry))
        });
        assert!(reached, "{entry:?}");
    }
}

#[test]
fn a_code_nobody_documents_is_not_known() {
    for status in [200, 400, 500] {
        assert!(known(7_654_321, status, "internal server error").is_none());
    }
    assert!(known(1_225_000, 200, "param is invalid").is_none());
    assert!(known(99_991_999, 500, "").is_none());
    // Too plain a number to mean the same everywhere: it belongs into an endpoint's file.
    assert!(known(23, 400, "permission deny").is_none());
}
