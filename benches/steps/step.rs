//! The steps of a run, each alone: what it needs is made ready first, so that only the step itself is measured.
//!
//! A step that does not do what it is measured for fails.

use std::error::Error;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use feishu_bulk::batching::{Batcher, Filled};
use feishu_bulk::control::Control;
use feishu_bulk::endpoint::reply::{self, Disposition};
use feishu_bulk::endpoint::{Endpoint, Request, catalogue};
use feishu_bulk::event::Silent;
use feishu_bulk::input::{Input, InputFormat, InputOptions, Reading};
use feishu_bulk::job::Job;
use feishu_bulk::lookup::Lookups;
use feishu_bulk::mapping::{Mapped, Mapper, Typing};
use feishu_bulk::model::{
    Batch, BatchId, CallEnd, CallResult, Columns, Envelope, Item, Outcome, Reply, Row, Settled,
    TransportError,
};
use feishu_bulk::origin::Origin;
use feishu_bulk::prepare::{InputFile, prepare};
use feishu_bulk::report::write_items;
use feishu_bulk::run::prepare_run;
use feishu_bulk::store::{Facts, Fate, Journal, Ledger, NewStore, RunFolder};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::bed::{Bed, Items};
use crate::table;

pub(crate) type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What is measured: done once, after it was made ready.
pub(crate) type Work = Box<dyn FnOnce() -> Fallible<()>>;

/// One step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// Makes it ready.
    pub(crate) ready: fn(&Bed) -> Fallible<Work>,
}

/// All steps, in the order in which a row goes through them; the two stations first that are made of several.
pub(crate) const ALL: &[Step] = &[
    step("check: read, map, compare keys, batch", check),
    step("prepare of run: the same, and stage", prepare_of_run),
    step("read CSV", read_csv),
    step("read workbook", read_workbook),
    step("map", map),
    step("batch", batch),
    step("stage, until durable", stage),
    step("read back", read_back),
    step("build request", build_request),
    step("intend and settle, 128 calls at a time", settle),
    step("read reply, 50 items, none failed", reply_none_failed),
    step("read reply, 50 items, one failed", reply_one_failed),
    step("read reply, 500 items, each with a flag", reply_flags),
    step("report", report),
];

const fn step(name: &'static str, ready: fn(&Bed) -> Fallible<Work>) -> Step {
    Step { name, ready }
}

/// Items of one call, as the archive report allows.
pub(crate) const ITEMS_MAX: usize = 50;
/// As in a delivery without a quota.
const CALLS_IN_FLIGHT: usize = 128;
/// As a delivery reads ahead.
const READ_AHEAD: usize = 64;

fn check(bed: &Bed) -> Fallible<Work> {
    let (csv, job, must_be) = (bed.csv()?, bed.job.clone(), bed.rows_must_be());
    Ok(Box::new(move || {
        let plan = prepare(
            &job,
            &InputFile::new(&csv, &Origin::own()),
            &mut |staged| {
                black_box(&staged);
                Ok(())
            },
            &Control::default(),
            &Silent,
        )?;
        must_be(usize::try_from(plan.items)?)
    }))
}

fn prepare_of_run(bed: &Bed) -> Fallible<Work> {
    let (csv, job, must_be) = (bed.csv()?, bed.job.clone(), bed.rows_must_be());
    let folder = bed.run_folder()?;
    Ok(Box::new(move || {
        let prepared = prepare_run(
            folder,
            &job,
            &InputFile::new(&csv, &Origin::own()),
            None,
            &Control::default(),
            &Silent,
        )?;
        must_be(usize::try_from(prepared.brief.items)?)
    }))
}

fn read_csv(bed: &Bed) -> Fallible<Work> {
    Ok(read(bed.csv()?, bed))
}

fn read_workbook(bed: &Bed) -> Fallible<Work> {
    Ok(read(bed.workbook()?, bed))
}

fn read(path: PathBuf, bed: &Bed) -> Work {
    let must_be = bed.rows_must_be();
    Box::new(move || {
        let mut input = Input::open(&path, &InputOptions::default())?;
        let mut row = Row::default();
        let mut count = 0;
        while input.read(&mut row)? == Reading::Row {
            black_box(&row);
            count += 1;
        }
        must_be(count)
    })
}

