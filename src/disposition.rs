//! Disposition: destroying what is due and not held, so that it is gone, and so that
//! everybody can see that just that is gone.
//!
//! A *plan* lists what the rules let go, and is a decision in the log before anything
//! happens. Others approve it. *Executing* judges each record again, from the record
//! itself, and by the rules and holds of that moment; writes into the log what is
//! destroyed; deletes keys, bodies and marks; takes the words out of the index; gives the
//! buckets other keys, so that no older copy opens; and ends with a *certificate*.
//!
//! One run at a time. A hold is placed before or after a piece of the work, never during
//! it, and counts from then on. What a crash interrupts is finished at the next start
//! ([`Disposition::resume`]).

mod accesses;
mod bundle;
mod caught;
pub mod certificate;
mod clock;
mod config;
mod deciding;
mod decisions;
pub mod erasure;
mod error;
mod execute;
mod explain;
mod held;
mod holding;
mod lexicons;
mod look;
mod naming;
mod past;
mod plan;
mod planning;
mod relied;
mod restricted;
mod shown;
mod simulate;
mod still;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde::Serialize;

pub use clock::ClockTrust;
pub use config::DispositionConfig;
pub use deciding::Deciding;
pub use error::Error;
pub use execute::HELD;
pub use explain::Explained;
pub use held::HeldNow;
pub use shown::Shown;
pub use simulate::{Horizon, Simulated};

use crate::clock::Clock;
use crate::govern::{Actor, Decided, Govern};
use crate::index::{Index, Later, People};
use crate::log::Log;
use crate::projection::Act;
use crate::projection::runs::{DispositionAct, Plan};
use crate::record::RecordId;
use crate::seal::Keyring;
use crate::tlog::LeafIndex;

use certificate::{Certificate, Rule, Statement};
use clock::ClockCheck;
use execute::{RECORDS_A_PIECE, listed, withheld};
use past::gone_of;

/// A handle on the dispositions of an archive; cheap to clone.
#[derive(Clone, Debug)]
pub struct Disposition(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    log: Log,
    keyring: Arc<Keyring>,
    index: Index,
    govern: Govern,
    clock: Clock,
    check: ClockCheck,
    config: DispositionConfig,
    /// Whom the index showed together when a hold was counted last.
    people: std::sync::Mutex<People>,
    /// By what the index showed people whose records are restricted to be known since.
    later: std::sync::Mutex<Later>,
    /// Held while a run is carried out.
    working: tokio::sync::Mutex<()>,
    /// Held while what holds caught is counted and written down.
    counting: tokio::sync::Mutex<()>,
    stopping: AtomicBool,
}

/// What a plan came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planned {
    /// The run, where there is something to destroy.
    pub run: Option<RecordId>,
    /// The plan.
    pub plan: Plan,
    /// Due, and held.
    pub held: u64,
    /// Due, and kept because their person wants it (GDPR art. 18).
    pub restricted: u64,
    /// Due, and kept because what is known of somebody's consent rests on them.
    pub relied: u64,
    /// Due, and staying for the sake of what goes along with it.
    pub bound: u64,
    /// Of rules that wait for an event.
    pub waiting: u64,
    /// Not due yet.
    pub later: u64,
    /// Of no rule: kept.
    pub unruled: u64,
}

/// What an execution came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Records destroyed by the run.
    pub destroyed: u64,
    /// Records of its plan that were kept after all.
    pub withheld: u64,
}

impl Disposition {
    /// The dispositions of one archive.
    pub fn new(
        log: Log,
        keyring: Arc<Keyring>,
        index: Index,
        govern: Govern,
        clock: Clock,
        config: DispositionConfig,
    ) -> Self {
        let check = ClockCheck::new(clock.clone(), &config);
        Self(Arc::new(Inner {
            log,
            keyring,
            index,
            govern,
            clock,
            check,
            config,
            people: std::sync::Mutex::default(),
            later: std::sync::Mutex::default(),
            working: tokio::sync::Mutex::default(),
            counting: tokio::sync::Mutex::default(),
            stopping: AtomicBool::new(false),
        }))
    }

