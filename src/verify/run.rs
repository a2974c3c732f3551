//! A verification under way: piece after piece, to be interrupted after any of them.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::chunk::{CHUNK_ENTRIES, Chunk, Job, Jobs, Link, Reader};
use super::destroyed::Destroyed;
use super::finding::{Finding, FindingKind, Findings, Place};
use super::fold::Fold;
use super::head::{self, End};
use super::keys::Keys;
use super::report::{Report, Since, Sources};
use super::saved::{BadState, Saved};
use super::scope::Scope;
use super::sides::Side;
use super::sums::SumKey;
use super::tally::Tally;
use super::{
    Progress, Request, Stage, beyond, buckets, checkpoints, files, governance, leaf, locate, since,
    timestamps, workers,
};
use crate::seal::Keyring;
use crate::store::Store;
use crate::tlog::{Hash, LeafIndex, TreeSize, leaf_hash};

/// A verification under way.
///
/// [`Run::advance`] it to the end, then [`Run::finish`]. What it knows between two
/// pieces is little, whatever the size of the archive, and can be
/// [saved](Run::save) and [resumed](Run::resume).
pub struct Run<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) request: &'a Request,
    pub(super) end: End,
    pub(super) jobs: Jobs,
    /// The next piece.
    pub(super) next: u64,
    /// The first entry that is read.
    pub(super) from: u64,
    pub(super) since: Option<Since>,
    /// What was found before the first piece.
    pub(super) begun: Findings,
    pub(super) fold: Fold<'a>,
    pub(super) of_entries: Tally,
    pub(super) of_rows: Tally,
    /// How long earlier parts of it took.
    pub(super) before: Duration,
    pub(super) started: Instant,
}

impl<'a> Run<'a> {
    /// Begins to verify an archive that stands still.
    pub fn begin(store: &'a Store, keyring: Option<&'a Keyring>, request: &'a Request) -> Self {
        Self::begin_in(store, keyring, request, CHUNK_ENTRIES)
    }

    /// The same in pieces of another size; any gives the same report.
    pub(super) fn begin_in(
        store: &'a Store,
        keyring: Option<&'a Keyring>,
        request: &'a Request,
        chunk_entries: u64,
    ) -> Self {
        let mut begun = Findings::default();
        let end = head::read(store, &mut begun);
        let keys = Keys::read(store, request.key.as_ref(), &mut begun);
        let trusted = keys.trusted.clone();
        let outside = checkpoints::outside(request, trusted.as_ref(), end.size, &mut begun);
        let new = |scope, size| {
            let (origin, sums) = (request.origin.as_str(), SumKey::draw());
            let policy = request.policy.as_ref();
            let destroyed = Destroyed::read(store);
            let is_marked = governance::is_marked(store);
            Reader { store, origin, keys, keyring, policy, sums, scope, destroyed, is_marked, size }
        };
        let Some(checkpoint) = &request.since else {
            let reader = new(Scope::Whole, end.size);
            let tree = Some(crate::tlog::tree::Edge::empty());
            let fold = Fold::new(store, 0, tree, outside);
            let jobs = Jobs::of(Scope::Whole, 0, end.size, chunk_entries);
            return Self::of(reader, request, end, jobs, 0, fold, begun);
        };
        let mut reader = new(Scope::Since, end.size);
        let found = since::start(&reader, checkpoint, &mut begun);
        let Some(start) = found else {
            let fold = Fold::new(store, end.size.get(), None, vec![]);
            let (jobs, from) = (Jobs::none(), end.size.get());
            let mut run = Self::of(reader, request, end, jobs, from, fold, begun);
            run.since = Some(Since::Unusable);
            return run;
        };
        let since::Start { from, tree, claim, told } = start;
        let mut claims = since::settle_older(store, tree.as_ref(), outside, &mut begun);
        claims.push(claim);
        let fold = Fold::new(store, from, tree, claims);
        // Where nothing is left out, everything can be told.
        reader.scope = if from > 0 { Scope::Since } else { Scope::Whole };
        let jobs = Jobs::of(reader.scope, from, end.size, chunk_entries);
        let mut run = Self::of(reader, request, end, jobs, from, fold, begun);
        run.since = (from > 0).then_some(Since::From(told));
        run
    }

