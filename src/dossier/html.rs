//! How does a dossier read as a page? One HTML file that needs nothing else.
//!
//! Invariant: no script, no request, every text of a feed escaped; each drawing has a table that
//! says the same.

use crate::dossier::finding::{Finding, Line, Refuted};
use crate::dossier::life::{Entry, Side};
use crate::dossier::party::Enterprise;
use crate::dossier::voice::{Voice, escape};
use crate::dossier::{Dossier, Language, chart, draw, labels};
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");
/// Bits that fill a bar.
const BAR_BITS: f64 = 8.0;

/// The page.
pub(super) fn page(dossier: &Dossier, language: Language) -> String {
    let voice = Voice(language);
    let mut out = String::with_capacity(64 * 1024);
    head(&mut out, dossier, voice);
    pair(&mut out, dossier, voice);
    sums(&mut out, dossier, voice);
    h2(&mut out, voice, &labels::DRAWING);
    out.push_str(&draw::evidence(dossier, voice));
    evidence(&mut out, dossier, voice);
    against(&mut out, &dossier.finding, voice);
    h2(&mut out, voice, &labels::TIMELINE);
    out.push_str(&chart::timeline(dossier, voice));
    legend(&mut out, voice);
    timeline(&mut out, dossier, voice);
    shared(&mut out, dossier, voice);
    law(&mut out, dossier, voice);
    sources(&mut out, dossier, voice);
    foot(&mut out, dossier, voice);
    out
}

/// Writing to a string cannot fail.
macro_rules! put {
    ($out:expr, $($part:tt)*) => { let _ = writeln!($out, $($part)*); };
}

fn label(voice: Voice, label: &labels::Label) -> String {
    voice.html_label(label.0, label.1)
}

fn h2(out: &mut String, voice: Voice, title: &labels::Label) {
    put!(out, "<h2>{}</h2>", label(voice, title));
}

fn head(out: &mut String, dossier: &Dossier, voice: Voice) {
    let title = format!(
        "{} {} → {}",
        voice.label(labels::TITLE.0, labels::TITLE.1),
        dossier.old.name,
        dossier.new.name
    );
    put!(
        out,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{}</h1>\n\
         <p class=\"muted small\">{} {} · {} {} · {} <span class=\"code\">{}</span></p>\n\
         <div class=\"lead\">{}</div>\n</header>\n<main>",
        voice.tag(),
        escape(&title),
        label(voice, &labels::TITLE),
        voice.label(labels::AS_OF.0, labels::AS_OF.1),
        escape(&dossier.as_of),
        voice.label(labels::EVENTS.0, labels::EVENTS.1),
        dossier.events,
        voice.label(labels::MODEL.0, labels::MODEL.1),
        escape(&dossier.model),
        voice.html(&dossier.lead),
    );
}

fn pair(out: &mut String, dossier: &Dossier, voice: Voice) {
    let finding = &dossier.finding;
    put!(out, "<section class=\"pair\">");
    firm(out, &dossier.old, &labels::OLD, voice);
    put!(
        out,
        "<div class=\"verdict\"><span class=\"arrow\" aria-hidden=\"true\">→</span>\
         <span class=\"figure\">{}</span><span class=\"small muted\">{}</span>{}</div>",
        labels::percent(finding.confidence),
        label(voice, &labels::CONFIDENCE),
        chip(finding.level.as_deref(), voice),
    );
    firm(out, &dossier.new, &labels::NEW, voice);
    put!(out, "</section>");
    put!(out, "<p><b>{}</b></p>", voice.html(&dossier.birth.text));
    put!(out, "<p>{}</p>", voice.html(&dossier.means));
    put!(
        out,
        "<p class=\"small muted\">{} {} · {} {}</p>",
        label_plain(voice, &labels::FIRST_SEEN),
        escape(&dossier.first_seen_at),
        label_plain(voice, &labels::LAST_CHANGED),
        escape(&dossier.last_changed_at),
    );
    if dossier.chain.len() > 2 {
        let chain: Vec<String> = dossier.chain.iter().map(|code| escape(code)).collect();
        put!(
            out,
            "<p>{}：<span class=\"code\">{}</span></p>",
            label(voice, &labels::CHAIN),
            chain.join(" → ")
        );
    }
}

