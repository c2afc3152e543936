//! How do two models differ? Grades, warnings, load, hits, groups.

use crate::backtest::order::{Ordered, ordered};
use crate::backtest::{About, Book, Labels, Mix, Raised, Watch, Window, place};
use crate::companion::Scorecard;
use crate::id::EntityId;
use crate::risk::{Grade, Index};
use crate::text::Level;
use crate::time::Day;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Groups smaller than this are not compared: their shares say little.
const GROUP_MIN: usize = 30;
/// Indicators named for a change.
const REASONS_MAX: usize = 4;

/// What a report is to look at.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most examples of each kind of warning gained or lost.
    pub examples: usize,
    /// The first so many enterprises of the ranking, in rising order.
    pub first: Vec<usize>,
    /// A companion of the candidate.
    pub companion: Option<Scorecard>,
}

/// What two models said about the same days.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The candidate's name and digest.
    pub model: String,
    /// The other's.
    pub against: String,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Enterprises with an index at the end.
    pub enterprises: usize,
    /// How each model spreads the grades at the end, in per cent.
    pub mix: Both<BTreeMap<&'static str, f64>>,
    /// The same at the end of every month, in enterprises.
    pub months: Vec<MonthRow>,
    /// Changes of grade within the window.
    pub moves: Both<u64>,
    /// Enterprises by grade: rows are the other model, columns the candidate.
    pub grades: [Mix; 4],
    /// Enterprises with another grade, largest change of score first.
    pub regraded: Vec<Regraded>,
    /// Warnings raised within the window.
    pub raised: Both<BTreeMap<String, usize>>,
    /// Warnings that only the candidate raised.
    pub gained: Difference,
    /// Warnings that only the other raised.
    pub lost: Difference,
    /// Warnings of both with another highest level: id, other's, candidate's.
    pub releveled: Vec<(String, Level, Level)>,
    /// New tasks by agency.
    pub load: BTreeMap<String, Both<Load>>,
    /// Against confirmed cases, where any are given.
    pub hits: Option<Both<Hits>>,
    /// What the candidate's companion does to the order of work; where cases are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companion: Option<Ordered>,
    /// Share of grades C and D by district, industry and size.
    pub groups: Vec<Group>,
}

/// The same of both models.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Both<T> {
    /// Of the candidate.
    pub model: T,
    /// Of the other.
    pub against: T,
}

/// Grades at the end of a month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MonthRow {
    /// The day.
    pub on: String,
    /// Enterprises in A, B, C, D.
    pub mix: Both<Mix>,
}

/// An enterprise with another grade.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Regraded {
    /// Code.
    pub uscc: String,
    /// Name.
    pub name: String,
    /// Grades.
    pub grade: Both<&'static str>,
    /// Scores.
    pub score: Both<i32>,
    /// Indicators that differ most, with the difference in points.
    pub because: Vec<(String, i32)>,
}

/// Warnings of one model alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// How many, by kind.
    pub by_kind: BTreeMap<String, usize>,
    /// Some of each kind, with how both models see the enterprise.
    pub examples: Vec<Example>,
}

/// A warning of one model alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its highest level.
    pub level: Level,
    /// When it was raised.
    pub on: String,
    /// What it said, in Chinese and English.
    pub summary: [String; 2],
    /// Name of the enterprise; empty for a group.
    pub name: String,
    /// Grade and score at the end under each model.
    pub standing: Both<Option<(&'static str, i32)>>,
    /// Indicators that differ most, with the difference in points.
    pub because: Vec<(String, i32)>,
}

/// New tasks of an agency.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Load {
    /// All.
    pub tasks: u32,
    /// Mean of a day.
    pub a_day: f64,
    /// Most on one day.
    pub most: u32,
    /// That day; the first of several.
    pub most_on: String,
}

