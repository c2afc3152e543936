//! What does it look like? The evidence between the two firms as SVG.
//!
//! A drawing shows nothing that the tables beside it do not say: they are its accessible twin.

use crate::dossier::Dossier;
use crate::dossier::finding::Line;
use crate::dossier::labels;
use crate::dossier::voice::{Voice, escape, fit};
use crate::text::Text;
use std::fmt::Write as _;

/// Width of a drawing, in its own units.
pub(super) const WIDTH: f64 = 1000.0;
const FIRM_WIDTH: f64 = 190.0;
const FIRM_HEIGHT: f64 = 104.0;
const PILL_LEFT: f64 = 290.0;
const PILL_WIDTH: f64 = 420.0;
const PILL_HEIGHT: f64 = 46.0;
const ROW: f64 = 58.0;
const TOP: f64 = 16.0;

/// The evidence: the old firm left, the new right, what they share between them; the wider a link,
/// the more it weighs. What speaks against it stands below, without a link.
pub(super) fn evidence(dossier: &Dossier, voice: Voice) -> String {
    let finding = &dossier.finding;
    let between: Vec<&Line> = finding.pro.iter().filter(|l| l.family != "timing").collect();
    let timing: Vec<&Line> = finding.pro.iter().filter(|l| l.family == "timing").collect();
    let rows = between.len() + usize::from(!timing.is_empty());
    let links = rows.max(2) as f64 * ROW;
    let height = TOP + links + finding.contra.len() as f64 * ROW + 20.0;
    let middle = TOP + links / 2.0;
    let title = voice.label("证据关系图", "Drawing of the evidence");
    let described = voice.label(
        "左为前身，右为新主体，中间为两者之间的证据，线宽表示权重；各项内容见下表",
        "old firm left, new firm right, evidence between them, line width by weight; the tables say \
         the same",
    );
    let mut out = open("evidence", height, &title, &described);
    for (at, line) in between.iter().enumerate() {
        link(&mut out, TOP + at as f64 * ROW, (middle, links), line);
    }
    for (at, line) in between.iter().enumerate() {
        pill(&mut out, TOP + at as f64 * ROW, line, "pro", voice);
    }
    if !timing.is_empty() {
        motive(&mut out, TOP + between.len() as f64 * ROW, (middle, links), &timing, voice);
    }
    for (at, line) in finding.contra.iter().enumerate() {
        pill(&mut out, TOP + links + 8.0 + at as f64 * ROW, line, "contra", voice);
    }
    let role = |role: labels::Label| voice.lines(&Text::new(role.0, role.1)).0;
    let (old, new) = (role(labels::OLD), role(labels::NEW));
    firm(&mut out, 4.0, middle, &dossier.old.name, &dossier.old.uscc, &old);
    firm(&mut out, WIDTH - FIRM_WIDTH - 4.0, middle, &dossier.new.name, &dossier.new.uscc, &new);
    out.push_str("</svg>\n");
    out
}

/// The head of a drawing, with its title and description.
pub(super) fn open(id: &str, height: f64, title: &str, described: &str) -> String {
    format!(
        "<svg class=\"drawing\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\" xmlns=\"http://www.w3.org/2000/svg\">\
         <title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>\n",
        escape(title),
        escape(described)
    )
}

/// Where a link to a row at `y` leaves the side of a firm's box.
fn spread(y: f64, (middle, links): (f64, f64)) -> f64 {
    middle + (y - middle) * (FIRM_HEIGHT - 20.0) / links
}

fn link(out: &mut String, top: f64, place: (f64, f64), line: &Line) {
    let y = top + PILL_HEIGHT / 2.0;
    let spread = spread(y, place);
    let width = 1.0 + line.weight.abs() * 1.5;
    let (left, right) = (4.0 + FIRM_WIDTH, WIDTH - FIRM_WIDTH - 4.0);
    let end = PILL_LEFT + PILL_WIDTH;
    let family = escape(&line.family);
    let (a, b) = (f64::midpoint(left, PILL_LEFT), f64::midpoint(right, end));
    let _ = writeln!(
        out,
        "<path class=\"link f-{family}\" stroke-width=\"{width:.1}\" d=\"M{left} {spread:.1} \
         C{a} {spread:.1} {a} {y:.1} {PILL_LEFT} {y:.1} M{end} {y:.1} C{b} {y:.1} {b} {spread:.1} \
         {right} {spread:.1}\"/>"
    );
}

