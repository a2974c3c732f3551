//! The follower over a real archive: what it finds, puts aside, and forgets.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::entry::Ranges;
use crate::govern::Actor;
use crate::log::{Draft, Group};
use crate::policy::consent::{Certainty, Kind, Purpose, Purposes};
use crate::projection::Act;
use crate::projection::consent::{ConsentAct, Evidence, Means, Signal};
use crate::projection::findings::FindingKind;
use crate::projection::schedules::ScheduleAct;
use crate::query::fixtures::{Archive, HOUSE, PHONE, message};
use crate::record::{Record, RecordId};

/// When the fixture's clock stands, in Unix seconds.
const NOW: i64 = 1_795_248_000;

fn below(archive: &Archive) -> Below {
    let (log, keyring) = (archive.log.clone(), Arc::clone(&archive.keyring));
    Below { log, keyring, govern: archive.govern.clone(), index: archive.index.clone() }
}

fn dir(archive: &Archive) -> PathBuf {
    archive.dir.path().join("conduct")
}

fn opened(archive: &Archive) -> (Conduct, Follower) {
    opened_with(archive, &ConductConfig::default())
}

fn opened_with(archive: &Archive, config: &ConductConfig) -> (Conduct, Follower) {
    let (conduct, follower) = Conduct::open(&dir(archive), below(archive), config).unwrap();
    (conduct, follower.unwrap())
}

fn catch_up(follower: &mut Follower) {
    while follower.work().unwrap() {}
}

/// Ends as the daemon does: what is known is put aside.
fn stop(follower: Follower) {
    let (sender, stopped) = channel();
    drop(sender);
    follower.follow(&stopped);
}

fn record(members: &Value) -> Record {
    let mut record = json!({"v": 1, "class": "status", "provider": "meta", "field": "messages",
        "origin": "live", "number": "4915550100100", "number_id": "209900000000001",
        "account": "109900000000001", "direction": "outbound", "to": {"phone": PHONE},
        "raw": {"pricing": {"category": "marketing"}}});
    for (name, member) in members.as_object().unwrap() {
        record[name] = member.clone();
    }
    serde_json::from_str(&record.to_string()).unwrap()
}

/// A message that the provider says was sent, so many seconds ago.
fn sent(name: &str, ago: i64, category: &str) -> Record {
    let relation = json!({"kind": "reports", "provider_id": name});
    record(&json!({"at": NOW - ago, "body": {"kind": "sent", "relation": relation},
        "raw": {"pricing": {"category": category}}}))
}

fn mira(kind: Kind, ago: i64, evidence: Evidence) -> Act {
    let signal = Signal {
        kind,
        certainty: Certainty::Certain,
        subject: vec![PHONE.to_owned()],
        purposes: Purposes::of([Purpose::Marketing]).unwrap(),
        channel: None,
        numbers: vec![],
        at: jiff::Timestamp::from_second(NOW - ago).unwrap(),
        expires: None,
        wording: None,
        jurisdiction: None,
        legal_basis: None,
        evidence,
    };
    Act::Consent(ConsentAct::Told { signal: Box::new(signal) })
}

async fn decide(archive: &Archive, act: Act) -> RecordId {
    let actor = Actor { who: "a1b2".to_owned(), name: "Dana".to_owned() };
    archive.govern.act(&actor, act).await.unwrap().record
}

async fn told(archive: &Archive, kind: Kind, ago: i64) {
    let evidence = Evidence::of_record(Means::Form, RecordId::from_bytes([9; 16]));
    decide(archive, mira(kind, ago, evidence)).await;
}

fn open(conduct: &Conduct) -> Vec<(FindingKind, RecordId)> {
    let found = conduct.found();
    let open = found.findings.values().filter(|finding| finding.withdrawn.is_none());
    open.map(|finding| (finding.id.kind, finding.id.record)).collect()
}

#[tokio::test]
async fn what_is_found_is_there_after_a_restart_and_after_a_loss() {
    let archive = Archive::new();
    assert_eq!(archive.clock.now().as_second(), NOW);
    let offer = archive.keep(&sent("wamid.1", 600, "marketing")).await;
    archive.keep(&sent("wamid.2", 500, "utility")).await;
    let (conduct, mut follower) = opened(&archive);
    assert_eq!(conduct.progress().entries_behind(), 3);
    catch_up(&mut follower);
    let expected = vec![(FindingKind::WithoutConsent, offer)];
    assert_eq!((open(&conduct), conduct.progress().entries_behind()), (expected.clone(), 0));
    stop(follower);

    let (conduct, follower) = opened(&archive);
    assert_eq!(open(&conduct), expected, "before anything is read");
    assert_eq!(conduct.progress().entries_behind(), 0);
    drop(follower);

    for damage in [true, false] {
        let file = dir(&archive).join("findings");
        if damage {
            let mut bytes = std::fs::read(&file).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), &bytes).unwrap();
        } else {
            std::fs::remove_dir_all(dir(&archive)).unwrap();
        }
        let (conduct, mut follower) = opened(&archive);
        assert_eq!(open(&conduct), []);
        catch_up(&mut follower);
        assert_eq!(open(&conduct), expected, "made anew");
        stop(follower);
    }
}

