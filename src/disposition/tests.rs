//! Destroying for real: rows, keys, index, log, with the clock moved by hand.

mod accesses;
mod erasure;
mod following;
mod interrupted;
mod relied;
mod tagged;
mod years;

use std::time::Duration;

use super::*;
use crate::log::{Draft, Group, Placed};
use crate::projection::events::{EventAct, Of};
use crate::projection::schedules::ScheduleAct;
use crate::query::fixtures::{self, Archive, HOUSE, message};
use crate::record::{Class, Record};

const DAY: u64 = 24 * 60 * 60;

struct Scene {
    /// Dropped before the archive, whose threads wait for every handle to go.
    disposition: Disposition,
    archive: Archive,
}

fn mira() -> Actor {
    Actor { who: "aa01".into(), name: "Mira Records".into() }
}

fn kostas() -> Actor {
    Actor { who: "bb02".into(), name: "Kostas Counsel".into() }
}

impl Scene {
    async fn new(schedule: &str) -> Self {
        let archive = Archive::new();
        let disposition = disposition(&archive);
        let scene = Self { archive, disposition };
        scene.adopt(schedule).await;
        scene
    }

    async fn adopt(&self, schedule: &str) {
        let act = ScheduleAct::Adopted { file: schedule.into(), reason: "the board".into() };
        self.archive.govern.act(&mira(), Act::Schedule(act)).await.unwrap();
    }

    /// Takes a delivery with these records in.
    async fn deliver(&self, records: &[Record]) -> (LeafIndex, Vec<(RecordId, LeafIndex)>) {
        let Archive { keyring, clock, log, .. } = &self.archive;
        let line = br#"{"v":1,"class":"delivery","provider":"meta","received":"2026-11-21T08:00:00.000000Z","signature":"sha256=00","size":2}"#;
        let mut plaintext = line.to_vec();
        plaintext.push(b'\n');
        for record in records {
            plaintext.extend(record.body.text.as_deref().unwrap_or_default().bytes());
        }
        let delivery = keyring.seal(Class::Delivery, clock.now(), &plaintext).unwrap();
        let id = delivery.kept.record;
        let sealed = records.iter().map(|record| {
            let plaintext = serde_json::to_vec(record).unwrap();
            let sealed = keyring.seal(record.class, clock.now(), &plaintext).unwrap();
            (sealed.kept.record, Draft::captured(sealed, Some(id)))
        });
        let (ids, drafts): (Vec<_>, Vec<_>) = sealed.unzip();
        let group = Group::led_by(Draft::captured(delivery, None), drafts);
        let placed = log.append(group).await.unwrap();
        let mut places = placed.into_iter().map(|placed| match placed {
            Placed::At(index) => index,
            other @ (Placed::Seen(_) | Placed::Superfluous) => panic!("{other:?}"),
        });
        let lead = places.next().unwrap();
        (lead, ids.into_iter().zip(places).collect())
    }

    fn pass_days(&self, days: u64) {
        self.archive.hand.advance(Duration::from_secs(days * DAY));
    }

    async fn plan(&self) -> Planned {
        self.archive.indexed().await;
        self.disposition.plan(&mira()).await.unwrap()
    }

    /// Plans, approves and carries out.
    async fn dispose(&self) -> (RecordId, Done) {
        let planned = self.plan().await;
        let run = planned.run.expect("something is due");
        for approver in [kostas(), Actor { who: "cc03".into(), name: "Amal Board".into() }] {
            let _ = self.disposition.approve(&approver, run, "read it".into()).await;
        }
        (run, self.disposition.execute(&mira(), run).await.unwrap())
    }

    fn is_there(&self, index: LeafIndex) -> bool {
        let store = self.archive.log.store();
        let there = [store.header(index).unwrap(), store.body(index).unwrap()];
        assert_eq!(there[0].is_some(), there[1].is_some(), "half of entry {index} is there");
        there[0].is_some()
    }
}

fn disposition(archive: &Archive) -> Disposition {
    disposition_with(archive, archive.index.clone())
}

fn disposition_with(archive: &Archive, index: Index) -> Disposition {
    let config = DispositionConfig { plan_percent_max: 100, ..DispositionConfig::default() };
    disposition_by(archive, index, config)
}

fn disposition_by(archive: &Archive, index: Index, config: DispositionConfig) -> Disposition {
    let Archive { log, keyring, govern, clock, .. } = archive;
    let (log, keyring) = (log.clone(), Arc::clone(keyring));
    Disposition::new(log, keyring, index, govern.clone(), clock.clone(), config)
}

fn planned_entries(planned: &Planned) -> Vec<u64> {
    listed(&planned.plan).iter().map(LeafIndex::get).collect()
}

