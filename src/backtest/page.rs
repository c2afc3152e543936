//! How does a report look? One HTML page that needs nothing else.

use crate::backtest::compare::{Both, Difference, Hits, Report};
use crate::backtest::order::Ordered;
use std::fmt::Write as _;

/// Most rows of a list; the JSON report has all of them.
const ROWS_MAX: usize = 100;

const STYLE: &str = "body{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;max-width:72rem;\
margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}h1{font-size:1.5rem}\
h2{font-size:1.15rem;margin-top:2.2rem;border-bottom:1px solid #d0d7de}\
table{border-collapse:collapse;margin:.6rem 0}td,th{padding:.2rem .7rem;text-align:left;\
border-bottom:1px solid #eaeef2;vertical-align:top}th{font-weight:600;background:#f6f8fa}\
.n{text-align:right;font-variant-numeric:tabular-nums}.same{background:#f0f4f0}\
.up{background:#fbeaea}.down{background:#e8f2fb}.s{color:#57606a;font-size:.9em}\
.red{color:#b00020}.orange{color:#b25000}.yellow{color:#7a6000}.blue{color:#0550ae}";

/// The report as a page.
pub fn page(report: &Report) -> String {
    let mut out = String::with_capacity(64 << 10);
    let title = format!("{} against {}", report.model, report.against);
    put(
        &mut out,
        format_args!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Backtest: {0}</title>\
         <style>{STYLE}</style><h1>Backtest</h1><p><b>{0}</b><br>{1} to {2}, {3} enterprises. \
         Every model saw on each day what was known on that day.</p>",
            text(&title),
            report.from,
            report.to,
            report.enterprises
        ),
    );
    mix(&mut out, report);
    grades(&mut out, report);
    raised(&mut out, report);
    difference(&mut out, "Warnings gained", &report.gained);
    difference(&mut out, "Warnings lost", &report.lost);
    load(&mut out, report);
    if let Some(both) = &report.hits {
        hits(&mut out, both);
    }
    if let Some(ordered) = &report.companion {
        companion(&mut out, ordered);
    }
    groups(&mut out, report);
    out.push_str("</html>\n");
    out
}

fn companion(out: &mut String, ordered: &Ordered) {
    let title = format!("Order of work inside classes, by the companion of {}", ordered.plan.model);
    head(out, &text(&title), &["", "by score", "by companion"]);
    for (most, pair) in &ordered.precision_at {
        let cells = format!(
            "<tr><td>cases among the first {most}</td><td class=\"n\">{:.3}</td><td class=\"n\">{:.3}\
             </td></tr>",
            pair.score, pair.companion
        );
        out.push_str(&cells);
    }
    for class in &ordered.classes {
        let cells = format!(
            "<tr><td>area under the curve in class {} ({} enterprises, {} cases)</td>\
             <td class=\"n\">{:.3}</td><td class=\"n\">{:.3}</td></tr>",
            class.grade, class.enterprises, class.cases, class.auc.score, class.auc.companion
        );
        out.push_str(&cells);
    }
    out.push_str("</table>");
}

fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(what);
}

