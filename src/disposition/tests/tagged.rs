//! Tags, events of tags and records, and card numbers, from the decision to the destruction.

use super::*;
use crate::entry::Ranges;
use crate::policy::Due;
use crate::projection::tags::{On, Put, TagAct};

/// Messages for a year; those with a tag for three.
fn tagged_house() -> String {
    let rule = HOUSE.split_once("[[rule]]").unwrap().1;
    let rule = rule
        .replace("id = \"messages\"", "id = \"contracts\"")
        .replace("class = [\"message\"]", "tag = [\"contract\"]")
        .replace("years = 1", "years = 3");
    format!("{HOUSE}\n[[rule]]{rule}")
}

fn amal() -> Actor {
    Actor { who: "cc03".into(), name: "Amal Board".into() }
}

fn party() -> On {
    On::Party { party: format!("+{}", fixtures::PHONE) }
}

impl Scene {
    async fn tag(&self, on: On) -> RecordId {
        let put = Put { tag: "Contract".into(), on, reason: "file 4711".into() };
        self.archive.govern.act(&mira(), Act::Tag(TagAct::Put(put))).await.unwrap().record
    }

    async fn take(&self, putting: RecordId) {
        let taken = TagAct::Taken { putting, reason: "the wrong customer".into() };
        self.archive.govern.act(&mira(), Act::Tag(taken)).await.unwrap();
        let agreed = TagAct::TakingApproved { putting, reason: "compared".into() };
        self.archive.govern.act(&kostas(), Act::Tag(agreed)).await.unwrap();
    }

    async fn due_of(&self, record: RecordId) -> Due {
        self.archive.indexed().await;
        self.disposition.explain(record).await.unwrap().decision.due
    }
}

fn only(record: RecordId, entry: LeafIndex) -> On {
    On::Records { records: vec![record], entries: Ranges::covering([entry]) }
}

#[tokio::test]
async fn a_tag_keeps_what_it_is_on_and_what_comes_later() {
    let scene = Scene::new(&tagged_house()).await;
    let (_, free) = scene.deliver(&[message(0, "w1", "one")]).await;
    let (_, kept) = scene.deliver(&[message(0, "w2", "two")]).await;
    scene.tag(only(kept[0].0, kept[0].1)).await;
    scene.pass_days(400);
    let planned = scene.plan().await;
    assert!(planned_entries(&planned).contains(&free[0].1.get()));
    assert!(!planned_entries(&planned).contains(&kept[0].1.get()));
    assert_eq!((planned.later, planned.plan.untagged), (1, 0));
    scene.archive.indexed().await;
    let explained = scene.disposition.explain(kept[0].0).await.unwrap();
    assert_eq!(explained.tags, ["Contract"]);
    assert_eq!(explained.decision.winner().unwrap().rule, "contracts");

    scene.tag(party()).await;
    let (_, later) = scene.deliver(&[message(0, "w3", "three")]).await;
    let (_, done) = scene.dispose_of(planned.run.unwrap()).await;
    assert_eq!(done, Done { destroyed: 0, withheld: 1 }, "tagged since the plan was made");
    scene.pass_days(400);
    assert_eq!(scene.plan().await.run, None);
    scene.pass_days(400);
    assert!(
        matches!(scene.due_of(later[0].0).await, Due::At(at) if at > scene.archive.clock.now())
    );
    scene.dispose().await;
    let there = [free[0].1, kept[0].1, later[0].1].map(|entry| scene.is_there(entry));
    assert_eq!(there, [false, false, true]);
}

impl Scene {
    async fn dispose_of(&self, run: RecordId) -> (RecordId, Done) {
        self.disposition.approve(&kostas(), run, "read it".into()).await.unwrap();
        (run, self.disposition.execute(&mira(), run).await.unwrap())
    }
}

#[tokio::test]
async fn what_is_due_because_a_tag_was_taken_is_told_and_needs_approval() {
    let scene = Scene::new(&tagged_house()).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "one")]).await;
    let putting = scene.tag(party()).await;
    scene.pass_days(400);
    assert_eq!(scene.plan().await.run, None);
    let taken = TagAct::Taken { putting, reason: "the wrong customer".into() };
    scene.archive.govern.act(&mira(), Act::Tag(taken)).await.unwrap();
    assert_eq!(scene.plan().await.run, None, "one person alone takes nothing");
    let agreed = TagAct::TakingApproved { putting, reason: "compared".into() };
    let own = scene.archive.govern.act(&mira(), Act::Tag(agreed.clone())).await.unwrap_err();
    assert!(own.to_string().contains("another person"), "{own}");
    scene.archive.govern.act(&kostas(), Act::Tag(agreed)).await.unwrap();

    let lenient = DispositionConfig { approvals: 0, plan_percent_max: 100, ..Default::default() };
    let Archive { log, keyring, index, govern, clock, .. } = &scene.archive;
    let (log, keyring) = (log.clone(), Arc::clone(keyring));
    let lenient =
        Disposition::new(log, keyring, index.clone(), govern.clone(), clock.clone(), lenient);
    scene.archive.indexed().await;
    let planned = lenient.plan(&mira()).await.unwrap();
    assert_eq!((planned.plan.untagged, planned.plan.approvals), (1, 1));
    assert!(lenient.execute(&mira(), planned.run.unwrap()).await.is_err());
    lenient.approve(&amal(), planned.run.unwrap(), "I saw why".into()).await.unwrap();
    lenient.execute(&mira(), planned.run.unwrap()).await.unwrap();
    assert!(!scene.is_there(kept[0].1));
}