fn label_plain(voice: Voice, label: &labels::Label) -> String {
    escape(&voice.label(label.0, label.1))
}

fn chip(level: Option<&str>, voice: Voice) -> String {
    let (class, text) = labels::level(level);
    format!("<span class=\"chip l-{class}\">{}</span>", label(voice, &text))
}

fn firm(out: &mut String, firm: &Enterprise, role: &labels::Label, voice: Voice) {
    put!(
        out,
        "<div class=\"firm-card\"><div class=\"role\">{}</div><div class=\"name\">{}</div>\
         <div class=\"code\">{}</div><dl>",
        label(voice, role),
        escape(&firm.name),
        escape(&firm.uscc)
    );
    for (name, value) in labels::facts(firm, voice) {
        put!(out, "<dt>{}</dt><dd>{}</dd>", label(voice, &name), escape(&value));
    }
    put!(out, "</dl></div>");
}

fn sums(out: &mut String, dossier: &Dossier, voice: Voice) {
    let (finding, sum) = (&dossier.finding, &dossier.finding.sum);
    h2(out, voice, &labels::SUM);
    put!(out, "<p>{}</p>", label(voice, &labels::BITS));
    put!(out, "<div class=\"sum\">");
    let parts = [
        ("", labels::PRIOR, format!("{:.2}", sum.prior)),
        ("+", labels::PRO, format!("{:+.2}", sum.pro)),
        ("+", labels::CONTRA, format!("{:+.2}", sum.contra)),
        ("=", labels::TOTAL, format!("{:+.2}", sum.total)),
        ("→", labels::BY_SUM, labels::percent(sum.confidence)),
    ];
    for (sign, name, figure) in parts {
        if !sign.is_empty() {
            put!(out, "<div class=\"op\" aria-hidden=\"true\">{sign}</div>");
        }
        put!(out, "<div><b>{figure}</b>{}</div>", label(voice, &name));
    }
    put!(out, "</div>");
    for text in sum.held.iter().chain(&sum.gate) {
        put!(out, "<p class=\"key\">{}</p>", voice.html(text));
    }
    put!(out, "<p>{}</p>", voice.html(&labels::undone(finding)));
}

fn evidence(out: &mut String, dossier: &Dossier, voice: Voice) {
    h2(out, voice, &labels::EVIDENCE);
    put!(out, "<p class=\"small muted\">{}</p>", label(voice, &labels::MIXING));
    put!(out, "<table>");
    line_head(out, voice);
    for test in &dossier.tests {
        let mixing = if test.mixing { " ◆" } else { "" };
        put!(
            out,
            "<tbody class=\"test\"><tr><th colspan=\"3\" scope=\"rowgroup\">{}{mixing}\
             <span class=\"ask\">{}</span></th><th class=\"n\">{:+.2}</th><th></th></tr>",
            voice.html(&test.title),
            voice.html(&test.ask),
            test.bits
        );
        if test.lines.is_empty() {
            put!(
                out,
                "<tr><td></td><td colspan=\"4\" class=\"muted\">{}</td></tr>",
                label(voice, &labels::NOTHING)
            );
        }
        for line in dossier.finding.pro.iter().filter(|line| test.lines.contains(&line.number)) {
            row(out, line, voice);
        }
        put!(out, "</tbody>");
    }
    put!(out, "</table>");
}

fn line_head(out: &mut String, voice: Voice) {
    put!(
        out,
        "<thead><tr><th class=\"n\" scope=\"col\">#</th><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th><th class=\"n\" scope=\"col\">{}</th>\
         <th class=\"n\" scope=\"col\">{}</th></tr></thead>",
        label(voice, &labels::STATEMENT),
        label(voice, &labels::WEIGHS),
        label(voice, &labels::WEIGHT),
        label(voice, &labels::IF_REFUTED),
    );
}

