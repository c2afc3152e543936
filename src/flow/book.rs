//! What was found around each account? Findings of single days become instances.
//!
//! Invariant: the instances of an account are a function of its transfers that hold: a finding
//! joins the open instance of its kind with which it shares a transfer; after a late or retired
//! transfer the account is gone through again from its first day. Must not know: thresholds.

use super::config::Config;
use super::sight::{DAY, Finding, Sight, Verdict, span};
use super::story::{self, Leg, Parts};
use super::window::AccountNo;
use super::{FlowKind, Instance, fans, fundraising, gather, passing, structuring};
use crate::id::EventId;
use crate::time::{Day, Time};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Kinds that are searched around one account, in the order of their searches.
const KINDS: [FlowKind; 8] = [
    FlowKind::GatherScatter,
    FlowKind::FanIn,
    FlowKind::FanOut,
    FlowKind::ScatterGather,
    FlowKind::PassThrough,
    FlowKind::Structuring,
    FlowKind::DormantWake,
    FlowKind::Fundraising,
];

/// Days back within which a benign verdict explains what was found before.
const EXPLAINED_DAYS: i32 = 120;

#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Episode {
    kind: FlowKind,
    last: Day,
    rows: FxHashSet<u32>,
    legs: Vec<Leg>,
    finding: Finding,
    suspicion: f64,
    changed: bool,
    instance: Option<Arc<Instance>>,
}

impl Episode {
    /// Leaves out the transfers that no longer hold.
    fn forget(&mut self, holds: impl Fn(&Leg) -> bool) {
        let before = self.legs.len();
        self.legs.retain(holds);
        if self.legs.len() < before {
            self.rows = self.legs.iter().map(|leg| leg.row).collect();
            self.changed = true;
        }
    }
}

/// The episodes of an account, and those before the last day of which it was looked at: a day
/// that is looked at once more, with more of its transfers, is looked at from there.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Page {
    episodes: Vec<Episode>,
    day: Day,
    before: Vec<Episode>,
}

/// All accounts of one share.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Book {
    pages: FxHashMap<AccountNo, Page>,
    /// Searches that stopped at their budget.
    pub(super) bitten: u64,
}

/// Instances that were there, and that are there now.
pub(super) type Turn = (Vec<Arc<Instance>>, Vec<Arc<Instance>>);

impl Book {
    /// Adds the accounts of another share.
    pub(super) fn merge(&mut self, other: Self) {
        self.pages.extend(other.pages);
        self.bitten += other.bitten;
    }

    /// Drops the accounts of other shares.
    pub(super) fn keep(&mut self, mine: impl Fn(AccountNo) -> bool) {
        self.pages.retain(|account, _| mine(*account));
    }

    /// Looks at an account on a day; with `again`, on every day of its transfers so far. A day on
    /// which it did not move is none to look at.
    pub(super) fn look(
        &mut self,
        sight: Sight<'_>,
        centre: AccountNo,
        day: Day,
        again: bool,
    ) -> Turn {
        let mut page = self.pages.remove(&centre).unwrap_or_default();
        let told = |page: &Page| page.episodes.iter().filter_map(|e| e.instance.clone()).collect();
        let before: Vec<Arc<Instance>> = told(&page);
        if page.day == day {
            page.episodes.clone_from(&page.before);
        }
        page.day = day;
        if again {
            let horizon = day.plus(-sight.config.retain_days).start().0;
            page.episodes.retain(|e| e.legs.iter().any(|l| l.at < horizon));
            // What began before is kept, without transfers that were withdrawn since.
            for episode in &mut page.episodes {
                episode.forget(|leg| leg.at < horizon || sight.window.key(leg.row).is_some());
            }
            for earlier in days_of(sight, centre, horizon, day.start().0) {
                self.look_once(sight, centre, earlier, &mut page.episodes);
            }
        }
        page.before.clone_from(&page.episodes);
        if !days_of(sight, centre, day.start().0, day.plus(1).start().0).is_empty() {
            self.look_once(sight, centre, day, &mut page.episodes);
        }
        for episode in page.episodes.iter_mut().filter(|e| e.changed) {
            episode.changed = false;
            episode.instance = Some(Arc::new(instance(sight, centre, episode)));
        }
        let now = told(&page);
        if !page.episodes.is_empty() || !page.before.is_empty() {
            self.pages.insert(centre, page);
        }
        (before, now)
    }

