//! The server itself: paths and methods, health, dead letters, slow and hostile clients, the end.

use super::*;
use std::time::Instant;

#[test]
fn the_configuration_has_defaults_and_bounds_that_agree() {
    let config: Config = toml::from_str("retry_after_seconds = 2").expect("a configuration");
    assert!(config.address.ip().is_loopback());
    assert_eq!((config.retry_after_seconds, config.body_bytes_max), (2, 16 << 20));
    assert!(config.check().is_ok());
    assert!(toml::from_str::<Config>("adress = \"0.0.0.0:1\"").is_err());
    let wrong = |config: Config| config.check().expect_err("wrong").to_string();
    assert!(wrong(Config { memory_bytes_max: 1, ..small() }).contains("memory_bytes_max"));
    assert!(wrong(Config { memory_bytes_max: usize::MAX, ..small() }).contains("counted"));
    assert!(wrong(Config { events_max: 0, ..small() }).contains("events_max"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_taken_is_an_error() {
    let bench = bench().await;
    let (inlet, _outlet) = Inlet::new(1);
    let state = tempfile::tempdir().expect("a folder");
    let handles = handles(inlet, state.path());
    let config = Config { address: bench.address, ..small() };
    let error = Server::bind(config, handles).await.expect_err("taken").to_string();
    assert!(error.contains(&bench.address.to_string()), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_and_methods() {
    let bench = bench().await;
    for path in ["/api", "/api/v1/event", "/api/v1/events/", "/api/v1/dead-letters/x", "/a.b"] {
        bench.fetch(path).await.is_problem(404, "not-found");
    }
    bench.fetch("/api/v1/dead-letters/%ff").await.is_problem(400, "bad-request");
    for (method, path, allow) in [
        (Method::GET, "/api/v1/events", "POST"),
        (Method::DELETE, "/api/v1/status", "GET,HEAD"),
        (Method::POST, "/health/ready", "GET,HEAD"),
    ] {
        let told = told(bench.request(method, path)).await;
        told.is_problem(405, "method-not-allowed");
        assert_eq!(told.headers["allow"], allow, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_metrics_and_status() {
    let bench = bench().await;
    let status = bench.fetch("/api/v1/status").await.json();
    assert_eq!((&status["state"], &status["epochs"]), (&"ready".into(), &3.into()));
    assert_eq!((&status["waiting_events"], &status["watermark"]), (&0.into(), &Value::Null));
    assert_eq!(status["model"], "dongfang/2026.1");
    let outlet = &status["outlets"][0];
    assert_eq!((&outlet["name"], &outlet["state"]), (&"bureau".into(), &"halted".into()));
    assert_eq!((&outlet["reason"], &outlet["delivered_epoch"]), (&"410".into(), &1.into()));
    let metrics = bench.fetch("/metrics").await;
    assert!(metrics.text.contains("vestigo_queue_depth{queue=\"inlet\"} "), "{}", metrics.text);
    assert!(metrics.headers["content-type"].to_str().is_ok_and(|t| t.starts_with("text/plain")));
    assert_eq!(bench.fetch("/health/ready").await.status, 200);
    let starting = Health::default();
    assert_eq!(starting.condition(), Condition::Starting);
    bench.health.set(Condition::Stopping);
    bench.post("application/json", event(0)).await.is_problem(503, "closing");
    bench.health.set(Condition::Poisoned("no space left".into()));
    bench.health.set(Condition::Ready);
    let ready = bench.fetch("/health/ready").await;
    assert_eq!((ready.status, &ready.json()["reason"]), (503, &"no space left".into()));
    assert_eq!(bench.fetch("/health/live").await.status, 200);
    let told = bench.post("application/json", event(0)).await;
    told.is_problem(503, "not-ready");
    assert_eq!(told.headers["retry-after"], "7");
    assert_eq!(bench.batches(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_are_listed_shown_and_replayed() {
    let bench = bench().await;
    let ids = |page: &Value| -> Vec<String> {
        let letters = page["dead_letters"].as_array().expect("a list");
        letters.iter().map(|l| l["id"].as_str().expect("an id").to_owned()).collect()
    };
    let page = bench.fetch("/api/v1/dead-letters?limit=2").await.json();
    assert_eq!(ids(&page), ["dl-1-1", "dl-1-2"]);
    let next = page["next_cursor"].as_str().expect("a cursor");
    let rest = bench.fetch(&format!("/api/v1/dead-letters?limit=2&cursor={next}")).await.json();
    assert_eq!((ids(&rest), &rest["next_cursor"]), (vec!["dl-2-1".to_owned()], &Value::Null));
    for (query, letters) in [
        ("since=1970-01-01T00:00:02Z", 1),
        ("until=1970-01-01T00:00:02Z", 2),
        ("since=1970-01-01T08:00:01%2B08:00&until=1970-01-01T00:00:02Z", 2),
        ("since=1970-01-01T00:00:03Z", 0),
    ] {
        let page = bench.fetch(&format!("/api/v1/dead-letters?{query}")).await.json();
        assert_eq!(page["dead_letters"].as_array().map(Vec::len), Some(letters), "{query}");
    }
    let some = bench.fetch("/api/v1/dead-letters?class=malformed&source=http").await.json();
    assert_eq!(ids(&some), ["dl-1-2"]);
    for query in ["class=wrong", "limit=0", "limit=1001", "limit=x", "colour=red"] {
        let told = bench.fetch(&format!("/api/v1/dead-letters?{query}")).await;
        told.is_problem(400, "bad-request");
    }
    let letter = bench.fetch("/api/v1/dead-letters/dl-2-1").await.json();
    assert_eq!((&letter["original_b64"], &letter["position"]), (&"/w==".into(), &1.into()));
    bench.fetch("/api/v1/dead-letters/broken").await.is_problem(500, "internal");

    let replay = |id: &str, body: String| {
        let request = bench.request(Method::POST, &format!("/api/v1/dead-letters/{id}/replay"));
        told(request.body(body))
    };
    assert_eq!(replay("dl-1-1", String::new()).await.counts(), (1, 0, 0));
    assert_eq!(replay("dl-1-1", event(500)).await.counts(), (0, 1, 0));
    assert_eq!(replay("dl-1-2", event(501)).await.counts(), (1, 0, 0));
    replay("dl-1-2", String::new()).await.is_problem(422, "original-incomplete");
    replay("dl-2-1", String::new()).await.is_problem(422, "original-incomplete");
    replay("dl-1-1", format!("[{}]", event(502))).await.is_problem(422, "all-rejected");
    replay("dl-9-9", event(502)).await.is_problem(404, "not-found");
    let sources = bench.taken.lock().expect("whole").clone();
    assert_eq!(sources[0], ("mended:dl-1-1".to_owned(), 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_over_the_bound_are_refused_before_they_are_read() {
    let bench = bench().await;
    let head = "POST /api/v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let told = bench.raw(format!("{head}content-length: 100001\r\n\r\n").as_bytes());
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    let chunk = format!("{:x}\r\n{}\r\n", 60_000, " ".repeat(60_000));
    let told =
        bench.raw(format!("{head}transfer-encoding: chunked\r\n\r\n{chunk}{chunk}").as_bytes());
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    assert!(told.contains("split it"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_bodies_together_are_bounded() {
    let config = Config { memory_bytes_max: 300_000, body_seconds: 20, ..small() };
    let bench = bench_of(config, 50).await;
    let head = "POST /api/v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut stream = bench.connect();
        stream.write_all(format!("{head}content-length: 97000\r\n\r\n[").as_bytes()).expect("ok");
        slow.push(stream);
    }
    let begun = Instant::now();
    loop {
        let told = bench.post("application/json", " ".repeat(20_000) + &event(0)).await;
        if told.status == 429 {
            told.is_problem(429, "inlet-full");
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{told:?}");
    }
    drop(slow);
    let begun = Instant::now();
    while bench.post("application/json", " ".repeat(20_000) + &event(0)).await.status != 202 {
        assert!(begun.elapsed() < Duration::from_secs(10), "the room is given back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_clients_are_cut() {
    let bench = bench().await;
    let begun = Instant::now();
    bench.raw(b"POST /api/v1/events HTTP/1.1\r\nhost:");
    let head = "POST /api/v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let told = bench.raw(format!("{head}content-length: 10\r\n\r\n[").as_bytes());
    assert!(told.starts_with("HTTP/1.1 408") && told.contains("request-timeout"), "{told}");
    bench.raw(b"");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert_eq!(bench.batches(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_gives_its_place_to_another() {
    let bench = bench_of(Config { connections_max: 1, ..small() }, 50).await;
    let mut deaf = bench.connect();
    deaf.set_write_timeout(Some(Duration::from_millis(200))).expect("set");
    let requests = "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    while deaf.write_all(requests.as_bytes()).is_ok() {}
    let fetched = tokio::time::timeout(Duration::from_secs(15), bench.fetch("/health/live"));
    assert_eq!(fetched.await.expect("the place is free again").status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_breaks_nothing() {
    let bench = bench().await;
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(200));
    let post = "POST /api/v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for bytes in [
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1".to_vec(),
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        long.into_bytes(),
        many.into_bytes(),
        format!("{post}content-length: -1\r\n\r\n").into_bytes(),
        format!("{post}content-length: 99999999999999999999999\r\n\r\n").into_bytes(),
        format!("{post}content-length: 1\r\ncontent-length: 2\r\n\r\n").into_bytes(),
        format!("{post}transfer-encoding: chunked\r\n\r\nzz\r\n").into_bytes(),
        format!("{post}transfer-encoding: chunked\r\n\r\n5\r\n[").into_bytes(),
    ] {
        bench.raw(&bytes);
    }
    let deep = "[".repeat(90_000);
    bench.post("application/json", deep.clone()).await.is_problem(400, "unreadable-body");
    let told = bench.post("application/x-ndjson", deep).await;
    told.is_problem(422, "all-rejected");
    assert_eq!(bench.post("application/json", event(0)).await.status, 202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_waits_for_open_requests() {
    let mut bench = bench().await;
    bench.intake.store(HOLD, Ordering::SeqCst);
    let held = tokio::spawn(told(bench.events("application/json", event(0))));
    while bench.inlet.waiting() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    bench.end.take().expect("once").send(()).expect("it runs");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(bench.address).is_err(), "nobody is let in any more");
    bench.intake.store(ANSWER, Ordering::SeqCst);
    assert_eq!(held.await.expect("no panic").counts(), (1, 0, 0));
    bench.ended.await.expect("it ends");
}
