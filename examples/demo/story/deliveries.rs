//! Groups the lines into deliveries, and repeats, regroups and forges some.

use std::collections::BTreeMap;

use super::envelope::{Part, compose};
use super::script::{Line, Script};
use super::titles::{batch_title, title};
use super::{Delivery, Expect, STATUS_FORGED, STATUS_TAKEN, Signature, elements, json};

/// All deliveries in order of arrival.
pub fn deliveries(script: &Script) -> Vec<Delivery> {
    let mut told = Vec::new();
    let same_batch = |left: &Line, right: &Line| {
        left.get("batch").is_some() && left.get("batch") == right.get("batch")
    };
    for lines in script.lines.chunk_by(same_batch) {
        let lines: Vec<&Line> = lines.iter().collect();
        told.push(match lines.as_slice() {
            [line] => single(script, line),
            lines => plain(script, lines, batch_title(lines)),
        });
    }
    told
}

fn single(script: &Script, line: &Line) -> Delivery {
    if let Some(raw) = line.get("raw") {
        cut_short(line, raw)
    } else if let Some(how) = line.get("again") {
        repeated(script, line, how)
    } else {
        let delivery = plain(script, &[line], title(script, line));
        if line.get("signature") == Some("forged") { forged(delivery) } else { delivery }
    }
}

/// A delivery as the provider sends it for the first time. It arrives a second
/// after what it tells of.
fn plain(script: &Script, lines: &[&Line], title: String) -> Delivery {
    let parts = parts(script, lines);
    let mut records = BTreeMap::new();
    for part in &parts {
        *records.entry(part.class).or_insert(0) += part.records;
    }
    Delivery {
        title,
        at: lines.iter().map(|line| line.at() + 1).max().unwrap_or_default(),
        body: compose(&parts).into_bytes(),
        signature: Signature::Good,
        expect: Expect { status: STATUS_TAKEN, new: true, records },
    }
}

fn parts(script: &Script, lines: &[&Line]) -> Vec<Part> {
    lines.iter().filter_map(|line| elements::element(script, line)).collect()
}

/// Authentic bytes that are no JSON: kept whole as one unrecognised record.
fn cut_short(line: &Line, raw: &str) -> Delivery {
    Delivery {
        title: line.must("title").to_owned(),
        at: line.at() + 1,
        body: raw.as_bytes().to_vec(),
        signature: Signature::Good,
        expect: Expect {
            status: STATUS_TAKEN,
            new: true,
            records: BTreeMap::from([("unrecognised", 1)]),
        },
    }
}

fn forged(delivery: Delivery) -> Delivery {
    Delivery {
        signature: Signature::Forged,
        expect: Expect { status: STATUS_FORGED, new: false, records: BTreeMap::new() },
        ..delivery
    }
}

/// Elements that came before: the same bytes, or other bytes that say the same.
/// Either way nothing is new, and nothing is kept.
fn repeated(script: &Script, line: &Line, how: &str) -> Delivery {
    let labels = line.words("of");
    let is_meant = |line: &&Line| line.get("id").is_some_and(|id| labels.contains(&id));
    let lines: Vec<&Line> = script.lines.iter().filter(is_meant).collect();
    assert_eq!(lines.len(), labels.len(), "every label of a repetition names one line");
    let body = compose(&parts(script, &lines));
    let exactly = how == "exactly";
    let body = if exactly {
        body
    } else {
        let tree = serde_json::from_str(&body).expect("what was composed is JSON");
        json::keys_reversed(&tree)
    };
    let title = if exactly {
        "The provider repeats a delivery, byte for byte"
    } else {
        "The provider repeats older messages, grouped and spelt differently"
    };
    Delivery {
        title: title.to_owned(),
        at: line.at() + 1,
        body: body.into_bytes(),
        signature: Signature::Good,
        expect: Expect { status: STATUS_TAKEN, new: false, records: BTreeMap::new() },
    }
}
