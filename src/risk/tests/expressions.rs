//! What do expressions give, and what is refused?

use super::*;
use crate::risk::features::FeaturesFile;
use crate::risk::monotone::breaches;
use crate::risk::program::ConditionFile;
use crate::text::Level;

const FEATURES: &str = r#"
[[features]]
name = "penalties"
zh = "处罚"
en = "Penalties"
unit = "facts"
facts = { of = { any = ["penalty"] }, window_days = 365 }

[[features]]
name = "fines_fen"
zh = "罚款"
en = "Fines"
unit = "fen"
facts = { of = { any = ["penalty"] }, aggregate = "sum", window_days = 365 }

[[features]]
name = "largest_fen"
zh = "最大罚款"
en = "Largest fine"
unit = "fen"
facts = { of = { any = ["penalty"] }, aggregate = "max" }

[[features]]
name = "kinds_of_breach"
zh = "违法种类"
en = "Kinds of breach"
unit = "kinds"
facts = { of = { any = ["penalty"] }, aggregate = "distinct" }

[[features]]
name = "since_penalty"
zh = "距上次处罚"
en = "Days since the last penalty"
unit = "days"
facts = { of = { any = ["penalty"] }, aggregate = "days_since", steps = [30, 90] }

[[features]]
name = "industry"
zh = "行业"
en = "Industry"
unit = "word"
register = { industry = {} }

[[features]]
name = "staff"
zh = "参保"
en = "Insured"
unit = "persons"
register = { headcount = { months_kept = 2 } }
"#;

/// The first system with one more indicator.
fn with(rest: &str) -> Result<Arc<Config>, crate::risk::Fault> {
    with_rule(rest, &[])
}

fn with_rule(rest: &str, rules: &[ConditionFile]) -> Result<Arc<Config>, crate::risk::Fault> {
    let shipped = include_str!("../../../models/dongfang/2026.1/indicators.toml");
    let text = format!(
        "{shipped}\n[[indicators]]\nid = \"R98\"\nzh = \"试\"\nen = \"Trial\"\npoints = 50\n\
         source = \"[P]\"\n{rest}\n"
    );
    let mut config: Config = toml::from_str(&text).expect("a table");
    let features: FeaturesFile = toml::from_str(FEATURES).expect("a catalogue");
    if let Some(fault) = config.fault() {
        return Err(fault);
    }
    config.complete(features, rules)?;
    Ok(Arc::new(config))
}

fn refused(sql: &str) -> (String, String) {
    let fault = with(&format!("sql = \"{sql}\"")).expect_err(sql);
    let (text, bytes) = fault.within.expect("a place in the expression");
    (fault.message, text[bytes].to_owned())
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (sql, says, at) in [
        ("penaltys > 1", "did you mean \\\"penalties\\\"", "penaltys"),
        ("penalties > 'abc'", "is a word and stands beside a number", "penalties > 'abc'"),
        ("penalties + (penalties > 1)", "wants a number", "penalties + (penalties > 1)"),
        ("industry", "must give a number", "industry"),
        ("random() * penalties", "another result on every call", "random"),
        ("sqr(penalties)", "did you mean \\\"sqrt\\\"", "sqr"),
        ("penalties +", "Expected", "penalties +"),
        ("penalties penalties", "follows it", "p"),
        ("(SELECT 1)", "not supported", "(SELECT 1)"),
        ("penalties IN (SELECT 1)", "not supported", "penalties IN (SELECT 1)"),
        ("sum(penalties)", "no function is called \\\"sum\\\"", "sum"),
        ("score > 1", "known to rules", "score"),
        ("1 + 1", "names no feature", "1 + 1"),
        ("abs(industry)", "takes numbers", "abs"),
        (
            "CASE WHEN penalties THEN 1 END",
            "WHEN wants yes or no",
            "CASE WHEN penalties THEN 1 END",
        ),
    ] {
        let (message, place) = refused(sql);
        let says = says.replace('\\', "");
        assert!(message.contains(&says), "{sql}: \"{message}\" should say \"{says}\"");
        assert_eq!(place, at, "{sql}: {message}");
    }
}

#[test]
fn nothing_known_gives_nothing() {
    let fault = with("sql = \"5 - penalties\"").expect_err("points from nothing");
    assert!(fault.message.contains("of which nothing is known"), "{}", fault.message);
    let fault = with("sql = \"penalties > 1\"\nbands = [[1.0, 2.0]]").expect_err("both");
    assert!(fault.message.contains("answers yes or no"), "{}", fault.message);
    let fault = with("").expect_err("neither");
    assert!(fault.message.contains("needs measures or sql"), "{}", fault.message);
}

/// Points of the trial indicator after penalties of so many fen, a day apart, on a later day.
fn points(rest: &str, fines: &[i64], days: i32) -> i32 {
    let mut run = Run::new(&with(rest).expect("a model"));
    for (n, fine) in fines.iter().enumerate() {
        let on = run.today.plus(1);
        let body = penalty(0, on, Severity::General, *fine);
        run.day(&[fact(&format!("p{n}"), 0, on, body)], &[], &[]);
    }
    run.until(run.today.plus(days));
    sums_hold(&run.close());
    run.points("R98")
}

