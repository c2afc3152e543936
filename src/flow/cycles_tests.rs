//! Known counts of published graphs, and agreement with brute force on small ones.

use super::*;
use crate::flow::window::Payment;
use proptest::prelude::*;
use std::collections::BTreeSet;

const ALL: Limits = Limits { window: 0, length: 6, retention: 0, budget: u64::MAX };

/// `src dst time` lines; `None` (said aloud) when the shared data is not there.
fn edges(file: &str) -> Option<Vec<(u32, u32, i64)>> {
    let base = std::env::var("VESTIGO_SHARED")
        .unwrap_or_else(|_| format!("{}/../shared", env!("CARGO_MANIFEST_DIR")));
    let path = format!("{base}/data/temporal-network/{file}");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {path} is absent; set VESTIGO_SHARED");
        return None;
    };
    let number = |word: Option<&str>| word.and_then(|w| w.parse::<i64>().ok());
    let line = |l: &str| {
        let mut words = l.split_whitespace();
        Some((number(words.next())? as u32, number(words.next())? as u32, number(words.next())?))
    };
    Some(text.lines().filter_map(line).collect())
}

/// Counts by length, feeding the edges in order of time.
fn count(edges: &[(u32, u32, i64)], window: i64, length: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..edges.len()).collect();
    order.sort_by_key(|i| (edges[*i].2, *i));
    let (mut graph, mut cycles) = (Window::default(), Cycles::default());
    let mut counts = vec![0; length + 1];
    for i in order {
        let (payer, payee, at) = edges[i];
        let payment = Payment { payer, payee, at, amount: 1, tags: 0 };
        if let Some(row) = graph.insert(payment, i) {
            let entry = *graph.outs(payer, at, at + 1).iter().find(|e| e.row == row).unwrap();
            let limits = Limits { window, length, ..ALL };
            cycles.closing(&graph, Edge { payer, payee, entry }, &limits, |c| {
                counts[c.len()] += 1;
            });
        }
    }
    assert_eq!(cycles.bitten, 0);
    counts.split_off(2)
}

#[test]
fn counts_the_published_sample() {
    if let Some(edges) = edges("spaa22_sample.txt") {
        assert_eq!(count(&edges, 1000, 6), [1, 1, 1, 0, 0]);
    }
}

#[test]
fn counts_college_messages() {
    let Some(edges) = edges("CollegeMsg.txt") else { return };
    assert_eq!(count(&edges, 3_600, 6), [54_802, 1_653, 3_748, 602, 254]);
    assert_eq!(count(&edges, 21_600, 6), [73_517, 4_269, 13_439, 17_275, 30_087]);
    assert_eq!(count(&edges, 86_400, 6), [95_074, 9_850, 64_101, 106_822, 449_791]);
}

type Found = BTreeSet<Vec<usize>>;

/// Every cycle by trying every path.
fn brute(edges: &[(u32, u32, i64, i64)], limits: &Limits) -> Found {
    fn grow(
        edges: &[(u32, u32, i64, i64)],
        path: &mut Vec<usize>,
        limits: &Limits,
        found: &mut Found,
    ) {
        let (first, last) = (edges[path[0]], edges[path[path.len() - 1]]);
        if last.1 == first.0 {
            let amounts = path.iter().map(|i| edges[*i].3);
            let (low, high) = (amounts.clone().min().unwrap(), amounts.max().unwrap());
            if path.len() >= 2 && low * 1000 >= high * limits.retention {
                found.insert(path.clone());
            }
            return;
        }
        for (i, next) in edges.iter().enumerate() {
            let fits = next.0 == last.1
                && next.1 != next.0
                && next.2 > last.2
                && next.2 - first.2 <= limits.window
                && path.len() < limits.length
                && path.iter().all(|p| edges[*p].1 != next.1);
            if fits {
                path.push(i);
                grow(edges, path, limits, found);
                path.pop();
            }
        }
    }
    let mut found = Found::new();
    for i in 0..edges.len() {
        if edges[i].0 != edges[i].1 {
            grow(edges, &mut vec![i], limits, &mut found);
        }
    }
    found
}

fn keys(graph: &Window<usize>, cycle: &[Edge]) -> Vec<usize> {
    cycle.iter().map(|e| *graph.key(e.entry.row).unwrap()).collect()
}

fn put(graph: &mut Window<usize>, i: usize, edge: (u32, u32, i64, i64)) -> Option<Edge> {
    let (payer, payee, at, amount) = edge;
    let payment = Payment { payer, payee, at, amount, tags: 0 };
    let row = graph.insert(payment, i)?;
    let entry = *graph.outs(payer, at, at + 1).iter().find(|e| e.row == row).unwrap();
    Some(Edge { payer, payee, entry })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn agrees_with_brute_force(
        edges in prop::collection::vec((0u32..5, 0u32..5, 0i64..14, 80i64..120), 0..16),
        gone in prop::collection::vec(any::<bool>(), 16),
        window in 2i64..14, length in 2usize..=6, retention in prop::sample::select(vec![0, 850]),
    ) {
        let limits = Limits { window, length, retention, budget: u64::MAX };
        let (mut graph, mut cycles) = (Window::default(), Cycles::default());
        // Arrival in any order: cycles through each arrival, then the retired ones fall.
        let mut late = Found::new();
        for (i, edge) in edges.iter().enumerate() {
            let Some(edge) = put(&mut graph, i, *edge) else { continue };
            cycles.through(&graph, edge, &limits, |c| {
                assert!(late.insert(keys(&graph, c)), "visited twice");
            });
        }
        prop_assert_eq!(&late, &brute(&edges, &limits));
        for (i, edge) in edges.iter().enumerate() {
            if gone[i] && edge.0 != edge.1 {
                prop_assert!(graph.remove(edge.0, edge.2, &i).is_some());
                late.retain(|c| !c.contains(&i));
            }
        }
        let mut closing = Found::new();
        for account in 0..5 {
            for entry in graph.outs(account, i64::MIN, i64::MAX).to_vec() {
                let edge = Edge { payer: account, payee: entry.other, entry };
                cycles.closing(&graph, edge, &limits, |c| {
                    assert!(closing.insert(keys(&graph, c)), "visited twice");
                });
            }
        }
        prop_assert_eq!(&closing, &late);
        let left: Vec<_> = edges.iter().enumerate().filter(|(i, _)| !gone[*i]).collect();
        let kept: Vec<_> = left.iter().map(|(_, e)| **e).collect();
        let again = brute(&kept, &limits);
        let named: Found =
            again.iter().map(|c| c.iter().map(|i| left[*i].0).collect()).collect();
        prop_assert_eq!(&closing, &named);
    }
}
