//! Did the staff come along? Overlap of insured staff from sketches, and the search for it.
//!
//! A sketch (MinHash, 128 values) of two sets agrees in each value with the probability of their
//! Jaccard similarity. Unrelated firms agree in none, so two values in the same places (a band)
//! are already a lead. Must not know: any other tie.

use crate::event::Staff;
use crate::graph::Profile;
use crate::id::{EntityId, EventId, Share, stable_hash};
use crate::limits::MINHASH_VALUES;
use crate::succession::compare::Sides;
use crate::succession::config::{self, Config};
use crate::succession::motive::Heads;
use crate::succession::weigh::Scales;
use crate::text::{Family, Text};
use crate::time::{Day, Month};
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

/// Values in one band: two keep chance meetings of one person apart from a moved team.
const BAND_VALUES: usize = 2;
/// Bands of a sketch.
const BANDS: usize = MINHASH_VALUES / BAND_VALUES;

/// A report with a sketch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sketch<'a> {
    pub(super) staff: &'a Staff,
    pub(super) event: &'a EventId,
    values: &'a [u32; 128],
}

/// The reports of a range of months that have a sketch, oldest first.
fn sketches<'a>(
    config: &Config,
    profile: &'a Profile,
    from: Month,
    to: Month,
) -> impl Iterator<Item = Sketch<'a>> {
    let least = config.staff.headcount_least;
    profile.staff.staff(from, to).filter_map(move |(staff, event)| {
        let values = staff.staff_minhash.as_ref()?;
        (staff.headcount >= least).then_some(Sketch { staff, event, values })
    })
}

/// The largest; of equal ones the later stands nearer to the move.
fn best<'a>(all: impl Iterator<Item = Sketch<'a>>) -> Option<Sketch<'a>> {
    all.max_by_key(|sketch| sketch.staff.headcount)
}

/// The old firm's months before a birth of the new.
fn before<'a>(config: &Config, old: &'a Profile, born: Day) -> impl Iterator<Item = Sketch<'a>> {
    let month = born.month();
    let from = Month(month.0 - config.windows.staff_months_before);
    sketches(config, old, from, Month(month.0 + 1))
}

/// The new firm's first months.
fn after<'a>(config: &Config, new: &'a Profile, born: Day) -> impl Iterator<Item = Sketch<'a>> {
    let month = born.month();
    sketches(config, new, month, Month(month.0 + config.windows.staff_months_after))
}

/// The new firm's best of its first months: the sketch by which it is searched.
pub(super) fn new_sketch<'a>(config: &Config, new: &'a Profile, born: Day) -> Option<Sketch<'a>> {
    best(after(config, new, born))
}

/// The old firm's best month around its troubles: the sketch by which it is searched.
pub(super) fn troubled_sketch<'a>(config: &Config, old: &'a Profile) -> Option<Sketch<'a>> {
    let mut days = old.troubles.iter().filter(|t| t.counts()).map(|t| t.on);
    let first = days.next()?;
    let last = days.next_back().unwrap_or(first);
    let windows = &config.windows;
    let from = Month(first.month().0 - windows.staff_months_before);
    best(sketches(config, old, from, Month(last.month().0 + 1)))
}

/// What two sketches say of the sets behind them.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Overlap {
    /// Common staff, estimated.
    pub(super) people: f64,
    /// Their share of the old firm's staff.
    pub(super) of_old: f64,
    /// Their share of the new firm's staff.
    pub(super) of_new: f64,
}

/// Estimates the overlap of two sets from their sketches and sizes.
pub(super) fn overlap(old: &Sketch<'_>, new: &Sketch<'_>) -> Overlap {
    let equal = old.values.iter().zip(new.values).filter(|(a, b)| a == b).count();
    let jaccard = equal as f64 / MINHASH_VALUES as f64;
    let (a, b) = (f64::from(old.staff.headcount), f64::from(new.staff.headcount));
    let people = (jaccard / (1.0 + jaccard) * (a + b)).min(a).min(b);
    Overlap { people, of_old: people / a.max(1.0), of_new: people / b.max(1.0) }
}

/// What an overlap weighs.
fn weight(model: &config::Staff, found: &Overlap) -> f64 {
    let share = found.of_old.max(found.of_new);
    let span = (model.overlap_full - model.overlap_least).max(0.01);
    let by_share = ((share - model.overlap_least) / span).clamp(0.0, 1.0);
    let by_people = if found.people < model.people_least {
        0.0
    } else {
        (found.people / model.people_full).clamp(0.0, 1.0)
    };
    // A small piece of either side is what job changes give; both shares matter.
    let both = (0.5 + found.of_old.min(found.of_new)).min(1.0);
    model.cap * by_share * by_people * both
}