    fn look_once(
        &mut self,
        sight: Sight<'_>,
        centre: AccountNo,
        day: Day,
        page: &mut Vec<Episode>,
    ) {
        let mut whole = false;
        let busy = Busy::of(sight, centre, day);
        for kind in KINDS {
            let fan = matches!(kind, FlowKind::FanIn | FlowKind::FanOut);
            if (whole && fan) || !busy.may(sight.config, kind) {
                continue;
            }
            match self.search(sight, kind, centre, day) {
                Verdict::Nothing => {}
                Verdict::Benign => {
                    page.retain(|e| e.kind != kind || day.since(e.last) > EXPLAINED_DAYS);
                }
                Verdict::Found(finding) if finding.suspicion() < sight.config.report_from => {}
                Verdict::Found(finding) => {
                    if kind == FlowKind::GatherScatter {
                        whole = true;
                        let rows: FxHashSet<u32> = finding.rows.iter().copied().collect();
                        page.retain(|e| {
                            !matches!(e.kind, FlowKind::FanIn | FlowKind::FanOut)
                                || e.rows.is_disjoint(&rows)
                        });
                    }
                    join(sight, kind, day, finding, page);
                }
            }
        }
    }

    fn search(&mut self, sight: Sight<'_>, kind: FlowKind, centre: AccountNo, day: Day) -> Verdict {
        match kind {
            FlowKind::FanIn => fans::fan_in(sight, centre, day),
            FlowKind::FanOut => fans::fan_out(sight, centre, day),
            FlowKind::GatherScatter => fans::gather_scatter(sight, centre, day),
            FlowKind::ScatterGather => gather::scatter_gather(sight, centre, day, &mut self.bitten),
            FlowKind::PassThrough => passing::pass_through(sight, centre, day),
            FlowKind::Structuring => structuring::structuring(sight, centre, day),
            FlowKind::DormantWake => passing::dormant_wake(sight, centre, day),
            FlowKind::Fundraising => fundraising::fundraising(sight, centre, day),
            FlowKind::Cycle
            | FlowKind::EfLeakage
            | FlowKind::SpecialDrain
            | FlowKind::AssetShift => Verdict::Nothing,
        }
    }

    /// Lets everything fall that rests on an event which has left the window.
    pub(super) fn drop_event(&mut self, event: &EventId) -> Vec<Arc<Instance>> {
        let mut fallen = Vec::new();
        for page in self.pages.values_mut() {
            page.before.retain(|e| e.legs.iter().all(|l| l.event.id != *event));
            page.episodes.retain(|e| {
                let hit = e.legs.iter().any(|l| l.event.id == *event);
                if hit {
                    fallen.extend(e.instance.clone());
                }
                !hit
            });
        }
        fallen
    }
}

/// How much an account moved lately: what rules most searches out at once.
struct Busy {
    ins: usize,
    outs: usize,
}

impl Busy {
    fn of(sight: Sight<'_>, centre: AccountNo, day: Day) -> Self {
        let config = sight.config;
        let days = [
            config.gather_scatter.window_days,
            config.fan_in.window_days,
            config.fan_out.window_days,
            config.scatter_gather.window_days,
            config.pass_through.window_days,
            config.structuring.window_days,
            config.fundraising.window_days,
        ];
        let (from, end) = span(day, days.into_iter().max().unwrap_or(0));
        let (ins, outs) =
            (sight.window.ins(centre, from, end), sight.window.outs(centre, from, end));
        Self { ins: ins.len(), outs: outs.len() }
    }

