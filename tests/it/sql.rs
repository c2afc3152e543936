//! Do psql and a Python client get their rows, over TLS, and nothing else?

use crate::api::{Bench, PASSWORD};
use crate::live::city;
use crate::vestigo::{city as whole_city, command, done};
use crate::web::{free_address, terminate};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A certificate for 127.0.0.1, signed by itself: `own.pem` and `own.key`.
fn certificate(folder: &Path) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("own.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("own.key"), made.signing_key.serialize_pem()).unwrap();
}

struct Port {
    bench: Bench,
    port: String,
    root: String,
    _keys: tempfile::TempDir,
}

impl Port {
    fn start() -> Self {
        let keys = tempfile::tempdir().unwrap();
        certificate(keys.path());
        let root = keys.path().join("own.pem").display().to_string();
        let address = free_address();
        let more = format!(
            "[sql]\naddress = \"{address}\"\ncertificate = {root:?}\nprivate_key = {:?}\n\
             seconds_max = 2\n",
            keys.path().join("own.key").display().to_string(),
        );
        let bench = Bench::start_with(&more);
        let port = address.rsplit(':').next().unwrap().to_owned();
        Self { bench, port, root, _keys: keys }
    }

    fn address(&self, user: &str, mode: &str) -> String {
        format!(
            "host=127.0.0.1 port={} dbname=vestigo user={user} sslmode={mode} sslrootcert={}",
            self.port, self.root
        )
    }

    fn psql(&self, user: &str, password: &str, sql: &str) -> Output {
        Command::new("psql")
            .args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
            .arg(self.address(user, "verify-full"))
            .env("PGPASSWORD", password)
            .output()
            .expect("psql is installed by `make test-tools`")
    }

    fn rows(&self, sql: &str) -> Vec<String> {
        let output = self.psql("chief", PASSWORD, sql);
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    fn refused(&self, user: &str, password: &str, sql: &str) -> String {
        let output = self.psql(user, password, sql);
        assert!(!output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }
}

/// The queries of the dashboard that asks by SQL, with Grafana's macros filled in.
fn explore() -> Vec<String> {
    let path = "dashboards/grafana/dashboards/vestigo-explore.json";
    let text = std::fs::read_to_string(crate::vestigo::root().join(path)).unwrap();
    let mut found = Vec::new();
    collect(&serde_json::from_str(&text).unwrap(), &mut found);
    assert!(found.len() >= 8, "{path}");
    found.iter().map(|sql| filled(sql)).collect()
}

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(sql)) = fields.get("rawSql") {
                into.push(sql.clone());
            }
            fields.values().for_each(|each| collect(each, into));
        }
        Value::Array(items) => items.iter().for_each(|each| collect(each, into)),
        _ => {}
    }
}

#[test]
fn psql_reads_over_tls_with_a_password_and_nothing_else() {
    let mut port = Port::start();
    let feeder = port.bench.key(&["feeder"], None, &[""]);
    port.bench.feed(&city(5), &feeder);
    port.bench.settle();

    same_as_the_api(&port);
    strangers_stay_out(&port);
    let viewer = port.bench.key(&["investigator"], Some("market-regulation"), &["469007"]);
    let seen = port.psql("key", &viewer.1, "SELECT count(*) FROM warnings");
    let seen: usize = String::from_utf8(seen.stdout).unwrap().trim().parse().unwrap();
    let shown = viewer.all("/api/v1/warnings", "warnings").len();
    assert_eq!(seen, shown, "SQL shows what the API shows");
    changes_are_refused(&port);
    a_slow_one_is_cut(&port);
    let answered = explore().iter().filter(|sql| !port.rows(sql).is_empty()).count();
    assert!(answered >= 8, "every panel has rows");
    python_reads(&port);
    terminate(&mut port.bench.child);
}

/// `$__timeFilter(column)` as Grafana writes it, over all times.
fn filled(sql: &str) -> String {
    let Some((before, rest)) = sql.split_once("$__timeFilter(") else { return sql.to_owned() };
    let (column, after) = rest.split_once(')').unwrap();
    let within = "BETWEEN '2000-01-01T00:00:00Z' AND '2100-01-01T00:00:00Z'";
    format!("{before}{column} {within}{}", filled(after))
}