/// How well a model found the confirmed cases.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Hits {
    /// Confirmed cases among the enterprises with an index.
    pub cases: usize,
    /// Of the first so many of the ranking at the end, the share that are cases.
    pub precision_at: BTreeMap<usize, f64>,
    /// Cases with a warning of orange or red.
    pub warned: usize,
    /// Of the warnings of orange or red, those about cases, and all of them.
    pub warnings: (usize, usize),
    /// Cases in grade C or D at the end.
    pub graded: usize,
    /// Cleared enterprises with a warning of orange or red.
    pub false_alarms: usize,
    /// Days from the first warning of any level to the day of the case (negative: after it), in
    /// rising order: lowest, quarter, half, three quarters, highest. Empty when no day is known.
    pub lead_days: Vec<i32>,
}

/// The share of C and D in a group of enterprises.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// `district`, `industry` or `size`.
    pub by: &'static str,
    /// Which.
    pub group: String,
    /// How many enterprises.
    pub enterprises: usize,
    /// Per cent in C or D.
    pub high_pct: Both<f64>,
    /// That against the per cent of all: 1 is as all.
    pub ratio: Both<f64>,
}

/// Names of the models, and how an enterprise is called: code and name.
pub struct Names<'a> {
    /// The candidate.
    pub model: String,
    /// The other.
    pub against: String,
    /// Code and name.
    pub of: &'a dyn Fn(EntityId) -> (String, String),
}

/// Compares what two models said.
pub fn compare(
    names: &Names<'_>,
    watches: Both<&Watch>,
    book: &Book,
    labels: Option<&Labels>,
    options: &Options,
) -> Report {
    let Both { model, against } = watches;
    let window = model.window;
    let mut report = Report {
        model: names.model.clone(),
        against: names.against.clone(),
        from: window.from.to_string(),
        to: window.to.to_string(),
        enterprises: model.indices.len(),
        mix: Both { model: shares(model.mix), against: shares(against.mix) },
        months: months(model, against),
        moves: Both { model: model.changes, against: against.changes },
        grades: [[0; 4]; 4],
        regraded: Vec::new(),
        raised: Both {
            model: kinds(model.raised.values()),
            against: kinds(against.raised.values()),
        },
        gained: difference(model, against, model, against, names, options),
        lost: difference(against, model, model, against, names, options),
        releveled: releveled(model, against),
        load: load(model, against, window),
        hits: labels.map(|labels| Both {
            model: hits(model, labels, names, options),
            against: hits(against, labels, names, options),
        }),
        companion: labels
            .zip(options.companion.as_ref())
            .map(|(labels, scorecard)| ordered(model, scorecard, labels, names, &options.first)),
        groups: groups(model, against, book),
    };
    for (entity, now) in &model.indices {
        let Some(other) = against.indices.get(entity) else { continue };
        report.grades[place(other.grade)][place(now.grade)] += 1;
        if now.grade != other.grade {
            let (uscc, name) = (names.of)(*entity);
            report.regraded.push(Regraded {
                uscc,
                name,
                grade: Both { model: now.grade.word(), against: other.grade.word() },
                score: Both { model: now.score, against: other.score },
                because: because(now, other),
            });
        }
    }
    report.regraded.sort_by(|a, b| {
        let far = |r: &Regraded| (r.score.model - r.score.against).abs();
        far(b).cmp(&far(a)).then_with(|| a.uscc.cmp(&b.uscc))
    });
    report
}

fn round(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn shares(mix: Mix) -> BTreeMap<&'static str, f64> {
    let all: u32 = mix.iter().sum();
    let grades = [Grade::A, Grade::B, Grade::C, Grade::D];
    grades
        .into_iter()
        .map(|grade| {
            (grade.word(), round(f64::from(mix[place(grade)]) * 100.0 / f64::from(all.max(1))))
        })
        .collect()
}

fn months(model: &Watch, against: &Watch) -> Vec<MonthRow> {
    let rows = model.months.iter().zip(&against.months);
    rows.map(|((on, mine), (_, other))| MonthRow {
        on: on.to_string(),
        mix: Both { model: *mine, against: *other },
    })
    .collect()
}

fn kinds<'a>(raised: impl Iterator<Item = &'a Raised>) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for one in raised {
        *kinds.entry(one.kind.to_string()).or_default() += 1;
    }
    kinds
}

