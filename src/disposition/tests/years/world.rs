//! What happens in a decade, drawn from a seed, done to a real archive and told to the
//! model.

mod dice;
mod rights;

use jiff::Timestamp;

use self::dice::Dice;
use super::model::{Hold, Model, Outcome, Rule, Told, Version};
use crate::disposition::tests::{Scene, kostas, mira};
use crate::projection::Act;
use crate::projection::events::{EventAct, Of};
use crate::projection::holds::{HoldAct, Placed, Scope};
use crate::projection::schedules::ScheduleAct;
use crate::query::fixtures::{Archive, message};
use crate::record::{Class, Record};
use crate::tlog::LeafIndex;

const PARTIES: [&str; 4] = ["4915550100701", "966500000002", "30210000003", "5511900000004"];
const WORDS: [&str; 4] = ["zinc", "copper", "διακοπή", "القصدير"];

pub(super) struct World {
    scene: Scene,
    dice: Dice,
    seed: u64,
    version: u32,
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        let archive = Archive::new();
        let disposition = crate::disposition::tests::disposition(&archive);
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
        let mut told: Vec<(Class, usize, &'static str, bool)> = vec![];
        for place in 0..=self.dice.throw(2) {
            let party = self.dice.pick(PARTIES.len());
            let id = format!("w{at}-{place}");
            if self.dice.throw(8) == 0 {
                let withdraws = self.dice.throw(2) == 0;
                records.extend(self.word(&id, party, withdraws));
                told.push((Class::Message, party, "", withdraws));
                told.push((Class::Consent, party, "", withdraws));
            } else {
                let word = WORDS[self.dice.pick(WORDS.len())];
                records.push(self.message(&id, party, &format!("we settle the {word} today")));
                told.push((Class::Message, party, word, false));
            }
        }
        let (delivery, places) = self.scene.deliver(&records).await;
        let captured = self.now();
        for ((class, party, word, withdraws), (record, index)) in told.into_iter().zip(places) {
            let gone = false;
            let told =
                Told { index, record, delivery, class, party, word, withdraws, captured, gone };
            model.records.push(told);
        }
    }

    fn message(&self, id: &str, party: usize, text: &str) -> Record {
        let mut record = message(0, id, text);
        record.at = Some(self.now().as_second());
        if let Some(from) = &mut record.from {
            from.phone = Some(PARTIES[party].to_owned());
        }
        record
    }

    async fn adopt(&mut self, model: &mut Model) {
        self.version += 1;
        let months = |dice: &mut Dice| 1 + u32::try_from(dice.throw(30)).unwrap();
        let mut rules = vec![Rule {
            class: Class::Message,
            party: None,
            months: months(&mut self.dice),
            most: self.dice.throw(4) == 0,
            contract: false,
            last: self.dice.throw(3) == 0,
        }];
        if self.dice.throw(2) == 0 {
            rules.push(Rule {
                class: Class::Message,
                party: Some(self.dice.pick(PARTIES.len())),
                months: months(&mut self.dice),
                most: self.dice.throw(4) == 0,
                contract: self.dice.throw(2) == 0,
                last: false,
            });
        }
        if self.dice.throw(3) != 0 {
            rules.push(Rule {
                class: Class::Consent,
                party: None,
                months: months(&mut self.dice),
                most: self.dice.throw(2) == 0,
                contract: false,
                last: false,
            });
        }
        let act = ScheduleAct::Adopted { file: self.file(&rules), reason: "the board".into() };
        let index = self.decide(Act::Schedule(act)).await;
        end_version(model, index);
        model.versions.push(Version { rules, until: None });
    }

    fn file(&self, rules: &[Rule]) -> String {
        let mut file = format!(
            "name = \"house\"\ntitle = \"House\"\nversion = {}\nauthority = [\"House 1\"]\n",
            self.version
        );
        for (place, rule) in rules.iter().enumerate() {
            let party = rule.party.map(|party| format!(", party = [\"+{}\"]", PARTIES[party]));
            let starts = match rule {
                Rule { contract: true, .. } => "{ event = \"contract_end\" }",
                Rule { last: true, .. } => "\"last_of_thread\"",
                _ => "\"message\"",
            };
            file.push_str(&format!(
                "\n[[rule]]\nid = \"r{place}\"\ntitle = \"Rule\"\nauthority = [\"House 1\"]\n\
                 when = {{ class = [\"{}\"]{} }}\nstarts = {starts}\n{} = {{ months = {} }}\n\
                 then = \"destroy\"\n",
                rule.class,
                party.unwrap_or_default(),
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
        let party = self.dice.pick(PARTIES.len());
        let at = self.now();
        let (event, reason) = ("contract_end".to_owned(), "notice".to_owned());
        let of = Of::Party { party: PARTIES[party].to_owned() };
        self.decide(Act::Event(EventAct { event, of, at, reason })).await;
        model.ends.push((party, at));
    }

    async fn decide(&self, act: Act) -> LeafIndex {
        self.scene.archive.govern.act(&mira(), act).await.unwrap().index
    }

    /// Disposes of what is due, and compares each record with what the model says.
    pub(super) async fn dispose_and_compare(&mut self, model: &mut Model, week: u64) -> Outcome {
        let now = self.now();
        let mut outcome = Outcome::default();
        let stays: Vec<bool> =
            model.records.iter().map(|record| model.stays(record, now)).collect();
        let is_due: Vec<bool> =
            model.records.iter().map(|record| model.is_due(record, now)).collect();
        let relied: Vec<bool> =
            model.records.iter().map(|record| model.is_relied_upon(record)).collect();
        if self.scene.plan().await.run.is_some() {
            self.scene.dispose().await;
        }
        for (at, stays) in stays.into_iter().enumerate() {
            let record = &model.records[at];
            if record.gone {
                continue;
            }
            let place = format!("seed {} week {week}: {record:?}", self.seed);
            let is_there = self.scene.is_there(record.index);
            assert_eq!(is_there, stays, "{place}");
            assert!(is_there || !self.scene.is_there(record.delivery), "its delivery: {place}");
            let record = &model.records[at];
            let is_due_and_stays = stays && is_due[at];
            outcome.held += u64::from(stays && model.is_held(record, now));
            outcome.restricted += u64::from(is_due_and_stays && model.is_restricted(record));
            outcome.relied += u64::from(is_due_and_stays && relied[at]);
            outcome.kept += u64::from(stays);
            outcome.destroyed += u64::from(!stays);
            model.records[at].gone = !stays;
        }
        outcome
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