fn map(bed: &Bed) -> Fallible<Work> {
    let (columns, rows) = bed.rows()?;
    let (job, must_be) = (bed.job.clone(), bed.rows_must_be());
    Ok(Box::new(move || {
        let mut count = 0;
        each_mapped(&job, &columns, &rows, |_, mapped| {
            black_box(mapped);
            count += 1;
        })?;
        must_be(count)
    }))
}

pub(crate) fn each_mapped(
    job: &Job,
    columns: &Columns,
    rows: &[Row],
    mut each: impl FnMut(&Row, &Mapped),
) -> Fallible<()> {
    let lookups = Lookups::default();
    let mut mapper = Mapper::new(job, &lookups, columns, None, Typing::Untyped)?;
    let mut mapped = Mapped::default();
    for row in rows {
        mapper
            .map(columns, row, None, &mut mapped)
            .map_err(|rejection| rejection.sentence().to_string())?;
        each(row, &mapped);
    }
    Ok(())
}

fn batch(bed: &Bed) -> Fallible<Work> {
    let (items, must_be) = (bed.items()?, bed.rows_must_be());
    Ok(Box::new(move || {
        let filled = fill(&items);
        must_be(filled.iter().map(|filled| filled.places.len()).sum())
    }))
}

pub(crate) fn fill(items: &Items) -> Vec<Filled> {
    let mut batcher = Batcher::new(ITEMS_MAX);
    let mut batches = Vec::new();
    for (place, body, source) in &items.rows {
        batches.extend(batcher.add(&items.values, *place, body, source));
    }
    batches.extend(batcher.finish());
    batches
}

fn stage(bed: &Bed) -> Fallible<Work> {
    let (folder, filled) = (bed.run_folder()?, bed.filled()?);
    let (endpoint, rows) = (bed.job.endpoint.clone(), bed.rows);
    Ok(Box::new(move || {
        stage_all(&folder, &endpoint, &filled, rows)
    }))
}

pub(crate) fn stage_all(
    folder: &RunFolder,
    endpoint: &Endpoint,
    filled: &[Filled],
    rows: u64,
) -> Fallible<()> {
    let mut new_store = NewStore::create(&folder.store())?;
    for filled in filled {
        new_store.add_batch(endpoint, filled, Fate::NotSent)?;
    }
    Ok(new_store.finish(&Facts {
        run: folder.run().to_owned(),
        header: table::COLUMNS.join(","),
        delimiter: b',',
        format: InputFormat::Csv,
        read: rows,
        ..Facts::default()
    })?)
}

fn read_back(bed: &Bed) -> Fallible<Work> {
    let (folder, must_be) = (bed.staged()?, bed.rows_must_be());
    Ok(Box::new(move || {
        let ledger = Ledger::open(&folder.store())?;
        let last = ledger.last_batch()?;
        let (mut after, mut count) = (BatchId(0), 0);
        while after < last {
            for (batch, _) in ledger.next_unsettled(after, last, READ_AHEAD)? {
                count += batch.items.len();
                after = batch.id;
                black_box(batch);
            }
        }
        must_be(count)
    }))
}

fn build_request(bed: &Bed) -> Fallible<Work> {
    let (batches, endpoint) = (bed.batches()?, bed.job.endpoint.clone());
    Ok(Box::new(move || {
        for batch in &batches {
            black_box(Request::build(&endpoint, &batch.envelope, &batch.items));
        }
        Ok(())
    }))
}

fn settle(bed: &Bed) -> Fallible<Work> {
    let (folder, runtime) = (bed.staged()?, runtime()?);
    Ok(Box::new(move || settle_all(&folder, &runtime)))
}

fn runtime() -> Fallible<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?)
}

/// Settles every batch as succeeded.
fn settle_all(folder: &RunFolder, runtime: &Runtime) -> Fallible<()> {
    let last = Ledger::open(&folder.store())?.last_batch()?;
    let journal = Arc::new(Journal::open(&folder.store())?);
    let next = Arc::new(AtomicI64::new(1));
    let mut callers = JoinSet::new();
    for _ in 0..CALLS_IN_FLIGHT {
        let (journal, next) = (Arc::clone(&journal), Arc::clone(&next));
        callers.spawn_on(
            async move {
                loop {
                    let batch = BatchId(next.fetch_add(1, Ordering::Relaxed));
                    if batch > last {
                        return Ok::<(), Box<dyn Error + Send + Sync>>(());
                    }
                    let (call, _) = journal.intend(batch).await?;
                    journal
                        .settle(batch, Some((call, answered())), succeeded())
                        .await?;
                }
            },
            runtime.handle(),
        );
    }
    runtime.block_on(async {
        while let Some(caller) = callers.join_next().await {
            caller??;
        }
        Ok(())
    })
}

