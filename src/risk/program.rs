//! Which expressions does a model have, and what do they give for the enterprises of an epoch?
//!
//! Invariant: an expression gives nothing for an enterprise of which nothing is known, so that it
//! is run only where one of its columns says something; what it gives rests on the events of the
//! columns that it names. Must not know: how a feature is found.

use crate::id::EventId;
use crate::risk::config::{Band, Config, Fault, Indicator, band};
use crate::risk::features::{Feature, Found, RESERVED, Value, of_nothing};
use crate::risk::measure::Hit;
use crate::risk::sql::{Columns, Formula, Wrong};
use crate::risk::{Flag, Ground, Index};
use crate::text::Level;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A condition of a warning rule, as its file states it.
#[derive(Clone, Debug)]
pub struct ConditionFile {
    /// The kind of the warning.
    pub kind: Arc<str>,
    /// The level that it gives.
    pub level: Level,
    /// The expression: yes or no.
    pub sql: String,
}

/// All expressions of a model, planned.
#[derive(Clone, Debug, Default)]
pub struct Program {
    plan: Option<Arc<Plan>>,
}

#[derive(Debug)]
struct Plan {
    schema: Arc<Schema>,
    /// By column: whether it holds words, and what nothing found is.
    blank: Vec<(bool, Option<f64>)>,
    /// By column: the place of its feature. The columns of rules come after these.
    features: Vec<usize>,
    names: Vec<Arc<str>>,
    scored: Vec<Scored>,
    conditions: Vec<Condition>,
}

/// The expression of an indicator.
#[derive(Debug)]
struct Scored {
    /// The place of the indicator.
    place: usize,
    formula: Formula,
    bands: Vec<Band>,
    points: f64,
}

/// The expression of a rule.
#[derive(Debug)]
struct Condition {
    kind: Arc<str>,
    level: Level,
    formula: Formula,
}

/// What is known of one enterprise: what was found, by column, in rising order.
pub(crate) type Row = Vec<(usize, Found)>;

impl Program {
    /// Plans the expressions of a model.
    ///
    /// # Errors
    /// When one cannot be planned, or gives points for an enterprise of which nothing is known.
    pub(super) fn plan(config: &Config, conditions: &[ConditionFile]) -> Result<Self, Fault> {
        let formulas = config.indicators.iter().filter(|indicator| indicator.sql.is_some());
        if formulas.count() == 0 && conditions.is_empty() {
            return Ok(Self::default());
        }
        // Once over all features, to know which are named; then over those alone.
        let all: Vec<usize> = (0..config.features.len()).collect();
        let whole = Plan::of(config, conditions, &all)?;
        let scored = whole.scored.iter().map(|scored| &scored.formula);
        let formulas = scored.chain(whole.conditions.iter().map(|condition| &condition.formula));
        let named: BTreeSet<usize> = formulas
            .flat_map(|formula| formula.uses().iter().copied())
            .filter(|column| *column < all.len())
            .collect();
        let plan = Plan::of(config, conditions, &named.into_iter().collect::<Vec<_>>())?;
        plan.check_rest(config)?;
        Ok(Self { plan: Some(Arc::new(plan)) })
    }

    /// The places of the features that an expression names, by column.
    pub fn features(&self) -> &[usize] {
        self.plan.as_ref().map_or(&[], |plan| &plan.features)
    }

    /// The name of a column; empty where there is none.
    pub(crate) fn name(&self, column: usize) -> Arc<str> {
        let name = self.plan.as_ref().and_then(|plan| plan.names.get(column));
        name.cloned().unwrap_or_default()
    }

    /// The indicators and rules whose expressions name a feature, and the features that set it
    /// against peers.
    pub fn users(&self, config: &Config, feature: usize) -> Vec<String> {
        let name = config.features[feature].name.get_ref();
        let against = config.compared.iter().map(|place| &config.features[*place]);
        let against =
            against.filter(|each| each.peers.as_ref().is_some_and(|p| p.of.get_ref() == name));
        let mut users = self.named_by(config, feature);
        users.extend(against.map(|each| each.name.get_ref().to_string()));
        users
    }

    fn named_by(&self, config: &Config, feature: usize) -> Vec<String> {
        let Some(plan) = &self.plan else { return Vec::new() };
        let Ok(column) = plan.features.binary_search(&feature) else { return Vec::new() };
        let names = |formula: &Formula| formula.uses().contains(&column);
        let scored = plan.scored.iter().filter(|scored| names(&scored.formula));
        let scored = scored.map(|s| config.indicators[s.place].id.get_ref().to_string());
        let conditions = plan.conditions.iter().filter(|condition| names(&condition.formula));
        let mut users: Vec<String> =
            scored.chain(conditions.map(|condition| condition.kind.to_string())).collect();
        users.dedup();
        users
    }