/// The months between which the most came along. Whoever leaves or is hired later does not undo
/// that these came.
fn closest<'a>(sides: &Sides<'a>) -> Option<(f64, Overlap, Sketch<'a>, Sketch<'a>)> {
    let Sides { config, old, new, birth, .. } = *sides;
    let ours: Vec<Sketch<'a>> = before(config, old, birth.on).collect();
    let all = after(config, new, birth.on).flat_map(|theirs| {
        ours.iter().map(move |ours| {
            let found = overlap(ours, &theirs);
            (weight(&config.staff, &found), found, *ours, theirs)
        })
    });
    all.max_by(|(one, a, ..), (other, b, ..)| {
        one.total_cmp(other).then(a.people.total_cmp(&b.people))
    })
}

/// Adds the overlap of staff to the scales; tells it.
pub(super) fn weigh(scales: &mut Scales, sides: &Sides<'_>, heads: &Heads) -> Option<Overlap> {
    let Some((weight, found, before, after)) = closest(sides) else {
        shape(scales, sides, heads);
        return None;
    };
    let (old_pct, new_pct) = (percent(found.of_old), percent(found.of_new));
    scales.add(
        Family::Staff,
        weight,
        Text::new(
            format!("前身约 {old_pct}% 的参保职工转到新主体，占新主体职工约 {new_pct}%"),
            format!("about {old_pct}% of the old staff now work for the new firm, {new_pct}% of its staff"),
        ),
        [before.event.clone(), after.event.clone()],
    );
    Some(found)
}

/// Without sketches: the old firm lost about as many as the new one started with.
fn shape(scales: &mut Scales, sides: &Sides<'_>, heads: &Heads) {
    let config = sides.config;
    let month = sides.birth.on.month();
    let first = sides
        .new
        .staff
        .staff(month, Month(month.0 + config.windows.staff_months_after))
        .max_by_key(|(staff, _)| staff.headcount);
    let Some((staff, event)) = first else { return };
    let lost = heads.best.saturating_sub(heads.worst.min(heads.best));
    let near = f64::from(lost.min(staff.headcount)) / f64::from(lost.max(staff.headcount).max(1));
    if lost >= config.staff.headcount_least && near >= 0.7 && heads.lost() >= 0.5 {
        scales.add(
            Family::Staff,
            config.staff.shape,
            Text::new(
                "前身减少的人数与新主体起步人数相当",
                "the new firm started with about as many people as the old one lost",
            ),
            [event.clone()],
        );
    }
}

fn percent(share: f64) -> u32 {
    (share * 100.0).round().clamp(0.0, 100.0) as u32
}

/// Keys of the bands of a sketch.
fn bands(sketch: &Sketch<'_>) -> impl Iterator<Item = u64> {
    sketch.values.chunks_exact(BAND_VALUES).enumerate().map(|(at, values)| {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&(at as u32).to_le_bytes());
        bytes[4..8].copy_from_slice(&values[0].to_le_bytes());
        bytes[8..].copy_from_slice(&values[1].to_le_bytes());
        stable_hash(&bytes)
    })
}

/// Whether two sketches meet in a band.
pub(super) fn meet(a: &Sketch<'_>, b: &Sketch<'_>) -> bool {
    let (a, b) = (a.values.chunks_exact(BAND_VALUES), b.values.chunks_exact(BAND_VALUES));
    a.zip(b).any(|(x, y)| x == y)
}

/// Which side of a pair an enterprise is searched as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Side {
    /// Troubled.
    Old,
    /// New, or taken over.
    New,
}

/// Who has the values of a band: one enterprise, nearly always, which then costs no list.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
enum Bucket {
    One(EntityId),
    Many(Vec<EntityId>),
}

impl Bucket {
    fn as_slice(&self) -> &[EntityId] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::Many(ids) => ids,
        }
    }

    fn add(&mut self, id: EntityId) {
        match self {
            Self::One(first) => *self = Self::Many(vec![*first, id]),
            Self::Many(ids) => ids.push(id),
        }
    }

    /// Whether nobody is left.
    fn part(&mut self, id: EntityId) -> bool {
        match self {
            Self::One(only) => *only == id,
            Self::Many(ids) => {
                ids.retain(|other| *other != id);
                ids.is_empty()
            }
        }
    }
}

/// The bands of one side, of the share of one worker.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
struct Shelf {
    buckets: FxHashMap<u64, Bucket>,
    /// The report by which it is filed, and its bands, sorted.
    of: FxHashMap<EntityId, (EventId, Vec<u64>)>,
    /// Whom of the other side it meets; only those that meet any.
    meets: FxHashMap<EntityId, Vec<EntityId>>,
}

impl Shelf {
    fn put(&mut self, key: u64, id: EntityId) {
        match self.buckets.entry(key) {
            Entry::Occupied(mut bucket) => bucket.get_mut().add(id),
            Entry::Vacant(place) => {
                place.insert(Bucket::One(id));
            }
        }
    }

