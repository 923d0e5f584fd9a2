//! The five endpoints, the documents' own samples, and what holds for any reply whatever.

mod fixture;
mod golden;
mod properties;

pub(super) use fixture::{archive, batch, plan_rows, punches, records, shifts};

use super::{Answer, Disposition, read};
use crate::endpoint::Endpoint;
use crate::model::{Batch, Outcome, Reply, Verdict, Verdicts};

/// The answer to a reply with this status and body.
pub(super) fn answer(endpoint: &Endpoint, batch: &Batch, status: u16, body: &str) -> Answer {
    let reply = Reply {
        status,
        body: body.as_bytes().to_vec(),
        ..Reply::default()
    };
    read(endpoint, batch, &Ok(reply))
}

/// The verdicts of a reply with HTTP 200 that must be read item by item.
pub(super) fn verdicts(endpoint: &Endpoint, batch: &Batch, body: &str) -> Verdicts {
    let answer = answer(endpoint, batch, 200, body);
    let Disposition::Read(verdicts) = answer.disposition else {
        panic!("not read: {answer:?}");
    };
    verdicts
}

/// One word per item.
pub(super) fn words(verdicts: &Verdicts) -> Vec<&'static str> {
    verdicts
        .items
        .iter()
        .map(|verdict| match verdict {
            Verdict::Succeeded => Outcome::Succeeded.word(),
            Verdict::Failed(_) => Outcome::Failed.word(),
            Verdict::Temporary(_) => "temporary",
            Verdict::Unconfirmed(_) => Outcome::Unconfirmed.word(),
        })
        .collect()
}

/// The reason of one item that did not succeed.
pub(super) fn why(verdicts: &Verdicts, position: usize) -> String {
    match &verdicts.items[position] {
        Verdict::Succeeded => panic!("item {position} succeeded"),
        Verdict::Failed(reason) | Verdict::Temporary(reason) | Verdict::Unconfirmed(reason) => {
            reason.text.to_string()
        }
    }
}

#[test]
fn a_code_speaks_for_the_whole_batch_only_with_the_documented_data_object() {
    let rows = batch(&["{}", "{}"]);
    for (data, expected) in [
        (r#","data":{}"#, "succeeded"),
        (r#","data":{"new":1}"#, "succeeded"),
        (r#","data":null"#, "unconfirmed"),
        (r#","data":[]"#, "unconfirmed"),
        (r#","data":"""#, "unconfirmed"),
        ("", "unconfirmed"),
    ] {
        let body = format!(r#"{{"code":0,"msg":"success"{data}}}"#);
        let read = verdicts(&plan_rows(), &rows, &body);
        assert_eq!(words(&read), [expected; 2], "{data}");
    }
}
