//! Deciding about the archive: every decision is an entry, sealed, and folded into what
//! holds ([`Projection`]).
//!
//! A decision takes effect when it is durable, not before, and the next reading sees it.
//! Decisions are taken one at a time, each checked against all before it, so that none
//! stands in the log that cannot follow. Whoever destroys holds the same place
//! ([`Govern::hold_still`]): a legal hold comes before or after a piece of the work, never
//! during it.
//!
//! Not here: what a decision means (`policy`, `projection`), and doing what was decided
//! (`disposition`).

mod error;
mod told;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

pub use error::Error;
pub use told::{Actor, MUNIMENT, Told};

use crate::clock::Clock;
use crate::log::{Draft, Group, Log, Placed};
use crate::projection::{Act, At, Projection, Refused};
use crate::record::{Class, RecordId};
use crate::seal::{self, Keyring};
use crate::tlog::{Hash, LeafIndex};

/// The longest decision, before it is sealed.
pub const ACT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A handle on the decisions about an archive; cheap to clone.
#[derive(Clone, Debug)]
pub struct Govern(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    log: Log,
    keyring: Arc<Keyring>,
    clock: Clock,
    folded: Mutex<Folded>,
    /// Held while a decision is checked and written down, and while records are destroyed.
    acting: Arc<tokio::sync::Mutex<()>>,
}

/// How far the log was read, and what came of it.
#[derive(Debug)]
struct Folded {
    next: LeafIndex,
    projection: Projection,
    /// Entries that should have told something and could not be read.
    unread: Vec<Unread>,
}

/// An entry that governs and could not be read or followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The entry.
    pub index: LeafIndex,
    /// Why; nothing of its content.
    pub why: String,
}

/// A decision that is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Its record: it is named by it.
    pub record: RecordId,
    /// Its entry.
    pub index: LeafIndex,
}

/// While it lives, nothing is decided: see [`Govern::hold_still`].
#[derive(Debug)]
pub struct Still {
    _acting: tokio::sync::OwnedMutexGuard<()>,
}

impl Govern {
    /// Reads every decision of an archive; blocks. An archive of a build that did not mark
    /// them is read through once, and marked.
    ///
    /// # Errors
    /// When rows cannot be read or written.
    pub fn open(log: Log, keyring: Arc<Keyring>, clock: Clock) -> Result<Self, Error> {
        log.mark_governing().map_err(Error::Log)?;
        let acting = Arc::default();
        let (projection, unread) = (Projection::default(), vec![]);
        let folded = Mutex::new(Folded { next: LeafIndex::FIRST, projection, unread });
        let govern = Self(Arc::new(Inner { log, keyring, clock, folded, acting }));
        drop(govern.0.caught_up()?);
        Ok(govern)
    }

    /// Looks at what holds now: every decision that is durable is in it.
    ///
    /// # Errors
    /// When rows cannot be read.
    pub fn read<T>(&self, look: impl FnOnce(&Projection) -> T) -> Result<T, Error> {
        Ok(look(&self.0.caught_up()?.projection))
    }

    /// The entries that should have told something and could not be read. While there are
    /// any, nothing may be destroyed: one of them may be a hold.
    ///
    /// # Errors
    /// When rows cannot be read.
    pub fn unread(&self) -> Result<Vec<Unread>, Error> {
        Ok(self.0.caught_up()?.unread.clone())
    }

    /// Reads a decision again, with its entry; `None` where there is none of that record.
    /// Blocks.
    ///
    /// # Errors
    /// [`Error::Unreadable`]; and when rows cannot be read.
    pub fn told(&self, record: RecordId) -> Result<Option<(LeafIndex, Told)>, Error> {
        let place = self.0.log.store().index_of(record).map_err(Error::Store)?;
        let Some(index) = place else { return Ok(None) };
        Ok(self.told_at(index)?.map(|told| (index, told)))
    }

    /// As [`Govern::told`], by the entry.
    ///
    /// # Errors
    /// As [`Govern::told`].
    pub fn told_at(&self, index: LeafIndex) -> Result<Option<Told>, Error> {
        self.0.told_at(index).map_err(|why| Error::Unreadable { entry: index.get(), why })
    }

