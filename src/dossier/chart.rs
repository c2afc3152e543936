//! When did it happen? Both lives as a chart in SVG, with the birth marked.
//!
//! A drawing shows nothing that the table beside it does not say: it is its accessible twin.

use crate::dossier::Dossier;
use crate::dossier::draw::{WIDTH, open};
use crate::dossier::life::{Entry, Heads, Matter, Side};
use crate::dossier::voice::{Voice, escape};
use crate::time::{Day, Month};
use std::fmt::Write as _;

/// Days before the birth from which a life is drawn to scale.
const BEFORE_DAYS: i32 = 900;
const LEFT: f64 = 110.0;
const RIGHT: f64 = WIDTH - 20.0;
const LANE: f64 = 150.0;
const STAFF: f64 = 52.0;
const TOP: f64 = 34.0;
const AXIS: f64 = 30.0;
const SLOT: f64 = 17.0;
const SLOTS: usize = 5;

/// The scale of the days.
struct Scale {
    from: Day,
    to: Day,
}

impl Scale {
    fn of(entries: &[Entry], birth: Day) -> Self {
        let first = entries.iter().map(|entry| entry.on).min().unwrap_or(birth);
        let last = entries.iter().map(|entry| entry.on).max().unwrap_or(birth);
        Self { from: first.max(birth.plus(-BEFORE_DAYS)).min(birth), to: last.max(birth).plus(15) }
    }

    fn x(&self, day: Day) -> f64 {
        let whole = f64::from(self.to.since(self.from).max(1));
        let part = f64::from(day.max(self.from).since(self.from));
        LEFT + (RIGHT - LEFT) * (part / whole).min(1.0)
    }
}

/// The timeline as a chart: the old firm above, the new below, staff as areas.
pub(super) fn timeline(dossier: &Dossier, voice: Voice) -> String {
    let birth = dossier.birth.day;
    let scale = Scale::of(&dossier.timeline, birth);
    let height = TOP + 2.0 * LANE + AXIS + 10.0;
    let title = voice.label("时间轴", "Timeline");
    let described = voice.label(
        "上为前身，下为新主体，竖线为新主体的开始；编号与下表一致",
        "old firm above, new firm below, the upright line is the new start; numbers as in the table",
    );
    let mut out = open("timeline", height, &title, &described);
    axis(&mut out, &scale);
    let lanes = [
        (Side::Old, TOP, voice.label("前身", "old firm"), &dossier.old.staff),
        (Side::New, TOP + LANE + AXIS, voice.label("新主体", "new firm"), &dossier.new.staff),
    ];
    let most = lanes.iter().flat_map(|lane| lane.3.iter().map(|h| h.headcount)).max().unwrap_or(0);
    for (side, top, name, staff) in lanes {
        lane(&mut out, &scale, side, top, &name, (staff, most), dossier, voice);
    }
    let x = scale.x(birth);
    let _ = writeln!(
        out,
        "<line class=\"birth\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
         <text class=\"birth\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{}\">{}</text>",
        TOP - 14.0,
        height - 6.0,
        if x > WIDTH * 0.7 { x - 6.0 } else { x + 6.0 },
        TOP - 16.0,
        if x > WIDTH * 0.7 { "end" } else { "start" },
        escape(&format!("{} {birth}", voice.label("新主体开始", "new start")))
    );
    out.push_str("</svg>\n");
    out
}

fn axis(out: &mut String, scale: &Scale) {
    let y = TOP + LANE;
    let _ =
        writeln!(out, "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y}\" y2=\"{y}\"/>");
    let months = scale.to.month().0 - scale.from.month().0 + 1;
    let step = match months {
        ..=14 => 1,
        15..=30 => 3,
        31..=72 => 6,
        _ => 12,
    };
    for month in scale.from.month().0..=scale.to.month().0 {
        if month.rem_euclid(step) != 0 {
            continue;
        }
        let first = Month(month).first_day();
        if first < scale.from || scale.x(first) > RIGHT - 20.0 {
            continue;
        }
        let x = scale.x(first);
        let _ = writeln!(
            out,
            "<line class=\"tick\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/>\
             <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            TOP + 2.0 * LANE + AXIS,
            x + 3.0,
            y + AXIS / 2.0 + 4.0,
            Month(month)
        );
    }
}

#[expect(clippy::too_many_arguments, reason = "one drawing, each argument one of its parts")]
fn lane(
    out: &mut String,
    scale: &Scale,
    side: Side,
    top: f64,
    name: &str,
    (staff, most): (&[Heads], u32),
    dossier: &Dossier,
    voice: Voice,
) {
    let base = top + LANE;
    let _ = writeln!(
        out,
        "<text class=\"lane\" x=\"4\" y=\"{:.1}\">{}</text>\
         <text class=\"lane-note\" x=\"4\" y=\"{:.1}\">{}</text>",
        top + 20.0,
        escape(name),
        base - 8.0,
        escape(&voice.label("参保人数", "staff"))
    );
    area(out, scale, base, staff, most);
    let mut slots = [f64::MIN; SLOTS];
    for (at, entry) in dossier.timeline.iter().enumerate() {
        let here = entry.side == side || entry.side == Side::Both;
        if !here || entry.matter == Matter::Staff {
            continue;
        }
        let x = scale.x(entry.on);
        let free = slots.iter().position(|last| x - last >= SLOT);
        let slot = free.unwrap_or(at % SLOTS);
        slots[slot] = x;
        let y = base - STAFF - 16.0 - slot as f64 * SLOT;
        mark(out, x, y, at + 1, entry, voice);
    }
}

fn mark(out: &mut String, x: f64, y: f64, number: usize, entry: &Entry, voice: Voice) {
    let matter = entry.matter.class();
    let cited = if entry.cited { " cited" } else { "" };
    let gone = if entry.withdrawn_at.is_some() { " gone" } else { "" };
    let _ = writeln!(
        out,
        "<g class=\"mark m-{matter}{cited}{gone}\"><title>{}</title>\
         <circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7.5\"/>\
         <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{number}</text></g>",
        escape(&format!("{} {}", entry.on, voice.plain(&entry.text))),
        y + 3.0
    );
}

/// Staff as an area over the months; both firms on one scale.
fn area(out: &mut String, scale: &Scale, base: f64, staff: &[Heads], most: u32) {
    let points: Vec<(f64, f64, u32)> = staff
        .iter()
        .filter(|heads| heads.month.first_day() >= scale.from)
        .map(|heads| {
            let high = f64::from(heads.headcount) / f64::from(most.max(1));
            (scale.x(heads.month.first_day()), base - STAFF * high, heads.headcount)
        })
        .collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let mut path = format!("M{:.1} {base:.1}", first.0);
    for (x, y, _) in &points {
        let _ = write!(path, " L{x:.1} {y:.1}");
    }
    let _ = writeln!(
        out,
        "<path class=\"staff\" d=\"{path} L{:.1} {base:.1} Z\"/>\
         <text class=\"heads\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
         <text class=\"heads\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        last.0,
        first.0,
        first.1 - 3.0,
        first.2,
        last.0,
        last.1 - 3.0,
        last.2
    );
}