/// The motive: it leads from the old firm's trouble in one direction.
fn motive(out: &mut String, top: f64, place: (f64, f64), lines: &[&Line], voice: Voice) {
    let bits: f64 = lines.iter().map(|line| line.weight).sum();
    let y = top + PILL_HEIGHT / 2.0;
    let spread = spread(y, place);
    let (left, right) = (4.0 + FIRM_WIDTH, WIDTH - FIRM_WIDTH - 4.0);
    let end = PILL_LEFT + PILL_WIDTH;
    let width = 1.0 + bits * 1.5;
    let (a, b) = (f64::midpoint(left, PILL_LEFT), f64::midpoint(right, end));
    let _ = writeln!(
        out,
        "<path class=\"link f-timing\" stroke-width=\"{width:.1}\" stroke-dasharray=\"7 5\" \
         d=\"M{left} {spread:.1} C{a} {spread:.1} {a} {y:.1} {PILL_LEFT} {y:.1} M{end} {y:.1} \
         C{b} {y:.1} {b} {spread:.1} {right} {spread:.1}\"/>"
    );
    let text = Text::new(
        format!("动机与时序（{} 项）", lines.len()),
        format!("motive and timing ({} lines)", lines.len()),
    );
    let numbers: Vec<String> = lines.iter().map(|line| format!("#{}", line.number)).collect();
    boxed(out, top, "pro f-timing", &text, Some(numbers.join(" ")), bits, voice);
}

fn pill(out: &mut String, top: f64, line: &Line, side: &str, voice: Voice) {
    let class = format!("{side} f-{}", escape(&line.family));
    let rarity = line.rarity.first().map(|rarity| voice.lines(rarity).0);
    let note = Some(match rarity {
        Some(rarity) => format!("#{} · {rarity}", line.number),
        None => format!("#{}", line.number),
    });
    boxed(out, top, &class, &line.statement, note, line.weight, voice);
}

fn boxed(
    out: &mut String,
    top: f64,
    class: &str,
    text: &Text,
    note: Option<String>,
    bits: f64,
    voice: Voice,
) {
    let (first, second) = voice.lines(text);
    let below = match (second, note) {
        (Some(second), Some(note)) => format!("{note} · {second}"),
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => String::new(),
    };
    let _ = writeln!(
        out,
        "<g class=\"pill {class}\"><title>{}</title><rect x=\"{PILL_LEFT}\" y=\"{top:.1}\" \
         width=\"{PILL_WIDTH}\" height=\"{PILL_HEIGHT}\" rx=\"6\"/><text x=\"{:.1}\" y=\"{:.1}\" \
         class=\"say\">{}</text><text x=\"{:.1}\" y=\"{:.1}\" class=\"note\">{}</text>\
         <text x=\"{:.1}\" y=\"{:.1}\" class=\"bits\" text-anchor=\"end\">{bits:+.2}</text></g>",
        escape(&voice.plain(text)),
        PILL_LEFT + 12.0,
        top + 19.0,
        escape(&fit(&first, 23.5)),
        PILL_LEFT + 12.0,
        top + 37.0,
        escape(&fit(&below, 28.5)),
        PILL_LEFT + PILL_WIDTH - 12.0,
        top + 28.0,
    );
}

fn firm(out: &mut String, left: f64, middle: f64, name: &str, uscc: &str, role: &str) {
    let centre = left + FIRM_WIDTH / 2.0;
    let (a, b) = halves(name);
    let _ = write!(
        out,
        "<g class=\"firm\"><title>{}</title><rect x=\"{left}\" y=\"{:.1}\" \
         width=\"{FIRM_WIDTH}\" height=\"{FIRM_HEIGHT}\" rx=\"8\"/>",
        escape(name),
        middle - FIRM_HEIGHT / 2.0
    );
    let lines =
        [(role, "role", -32.0), (&*a, "name", -8.0), (&*b, "name", 11.0), (uscc, "code", 37.0)];
    for (text, class, down) in lines {
        let _ = write!(
            out,
            "<text x=\"{centre:.1}\" y=\"{:.1}\" text-anchor=\"middle\" class=\"{class}\">{}</text>",
            middle + down,
            escape(text)
        );
    }
    out.push_str("</g>\n");
}

/// A name on two lines.
fn halves(name: &str) -> (String, String) {
    const EM: f64 = 12.5;
    let first = fit(name, EM);
    let Some(kept) = first.strip_suffix('…') else { return (first, String::new()) };
    let rest = name.get(kept.len()..).unwrap_or_default().trim_start();
    (kept.to_owned(), fit(rest, EM))
}
