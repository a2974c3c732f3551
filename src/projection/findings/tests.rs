use super::*;
use crate::tlog::LeafIndex;

fn finding(kind: FindingKind) -> FindingId {
    FindingId { kind, record: RecordId::from_bytes([7; 16]), line: 0 }
}

fn reviewed(verdict: FindingVerdict, reason: &str) -> FindingAct {
    let finding = finding(FindingKind::OutsideWindow);
    FindingAct::Reviewed { finding, verdict, reason: reason.into() }
}

fn at(record: u8, name: &str) -> At<'_> {
    let (index, time) = (LeafIndex::new(u64::from(record)), Timestamp::UNIX_EPOCH);
    At { index, time, record: RecordId::from_bytes([record; 16]), who: "t1", name }
}

#[test]
fn the_newest_verdict_counts() {
    let mut findings = Findings::default();
    assert!(findings.is_empty());
    findings.apply(&at(1, "Mira"), &reviewed(FindingVerdict::Accepted, "it was")).unwrap();
    findings.apply(&at(2, "Kostas"), &reviewed(FindingVerdict::Dismissed, "a test")).unwrap();
    let newest = findings.verdict(finding(FindingKind::OutsideWindow)).unwrap();
    assert_eq!(newest.verdict, FindingVerdict::Dismissed);
    assert_eq!((newest.by.name.as_str(), newest.number), ("Kostas", 2));
    assert_eq!(newest.record, RecordId::from_bytes([2; 16]));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings.verdict(finding(FindingKind::AfterOptOut)), None, "another finding");
}

#[test]
fn a_verdict_needs_a_reason_that_is_not_too_long() {
    let findings = Findings::default();
    for reason in [String::new(), " \n".into(), "r".repeat(REASON_BYTES_MAX + 1)] {
        assert!(findings.check(&reviewed(FindingVerdict::Accepted, &reason)).is_err());
    }
    findings.check(&reviewed(FindingVerdict::Accepted, &"r".repeat(REASON_BYTES_MAX))).unwrap();
}

#[test]
fn a_finding_is_not_reviewed_without_end() {
    let mut findings = Findings::default();
    let act = reviewed(FindingVerdict::Accepted, "again");
    for _ in 0..VERDICTS_MAX {
        findings.check(&act).unwrap();
        findings.apply(&at(1, "Mira"), &act).unwrap();
    }
    assert!(findings.check(&act).unwrap_err().0.contains("100 verdicts"));
}

#[test]
fn an_id_survives_its_text_form() {
    for kind in FindingKind::ALL {
        let id = finding(kind);
        assert_eq!(id.to_string().parse(), Ok(id));
        let of_line = FindingId { line: 12, ..id };
        assert_eq!(of_line.to_string(), format!("{id}.12"));
        assert_eq!(of_line.to_string().parse(), Ok(of_line));
        let word = serde_json::to_string(&kind).unwrap();
        assert_eq!(word, format!("{:?}", kind.as_str()), "one word everywhere");
    }
    let json = serde_json::to_string(&reviewed(FindingVerdict::Dismissed, "no")).unwrap();
    let id = format!("outside_window.{}", "07".repeat(16));
    let expected =
        format!(r#"{{"did":"reviewed","finding":"{id}","verdict":"dismissed","reason":"no"}}"#);
    assert_eq!(json, expected);
    let back = serde_json::from_str::<FindingAct>(&json).unwrap();
    assert_eq!(back, reviewed(FindingVerdict::Dismissed, "no"));
}

#[test]
fn other_texts_name_no_finding() {
    let record = "07".repeat(16);
    for text in ["", ".", &record, "outside_window", "outside_window.", &format!("other.{record}")]
    {
        assert_eq!(text.parse::<FindingId>(), Err(BadFindingId), "{text}");
    }
}