fn answered() -> CallEnd {
    CallEnd {
        result: CallResult::Read,
        may_be_applied: false,
        status: Some(200),
        code: Some(0),
        message: String::new(),
        log_id: None,
    }
}

fn succeeded() -> Settled {
    Settled {
        outcomes: vec![Some((Outcome::Succeeded, None)); ITEMS_MAX],
        ..Settled::default()
    }
}

fn reply_none_failed(bed: &Bed) -> Fallible<Work> {
    let body = r#"{"code":0,"msg":"success","data":{"invalid_code":[],"invalid_member_id":[]}}"#;
    Ok(read_replies(
        bed.job.endpoint.clone(),
        bed.batches()?,
        |_| body.to_owned(),
    ))
}

fn reply_one_failed(bed: &Bed) -> Fallible<Work> {
    Ok(read_replies(
        bed.job.endpoint.clone(),
        bed.batches()?,
        |batch| {
            let first = batch.items.first().map(|item| item.body.as_ref());
            let first: serde_json::Value =
                serde_json::from_slice(first.unwrap_or_default()).unwrap_or_default();
            let member = first.get("member_id").unwrap_or(&first);
            format!(
                r#"{{"code":0,"msg":"success","data":{{"invalid_code":[],"invalid_member_id":[{member}]}}}}"#
            )
        },
    ))
}

fn reply_flags(bed: &Bed) -> Fallible<Work> {
    let endpoint = catalogue::endpoint("apaas.records.batch_delete")?;
    let ids = (0..bed.rows).map(|row| format!("\"{}\"", 1_700_000_000_000_000 + row));
    let ids: Vec<Vec<u8>> = ids.map(String::into_bytes).collect();
    let batches = batches(&Arc::default(), &ids, endpoint.items.max);
    Ok(read_replies(endpoint, batches, |batch| {
        let entry = |item: &Item| {
            let id = String::from_utf8_lossy(&item.body);
            format!(r#"{{"id":{id},"success":true,"errors":[{{"code":"0","message":""}}]}}"#)
        };
        let entries: Vec<String> = batch.items.iter().map(entry).collect();
        let entries = entries.join(",");
        format!(r#"{{"code":0,"msg":"success","data":{{"items":[{entries}]}}}}"#)
    }))
}

pub(crate) fn batches(
    envelope: &Arc<Envelope>,
    bodies: &[Vec<u8>],
    items_max: usize,
) -> Vec<Batch> {
    let item = |body: &Vec<u8>| Item {
        body: body.clone().into(),
    };
    let numbered = bodies.chunks(items_max).zip(1..);
    numbered
        .map(|(bodies, id)| Batch {
            id: BatchId(id),
            envelope: Arc::clone(envelope),
            items: bodies.iter().map(item).collect(),
        })
        .collect()
}

fn read_replies(
    endpoint: Endpoint,
    batches: Vec<Batch>,
    answer: impl Fn(&Batch) -> String,
) -> Work {
    let reply = |batch: &Batch| Reply {
        status: 200,
        body: answer(batch).into_bytes(),
        ..Reply::default()
    };
    let calls: Vec<(Batch, Result<Reply, TransportError>)> = batches
        .into_iter()
        .map(|batch| {
            let reply = reply(&batch);
            (batch, Ok(reply))
        })
        .collect();
    Box::new(move || {
        for (batch, result) in &calls {
            let answer = reply::read(&endpoint, batch, result);
            if !matches!(answer.disposition, Disposition::Read(_)) {
                return Err(format!("a good reply was read as {answer:?}").into());
            }
            black_box(answer);
        }
        Ok(())
    })
}

fn report(bed: &Bed) -> Fallible<Work> {
    let (folder, must_be) = (bed.staged()?, bed.rows_must_be());
    settle_all(&folder, &runtime()?)?;
    Ok(Box::new(move || {
        let ledger = Ledger::open(&folder.store())?;
        let written = write_items(&folder, &ledger, &ledger.facts()?)?;
        must_be(usize::try_from(written.succeeded)?)
    }))
}
