//! Does a browser get the console, and nothing that it must not get?

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_are_pages_and_files_that_are_gone_are_not() {
    let bench = bench().await;
    for path in ["/", "/alerts", "/enterprises/91469007MA5TKB1082", "/pairs/A..B?lang=zh"] {
        let page = bench.fetch(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains("<title>Vestigo</title>"), "{path}");
        let policy = page.headers["content-security-policy"].to_str().expect("text");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert_eq!(page.headers["cache-control"], "no-cache");
    }
    for path in ["/assets/gone.js", "/assets/", "/gone.svg", "/health/x", "/metrics/x"] {
        bench.fetch(path).await.is_problem(404, "not-found");
    }
    told(bench.request(Method::POST, "/alerts")).await.is_problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_known_is_not_sent_again() {
    let bench = bench().await;
    let page = bench.fetch("/").await;
    let tag = page.headers["etag"].to_str().expect("text").to_owned();
    let again = told(bench.request(Method::GET, "/").header("if-none-match", &tag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let other = told(bench.request(Method::GET, "/").header("if-none-match", "\"x\"")).await;
    assert_eq!(other.status, 200);
    let packed = bench.request(Method::GET, "/").header("accept-encoding", "br, gzip");
    let packed = packed.send().await.expect("an answer");
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert_eq!(packed.headers()["etag"], tag.as_str());
}
