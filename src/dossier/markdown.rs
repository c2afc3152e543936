//! How does a dossier read as text? Markdown with tables, for files and tickets.
//!
//! Invariant: text of a feed is never markup.

use crate::dossier::finding::Line;
use crate::dossier::life::Side;
use crate::dossier::voice::{Voice, markdown};
use crate::dossier::{Dossier, Language, labels};
use crate::text::Text;
use std::fmt::Write as _;

/// Writing to a string cannot fail.
macro_rules! put {
    ($out:expr, $($part:tt)*) => { let _ = writeln!($out, $($part)*); };
}

/// The dossier as Markdown.
pub(super) fn page(dossier: &Dossier, language: Language) -> String {
    let voice = Voice(language);
    let mut out = String::new();
    head(&mut out, dossier, voice);
    sums(&mut out, dossier, voice);
    evidence(&mut out, dossier, voice);
    timeline(&mut out, dossier, voice);
    shared(&mut out, dossier, voice);
    law(&mut out, dossier, voice);
    sources(&mut out, dossier, voice);
    put!(out, "\n---\n\n{}\n\n{}", voice.cell(&dossier.lead), voice.cell(&dossier.persons));
    out
}

fn label(voice: Voice, label: &labels::Label) -> String {
    markdown(&voice.label(label.0, label.1))
}

fn head(out: &mut String, dossier: &Dossier, voice: Voice) {
    put!(out, "# {}\n\n> {}\n", label(voice, &labels::TITLE), voice.cell(&dossier.lead));
    for (firm, role) in [(&dossier.old, &labels::OLD), (&dossier.new, &labels::NEW)] {
        put!(
            out,
            "- **{}**: {} (`{}`)",
            label(voice, role),
            markdown(&firm.name),
            markdown(&firm.uscc)
        );
        for (name, value) in labels::facts(firm, voice) {
            put!(out, "  - {}: {}", label(voice, &name), markdown(&value));
        }
    }
    let (_, level) = labels::level(dossier.finding.level.as_deref());
    put!(
        out,
        "- **{}**: {} ({})",
        label(voice, &labels::CONFIDENCE),
        labels::percent(dossier.finding.confidence),
        label(voice, &level)
    );
    put!(out, "- {}", voice.cell(&dossier.birth.text));
    put!(out, "- {}", voice.cell(&dossier.means));
    put!(
        out,
        "- {}: {}; {}: {}",
        label(voice, &labels::FIRST_SEEN),
        markdown(&dossier.first_seen_at),
        label(voice, &labels::LAST_CHANGED),
        markdown(&dossier.last_changed_at)
    );
    if dossier.chain.len() > 2 {
        put!(out, "- {}: {}", label(voice, &labels::CHAIN), markdown(&dossier.chain.join(" → ")));
    }
    put!(
        out,
        "- {}: {}; {}: {}; {}: {}",
        label(voice, &labels::AS_OF),
        markdown(&dossier.as_of),
        label(voice, &labels::EVENTS),
        dossier.events,
        label(voice, &labels::MODEL),
        markdown(&dossier.model)
    );
}

fn sums(out: &mut String, dossier: &Dossier, voice: Voice) {
    let sum = &dossier.finding.sum;
    put!(out, "\n## {}\n\n{}\n", label(voice, &labels::SUM), label(voice, &labels::BITS));
    put!(
        out,
        "{} {:.2} + {} {:.2} + {} {:.2} = {} {:.2} → {}",
        label(voice, &labels::PRIOR),
        sum.prior,
        label(voice, &labels::PRO),
        sum.pro,
        label(voice, &labels::CONTRA),
        sum.contra,
        label(voice, &labels::TOTAL),
        sum.total,
        labels::percent(sum.confidence)
    );
    for text in sum.held.iter().chain(&sum.gate) {
        put!(out, "\n**{}**", voice.cell(text));
    }
    put!(out, "\n{}", voice.cell(&labels::undone(&dossier.finding)));
}

fn evidence(out: &mut String, dossier: &Dossier, voice: Voice) {
    put!(out, "\n## {}\n\n{}", label(voice, &labels::EVIDENCE), label(voice, &labels::MIXING));
    for test in &dossier.tests {
        let mixing = if test.mixing { " ◆" } else { "" };
        put!(out, "\n### {}{mixing} ({:+.2})\n", voice.cell(&test.title), test.bits);
        put!(out, "{}\n", voice.cell(&test.ask));
        let lines: Vec<&Line> =
            dossier.finding.pro.iter().filter(|line| test.lines.contains(&line.number)).collect();
        if lines.is_empty() {
            put!(out, "{}", label(voice, &labels::NOTHING));
        } else {
            table(out, &lines, voice);
        }
    }
    put!(out, "\n## {}\n", label(voice, &labels::AGAINST));
    let contra: Vec<&Line> = dossier.finding.contra.iter().collect();
    if contra.is_empty() {
        put!(out, "{}", label(voice, &labels::NO_COUNTER));
    } else {
        table(out, &contra, voice);
    }
}

