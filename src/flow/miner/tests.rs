//! Does the miner say what a plain look at all transfers says? An oracle by brute force.

use super::log::GONE;
use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Step {
    Come(Transfer),
    /// Take back the nth of those that are held.
    Back(usize),
}

/// The rows of told cycles, by how often: +1 told, −1 fallen.
#[derive(Default)]
struct Heard {
    cycles: BTreeMap<Vec<u64>, i64>,
    simple: BTreeSet<Vec<u64>>,
    met: BTreeMap<u32, u32>,
    sign: i64,
}

impl Hear for Heard {
    fn cycle(&mut self, rows: &[u64]) {
        *self.cycles.entry(rows.to_vec()).or_default() += self.sign;
    }
    fn simple_cycle(&mut self, rows: &[u64]) {
        assert!(self.simple.insert(rows.to_vec()), "told twice: {rows:?}");
    }
    fn scatter_gather(&mut self, source: u32, middlemen: u32) {
        assert!(self.met.insert(source, middlemen).is_none(), "told twice: {source}");
    }
}

/// All transfers so far; what was taken back is `None`.
#[derive(Default)]
struct Plain {
    rows: Vec<Option<Transfer>>,
    now: i64,
}

impl Plain {
    fn since(&self, since: i64) -> impl Iterator<Item = (u64, Transfer)> + '_ {
        let held = self.rows.iter().enumerate().filter_map(|(n, t)| Some((n as u64, (*t)?)));
        held.filter(move |(_, t)| t.ts >= since)
    }

    fn tally(&self, account: u32, window: i64) -> Tally {
        let held: Vec<Transfer> = self.since(self.now - window).map(|h| h.1).collect();
        let outs: Vec<&Transfer> = held.iter().filter(|t| t.src == account).collect();
        let ins: Vec<&Transfer> = held.iter().filter(|t| t.dst == account).collect();
        let payees: BTreeSet<u32> = outs.iter().map(|t| t.dst).filter(|a| *a != account).collect();
        let payers: BTreeSet<u32> = ins.iter().map(|t| t.src).filter(|a| *a != account).collect();
        Tally {
            outs: outs.len() as u32,
            ins: ins.len() as u32,
            payees: payees.len() as u32,
            payers: payers.len() as u32,
        }
    }

    fn paid(&self, account: u32, window: i64) -> Paid {
        let outs = self.since(self.now - window).map(|h| h.1).filter(|t| t.src == account);
        outs.fold(Paid::default(), |paid, t| Paid {
            count: paid.count + 1,
            sum: paid.sum + t.amount as u64,
            max: paid.max.max(t.amount),
            parties: self.tally(account, window).payees,
        })
    }

    /// Temporal cycles among what is held, as rows in order of time.
    fn cycles(&self, oldest: i64, window: i64, length: usize) -> BTreeSet<Vec<u64>> {
        let held: Vec<(u64, Transfer)> =
            self.since(oldest).filter(|(_, t)| t.src != t.dst).collect();
        let mut found: BTreeSet<Vec<u64>> = BTreeSet::new();
        let mut paths: Vec<Vec<usize>> = (0..held.len()).map(|i| vec![i]).collect();
        while let Some(path) = paths.pop() {
            let (first, last) = (held[path[0]].1, held[path[path.len() - 1]].1);
            if last.dst == first.src {
                found.insert(path.iter().map(|i| held[*i].0).collect());
                continue;
            }
            for (i, (_, t)) in held.iter().enumerate() {
                let fits = t.src == last.dst && t.ts > last.ts && t.ts - first.ts <= window;
                let fresh = path.iter().all(|p| held[*p].1.dst != t.dst);
                if fits && fresh && path.len() < length {
                    paths.push([path.clone(), vec![i]].concat());
                }
            }
        }
        found.retain(|rows| rows.len() >= 2);
        found
    }

    /// Simple cycles that end with `last`, which has arrived last.
    fn simple(&self, last: Transfer, window: i64, length: usize) -> usize {
        let held: Vec<Transfer> = self
            .since(last.ts - window)
            .map(|h| h.1)
            .filter(|t| t.ts <= last.ts && t.src != t.dst)
            .collect();
        let mut found = 0;
        let mut paths = vec![vec![last.dst]];
        while let Some(path) = paths.pop() {
            for t in held.iter().filter(|t| t.src == path[path.len() - 1]) {
                if t.dst == last.src && path.len() < length {
                    found += 1;
                } else if !path.contains(&t.dst) && path.len() + 1 < length {
                    paths.push([path.clone(), vec![t.dst]].concat());
                }
            }
        }
        found
    }

    /// Sources and numbers of middlemen that `last`, which is in, completes.
    fn met(&self, last: Transfer, window: i64) -> BTreeMap<u32, u32> {
        let held: Vec<Transfer> = self
            .since(last.ts - window)
            .map(|h| h.1)
            .filter(|t| t.ts <= last.ts && t.src != t.dst)
            .collect();
        let over = |source: u32, middle: u32| {
            middle != source
                && middle != last.dst
                && held.iter().any(|a| {
                    (a.src, a.dst) == (source, middle)
                        && held.iter().any(|b| (b.src, b.dst) == (middle, last.dst) && b.ts > a.ts)
                })
        };
        let mut met = BTreeMap::new();
        let paid = held.iter().filter(|t| t.dst == last.src && t.ts < last.ts);
        for source in paid.map(|t| t.src).filter(|s| *s != last.dst).collect::<BTreeSet<_>>() {
            let middlemen: BTreeSet<u32> =
                held.iter().map(|t| t.src).filter(|m| over(source, *m)).collect();
            if middlemen.len() >= 2 && middlemen.contains(&last.src) {
                met.insert(source, middlemen.len() as u32);
            }
        }
        met
    }
}