fn same_as_the_api(port: &Port) {
    let chief = port.bench.key(&["analyst"], None, &[""]);
    for (sql, path, key) in [
        ("SELECT id FROM warnings ORDER BY id", "/api/v1/warnings", "warnings"),
        ("SELECT id FROM tasks ORDER BY id", "/api/v1/tasks", "tasks"),
    ] {
        let mut expected: Vec<String> =
            chief.all(path, key).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        expected.sort();
        assert_eq!(port.rows(sql), expected);
    }
    let sums = "SELECT count(*) FROM (SELECT i.uscc FROM index i LEFT JOIN contributions c \
                ON c.uscc = i.uscc GROUP BY i.uscc, i.score \
                HAVING i.score <> coalesce(sum(c.points), 0)) AS wrong";
    assert_eq!(port.rows(sums), ["0"], "contributions add up to the score");
    let past = "SELECT count(*) > 0 FROM index_history \
                WHERE valid_from <= DATE '2025-06-30' \
                AND (valid_to IS NULL OR valid_to > DATE '2025-06-30')";
    assert_eq!(port.rows(past).len(), 1);
    let tables =
        port.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'");
    assert!(tables.iter().any(|name| name == "warnings"), "{tables:?}");
    let listed = port.rows("\\dv");
    assert!(listed.len() >= 10, "{listed:?}");
}

fn strangers_stay_out(port: &Port) {
    assert!(port.refused("chief", "not this one", "SELECT 1").contains("not right"));
    assert!(port.refused("nobody", PASSWORD, "SELECT 1").contains("not right"));
    assert!(port.refused("key", "vk_x_y", "SELECT 1").contains("not right"));
    let clear = Command::new("psql")
        .args(["-X", "-c", "SELECT 1", &port.address("chief", "disable")])
        .env("PGPASSWORD", PASSWORD)
        .output()
        .unwrap();
    assert!(!clear.status.success(), "no password without TLS");
}

fn changes_are_refused(port: &Port) {
    for sql in [
        "DROP TABLE warnings",
        "COPY (SELECT 1) TO '/tmp/vestigo-sql-test'",
        "COPY warnings TO STDOUT",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO warnings SELECT * FROM warnings",
        "DELETE FROM warnings",
        "SET datafusion.execution.target_partitions = 64",
        "SELECT * FROM '/etc/passwd'",
        "PREPARE p AS DROP TABLE warnings",
    ] {
        port.refused("chief", PASSWORD, sql);
    }
    assert!(!Path::new("/tmp/vestigo-sql-test").exists());
    assert_ne!(port.rows("SELECT count(*) FROM warnings"), ["0"], "all is still there");
}

fn a_slow_one_is_cut(port: &Port) {
    let begun = Instant::now();
    let slow = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    assert!(port.refused("chief", PASSWORD, slow).contains("timeout"));
    assert!(begun.elapsed() < Duration::from_secs(30));
    let (status, problem) =
        port.bench.ask("POST", "/api/v1/query", &json!({ "sql": slow, "format": "json" }));
    assert_eq!(
        (status, problem["type"].as_str()),
        (408, Some("urn:vestigo:problem:query-too-long"))
    );
    let (status, _) =
        port.bench.ask("POST", "/api/v1/query", &json!({ "sql": "DROP TABLE index" }));
    assert_eq!(status, 403);
    let (status, answer) =
        port.bench.ask("POST", "/api/v1/query", &json!({ "sql": "SELECT 1 AS one" }));
    assert_eq!((status, &answer["rows"]), (200, &json!([{ "one": 1 }])), "{answer}");
}