#[tokio::test]
async fn what_is_due_goes_with_its_delivery_and_what_is_not_stays() {
    let scene = Scene::new(HOUSE).await;
    let (old_delivery, old) = scene.deliver(&[message(0, "w1", "sell the old zinc")]).await;
    scene.pass_days(200);
    let (new_delivery, new) = scene.deliver(&[message(0, "w2", "buy the new copper")]).await;
    scene.pass_days(167);
    let planned = scene.plan().await;
    assert_eq!(planned_entries(&planned), [old_delivery.get(), old[0].1.get()]);
    assert_eq!((planned.later, planned.held, planned.unruled), (1, 0, 0));
    let run = planned.run.unwrap();
    scene.disposition.approve(&kostas(), run, "read it".into()).await.unwrap();
    let done = scene.disposition.execute(&mira(), run).await.unwrap();
    assert_eq!(done, Done { destroyed: 2, withheld: 0 });

    assert!(!scene.is_there(old_delivery) && !scene.is_there(old[0].1));
    assert!(scene.is_there(new_delivery) && scene.is_there(new[0].1));
    let gone = scene.archive.query.record(&fixtures::reader(), old[0].0).await;
    assert!(matches!(gone, Err(crate::query::Error::Destroyed { .. })), "{gone:?}");
    scene.archive.query.record(&fixtures::reader(), new[0].0).await.unwrap();
    assert_eq!(scene.archive.search("zinc").await.unwrap().total, 0);
    assert_eq!(scene.archive.search("copper").await.unwrap().total, 1);
    // Nothing is left to be done.
    assert_eq!(scene.plan().await.run, None);
    assert_eq!(scene.disposition.resume().await.unwrap(), None);
}

#[tokio::test]
async fn a_record_whose_delivery_a_rule_keeps_longer_waits_for_it() {
    let deliveries = HOUSE
        .replace("house\"", "deliveries\"")
        .replace("class = [\"message\"]", "class = [\"delivery\"]")
        .replace("years = 1", "years = 2");
    let scene = Scene::new(HOUSE).await;
    scene.adopt(&deliveries).await;
    scene.deliver(&[message(0, "w1", "sell")]).await;
    scene.pass_days(400);
    let planned = scene.plan().await;
    assert_eq!((planned.run, planned.bound), (None, 1));
    scene.pass_days(400);
    assert_eq!(planned_entries(&scene.plan().await).len(), 2);
}

#[tokio::test]
async fn a_medium_that_a_kept_record_shows_stays_until_that_goes() {
    let scene = Scene::new(HOUSE).await;
    let (_, old) = scene.deliver(&[message(0, "w1", "one")]).await;
    let medium = scene.archive.attach(old[0].0, b"%PDF-1.7 a contract").await;
    let own = scene.archive.attach(old[0].0, b"%PDF-1.7 another").await;
    scene.pass_days(200);
    let (_, new) = scene.deliver(&[message(0, "w2", "two")]).await;
    let link = Draft::linked(new[0].0, medium, Some(true));
    scene.archive.log.append(Group::of(link)).await.unwrap();
    scene.pass_days(200);
    let (_, done) = scene.dispose().await;
    assert_eq!(done.destroyed, 3, "the record, its delivery, its own medium");
    assert!(scene.is_there(scene.archive.place_of(medium)));
    assert!(!scene.is_there(scene.archive.place_of(own)));
    scene.pass_days(200);
    let (_, done) = scene.dispose().await;
    assert_eq!(done.destroyed, 3, "the other record, its delivery, the medium of both");
    assert!(!scene.is_there(scene.archive.place_of(medium)));
}

#[tokio::test]
async fn a_plan_needs_another_person_and_a_rejected_one_is_never_carried_out() {
    let scene = Scene::new(HOUSE).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "sell")]).await;
    scene.pass_days(400);
    let run = scene.plan().await.run.unwrap();
    assert!(scene.disposition.execute(&mira(), run).await.is_err());
    assert!(scene.disposition.approve(&mira(), run, "me".into()).await.is_err());
    scene.disposition.reject(&kostas(), run, "a suit is coming".into()).await.unwrap();
    assert!(scene.disposition.approve(&kostas(), run, "yes".into()).await.is_err());
    assert!(scene.disposition.execute(&mira(), run).await.is_err());
    assert!(scene.is_there(kept[0].1));
}

#[tokio::test]
async fn a_schedule_that_was_lengthened_meanwhile_keeps_what_the_plan_lists() {
    let scene = Scene::new(HOUSE).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "sell")]).await;
    scene.pass_days(400);
    let run = scene.plan().await.run.unwrap();
    scene.disposition.approve(&kostas(), run, "read it".into()).await.unwrap();
    scene
        .adopt(&HOUSE.replace("version = 1", "version = 2").replace("years = 1", "years = 7"))
        .await;
    let done = scene.disposition.execute(&mira(), run).await.unwrap();
    assert_eq!(done, Done { destroyed: 0, withheld: 1 });
    assert!(scene.is_there(kept[0].1));
}

