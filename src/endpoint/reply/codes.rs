//! What the platform's codes mean, once for all endpoints.
//!
//! The first entry that fits wins. An endpoint's own rules come before this table, because the platform gives one number
//! different meanings on different endpoints; a code that neither knows is judged by HTTP status in `classify`.
//! Sources: the platform's pages on rate limits, on generic error codes and on attendance, and the full set of
//! workforce-plan codes. Where they leave open what a code leads to, the choice is ours and a comment says why.

use Codes::{Range, These};
use Meaning::{
    Busy, Fatal, Refused, ScopeMissing, Throttled, TokenRefused, Trouble, TroubleOrRefused,
};
use When::{Always, ClientError, Says, ServerError};

/// What a code means, for every endpoint that does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The quota is used up: not applied.
    Throttled,
    /// The access token was refused: not applied.
    TokenRefused,
    /// The app may not call this endpoint: not applied.
    ScopeMissing,
    /// Every further call would be refused alike: not applied.
    Fatal,
    /// Passes by itself; may have been applied.
    Trouble,
    /// Passes by itself; not applied.
    Busy,
    /// Trouble by its code, a refusal by its status: a few resends tell them apart.
    TroubleOrRefused,
    /// Refused because of the items: not applied.
    Refused,
    /// Nothing known, and the status does not tell either.
    Unknown,
}

/// One entry of the table.
#[derive(Debug)]
pub(super) struct Known {
    codes: Codes,
    when: When,
    /// What it means.
    pub(super) meaning: Meaning,
    /// What the user can do about it.
    pub(super) help: Option<&'static str>,
}

#[derive(Debug)]
enum Codes {
    These(&'static [i64]),
    Range(i64, i64),
}

#[derive(Debug)]
enum When {
    Always,
    /// HTTP 4xx.
    ClientError,
    /// HTTP 5xx.
    ServerError,
    /// `msg` contains one of these, in lower case.
    Says(&'static [&'static str]),
}

/// The entry for a code under a status with a `msg`.
pub(super) fn known(code: i64, status: u16, msg: &str) -> Option<&'static Known> {
    let msg = msg.to_lowercase();
    TABLE.iter().find(|known| {
        let listed = match known.codes {
            Codes::These(codes) => codes.contains(&code),
            Codes::Range(first, last) => (first..=last).contains(&code),
        };
        listed
            && match known.when {
                When::Always => true,
                When::ClientError => (400..500).contains(&status),
                When::ServerError => (500..600).contains(&status),
                When::Says(words) => words.iter().any(|word| msg.contains(word)),
            }
    })
}

/// How attendance says that the trouble is its own, under several codes and under HTTP 400 as well as 500.
const SERVER_TROUBLE: When = When::Says(&[
    "internal server error",
    "internal error",
    "system error",
    "service error",
]);

const fn entry(codes: Codes, when: When, meaning: Meaning) -> Known {
    Known {
        codes,
        when,
        meaning,
        help: None,
    }
}

const fn helped(codes: Codes, when: When, meaning: Meaning, help: &'static str) -> Known {
    Known {
        codes,
        when,
        meaning,
        help: Some(help),
    }
}

