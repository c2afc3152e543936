//! What do the register, the monthly reports and other stages say, as a number?

use crate::risk::features::{Found, Register, Reported, Value};
use crate::risk::measure::{Hit, View, activity, fresh, newest, staff};
use crate::risk::record::ActivityMonth;
use crate::time::Month;

/// The value; `None` when nothing is known.
pub(super) fn find(view: &View<'_>, register: &Register) -> Option<Found> {
    let profile = &view.record.profile;
    match register {
        Register::AgeMonths { steps } => {
            let (since, event) = profile.established.as_ref()?;
            let reached = |step: &&i32| view.today >= since.plus_months(**step);
            for step in steps {
                view.wake(since.plus_months(*step));
            }
            let months = steps.iter().rev().find(reached).copied().unwrap_or(0);
            Some(Found::on(f64::from(months), event))
        }
        Register::Industry {} => {
            let (code, event) = profile.industry.as_ref()?;
            let value = Value::Text((&**code).into());
            Some(Found { value, events: vec![event.clone()], firm: true })
        }
        Register::SubscribedYuan {} => {
            let (fen, event) = profile.subscribed.as_ref()?;
            Some(Found::on(fen.as_yuan(), event))
        }
        Register::PaidYuan {} => {
            let event = profile.subscribed.as_ref().map(|(_, event)| event);
            let event = event.or(profile.established.as_ref().map(|(_, event)| event))?;
            Some(Found::on(profile.paid?.as_yuan(), event))
        }
        Register::Headcount { months_kept } => {
            let last = view.record.staff.last()?;
            let fresh = fresh(view, last.month, *months_kept);
            fresh.then(|| Found::on(f64::from(last.headcount), &last.id))
        }
        Register::RevenueYuan { months, months_kept } => {
            let (_, fen, hit) = revenue(view, *months, *months_kept)?;
            Some(Found::number(fen / 100.0, hit))
        }
        Register::PerRevenue { of, months, months_kept } => {
            per_revenue(view, *of, *months, *months_kept)
        }
        Register::HeadcountChange { months, before_min, months_kept } => {
            let rows = &view.record.staff;
            let last = rows.last()?;
            let before = staff(rows, Month(last.month.0 - months))?;
            let start = f64::from(before.headcount);
            if start < *before_min || !fresh(view, last.month, *months_kept) {
                return None;
            }
            let events = vec![before.id.clone(), last.id.clone()];
            let value = Value::Number(f64::from(last.headcount) / start);
            Some(Found { value, events, firm: true })
        }
        Register::InflowToRevenue { months, months_kept, steps } => {
            inflow(view, *months, *months_kept, steps)
        }
        Register::Succession { confidence_min } => {
            let pairs = view.pairs.values().filter(|pair| pair.confidence >= *confidence_min);
            let pair = pairs.max_by(|a, b| a.confidence.total_cmp(&b.confidence))?;
            let events =
                pair.evidence.iter().flat_map(|line| line.events.iter().cloned()).collect();
            Some(Found { value: Value::Number(pair.confidence), events, firm: true })
        }
    }
}

/// The sum of what several months up to one report; each must have been reported.
fn reported(
    view: &View<'_>,
    (last, months): (Month, i32),
    of: impl Fn(&ActivityMonth) -> f32,
) -> Option<(f64, Hit)> {
    let mut hit = Hit::default();
    let mut sum = 0.0;
    for back in 0..months {
        let told = activity(&view.record.activity, Month(last.0 - back))?;
        let number = told.number(&of);
        if number.is_nan() {
            return None;
        }
        sum += f64::from(number);
        hit.events.extend(told.events());
    }
    hit.firm = true;
    Some((sum, hit))
}

/// The newest month whose revenue is known, and the revenue of the months up to it in fen.
fn revenue(view: &View<'_>, months: i32, kept: i32) -> Option<(Month, f64, Hit)> {
    let last = newest(&view.record.activity, |told| !told.number(|row| row.revenue).is_nan())?;
    let (fen, hit) = reported(view, (last, months), |row| row.revenue)?;
    fresh(view, last, kept).then_some((last, fen, hit))
}

/// What was reported for each yuan of revenue.
fn per_revenue(view: &View<'_>, of: Reported, months: i32, kept: i32) -> Option<Found> {
    let number = |row: &ActivityMonth| match of {
        Reported::Tax => row.tax / 100.0,
        Reported::Energy => row.energy,
        Reported::Emission => row.emission,
    };
    let last = newest(&view.record.activity, |told| {
        !told.number(number).is_nan() && !told.number(|row| row.revenue).is_nan()
    })?;
    let (revenue_fen, hit) = reported(view, (last, months), |row| row.revenue)?;
    let (sum, _) = reported(view, (last, months), number)?;
    let holds = fresh(view, last, kept) && revenue_fen > 0.0;
    holds.then(|| Found::number(sum / (revenue_fen / 100.0), hit))
}

/// What it was paid as a multiple of the revenue that it reported, by step.
fn inflow(view: &View<'_>, months: i32, kept: i32, steps: &[f64]) -> Option<Found> {
    let (last, revenue_fen, hit) = revenue(view, months, kept)?;
    if revenue_fen <= 0.0 {
        return None;
    }
    let first = Month(last.0 - months + 1);
    let paid = view.record.inflow.iter().filter(|row| (first..=last).contains(&row.0));
    let times = paid.map(|row| row.1 as f64).sum::<f64>() / revenue_fen;
    let reached = steps.iter().rev().find(|step| times >= **step).copied().unwrap_or(0.0);
    Some(Found::number(reached, hit))
}
