//! Events: forms, encodings, results, repeated requests, and a service that cannot take more.

use super::*;
use std::time::Instant;

const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_and_bad_requests() {
    let bench = bench().await;
    let many = |ids: std::ops::Range<usize>| ids.map(event).collect::<Vec<_>>();
    let array = |ids| format!("[{}]", many(ids).join(",\n "));
    let check = async |media: &str, body: String, status: u16, counts: (u64, u64, u64)| {
        let told = bench.post(media, body.clone()).await;
        assert_eq!((told.status, told.counts()), (status, counts), "{media} {body}: {told:?}");
        told
    };
    check(JSON, event(0), 202, (1, 0, 0)).await;
    check(JSON, format!("\u{feff} {}\n", event(0)), 202, (0, 1, 0)).await;
    check("application/cloudevents+json; charset=UTF-8", event(1), 202, (1, 0, 0)).await;
    check(JSON, array(1..4), 202, (2, 1, 0)).await;
    check("application/cloudevents-batch+json", array(3..6), 202, (2, 1, 0)).await;
    check(JSON, "[]".into(), 202, (0, 0, 0)).await;
    check(LINES, format!("\n{}\r\n  \n{}", event(6), event(7)), 202, (2, 0, 0)).await;
    check("application/ndjson", String::new(), 202, (0, 0, 0)).await;
    check(LINES, "{}\n[]\n".into(), 422, (0, 0, 2)).await;
    check("application/cloudevents+json", array(8..9), 422, (0, 0, 1)).await;

    let twice = event(10).replace("\"id\"", "\"id\":\"x\",\"id\"");
    let conflict = event(0).replace("\"m\"", "\"n\"");
    let items = [event(9), twice, "{bad}".into(), "7".into(), conflict, event(9)].join(",");
    let told = check(JSON, format!("[{items}]"), 202, (1, 1, 4)).await;
    let results = &told.json()["results"];
    assert_eq!(results[0], serde_json::json!({"index": 0, "outcome": "accepted"}));
    let classes: Vec<&str> = (1..5).filter_map(|at| results[at]["class"].as_str()).collect();
    assert_eq!(classes, ["malformed", "malformed", "malformed", "conflict"]);
    assert_eq!(results[4]["field"], "id");
    assert!(results[1]["message"].as_str().is_some_and(|text| text.contains("duplicate")));

    let late = event(11).replace("\"on\":\"2026-01-01\"", "\"on\":\"2026-13-01\"");
    let told = check(JSON, late, 422, (0, 0, 1)).await;
    told.is_problem(422, "all-rejected");
    assert_eq!(told.json()["results"][0]["field"], "data.on");
    assert!(bench.taken.lock().expect("whole").iter().all(|(source, _)| source == "http"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_not_taken_at_all() {
    let bench = bench().await;
    for body in ["", "  ", "[", "[{}", "[{},]", "[{}] {}", "[\"]"] {
        bench.post(JSON, body).await.is_problem(400, "unreadable-body");
    }
    bench
        .post("application/cloudevents-batch+json", event(0))
        .await
        .is_problem(400, "unreadable-body");
    let told = bench.post("text/csv", "a,b").await;
    told.is_problem(415, "unsupported-media-type");
    assert!(told.headers["accept"].to_str().is_ok_and(|accept| accept.contains("x-ndjson")));
    told_of(&bench, "content-encoding", "br").await.is_problem(415, "unsupported-media-type");
    told_of(&bench, "content-encoding", "gzip").await.is_problem(400, "unreadable-body");
    told_of(&bench, "content-encoding", "zstd").await.is_problem(400, "unreadable-body");
    told_of(&bench, "idempotency-key", "").await.is_problem(400, "bad-request");
    let lines = (0..21).map(|id| event(id) + "\n").collect::<String>();
    bench.post(LINES, lines.clone()).await.is_problem(413, "too-many-events");
    let array = format!("[{}]", lines.trim_end().replace('\n', ","));
    bench.post(JSON, array).await.is_problem(413, "too-many-events");
    assert_eq!(bench.batches(), 0);
}

async fn told_of(bench: &Bench, header: &'static str, value: &'static str) -> Told {
    told(bench.events(JSON, event(0)).header(header, value)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn binary_mode_is_the_same_event() {
    let bench = bench().await;
    let data = r#"{"uscc":"91469007MA5TKB1082","matter":"甲 \"乙\"","on":"2026-01-01"}"#;
    let send = |id: &str, data: &str, more: &[(&'static str, &str)]| {
        let mut request = bench.events(JSON, data.to_owned());
        let plain = [
            ("ce-specversion", "1.0"),
            ("ce-type", "commitment.breached"),
            ("ce-source", "urn:t"),
            ("ce-time", "2026-01-01T00:00:00Z"),
            ("ce-subject", "91469007MA5TKB1082"),
            ("ce-id", id),
        ];
        for (name, value) in plain.iter().chain(more) {
            request = request.header(*name, *value);
        }
        told(request)
    };
    let structured = format!(
        r#"{{"specversion":"1.0","type":"commitment.breached","source":"urn:t","time":"2026-01-01T00:00:00Z","subject":"91469007MA5TKB1082","id":"a €","note":"n","data":{data}}}"#
    );
    let told = send("a%20%E2%82%AC", data, &[("ce-note", "\"n\"")]).await;
    assert_eq!((told.status, told.counts()), (202, (1, 0, 0)), "{told:?}");
    assert_eq!(bench.post(JSON, structured).await.counts(), (0, 1, 0));
    let told = send("b", data, &[("ce-id", "c")]).await;
    assert_eq!(told.json()["results"][0]["class"], "malformed", "two ids: {told:?}");
    for data in ["{", "1,\"op\":\"retract\"", "{},\"x\":{}", "[}"] {
        let told = send("d", data, &[]).await;
        assert_eq!(told.json()["results"][0]["field"], "data", "{data}: {told:?}");
    }
    let told = send("e", "", &[("ce-op", "retract"), ("ce-ref", "a%20%E2%82%AC")]).await;
    assert_eq!(told.counts(), (1, 0, 0), "{told:?}");
    send("%C0%A0", data, &[]).await.is_problem(400, "bad-request");
    let lines = bench.events(LINES, event(1)).header("ce-specversion", "1.0");
    assert_eq!(super::told(lines).await.status, 202, "lines are lines");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packed_bodies_are_unpacked_within_a_bound() {
    let bench = bench().await;
    let gzip = |text: &[u8]| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(text).expect("memory");
        gz.finish().expect("memory")
    };
    let zstd = |text: &[u8]| zstd::encode_all(text, 3).expect("memory");
    let send = |encoding: &str, body: Vec<u8>| {
        told(bench.events(JSON, body).header("content-encoding", encoding))
    };
    let text = format!("[{},{}]", event(0), event(1));
    assert_eq!(send("gzip", gzip(text.as_bytes())).await.counts(), (2, 0, 0));
    assert_eq!(send("zstd", zstd(text.as_bytes())).await.counts(), (0, 2, 0));
    assert_eq!(send("identity", text.clone().into_bytes()).await.counts(), (0, 2, 0));
    let mut cut = gzip(text.as_bytes());
    cut.truncate(cut.len() - 9);
    send("gzip", cut).await.is_problem(400, "unreadable-body");
    let bomb = vec![b' '; 50 << 20];
    send("gzip", gzip(&bomb)).await.is_problem(413, "too-large");
    send("zstd", zstd(&bomb)).await.is_problem(413, "too-large");
    let mut wide = zstd::stream::Encoder::new(Vec::new(), 1).expect("memory");
    wide.window_log(27).expect("a window");
    wide.write_all(&bomb).expect("memory");
    let wide = wide.finish().expect("memory");
    send("zstd", wide).await.is_problem(400, "unreadable-body");
    assert_eq!(bench.batches(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_gets_the_first_answer() {
    let bench = bench().await;
    let send = |key: &'static str, body: String| {
        told(bench.events(JSON, body).header("idempotency-key", key))
    };
    let first = send("k1", event(0)).await;
    let again = send("\"k1\"", event(0)).await;
    assert_eq!((again.status, &again.text), (202, &first.text));
    assert_eq!(again.counts(), (1, 0, 0), "not told as a duplicate");
    assert_eq!(bench.batches(), 1);
    send("k1", event(1)).await.is_problem(422, "idempotency-key-reused");
    let rejected = send("k2", "{}".into()).await;
    assert_eq!(send("k2", "{}".into()).await.text, rejected.text);
    assert_eq!(bench.batches(), 2);
    send("k3", "[".into()).await.is_problem(400, "unreadable-body");
    send("k3", "[".into()).await.is_problem(400, "unreadable-body");

    bench.intake.store(HOLD, Ordering::SeqCst);
    let held = tokio::spawn(send("k4", event(2)));
    while bench.inlet.waiting() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    send("k4", event(2)).await.is_problem(409, "idempotency-key-in-use");
    bench.intake.store(ANSWER, Ordering::SeqCst);
    assert_eq!(held.await.expect("no panic").counts(), (1, 0, 0));
    assert_eq!(send("k4", event(2)).await.counts(), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_before_the_reply() {
    let bench = bench().await;
    bench.intake.store(HOLD, Ordering::SeqCst);
    let mut held = tokio::spawn(told(bench.events(JSON, event(0))));
    let early = tokio::time::timeout(Duration::from_millis(200), &mut held).await;
    assert!(early.is_err(), "answered too early: {early:?}");
    bench.intake.store(ANSWER, Ordering::SeqCst);
    assert_eq!(held.await.expect("no panic").counts(), (1, 0, 0));
    bench.intake.store(DROP, Ordering::SeqCst);
    bench.post(JSON, event(1)).await.is_problem(503, "closing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_a_late_and_a_closed_service_say_so() {
    let bench = bench_of(Config { answer_seconds: 1, ..small() }, 5).await;
    bench.intake.store(HOLD, Ordering::SeqCst);
    let four = format!("[{}]", (0..4).map(event).collect::<Vec<_>>().join(","));
    let held = tokio::spawn(told(bench.events(JSON, four)));
    while bench.inlet.waiting() < 4 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let two = format!("[{},{}]", event(4), event(5));
    let full = bench.post(JSON, two.clone()).await;
    full.is_problem(429, "inlet-full");
    assert_eq!(full.headers["retry-after"], "7");
    let six = format!("[{}]", (0..6).map(event).collect::<Vec<_>>().join(","));
    bench.post(JSON, six).await.is_problem(413, "too-many-events");
    held.await.expect("no panic").is_problem(503, "answer-late");
    bench.intake.store(ANSWER, Ordering::SeqCst);
    let begun = Instant::now();
    while bench.inlet.waiting() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "what was taken is worked off");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(bench.post(JSON, two).await.counts(), (2, 0, 0));
    bench.inlet.stop();
    bench.post(JSON, event(9)).await.is_problem(503, "closing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_personal_number_comes_back() {
    let bench = bench().await;
    let number = "11010519491231002X";
    let bad = event(0).replace("\"m\"", &format!("{{\"id_no\":\"{number}\"}}"));
    let named = event(1).replace("91469007MA5TKB1082\"", &format!("{number}\""));
    for body in [bad, named, format!("[{number}]"), format!("[{{\"{number}\":1,]")] {
        let told = bench.post(JSON, body).await;
        assert!(told.status >= 400 && !told.text.contains("19491231"), "{told:?}");
    }
}
