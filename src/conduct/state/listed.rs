//! The list of findings: what is put on it, and what turns out to be none.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Held, State, is_of_consent};
use crate::conduct::finding::{Finding, Withdrawal, Withdrawn};
use crate::conduct::judge;
use crate::conduct::sent::Sent;
use crate::projection::findings::{FindingId, FindingKind};

impl State {
    /// Puts what is ending now in the place of what was.
    pub(in crate::conduct) fn ending(
        &mut self,
        now: Timestamp,
        current: Vec<Finding>,
        findings_max: usize,
    ) {
        let listed: BTreeSet<FindingId> = current.iter().map(|finding| finding.id).collect();
        for (id, held) in &mut self.findings {
            let is_of = matches!(id.kind, FindingKind::ConsentEnding | FindingKind::EvidenceEnding);
            if is_of && held.finding.withdrawn.is_none() && !listed.contains(id) {
                let why = Withdrawal::Settled;
                held.finding.withdrawn = Some(Withdrawn { at: now, why });
                self.pending.changed = true;
            }
        }
        for finding in current {
            self.put(Held { finding, sent: None }, findings_max);
        }
    }

    /// Takes over what was found before the log was read anew: what is found no more is
    /// withdrawn, not silently gone.
    pub(in crate::conduct) fn succeed(&mut self, before: Self, now: Timestamp) {
        for (id, Held { mut finding, sent }) in before.findings {
            if let Some(held) = self.findings.get_mut(&id) {
                held.finding.found = held.finding.found.min(finding.found);
                continue;
            }
            let is_ending =
                matches!(id.kind, FindingKind::ConsentEnding | FindingKind::EvidenceEnding);
            let is_frozen = is_of_consent(id.kind) && self.is_lost(finding.at.as_second());
            if finding.withdrawn.is_none() && !is_ending && !is_frozen {
                let why = sent.as_ref().map_or(Withdrawal::CannotTell, |_| Withdrawal::ConsentTold);
                finding.withdrawn = Some(Withdrawn { at: now, why });
            }
            self.findings.insert(id, Held { finding, sent });
        }
        self.counts.erased = before.counts.erased;
        self.pending.changed = true;
    }

    pub(super) fn put(&mut self, mut held: Held, findings_max: usize) {
        let id = held.finding.id;
        if let Some(before) = self.findings.get_mut(&id) {
            held.finding.found = before.finding.found;
            self.pending.changed |= before.finding != held.finding;
            *before = held;
            return;
        }
        self.pending.changed = true;
        if self.findings.len() >= findings_max {
            self.counts.full = true;
            return;
        }
        self.findings.insert(id, held);
    }

    pub(super) fn withdraw(&mut self, id: FindingId, sent: &Sent, now: Timestamp) {
        let Some(held) = self.findings.get_mut(&id) else { return };
        held.sent = Some(sent.clone());
        if held.finding.withdrawn.is_none() {
            let why = judge::why_not(sent, id.kind);
            held.finding.withdrawn = Some(Withdrawn { at: now, why });
            self.pending.changed = true;
        }
    }
}
