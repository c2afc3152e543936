//! Is what may not be asked refused, does a statement end, does everybody see their own rows?

use super::*;
use crate::access::tests::{allowed, anybody, stand};
use crate::query::Stand;
use crate::risk::Said;
use crate::telemetry::labels::{Ended, Limit};
use datafusion::arrow::array::AsArray as _;
use futures_util::StreamExt as _;
use proptest::prelude::*;
use std::sync::RwLock;

fn engine(stand: Stand, config: Config) -> Engine {
    let reads = Reads::new(Arc::new(RwLock::new(stand)), Arc::default(), false);
    Engine::new(reads, config).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// Enterprises of each of which one feature says something.
fn told(firms: u32) -> Stand {
    let mut stand = stand(firms);
    let number = |n: u32| Said {
        feature: "headcount".into(),
        number: Some(f64::from(n)),
        word: None,
        events: 2,
    };
    let all = (0..firms).map(|n| (EntityId::nth(n), [number(n)].into()));
    stand.board.features = all.collect();
    stand
}

async fn rows(session: &Session, sql: &str) -> Result<usize, Fault> {
    let mut found = session.query(sql, Time(0)).await?;
    let mut rows = 0;
    while let Some(batch) = found.next().await {
        rows += batch?.num_rows();
    }
    Ok(rows)
}

fn ask(config: Config, who: Who, sql: &str) -> Result<usize, Fault> {
    let engine = engine(Stand::default(), config);
    let session = engine.session(Arc::new(who), Protocol::Http).unwrap();
    runtime().block_on(rows(&session, sql))
}

#[test]
fn what_changes_something_or_reaches_out_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.csv");
    let refused = [
        format!("COPY (SELECT 1) TO '{}'", file.display()),
        format!("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '{}'", file.display()),
        "CREATE TABLE t AS SELECT 1".to_owned(),
        "CREATE VIEW v AS SELECT * FROM warnings".to_owned(),
        "DROP TABLE warnings".to_owned(),
        "INSERT INTO warnings SELECT * FROM warnings".to_owned(),
        "UPDATE warnings SET level = 'blue'".to_owned(),
        "DELETE FROM warnings".to_owned(),
        "TRUNCATE TABLE warnings".to_owned(),
        "ALTER TABLE warnings ADD COLUMN x INT".to_owned(),
        "SET datafusion.runtime.memory_limit = '100G'".to_owned(),
        "SET datafusion.execution.target_partitions = 64".to_owned(),
        "RESET ALL".to_owned(),
        "SELECT * INTO t FROM warnings".to_owned(),
        "WITH a AS (INSERT INTO warnings SELECT * FROM warnings) SELECT 1".to_owned(),
        "EXPLAIN DROP TABLE warnings".to_owned(),
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '/dev/null'".to_owned(),
        "PREPARE p AS DELETE FROM warnings".to_owned(),
        "GRANT ALL ON warnings TO public".to_owned(),
        "SELECT 1; DROP TABLE warnings".to_owned(),
        "CREATE FUNCTION f() RETURNS INT RETURN 1".to_owned(),
        format!("SELECT * FROM '{}'", file.display()),
    ];
    std::fs::write(&file, "a\n1\n").unwrap();
    for sql in refused {
        assert!(ask(Config::default(), Who::local(), &sql).is_err(), "{sql}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "a\n1\n");
}

#[test]
fn what_reads_is_answered() {
    for (sql, expected) in [
        ("SELECT 1", 1),
        ("SELECT * FROM warnings", 0),
        ("WITH w AS (SELECT * FROM warnings) SELECT count(*) FROM w", 1),
        ("SELECT count(*) FROM index UNION ALL SELECT count(*) FROM tasks", 2),
        ("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'", 11),
        ("SHOW COLUMNS FROM pairs", 12),
    ] {
        assert_eq!(ask(Config::default(), Who::local(), sql).unwrap(), expected, "{sql}");
    }
    assert!(ask(Config::default(), Who::local(), "EXPLAIN SELECT * FROM pairs").unwrap() > 0);
}

#[test]
fn a_slow_statement_ends_in_time() {
    let config = Config { seconds_max: 1, ..Config::default() };
    let started = std::time::Instant::now();
    let sql = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    let fault = ask(config, Who::local(), sql).unwrap_err();
    assert!(fault.to_string().contains("statement timeout"), "{fault}");
    assert!(started.elapsed() < Duration::from_secs(20), "it went on");
}

#[test]
fn a_greedy_statement_is_stopped() {
    let config = Config { memory_bytes_max: 8 << 20, ..Config::default() };
    let sql = "SELECT value, count(*) FROM generate_series(1, 10000000) GROUP BY value ORDER BY 2";
    assert!(ask(config, Who::local(), sql).is_err());
}

#[test]
fn every_table_has_the_columns_that_it_promises() {
    let engine = engine(Stand::default(), Config::default());
    let session = engine.session(Arc::new(Who::local()), Protocol::Http).unwrap();
    for table in Table::ALL {
        let sql = format!("SELECT * FROM {}", table.name());
        let found = runtime().block_on(session.query(&sql, Time(0))).unwrap();
        assert_eq!(found.schema().fields(), table.schema().fields());
        for personal in ["person", "phone", "id_card", "email", "account_token", "holder"] {
            assert!(table.schema().column_with_name(personal).is_none(), "{personal}");
        }
    }
}

#[test]
fn passwords_in_clear_stay_on_the_machine() {
    let outside = Some(([0, 0, 0, 0], 5432).into());
    let open = Config { address: outside, ..Config::default() };
    assert!(open.check(true).unwrap_err().contains("in clear"));
    assert!(open.check(false).unwrap_err().contains("[access]"));
    let local = Config { address: Some(([127, 0, 0, 1], 5432).into()), ..Config::default() };
    local.check(false).unwrap();
    let tls = Config { certificate: Some("a".into()), private_key: Some("b".into()), ..open };
    tls.check(true).unwrap();
}

#[test]
fn what_takes_long_is_read_in_parts_and_is_the_same() {
    const FIRMS: u32 = 100;
    let mut engine = engine(told(FIRMS), Config::default());
    // Epochs may come after every few enterprises.
    engine.hold = Duration::ZERO;
    let who = Arc::new(Who::local());
    let session = engine.session(who.clone(), Protocol::Http).unwrap();
    let whole = |table: Table| {
        session.look(&who, Time(0), |view| tables::take(table, view)).build(table).unwrap()
    };
    let looks = || metrics().sql.hold.get_sample_count();
    for table in Table::ALL.into_iter().filter(|table| table.is_gradual()) {
        let before = looks();
        let parts = session.gradually(table, &who, Time(0)).unwrap();
        assert!(looks() >= before + u64::from(FIRMS) / BETWEEN_LOOKS as u64, "{table:?}");
        assert_eq!(parts, whole(table));
        assert!(parts.num_rows() >= FIRMS as usize, "{table:?}: {}", parts.num_rows());
        // Nothing changed meanwhile: it is of one epoch, and kept.
        let before = session.cache.find((&who, table), (0, 0));
        assert_eq!(before, Some(parts), "{table:?}");
    }
}

/// The only test that asks by this protocol: the counts are its own.
#[test]
fn every_statement_is_counted_by_how_it_ended() {
    let config = Config { seconds_max: 1, ..Config::default() };
    let engine = engine(told(24), config);
    let session = engine.session(Arc::new(Who::local()), Protocol::Postgres).unwrap();
    let runtime = runtime();
    let sql = &metrics().sql;
    let ended = |ended| sql.statements.of_key((Protocol::Postgres, ended)).get();
    let slow = "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b";
    runtime.block_on(async {
        assert_eq!(rows(&session, "SELECT uscc FROM index").await.unwrap(), 24);
        rows(&session, "SELECT max(value) FROM features").await.unwrap();
        rows(&session, "DROP TABLE index").await.unwrap_err();
        rows(&session, "SELECT no_such FROM index").await.unwrap_err();
        rows(&session, "SELECT FROM WHERE").await.unwrap_err();
        rows(&session, "SELECT CAST(name AS INT) FROM enterprises").await.unwrap_err();
        rows(&session, slow).await.unwrap_err();
        let left = session.query("SELECT * FROM index", Time(0)).await.unwrap();
        assert_eq!(sql.running.of_key(Protocol::Postgres).get(), 1);
        drop(left);
        rows(&session, "EXPLAIN SELECT * FROM index").await.unwrap();
    });
    assert_eq!((ended(Ended::Answered), ended(Ended::Refused)), (2, 1));
    assert_eq!((ended(Ended::Failed), ended(Ended::Cut)), (3, 1));
    assert_eq!(ended(Ended::Left), 1);
    assert_eq!(sql.cut.of_key((Protocol::Postgres, Limit::Time)).get(), 1);
    assert_eq!(sql.rows.of_key(Protocol::Postgres).get(), 25);
    assert_eq!(sql.running.of_key(Protocol::Postgres).get(), 0);
    assert_eq!(sql.time.of_key(Protocol::Postgres).get_sample_count(), 5);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn everybody_gets_the_rows_that_are_allowed_and_no_other(who in anybody()) {
        const FIRMS: usize = 24;
        let engine = engine(told(FIRMS as u32), Config::default());
        let session = engine.session(Arc::new(who.clone()), Protocol::Http).unwrap();
        let runtime = runtime();
        for (table, key, what) in [
            ("enterprises", "uscc", "enterprise"),
            ("index", "uscc", "enterprise"),
            ("warnings", "replace(id, 'w', 'c')", "warning"),
            ("tasks", "replace(warning, 'w', 'c')", "task"),
            ("pairs", "predecessor", "pair"),
            ("features", "uscc", "reasons"),
        ] {
            let sql = format!("SELECT {key} AS key FROM {table}");
            let found: Vec<String> = runtime.block_on(async {
                let mut found = session.query(&sql, Time(0)).await.unwrap();
                let mut keys = Vec::new();
                while let Some(batch) = found.next().await {
                    let batch = batch.unwrap();
                    let column = batch.column(0).as_string::<i32>().clone();
                    keys.extend(column.iter().flatten().map(str::to_owned));
                }
                keys
            });
            for n in 0..FIRMS {
                let seen = found.contains(&format!("c{n}"));
                prop_assert_eq!(seen, allowed(&who, n, what), "{} {}", table, n);
            }
        }
    }
}
