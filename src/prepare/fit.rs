//! Which columns of a file a job uses: so that the job for a file can be offered, before any row is read.

use std::path::Path;

use super::entries::Bound;
use super::{InputFile, Pass, lookups, options};
use crate::control::Control;
use crate::error::Refusal;
use crate::event::Silent;
use crate::input::Input;
use crate::job::Job;
use crate::mapping::{Days, RuinedIds};
use crate::origin::Origin;

/// The titles of the columns that the job uses, in the order of the file; a refusal says what the job misses in it.
pub fn columns_used(job: &Job, path: &Path) -> Result<Vec<String>, Refusal> {
    let lookups = lookups::load(job)?;
    let origin = Origin::own();
    let pass = Pass {
        job,
        lookups: &lookups,
        ruined: RuinedIds::default(),
        file: InputFile::new(path, &origin),
        leaves_out_beside: false,
        control: &Control::default(),
        observer: &Silent,
    };
    let mut input = Input::open(path, &options(job))?;
    let Bound { days, mapper, .. } = Bound::new(&pass, &mut input)?;
    let mut used = mapper.columns_sent().to_vec();
    let of_days = days.iter().flat_map(Days::days);
    used.extend(of_days.map(|day| day.column));
    used.sort_unstable();
    used.dedup();
    let names = input.columns().names();
    let titles = used.iter().filter_map(|column| names.get(*column));
    Ok(titles.cloned().collect())
}