    /// Begins to verify the entries up to a size of an archive to which others are
    /// added meanwhile. A checkpoint must have been signed for that size, which is
    /// checked at the end.
    ///
    /// What can only be told of an archive that stands still is left out: rows behind
    /// the end, links that no entry made, waits for media that ended.
    pub fn begin_beside_the_writer(
        store: &'a Store,
        keyring: Option<&'a Keyring>,
        request: &'a Request,
        signed: TreeSize,
    ) -> Self {
        let mut begun = Findings::default();
        let keys = Keys::read(store, request.key.as_ref(), &mut begun);
        let (origin, scope) = (request.origin.as_str(), Scope::Growing);
        let sums = SumKey::draw();
        let policy = request.policy.as_ref();
        let (destroyed, is_marked) = (Destroyed::read(store), governance::is_marked(store));
        let size = signed;
        let reader = Reader {
            store,
            origin,
            keys,
            keyring,
            policy,
            sums,
            scope,
            destroyed,
            is_marked,
            size,
        };
        let end = End { size: signed, head: None, is_whole: true };
        let tree = Some(crate::tlog::tree::Edge::empty());
        let fold = Fold::new(store, 0, tree, vec![]);
        let jobs = Jobs::of(scope, 0, signed, CHUNK_ENTRIES);
        Self::of(reader, request, end, jobs, 0, fold, begun)
    }

    /// Goes on with what [`Run::save`] wrote down.
    ///
    /// # Errors
    /// When that is damaged, or belongs to another archive or to another request.
    pub fn resume(
        store: &'a Store,
        keyring: Option<&'a Keyring>,
        request: &'a Request,
        saved: &[u8],
    ) -> Result<Self, BadState> {
        Self::resume_in(store, keyring, request, CHUNK_ENTRIES, saved)
    }

    /// The same in pieces of another size.
    pub(super) fn resume_in(
        store: &'a Store,
        keyring: Option<&'a Keyring>,
        request: &'a Request,
        chunk_entries: u64,
        saved: &[u8],
    ) -> Result<Self, BadState> {
        let saved = Saved::read(saved)?;
        saved.go_on(Self::begin_in(store, keyring, request, chunk_entries))
    }

    /// Writes down what it takes to go on from here with [`Run::resume`]. It is no
    /// secret, and as much to be trusted as a report: whoever alters it can leave
    /// something out.
    pub fn save(&self) -> Vec<u8> {
        Saved::of(self).to_bytes()
    }

    fn of(
        reader: Reader<'a>,
        request: &'a Request,
        end: End,
        jobs: Jobs,
        from: u64,
        fold: Fold<'a>,
        begun: Findings,
    ) -> Self {
        Self {
            reader,
            request,
            end,
            jobs,
            next: 0,
            from,
            since: None,
            begun,
            fold,
            of_entries: Tally::default(),
            of_rows: Tally::default(),
            before: Duration::ZERO,
            started: Instant::now(),
        }
    }

    /// Does some pieces more, on some threads, and calls `progress` after each;
    /// `false` when there was none left.
    pub fn advance(
        &mut self,
        threads: usize,
        pieces: u64,
        mut progress: impl FnMut(Progress),
    ) -> bool {
        let range: Range<u64> = self.next..self.jobs.count().min(self.next.saturating_add(pieces));
        let Self { reader, jobs, fold, of_entries, of_rows, next, from, .. } = self;
        let begun = self.begun.total();
        let work = |number| jobs.get(number).map(|job| (reader.work(&job), job));
        let is_left = !range.is_empty();
        workers::in_order(threads, range, work, |done: Option<(Chunk, Job)>| {
            *next += 1;
            let Some((mut chunk, job)) = done else { return };
            let (stage, done, of) = match job {
                Job::Entries(range) => {
                    fold.take(&mut chunk);
                    of_entries.take(chunk);
                    (Stage::Entries, range.end - *from, reader.size.get().saturating_sub(*from))
                }
                Job::Rows(..) => {
                    of_rows.take(chunk);
                    (Stage::Rows, next.saturating_sub(jobs.chunks()), jobs.rows())
                }
            };
            let findings = begun
                + fold.findings.total()
                + of_entries.findings.total()
                + of_rows.findings.total();
            progress(Progress { stage, done, of, findings });
        });
        is_left
    }