fn config() -> Config {
    Config {
        fan: Some(7),
        degree: Some(12),
        gather_scatter: Some(20),
        scatter_gather: Some(15),
        cycle: Some(20),
        simple_cycle: Some(9),
        length_max: 5,
        spread: Some(12),
        payer: vec![5, 12, 25],
        budget: 0,
        share: None,
    }
}

fn hears(steps: &[Step]) -> Result<(), TestCaseError> {
    let config = config();
    let mut miner = Miner::new(config.clone());
    let mut plain = Plain { now: i64::MIN / 2, ..Plain::default() };
    let mut heard = Heard { sign: 1, ..Heard::default() };
    let mut all: BTreeSet<Vec<u64>> = BTreeSet::new();
    for step in steps {
        match step {
            Step::Back(nth) => {
                let held: Vec<u64> = plain.since(plain.now - 25).map(|h| h.0).collect();
                let Some(row) = held.get(nth % held.len().max(1)) else { continue };
                let transfer = plain.rows[*row as usize].unwrap();
                heard.sign = -1;
                prop_assert!(miner.retract(&transfer, &mut heard));
                heard.sign = 1;
                // Of equal ones any may go: the miner's choice is known by what it still holds.
                let gone = (0..plain.rows.len() as u64)
                    .find(|n| {
                        plain.rows[*n as usize] == Some(transfer)
                            && miner.log.front() <= *n
                            && miner.log.get(*n).is(GONE)
                    })
                    .unwrap();
                plain.rows[gone as usize] = None;
                let oldest = plain.now - 20;
                all.retain(|rows| {
                    let falls = rows.contains(&gone)
                        && rows.iter().all(|r| {
                            *r == gone || plain.rows[*r as usize].is_some_and(|t| t.ts >= oldest)
                        });
                    !(falls && transfer.ts >= oldest)
                });
            }
            Step::Come(transfer) => {
                (heard.met, heard.simple) = (BTreeMap::new(), BTreeSet::new());
                let seen = miner.push(transfer, &mut heard).cloned();
                let now = plain.now.max(transfer.ts);
                prop_assert_eq!(seen.is_some(), transfer.ts >= now - 25);
                let Some(seen) = seen else { continue };
                plain.now = now;
                let late = transfer.ts < now;
                plain.rows.push(Some(*transfer));
                let (src, dst) = (transfer.src, transfer.dst);
                prop_assert_eq!(seen.fan, [plain.tally(src, 7), plain.tally(dst, 7)]);
                prop_assert_eq!(seen.degree, [plain.tally(src, 12), plain.tally(dst, 12)]);
                prop_assert_eq!(seen.gather_scatter, plain.tally(src, 20));
                let paid = [5, 12, 25].map(|w| plain.paid(src, w));
                prop_assert_eq!(seen.paid, paid);
                prop_assert_eq!(seen.spread[1][1].count, plain.tally(dst, 12).ins);
                // What was told and has not fallen is what stands among the held ones.
                all.extend(plain.cycles(now - 20, 20, 5));
                let told: BTreeSet<Vec<u64>> =
                    heard.cycles.iter().filter(|c| *c.1 > 0).map(|c| c.0.clone()).collect();
                prop_assert!(heard.cycles.values().all(|n| (0..=1).contains(n)));
                prop_assert_eq!(&told, &all);
                // Lists hold twenty units of time: what lies before is not searched.
                let reaches = transfer.ts - 15 >= now - 20 || !late;
                if src != dst && transfer.ts >= now - 20 && reaches {
                    prop_assert_eq!(&heard.met, &plain.met(*transfer, 15));
                }
                if src != dst && !late {
                    prop_assert_eq!(heard.simple.len(), plain.simple(*transfer, 9, 5));
                }
                prop_assert!(!seen.bitten);
            }
        }
    }
    Ok(())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let come = (0i64..4, 0i64..12, 0u32..6, 0u32..6, 1i64..4, 0u8..8);
    prop::collection::vec((come, 0usize..40), 1..45).prop_map(|drawn| {
        let mut now = 0;
        let made = drawn.into_iter().map(|((ahead, back, src, dst, amount, kind), nth)| {
            if kind == 0 {
                return Step::Back(nth);
            }
            now += ahead;
            let ts = if kind == 1 { now - back } else { now };
            Step::Come(Transfer { ts, src, dst, amount })
        });
        made.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn equals_brute_force(steps in steps()) {
        hears(&steps)?;
    }
}
