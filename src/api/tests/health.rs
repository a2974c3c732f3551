//! Health, readiness, metrics: without a token, and without personal data.

use super::*;
use crate::query::fixtures::{PHONE, message};

async fn bare(door: &Door, address: &str) -> Answer {
    door.ask(Request::builder().uri(address).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_living_daemon_that_has_indexed_everything_is_ready() {
    let door = Door::new();
    assert_eq!(bare(&door, "/healthz").await.text(), "alive\n");
    door.archive.keep(&message(1, "wamid.A", "x")).await;
    door.archive.indexed().await;
    let ready = bare(&door, "/readyz").await;
    assert_eq!(ready.status, 200);
    let size = door.archive.log.size().get();
    assert_eq!(
        ready.json(),
        serde_json::json!({
            "ready": true,
            "log": {"entries": size, "poisoned": false, "full": false},
            "index": {"searchable": size, "entries_behind": 0},
            // Nobody follows the log here; it is ready all the same.
            "findings": {"followed": size - 1, "entries_behind": 1},
        })
    );
}

#[tokio::test]
async fn the_metrics_count_requests_accesses_and_the_log() {
    let door = Door::new();
    let record = door.archive.keep(&message(1, "wamid.A", "canary")).await;
    door.archive.indexed().await;
    door.get(&format!("/v1/search?q=canary+{PHONE}"), &door.officer).await;
    door.get(&format!("/v1/records/{record}"), &door.officer).await;
    door.get("/v1/nowhere-4915550100777", &door.officer).await;
    door.archive.indexed().await;
    let text = bare(&door, "/metrics").await.text().to_owned();
    let size = door.archive.log.size().get();
    for line in [
        "muniment_accesses_total{act=\"search\"} 1",
        "muniment_accesses_total{act=\"read\"} 1",
        "muniment_accesses_total{act=\"read_medium\"} 0",
        "muniment_api_requests_total{method=\"GET\",route=\"/v1/search\",status=\"200\"} 1",
        "muniment_api_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "muniment_api_request_seconds_count{route=\"/v1/records/{record}\"} 1",
        "muniment_log_poisoned 0",
        "muniment_index_entries_behind 0",
        &format!("muniment_log_entries {size}"),
        "# TYPE muniment_accesses_total counter",
        "# TYPE muniment_log_entries gauge",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} is not in\n{text}");
    }
    for told in ["canary", PHONE, "Otto", &record.to_string(), &door.officer[4..20]] {
        assert!(!text.contains(told), "{told}");
    }
}

#[tokio::test]
async fn readings_of_other_rooms_are_told_and_a_name_twice_is_refused() {
    let archive = Archive::new();
    let api = api(&archive, config(), &archive.dir.path().join("tokens.toml"));
    let kept = |outcome| {
        Reading::counter("muniment_capture_deliveries_total", "Deliveries.", || 7)
            .labelled("outcome", outcome)
    };
    let metrics = Metrics::new(&api, vec![kept("kept"), kept("forged")]).unwrap();
    let shown = metrics::show(metrics).await.unwrap();
    let body = axum::body::to_bytes(shown.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains("muniment_capture_deliveries_total{outcome=\"forged\"} 7"), "{text}");
    assert_eq!(text.matches("# TYPE muniment_capture_deliveries_total counter").count(), 1);

    let refused = Metrics::new(&api, vec![kept("kept"), kept("kept")]).unwrap_err();
    assert_eq!(refused.name, "muniment_capture_deliveries_total");
}

#[tokio::test]
async fn a_poisoned_archive_is_not_ready_and_gives_no_content_out() {
    let door = Door::new();
    let record = door.archive.keep(&message(1, "wamid.A", "canary")).await;
    door.archive.indexed().await;
    door.archive.log.poison_it("could not write");
    let address = format!("/v1/records/{record}");
    let refused = door.get(&address, &door.officer).await;
    refused.is_problem(503, "stopped");
    assert!(!refused.text().contains("canary"));
    assert_eq!(refused.header("retry-after"), "30");
    door.get("/v1/search?q=canary", &door.officer).await.is_problem(503, "stopped");
    let told = bare(&door, "/readyz").await.is_problem(503, "not_ready");
    assert_eq!(
        (&told["state"]["ready"], &told["state"]["log"]["poisoned"]),
        (&false.into(), &true.into())
    );
    assert_eq!(bare(&door, "/healthz").await.status, 200);
    assert!(bare(&door, "/metrics").await.text().contains("\nmuniment_log_poisoned 1\n"));
    let entry = door.get(&format!("{address}/entry"), &door.auditor).await;
    assert_eq!(entry.status, 200, "proofs are still given");
}
