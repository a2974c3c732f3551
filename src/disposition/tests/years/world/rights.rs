//! What people ask about their own data in a decade: they withdraw, object, have their
//! records restricted and erased.

use std::collections::BTreeMap;

use super::{PARTIES, World};
use crate::disposition::tests::mira;
use crate::disposition::tests::years::model::{Model, Outcome, Reason, Restriction};
use crate::govern::Govern;
use crate::policy::Mark;
use crate::policy::consent::{Notice, Signals};
use crate::projection::subjects::{
    Account, Ground, Identifier, IdentifierKind, Lifted, Restricted, SubjectAct, Why,
};
use crate::query::fixtures::Archive;
use crate::record::{Class, Record, RecordId};

impl World {
    /// A message that gives or withdraws consent, and what the archive notes of it.
    pub(super) fn word(&self, id: &str, party: usize, withdraws: bool) -> [Record; 2] {
        let text = if withdraws { "STOP" } else { "START" };
        let message = self.message(id, (party, 0), text);
        let what = Signals::shipped().read(text).unwrap();
        let notice = Notice::Recognised { record: RecordId::from_bytes([7; 16]), what };
        let mut noted = message.clone();
        (noted.class, noted.raw) = (Class::Consent, notice.to_raw());
        noted.body.text = None;
        noted.body.kind = if withdraws { "opt_out" } else { "opt_in" }.to_owned();
        [message, noted]
    }

    pub(super) async fn restrict(&mut self, model: &mut Model) {
        let party = self.dice.pick(PARTIES.len());
        let ground = Ground::ALL[self.dice.pick(Ground::ALL.len())];
        let restricted = Restricted {
            identifiers: vec![identifier(party)],
            ground,
            reason: "they asked for it".into(),
            request: None,
        };
        let id = self.scene.tell(SubjectAct::Restricted(restricted)).await;
        model.restrictions.push(Restriction { id, party, keeps: ground.keeps() });
    }

    pub(super) async fn lift(&mut self, model: &mut Model) {
        if model.restrictions.is_empty() {
            return;
        }
        let place = self.dice.pick(model.restrictions.len());
        let Restriction { id: restriction, .. } = model.restrictions.remove(place);
        let (reason, informed) = ("it is settled".to_owned(), "by letter".to_owned());
        self.scene.tell(SubjectAct::Lifted(Lifted { restriction, reason, informed })).await;
    }

    /// Now and then somebody wants to be erased: what nothing keeps is gone then, and
    /// nothing else, whatever was decided between the plan and its end.
    pub(in super::super) async fn erase_somebody(
        &mut self,
        model: &mut Model,
        week: u64,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        if self.dice.throw(20) != 0 {
            return outcome;
        }
        let party = self.dice.pick(PARTIES.len());
        let request = self.scene.request(PARTIES[party]).await;
        self.scene.archive.indexed().await;
        let planned = self.scene.disposition.plan_erasure(&mira(), request).await.unwrap();
        if self.dice.throw(3) == 0 {
            self.place_hold(model).await;
        }
        if self.dice.throw(6) == 0 {
            self.adopt(model).await;
        }
        if self.dice.throw(4) == 0 {
            self.put_tag(model).await;
        }
        let now = self.now();
        let of_party = |model: &Model, at: usize| {
            let told = &model.records[at];
            told.party == party && !told.gone
        };
        let listed = planned.run.map(|_| crate::disposition::listed(&planned.plan));
        let reasons: Vec<Option<Reason>> =
            model.records.iter().map(|told| model.refusal_to_erase(told, now)).collect();
        if let Some(run) = planned.run {
            self.scene.carry_out(run).await;
        }
        for (at, reason) in reasons.iter().enumerate() {
            if model.records[at].gone {
                continue;
            }
            let told = model.records[at].clone();
            // What was kept by a rule or hold when it was planned is not in the plan.
            let is_listed = listed.as_ref().is_some_and(|listed| listed.contains(told.index));
            let goes = of_party(model, at) && reason.is_none() && is_listed;
            let place = format!("seed {} week {week}: {told:?} {reason:?}", self.seed);
            assert_eq!(!self.scene.is_there(told.index), goes, "{place}");
            assert!(!goes || !self.scene.is_there(told.delivery), "its delivery: {place}");
            outcome.erased += u64::from(goes);
            outcome.refused += u64::from(of_party(model, at) && reason.is_some());
            model.records[at].gone = goes;
        }
        self.compare_account(model, party, request, week).await;
        outcome
    }

    /// What is told of the erasure is what there is: nothing that could go is left.
    async fn compare_account(&self, model: &Model, party: usize, request: RecordId, week: u64) {
        let now = self.now();
        let mut expected: BTreeMap<(Class, Reason), u64> = BTreeMap::new();
        let mut left = 0;
        for told in model.records.iter().filter(|told| told.party == party && !told.gone) {
            match model.refusal_to_erase(told, now) {
                Some(reason) => *expected.entry((told.class, reason)).or_default() += 1,
                None => left += 1,
            }
        }
        self.scene.archive.indexed().await;
        let account: Account = self.scene.disposition.account(request).await.unwrap();
        let mut found: BTreeMap<(Class, Reason), u64> = BTreeMap::new();
        for kept in &account.kept {
            let reason = reason_of(&kept.why);
            *found.entry((kept.counted.class, reason)).or_default() += kept.counted.records;
        }
        assert_eq!(found, expected, "seed {} week {week}", self.seed);
        assert_eq!(account.left, left, "seed {} week {week}", self.seed);
    }

    /// Who reads the log from its beginning knows all withdrawals that stand.
    pub(in super::super) fn compare_withdrawals(&self, model: &Model) {
        let Archive { log, keyring, clock, .. } = &self.scene.archive;
        let again = Govern::open(log.clone(), keyring.clone(), clock.clone()).unwrap();
        for (party, phone) in PARTIES.iter().enumerate() {
            let last = model.last_word(party, true);
            let last = last.and_then(|index| model.records.iter().find(|it| it.index == index));
            for govern in [&self.scene.archive.govern, &again] {
                let read = |all: &crate::projection::Projection| {
                    all.consent.refusals(Mark::of(phone), clock.now())
                };
                let refusals: Vec<_> = govern.read(read).unwrap().into_iter().collect();
                let expected: Vec<_> = last.iter().map(|told| told.record).collect();
                assert_eq!(refusals, expected, "seed {} party {party}", self.seed);
            }
        }
    }
}

fn identifier(party: usize) -> Identifier {
    Identifier { kind: IdentifierKind::Phone, value: PARTIES[party].to_owned() }
}

fn reason_of(why: &Why) -> Reason {
    match why {
        Why::Claim => Reason::Claim,
        Why::Restricted => Reason::Restricted,
        Why::Refusal => Reason::Refusal,
        Why::Duty { .. } | Why::DutyAfter { .. } => Reason::Duty,
        Why::Unreadable => panic!("nothing is damaged here"),
    }
}