fn table(out: &mut String, lines: &[&Line], voice: Voice) {
    let names = [labels::STATEMENT, labels::RARITY, labels::WEIGHS, labels::WEIGHT];
    row(
        out,
        &["\\#"],
        &names.map(|name| label(voice, &name)),
        &[label(voice, &labels::IF_REFUTED)],
    );
    put!(out, "|--:|---|---|---|--:|--:|");
    for line in lines {
        let rarity: Vec<String> = line.rarity.iter().map(|text| voice.cell(text)).collect();
        let mut refuted = labels::percent(line.refuted.confidence);
        if line.refuted.decisive {
            let _ = write!(refuted, " **{}**", label(voice, &labels::DECISIVE));
        }
        if let Some(gate) = &line.refuted.gate {
            let _ = write!(refuted, " ({})", voice.cell(gate));
        }
        row(
            out,
            &[&line.number.to_string()],
            &[
                voice.cell(&line.statement),
                rarity.join("<br>"),
                voice.cell(&line.meaning),
                format!("{:+.2}", line.weight),
            ],
            &[refuted],
        );
    }
}

fn row(out: &mut String, first: &[&str], middle: &[String], last: &[String]) {
    let cells = first.iter().copied().chain(middle.iter().chain(last).map(String::as_str));
    let cells: Vec<&str> = cells.collect();
    put!(out, "| {} |", cells.join(" | "));
}

fn header(out: &mut String, voice: Voice, names: &[labels::Label]) {
    let names: Vec<String> = names.iter().map(|name| label(voice, name)).collect();
    row(out, &[], &names, &[]);
    put!(out, "|{}", "---|".repeat(names.len()));
}

fn timeline(out: &mut String, dossier: &Dossier, voice: Voice) {
    put!(out, "\n## {}\n", label(voice, &labels::TIMELINE));
    header(out, voice, &[labels::DATE, labels::WHOSE, labels::WHAT, labels::KNOWN]);
    let mut born = false;
    for entry in &dossier.timeline {
        if !born && entry.on >= dossier.birth.day {
            born = true;
            let text = format!("**{}**", voice.cell(&dossier.birth.text));
            row(out, &[&dossier.birth.on, "★"], &[text, String::new()], &[]);
        }
        let whose = match entry.side {
            Side::Old => labels::OF_OLD,
            Side::New => labels::OF_NEW,
            Side::Both => labels::OF_BOTH,
        };
        let text = voice.cell(&entry.text);
        let text = if entry.cited { format!("**{text}**") } else { text };
        let gone = entry.withdrawn_at.as_ref().map_or(String::new(), |at| {
            format!("; {} {}", label(voice, &labels::WITHDRAWN), markdown(at))
        });
        let known = format!("{}{gone}", markdown(&entry.known_at));
        row(out, &[&entry.on.to_string()], &[label(voice, &whose), text, known], &[]);
    }
}

fn shared(out: &mut String, dossier: &Dossier, voice: Voice) {
    put!(out, "\n## {}\n", label(voice, &labels::SHARED));
    if dossier.shared.is_empty() {
        put!(out, "{}", label(voice, &labels::NO_SHARED));
        return;
    }
    header(
        out,
        voice,
        &[labels::KIND, labels::VALUE, labels::RARITY, labels::AT_OLD, labels::AT_NEW],
    );
    for value in &dossier.shared {
        let texts = [&value.title, &value.shown, &value.rarity].map(|text| voice.cell(text));
        let held = value.held.each_ref().map(|held| markdown(held));
        row(out, &[], &texts, &held);
    }
}

fn law(out: &mut String, dossier: &Dossier, voice: Voice) {
    put!(out, "\n## {}", label(voice, &labels::LAW));
    for hook in &dossier.hooks {
        put!(out, "\n### {}\n\n{}\n", voice.cell(&hook.title), voice.cell(&hook.says));
        for condition in &hook.conditions {
            let state = if condition.supported { labels::SUPPORTED } else { labels::UNSUPPORTED };
            let lines: Vec<String> = condition.lines.iter().map(|n| format!("\\#{n}")).collect();
            put!(
                out,
                "- {}: **{}** {}",
                voice.cell(&condition.text),
                label(voice, &state),
                lines.join(" ")
            );
        }
    }
    put!(out, "\n{}", label(voice, &labels::LAW_NOTE));
    list(out, voice, &labels::MEASURES, &dossier.measures, &labels::NO_MEASURES);
    list(out, voice, &labels::TASKS, &dossier.tasks, &labels::NO_TASKS);
    list(out, voice, &labels::BESIDE, &dossier.beside, &labels::NO_BESIDE);
}

fn list(
    out: &mut String,
    voice: Voice,
    title: &labels::Label,
    texts: &[Text],
    none: &labels::Label,
) {
    put!(out, "\n## {}\n", label(voice, title));
    if texts.is_empty() {
        put!(out, "{}", label(voice, none));
    }
    for text in texts {
        put!(out, "- {}", voice.cell(text));
    }
}

fn sources(out: &mut String, dossier: &Dossier, voice: Voice) {
    put!(out, "\n## {}\n", label(voice, &labels::SOURCES));
    header(out, voice, &[labels::EVENT, labels::KIND, labels::EVENT_TIME, labels::LINES]);
    for source in &dossier.sources {
        let lines: Vec<String> = source.lines.iter().map(|n| format!("\\#{n}")).collect();
        let time = source.time.as_deref().unwrap_or("—");
        row(
            out,
            &[],
            &[markdown(&source.event), voice.cell(&source.kind), markdown(time)],
            &[lines.join(" ")],
        );
    }
}
