//! Holds follow persons and conversations, whatever is destroyed and however the index is
//! made; and what they caught can be counted again.

use super::*;
use crate::index::{IndexConfig, ThreadId};
use crate::policy::Mark;
use crate::projection::holds::{HoldAct, Placed, Scope};
use crate::projection::subjects::{
    Ground, Identifier, IdentifierKind, Lifted, Restricted, SubjectAct,
};
use crate::projection::tags::{On, Put, TagAct};
use crate::record::Party;

/// What makes another index.
struct Indexing {
    stop: tokio::sync::watch::Sender<bool>,
    follower: tokio::task::JoinHandle<Result<(), crate::index::Error>>,
    _elsewhere: tempfile::TempDir,
}

impl Indexing {
    async fn stop(self) {
        self.stop.send(true).unwrap();
        self.follower.await.unwrap().unwrap();
    }
}

fn of(scope: Scope) -> Act {
    Act::Hold(HoldAct::Placed(Placed {
        matter: "Matter 7".into(),
        custodian: "Noor Customer".into(),
        reason: "a claim".into(),
        authority: "the court".into(),
        scope,
        silent: false,
        notice: None,
    }))
}

fn of_parties(names: &[&str]) -> Scope {
    Scope { parties: names.iter().map(|name| (*name).to_owned()).collect(), ..Scope::default() }
}

/// A message of who is known by these.
fn from(id: &str, phone: Option<&str>, user_id: Option<&str>) -> Record {
    let (phone, user_id) = (phone.map(str::to_owned), user_id.map(str::to_owned));
    Record { from: Some(Party { phone, user_id, ..Party::default() }), ..message(0, id, id) }
}

impl Scene {
    /// Places a hold, and has what it caught counted.
    async fn held(&self, scope: Scope) -> RecordId {
        let decided = self.archive.govern.act(&kostas(), of(scope)).await.unwrap();
        self.archive.indexed().await;
        self.disposition.count_caught(decided.record).await.unwrap();
        decided.record
    }

    fn thread_of(&self, record: RecordId) -> ThreadId {
        self.archive.index.thread_of(record).unwrap().unwrap()
    }

    /// Another index of the same log, made of what is left.
    async fn index_made_anew(&self) -> (Index, Indexing) {
        let (log, keyring) = (self.archive.log.clone(), Arc::clone(&self.archive.keyring));
        let elsewhere = tempfile::tempdir().unwrap();
        let dir = elsewhere.path().join("index");
        let (index, follower) = Index::open(&dir, log, keyring, IndexConfig::default()).unwrap();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let follower = tokio::spawn(follower.run(stopped));
        while index.progress().entries_behind() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        (index, Indexing { stop, follower, _elsewhere: elsewhere })
    }

    /// What would be destroyed now.
    async fn due(&self) -> Vec<u64> {
        self.archive.indexed().await;
        planned_entries(&self.disposition.preview().await.unwrap())
    }
}

const PHONE: &str = "4915550100777";
const OTHER_PHONE: &str = "4915550100778";

#[tokio::test]
async fn a_hold_on_one_identifier_holds_what_carries_another_of_the_same_person() {
    let scene = Scene::new(HOUSE).await;
    let (_, by_id) = scene.deliver(&[from("w1", None, Some("DE.1"))]).await;
    let (_, stranger) = scene.deliver(&[from("w2", Some(OTHER_PHONE), Some("DE.2"))]).await;
    scene.pass_days(400);
    scene.held(of_parties(&["+49 1555 0100777"])).await;
    assert!(scene.due().await.contains(&by_id[0].1.get()), "nothing shows that it is hers");
    scene.deliver(&[from("w3", Some(PHONE), Some("DE.1"))]).await;
    let due = scene.due().await;
    assert!(!due.contains(&by_id[0].1.get()) && due.contains(&stranger[0].1.get()));
    let (_, done) = scene.dispose().await;
    assert_eq!(done.destroyed, 2);
    assert!(scene.is_there(by_id[0].1) && !scene.is_there(stranger[0].1));
}