/// With psycopg of PyPI, prepared statements and parameters.
fn python_reads(port: &Port) {
    let script = "import sys, psycopg\n\
        with psycopg.connect(sys.argv[1], autocommit=True) as c:\n\
        \x20   for n in range(8):\n\
        \x20       rows = c.execute('SELECT count(*) FROM warnings WHERE score >= %s', (0.0,)).fetchall()\n\
        \x20   print(rows[0][0])\n\
        \x20   cur = c.execute('SELECT raised_at, level, open FROM warnings LIMIT 1')\n\
        \x20   print(type(cur.fetchone()[0]).__name__)\n";
    let python = crate::vestigo::python(&["psycopg[binary]"]);
    let output = Command::new(python)
        .args(["-c", script, &port.address("chief", "verify-full")])
        .env("PGPASSWORD", PASSWORD)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let count = &port.rows("SELECT count(*) FROM warnings WHERE score >= 0")[0];
    assert_eq!(text.lines().collect::<Vec<_>>(), [count, "datetime"]);
}

#[test]
fn files_are_asked_without_a_service() {
    let (_, out) = whole_city();
    let out = out.display().to_string();
    let counted = done(&[
        "query",
        "SELECT level, count(*) AS n FROM warnings GROUP BY level ORDER BY level",
        "--out",
        &out,
        "--format",
        "json",
    ]);
    let counted: Vec<Value> = serde_json::from_str(&counted).unwrap();
    assert!(!counted.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.parquet").display().to_string();
    done(&[
        "query",
        "SELECT 1 AS a UNION ALL SELECT 2",
        "--out",
        &out,
        "--format",
        "parquet",
        "--to",
        &file,
    ]);
    let back = done(&[
        "query",
        "SELECT sum(a) AS s FROM t",
        "--out",
        &folder.path().display().to_string(),
        "--format",
        "csv",
    ]);
    assert_eq!(back, "s\n3\n");
    let refused = command(&["query", "DROP TABLE t", "--out", &out]).output().unwrap();
    assert_eq!(refused.status.code(), Some(65));
}

#[test]
fn tables_of_changes_tell_what_held_and_what_was_known() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let none = tempfile::tempdir().unwrap();
    let none = none.path().display().to_string();
    // The second change of A came late: its event lies before the first one's.
    let changes = "SELECT * FROM (VALUES \
        (7, 'A', TIMESTAMP '2025-03-01 00:00:00', 10, 'A'), \
        (9, 'A', TIMESTAMP '2025-02-01 00:00:00', 300, 'C'), \
        (9, 'B', TIMESTAMP '2025-03-05 00:00:00', 50, 'B')) \
        AS t (epoch, subject, time, score, grade)";
    done(&["query", changes, "--out", &none, "--format", "parquet", "--to", &at("index.parquet")]);
    let asked = |sql: &str| done(&["query", sql, "--out", &at(""), "--format", "csv"]);
    let known = "SELECT uscc, score, valid_to IS NULL AS now FROM index_history \
                 WHERE known_from <= 8 AND (known_to IS NULL OR known_to > 8)";
    assert_eq!(asked(known), "uscc,score,now\nA,10,false\n");
    let now = "SELECT uscc, score FROM index_history WHERE known_to IS NULL ORDER BY uscc";
    assert_eq!(asked(now), "uscc,score\nA,300\nB,50\n");
}

#[test]
fn the_past_of_a_service_is_asked() {
    use crate::live::loaded;
    let lines = city(23);
    let (first, rest) = lines.split_at(lines.len() / 2);
    let service = loaded("1", first);
    service.finish();
    std::thread::sleep(Duration::from_millis(30));
    let between = vestigo::source::live::wall_clock().to_string();
    let path = service.path("inbox/events.ndjson");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text + &rest.join("\n") + "\n").unwrap();
    let out = service.path("out").display().to_string();
    let pipeline = service.path("pipeline.toml").display().to_string();
    let asked = |more: &[&str]| {
        let sql = "SELECT count(*) AS n, sum(score) AS s FROM index";
        done(&[&["query", sql, "--format", "csv"], more].concat())
    };
    let then = asked(&["--out", &out]);
    service.finish();
    let now = asked(&["--out", &out]);
    assert_ne!(then, now);
    assert_eq!(asked(&["--as-of", &between, "--pipeline", &pipeline]), then);
    let later = vestigo::source::live::wall_clock().to_string();
    assert_eq!(asked(&["--as-of", &later, "--pipeline", &pipeline]), now);
    let both = command(&["query", "SELECT 1", "--out", &out, "--as-of", &later]).output().unwrap();
    assert_eq!(both.status.code(), Some(2), "one or the other");
}
