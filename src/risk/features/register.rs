//! What do the register, the monthly reports and other stages say, as a number?

use crate::risk::features::{Found, Register, Value};
use crate::risk::measure::{Hit, View, fresh};
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
        Register::RevenueYuan { months, months_kept } => revenue(view, *months, *months_kept),
        Register::Succession { confidence_min } => {
            let pairs = view.pairs.values().filter(|pair| pair.confidence >= *confidence_min);
            let pair = pairs.max_by(|a, b| a.confidence.total_cmp(&b.confidence))?;
            let events =
                pair.evidence.iter().flat_map(|line| line.events.iter().cloned()).collect();
            Some(Found { value: Value::Number(pair.confidence), events, firm: true })
        }
    }
}

/// The sum of the latest months; each must have been reported.
fn revenue(view: &View<'_>, months: i32, months_kept: i32) -> Option<Found> {
    let rows = &view.record.activity;
    let last = rows.last()?.month;
    let mut hit = Hit::default();
    let mut fen = 0.0;
    for back in 0..months {
        let month = Month(last.0 - back);
        let row = rows.iter().rev().find(|row| row.month == month)?;
        if row.revenue.is_nan() {
            return None;
        }
        fen += f64::from(row.revenue);
        hit.events.push(row.id.clone());
    }
    hit.firm = true;
    fresh(view, last, months_kept).then(|| Found::number(fen / 100.0, hit))
}