#[tokio::test]
async fn a_shorter_version_counts_for_new_records_only() {
    let scene = Scene::new(HOUSE).await;
    let (_, old) = scene.deliver(&[message(0, "w1", "old")]).await;
    scene.pass_days(1);
    let shorter = HOUSE.replace("version = 1", "version = 2").replace("years = 1", "days = 10");
    scene.adopt(&shorter).await;
    let (delivery, new) = scene.deliver(&[message(0, "w2", "new")]).await;
    scene.pass_days(20);
    assert_eq!(planned_entries(&scene.plan().await), [delivery.get(), new[0].1.get()]);
    assert!(scene.is_there(old[0].1));
}

#[tokio::test]
async fn a_rule_that_waits_for_an_event_waits_for_it() {
    let contract = HOUSE.replace("starts = \"message\"", "starts = { event = \"contract_end\" }");
    let scene = Scene::new(&contract).await;
    scene.deliver(&[message(0, "w1", "terms")]).await;
    scene.pass_days(4000);
    let planned = scene.plan().await;
    assert_eq!((planned.run, planned.waiting), (None, 1));
    let ended = EventAct {
        event: "contract_end".into(),
        of: Of::Party { party: format!("+{}", fixtures::PHONE) },
        at: scene.archive.clock.now(),
        reason: "letter of notice".into(),
    };
    scene.archive.govern.act(&mira(), Act::Event(ended)).await.unwrap();
    assert_eq!(scene.plan().await.run, None);
    scene.pass_days(366);
    assert!(scene.plan().await.run.is_some());
}

#[tokio::test]
async fn a_rule_by_lexicon_lets_go_what_its_words_hit_and_nothing_else() {
    let lexicon = "\n[[lexicon]]\nname = \"metals\"\nwords = [\"zinc\", \"red copper\"]\n";
    let by_words = HOUSE
        .replace("class = [\"message\"]", "class = [\"message\"], lexicon = [\"metals\"]")
        .replace("years = 1", "days = 30");
    let scene = Scene::new(&format!("{by_words}{lexicon}")).await;
    let (_, hit) = scene.deliver(&[message(0, "w1", "Sell the ZINC today")]).await;
    let (_, phrase) = scene.deliver(&[message(0, "w2", "and red copper too")]).await;
    let (_, other) = scene.deliver(&[message(0, "w3", "copper is red")]).await;
    scene.pass_days(40);
    let (_, done) = scene.dispose().await;
    assert_eq!(done.destroyed, 4);
    assert!(!scene.is_there(hit[0].1) && !scene.is_there(phrase[0].1));
    assert!(scene.is_there(other[0].1));
}

#[tokio::test]
async fn the_certificate_proves_what_was_destroyed_and_no_altered_one_does() {
    let scene = Scene::new(HOUSE).await;
    scene.deliver(&[message(0, "w1", "one"), message(0, "w2", "two")]).await;
    scene.pass_days(400);
    let (run, done) = scene.dispose().await;
    assert_eq!(done.destroyed, 3);
    scene.archive.signed().await;
    let certificate = scene.disposition.certificate(run).await.unwrap().unwrap();
    let keys = [scene.archive.log.verifier_key().clone()];
    let file = serde_json::to_vec(&certificate).unwrap();
    let proven = Certificate::parse(&file).unwrap().verify(&keys).unwrap();
    assert_eq!((proven.run, proven.records), (run, 3));
    assert_eq!(proven.origin, fixtures::ORIGIN);

    let text = &certificate.text;
    assert!(
        text.contains("\nrecords 3\n") && text.contains("rule house/messages records 3"),
        "{text}"
    );
    let more = Certificate { text: text.replace("records 3", "records 4"), ..certificate.clone() };
    assert!(more.verify(&keys).is_err());
    let fewer = Certificate { destroyed: vec![], ..certificate.clone() };
    assert!(fewer.verify(&keys).is_err());
    let other = Certificate { finished: certificate.planned.clone(), ..certificate.clone() };
    assert!(other.verify(&keys).is_err());
    let stranger = crate::tlog::note::SigningKey::generate(fixtures::ORIGIN.parse().unwrap());
    assert!(certificate.verify(&[stranger.unwrap().verifier().clone()]).is_err());
}

#[tokio::test]
async fn an_explanation_names_the_rule_and_what_stands_against_it() {
    let scene = Scene::new(HOUSE).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "sell")]).await;
    scene.archive.indexed().await;
    let early = scene.disposition.explain(kept[0].0).await.unwrap();
    assert!(!early.may_go && early.holds.is_empty());
    let winner = early.decision.winner().unwrap();
    assert_eq!((winner.schedule.as_str(), winner.rule.as_str()), ("house", "messages"));
    scene.pass_days(400);
    assert!(scene.disposition.explain(kept[0].0).await.unwrap().may_go);
    let unknown = scene.disposition.explain(RecordId::from_bytes([9; 16])).await;
    assert!(matches!(unknown, Err(Error::NotFound("record"))));
}