/// The indicators whose points differ most.
fn because(model: &Index, against: &Index) -> Vec<(String, i32)> {
    let mut points: BTreeMap<&str, i32> = BTreeMap::new();
    for line in &model.contributions {
        *points.entry(&line.indicator).or_default() += line.points;
    }
    for line in &against.contributions {
        *points.entry(&line.indicator).or_default() -= line.points;
    }
    let mut reasons: Vec<(String, i32)> =
        points.into_iter().filter(|(_, p)| *p != 0).map(|(id, p)| (id.to_owned(), p)).collect();
    reasons.sort_by_key(|(_, points)| std::cmp::Reverse(points.abs()));
    reasons.truncate(REASONS_MAX);
    reasons
}

/// The warnings of `of` that `without` has not.
fn difference(
    of: &Watch,
    without: &Watch,
    model: &Watch,
    against: &Watch,
    names: &Names<'_>,
    options: &Options,
) -> Difference {
    let mut alone: Vec<(&Arc<str>, &Raised)> =
        of.raised.iter().filter(|(id, _)| !without.raised.contains_key(*id)).collect();
    let by_kind = kinds(alone.iter().map(|(_, raised)| *raised));
    alone.sort_by_key(|(id, raised)| (std::cmp::Reverse(raised.level), raised.on, *id));
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    let mut examples = Vec::new();
    for (id, raised) in alone {
        let count = shown.entry(&raised.kind).or_default();
        *count += 1;
        if *count > options.examples {
            continue;
        }
        let index = |watch: &Watch| raised.subject.and_then(|s| watch.indices.get(&s).cloned());
        let (mine, other) = (index(model), index(against));
        examples.push(Example {
            id: id.to_string(),
            kind: raised.kind.to_string(),
            level: raised.level,
            on: raised.on.to_string(),
            summary: [raised.summary.zh.clone(), raised.summary.en.clone()],
            name: raised.subject.map_or_else(String::new, |subject| (names.of)(subject).1),
            standing: Both { model: standing(mine.as_ref()), against: standing(other.as_ref()) },
            because: match (&mine, &other) {
                (Some(mine), Some(other)) => because(mine, other),
                _ => Vec::new(),
            },
        });
    }
    Difference { by_kind, examples }
}

fn standing(index: Option<&Arc<Index>>) -> Option<(&'static str, i32)> {
    index.map(|index| (index.grade.word(), index.score))
}

fn releveled(model: &Watch, against: &Watch) -> Vec<(String, Level, Level)> {
    let both =
        model.raised.iter().filter_map(|(id, mine)| Some((id, mine, against.raised.get(id)?)));
    both.filter(|(_, mine, other)| mine.level != other.level)
        .map(|(id, mine, other)| (id.to_string(), other.level, mine.level))
        .collect()
}

fn load(model: &Watch, against: &Watch, window: Window) -> BTreeMap<String, Both<Load>> {
    let agencies: BTreeSet<&Arc<str>> = model.load.keys().chain(against.load.keys()).collect();
    let days = f64::from(window.to.since(window.from) + 1);
    let of = |watch: &Watch, agency: &Arc<str>| {
        let Some(by_day) = watch.load.get(agency) else { return Load::default() };
        let tasks = by_day.values().sum();
        let most = by_day.values().copied().max().unwrap_or(0);
        let on = by_day.iter().find(|(_, count)| **count == most).map(|(day, _)| *day);
        Load {
            tasks,
            a_day: round(f64::from(tasks) / days),
            most,
            most_on: on.map_or_else(String::new, |day: Day| day.to_string()),
        }
    };
    agencies
        .into_iter()
        .map(|agency| {
            (agency.to_string(), Both { model: of(model, agency), against: of(against, agency) })
        })
        .collect()
}

