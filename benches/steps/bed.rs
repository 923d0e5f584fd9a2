//! What the steps are measured on: the table in its forms, from the file to a run that is staged.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use feishu_bulk::batching::Filled;
use feishu_bulk::input::{Input, InputOptions, Reading};
use feishu_bulk::job::{self, Job};
use feishu_bulk::model::{Batch, Columns, Envelope, Place, Row};
use feishu_bulk::store::RunFolder;

use crate::step::{Fallible, ITEMS_MAX, batches, each_mapped, fill, stage_all};
use crate::table;

/// A folder with the table, and the job that sends it.
pub(crate) struct Bed {
    folder: tempfile::TempDir,
    folders_made: Cell<u32>,
    pub(crate) job: Job,
    pub(crate) rows: u64,
}

/// Items under one envelope, in the order of the input.
pub(crate) struct Items {
    pub(crate) envelope: Envelope,
    /// The envelope's values, as they are mapped.
    pub(crate) values: Vec<String>,
    /// Place, body and source of each.
    pub(crate) rows: Vec<(Place, Vec<u8>, Vec<u8>)>,
}

impl Bed {
    pub(crate) fn new(rows: u32) -> Fallible<Self> {
        Ok(Self {
            folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?,
            folders_made: Cell::new(0),
            job: job::load(Path::new(table::JOB), &[])?,
            rows: rows.into(),
        })
    }

    /// The table as CSV, written when it is asked for first.
    pub(crate) fn csv(&self) -> Fallible<PathBuf> {
        let path = self.folder.path().join("input.csv");
        if !path.exists() {
            table::write_csv(&path, self.rows)?;
        }
        Ok(path)
    }

    /// The table as a workbook, as Excel writes it.
    pub(crate) fn workbook(&self) -> Fallible<PathBuf> {
        let path = self.folder.path().join("input.xlsx");
        if !path.exists() {
            let mut workbook = rust_xlsxwriter::Workbook::new();
            let sheet = workbook.add_worksheet();
            sheet.write_row(0, 0, table::COLUMNS)?;
            for row in 0..self.rows {
                sheet.write_row(u32::try_from(row)? + 1, 0, table::cells(row))?;
            }
            workbook.save(&path)?;
        }
        Ok(path)
    }

    pub(crate) fn run_folder(&self) -> Fallible<RunFolder> {
        let number = self.folders_made.get() + 1;
        self.folders_made.set(number);
        Ok(RunFolder::create(
            &self.folder.path().join("runs"),
            &number.to_string(),
        )?)
    }

    pub(crate) fn rows(&self) -> Fallible<(Columns, Vec<Row>)> {
        let mut input = Input::open(&self.csv()?, &InputOptions::default())?;
        let mut row = Row::default();
        let mut rows = Vec::new();
        while input.read(&mut row)? == Reading::Row {
            rows.push(row.clone());
        }
        Ok((input.columns().clone(), rows))
    }

    pub(crate) fn items(&self) -> Fallible<Items> {
        let (columns, rows) = self.rows()?;
        let mut all = Items {
            envelope: Envelope::default(),
            values: Vec::new(),
            rows: Vec::new(),
        };
        each_mapped(&self.job, &columns, &rows, |row, mapped| {
            if all.rows.is_empty() {
                let names = self
                    .job
                    .endpoint
                    .request
                    .iter()
                    .map(|value| value.field.name.clone());
                all.envelope.values = names.zip(mapped.envelope.iter().cloned()).collect();
                all.values.clone_from(&mapped.envelope);
            }
            let place = Place::row(row.record);
            all.rows
                .push((place, mapped.body.clone(), row.source.clone()));
        })?;
        Ok(all)
    }

    pub(crate) fn filled(&self) -> Fallible<Vec<Filled>> {
        Ok(fill(&self.items()?))
    }

    pub(crate) fn batches(&self) -> Fallible<Vec<Batch>> {
        let items = self.items()?;
        let envelope = Arc::new(items.envelope);
        let bodies: Vec<Vec<u8>> = items.rows.into_iter().map(|(_, body, _)| body).collect();
        Ok(batches(&envelope, &bodies, ITEMS_MAX))
    }

    /// A run of which nothing was sent.
    pub(crate) fn staged(&self) -> Fallible<RunFolder> {
        let folder = self.run_folder()?;
        stage_all(&folder, &self.job.endpoint, &self.filled()?, self.rows)?;
        Ok(folder)
    }

    pub(crate) fn rows_must_be(&self) -> impl Fn(usize) -> Fallible<()> + use<> {
        let rows = self.rows;
        move |count| {
            if count as u64 == rows {
                Ok(())
            } else {
                Err(format!("{count} rows where {rows} were expected").into())
            }
        }
    }
}