    fn take(&mut self, key: u64, id: EntityId) {
        if let Entry::Occupied(mut bucket) = self.buckets.entry(key)
            && bucket.get_mut().part(id)
        {
            bucket.remove();
        }
    }

    /// Moves an enterprise from some bands to others, both sorted. From one month to the next most
    /// of the staff stay, and with them most of the bands.
    fn refile(&mut self, id: EntityId, from: &[u64], to: &[u64]) {
        for key in from.iter().filter(|key| to.binary_search(key).is_err()) {
            self.take(*key, id);
        }
        for key in to.iter().filter(|key| from.binary_search(key).is_err()) {
            self.put(*key, id);
        }
    }

    fn part(&mut self, id: EntityId, from: EntityId) {
        if let Some(met) = self.meets.get_mut(&id) {
            met.retain(|other| *other != from);
            if met.is_empty() {
                self.meets.remove(&id);
            }
        }
    }
}

/// Sketches of troubled and of new enterprises, by band.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Sketches {
    old: Shelf,
    new: Shelf,
    /// How often a bucket was too full to be followed.
    pub(super) bitten: u64,
}

impl Shelf {
    fn merge(&mut self, other: Self) {
        self.buckets.extend(other.buckets);
        for (entity, (event, bands)) in other.of {
            let mine = &mut self.of.entry(entity).or_insert((event, Vec::new())).1;
            mine.extend(bands);
            mine.sort_unstable();
        }
        for (entity, met) in other.meets {
            let mine = self.meets.entry(entity).or_default();
            mine.extend(met);
            mine.sort_unstable();
            mine.dedup();
        }
    }

    fn keep(&mut self, share: Share) {
        self.buckets.retain(|band, _| share.owns(*band));
        for (_, bands) in self.of.values_mut() {
            bands.retain(|band| share.owns(*band));
        }
    }
}

impl Sketches {
    /// Adds the bands of another share.
    pub(super) fn merge(&mut self, other: Self) {
        self.old.merge(other.old);
        self.new.merge(other.new);
        self.bitten += other.bitten;
    }

    /// Drops the bands of other shares. What was counted is counted by the first.
    pub(super) fn keep(&mut self, share: Share) {
        self.old.keep(share);
        self.new.keep(share);
        if !share.is_first() {
            self.bitten = 0;
        }
    }

    /// Whether an enterprise is filed on a side.
    pub(super) fn has(&self, id: EntityId, side: Side) -> bool {
        match side {
            Side::Old => self.old.of.contains_key(&id),
            Side::New => self.new.of.contains_key(&id),
        }
    }

    /// Sets the sketch by which an enterprise is searched; `None` takes it off. When it is
    /// another than before, gives the enterprises of the other side that meet it in this share.
    pub(super) fn set(
        &mut self,
        id: EntityId,
        side: Side,
        sketch: Option<Sketch<'_>>,
        share: Share,
        bucket_max: usize,
    ) -> Vec<EntityId> {
        let (mine, theirs) = match side {
            Side::Old => (&mut self.old, &mut self.new),
            Side::New => (&mut self.new, &mut self.old),
        };
        let same = match (&sketch, mine.of.get(&id)) {
            (None, None) => true,
            (Some(sketch), Some((event, _))) => sketch.event == event,
            _ => false,
        };
        if same {
            return Vec::new();
        }
        let had = mine.of.remove(&id).map(|(_, keys)| keys).unwrap_or_default();
        for other in mine.meets.remove(&id).unwrap_or_default() {
            theirs.part(other, id);
        }
        let mut keys: Vec<u64> =
            sketch.iter().flat_map(bands).filter(|key| share.owns(*key)).collect();
        keys.sort_unstable();
        mine.refile(id, &had, &keys);
        let Some(sketch) = sketch else { return Vec::new() };
        let mut met = Vec::new();
        for key in &keys {
            let bucket = theirs.buckets.get(key).map_or(&[][..], Bucket::as_slice);
            if bucket.len() > bucket_max {
                self.bitten += 1;
                continue;
            }
            met.extend(bucket.iter().copied().filter(|other| *other != id));
        }
        mine.of.insert(id, (sketch.event.clone(), keys));
        met.sort_unstable();
        met.dedup();
        for other in &met {
            theirs.meets.entry(*other).or_default().push(id);
        }
        if !met.is_empty() {
            mine.meets.insert(id, met.clone());
        }
        met
    }

    /// Whom an enterprise's sketch meets, whether or not it is another than before: a change of
    /// something else may have made pairs of them that were none.
    pub(super) fn met(&self, id: EntityId, side: Side) -> &[EntityId] {
        let mine = match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        };
        mine.meets.get(&id).map_or(&[], Vec::as_slice)
    }
}

const _: () = assert!(BANDS * BAND_VALUES == MINHASH_VALUES);
