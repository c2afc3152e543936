//! How does it add up? Lines of evidence in one family each, for and against.
//!
//! Must not know: where the lines come from.

use crate::graph::LinkKey;
use crate::id::EventId;
use crate::text::{Evidence, Family, Text};
use std::cmp::Ordering;

/// What a line is to the gate, beside the bits of its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Part {
    /// Trouble from which the old firm would flee.
    Motive,
    /// The old firm goes down.
    Decline,
}

impl Part {
    /// As results tell it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Motive => "motive",
            Self::Decline => "decline",
        }
    }
}

/// What a line counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Origin {
    /// Its family.
    pub family: Family,
    /// What it is to the gate beside.
    pub part: Option<Part>,
}

/// One line of evidence for a pair.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Line {
    pub(super) family: Family,
    pub(super) part: Option<Part>,
    pub(super) bits: f64,
    pub(super) statement: Text,
    pub(super) events: Vec<EventId>,
}

/// All evidence of a pair.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Scales {
    pub(super) lines: Vec<Line>,
    pub(super) against: Vec<Evidence>,
    /// The values that the evidence rests on, shared or not: when one turns rarer or more common,
    /// the pair is scored again. Sorted.
    pub(super) values: Vec<LinkKey>,
}

impl Scales {
    /// Adds evidence for the pair.
    pub(super) fn add(
        &mut self,
        family: Family,
        bits: f64,
        statement: Text,
        events: impl IntoIterator<Item = EventId>,
    ) {
        if bits < 0.05 {
            return;
        }
        let mut events: Vec<EventId> = events.into_iter().collect();
        events.sort_unstable();
        events.dedup();
        self.lines.push(Line { family, part: None, bits, statement, events });
    }

    /// Lines of a part, all at once; gives their bits.
    pub(super) fn take(&mut self, part: Part, lines: Scales) -> f64 {
        let told = lines.lines.into_iter().map(|line| Line { part: Some(part), ..line });
        let first = self.lines.len();
        self.lines.extend(told);
        self.lines[first..].iter().map(|line| line.bits).sum()
    }

    /// Adds evidence against it; `bits` is positive.
    pub(super) fn object(
        &mut self,
        bits: f64,
        statement: Text,
        events: impl IntoIterator<Item = EventId>,
    ) {
        let mut events: Vec<EventId> = events.into_iter().collect();
        events.sort_unstable();
        events.dedup();
        self.against.push(Evidence { statement, weight: -round(bits), events });
    }

    /// The bits of one family.
    pub(super) fn of(&self, family: Family) -> f64 {
        self.lines.iter().filter(|line| line.family == family).map(|line| line.bits).sum()
    }

    /// The bits of each family, in the contract's order.
    pub(super) fn bits(&self) -> [f64; 9] {
        Family::ALL.map(|family| self.of(family))
    }

    /// Lowers the lines of a family in proportion, so that they add up to no more than a cap.
    pub(super) fn cap(&mut self, family: Family, cap: f64) {
        let sum = self.of(family);
        if sum > cap {
            self.scale(family, cap / sum);
        }
    }

    /// Multiplies the lines of a family.
    pub(super) fn scale(&mut self, family: Family, factor: f64) {
        for line in self.lines.iter_mut().filter(|line| line.family == family) {
            line.bits *= factor;
        }
    }

    /// Dependent evidence: the strongest line of a family counts in full, each further one times
    /// another `again`.
    pub(super) fn diminish(&mut self, family: Family, again: f64) {
        let mut mine: Vec<usize> =
            (0..self.lines.len()).filter(|at| self.lines[*at].family == family).collect();
        mine.sort_by(|a, b| {
            self.lines[*b].bits.total_cmp(&self.lines[*a].bits).then_with(|| a.cmp(b))
        });
        let mut factor = 1.0;
        for at in mine {
            self.lines[at].bits *= factor;
            factor *= again;
        }
    }

    /// The sum of everything, for and against.
    pub(super) fn sum(&self) -> f64 {
        let pro: f64 = self.lines.iter().map(|line| line.bits).sum();
        let contra: f64 = self.against.iter().map(|evidence| evidence.weight).sum();
        pro + contra
    }

    /// The families with at least so many bits, in order.
    pub(super) fn families(&self, bits_least: f64) -> Vec<Family> {
        Family::ALL.into_iter().filter(|family| self.of(*family) >= bits_least).collect()
    }

    /// The evidence for, each line with what it counts as.
    pub(super) fn evidence(&self) -> Vec<(Evidence, Option<Origin>)> {
        let line = |line: &Line| {
            let (statement, events) = (line.statement.clone(), line.events.clone());
            let origin = Origin { family: line.family, part: line.part };
            (Evidence { statement, weight: round(line.bits), events }, Some(origin))
        };
        self.lines.iter().map(line).collect()
    }
}

/// Strongest first; a stable order of text among equals.
pub(super) fn by_strength(a: &Evidence, b: &Evidence) -> Ordering {
    b.weight.abs().total_cmp(&a.weight.abs()).then_with(|| a.statement.cmp(&b.statement))
}

/// Two digits are enough for a weight that people read.
pub(super) fn round(bits: f64) -> f64 {
    (bits * 100.0).round() / 100.0
}
