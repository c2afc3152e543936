//! How does the report read on a terminal?

use super::{PairReport, Report, Share};
use comfy_table::{Cell, CellAlignment, Table, presets};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Pairs listed one by one at most.
const LISTED_MAX: usize = 20;

impl Report {
    /// The report as tables.
    pub fn to_table(&self) -> String {
        let mut text = String::new();
        let pairs = &self.successions;
        text += &headline(pairs);
        text += &shares("scenario", &pairs.by_scenario);
        text += &shares("difficulty", &pairs.by_difficulty);
        text += &shares("evasion", &pairs.by_evasion);
        text += &shares("decoys flagged", &pairs.decoys);
        text += &reliability(pairs);
        text += &self.baseline_line();
        text += &listed(pairs);
        text += &self.flow_table();
        text += &self.warning_table();
        text += &self.index_lines();
        text
    }

    fn baseline_line(&self) -> String {
        self.baseline.as_ref().map_or_else(String::new, |naive| {
            format!(
                "naive baseline (same person, phone or address within a year after a penalty): \
                 precision {:.3} of {} flagged, recall {:.3}, average precision {:.3}\n",
                naive.precision, naive.flagged, naive.recall, naive.average_precision
            )
        })
    }

    fn flow_table(&self) -> String {
        let mut table = plain(&["flow", "found", "as any", "of", "reported", "true"]);
        for (kind, s) in &self.flows.by_kind {
            let figures = [s.found, s.found_as_any, s.truth, s.reported, s.reported_true];
            table.add_row(row(kind, &figures.map(|n| n.to_string())));
        }
        let mut text = format!(
            "\nflows: precision {:.3}, recall {:.3}\n{table}\n",
            self.flows.precision, self.flows.recall
        );
        for (kind, count) in &self.flows.decoys {
            let _ = writeln!(text, "  on decoys {kind}: {count}");
        }
        text
    }

    fn warning_table(&self) -> String {
        let warnings = &self.warnings;
        let mut table = plain(&["warning", "open", "withdrawn"]);
        let mut kinds: Vec<&String> =
            warnings.open.keys().chain(warnings.withdrawn.keys()).collect();
        kinds.sort();
        kinds.dedup();
        for kind in kinds {
            let count = |of: &BTreeMap<String, usize>| of.get(kind).unwrap_or(&0).to_string();
            table.add_row(row(kind, &[count(&warnings.open), count(&warnings.withdrawn)]));
        }
        let mut text = format!("\n{table}\n");
        let mut called = plain(&["called for", "found", "as any", "of"]);
        for (case, (found, any, of)) in &warnings.called_for {
            called.add_row(row(case, &[found, any, of].map(ToString::to_string)));
        }
        let _ = writeln!(text, "\n{called}");
        let _ = writeln!(
            text,
            "fewer than three lines: {}; a line without events: {}; unknown events: {}; \
             about persons: {}",
            warnings.thin.len(),
            warnings.without_events.len(),
            warnings.unknown_events.map_or_else(|| "not checked".into(), |n| n.to_string()),
            warnings.about_persons.len(),
        );
        text
    }

    fn index_lines(&self) -> String {
        let index = &self.index;
        let grades: Vec<String> =
            index.grades_pct.iter().map(|(grade, pct)| format!("{grade} {pct} %")).collect();
        format!(
            "\nindex: {} enterprises ({}), {} do not add up, {} sole traders; mean {}, \
             predecessors {}, successors {}\n",
            index.enterprises,
            grades.join(", "),
            index.not_adding_up.len(),
            index.sole_traders,
            index.mean,
            index.mean_of_predecessors,
            index.mean_of_successors,
        )
    }
}

fn headline(pairs: &PairReport) -> String {
    let (latency, lead, at_k) = (&pairs.latency, &pairs.lead, &pairs.at_k);
    let unripe = match pairs.unripe {
        0 => String::new(),
        more => format!("; {more} more cannot be told yet"),
    };
    format!(
        "successions: precision {:.3} ({} of {} flagged{unripe}), recall {:.3} ({} of {}), average \
         precision {:.3}\nfirst {} of the flagged: {} of {} true ({:.3})\nflagged {} hours \
         after it could be seen (median; p90 {}); within 24 hours {:.3} of the found, {:.3} of \
         all\nlead over the first official action {} days (median; p10 {}); flagged before \
         {:.3} of {}\n",
        pairs.precision,
        pairs.flagged_true,
        pairs.flagged - pairs.unripe,
        pairs.recall,
        pairs.found,
        pairs.truth,
        pairs.average_precision,
        at_k.k,
        at_k.hits,
        at_k.looked_into,
        at_k.precision,
        latency.median_hours,
        latency.p90_hours,
        latency.within_24h,
        latency.within_24h_of_all,
        lead.median_days,
        lead.p10_days,
        lead.flagged_before,
        lead.with_action,
    )
}

fn reliability(pairs: &PairReport) -> String {
    let mut table = plain(&["confidence", "pairs", "said", "true"]);
    for bin in pairs.reliability.iter().filter(|bin| bin.pairs > 0) {
        let figures =
            [bin.pairs.to_string(), format!("{:.2}", bin.said), format!("{:.2}", bin.true_share)];
        table.add_row(row(&format!("{:.1}–{:.1}", bin.from, bin.to), &figures));
    }
    format!("{table}\n")
}

fn shares(title: &str, shares: &BTreeMap<String, Share>) -> String {
    let mut table = plain(&[title, "found", "of", "%"]);
    for (key, share) in shares {
        let pct = share.found as f64 * 100.0 / share.of.max(1) as f64;
        let figures = [share.found.to_string(), share.of.to_string(), format!("{pct:.1}")];
        table.add_row(row(key, &figures));
    }
    format!("{table}\n")
}

fn listed(pairs: &PairReport) -> String {
    let mut text = String::new();
    for (title, list) in [("missed", &pairs.missed), ("wrong", &pairs.wrong)] {
        for pair in list.iter().take(LISTED_MAX) {
            let _ = writeln!(
                text,
                "{title}: {} -> {} ({}; confidence {})",
                pair.predecessor, pair.successor, pair.case, pair.confidence
            );
        }
        if list.len() > LISTED_MAX {
            let _ = writeln!(text, "{title}: {} more", list.len() - LISTED_MAX);
        }
    }
    text
}

fn plain(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(header.iter().map(Cell::new));
    table
}

fn row(key: &str, figures: &[String]) -> Vec<Cell> {
    let number = |f: &String| Cell::new(f).set_alignment(CellAlignment::Right);
    [Cell::new(key)].into_iter().chain(figures.iter().map(number)).collect()
}