    /// How many expressions indicators and rules have.
    pub fn expressions(&self) -> (usize, usize) {
        self.plan.as_ref().map_or((0, 0), |plan| (plan.scored.len(), plan.conditions.len()))
    }

    /// The columns that an indicator's expression names.
    pub(crate) fn columns_of(&self, place: usize) -> &[usize] {
        let scored = self.plan.iter().flat_map(|plan| &plan.scored);
        scored
            .filter(|scored| scored.place == place)
            .map(|s| s.formula.uses())
            .next()
            .unwrap_or(&[])
    }

    /// The columns of features as a batch; `None` when the model has no expressions.
    pub(crate) fn batch<'r>(&self, rows: impl Iterator<Item = &'r Row>) -> Option<RecordBatch> {
        let plan = self.plan.as_ref()?;
        let mut columns = plan.columns();
        for row in rows {
            columns.push(row.iter().map(|(column, found)| (*column, found)));
        }
        Some(columns.finish().expect("the columns are made by the schema"))
    }

    /// What the indicators' expressions give, for each row: by the place of the indicator.
    pub(crate) fn score(&self, rows: &[&Row]) -> Vec<Vec<(usize, Hit)>> {
        let mut hits = vec![Vec::new(); rows.len()];
        let Some(plan) = &self.plan else { return hits };
        if plan.scored.is_empty() || rows.iter().all(|row| row.is_empty()) {
            return hits;
        }
        let Some(batch) = self.batch(rows.iter().copied()) else { return hits };
        for scored in &plan.scored {
            let touched = |row: &Row| row.iter().any(|(c, _)| scored.formula.uses().contains(c));
            if !rows.iter().any(|row| touched(row)) {
                continue;
            }
            let numbers = scored.formula.run(&batch).expect("checked when it was planned");
            for ((row, number), hits) in rows.iter().zip(numbers).zip(&mut hits) {
                let points = scored.points(number);
                if points != 0.0 {
                    let (events, firm) = rests_on(row, scored.formula.uses());
                    hits.push((scored.place, Hit { points, events, firm }));
                }
            }
        }
        hits
    }

    /// What the rules' conditions give, for each row with its index.
    pub(crate) fn flag(&self, rows: &[(&Row, &Index)]) -> Vec<Vec<Flag>> {
        let mut flags = vec![Vec::new(); rows.len()];
        let Some(plan) = &self.plan else { return flags };
        if plan.conditions.is_empty() || rows.is_empty() {
            return flags;
        }
        let (score, grade) = (plan.features.len(), plan.features.len() + 1);
        let mut columns = plan.columns();
        for (row, index) in rows {
            columns.push(row.iter().map(|(column, found)| (*column, found)));
            columns.put(score, f64::from(index.score));
            columns.put_word(grade, index.grade.word());
        }
        let batch = columns.finish().expect("the columns are made by the schema");
        for condition in &plan.conditions {
            let holds = condition.formula.run(&batch).expect("checked when it was planned");
            for (((row, _), holds), flags) in rows.iter().zip(holds).zip(&mut flags) {
                if holds != 0.0 {
                    add(flags, plan.flag(condition, row));
                }
            }
        }
        flags
    }
}

/// The highest level of a kind stays.
fn add(flags: &mut Vec<Flag>, flag: Flag) {
    match flags.iter_mut().find(|known| known.kind == flag.kind) {
        Some(known) if known.level >= flag.level => {}
        Some(known) => *known = flag,
        None => flags.push(flag),
    }
}

/// The events of the named columns, and whether one of them may carry a veto.
fn rests_on(row: &Row, uses: &[usize]) -> (Vec<EventId>, bool) {
    let named = row.iter().filter(|(column, _)| uses.contains(column));
    let (mut events, mut firm) = (Vec::new(), false);
    for (_, found) in named {
        events.extend(found.events.iter().cloned());
        firm |= found.firm;
    }
    (events, firm)
}

impl Scored {
    fn points(&self, number: f64) -> f64 {
        if self.formula.is_boolean() {
            number * self.points
        } else if self.bands.is_empty() {
            number
        } else {
            band(&self.bands, number)
        }
    }
}