fn hits(watch: &Watch, labels: &Labels, names: &Names<'_>, options: &Options) -> Hits {
    let mut ranking: Vec<(&Arc<Index>, String)> =
        watch.indices.values().map(|index| (index, (names.of)(index.entity).0)).collect();
    ranking.sort_by(|(a, code_a), (b, code_b)| {
        (b.grade, b.score).cmp(&(a.grade, a.score)).then_with(|| code_a.cmp(code_b))
    });
    let is_case = |code: &str| labels.cases.contains_key(code);
    let precision_at = options.first.iter().filter(|k| **k > 0 && **k <= ranking.len()).map(|k| {
        let found = ranking[..*k].iter().filter(|(_, code)| is_case(code)).count();
        (*k, round(found as f64 / *k as f64))
    });
    let mut first: BTreeMap<String, Day> = BTreeMap::new();
    let mut loud: BTreeSet<String> = BTreeSet::new();
    let mut warnings = (0, 0);
    for raised in watch.raised.values() {
        let codes: Vec<String> = raised.subjects.iter().map(|s| (names.of)(*s).0).collect();
        let is_loud = raised.level >= Level::Orange;
        if is_loud {
            warnings.1 += 1;
            warnings.0 += usize::from(codes.iter().any(|code| is_case(code)));
        }
        for code in codes {
            let known = first.entry(code.clone()).or_insert(raised.on);
            *known = (*known).min(raised.on);
            if is_loud {
                loud.insert(code);
            }
        }
    }
    let mut leads: Vec<i32> = labels
        .cases
        .iter()
        .filter_map(|(code, day)| Some((*day)?.since(*first.get(code)?)))
        .collect();
    leads.sort_unstable();
    let high: BTreeSet<&str> = ranking
        .iter()
        .filter(|(index, _)| index.grade >= Grade::C)
        .map(|(_, code)| code.as_str())
        .collect();
    Hits {
        cases: ranking.iter().filter(|(_, code)| is_case(code)).count(),
        precision_at: precision_at.collect(),
        warned: labels.cases.keys().filter(|code| loud.contains(*code)).count(),
        warnings,
        graded: labels.cases.keys().filter(|code| high.contains(code.as_str())).count(),
        false_alarms: labels.cleared.iter().filter(|code| loud.contains(*code)).count(),
        lead_days: quartiles(&leads),
    }
}

fn quartiles(sorted: &[i32]) -> Vec<i32> {
    let Some(last) = sorted.len().checked_sub(1) else { return Vec::new() };
    (0..=4).map(|quarter| sorted[last * quarter / 4]).collect()
}

/// A way to put enterprises into groups: its name, and the group of one.
type Grouping = (&'static str, fn(&About) -> String);

fn groups(model: &Watch, against: &Watch, book: &Book) -> Vec<Group> {
    let of: [Grouping; 3] = [
        ("district", |about| about.division.clone()),
        ("industry", |about| about.industry.clone()),
        ("size", |about| size(about.capital_fen).to_owned()),
    ];
    let mut groups = Vec::new();
    for (by, key) in of {
        let mut members: BTreeMap<String, [usize; 3]> = BTreeMap::new();
        let mut all = [0; 3];
        for (entity, mine) in &model.indices {
            let Some(other) = against.indices.get(entity) else { continue };
            let counts = members.entry(key(&book.about(*entity))).or_default();
            for counts in [counts, &mut all] {
                counts[0] += 1;
                counts[1] += usize::from(mine.grade >= Grade::C);
                counts[2] += usize::from(other.grade >= Grade::C);
            }
        }
        let pct =
            |counts: [usize; 3], of: usize| counts[of] as f64 * 100.0 / counts[0].max(1) as f64;
        for (group, counts) in members {
            if counts[0] < GROUP_MIN || group.is_empty() {
                continue;
            }
            let ratio = |of: usize| match pct(all, of) {
                0.0 => 1.0,
                share => round(pct(counts, of) / share),
            };
            groups.push(Group {
                by,
                group,
                enterprises: counts[0],
                high_pct: Both { model: round(pct(counts, 1)), against: round(pct(counts, 2)) },
                ratio: Both { model: ratio(1), against: ratio(2) },
            });
        }
    }
    groups
}

/// Bands of subscribed capital.
fn size(capital_fen: Option<i64>) -> &'static str {
    match capital_fen.map(|fen| fen / 100) {
        None => "unknown",
        Some(yuan) if yuan < 1_000_000 => "under 1 m yuan",
        Some(yuan) if yuan < 10_000_000 => "1–10 m yuan",
        Some(yuan) if yuan < 100_000_000 => "10–100 m yuan",
        Some(_) => "100 m yuan and more",
    }
}