#[test]
fn numbers_answers_and_bands() {
    assert_eq!(points("sql = \"penalties >= 2\"", &[1, 2], 0), 50, "yes is all points");
    assert_eq!(points("sql = \"penalties >= 3\"", &[1, 2], 0), 0);
    assert_eq!(points("sql = \"penalties * 7 / 2\"", &[1, 2, 3], 0), 11, "10.5 points");
    assert_eq!(points("sql = \"1000 * penalties\"", &[1], 0), 50, "no more than its points");
    assert_eq!(points("sql = \"penalties / 0\"", &[1], 0), 0, "no number is no points");
    assert_eq!(points("sql = \"penalties\"\nbands = [[2.0, 9.0], [3.0, 30.0]]", &[1, 2, 3], 0), 30);
    assert_eq!(points("sql = \"fines_fen / 100\"", &[1_000, 2_000], 0), 30);
    assert_eq!(points("sql = \"coalesce(largest_fen, 0) / 100\"", &[1_000, 2_000], 0), 20);
    assert_eq!(points("sql = \"10 * kinds_of_breach\"", &[1, 2], 0), 10, "one violation");
    let since = "sql = \"CASE WHEN since_penalty >= 90 THEN 5 WHEN since_penalty >= 30 THEN 10 \
                 WHEN since_penalty IS NOT NULL THEN 20 ELSE 0 END\"";
    assert_eq!([29, 30, 89, 90].map(|days| points(since, &[1], days)), [20, 10, 10, 5]);
}

#[test]
fn words_and_monthly_reports() {
    let sql = "sql = \"CASE WHEN industry LIKE 'H6%' AND staff < 5 THEN 8 ELSE 0 END\"";
    let mut run = Run::new(&with(sql).expect("a model"));
    run.day(&[fact("e", 0, START, established(0, START))], &[], &[]);
    assert_eq!(run.points("R98"), 0, "no report, no number");
    let report = |headcount| {
        let month = START.month();
        Body::Staff(Box::new(Staff { uscc: code(0), month, headcount, staff_minhash: None }))
    };
    let many = fact("s1", 0, START.plus(1), report(9));
    run.day(std::slice::from_ref(&many), &[], &[]);
    assert_eq!(run.points("R98"), 0);
    run.day(&[retired(&many, START.plus(2)), fact("s2", 0, START.plus(2), report(3))], &[], &[]);
    assert_eq!(run.points("R98"), 8);
    let stale = Month(START.month().0 + 3).first_day();
    run.until(stale.plus(-1));
    assert_eq!(run.points("R98"), 8);
    run.until(stale);
    assert_eq!(run.points("R98"), 0, "the report is no longer fresh");
}

#[test]
fn what_features_say_is_told_when_it_may_have_changed() {
    let sql = "sql = \"CASE WHEN industry LIKE 'H6%' AND penalties > 0 THEN 8 ELSE 0 END\"";
    let mut run = Run::new(&with(sql).expect("a model"));
    let told = |run: &mut Run| -> Option<Vec<(String, Option<f64>, u32)>> {
        let last = run.risk.said().pop()?;
        let said = last.said.iter().map(|one| (one.feature.to_string(), one.number, one.events));
        Some(said.collect())
    };
    run.day(&[fact("e", 0, START, established(0, START))], &[], &[]);
    let industry = ("industry".to_owned(), None, 1);
    assert_eq!(told(&mut run), Some(vec![industry.clone()]));
    let on = START.plus(1);
    let fine = fact("p", 0, on, penalty(0, on, Severity::General, 100));
    run.day(std::slice::from_ref(&fine), &[], &[]);
    let penalties = ("penalties".to_owned(), Some(1.0), 1);
    assert_eq!(told(&mut run), Some(vec![penalties, industry.clone()]));
    assert_eq!(told(&mut run), None, "told once");
    run.day(&[retired(&fine, START.plus(2))], &[], &[]);
    assert_eq!(told(&mut run), Some(vec![industry]));
    run.day(&[], &[], &[]);
    assert_eq!(told(&mut run), None, "nobody was looked at");
}

#[test]
fn rules_hold_and_rest_on_events() {
    let rule = |level, sql: &str| ConditionFile { kind: "trial".into(), level, sql: sql.into() };
    let rules = [
        rule(Level::Yellow, "penalties >= 1"),
        rule(Level::Red, "penalties >= 2 AND grade >= 'B' AND score > 10"),
    ];
    let config = with_rule("sql = \"20 * penalties\"", &rules).expect("a model");
    let mut run = Run::new(&config);
    let mut levels = Vec::new();
    for n in 0..2 {
        let on = START.plus(n);
        let body = penalty(0, on, Severity::General, 100 + i64::from(n));
        run.day(&[fact(&format!("p{n}"), 0, on, body)], &[], &[]);
        let flag = run.close()[0].flags.first().cloned().expect("a flag");
        assert_eq!(&*flag.grounds[0].feature, "penalties");
        assert_eq!(flag.grounds[0].events.len(), 1 + n as usize);
        levels.push(flag.level);
    }
    assert_eq!(levels, [Level::Yellow, Level::Red]);
    let wrong = with_rule("sql = \"penalties\"", &[rule(Level::Red, "penalties + 1")]);
    assert!(wrong.expect_err("no answer").message.contains("yes or no"));
}

#[test]
fn declared_directions_are_tried() {
    let good = with("sql = \"3 * penalties\"\nrises_with = [\"penalties\"]").expect("a model");
    assert_eq!(breaches(&good), []);
    let sql = "sql = \"CASE WHEN penalties > 7 THEN 1 ELSE 3 * penalties END\"";
    let bad = with(&format!("{sql}\nrises_with = [\"penalties\"]")).expect("a model");
    let found = breaches(&bad);
    assert_eq!(found.len(), 1);
    assert!(found[0].to_string().contains("said to rise with penalties"), "{}", found[0]);
    let typo = with("sql = \"penalties\"\nfalls_with = [\"penalty\"]").expect_err("unknown");
    assert!(typo.message.contains("knows no feature"), "{}", typo.message);
}