fn text(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn head(out: &mut String, title: &str, columns: &[&str]) {
    put(out, format_args!("<h2>{title}</h2><table><tr>"));
    for column in columns {
        put(out, format_args!("<th>{column}</th>"));
    }
    out.push_str("</tr>");
}

fn mix(out: &mut String, report: &Report) {
    head(out, "Mix of grades at the end, per cent", &["", "A", "B", "C", "D", "moves of grade"]);
    let rows = [
        (&report.model, &report.mix.model, report.moves.model),
        (&report.against, &report.mix.against, report.moves.against),
    ];
    for (name, mix, moves) in rows {
        put(out, format_args!("<tr><td>{}</td>", text(name)));
        for share in mix.values() {
            put(out, format_args!("<td class=\"n\">{share:.2}</td>"));
        }
        put(out, format_args!("<td class=\"n\">{moves}</td></tr>"));
    }
    out.push_str("</table>");
    let columns = ["end of", "A", "B", "C", "D", "A", "B", "C", "D"];
    head(out, "Month by month: candidate, then the other", &columns);
    for row in &report.months {
        put(out, format_args!("<tr><td>{}</td>", row.on));
        for count in row.mix.model.iter().chain(&row.mix.against) {
            put(out, format_args!("<td class=\"n\">{count}</td>"));
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
}

fn grades(out: &mut String, report: &Report) {
    head(
        out,
        "Grades: from (rows, the other) to (columns, the candidate)",
        &["", "A", "B", "C", "D"],
    );
    for (row, counts) in report.grades.iter().enumerate() {
        put(out, format_args!("<tr><th>{}</th>", ["A", "B", "C", "D"][row]));
        for (column, count) in counts.iter().enumerate() {
            let class = match column.cmp(&row) {
                std::cmp::Ordering::Less => "down",
                std::cmp::Ordering::Equal => "same",
                std::cmp::Ordering::Greater => "up",
            };
            put(out, format_args!("<td class=\"n {class}\">{count}</td>"));
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
    let title = format!("Another grade: {} enterprises", report.regraded.len());
    head(out, &title, &["enterprise", "grade", "score", "because"]);
    for one in report.regraded.iter().take(ROWS_MAX) {
        put(
            out,
            format_args!(
                "<tr><td>{}<br><span class=\"s\">{}</span></td><td>{} → {}</td>\
             <td class=\"n\">{} → {}</td><td>{}</td></tr>",
                text(&one.name),
                text(&one.uscc),
                one.grade.against,
                one.grade.model,
                one.score.against,
                one.score.model,
                because(&one.because)
            ),
        );
    }
    out.push_str("</table>");
    more(out, report.regraded.len());
}

fn more(out: &mut String, all: usize) {
    if all > ROWS_MAX {
        put(
            out,
            format_args!("<p class=\"s\">… and {} more in the JSON report.</p>", all - ROWS_MAX),
        );
    }
}

fn because(reasons: &[(String, i32)]) -> String {
    let said: Vec<String> =
        reasons.iter().map(|(id, points)| format!("{} {points:+}", text(id))).collect();
    said.join(", ")
}

fn raised(out: &mut String, report: &Report) {
    head(out, "Warnings raised", &["kind", "candidate", "other"]);
    let mut kinds: Vec<&String> =
        report.raised.model.keys().chain(report.raised.against.keys()).collect();
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        let of = |raised: &std::collections::BTreeMap<String, usize>| {
            raised.get(kind).copied().unwrap_or(0)
        };
        put(
            out,
            format_args!(
                "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                text(kind),
                of(&report.raised.model),
                of(&report.raised.against)
            ),
        );
    }
    put(
        out,
        format_args!(
            "</table><p>{} warnings of both have another highest level.</p>",
            report.releveled.len()
        ),
    );
}

fn difference(out: &mut String, title: &str, difference: &Difference) {
    let all: usize = difference.by_kind.values().sum();
    let columns =
        ["raised", "level", "what it said", "enterprise", "other", "candidate", "because"];
    head(out, &format!("{title}: {all}"), &columns);
    let side = |standing: &Option<(&'static str, i32)>| {
        standing.map_or_else(|| "–".to_owned(), |(grade, score)| format!("{grade} {score}"))
    };
    for one in &difference.examples {
        put(
            out,
            format_args!(
                "<tr><td>{0}</td><td class=\"{1}\">{1}</td><td>{2}<br><span class=\"s\">{3}</span></td>\
             <td>{4}</td><td>{5}</td><td>{6}</td><td>{7}</td></tr>",
                one.on,
                one.level.word(),
                text(&one.summary[0]),
                text(&one.summary[1]),
                text(&one.name),
                side(&one.standing.against),
                side(&one.standing.model),
                because(&one.because)
            ),
        );
    }
    out.push_str("</table>");
}

fn load(out: &mut String, report: &Report) {
    let columns = ["agency", "candidate", "a day", "most", "other", "a day", "most"];
    head(out, "New tasks by agency", &columns);
    for (agency, both) in &report.load {
        put(out, format_args!("<tr><td>{}</td>", text(agency)));
        for load in [&both.model, &both.against] {
            put(
                out,
                format_args!(
                    "<td class=\"n\">{}</td><td class=\"n\">{:.2}</td><td class=\"n\">{} \
                 <span class=\"s\">{}</span></td>",
                    load.tasks, load.a_day, load.most, load.most_on
                ),
            );
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
}

fn hits(out: &mut String, both: &Both<Hits>) {
    head(out, "Against confirmed cases", &["", "candidate", "other"]);
    let Both { model, against } = both;
    let mut row = |what: &str, mine: String, other: String| {
        put(
            out,
            format_args!(
                "<tr><td>{what}</td><td class=\"n\">{mine}</td><td class=\"n\">{other}</td></tr>"
            ),
        );
    };
    for (first, share) in &model.precision_at {
        let other = against.precision_at.get(first).copied().unwrap_or(0.0);
        row(
            &format!("precision of the first {first}"),
            format!("{share:.2}"),
            format!("{other:.2}"),
        );
    }
    let of = |found: usize, hits: &Hits| format!("{found} of {}", hits.cases);
    row(
        "cases with a warning of orange or red",
        of(model.warned, model),
        of(against.warned, against),
    );
    row("cases in C or D", of(model.graded, model), of(against.graded, against));
    let right = |hits: &Hits| format!("{} of {}", hits.warnings.0, hits.warnings.1);
    row("orange and red warnings about cases", right(model), right(against));
    let alarms = |hits: &Hits| hits.false_alarms.to_string();
    row("cleared enterprises with such a warning", alarms(model), alarms(against));
    let lead = |hits: &Hits| {
        let days: Vec<String> = hits.lead_days.iter().map(i32::to_string).collect();
        if days.is_empty() { "–".to_owned() } else { days.join(" / ") }
    };
    row("days ahead of the case (least, quartiles, most)", lead(model), lead(against));
    out.push_str("</table>");
}

fn groups(out: &mut String, report: &Report) {
    let columns = ["by", "group", "enterprises", "candidate", "to all", "other", "to all"];
    head(out, "Grades C and D by group, per cent", &columns);
    for group in &report.groups {
        put(
            out,
            format_args!(
                "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{:.2}</td>\
             <td class=\"n\">× {:.2}</td><td class=\"n\">{:.2}</td><td class=\"n\">× {:.2}</td></tr>",
                group.by,
                text(&group.group),
                group.enterprises,
                group.high_pct.model,
                group.ratio.model,
                group.high_pct.against,
                group.ratio.against
            ),
        );
    }
    out.push_str("</table>");
}