fn row(out: &mut String, line: &Line, voice: Voice) {
    let width = (line.weight.abs() / BAR_BITS * 100.0).clamp(1.0, 100.0);
    let mut rarity = String::new();
    for text in &line.rarity {
        let _ = write!(rarity, "<div class=\"small muted\">{}</div>", voice.html(text));
    }
    put!(
        out,
        "<tr class=\"{} f-{}\"><td class=\"n muted\" id=\"line-{}\">{}</td><td>{}{rarity}</td>\
         <td class=\"small\">{}</td><td class=\"n\"><b>{:+.2}</b><span class=\"bar\" \
         style=\"width:{width:.0}%\"></span></td><td class=\"n\">{}</td></tr>",
        if line.weight < 0.0 { "contra" } else { "pro" },
        escape(&line.family),
        line.number,
        line.number,
        voice.html(&line.statement),
        voice.html(&line.meaning),
        line.weight,
        refuted(&line.refuted, voice),
    );
}

fn refuted(refuted: &Refuted, voice: Voice) -> String {
    let mut out = labels::percent(refuted.confidence);
    if refuted.decisive {
        let _ = write!(out, "<div class=\"key small\">{}</div>", label(voice, &labels::DECISIVE));
    }
    if let Some(gate) = &refuted.gate {
        let _ = write!(out, "<div class=\"small muted gate\">{}</div>", voice.html(gate));
    }
    out
}

fn against(out: &mut String, finding: &Finding, voice: Voice) {
    h2(out, voice, &labels::AGAINST);
    if finding.contra.is_empty() {
        put!(out, "<p>{}</p>", label(voice, &labels::NO_COUNTER));
        return;
    }
    put!(out, "<table>");
    line_head(out, voice);
    put!(out, "<tbody>");
    for line in &finding.contra {
        row(out, line, voice);
    }
    put!(out, "</tbody></table>");
}

fn legend(out: &mut String, voice: Voice) {
    put!(out, "<p class=\"small muted\">");
    for (class, name) in labels::MATTERS {
        put!(
            out,
            "<span class=\"m-{class}\"><span class=\"dot\"></span>{}</span>&emsp;",
            label_plain(voice, &name)
        );
    }
    put!(out, "{}</p>", label_plain(voice, &labels::FILLED));
}

fn timeline(out: &mut String, dossier: &Dossier, voice: Voice) {
    put!(
        out,
        "<table><thead><tr><th class=\"n\" scope=\"col\">#</th><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\
         <tbody>",
        label(voice, &labels::DATE),
        label(voice, &labels::WHOSE),
        label(voice, &labels::WHAT),
        label(voice, &labels::KNOWN),
    );
    let mut born = false;
    for (at, entry) in dossier.timeline.iter().enumerate() {
        if !born && entry.on >= dossier.birth.day {
            born = true;
            put!(
                out,
                "<tr class=\"born\"><td></td><td class=\"w\">{}</td><td colspan=\"3\">{}</td></tr>",
                dossier.birth.on,
                voice.html(&dossier.birth.text)
            );
        }
        entry_row(out, at + 1, entry, voice);
    }
    put!(out, "</tbody></table>");
}

fn entry_row(out: &mut String, number: usize, entry: &Entry, voice: Voice) {
    let class = match (&entry.withdrawn_at, entry.cited) {
        (Some(_), _) => "gone",
        (None, true) => "cited",
        (None, false) => "plain",
    };
    let whose = match entry.side {
        Side::Old => labels::OF_OLD,
        Side::New => labels::OF_NEW,
        Side::Both => labels::OF_BOTH,
    };
    let gone = entry.withdrawn_at.as_ref().map_or(String::new(), |at| {
        format!("<br>{} {}", label_plain(voice, &labels::WITHDRAWN), escape(day(at)))
    });
    put!(
        out,
        "<tr class=\"{class}\"><td class=\"n muted\">{number}</td><td class=\"w\">{}</td>\
         <td class=\"w m-{}\"><span class=\"dot\"></span>{}</td><td>{}</td>\
         <td class=\"small muted keep w\">{}{gone}</td></tr>",
        entry.on,
        entry.matter.class(),
        label(voice, &whose),
        voice.html(&entry.text),
        escape(day(&entry.known_at)),
    );
}

