//! Is what a view shows within what the rules allow, for anybody and anything?

use super::accounts::{Accounts, Denied, Grant};
use super::audit::{self, Audit};
use super::view::{EnterpriseFilter, PairFilter, TaskFilter, WarningFilter};
use super::*;
use crate::desk::Desk;
use crate::dispatch::{Task, TaskState};
use crate::engine::Effects;
use crate::entity::Fact;
use crate::event::Change;
use crate::graph::kit::{Firm, change};
use crate::id::EntityId;
use crate::query::Stand;
use crate::risk::{Grade, Index, IndexDelta};
use crate::succession::{Pair, PairDelta};
use crate::text::{Level, Text};
use crate::time::{Day, Time};
use crate::warning::{Place, Warning, WarningDelta};
use proptest::prelude::*;
use std::sync::RwLock;

const DIVISIONS: [&str; 4] = ["469007100", "469007103", "460105", "469007"];
const AGENCIES: [&str; 3] = ["market-regulation", "customs", "tax"];

/// Firm `n` stands in division `n % 4`; warning `n` is about it and has a task of agency `n % 3`;
/// pair `n` leads to the next firm.
pub(crate) fn stand(firms: u32) -> Stand {
    let mut stand = Stand::default();
    let mut facts: Vec<Fact> = Vec::new();
    let mut effects = Effects::default();
    for n in 0..firms {
        let firm = Firm {
            number: n,
            name: "东方鹭汀餐饮有限公司",
            domicile: format!("东方市八所镇鲸港大道{n}号"),
            rep: n,
            phone: "13800000000",
            industry: "H6210",
            founded: Day(20_000),
            known: Day(20_000),
        };
        facts.push(firm.registered());
        let division = DIVISIONS[n as usize % 4];
        let moved = Change::Division { after: division.into() };
        facts.push(change(&format!("d{n}"), Day(20_001), n, vec![moved]));
        let entity = EntityId::nth(n);
        stand.called.push((format!("c{n}").into(), format!("n{n}").into()));
        stand.orders.by_code.insert(format!("c{n}").into(), entity);
        let warning = Warning {
            id: format!("w{n}").into(),
            kind: "veto".into(),
            subject: Some(entity),
            subjects: vec![entity],
            place: Place { division: division.into(), domicile: "".into() },
            level: Level::ALL[n as usize % 4],
            open: true,
            raised_at: Time(i64::from(n)),
            updated_at: Time(i64::from(n)),
            score: 1.0,
            summary: Text::new("", ""),
            evidence: Vec::new(),
            against: Vec::new(),
            measures: Vec::new(),
            withdrawn_because: None,
        };
        effects.tasks.push(Task {
            id: format!("w{n}/a").into(),
            warning: warning.id.clone(),
            agency: AGENCIES[n as usize % 3].into(),
            lead: true,
            division: division.into(),
            level: warning.level,
            ack_due_at: Time(0),
            judge_due_at: Time(i64::from(n)),
            state: TaskState::Dispatched,
            reason: Text::new("", ""),
        });
        effects.warnings.push(WarningDelta { warning: Arc::new(warning), level_before: None });
        let pair = Pair {
            predecessor: entity,
            successor: EntityId::nth((n + 1) % firms),
            confidence: 0.9,
            level: Some(Level::Red),
            first_seen_at: Time(0),
            last_changed_at: Time(0),
            families: Vec::new(),
            case: crate::succession::Case::default(),
            origins: Vec::new(),
            evidence: Vec::new(),
            against: Vec::new(),
            chain: Vec::new(),
        };
        effects.pairs.push(PairDelta { pair: Arc::new(pair), level_before: None });
        let after = Arc::new(Index {
            entity,
            as_of: Day(20_001),
            score: n as i32,
            grade: Grade::A,
            contributions: Vec::new(),
            vetoes: Vec::new(),
            flags: Vec::new(),
        });
        effects.indices.push(IndexDelta { before: None, after, at: Time(0), by_fact: true });
    }
    stand.take(&[facts.into()], vec![effects]);
    stand
}

