//! Second act: five days of signed deliveries, and what became of them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use jiff::Timestamp;

use crate::graph::Graph;
use crate::http::Http;
use crate::stage::Stage;
use crate::story::{APP_SECRET, Delivery, STATUS_FORGED, Story};
use crate::tell::Tell;

const MEDIA_AND_INDEX_WAIT_MAX: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);
/// A delivery that brings so many records is worth a line.
const RECORDS_NOTABLE: usize = 8;

/// How the archive answers, over its two doors.
struct Doors {
    http: Http,
    hooks: String,
    api: String,
}

pub fn play(tell: &Tell, stage: &Stage, story: &Story, graph: &Graph) -> anyhow::Result<()> {
    tell.step(
        "3. Five days are delivered",
        "200 is said when a delivery is on disk, sealed and in the log; Meta never sends it again.",
    );
    let running = stage.doors()?;
    tell.command(&format!(
        "SIGNATURE=$(openssl dgst -sha256 -hmac {APP_SECRET} -r body.json | cut -d' ' -f1)"
    ));
    tell.command(&format!(
        "curl --data-binary @body.json -H \"X-Hub-Signature-256: sha256=$SIGNATURE\" {}/hooks/meta",
        running.hooks
    ));
    let doors = Doors {
        http: Http::new(),
        hooks: format!("{}/hooks/meta", running.hooks),
        api: running.api,
    };
    for day in story.deliveries.chunk_by(|left, right| day_of(left) == day_of(right)) {
        deliver_day(tell, &doors, day)?;
    }
    wait_for_media(tell, &doors, story, graph)
}

fn deliver_day(tell: &Tell, doors: &Doors, day: &[Delivery]) -> anyhow::Result<()> {
    let mut told = vec![];
    let mut taken = 0;
    for delivery in day {
        let notable = notable(delivery);
        let before = notable.then(|| doors.entries()).transpose()?;
        let answer =
            doors.http.deliver(&doors.hooks, &delivery.signature_header(), &delivery.body)?;
        let (title, due) = (&delivery.title, delivery.expect.status);
        ensure!(answer == due, "“{title}” was answered {answer} where {due} was due");
        taken += usize::from(answer == 200);
        if let Some(before) = before {
            told.push(outcome(delivery, answer, before, doors.entries()?)?);
        }
    }
    let name = day.first().map(day_of).unwrap_or_default();
    tell.result(&format!("{name}: {} deliveries, {taken} answered 200", day.len()));
    told.iter().for_each(|line| tell.detail(line));
    Ok(())
}

/// Whether a delivery is not like the others.
fn notable(delivery: &Delivery) -> bool {
    let expect = &delivery.expect;
    !expect.new
        || expect.records.is_empty()
        || expect.records.contains_key("unrecognised")
        || expect.records.values().sum::<usize>() >= RECORDS_NOTABLE
}

/// What became of a notable delivery, compared with what must become of it.
fn outcome(delivery: &Delivery, answer: u16, before: u64, after: u64) -> anyhow::Result<String> {
    let Delivery { title, expect, .. } = delivery;
    let records: usize = expect.records.values().sum();
    let added = after.saturating_sub(before);
    // Media of earlier deliveries may come in between: more is possible, less is not.
    let due = u64::try_from(records + usize::from(expect.new))?;
    let nothing_due = records == 0;
    ensure!(added >= due, "“{title}” added {added} entries where {due} were due");
    let what = match (answer, nothing_due) {
        (STATUS_FORGED, _) => "nothing is kept: the signature is not Meta's".to_owned(),
        (_, true) => "nothing is added: all of it was kept before".to_owned(),
        (_, false) if expect.records.contains_key("unrecognised") && records == 1 => {
            "kept whole, as it came: what is not understood may matter most".to_owned()
        }
        (_, false) => format!("{records} records are kept"),
    };
    Ok(format!("{title}\n        → {answer}, {what}"))
}

fn wait_for_media(tell: &Tell, doors: &Doors, story: &Story, graph: &Graph) -> anyhow::Result<()> {
    tell.step(
        "4. Pictures, voice and papers are fetched",
        "A message only announces its file; Meta deletes it soon, so the archive fetches it at once.",
    );
    let due = entries_due(story)?;
    let begun = Instant::now();
    loop {
        let state = doors.http.readiness(&doors.api)?;
        if state.log.entries >= due && state.index.entries_behind == 0 {
            break;
        }
        ensure!(
            begun.elapsed() < MEDIA_AND_INDEX_WAIT_MAX,
            "after a minute the log has {} of {due} entries, {} of them not in the index yet",
            state.log.entries,
            state.index.entries_behind
        );
        std::thread::sleep(POLL);
    }
    let entries = doors.entries()?;
    ensure!(entries == due, "the log has {entries} entries, where the story makes {due}");
    let counts = graph.counts();
    let media = u64::try_from(story.media.len())?;
    ensure!(counts.downloads == media, "{} downloads of {media} media", counts.downloads);
    ensure!(counts.expired == 1 && counts.look_ups == media + 1, "look-ups: {counts:?}");
    ensure!(counts.refused == 0, "the stand-in refused {} requests", counts.refused);
    tell.result(&format!(
        "{media} files fetched in {} look-ups: one link had expired, so it was looked up again.",
        counts.look_ups
    ));
    tell.detail(
        "Each has the SHA-256 that Meta announced, and is sealed and linked to its message.",
    );
    tell.result(&format!(
        "The log has {entries} entries, exactly those that the story makes; all are searchable."
    ));
    Ok(())
}

/// The entries that an archive of the story has: its beginning, its records, and
/// a link of each medium to its message.
fn entries_due(story: &Story) -> anyhow::Result<u64> {
    let records: usize = story.expected_records_by_class().values().sum();
    u64::try_from(1 + records + story.media.len()).context("the story is too long")
}

fn day_of(delivery: &Delivery) -> String {
    let at = Timestamp::from_second(delivery.at).expect("the story is told in this century");
    at.strftime("%A, %-d %B").to_string()
}

impl Doors {
    fn entries(&self) -> anyhow::Result<u64> {
        Ok(self.http.readiness(&self.api)?.log.entries)
    }
}