impl Plan {
    fn of(
        config: &Config,
        conditions: &[ConditionFile],
        features: &[usize],
    ) -> Result<Self, Fault> {
        let chosen: Vec<&Feature> = features.iter().map(|place| &config.features[*place]).collect();
        let mut blank: Vec<(bool, Option<f64>)> =
            chosen.iter().map(|feature| (feature.is_text(), of_nothing(feature))).collect();
        blank.extend([(false, Some(0.0)), (true, None)]);
        let names = chosen.iter().map(|feature| &**feature.name.get_ref()).chain(RESERVED);
        let fields: Vec<Field> = names
            .zip(&blank)
            .map(|(name, (words, _))| {
                let kind = if *words { DataType::Utf8 } else { DataType::Float64 };
                Field::new(name, kind, true)
            })
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let mut scored = Vec::new();
        for (place, indicator) in config.indicators.iter().enumerate() {
            if indicator.sql.is_some() {
                scored.push(Scored::plan(place, indicator, &schema, features.len())?);
            }
        }
        let conditions = conditions
            .iter()
            .map(|file| Condition::plan(file, &schema))
            .collect::<Result<_, _>>()?;
        let names = chosen.iter().map(|feature| feature.name.get_ref().clone()).collect();
        Ok(Self { schema, blank, features: features.to_vec(), names, scored, conditions })
    }

    fn columns(&self) -> Columns<'_> {
        Columns::new(&self.schema, &self.blank)
    }

    /// An expression that gives something where nothing is known would rest on no event.
    fn check_rest(&self, config: &Config) -> Result<(), Fault> {
        let mut columns = self.columns();
        columns.push(std::iter::empty());
        let batch = columns.finish().map_err(|why| Fault::of("features.toml", why))?;
        for scored in &self.scored {
            let indicator = &config.indicators[scored.place];
            let id = indicator.id.get_ref();
            let number = scored.formula.run(&batch).map_err(|why| indicator.fault(why))?;
            if scored.points(number[0]) != 0.0 {
                return Err(indicator.fault(format!(
                    "indicator \"{id}\" gives points to an enterprise of which nothing is known; \
                     a contribution must rest on events"
                )));
            }
        }
        for condition in &self.conditions {
            let wrong = |message| Fault::of("rules.toml", message);
            if condition.formula.run(&batch).map_err(wrong)?[0] != 0.0 {
                return Err(wrong(format!(
                    "the condition of \"{}\" holds for an enterprise of which nothing is known",
                    condition.kind
                )));
            }
        }
        Ok(())
    }

    fn flag(&self, condition: &Condition, row: &Row) -> Flag {
        let named = row.iter().filter(|(column, _)| condition.formula.uses().contains(column));
        let grounds = named
            .map(|(column, found)| Ground {
                feature: self.names[*column].clone(),
                value: match &found.value {
                    Value::Number(number) => format!("{}", (number * 100.0).round() / 100.0),
                    Value::Text(word) => word.to_string(),
                }
                .into(),
                events: found.events.clone(),
            })
            .collect();
        Flag { kind: condition.kind.clone(), level: condition.level, grounds }
    }
}

impl Scored {
    fn plan(
        place: usize,
        indicator: &Indicator,
        schema: &Arc<Schema>,
        features: usize,
    ) -> Result<Self, Fault> {
        let sql = indicator.sql.as_ref().expect("asked only of those with an expression");
        let text = sql.get_ref();
        let formula = Formula::plan(text, schema)
            .and_then(|formula| match formula.uses().last() {
                Some(last) if *last >= features => Err(Wrong {
                    message: "score and grade are known to rules, not to indicators".to_owned(),
                    word: Some(RESERVED[*last - features].to_owned()),
                    at: None,
                }),
                None => Err(Wrong {
                    message: "the expression names no feature".to_owned(),
                    word: None,
                    at: None,
                }),
                _ => Ok(formula),
            })
            .map_err(|wrong| {
                let message =
                    format!("indicator \"{}\": {}", indicator.id.get_ref(), wrong.message);
                Fault {
                    message,
                    file: "indicators.toml",
                    span: Some(sql.span()),
                    within: Some((text.clone(), wrong.span(text))),
                }
            })?;
        if formula.is_boolean() && !indicator.bands.is_empty() {
            return Err(indicator.fault(format!(
                "indicator \"{}\" has bands, and its expression answers yes or no",
                indicator.id.get_ref()
            )));
        }
        let points = f64::from(indicator.points);
        Ok(Self { place, formula, bands: indicator.bands.clone(), points })
    }
}

impl Condition {
    fn plan(file: &ConditionFile, schema: &Arc<Schema>) -> Result<Self, Fault> {
        let formula = Formula::plan(&file.sql, schema).and_then(|formula| {
            if formula.is_boolean() {
                Ok(formula)
            } else {
                Err(Wrong {
                    message: "a condition answers yes or no".to_owned(),
                    word: None,
                    at: None,
                })
            }
        });
        let formula = formula.map_err(|wrong| Fault {
            message: format!("rule \"{}\": {}", file.kind, wrong.message),
            file: "rules.toml",
            span: None,
            within: Some((file.sql.clone(), wrong.span(&file.sql))),
        })?;
        Ok(Self { kind: file.kind.clone(), level: file.level, formula })
    }
}