static TABLE: &[Known] = &[
    // The gateway. The monthly quota also comes under HTTP 429, so it stands apart from the throttle.
    entry(These(&[99_991_400]), Always, Throttled),
    helped(
        These(&[99_991_403]),
        Always,
        Fatal,
        "the tenant's monthly call quota is used up: it starts anew on the 1st, or with a larger edition",
    ),
    entry(
        These(&[
            99_991_661, 99_991_663, 99_991_664, 99_991_665, 99_991_668, 99_991_671, 99_991_677,
            20_005, 20_013,
        ]),
        Always,
        TokenRefused,
    ),
    entry(
        These(&[99_991_672, 99_991_676, 99_991_679, 1_220_006]),
        Always,
        ScopeMissing,
    ),
    helped(
        These(&[99_991_401]),
        Always,
        Fatal,
        "add this machine's address to the app's IP allow-list in the developer console",
    ),
    helped(
        These(&[99_991_662, 99_991_673]),
        Always,
        Fatal,
        "the app is not enabled for this tenant: ask the tenant's administrator",
    ),
    helped(
        These(&[99_991_669]),
        Always,
        Fatal,
        "the user has to sign in again to get a new token",
    ),
    helped(
        These(&[10_012, 10_013, 10_014, 10_015, 99_991_543]),
        Always,
        Fatal,
        "check FEISHU_APP_ID and FEISHU_APP_SECRET",
    ),
    // Whatever else the gateway refuses, it refuses before it looks at items: splitting the batch cannot help.
    helped(
        Range(99_991_000, 99_991_999),
        ClientError,
        Fatal,
        "the platform's gateway refused the call whatever its items; the platform's generic error codes name the cause",
    ),
    entry(Range(99_992_351, 99_992_402), Always, Refused),
    entry(These(&[9_499]), Always, Refused),
    entry(
        These(&[1_500, 1_663, 1_668, 2_200, 5_000, 10_101, 10_500]),
        Always,
        Trouble,
    ),
    // Rate limits of single products, each under its own number.
    entry(
        These(&[
            1_000_004,
            1_000_005,
            190_004,
            190_005,
            190_010,
            1_161_604,
            1_160_354,
            100_010_012,
            1_254_290,
            1_063_006,
            232_019,
            230_020,
            2_890_006,
            1_470_450,
            1_069_923,
        ]),
        Always,
        Throttled,
    ),
    // Refused for the moment: two writers at once, or data still being prepared.
    entry(
        These(&[1_254_291, 1_254_607, 1_236_006, 800_022_918]),
        Always,
        Busy,
    ),
    // Attendance.
    helped(
        These(&[1_220_002]),
        Always,
        Fatal,
        "the token carries no tenant: check the app's credentials",
    ),
    entry(
        These(&[1_225_000, 1_226_000, 1_227_000]),
        ServerError,
        Trouble,
    ),
    // The pages say so even of the code for wrong parameters: "internal server error" stands for trouble inside.
    entry(Range(1_220_000, 1_229_999), SERVER_TROUBLE, Trouble),
    entry(
        These(&[1_225_000, 1_226_000, 1_227_000]),
        ClientError,
        TroubleOrRefused,
    ),
    // A lost race for the row: the pages call it worth a retry.
    entry(These(&[1_220_600]), Says(&["no row affected"]), Trouble),
    // The next two are causes that all items share, so isolating them would only spend the quota.
    helped(
        These(&[1_220_600]),
        Says(&["archive_rule_id not exist"]),
        Fatal,
        "check `archive_rule_id` in the job",
    ),
    helped(
        These(&[1_220_600]),
        Says(&["enterprise edition users"]),
        Fatal,
        "this endpoint is only for tenants with the enterprise edition of Feishu People",
    ),
    helped(
        These(&[1_220_005]),
        Always,
        Refused,
        "check the operator's data permission in the attendance console",
    ),
    entry(
        These(&[1_220_001, 1_220_003, 1_220_004, 1_220_600, 1_226_003]),
        Always,
        Refused,
    ),
    // Low-code records and the workforce plan.
    entry(These(&[2_320_001, 1_160_001]), Always, Refused),
    entry(These(&[800_009_999, 100_010_001]), Always, Trouble),
    helped(
        These(&[800_022_919]),
        Always,
        Fatal,
        "check `workforce_plan_id` in the job",
    ),
    // The next two wait for a person and not for seconds, so resending would only spend the quota.
    helped(
        These(&[800_022_911]),
        Always,
        Refused,
        "try again after the approval",
    ),
    helped(
        These(&[800_022_914]),
        Always,
        Refused,
        "try again when the plan can be edited",
    ),
    entry(Range(800_022_900, 800_022_999), Always, Refused),
];

#[cfg(test)]
mod tests;
