//! Why would it flee? Trouble of the old firm around the birth of the new, its decline, the growth
//! of the new.
//!
//! Invariant: troubles that were annulled or repaired give no motive. Must not know: what ties the
//! two.

use crate::event::{EndKind, NoticeKind};
use crate::graph::{Profile, Timeline, Trouble, TroubleKind, TroubleState};
use crate::id::EventId;
use crate::succession::birth::{BirthKind, is_seasonal};
use crate::succession::compare::Sides;
use crate::succession::config::Config;
use crate::succession::weigh::{Part, Scales};
use crate::text::{Family, Text};
use crate::time::{Day, Month};

/// Whether any trouble of the old firm lies in the window around a birth.
pub(super) fn may_flee(config: &Config, old: &Profile, born: Day) -> bool {
    let windows = &config.windows;
    old.troubles.iter().any(|trouble| {
        let lag = born.0 - trouble.on.0;
        trouble.counts() && -windows.preempt <= lag && lag <= windows.lookback
    })
}

/// The motive: the weighed troubles, and how near the nearest heavy one is.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Motive {
    bits: f64,
    nearest: Option<i32>,
    events: Vec<(f64, EventId)>,
    before: usize,
    after: usize,
}

/// Weighs the troubles of the old firm around a birth of the new.
fn motive(config: &Config, old: &Profile, born: Day) -> Motive {
    let mut motive = Motive::default();
    let signed = old.troubles.iter().any(|t| {
        let lag = born.0 - t.on.0;
        t.counts() && (0..=config.windows.lookback).contains(&lag)
    });
    let mut weights: Vec<f64> = Vec::new();
    let mut claimants: Vec<u64> = Vec::new();
    for (at, trouble) in old.troubles.iter().enumerate().filter(|(_, t)| t.counts()) {
        if old.troubles[..at].iter().any(|t| t.counts() && t.same_decision(trouble)) {
            continue;
        }
        if let Some(claimant) = trouble.claimant {
            if claimants.contains(&claimant) {
                continue;
            }
            claimants.push(claimant);
        }
        let bits = trouble_bits(config, trouble, born, signed);
        if bits <= 0.0 {
            continue;
        }
        let lag = born.0 - trouble.on.0;
        if lag >= 0 {
            motive.before += 1;
        } else {
            motive.after += 1;
        }
        if bits >= config.gate.motive {
            motive.nearest = Some(motive.nearest.map_or(lag.abs(), |have| have.min(lag.abs())));
        }
        weights.push(bits);
        motive.events.push((bits, trouble.event.clone()));
    }
    // The heaviest counts in full, each further one half of the one before: they are one story.
    weights.sort_by(|a, b| b.total_cmp(a));
    let mut factor = 1.0;
    for bits in weights {
        motive.bits += bits * factor;
        factor *= 0.6;
    }
    motive.bits = motive.bits.min(config.motive.cap);
    motive
}

/// Whether it tells that nobody is found there.
const fn is_abandonment(kind: TroubleKind) -> bool {
    matches!(kind, TroubleKind::Unreachable | TroubleKind::Abnormal)
}

fn trouble_bits(config: &Config, trouble: &Trouble, born: Day, signed: bool) -> f64 {
    let windows = &config.windows;
    let base = config.motive.bits.get(&trouble.kind).copied().unwrap_or(0.0);
    let lag = born.0 - trouble.on.0;
    // That it is left behind afterwards is its decline, not what it fled from.
    let left = lag < 0 && is_abandonment(trouble.kind);
    if left || lag > windows.lookback || lag < -windows.preempt {
        return 0.0;
    }
    let recency = if lag < 0 {
        if signed { config.motive.preempt_signed } else { config.motive.preempt_unsigned }
    } else if lag <= windows.full {
        1.0
    } else {
        let past =
            f64::from(lag - windows.full) / f64::from((windows.lookback - windows.full).max(1));
        1.0 - past * (1.0 - config.motive.floor_old)
    };
    // Off the list, or its publicity over by itself.
    let over = matches!(trouble.state, TroubleState::Ended(on) if on < born)
        || trouble.until.is_some_and(|until| until < born);
    let ended = if over { config.motive.ended_factor } else { 1.0 };
    base * recency * ended
}

