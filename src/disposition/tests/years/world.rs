//! What happens in a decade, drawn from a seed, done to a real archive and told to the
//! model.

mod dice;
mod rights;
mod tags;

use jiff::Timestamp;

use self::dice::Dice;
use self::tags::TAGS;
use super::model::{Ended, Fate, Hold, Model, Outcome, Rule, Told, Version};
use crate::disposition::tests::{Scene, disposition_by, kostas, mira};
use crate::disposition::{DispositionConfig, Planned};
use crate::projection::Act;
use crate::projection::events::{EventAct, Of};
use crate::projection::holds::{HoldAct, Placed, Scope};
use crate::projection::schedules::ScheduleAct;
use crate::query::fixtures::{Archive, NUMBER, message};
use crate::record::{Class, Record};
use crate::tlog::LeafIndex;

const PARTIES: [&str; 4] = ["4915550100701", "966500000002", "30210000003", "5511900000004"];
const WORDS: [&str; 4] = ["zinc", "copper", "διακοπή", "القصدير"];

/// Numbers of the business, and their ids at the provider. Consent is told to the first.
const NUMBERS: [(&str, &str); 2] =
    [(NUMBER, "209900000000001"), ("4915550100101", "209900000000002")];

pub(super) struct World {
    scene: Scene,
    dice: Dice,
    seed: u64,
    version: u32,
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        let archive = Archive::new();
        // Nobody need approve what no tag was taken from.
        let config = DispositionConfig {
            approvals: 0,
            plan_percent_max: 100,
            ..DispositionConfig::default()
        };
        let disposition = disposition_by(&archive, archive.index.clone(), config);
        let scene = Scene { archive, disposition };
        Self { scene, dice: Dice(seed), seed, version: 0 }
    }

    /// A week: messages on most days, now and then a decision.
    pub(super) async fn week(&mut self, model: &mut Model) {
        for _ in 0..self.dice.throw(3) {
            self.deliver(model).await;
        }
        if self.version == 0 || self.dice.throw(60) == 0 {
            self.adopt(model).await;
        } else if self.dice.throw(150) == 0 {
            self.withdraw(model).await;
        }
        if self.dice.throw(40) == 0 {
            self.place_hold(model).await;
        }
        if self.dice.throw(15) == 0 {
            self.release_hold(model).await;
        }
        if self.dice.throw(25) == 0 {
            self.end_contract(model).await;
        }
        if self.dice.throw(12) == 0 {
            self.put_tag(model).await;
        }
        if self.dice.throw(8) == 0 {
            self.take_tag(model).await;
        }
        if self.dice.throw(30) == 0 {
            self.restrict(model).await;
        }
        if self.dice.throw(12) == 0 {
            self.lift(model).await;
        }
        self.scene.pass_days(7);
    }

    fn now(&self) -> Timestamp {
        self.scene.archive.clock.now()
    }

    async fn deliver(&mut self, model: &mut Model) {
        let at = model.records.len();
        let mut records = vec![];
        let mut told: Vec<(Class, (usize, usize), &'static str, bool)> = vec![];
        for place in 0..=self.dice.throw(2) {
            let party = self.dice.pick(PARTIES.len());
            let id = format!("w{at}-{place}");
            if self.dice.throw(8) == 0 {
                let withdraws = self.dice.throw(2) == 0;
                records.extend(self.word(&id, party, withdraws));
                told.push((Class::Message, (party, 0), "", withdraws));
                told.push((Class::Consent, (party, 0), "", withdraws));
            } else {
                let word = WORDS[self.dice.pick(WORDS.len())];
                let between = (party, self.dice.pick(NUMBERS.len()));
                records.push(self.message(&id, between, &format!("we settle the {word} today")));
                told.push((Class::Message, between, word, false));
            }
        }
        let (delivery, places) = self.scene.deliver(&records).await;
        let captured = self.now();
        for ((class, (party, number), word, withdraws), (record, index)) in
            told.into_iter().zip(places)
        {
            let told = Told {
                index,
                record,
                delivery,
                class,
                party,
                number,
                word,
                withdraws,
                captured,
                gone: false,
            };
            model.records.push(told);
        }
    }

    fn message(&self, id: &str, (party, number): (usize, usize), text: &str) -> Record {
        let mut record = message(0, id, text);
        record.at = Some(self.now().as_second());
        let (phone, number_id) = NUMBERS[number];
        (record.number, record.number_id) = (Some(phone.to_owned()), Some(number_id.to_owned()));
        for (side, phone) in [(&mut record.from, PARTIES[party]), (&mut record.to, phone)] {
            if let Some(side) = side {
                side.phone = Some(phone.to_owned());
            }
        }
        record
    }

    async fn adopt(&mut self, model: &mut Model) {
        self.version += 1;
        let mut rules = vec![Rule { last: self.dice.throw(3) == 0, ..self.rule(Class::Message) }];
        if self.dice.throw(2) == 0 {
            let party = Some(self.dice.pick(PARTIES.len()));
            let contract = self.dice.throw(2) == 0;
            rules.push(Rule { party, contract, ..self.rule(Class::Message) });
        }
        if self.dice.throw(2) == 0 {
            let tag = Some(self.dice.pick(TAGS.len()));
            let (contract, last) = (self.dice.throw(3) == 0, self.dice.throw(4) == 0);
            let class = if self.dice.throw(6) == 0 { Class::Consent } else { Class::Message };
            rules.push(Rule { tag, contract, last: last && !contract, ..self.rule(class) });
        }
        if self.dice.throw(3) != 0 {
            rules.push(self.rule(Class::Consent));
        }
        let act = ScheduleAct::Adopted { file: self.file(&rules), reason: "the board".into() };
        let since = self.decide(Act::Schedule(act)).await;
        end_version(model, since);
        model.versions.push(Version { rules, since, until: None });
    }

    /// For everything of a class: at least or at most so many months.
    fn rule(&mut self, class: Class) -> Rule {
        Rule {
            class,
            party: None,
            tag: None,
            months: 1 + u32::try_from(self.dice.throw(30)).unwrap(),
            most: self.dice.throw(3) == 0,
            contract: false,
            last: false,
        }
    }

    fn file(&self, rules: &[Rule]) -> String {
        let mut file = format!(
            "name = \"house\"\ntitle = \"House\"\nversion = {}\nauthority = [\"House 1\"]\n",
            self.version
        );
        for (place, rule) in rules.iter().enumerate() {
            let party = rule.party.map(|party| format!(", party = [\"+{}\"]", PARTIES[party]));
            let tag = rule.tag.map(|tag| format!(", tag = [\"{}\"]", TAGS[tag].to_lowercase()));
            let starts = match rule {
                Rule { contract: true, .. } => "{ event = \"contract_end\" }",
                Rule { last: true, .. } => "\"last_of_thread\"",
                _ => "\"message\"",
            };
            file.push_str(&format!(
                "\n[[rule]]\nid = \"r{place}\"\ntitle = \"Rule\"\nauthority = [\"House 1\"]\n\
                 when = {{ class = [\"{}\"]{}{} }}\nstarts = {starts}\n{} = {{ months = {} }}\n\
                 then = \"destroy\"\n",
                rule.class,
                party.unwrap_or_default(),
                tag.unwrap_or_default(),
                if rule.most { "max" } else { "keep" },
                rule.months
            ));
        }
        file
    }

    async fn withdraw(&mut self, model: &mut Model) {
        let in_force = self
            .scene
            .archive
            .govern
            .read(|all| all.schedules.in_force("house").map(|version| version.sha256()));
        let Some(sha256) = in_force.unwrap() else { return };
        let (schedule, reason) = ("house".to_owned(), "to be rewritten".to_owned());
        let act = Act::Schedule(ScheduleAct::Withdrawn { schedule, sha256, reason });
        let index = self.decide(act).await;
        end_version(model, index);
    }

    async fn place_hold(&mut self, model: &mut Model) {
        let by_party = self.dice.throw(2) == 0;
        let party = by_party.then(|| self.dice.pick(PARTIES.len()));
        let word = (!by_party).then(|| WORDS[self.dice.pick(WORDS.len())]);
        let scope = Scope {
            parties: party.iter().map(|party| format!("+{}", PARTIES[*party])).collect(),
            query: word.map(ToOwned::to_owned),
            ..Scope::default()
        };
        let placed = HoldAct::Placed(Placed {
            matter: "Matter 7".into(),
            custodian: "the desk".into(),
            reason: "a claim".into(),
            authority: "the court".into(),
            scope,
            silent: false,
            notice: None,
        });
        let decided = self.scene.archive.govern.act(&kostas(), Act::Hold(placed)).await.unwrap();
        model.holds.push(Hold { id: decided.record, party, word, released: None });
    }

    async fn release_hold(&mut self, model: &mut Model) {
        let open: Vec<usize> =
            (0..model.holds.len()).filter(|at| model.holds[*at].released.is_none()).collect();
        let Some(at) = open.get(self.dice.pick(open.len().max(1))) else { return };
        let days = self.dice.throw(40);
        let act = HoldAct::Released {
            hold: model.holds[*at].id,
            reason: "settled".into(),
            approvals: 0,
            grace_days: u16::try_from(days).unwrap(),
        };
        self.decide(Act::Hold(act)).await;
        model.holds[*at].released = Some((self.now(), i64::try_from(days).unwrap()));
    }

    async fn end_contract(&mut self, model: &mut Model) {
        let (of, ended) = if self.dice.throw(3) == 0 {
            let tag = self.dice.pick(TAGS.len());
            (Of::Tag { tag: TAGS[tag].to_owned() }, Ended::Tag(tag))
        } else {
            let party = self.dice.pick(PARTIES.len());
            (Of::Party { party: PARTIES[party].to_owned() }, Ended::Party(party))
        };
        let at = self.now();
        let (event, reason) = ("contract_end".to_owned(), "notice".to_owned());
        self.decide(Act::Event(EventAct { event, of, at, reason })).await;
        model.ends.push((ended, at));
    }

    async fn decide(&self, act: Act) -> LeafIndex {
        self.scene.archive.govern.act(&mira(), act).await.unwrap().index
    }

    /// Disposes of what is due, and compares each record with what the model says. What is
    /// decided between the plan and its end keeps; what it lets go was not planned.
    pub(super) async fn dispose_and_compare(&mut self, model: &mut Model, week: u64) -> Outcome {
        let now = self.now();
        let fates = |model: &Model| -> Vec<Option<Fate>> {
            let there = model.records.iter().map(|told| (!told.gone).then_some(told));
            there.map(|told| told.map(|told| model.fate(told, now))).collect()
        };
        let then = fates(model);
        let goes = then.iter().flatten().filter(|fate| !fate.stays);
        let untagged = goes.filter(|fate| fate.is_untagged).count() as u64;
        let planned = self.scene.plan().await;
        let told = (planned.plan.untagged, planned.plan.approvals);
        assert_eq!(told, (untagged, u8::from(untagged > 0)), "seed {} week {week}", self.seed);
        self.carry_out(&planned, model).await;
        let mut outcome = Outcome::default();
        for (at, (then, at_last)) in then.into_iter().zip(fates(model)).enumerate() {
            let (Some(then), Some(at_last)) = (then, at_last) else { continue };
            let record = &mut model.records[at];
            let stays = then.stays || at_last.stays;
            let place = format!("seed {} week {week}: {record:?} {then:?}", self.seed);
            let is_there = self.scene.is_there(record.index);
            assert_eq!(is_there, stays, "{place}");
            assert!(is_there || !self.scene.is_there(record.delivery), "its delivery: {place}");
            record.gone = !stays;
            let record = &model.records[at];
            let is_due_and_stays = then.is_due && stays;
            outcome.held += u64::from(stays && model.is_held(record, now));
            outcome.restricted += u64::from(is_due_and_stays && model.is_restricted(record));
            outcome.relied += u64::from(is_due_and_stays && then.is_relied_upon);
            outcome.tagged += u64::from(stays && then.is_tagged);
            outcome.untagged += u64::from(!stays && then.is_untagged);
            outcome.kept += u64::from(stays);
            outcome.destroyed += u64::from(!stays);
        }
        outcome
    }

    /// Carries a plan out. Of what is due because a tag was taken, somebody else must have
    /// seen that; in between somebody may put a tag on something.
    async fn carry_out(&mut self, planned: &Planned, model: &mut Model) {
        let Some(run) = planned.run else { return };
        if self.dice.throw(4) == 0 {
            self.put_tag(model).await;
        }
        let disposition = &self.scene.disposition;
        if planned.plan.untagged > 0 {
            assert!(disposition.execute(&mira(), run).await.is_err(), "seed {}", self.seed);
            disposition.approve(&kostas(), run, "I saw why".into()).await.unwrap();
        }
        disposition.execute(&mira(), run).await.unwrap();
    }

    /// The index finds what is there, and no more.
    pub(super) async fn compare_index(&self, model: &Model) {
        self.scene.archive.indexed().await;
        for word in WORDS {
            let found = self.scene.archive.search(word).await.unwrap().total;
            let there = model.records.iter().filter(|told| !told.gone && told.word == word);
            assert_eq!(found, there.count(), "seed {} {word}", self.seed);
        }
    }
}

fn end_version(model: &mut Model, index: LeafIndex) {
    if let Some(version) = model.versions.last_mut() {
        version.until.get_or_insert(index);
    }
}