    /// What is due now, without writing anything down.
    ///
    /// # Errors
    /// [`Error::Behind`], [`Error::Unread`]; else when something cannot be read.
    pub async fn preview(&self) -> Result<Planned, Error> {
        let size = self.indexed().await;
        self.0.blocking(move |inner| inner.plan(size)).await
    }

    /// Plans the destruction of what is due now; nothing is destroyed by it. Where nothing
    /// is due, nothing is written down.
    ///
    /// # Errors
    /// As [`Disposition::preview`]; [`Error::Clock`]; and when the decision cannot be
    /// written.
    pub async fn plan(&self, actor: &Actor) -> Result<Planned, Error> {
        self.0.blocking(Inner::trust_clock).await?;
        let mut planned = self.preview().await?;
        if planned.plan.groups.is_empty() {
            return Ok(planned);
        }
        let act = DispositionAct::Planned(planned.plan.clone());
        planned.run = Some(self.act(actor, act).await?.record);
        Ok(planned)
    }

    /// Approves a plan, by somebody else than who planned it.
    ///
    /// # Errors
    /// When it cannot be approved, or by another.
    pub async fn approve(
        &self,
        actor: &Actor,
        run: RecordId,
        reason: String,
    ) -> Result<Decided, Error> {
        self.act(actor, DispositionAct::Approved { run, reason }).await
    }

    /// Rejects a plan, for good.
    ///
    /// # Errors
    /// When it was carried out or rejected before.
    pub async fn reject(
        &self,
        actor: &Actor,
        run: RecordId,
        reason: String,
    ) -> Result<Decided, Error> {
        self.act(actor, DispositionAct::Rejected { run, reason }).await
    }

    /// Carries an approved plan out, to its end.
    ///
    /// # Errors
    /// [`Error::Clock`]; when it is not approved; else when something cannot be read or
    /// written: it is gone on with by [`Disposition::resume`].
    pub async fn execute(&self, actor: &Actor, run: RecordId) -> Result<Done, Error> {
        let _working = self.0.working.lock().await;
        self.begin(actor, run).await?;
        self.carry_out(run).await
    }

    /// Decides that an approved plan is carried out now; [`Disposition::resume`] does it.
    /// One that was begun before is gone on with.
    ///
    /// # Errors
    /// [`Error::Clock`]; when it is not approved; when it cannot be written.
    pub async fn begin(&self, actor: &Actor, run: RecordId) -> Result<(), Error> {
        let started = self.0.govern.read(|projection| projection.runs.started());
        if started.map_err(Error::Govern)? == Some(run) {
            return Ok(());
        }
        self.0.blocking(Inner::trust_clock).await?;
        self.act(actor, DispositionAct::Started { run }).await.map(drop)
    }

    /// Goes on with what a stop interrupted; `None` where there is nothing.
    ///
    /// # Errors
    /// As [`Disposition::execute`].
    pub async fn resume(&self) -> Result<Option<Done>, Error> {
        let _working = self.0.working.lock().await;
        match self.0.started()? {
            Some(run) => self.carry_out(run).await.map(Some),
            None => Ok(None),
        }
    }

    /// Deletes what the log says is destroyed and a stop left there: before anybody reads a
    /// record, or links a medium to one. Blocks. The rest is for [`Disposition::resume`].
    ///
    /// # Errors
    /// When entries or rows cannot be read, or deleted.
    pub fn delete_left(&self) -> Result<(), Error> {
        let Some(run) = self.0.started()? else { return Ok(()) };
        let (at, _) = self.0.plan_of(run)?;
        self.0.delete_left_of(run, at).map(drop)
    }

    /// Ends the work on a run between two of its steps, and answers when nobody works on
    /// one any more. [`Disposition::resume`] goes on with it after the next start.
    pub async fn stop(&self) {
        self.0.stopping.store(true, Ordering::SeqCst);
        drop(self.0.working.lock().await);
    }

    async fn act(&self, actor: &Actor, act: DispositionAct) -> Result<Decided, Error> {
        self.0.govern.act(actor, Act::Disposition(act)).await.map_err(Error::Govern)
    }