/// Adds motive, nearness, growth and decline to the scales; gives the bits of motive and decline.
pub(super) fn weigh(scales: &mut Scales, sides: &Sides<'_>, heads: &Heads) -> (f64, f64) {
    let Sides { config, old, birth, .. } = *sides;
    let mut motive = motive(config, old, birth.on);
    motive.events.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let heaviest = motive.events.iter().take(8).map(|(_, event)| event.clone());
    let mut part = Scales::default();
    part.add(
        Family::Timing,
        motive.bits,
        match (motive.before, motive.after) {
            (before, 0) => Text::new(
                format!("前身在新主体成立（接手）前已有 {before} 项不利事实"),
                format!("the predecessor had {before} adverse facts before the new start"),
            ),
            (0, after) => Text::new(
                format!("新主体成立（接手）后不久，前身出现 {after} 项不利事实（提前布局）"),
                format!("{after} adverse facts of the predecessor soon after the new start"),
            ),
            (before, after) => Text::new(
                format!("前身在新主体成立（接手）前有 {before} 项、其后有 {after} 项不利事实"),
                format!(
                    "{before} adverse facts of the predecessor before the new start, {after} after"
                ),
            ),
        },
        heaviest,
    );
    scales.take(Part::Motive, part);
    if let Some(days) = motive.nearest.filter(|days| *days <= config.timing.near_days) {
        let share = 1.0 - 0.5 * f64::from(days) / f64::from(config.timing.near_days.max(1));
        scales.add(
            Family::Timing,
            config.timing.near * share,
            Text::new(
                format!("新主体的开始与前身的不利事实相距 {days} 天"),
                format!("the new start is {days} days from the predecessor's trouble"),
            ),
            birth.events.iter().cloned(),
        );
    }
    if birth.kind == BirthKind::Grew {
        let text = Text::new(
            "新主体此前规模很小或停业，此时突然扩大",
            "the new firm was small or asleep before, and grew just then",
        );
        scales.add(Family::Timing, config.timing.growth, text, birth.events.iter().cloned());
    }
    (motive.bits, decline(scales, sides, heads))
}

/// Adds the decline of the old firm, capped; gives its bits.
fn decline(scales: &mut Scales, sides: &Sides<'_>, heads: &Heads) -> f64 {
    let Sides { config, old, .. } = *sides;
    let born = sides.birth.on;
    let mut part = Scales::default();
    let timing = &config.timing;
    let from = Day(born.0 - config.windows.decline_before);
    let to = Day(born.0 + config.windows.decline_after);
    let within = |day: Day| from <= day && day <= to;
    if heads.lost() >= timing.headcount_drop_least && !is_seasonal(config, old) {
        part.add(
            Family::Timing,
            timing.headcount_drop * heads.lost(),
            Text::new(
                format!("前身参保人数由 {} 人降至 {} 人", heads.best, heads.worst),
                format!("the predecessor's staff fell from {} to {}", heads.best, heads.worst),
            ),
            heads.events.iter().cloned(),
        );
    }
    let ends = old.endings.iter().filter(|e| e.kind != EndKind::MovedOut && within(e.on));
    let notices = old.notices.iter().filter(|notice| {
        within(notice.on)
            && matches!(
                notice.kind,
                NoticeKind::SimpleDeregistration
                    | NoticeKind::Liquidation
                    | NoticeKind::Suspension
                    | NoticeKind::CompulsoryDeregistration
            )
    });
    let gone: Vec<EventId> =
        ends.map(|e| e.event.clone()).chain(notices.map(|n| n.event.clone())).collect();
    if !gone.is_empty() {
        part.add(
            Family::Timing,
            timing.ended,
            Text::new(
                "前身注销、吊销或公告退出",
                "the predecessor is leaving or has left the register",
            ),
            gone,
        );
    }
    if let Some(event) = turned(&old.legal_reps, within) {
        part.add(
            Family::Timing,
            timing.representative,
            Text::new(
                "前身在此期间更换法定代表人",
                "the predecessor replaced its legal representative",
            ),
            [event],
        );
    }
    if let Some(event) = turned(&old.domiciles, within) {
        part.add(
            Family::Timing,
            timing.address_lost,
            Text::new("前身在此期间迁离住所", "the predecessor left its premises"),
            [event],
        );
    }
    let lost = old.troubles.iter().filter(|trouble| {
        is_abandonment(trouble.kind) && trouble.counts() && trouble.on >= born && within(trouble.on)
    });
    let lost: Vec<EventId> = lost.map(|trouble| trouble.event.clone()).collect();
    if !lost.is_empty() {
        part.add(
            Family::Timing,
            timing.abandoned,
            Text::new(
                "前身失联或被列入经营异常名录",
                "the predecessor is not found, or listed as abnormal",
            ),
            lost,
        );
    }
    part.cap(Family::Timing, timing.decline_cap);
    scales.take(Part::Decline, part)
}

