//! The five endpoints of the catalogue as this room needs them, and batches of them.

use std::sync::Arc;

use crate::endpoint::{
    CanReadBack, Destructive, Endpoint, FailureList, Field, FieldKind, Items, Method, ReplyReader,
    Resend, Shape, Written,
};
use crate::model::{Batch, BatchId, Envelope, Item};

/// A batch of items with these JSON bodies.
pub(in super::super) fn batch<S: AsRef<str>>(items: &[S]) -> Batch {
    Batch {
        id: BatchId(1),
        envelope: Arc::new(Envelope::default()),
        items: items
            .iter()
            .map(|body| Item {
                body: body.as_ref().as_bytes().to_vec().into(),
            })
            .collect(),
    }
}

/// attendance `user_flows/batch_del`.
pub(in super::super) fn punches() -> Endpoint {
    endpoint(ReplyReader::Listed {
        succeeded: Some("/success_record_ids".to_owned()),
        matches: String::new(),
        failed: vec![FailureList {
            list: "/fail_record_ids".to_owned(),
            matches: String::new(),
            reason: "no reason given".to_owned(),
            reasons_in_msg: true,
            names_items: true,
        }],
    })
}

/// attendance `archive_rule/upload_report`.
pub(in super::super) fn archive() -> Endpoint {
    endpoint(ReplyReader::Listed {
        succeeded: None,
        matches: "member_id".to_owned(),
        failed: vec![
            FailureList {
                list: "/invalid_member_id".to_owned(),
                matches: "member_id".to_owned(),
                reason: "the platform does not know the member".to_owned(),
                reasons_in_msg: false,
                names_items: true,
            },
            FailureList {
                list: "/invalid_code".to_owned(),
                matches: "field_datas/*/code".to_owned(),
                reason: "the platform does not know the field code".to_owned(),
                reasons_in_msg: false,
                names_items: false,
            },
        ],
    })
}

/// attendance `user_daily_shifts/batch_create`.
pub(in super::super) fn shifts() -> Endpoint {
    let id = |name: &str| field(name, FieldKind::Id { chars_max: 64 });
    let mut shifts = endpoint(ReplyReader::MessageMap {
        person: "user_id".to_owned(),
        month: "month".to_owned(),
        day: "day_no".to_owned(),
        echo: "/user_daily_shifts".to_owned(),
        reason: "the shift did not take effect".to_owned(),
    });
    shifts.items.shape = Shape::Object(vec![
        id("group_id"),
        id("shift_id"),
        field(
            "month",
            FieldKind::Month {
                written: Written::Integer,
            },
        ),
        id("user_id"),
        field(
            "day_no",
            FieldKind::Day {
                month: "month".to_owned(),
            },
        ),
        field("is_clear_schedule", FieldKind::Boolean),
    ]);
    shifts
}

/// apaas `records/batch_delete`.
pub(in super::super) fn records() -> Endpoint {
    endpoint(ReplyReader::PerItem {
        list: "/items".to_owned(),
        id: "/id".to_owned(),
        matches: String::new(),
        success: "/success".to_owned(),
        errors: "/errors".to_owned(),
        temporary: ["k_op_ec_20001", "k_op_ec_20002", "k_op_ec_20003"]
            .map(str::to_owned)
            .to_vec(),
    })
}

/// corehr `workforce_plan_detail_row/batchDelete`.
pub(in super::super) fn plan_rows() -> Endpoint {
    endpoint(ReplyReader::Whole)
}

fn field(name: &str, kind: FieldKind) -> Field {
    Field {
        name: name.to_owned(),
        kind,
        required: true,
        about: None,
        within: None,
    }
}

/// What reading does not look at is left plain; code rules are added by the tests that are about them.
fn endpoint(reply: ReplyReader) -> Endpoint {
    Endpoint {
        name: "fixture".to_owned(),
        title: String::new(),
        docs: String::new(),
        method: Method::Post,
        path: String::new(),
        quota: Vec::new(),
        resend: Resend::Safe,
        destructive: Destructive::Never,
        scopes: vec!["attendance:task".to_owned()],
        tokens: Vec::new(),
        assumed: Vec::new(),
        notes: Vec::new(),
        request: Vec::new(),
        items: Items {
            field: "items".to_owned(),
            max: 50,
            shape: Shape::Value(field("id", FieldKind::Id { chars_max: 64 })),
            key: Vec::new(),
        },
        reply,
        accepted: ["success", "ok", ""].map(str::to_owned).to_vec(),
        read_back: CanReadBack::NotSaid,
        preflight: None,
        codes: Vec::new(),
    }
}