#[tokio::test]
async fn a_hold_does_not_lose_a_person_with_the_record_that_told_of_them() {
    let scene = Scene::new(HOUSE).await;
    // Shows both, and lies outside of the days of the hold.
    let (_, shows) = scene.deliver(&[from("w1", Some(PHONE), Some("DE.1"))]).await;
    scene.pass_days(200);
    let today = scene.archive.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let (_, by_id) = scene
        .deliver(&[Record {
            at: Some(scene.archive.clock.now().as_second()),
            ..from("w2", None, Some("DE.1"))
        }])
        .await;
    let decided = of(Scope { from: Some(today), ..of_parties(&[PHONE]) });
    let hold = scene.archive.govern.act(&kostas(), decided).await.unwrap().record;
    scene.pass_days(200);
    let (_, done) = scene.dispose().await;
    assert_eq!((done.destroyed, scene.is_there(shows[0].1)), (2, false));
    let followed = scene.archive.govern.read(|all| all.holds.get(hold).unwrap().followed.clone());
    assert_eq!(followed.unwrap().marks().collect::<Vec<_>>(), [Mark::of("DE.1")]);
    scene.pass_days(400);
    assert_eq!(scene.due().await, [] as [u64; 0], "what she wrote by the other name is held");
    assert!(scene.is_there(by_id[0].1));
    // Nothing new: nothing is written down twice.
    let size = scene.archive.log.size();
    scene.disposition.follow_before(Arc::default()).await.unwrap();
    assert_eq!(scene.archive.log.size(), size);
}

#[tokio::test]
async fn a_hold_on_a_conversation_outlives_the_record_that_named_it_and_an_index_made_anew() {
    let scene = Scene::new(HOUSE).await;
    // The user id names the conversation; afterwards it goes on by the number alone.
    let (_, names) = scene.deliver(&[from("w1", None, Some("DE.1"))]).await;
    scene.deliver(&[from("w2", Some(PHONE), Some("DE.1"))]).await;
    scene.pass_days(200);
    let (_, later) = scene.deliver(&[from("w3", Some(PHONE), None)]).await;
    scene.archive.indexed().await;
    let name = scene.thread_of(later[0].0);
    assert_eq!(name, scene.thread_of(names[0].0));
    let today = scene.archive.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let scope = Scope { threads: vec![name.to_string()], from: Some(today), ..Scope::default() };
    scene.held(scope).await;
    scene.pass_days(200);
    let (_, done) = scene.dispose().await;
    assert_eq!(done.destroyed, 4, "the first two messages, before the days of the hold");
    scene.pass_days(400);

    let (index, indexing) = scene.index_made_anew().await;
    assert_ne!(index.thread_of(later[0].0).unwrap().unwrap(), name, "it is named otherwise now");
    let anew = disposition_with(&scene.archive, index);
    let planned = anew.preview().await.unwrap();
    assert_eq!((planned_entries(&planned), planned.held), (vec![], 1));
    drop(anew);
    indexing.stop().await;
}

/// Messages for a year; those of a conversation with a tag for five.
fn terms_house() -> String {
    let rule = HOUSE.split_once("[[rule]]").unwrap().1;
    let rule = rule
        .replace("id = \"messages\"", "id = \"terms\"")
        .replace("class = [\"message\"]", "tag = [\"terms\"]")
        .replace("years = 1", "years = 5");
    format!("{HOUSE}\n[[rule]]{rule}")
}

