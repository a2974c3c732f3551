//! Calls.

use serde_json::json;

use super::{BUSINESS, MIRA, mira, record, text};
use crate::record::{Class, Direction, RelationKind};

#[test]
fn a_call_goes_the_way_that_it_began() {
    let cases = [
        (json!({"from": MIRA, "to": BUSINESS, "direction": "USER_INITIATED"}), Direction::Inbound),
        (
            json!({"from": BUSINESS, "to": MIRA, "direction": "BUSINESS_INITIATED"}),
            Direction::Outbound,
        ),
        (json!({"from": BUSINESS, "to": MIRA}), Direction::Outbound),
        (json!({"from": MIRA}), Direction::Inbound),
        (
            json!({"from": MIRA, "to": BUSINESS, "direction": "business_initiated"}),
            Direction::Outbound,
        ),
    ];
    for (mut call, direction) in cases {
        call["id"] = json!("wacid.FIC4001");
        call["event"] = json!("terminate");
        call["timestamp"] = json!("1790000700");
        call["status"] = json!("COMPLETED");
        call["duration"] = json!(120);
        call["session"] = json!({"sdp": "v=0 noise"});
        let record = record("calls", &[("contacts", mira()), ("calls", json!([call]))]);
        assert_eq!((record.class, record.body.kind.as_str()), (Class::Call, "terminate"));
        assert_eq!((record.direction, record.at), (Some(direction), Some(1_790_000_700)));
        let customer = record.counterparty().unwrap();
        assert_eq!(customer.phone.as_deref(), Some(MIRA), "{call}");
        assert_eq!(customer.name.as_deref(), Some("Mira Kestrel"), "{call}");
        assert_eq!(text(&record), "duration: 120\nstatus: COMPLETED");
        assert_eq!(record.provider_id.as_deref(), Some("wacid.FIC4001"));
    }
}

#[test]
fn recordings_and_transcripts_are_media() {
    let audio = json!({"id": "3099000200", "mime_type": "audio/ogg; codecs=opus"});
    let recording = json!({"id": "wacid.FIC4001", "from": MIRA, "event": "call_recording_available",
        "call_recording": {"type": "audio", "audio": audio}});
    let transcript = json!({"id": "wacid.FIC4001", "from": MIRA, "event": "call_transcription_available",
        "call_transcript": {"document": {"id": "3099000201", "mime_type": "application/json"}}});
    for (call, id) in [(recording, "3099000200"), (transcript, "3099000201")] {
        let record = record("calls", &[("calls", json!([call]))]);
        assert_eq!((record.class, record.body.media.unwrap().id.as_str()), (Class::Call, id));
    }
}

#[test]
fn the_status_of_a_call_is_the_calls() {
    let status = json!({"id": "wacid.FIC4001", "timestamp": "1", "type": "call", "status": "RINGING", "recipient_id": MIRA});
    let record = record("calls", &[("statuses", json!([status]))]);
    assert_eq!((record.class, record.body.kind.as_str()), (Class::Call, "RINGING"));
    assert_eq!(record.body.relation.unwrap().kind, RelationKind::Reports);
    assert_eq!(record.to.unwrap().phone.as_deref(), Some(MIRA));
}

#[test]
fn a_call_that_tells_no_event_is_unrecognised() {
    let record = record("calls", &[("calls", json!([{"id": "wacid.FIC4001", "from": MIRA}]))]);
    assert_eq!(record.class, Class::Unrecognised);
    assert_eq!(record.from.unwrap().phone.as_deref(), Some(MIRA));
}
