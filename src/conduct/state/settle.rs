//! The end of a piece of the log: what it changed is judged, what is over is forgotten.

use std::collections::HashSet;

use jiff::Timestamp;

use super::{
    HOUR_SECONDS, Held, Measure, Pair, Pending, REMEMBERED_SECONDS, State, WINDOWS_SECONDS,
    is_of_consent,
};
use crate::conduct::finding::Finding;
use crate::conduct::judge::{self, Ground, KINDS, SLACK_SECONDS, WINDOW_SECONDS, Wrong};
use crate::conduct::sent::{Around, Sent};
use crate::policy::Mark;
use crate::projection::consent::Ledger;
use crate::projection::findings::FindingId;
use crate::record::RecordId;

impl State {
    /// Judges what the piece of the log changed, at the time of its last entry, and forgets
    /// what is over.
    pub(in crate::conduct) fn settle(
        &mut self,
        ledger: &Ledger,
        measure: &Measure,
        now: Timestamp,
    ) {
        let Pending { messages, people, everybody, changed, again } =
            std::mem::take(&mut self.pending);
        self.pending = Pending { changed, again, ..Pending::default() };
        let mut due = messages;
        let mut forgotten: Vec<Sent> = vec![];
        if everybody || !people.is_empty() {
            let all = people.iter().flat_map(|person| ledger.identifiers(*person));
            let people: HashSet<Mark> = all.map(Mark::of).chain(people.iter().copied()).collect();
            let is_of =
                |sent: &Sent| everybody || sent.parties.iter().any(|party| people.contains(party));
            due.extend(self.sent.iter().filter(|(_, sent)| is_of(sent)).map(|(key, _)| *key));
            // Those that are remembered are judged with what is around them now.
            let known: HashSet<RecordId> = self.sent.values().map(|sent| sent.record).collect();
            let held = self.findings.values().filter_map(|held| held.sent.as_ref());
            let held = held.filter(|sent| is_of(sent) && !known.contains(&sent.record));
            forgotten.extend(held.cloned());
        }
        for message in due {
            let Some(sent) = self.sent.get(&message) else { continue };
            let around = self.around(message, sent);
            let Some(sent) = self.sent.get_mut(&message) else { continue };
            sent.around = around;
            let sent = sent.clone();
            self.judge(&sent, ledger, measure, now);
        }
        for sent in &forgotten {
            self.judge(sent, ledger, measure, now);
        }
        self.forget(measure, now.as_second());
    }

    fn around(&self, message: Mark, sent: &Sent) -> Around {
        let before = |pair: Pair| {
            let mut earlier = self.by_pair.get(&pair)?.range(..(sent.at, message)).rev();
            let counts =
                |other: &Mark| self.sent.get(other).is_some_and(|other| other.refused.is_none());
            earlier.find(|(_, other)| counts(other)).map(|(at, _)| *at)
        };
        let hours = (sent.at.saturating_sub(WINDOW_SECONDS + SLACK_SECONDS))
            .div_euclid(HOUR_SECONDS)
            ..=sent.at.saturating_add(HOUR_SECONDS).div_euclid(HOUR_SECONDS);
        // One that is not remembered any more was there all the same.
        let gone = sent.around.previous.filter(|previous| Some(*previous) <= self.forgotten);
        let previous = sent.pairs().filter_map(before).chain(gone).max();
        let first = sent.at.saturating_sub(WINDOW_SECONDS + SLACK_SECONDS);
        if self.known_from.is_some_and(|from| first < from) {
            return Around { previous, ..sent.around };
        }
        Around {
            inbound: self.windows.last(sent.pairs(), sent.at.saturating_add(SLACK_SECONDS)),
            previous,
            free: self.windows.is_free(sent.pairs(), sent.at),
            blind: self.blind.range(hours).next().is_some(),
        }
    }

    fn judge(&mut self, sent: &Sent, ledger: &Ledger, measure: &Measure, now: Timestamp) {
        let ground = Ground { ledger, templates: &self.templates, measure };
        let wrongs = judge::judge(sent, &ground);
        let is_frozen = sent.refused.is_none() && self.is_lost(sent.at);
        for kind in KINDS {
            if is_frozen && is_of_consent(kind) {
                continue;
            }
            let id = FindingId { kind, record: sent.record, line: 0 };
            match wrongs.iter().find(|wrong| wrong.kind == kind) {
                Some(wrong) => {
                    let finding = finding(id, sent, wrong, now);
                    self.put(Held { finding, sent: Some(sent.clone()) }, measure.findings_max);
                }
                None => self.withdraw(id, sent, now),
            }
        }
    }

    fn forget(&mut self, measure: &Measure, now: i64) {
        let is_full = self.sent.len() > measure.messages_max;
        if now.saturating_sub(self.looked) < HOUR_SECONDS && !is_full {
            return;
        }
        self.looked = now;
        let mut over: Vec<(i64, Mark)> =
            self.sent.iter().map(|(key, sent)| (sent.seen, *key)).collect();
        over.sort_unstable();
        let until = now.saturating_sub(REMEMBERED_SECONDS);
        let mut gone = over.partition_point(|(seen, _)| *seen < until);
        if is_full {
            // With some room for the next ones.
            gone = gone.max(over.len() - measure.messages_max / 8 * 7);
        }
        for (_, message) in over.into_iter().take(gone) {
            let Some(sent) = self.remove(message) else { continue };
            self.counts.messages = self.counts.messages.saturating_add(1);
            let unclear = u64::from(judge::is_unclear(&sent));
            self.counts.unclear = self.counts.unclear.saturating_add(unclear);
            self.forgotten = self.forgotten.max(Some(sent.at));
        }
        self.pending.messages.clear();
        let known_from = now.saturating_sub(WINDOWS_SECONDS);
        self.known_from = self.known_from.max(Some(known_from));
        self.windows.forget_before(known_from);
        self.blind = self.blind.split_off(&known_from.div_euclid(HOUR_SECONDS));
    }
}

fn finding(id: FindingId, sent: &Sent, wrong: &Wrong, now: Timestamp) -> Finding {
    Finding {
        id,
        entry: sent.entry,
        // A time out of range was judged to be nothing.
        at: Timestamp::from_second(sent.at).unwrap_or(now),
        found: now,
        because: wrong.because,
        certain: wrong.certain,
        evidence: wrong.evidence,
        withdrawn: None,
    }
}