/// The event of the last turn of an item within a window.
fn turned<T: PartialEq>(line: &Timeline<T>, within: impl Fn(Day) -> bool) -> Option<EventId> {
    line.entries()
        .windows(2)
        .rev()
        .find(|pair| within(pair[1].from) && pair[0].value != pair[1].value)
        .map(|pair| pair[1].event.clone())
}

/// The old firm's staff before and after a birth of the new.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Heads {
    /// Most in the months before (and the month of) the birth.
    pub(super) best: u32,
    /// Least in the months after.
    pub(super) worst: u32,
    /// Last known.
    pub(super) last: Option<u32>,
    /// How many months after the birth are known.
    pub(super) months_after: usize,
    events: Vec<EventId>,
}

impl Heads {
    /// The share of staff that went, 0–1.
    pub(super) fn lost(&self) -> f64 {
        if self.best == 0 || self.months_after == 0 {
            return 0.0;
        }
        1.0 - f64::from(self.worst.min(self.best)) / f64::from(self.best)
    }
}

/// The mean revenue of the old firm after a birth of the new, as a share of that before, and the
/// months that are known after it; none where one of the two is not known.
pub(super) fn revenue_kept(config: &Config, old: &Profile, born: Day) -> Option<(f64, usize)> {
    let (month, windows) = (born.month(), &config.windows);
    let mean = |from: i32, to: i32| {
        let reports = old.activity.activity(Month(from), Month(to));
        let told: Vec<f64> =
            reports.filter_map(|(activity, _)| Some(activity.revenue_fen?.0 as f64)).collect();
        let sum: f64 = told.iter().sum();
        (!told.is_empty()).then(|| (sum / told.len() as f64, told.len()))
    };
    let (before, _) = mean(month.0 - windows.staff_months_before, month.0)?;
    let (after, months) = mean(month.0 + 1, month.0 + windows.decline_after / 30)?;
    (before > 0.0).then(|| (after / before, months))
}

/// The old firm's staff around a birth of the new.
pub(super) fn headcounts(config: &Config, old: &Profile, born: Day) -> Heads {
    let month = born.month();
    let from = Month(month.0 - config.windows.staff_months_before);
    let to = Month(month.0 + config.windows.decline_after / 30);
    let mut heads = Heads { worst: u32::MAX, ..Heads::default() };
    let (mut best_event, mut worst_event) = (None, None);
    for (staff, event) in old.staff.staff(from, to) {
        if staff.month <= month {
            if staff.headcount > heads.best {
                heads.best = staff.headcount;
                best_event = Some(event.clone());
            }
        } else {
            heads.months_after += 1;
            heads.last = Some(staff.headcount);
            if staff.headcount < heads.worst {
                heads.worst = staff.headcount;
                worst_event = Some(event.clone());
            }
        }
    }
    heads.events.extend(best_event);
    heads.events.extend(worst_event);
    heads
}