#[tokio::test]
async fn a_crash_loses_what_was_read_since_and_reading_it_again_changes_nothing() {
    let archive = Archive::new();
    let first = archive.keep(&sent("wamid.1", 600, "marketing")).await;
    let (_, mut follower) = opened(&archive);
    catch_up(&mut follower);
    let second = archive.keep(&sent("wamid.2", 500, "marketing")).await;
    catch_up(&mut follower);
    // The process ends as by a loss of power: nothing more is put aside.
    drop(follower);
    let (conduct, mut follower) = opened(&archive);
    let kind = FindingKind::WithoutConsent;
    assert_eq!(open(&conduct), [(kind, first)]);
    catch_up(&mut follower);
    // Ids of one millisecond stand in any order.
    let mut both = [(kind, first), (kind, second)];
    both.sort_unstable();
    assert_eq!(open(&conduct), both);
}

#[tokio::test]
async fn consent_that_is_told_later_withdraws_and_an_opt_out_accuses() {
    let archive = Archive::new();
    let offer = archive.keep(&sent("wamid.1", 600, "marketing")).await;
    let (conduct, mut follower) = opened(&archive);
    catch_up(&mut follower);
    told(&archive, Kind::OptIn, 3600).await;
    catch_up(&mut follower);
    let found = conduct.found();
    let why = found.findings.values().next().unwrap().withdrawn.unwrap().why;
    assert_eq!((open(&conduct), why), (vec![], Withdrawal::ConsentTold));
    told(&archive, Kind::OptOut, 1800).await;
    catch_up(&mut follower);
    assert_eq!(open(&conduct), [(FindingKind::AfterOptOut, offer)]);
}

#[tokio::test]
async fn what_is_destroyed_is_forgotten_and_no_copy_of_before_opens() {
    let archive = Archive::new();
    let offer = archive.keep(&sent("wamid.1", 600, "marketing")).await;
    let (conduct, mut follower) = opened(&archive);
    catch_up(&mut follower);
    assert_eq!(open(&conduct).len(), 1);
    let copy = std::fs::read(dir(&archive).join("findings")).unwrap();
    let entry = archive.place_of(offer);
    archive.destroy(offer);
    let run = RecordId::from_bytes([5; 16]);
    let [entries] = <[Ranges; 1]>::try_from(Ranges::covering([entry])).unwrap();
    archive.log.append(Group::of(Draft::destroyed(run, entries))).await.unwrap();
    catch_up(&mut follower);
    assert_eq!((open(&conduct), conduct.found().counts.erased), (vec![], 1));
    std::thread::sleep(Duration::from_millis(600));
    catch_up(&mut follower);
    drop(follower);
    let file = dir(&archive).join("findings");
    std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), &copy).unwrap();
    let (conduct, mut follower) = opened(&archive);
    assert_eq!(conduct.progress().followed, TreeSize::EMPTY, "the copy opens with nothing");
    catch_up(&mut follower);
    assert_eq!(open(&conduct), []);
}

#[tokio::test]
async fn an_opt_out_of_long_ago_is_held_against_what_is_not_remembered_any_more() {
    let archive = Archive::new();
    told(&archive, Kind::OptIn, 86_400).await;
    let offer = archive.keep(&sent("wamid.1", 600, "marketing")).await;
    let (conduct, mut follower) = opened(&archive);
    catch_up(&mut follower);
    archive.hand.advance(Duration::from_secs(9 * 86_400));
    archive.keep(&sent("wamid.2", 0, "utility")).await;
    catch_up(&mut follower);
    assert_eq!((open(&conduct), conduct.found().remembered), (vec![], 1));
    told(&archive, Kind::OptOut, 3600).await;
    catch_up(&mut follower);
    assert_eq!(open(&conduct), [(FindingKind::AfterOptOut, offer)], "the log was read again");
    let (again, follower) = (conduct, follower);
    stop(follower);
    let (conduct, _follower) = opened(&archive);
    assert_eq!(open(&conduct), open(&again));
}

#[tokio::test]
async fn proof_of_consent_that_falls_due_is_found_and_a_longer_rule_settles_it() {
    let archive = Archive::new();
    let proof = archive.keep(&message(0, "wamid.1", "yes, please")).await;
    let evidence = Evidence::of_record(Means::Message, proof);
    let consent = decide(&archive, mira(Kind::OptIn, 60, evidence)).await;
    let adopt = |days: u16, name: &str| {
        let file = HOUSE.replace("years = 1", &format!("days = {days}"));
        let file = file.replace("\"house\"", &format!("\"{name}\""));
        Act::Schedule(ScheduleAct::Adopted { file, reason: "ours".to_owned() })
    };
    decide(&archive, adopt(20, "short")).await;
    archive.indexed().await;
    let (conduct, mut follower) = opened(&archive);
    catch_up(&mut follower);
    assert_eq!(open(&conduct), [(FindingKind::EvidenceEnding, consent)]);
    let finding = conduct.found().findings.values().next().unwrap().clone();
    assert_eq!((finding.evidence, finding.because), (Some(proof), Because::EvidenceDue));

    decide(&archive, adopt(900, "long")).await;
    archive.hand.advance(Duration::from_secs(3601));
    archive.indexed().await;
    catch_up(&mut follower);
    assert_eq!(open(&conduct), []);
    let why = conduct.found().findings.values().next().unwrap().withdrawn.unwrap().why;
    assert_eq!(why, Withdrawal::Settled);
}

