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
        text += &shares("decoys flagged", &pairs.decoys);
        text += &listed(pairs);
        text += &self.flow_table();
        text += &self.warning_table();
        text += &self.index_lines();
        text
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
    format!(
        "successions: precision {:.3} ({} of {} flagged), recall {:.3} ({} of {}), average \
         precision {:.3}\nseen {} days after it could be (median; p90 {})\n",
        pairs.precision,
        pairs.flagged_true,
        pairs.flagged,
        pairs.recall,
        pairs.found,
        pairs.truth,
        pairs.average_precision,
        pairs.delay_days_median,
        pairs.delay_days_p90,
    )
}

fn shares(title: &str, shares: &BTreeMap<String, Share>) -> String {
    let mut table = plain(&[title, "found", "of"]);
    for (key, share) in shares {
        table.add_row(row(key, &[share.found.to_string(), share.of.to_string()]));
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
