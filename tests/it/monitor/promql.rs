//! What does an expression ask for? Its selectors, how they are used, and its parts that must have
//! data.

use promql_parser::parser::{AggregateExpr, Expr, LabelModifier, VectorSelector, parse};

/// Functions that take a counter.
const OF_COUNTERS: [&str; 4] = ["rate", "increase", "irate", "resets"];

/// A selector.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) name: String,
    /// Labels in its matchers.
    pub(super) labels: Vec<String>,
    /// Whether it is directly under a function for counters.
    pub(super) rated: bool,
}

/// What an expression asks for.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) selected: Vec<Selected>,
    /// Labels by which is grouped.
    pub(super) grouped: Vec<String>,
}

/// Reads an expression.
pub(super) fn read(expr: &str) -> Result<Found, String> {
    let mut found = Found::default();
    walk(&parse(expr)?, false, &mut found);
    Ok(found)
}

fn select(selector: &VectorSelector, rated: bool, found: &mut Found) {
    let labels = selector.matchers.matchers.iter().map(|matcher| matcher.name.clone()).collect();
    let name = selector.name.clone().unwrap_or_default();
    found.selected.push(Selected { name, labels, rated });
}

fn walk(expr: &Expr, rated: bool, found: &mut Found) {
    match expr {
        Expr::Aggregate(AggregateExpr { expr, param, modifier, .. }) => {
            if let Some(LabelModifier::Include(labels)) = modifier {
                found.grouped.extend(labels.labels.iter().cloned());
            }
            walk(expr, false, found);
            if let Some(param) = param {
                walk(param, false, found);
            }
        }
        Expr::Unary(one) => walk(&one.expr, false, found),
        Expr::Binary(both) => {
            walk(&both.lhs, false, found);
            walk(&both.rhs, false, found);
        }
        Expr::Paren(one) => walk(&one.expr, rated, found),
        Expr::Subquery(one) => walk(&one.expr, false, found),
        Expr::VectorSelector(selector) => select(selector, false, found),
        Expr::MatrixSelector(matrix) => select(&matrix.vs, rated, found),
        Expr::Call(call) => {
            let rated = OF_COUNTERS.contains(&call.func.name);
            for argument in &call.args.args {
                walk(argument, rated, found);
            }
        }
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

/// The parts of an alert's expression that must have data, whether or not it fires: what is
/// compared, on both sides of `and` and `or`.
pub(super) fn operands(expr: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&parse(expr).unwrap(), &mut found);
    found
}

fn collect(expr: &Expr, found: &mut Vec<String>) {
    match expr {
        Expr::Paren(one) => collect(&one.expr, found),
        Expr::Binary(both) if both.op.is_set_operator() || both.op.is_comparison_operator() => {
            collect(&both.lhs, found);
            collect(&both.rhs, found);
        }
        Expr::Binary(both) => {
            // A filter within arithmetic: `a - (b > 0)`.
            collect(&both.lhs, found);
            collect(&both.rhs, found);
        }
        Expr::Call(call) if call.func.name == "absent" => {
            call.args.args.iter().for_each(|argument| collect(argument, found));
        }
        Expr::NumberLiteral(_) => {}
        other => found.push(other.to_string()),
    }
}

#[test]
fn counters_filters_and_groups_are_told_apart() {
    let found = read("sum by (a, b) (rate(x_total{c=\"1\"}[5m])) / scalar(y{d!=\"2\"})").unwrap();
    assert_eq!(found.grouped, ["a", "b"]);
    let names: Vec<(&str, bool)> =
        found.selected.iter().map(|one| (one.name.as_str(), one.rated)).collect();
    assert_eq!(names, [("x_total", true), ("y", false)]);
    assert_eq!(found.selected[1].labels, ["d"]);
    assert_eq!(operands("absent(up == 1)"), ["up"]);
    assert_eq!(operands("a - (b > 0) > 5 and rate(c[5m]) == 0"), ["a", "b", "rate(c[5m])"]);
    assert!(read("rate(").is_err());
}