#[tokio::test]
async fn proof_that_a_rule_by_words_keeps_or_lets_go_is_judged_by_its_words() {
    let archive = Archive::new();
    let kept = archive.keep(&message(0, "wamid.1", "yes, and about my complaint")).await;
    let goes = archive.keep(&message(0, "wamid.2", "yes, please")).await;
    let mut consents = vec![];
    // Of two numbers, for the later of one would take the place of the earlier.
    for (proof, phone) in [(kept, PHONE), (goes, "4915550100888")] {
        let act = mira(Kind::OptIn, 60, Evidence::of_record(Means::Message, proof));
        let Act::Consent(ConsentAct::Told { mut signal }) = act else { panic!("{act:?}") };
        signal.subject = vec![phone.to_owned()];
        consents.push(decide(&archive, Act::Consent(ConsentAct::Told { signal })).await);
    }
    let adopt =
        |file: String| Act::Schedule(ScheduleAct::Adopted { file, reason: "ours".to_owned() });
    let by_words = HOUSE
        .replace("\"house\"", "\"longer\"")
        .replace("[\"message\"]", "[\"message\"], lexicon = [\"words\"]")
        .replace("years = 1", "years = 7");
    let lexicon = "\n[[lexicon]]\nname = \"words\"\nwords = [\"complaint\"]\n";
    decide(&archive, adopt(HOUSE.replace("years = 1", "days = 20"))).await;
    decide(&archive, adopt(format!("{by_words}{lexicon}"))).await;
    archive.indexed().await;
    let (conduct, mut follower) = opened(&archive);
    catch_up(&mut follower);
    assert_eq!(open(&conduct), [(FindingKind::EvidenceEnding, consents[1])]);
    assert_eq!(conduct.found().findings.values().next().unwrap().evidence, Some(goes));
}

#[tokio::test]
async fn proof_that_only_a_rule_by_words_is_for_is_found_where_they_stand() {
    let archive = Archive::new();
    let proof = archive.keep(&message(0, "wamid.1", "yes, my PIN is 12")).await;
    let evidence = Evidence::of_record(Means::Message, proof);
    let consent = decide(&archive, mira(Kind::OptIn, 60, evidence)).await;
    let shortest = HOUSE
        .replace("[\"message\"]", "[\"message\"], lexicon = [\"words\"]")
        .replace("keep = { years = 1 }", "max = { days = 5 }");
    let file = format!("{shortest}\n[[lexicon]]\nname = \"words\"\nwords = [\"pin\"]\n");
    let reason = "ours".to_owned();
    decide(&archive, Act::Schedule(ScheduleAct::Adopted { file, reason })).await;
    archive.indexed().await;
    let (conduct, mut follower) = opened(&archive);
    catch_up(&mut follower);
    assert_eq!(open(&conduct), [(FindingKind::EvidenceEnding, consent)]);
}

#[tokio::test]
async fn switched_off_nothing_is_made_and_nothing_is_kept() {
    let archive = Archive::new();
    archive.keep(&sent("wamid.1", 600, "marketing")).await;
    let (_, mut follower) = opened(&archive);
    catch_up(&mut follower);
    drop(follower);
    let off = ConductConfig { enabled: false, ..ConductConfig::default() };
    let (conduct, follower) = Conduct::open(&dir(&archive), below(&archive), &off).unwrap();
    assert!(follower.is_none() && !conduct.is_on());
    assert!(!dir(&archive).join("findings").exists());
    let shares = archive.keyring.shares().names().unwrap();
    assert!(!shares.iter().any(|name| name.starts_with("conduct.")), "{shares:?}");
}

#[tokio::test]
async fn another_measure_or_another_log_is_no_reason_to_stop() {
    let archive = Archive::new();
    archive.keep(&sent("wamid.1", 600, "utility")).await;
    let (conduct, mut follower) = opened(&archive);
    catch_up(&mut follower);
    assert_eq!(open(&conduct), []);
    drop(follower);
    let strict = ConductConfig { consent_for: vec!["utility".into()], ..ConductConfig::default() };
    let (conduct, mut follower) = opened_with(&archive, &strict);
    catch_up(&mut follower);
    assert_eq!(open(&conduct).len(), 1, "judged anew by what is asked now");
    drop(follower);

    let other = Archive::new();
    std::fs::create_dir(dir(&other)).unwrap();
    std::fs::copy(dir(&archive).join("findings"), dir(&other).join("findings")).unwrap();
    let (conduct, mut follower) = opened(&other);
    catch_up(&mut follower);
    assert_eq!((open(&conduct), conduct.progress().entries_behind()), (vec![], 0));
}
