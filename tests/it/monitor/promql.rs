//! What does an expression ask for? Its selectors and how they are used.

use promql::{AggregationAction, LabelMatchOp, Node, ParserOptions, Vector};

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
    /// As it is written, without a range.
    pub(super) text: String,
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
    let node = promql::parse(expr.as_bytes(), &ParserOptions::default())
        .map_err(|error| format!("{expr}: {error:?}"))?;
    let mut found = Found::default();
    walk(&node, false, &mut found);
    Ok(found)
}

fn text(vector: &Vector) -> String {
    let matchers = vector.labels.iter().map(|one| {
        let op = match one.op {
            LabelMatchOp::Eq => "=",
            LabelMatchOp::Ne => "!=",
            LabelMatchOp::REq => "=~",
            LabelMatchOp::RNe => "!~",
        };
        format!("{}{op}{:?}", one.name, String::from_utf8_lossy(&one.value))
    });
    format!("{{{}}}", matchers.collect::<Vec<_>>().join(","))
}

fn select(vector: &Vector, rated: bool, found: &mut Found) {
    let (mut name, mut labels) = (String::new(), Vec::new());
    for one in &vector.labels {
        if one.name == "__name__" {
            name = String::from_utf8_lossy(&one.value).into_owned();
        } else {
            labels.push(one.name.clone());
        }
    }
    found.selected.push(Selected { name, labels, rated, text: text(vector) });
}

fn walk(node: &Node, rated: bool, found: &mut Found) {
    match node {
        Node::Operator { args, .. } => args.iter().for_each(|arg| walk(arg, false, found)),
        Node::Vector(vector) => select(vector, rated && vector.range.is_some(), found),
        Node::Function { name, args, aggregation } => {
            if let Some(by) = aggregation.as_ref().filter(|a| a.action == AggregationAction::By) {
                found.grouped.extend(by.labels.iter().cloned());
            }
            let rated = OF_COUNTERS.contains(&name.as_str());
            for arg in args {
                walk(arg, rated, found);
            }
        }
        Node::Negation(inner) => walk(inner, false, found),
        Node::Scalar(_) | Node::String(_) => {}
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
    assert_eq!(found.selected[1].text, "{__name__=\"y\",d!=\"2\"}");
    let found =
        read("absent(up == 1) and -increase(a:b_c:d[1h] offset 1d) > 0 or vector(0)").unwrap();
    let names: Vec<&str> = found.selected.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["up", "a:b_c:d"]);
    assert!(read("rate(").is_err());
}