/// The rules, once more and by hand: what may `who` see of number `n`?
pub(crate) fn allowed(who: &Who, n: usize, what: &str) -> bool {
    let has = |words: &[Role]| who.roles.iter().any(|role| words.contains(role));
    let place =
        |n: usize| who.divisions.iter().any(|prefix| DIVISIONS[n % 4].starts_with(&**prefix));
    let wide = who.agency.is_none() || has(&[Role::Dispatcher, Role::Analyst, Role::Auditor]);
    let agency = wide || who.agency.as_deref() == Some(AGENCIES[n % 3]);
    let reads =
        has(&[Role::Viewer, Role::Investigator, Role::Dispatcher, Role::Analyst, Role::Auditor]);
    let works = has(&[Role::Investigator, Role::Dispatcher, Role::Analyst, Role::Auditor]);
    match what {
        "enterprise" => reads && place(n),
        "warning" => reads && place(n) && agency,
        "task" => works && place(n) && agency,
        "reasons" => works && place(n),
        "pair" => works && (place(n) || place((n + 1) % 24)),
        _ => false,
    }
}

pub(crate) fn anybody() -> impl Strategy<Value = Who> {
    let roles = proptest::sample::subsequence(Role::ALL.to_vec(), 0..=3);
    let agency = proptest::option::of(proptest::sample::select(AGENCIES.to_vec()));
    let prefixes = vec!["", "469007", "469007103", "4601", "46", "99"];
    let divisions = proptest::sample::subsequence(prefixes, 0..=2);
    (roles, agency, divisions).prop_map(|(roles, agency, divisions)| Who {
        id: "u1".into(),
        name: "n".into(),
        roles,
        agency: agency.map(Into::into),
        divisions: divisions.into_iter().map(Into::into).collect(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn everything_seen_is_allowed_and_everything_allowed_is_seen(who in anybody()) {
        let stand = Arc::new(RwLock::new(stand(24)));
        let reads = Reads::new(stand, Arc::new(RwLock::new(Desk::default())), false);
        reads.with(&who, Time(0), |view| {
            let (warnings, _) = view.warnings(&WarningFilter::default(), None, 200);
            let (latest, _) = view.latest_warnings(&WarningFilter::default(), None, 200);
            let (tasks, _) = view.tasks(&TaskFilter::default(), None, 200);
            let (pairs, _) = view.pairs(&PairFilter::default(), None, 200);
            let (firms, _) = view.enterprises(&EnterpriseFilter::default(), None, 200);
            for n in 0..24 {
                let entity = EntityId::nth(n as u32);
                let (firm, next) = (format!("c{n}"), format!("c{}", (n + 1) % 24));
                let (warning, task) = (format!("w{n}"), format!("w{n}/a"));
                let may = |what: &str| allowed(&who, n, what);
                prop_assert_eq!(view.enterprise(&firm).is_some(), may("enterprise"));
                prop_assert_eq!(view.index(entity).is_some(), may("enterprise"));
                prop_assert_eq!(view.profile(entity).is_some(), may("enterprise"));
                prop_assert_eq!(!view.rows(entity).is_empty(), may("enterprise"));
                prop_assert_eq!(!view.facts(entity).is_empty(), may("enterprise"));
                prop_assert_eq!(!view.scores(entity).is_empty(), may("enterprise"));
                prop_assert_eq!(firms.contains(&entity), may("enterprise"));
                prop_assert_eq!(view.warning(&warning).is_some(), may("warning"));
                prop_assert_eq!(warnings.iter().any(|w| *w.id == *warning), may("warning"));
                prop_assert_eq!(latest.iter().any(|w| *w.id == *warning), may("warning"));
                prop_assert_eq!(view.task(&task).is_some(), may("task"));
                prop_assert_eq!(tasks.iter().any(|t| *t.task.id == *task), may("task"));
                prop_assert_eq!(view.pair(&firm, &next).is_some(), may("pair"));
                prop_assert_eq!(pairs.iter().any(|p| p.predecessor == entity), may("pair"));
                let around = view.around(entity, 3, 150);
                for (node, _) in around.nodes.iter().skip(1) {
                    prop_assert!(allowed(&who, node.index(), "enterprise"));
                }
                for edge in view.relations(entity) {
                    prop_assert!(allowed(&who, edge.from.index(), "enterprise"));
                    prop_assert!(allowed(&who, edge.to.index(), "enterprise"));
                }
            }
            Ok(())
        })?;
    }
}

#[test]
fn pages_cover_a_list_once() {
    let reads = Reads::new(Arc::new(RwLock::new(stand(24))), Arc::default(), false);
    reads.with(&Who::local(), Time(0), |view| {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (page, next) = view.warnings(&WarningFilter::default(), after.as_ref(), 5);
            seen.extend(page.iter().map(|warning| warning.id.clone()));
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 24);
        let levels: Vec<Level> =
            seen.iter().map(|id| view.warning(id).expect("seen").level).collect();
        assert!(levels.is_sorted_by(|a, b| a >= b), "highest level first");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 24);
    });
}

fn grant(roles: &[Role]) -> Grant {
    Grant { roles: roles.to_vec(), agency: None, divisions: vec!["".into()] }
}

#[test]
fn accounts_are_let_in_by_password_session_and_key_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let accounts = Accounts::open(folder.path(), 1).expect("new");
    let token = std::fs::read_to_string(folder.path().join("setup-token")).expect("left");
    let now = Time(1_000);
    let short = accounts.set_up(&token, "chief", "short", now);
    assert!(matches!(short, Err(Denied::Field("password", _))));
    let wrong = accounts.set_up("x", "chief", "a long password", now);
    assert!(matches!(wrong, Err(Denied::Wrong)));
    accounts.set_up(&token, "chief", "a long password", now).expect("the token");
    let twice = accounts.set_up(&token, "other", "a long password", now);
    assert!(matches!(twice, Err(Denied::SetUp)));
    assert!(!folder.path().join("setup-token").exists());

    let begun = accounts.log_in("chief", "a long password", now).expect("the password");
    let id =
        accounts.add("ann", "another password", grant(&[Role::Viewer]), now).expect("free name");
    let (_, key) = accounts.add_key("feed", grant(&[Role::Feeder]), now).expect("made");
    // A restart forgets nothing.
    let accounts = Accounts::open(folder.path(), 1).expect("again");
    assert_eq!(accounts.session(&begun.token, now).expect("open").0.id, begun.who.id);
    assert!(accounts.session(&begun.token, Time(3_601_000)).is_none(), "over");
    assert!(accounts.session("x", now).is_none());
    assert_eq!(accounts.key(&key).expect("good").roles, [Role::Feeder]);
    assert!(accounts.key(&key[..key.len() - 1]).is_none());
    accounts.amend(&id, None, true).expect("switched off");
    assert!(accounts.log_in("ann", "another password", now).is_err());
    for _ in 0..4 {
        assert!(matches!(accounts.log_in("chief", "wrong", now), Err(Denied::Wrong)));
    }
    assert!(matches!(accounts.log_in("chief", "wrong", now), Err(Denied::Wrong)));
    assert!(matches!(accounts.log_in("chief", "a long password", now), Err(Denied::Resting)));
    accounts.log_in("chief", "a long password", Time(61_001)).expect("rested");
    let kept = std::fs::read_to_string(folder.path().join("accounts.json")).expect("there");
    for secret in ["a long password", &begun.token, &key, token.as_str()] {
        assert!(!kept.contains(secret), "kept in clear");
    }
}

