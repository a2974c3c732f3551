//! `muniment load plan`: how long the plan of a disposition takes, with so many records and
//! so many holds.
//!
//! Ten years of conversations in a scratch archive, the clock moved by hand: half of the
//! records messages, half statuses, each with its delivery, twenty-five to a party; a
//! schedule by which a tenth or so is due; holds by party, by party and days, by number and
//! days, and by query. Then the same plan several times: what the queries of holds found is
//! remembered from the first, and, in a directory that is left, put aside: with `--again` the
//! first plan is one after a start.

mod world;

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::watch;

use super::scratch::{Running, Scratch};
use crate::cli::{Exit, Printer, Setting};
use crate::clock::Clock;
use crate::config::Config;
use crate::disposition::{Disposition, DispositionConfig, Planned};
use crate::govern::Govern;
use crate::index::Index;
use world::World;

const POLL: Duration = Duration::from_millis(50);

/// Plan the destruction of what is due among many records and holds.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many records.
    #[arg(long, value_name = "N", default_value = "100000")]
    records: NonZeroU64,
    /// How many holds.
    #[arg(long, value_name = "M", default_value = "1000", value_parser = clap::value_parser!(u32).range(0..=50_000))]
    holds: u32,
    /// How often the plan is made.
    #[arg(long, value_name = "K", default_value = "3")]
    times: NonZeroU32,
    /// Make the scratch archive here and leave it; it must not be there yet.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Plan again in a scratch archive that was left in DIR.
    #[arg(long, requires = "dir", conflicts_with_all = ["records", "holds"])]
    again: bool,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
struct Figures {
    records: u64,
    entries: u64,
    holds: u64,
    /// What it took to make the archive; `None` of one that was left.
    #[serde(flatten)]
    made: Option<Made>,
    /// Each plan, the first one first.
    plan_seconds: Vec<f64>,
    /// What the last plan came to.
    planned: Counts,
}

/// What making an archive took.
#[derive(Clone, Copy, Debug, Serialize)]
struct Made {
    /// Taking the records in, and the index following.
    filled_seconds: f64,
    /// Placing the holds, one decision each.
    held_seconds: f64,
}

/// What a plan came to.
#[derive(Clone, Copy, Debug, Serialize)]
struct Counts {
    /// Entries that are to be destroyed.
    listed: u64,
    held: u64,
    later: u64,
    unruled: u64,
}

pub(super) fn run(
    args: &Args,
    setting: &Setting,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Exit> {
    let (clock, hand) = Clock::hand_moved(Timestamp::now());
    let world = World { clock, hand, records: args.records.get(), holds: args.holds };
    let scratch = match &args.dir {
        Some(dir) if args.again => {
            world.be_over();
            Scratch::left_in(dir)?
        }
        dir => Scratch::make(dir.as_deref(), setting)?,
    };
    let running = scratch.open_by(world.clock.clone())?;
    let runtime = tokio::runtime::Runtime::new().context("could not start threads")?;
    let figures = runtime.block_on(measure(&running, &scratch.config()?, &world, args))?;
    drop(runtime);
    running.close()?;
    if args.json {
        printer.line(serde_json::to_string_pretty(&figures)?)?;
    } else {
        printer.line(figures)?;
    }
    Ok(Exit::Fine)
}

async fn measure(
    running: &Running,
    config: &Config,
    world: &World,
    args: &Args,
) -> anyhow::Result<Figures> {
    let Running { log, keyring, .. } = running;
    let dir = config.archive.data.join("index");
    let (index, follower) =
        Index::open(&dir, log.clone(), Arc::clone(keyring), config.index.clone())?;
    let (stop, stopped) = watch::channel(false);
    let following = tokio::spawn(follower.run(stopped));
    let govern = Govern::open(log.clone(), Arc::clone(keyring), world.clock.clone())?;
    let made = match args.again {
        true => None,
        false => Some(make(running, world, &index, &govern).await?),
    };
    // Else the first plan would be timed with its waiting for the index.
    caught_up(&index).await;
    let holds = govern.read(|projection| projection.holds.iter().count())?.try_into()?;
    let disposition = Disposition::new(
        log.clone(),
        Arc::clone(keyring),
        index.clone(),
        govern,
        world.clock.clone(),
        DispositionConfig::default(),
    );
    let (mut plan_seconds, mut planned) = (vec![], None);
    for _ in 0..args.times.get() {
        let begun = Instant::now();
        planned = Some(disposition.preview().await?);
        plan_seconds.push(begun.elapsed().as_secs_f64());
    }
    drop(disposition);
    let records = index.fold_facts(|| 0, |count: &mut u64, _, _| *count += 1)?;
    let records = records.parts.into_iter().sum();
    drop(index);
    stop.send_replace(true);
    following.await.context("the index's follower ended")??;
    let entries = log.size().get();
    let planned = planned.as_ref().map(Counts::of).context("at least one plan is made")?;
    Ok(Figures { records, entries, holds, made, plan_seconds, planned })
}

async fn make(
    running: &Running,
    world: &World,
    index: &Index,
    govern: &Govern,
) -> anyhow::Result<Made> {
    let begun = Instant::now();
    world.fill(&running.log, &running.keyring).await?;
    caught_up(index).await;
    let filled_seconds = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    world.decide(govern).await?;
    Ok(Made { filled_seconds, held_seconds: begun.elapsed().as_secs_f64() })
}

async fn caught_up(index: &Index) {
    while index.progress().entries_behind() > 0 {
        tokio::time::sleep(POLL).await;
    }
}

impl Counts {
    fn of(planned: &Planned) -> Self {
        let Planned { plan, held, later, unruled, .. } = planned;
        Self { listed: plan.count(), held: *held, later: *later, unruled: *unruled }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, entries, holds, made, plan_seconds, planned } = self;
        match made {
            Some(Made { filled_seconds, held_seconds }) => {
                writeln!(
                    f,
                    "filled     {records} records, {entries} entries, in {filled_seconds:.1} s"
                )?;
                writeln!(f, "held       {holds} holds placed in {held_seconds:.1} s")?;
            }
            None => writeln!(f, "left       {records} records, {entries} entries, {holds} holds")?,
        }
        let seconds: Vec<String> =
            plan_seconds.iter().map(|seconds| format!("{seconds:.2} s")).collect();
        writeln!(f, "planned    in {}", seconds.join(", then "))?;
        let Counts { listed, held, later, unruled } = planned;
        write!(f, "due        {listed} entries listed, {held} held; {later} later, {unruled} kept")
    }
}