    /// What was found so far.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let all =
            [&self.begun, &self.fold.findings, &self.of_entries.findings, &self.of_rows.findings];
        all.into_iter().flat_map(Findings::kept)
    }

    /// What came of it, once nothing is left.
    pub fn finish(mut self) -> Report {
        let (reader, request, end) = (&self.reader, self.request, self.end);
        let mut findings = std::mem::take(&mut self.begun);
        let root = match self.behind() {
            Some((behind, vouched)) => self.fold.finish_before(behind, vouched),
            None => {
                let head = end.head.filter(|_| end.is_whole);
                let root = self.fold.finish(head);
                head::check_root(head, root, &mut self.fold.findings);
                root
            }
        };
        findings.merge(std::mem::take(&mut self.fold.findings));
        let mut all = std::mem::take(&mut self.of_entries);
        all.add(std::mem::take(&mut self.of_rows));
        findings.merge(std::mem::take(&mut all.findings));
        all.counts.add(&self.fold.counts);
        let media_known =
            reader.keyring.is_some() && all.unopened == 0 && reader.scope.knows_media();
        let mut stamped = None;
        if !matches!(self.since, Some(Since::Unusable)) {
            rest(reader, &mut all, media_known, &mut findings);
            let authorities = request.authorities.as_ref();
            stamped = timestamps::check(reader, authorities, &mut all.counts, &mut findings);
        }
        let signed_size = self.fold.claims.signed_size;
        Sources {
            request,
            size: end.size,
            from: self.from,
            since: self.since,
            root,
            signed_size,
            stamped,
            cosigned: request.policy.is_some().then(|| self.fold.claims.cosigned.clone()),
            claims_unchecked: self.fold.claims.unchecked(),
            being_written: reader.store.is_being_written(),
            keyring: reader.keyring.is_some(),
            media_known,
            counts: all.counts,
            findings,
            elapsed: self.before.saturating_add(self.started.elapsed()),
        }
        .into_report()
    }

    /// The entry behind the last one that is checked, where others were added, and the
    /// hash of it that the next one or the head of the log names.
    fn behind(&self) -> Option<(Link, Option<Hash>)> {
        if !self.reader.scope.is_growing() {
            return None;
        }
        let behind = self.link(self.end.size.next_leaf())?;
        let head = self.reader.store.head().ok().map(|head| head.last);
        let vouched = match LeafIndex::new(self.end.size.get()).next() {
            Some(next) => self.link(next).map_or(head, |next| next.prev),
            None => head,
        };
        Some((behind, vouched))
    }

    fn link(&self, index: LeafIndex) -> Option<Link> {
        let bytes = self.reader.store.leaf(index).ok().flatten()?;
        let entry = leaf::read(index, &bytes, self.reader.origin).ok()?;
        Some(Link { hash: Some(leaf_hash(&bytes)), prev: Some(entry.prev) })
    }

    /// How long it took so far.
    pub(super) fn elapsed(&self) -> Duration {
        self.before.saturating_add(self.started.elapsed())
    }
}

/// What is checked once for the whole archive.
fn rest(reader: &Reader<'_>, all: &mut Tally, media_known: bool, findings: &mut Findings) {
    if !reader.scope.is_growing() {
        beyond::check(reader, findings);
    }
    buckets::check(reader, &all.buckets, &mut all.counts, findings);
    files::check(reader.store, findings);
    let in_rows = reader.scope.sides_in_rows().iter().copied();
    for side in in_rows.chain(media_known.then_some(Side::Media)) {
        let differing = all.expected.differing(&all.found, side);
        match differing.as_slice() {
            [] => {}
            // Marks of what was destroyed meanwhile: were met on one of the two sides.
            _ if reader.scope.is_growing()
                && side == Side::Seen
                && reader.destroyed.has_grown(reader.store) => {}
            // To find out which would take another pass, and this one is to be gentle.
            _ if reader.scope.is_growing() => {
                let text = "the rows are not those that follow from the entries";
                findings.add(Place::rows(side.family()), FindingKind::Altered, text);
            }
            parts => locate::locate(reader, reader.size, side, parts, findings),
        }
    }
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("next", &self.next).field("jobs", &self.jobs).finish()
    }
}