#[test]
fn a_changed_line_breaks_the_chain() {
    let state = tempfile::tempdir().expect("a folder");
    for round in 0..2 {
        let audit = Audit::open(state.path()).expect("opened");
        for at in 0..3 {
            let detail = serde_json::json!({ "act": format!("{round}{at}") });
            audit.add(Time(at), "u1", "act", "t", detail).expect("written");
        }
    }
    let whole = audit::verify(state.path()).expect("read");
    assert_eq!((whole.lines, whole.fault.clone()), (6, None));
    assert_eq!(audit::acts(state.path()).expect("read").len(), 6);
    let path = state.path().join("audit/audit.ndjson");
    let text = std::fs::read_to_string(&path).expect("there");
    let lines: Vec<&str> = text.lines().collect();
    let spoil = |lines: Vec<String>| {
        std::fs::write(&path, lines.join("\n") + "\n").expect("written");
        audit::verify(state.path()).expect("read").fault.map(|(line, _)| line)
    };
    let owned = |from: &[&str]| from.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut changed = owned(&lines);
    changed[3] = changed[3].replace("\"u1\"", "\"u2\"");
    assert_eq!(spoil(changed), Some(4));
    assert_eq!(spoil(owned(&[&lines[..2], &lines[3..]].concat())), Some(3));
    let mut unsigned = owned(&lines);
    let mut line: audit::Line = serde_json::from_str(&unsigned[5]).expect("a line");
    line.sig = "00".repeat(64);
    unsigned[5] = serde_json::to_string(&line).expect("a line");
    assert_eq!(spoil(unsigned), Some(6));
    let cut = text.clone() + "{\"seq\":7";
    std::fs::write(&path, cut).expect("written");
    Audit::open(state.path()).expect("a torn line is cut off");
    assert_eq!(audit::verify(state.path()).expect("read"), whole);
}