    /// Decides: checks that it can follow what holds, writes it down, and answers when it
    /// is durable and in effect.
    ///
    /// # Errors
    /// [`Error::Refused`] where it cannot follow; [`Error::TooLong`]; else when it could
    /// not be sealed or written.
    pub async fn act(&self, actor: &Actor, act: Act) -> Result<Decided, Error> {
        self.act_on(actor, |_| Ok(act)).await
    }

    /// As [`Govern::act`], with a decision that is made from what holds at that moment.
    ///
    /// # Errors
    /// As [`Govern::act`], and with what `decide` refuses.
    pub async fn act_on(
        &self,
        actor: &Actor,
        decide: impl FnOnce(&Projection) -> Result<Act, Refused>,
    ) -> Result<Decided, Error> {
        let still = self.hold_still().await;
        self.act_still(&still, actor, decide).await
    }

    /// As [`Govern::act_on`], by who keeps everything still already.
    ///
    /// # Errors
    /// As [`Govern::act_on`].
    pub async fn act_still(
        &self,
        _still: &Still,
        actor: &Actor,
        decide: impl FnOnce(&Projection) -> Result<Act, Refused>,
    ) -> Result<Decided, Error> {
        let record = seal::new_id(self.0.clock.now()).map_err(Error::Seal)?;
        let act = self.0.checked(actor, record, decide)?;
        let draft = self.0.draft(actor, record, &act)?;
        let placed = self.0.log.append(Group::of(draft)).await.map_err(Error::Log)?;
        let Some(Placed::At(index)) = placed.first().copied() else {
            unreachable!("a draft that is not looked for among those seen has a place")
        };
        drop(self.0.caught_up()?);
        Ok(Decided { record, index })
    }

    /// The present moment, by the archive's clock.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Waits until nobody decides, and keeps it so: what is read while the answer lives
    /// stays true.
    pub async fn hold_still(&self) -> Still {
        Still { _acting: Arc::clone(&self.0.acting).lock_owned().await }
    }
}

impl Inner {
    /// The fold, with every durable entry in it.
    fn caught_up(&self) -> Result<MutexGuard<'_, Folded>, Error> {
        let mut folded = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
        let size = self.log.size().get();
        for index in self.log.store().governing_from(folded.next) {
            let index = index.map_err(Error::Store)?;
            // Written, and not yet said to be durable.
            if index.get() >= size {
                break;
            }
            if let Err(why) = self.fold(index, &mut folded.projection) {
                tracing::error!(entry = %index, why, "an entry that governs is not understood");
                folded.unread.push(Unread { index, why });
            }
            folded.next = LeafIndex::new(index.get().saturating_add(1));
        }
        Ok(folded)
    }

    /// Makes a decision that can follow what holds.
    fn checked(
        &self,
        actor: &Actor,
        record: RecordId,
        decide: impl FnOnce(&Projection) -> Result<Act, Refused>,
    ) -> Result<Act, Error> {
        let folded = self.caught_up()?;
        let act = decide(&folded.projection).map_err(Error::Refused)?;
        let (index, time) = (LeafIndex::new(self.log.size().get()), self.clock.now());
        let at = At { index, time, record, who: &actor.who, name: &actor.name };
        folded.projection.check(&at, &act).map_err(Error::Refused)?;
        Ok(act)
    }

    fn draft(&self, actor: &Actor, record: RecordId, act: &Act) -> Result<Draft, Error> {
        let plaintext = told::write(actor, act);
        if plaintext.len() > ACT_BYTES_MAX {
            return Err(Error::TooLong { bytes: plaintext.len() });
        }
        let now = self.clock.now();
        let sealed = self.keyring.seal_as(record, Class::Governance, now, &plaintext);
        let sealed = sealed.map_err(Error::Seal)?;
        Ok(Draft::governed(sealed, actor.who.clone(), digest_of(act)))
    }
}

/// The digest that the leaf says: of the file that the decision is about.
fn digest_of(act: &Act) -> Option<Hash> {
    match act {
        Act::Disposition(act) => act.digest(),
        Act::Schedule(act) => Some(act.digest()),
        Act::Subject(act) => act.digest(),
        Act::Consent(_)
        | Act::Event(_)
        | Act::Finding(_)
        | Act::Hold(_)
        | Act::Tag(_)
        | Act::Thread(_) => None,
    }
}