#[tokio::test]
async fn a_tag_on_a_conversation_outlives_the_record_that_named_it_and_an_index_made_anew() {
    let scene = Scene::new(&terms_house()).await;
    // The user id names the conversation; afterwards it goes on by the number alone.
    let (_, names) = scene.deliver(&[from("w1", None, Some("DE.1"))]).await;
    scene.deliver(&[from("w2", Some(PHONE), Some("DE.1"))]).await;
    scene.pass_days(200);
    let now = scene.archive.clock.now().as_second();
    let later = Record { at: Some(now), ..from("w3", Some(PHONE), None) };
    let stranger = Record { at: Some(now), ..from("w4", Some(OTHER_PHONE), None) };
    let (_, later) = scene.deliver(&[later, stranger]).await;
    scene.pass_days(200);
    let (_, done) = scene.dispose().await;
    assert_eq!((done.destroyed, scene.is_there(names[0].1)), (4, false));
    let name = scene.thread_of(later[0].0);
    let tag = Put {
        tag: "terms".into(),
        on: On::Thread { thread: name.to_string() },
        reason: "file 4711".into(),
    };
    scene.archive.govern.act(&mira(), Act::Tag(TagAct::Put(tag))).await.unwrap();
    scene.disposition.name_threads().await.unwrap();
    scene.pass_days(400);

    let (index, indexing) = scene.index_made_anew().await;
    assert_ne!(index.thread_of(later[0].0).unwrap().unwrap(), name, "it is named otherwise now");
    let anew = disposition_with(&scene.archive, index);
    let planned = anew.preview().await.unwrap();
    let entries = planned_entries(&planned);
    assert!(!entries.contains(&later[0].1.get()) && entries.contains(&later[1].1.get()));
    // Nothing new: nothing is written down twice.
    let size = scene.archive.log.size();
    anew.name_threads().await.unwrap();
    assert_eq!(scene.archive.log.size(), size);
    drop(anew);
    indexing.stop().await;
}

#[tokio::test]
async fn before_records_go_the_names_that_they_show_of_a_tagged_conversation_are_written_down() {
    let scene = Scene::new(&terms_house()).await;
    let (_, names) = scene.deliver(&[from("w1", None, Some("DE.1"))]).await;
    scene.archive.indexed().await;
    let name = scene.thread_of(names[0].0).to_string();
    let tag = Put {
        // No rule asks for it.
        tag: "claim".into(),
        on: On::Thread { thread: name.clone() },
        reason: "file 4711".into(),
    };
    scene.archive.govern.act(&mira(), Act::Tag(TagAct::Put(tag))).await.unwrap();
    scene.disposition.name_threads().await.unwrap();
    scene.deliver(&[from("w2", Some(PHONE), Some("DE.1"))]).await;
    scene.pass_days(400);
    let mut bytes = [0; 16];
    hex::decode_to_slice(name, &mut bytes).unwrap();
    let names = || scene.archive.govern.read(|all| all.threads.of(&bytes).len()).unwrap();
    assert_eq!(names(), 1);
    let (_, done) = scene.dispose().await;
    assert_eq!((done.destroyed, names()), (4, 2));
}

#[tokio::test]
async fn a_restriction_keeps_what_its_person_writes_by_a_number_that_came_later() {
    let scene = Scene::new(HOUSE).await;
    let identifiers = vec![Identifier { kind: IdentifierKind::Phone, value: PHONE.into() }];
    let (ground, reason) = (Ground::Accuracy, "disputed".to_owned());
    let restricted = Restricted { identifiers, ground, reason, request: None };
    let restriction = scene.tell(SubjectAct::Restricted(restricted)).await;
    let mut hers = vec![];
    for (id, phone, user_id) in
        [("w1", PHONE, Some("DE.1")), ("w2", OTHER_PHONE, Some("DE.1")), ("w3", OTHER_PHONE, None)]
    {
        hers.push(scene.deliver(&[from(id, Some(phone), user_id)]).await.1[0]);
    }
    let (_, stranger) = scene.deliver(&[from("w4", Some("4915550100779"), None)]).await;
    scene.pass_days(400);
    let planned = scene.plan().await;
    assert_eq!((planned.restricted, planned_entries(&planned).len()), (3, 2));
    let explained = scene.disposition.explain(hers[2].0).await.unwrap();
    assert!(explained.bound.unwrap().contains(&restriction.to_string()));
    scene.dispose().await;
    assert!(hers.iter().all(|(_, entry)| scene.is_there(*entry)));
    assert!(!scene.is_there(stranger[0].1));
    let (reason, informed) = ("settled".to_owned(), "by letter".to_owned());
    scene.tell(SubjectAct::Lifted(Lifted { restriction, reason, informed })).await;
    assert_eq!(scene.due().await.len(), 6);
}