/// The day of a moment.
fn day(moment: &str) -> &str {
    moment.split('T').next().unwrap_or(moment)
}

fn shared(out: &mut String, dossier: &Dossier, voice: Voice) {
    h2(out, voice, &labels::SHARED);
    if dossier.shared.is_empty() {
        put!(out, "<p>{}</p>", label(voice, &labels::NO_SHARED));
        return;
    }
    put!(
        out,
        "<table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\
         <tbody>",
        label(voice, &labels::KIND),
        label(voice, &labels::VALUE),
        label(voice, &labels::RARITY),
        label(voice, &labels::AT_OLD),
        label(voice, &labels::AT_NEW),
    );
    for value in &dossier.shared {
        put!(
            out,
            "<tr><td class=\"w\">{}</td><td>{}</td><td>{}</td><td class=\"small\">{}</td>\
             <td class=\"small\">{}</td></tr>",
            voice.html(&value.title),
            voice.html(&value.shown),
            voice.html(&value.rarity),
            escape(&value.held[0]),
            escape(&value.held[1]),
        );
    }
    put!(out, "</tbody></table><p class=\"small muted\">{}</p>", voice.html(&dossier.persons));
}

fn numbers(lines: &[usize]) -> String {
    let links = lines.iter().map(|n| format!("<a href=\"#line-{n}\">#{n}</a>"));
    links.collect::<Vec<_>>().join(" ")
}

fn law(out: &mut String, dossier: &Dossier, voice: Voice) {
    h2(out, voice, &labels::LAW);
    for hook in &dossier.hooks {
        put!(
            out,
            "<h3>{}</h3><p class=\"small\">{}</p><table><tbody>",
            voice.html(&hook.title),
            voice.html(&hook.says)
        );
        for condition in &hook.conditions {
            let (class, state) = if condition.supported {
                ("yes", labels::SUPPORTED)
            } else {
                ("no", labels::UNSUPPORTED)
            };
            put!(
                out,
                "<tr><td>{}</td><td class=\"{class}\">{}</td><td class=\"w\">{}</td></tr>",
                voice.html(&condition.text),
                label(voice, &state),
                numbers(&condition.lines)
            );
        }
        put!(out, "</tbody></table>");
    }
    put!(out, "<p class=\"small muted\">{}</p>", label(voice, &labels::LAW_NOTE));
    let parts = [
        (labels::MEASURES, &dossier.measures, labels::NO_MEASURES),
        (labels::TASKS, &dossier.tasks, labels::NO_TASKS),
        (labels::BESIDE, &dossier.beside, labels::NO_BESIDE),
    ];
    for (title, texts, none) in parts {
        h2(out, voice, &title);
        if texts.is_empty() {
            put!(out, "<p class=\"muted\">{}</p>", label(voice, &none));
            continue;
        }
        put!(out, "<ul>");
        for text in texts {
            put!(out, "<li>{}</li>", voice.html(text));
        }
        put!(out, "</ul>");
    }
}

fn sources(out: &mut String, dossier: &Dossier, voice: Voice) {
    h2(out, voice, &labels::SOURCES);
    put!(
        out,
        "<table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead><tbody>",
        label(voice, &labels::EVENT),
        label(voice, &labels::KIND),
        label(voice, &labels::EVENT_TIME),
        label(voice, &labels::LINES),
    );
    for source in &dossier.sources {
        put!(
            out,
            "<tr><td class=\"code\">{}</td><td>{}</td><td class=\"w small\">{}</td><td>{}</td></tr>",
            escape(&source.event),
            voice.html(&source.kind),
            escape(source.time.as_deref().unwrap_or("—")),
            numbers(&source.lines)
        );
    }
    put!(out, "</tbody></table>");
}

fn foot(out: &mut String, dossier: &Dossier, voice: Voice) {
    put!(
        out,
        "</main>\n<footer>{}<p>{}</p></footer>\n</body>\n</html>",
        voice.html(&dossier.lead),
        voice.html(&dossier.persons)
    );
}