    fn may(&self, config: &Config, kind: FlowKind) -> bool {
        let Self { ins, outs } = *self;
        match kind {
            FlowKind::GatherScatter => ins.min(outs) >= config.gather_scatter.parties,
            FlowKind::FanIn => ins >= config.fan_in.parties && outs > 0,
            FlowKind::FanOut => outs >= config.fan_out.parties,
            FlowKind::ScatterGather => ins >= config.scatter_gather.middlemen,
            FlowKind::PassThrough => ins.min(outs) > 0,
            FlowKind::Structuring => ins.max(outs) >= config.structuring.times,
            FlowKind::DormantWake => true,
            FlowKind::Fundraising => {
                ins >= config.fundraising.parties && outs >= config.fundraising.returned
            }
            FlowKind::Cycle
            | FlowKind::EfLeakage
            | FlowKind::SpecialDrain
            | FlowKind::AssetShift => false,
        }
    }
}

/// Days on which an account moved.
fn days_of(sight: Sight<'_>, centre: AccountNo, from: i64, to: i64) -> Vec<Day> {
    let (ins, outs) = (sight.window.ins(centre, from, to), sight.window.outs(centre, from, to));
    let mut days: Vec<Day> = ins.iter().chain(outs).map(|e| Time(e.at).day()).collect();
    days.sort_unstable();
    days.dedup();
    days
}

fn join(sight: Sight<'_>, kind: FlowKind, day: Day, finding: Finding, page: &mut Vec<Episode>) {
    let suspicion = finding.suspicion();
    let open = page
        .iter_mut()
        .rev()
        .find(|e| e.kind == kind && finding.rows.iter().any(|r| e.rows.contains(r)));
    if let Some(episode) = open {
        take_legs(sight, day, &finding, episode);
        episode.changed = true;
        episode.last = day;
        episode.suspicion = episode.suspicion.max(suspicion);
        episode.finding = finding;
        return;
    }
    let mut episode = Episode {
        kind,
        last: day,
        rows: FxHashSet::default(),
        legs: Vec::new(),
        finding: Finding { rows: Vec::new(), lines: Vec::new() },
        suspicion,
        changed: true,
        instance: None,
    };
    take_legs(sight, day, &finding, &mut episode);
    episode.finding = finding;
    page.push(episode);
}

/// Adds the transfers of a finding that the episode does not have.
fn take_legs(sight: Sight<'_>, day: Day, finding: &Finding, episode: &mut Episode) {
    let fresh: Vec<u32> =
        finding.rows.iter().copied().filter(|r| episode.rows.insert(*r)).collect();
    let end = day.plus(1).start().0;
    for row in fresh {
        let Some((payer, _)) = sight.window.ends(row) else { continue };
        let event_at = sight.window.key(row).map_or(end, |key| key.0.time.0);
        // The moment of a corrected transfer is that of the original: look it up where it stands.
        let found = |from: i64, to: i64| {
            sight.window.outs(payer, from, to).iter().find(|e| e.row == row).map(|e| e.at)
        };
        let at = found(event_at, event_at + 1).or_else(|| found(end - 400 * DAY, end));
        episode.legs.extend(at.and_then(|at| Leg::of(sight.window, row, at)));
    }
}

fn instance(sight: Sight<'_>, centre: AccountNo, episode: &Episode) -> Instance {
    let legs: BTreeMap<(i64, &EventId), &Leg> =
        episode.legs.iter().map(|leg| (leg.order(), leg)).collect();
    let legs: Vec<&Leg> = legs.into_values().collect();
    let parts = Parts {
        kind: episode.kind,
        centre: Some(centre),
        legs: &legs,
        finding: &episode.finding,
        suspicion: episode.suspicion,
    };
    story::instance(sight, &parts)
}