#[tokio::test]
async fn what_is_due_because_one_of_two_puttings_was_taken_is_told_as_well() {
    let shorter = |name: &str, keep: &str| {
        HOUSE.replace("\"house\"", &format!("\"{name}\"")).replace("keep = { years = 1 }", keep)
    };
    let by_tag = shorter("tagged", "max = { years = 5 }")
        .replace("class = [\"message\"]", "tag = [\"contract\"]");
    let scene = Scene::new(&by_tag).await;
    let first = scene.tag(party()).await;
    let (_, kept) = scene.deliver(&[message(0, "w1", "one")]).await;
    scene.adopt(&shorter("general", "max = { years = 1 }")).await;
    scene.tag(party()).await;
    scene.pass_days(400);
    assert_eq!(scene.plan().await.run, None, "it had the tag before there was another rule");
    scene.take(first).await;
    let planned = scene.plan().await;
    assert!(planned_entries(&planned).contains(&kept[0].1.get()));
    assert_eq!(planned.plan.untagged, 1, "it has the tag still, and only since then");
}

#[tokio::test]
async fn a_tag_put_on_what_is_there_never_shortens() {
    let shorter = tagged_house().replace("keep = { years = 3 }", "max = { days = 1 }");
    let scene = Scene::new(&shorter.replace("keep = { years = 1 }", "max = { years = 1 }")).await;
    let (_, old) = scene.deliver(&[message(0, "w1", "one")]).await;
    let before = scene.due_of(old[0].0).await;
    scene.tag(party()).await;
    assert_eq!(scene.due_of(old[0].0).await, before);
    let (_, new) = scene.deliver(&[message(0, "w2", "two")]).await;
    scene.pass_days(3);
    assert!(planned_entries(&scene.plan().await).contains(&new[0].1.get()));
    assert!(!planned_entries(&scene.plan().await).contains(&old[0].1.get()));
    let preview = scene
        .disposition
        .simulate(HOUSE.replace("\"house\"", "\"other\"").replace("years = 1", "years = 2"));
    let simulated = preview.await.unwrap();
    assert_eq!(simulated.horizons[0].due, 0, "{simulated:?}");
}

#[tokio::test]
async fn an_event_of_a_tag_a_record_or_a_conversation_starts_the_clock() {
    let waits = HOUSE.replace("starts = \"message\"", "starts = { event = \"closed\" }");
    let scene = Scene::new(&waits).await;
    let (_, one) = scene.deliver(&[message(0, "w1", "one")]).await;
    let (_, two) = scene.deliver(&[message(0, "w2", "two")]).await;
    scene.tag(only(one[0].0, one[0].1)).await;
    let tell = |of| EventAct {
        event: "closed".into(),
        of,
        at: scene.archive.clock.now(),
        reason: "letter".into(),
    };
    let tell = async |of| {
        scene.archive.govern.act(&mira(), Act::Event(tell(of))).await.unwrap();
    };
    tell(Of::Tag { tag: "contract".into() }).await;
    assert!(matches!(scene.due_of(one[0].0).await, Due::At(_)));
    assert_eq!(scene.due_of(two[0].0).await, Due::Waiting);
    tell(Of::Record { record: two[0].0, entry: two[0].1.get() }).await;
    assert!(matches!(scene.due_of(two[0].0).await, Due::At(_)));
    let (_, three) = scene.deliver(&[message(0, "w3", "three")]).await;
    assert_eq!(scene.due_of(three[0].0).await, Due::Waiting);
    let thread = scene.archive.index.thread_of(three[0].0).unwrap().unwrap();
    tell(Of::Thread { thread: thread.to_string() }).await;
    assert!(matches!(scene.due_of(three[0].0).await, Due::At(_)));
    scene.pass_days(400);
    let planned = scene.plan().await;
    for entry in [one[0].1, two[0].1, three[0].1] {
        assert!(planned_entries(&planned).contains(&entry.get()));
    }
}

#[tokio::test]
async fn a_card_number_is_found_by_the_plan_and_its_message_goes() {
    let scene = Scene::new(crate::policy::shipped::shipped("pci-dss").unwrap().text).await;
    let (_, card) = scene.deliver(&[message(0, "w1", "my card: 4111 1111 1111 1111")]).await;
    let (_, other) = scene.deliver(&[message(0, "w2", "order 4111 1111 1111 1112")]).await;
    scene.pass_days(89);
    assert_eq!(scene.plan().await.run, None);
    scene.pass_days(3);
    let planned = scene.plan().await;
    assert!(planned_entries(&planned).contains(&card[0].1.get()), "{planned:?}");
    assert_eq!((planned.plan.groups[0].rule.as_str(), planned.unruled), ("card-numbers", 1));
    scene.dispose_of(planned.run.unwrap()).await;
    assert!(!scene.is_there(card[0].1) && scene.is_there(other[0].1));
}

#[tokio::test]
async fn a_tag_that_was_taken_counts_no_more_for_what_comes() {
    let scene = Scene::new(&tagged_house()).await;
    let putting = scene.tag(party()).await;
    scene.take(putting).await;
    let (_, new) = scene.deliver(&[message(0, "w1", "one")]).await;
    scene.archive.indexed().await;
    let explained = scene.disposition.explain(new[0].0).await.unwrap();
    assert_eq!(explained.tags, Vec::<String>::new());
    assert_eq!(explained.decision.winner().unwrap().rule, "messages");
}