    async fn carry_out(&self, run: RecordId) -> Result<Done, Error> {
        let (at, plan) = self.0.blocking(move |inner| inner.plan_of(run)).await?;
        let planned = Arc::new(listed(&plan));
        let records = {
            let planned = Arc::clone(&planned);
            self.0.blocking(move |inner| inner.left_of(run, at, &planned)).await?
        };
        self.follow_before(Arc::clone(&planned)).await?;
        self.name_threads().await?;
        let (mut stays, mut before) = (BTreeMap::new(), execute::Before::default());
        for piece in records.chunks(RECORDS_A_PIECE) {
            let judging = execute::Judging {
                as_of: plan.as_of,
                cause: plan.cause.clone(),
                planned: Arc::clone(&planned),
                piece: piece.to_vec(),
                before,
            };
            before = self.destroy_piece(run, judging, &mut stays).await?;
        }
        self.0.go_on()?;
        let destroyed = self
            .0
            .blocking(move |inner| {
                let destroyed = inner.destroyed_by(run, at)?;
                inner.sweep(&destroyed)?;
                Ok(destroyed)
            })
            .await?;
        self.finish(run, at, &plan, destroyed, stays).await
    }

    /// One piece, while nobody decides anything and no medium is linked.
    async fn destroy_piece(
        &self,
        run: RecordId,
        judging: execute::Judging,
        stays: &mut BTreeMap<String, Vec<LeafIndex>>,
    ) -> Result<execute::Before, Error> {
        let (still, size) = self.still_and_indexed().await?;
        let destroying = self.0.log.destroying().await;
        let (judged, before) = self.0.blocking(move |inner| inner.judge_by(&judging, size)).await?;
        if !judged.goes.is_empty() {
            self.0.destroy(run, &judged.goes).await?;
        }
        drop((destroying, still));
        for (why, entries) in judged.stays {
            stays.entry(why).or_default().extend(entries);
        }
        Ok(before)
    }

    async fn finish(
        &self,
        run: RecordId,
        at: LeafIndex,
        plan: &Plan,
        destroyed: Vec<execute::DestroyedBy>,
        stays: BTreeMap<String, Vec<LeafIndex>>,
    ) -> Result<Done, Error> {
        let state = self.0.govern.read(|projection| projection.runs.get(run).cloned());
        let state = state.map_err(Error::Govern)?.ok_or(Error::NotFound("disposition"))?;
        let count = destroyed.iter().map(|by| by.entries.count()).sum();
        let withheld = withheld(stays);
        let kept = withheld.iter().flat_map(|some| &some.entries).map(|set| set.count()).sum();
        let rules = plan.groups.iter().map(|group| Rule {
            schedule: group.schedule.clone(),
            sha256: group.sha256,
            rule: group.rule.clone(),
            records: gone_of(group, &destroyed),
        });
        let statement = Statement {
            origin: self.0.log.origin().to_owned(),
            run,
            planned: (at, state.planned),
            as_of: plan.as_of,
            rules: rules.collect(),
            approved_by: state.approved_by.iter().map(|person| person.who.clone()).collect(),
            destroyed: destroyed.iter().map(|by| (by.index, by.entries.count())).collect(),
            withheld: kept,
            ended: self.0.clock.now(),
        };
        let certificate = statement.to_text();
        let act = DispositionAct::Finished { run, destroyed: count, withheld, certificate };
        self.act(&Actor::muniment(), act).await?;
        Ok(Done { destroyed: count, withheld: kept })
    }

    /// The certificate of a finished run; `None` while no signed checkpoint covers its end.
    ///
    /// # Errors
    /// When there is no such run, or it is not finished.
    pub async fn certificate(&self, run: RecordId) -> Result<Option<Certificate>, Error> {
        self.0.blocking(move |inner| inner.certificate(run)).await
    }
}

impl Inner {
    /// Runs on a thread that may wait for the disk.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.unwrap_or(Err(Error::Stopping))
    }

    /// Whether the clock may say what is due.
    fn trust_clock(&self) -> Result<(), Error> {
        let size = self.log.size().get();
        let newest = size.checked_sub(1).map(LeafIndex::new);
        let newest = newest.map(|index| self.log.entry_at(index)).transpose();
        let newest = newest.map_err(Error::Log)?.map_or(Timestamp::MIN, |entry| entry.time);
        self.check.look(newest)
    }

    fn go_on(&self) -> Result<(), Error> {
        if self.stopping.load(Ordering::SeqCst) { Err(Error::Stopping) } else { Ok(()) }
    }
}