#[tokio::test]
async fn what_a_stop_left_uncounted_is_counted_after_the_next_start() {
    let scene = Scene::new(HOUSE).await;
    let (_, hers) = scene.deliver(&[from("w1", Some(PHONE), Some("DE.1"))]).await;
    let (_, his) = scene.deliver(&[from("w2", Some(OTHER_PHONE), None)]).await;
    // Placed, and the daemon ends before it has counted.
    let place = async |scope| scene.archive.govern.act(&kostas(), of(scope)).await.unwrap().record;
    let holds = [place(of_parties(&[PHONE])).await, place(of_parties(&[OTHER_PHONE])).await];
    let over = place(of_parties(&[PHONE])).await;
    let reason = "settled".to_owned();
    let released = HoldAct::Released { hold: over, reason, approvals: 0, grace_days: 0 };
    scene.archive.govern.act(&kostas(), Act::Hold(released)).await.unwrap();
    scene.deliver(&[from("w3", Some(PHONE), None)]).await;

    let Archive { log, keyring, index, clock, .. } = &scene.archive;
    let govern = Govern::open(log.clone(), Arc::clone(keyring), clock.clone()).unwrap();
    let (log, keyring) = (log.clone(), Arc::clone(keyring));
    let config = DispositionConfig::default();
    let again =
        Disposition::new(log, keyring, index.clone(), govern.clone(), clock.clone(), config);
    assert_eq!(again.count_uncounted().await.unwrap(), 2);
    let state = |hold| govern.read(|all| all.holds.get(hold).unwrap().clone()).unwrap();
    for (hold, (entry, follows)) in
        holds.into_iter().zip([(hers[0].1, vec![Mark::of("DE.1")]), (his[0].1, vec![])])
    {
        let (caught, followed) = state(hold).caught.unwrap();
        assert_eq!((caught.records, caught.log), (1, state(hold).history[0].entry.get()));
        assert_eq!(caught.sha256, crate::tlog::hash::sha256(format!("{entry}\n").as_bytes()));
        assert_eq!(followed.marks().collect::<Vec<_>>(), follows);
    }
    assert_eq!(state(over).caught, None, "it is not in force");
    assert_eq!(again.count_uncounted().await.unwrap(), 0);
}

#[tokio::test]
async fn what_a_hold_caught_is_the_same_list_until_something_of_it_is_gone() {
    let scene = Scene::new(HOUSE).await;
    let (_, hers) = scene.deliver(&[from("w1", Some(PHONE), Some("DE.1"))]).await;
    let (_, also) = scene.deliver(&[from("w2", None, Some("DE.1"))]).await;
    scene.deliver(&[from("w3", Some(OTHER_PHONE), None)]).await;
    let hold = scene.held(of_parties(&[PHONE])).await;
    let state = scene.archive.govern.read(|all| all.holds.get(hold).unwrap().clone()).unwrap();
    let (caught, _) = state.caught.clone().unwrap();
    let list = format!("{}\n{}\n", hers[0].1, also[0].1);
    assert_eq!(caught.sha256, crate::tlog::hash::sha256(list.as_bytes()));
    assert_eq!((caught.records, caught.log), (2, state.history[0].entry.get()));
    let did: Vec<_> = state.history.iter().map(|step| step.did).collect();
    assert_eq!(did, ["placed", "followed", "counted"]);
    // Counted once.
    scene.disposition.count_caught(hold).await.unwrap();

    // What comes later, and whom it joins, makes no difference to what was caught then.
    scene
        .deliver(&[from("w4", Some(PHONE), None), from("w5", Some(OTHER_PHONE), Some("DE.1"))])
        .await;
    scene.archive.indexed().await;
    let again = scene.disposition.recount(vec![hold]).await.unwrap();
    assert_eq!(again[&hold], caught);
    let gone = [also[0].1].into_iter().collect();
    scene.archive.index.erase(&gone).unwrap();
    let again = scene.disposition.recount(vec![hold]).await.unwrap();
    assert_eq!(again[&hold].records, 1);
    assert_ne!(again[&hold].sha256, caught.sha256);
}
