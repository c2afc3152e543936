//! Which statements may be asked? Those that read, and what clients need to say hello.
//!
//! Two locks: the statement as it was written, and the plan that came of it.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::ast::{Query, Set, SetExpr, Statement};
use std::fmt;

/// A statement that may not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(String);

impl Refused {
    /// Of whatever is no statement of SQL.
    pub(super) fn other(statement: &impl fmt::Display) -> Self {
        let text = statement.to_string();
        Self(text.split_whitespace().next().unwrap_or_default().to_uppercase())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is refused: only SELECT, EXPLAIN and SHOW are answered here", self.0)
    }
}

impl std::error::Error for Refused {}

/// Variables of a client that concern itself alone.
const VARIABLES: [&str; 9] = [
    "application_name",
    "bytea_output",
    "client_encoding",
    "client_min_messages",
    "datestyle",
    "extra_float_digits",
    "intervalstyle",
    "search_path",
    "timezone",
];

/// Whether a statement may be asked.
///
/// # Errors
/// When it is none of the list.
pub fn permit(statement: &Statement) -> Result<(), Refused> {
    let fine = match statement {
        Statement::Query(query) => reads(query),
        Statement::Explain { statement, .. } => {
            matches!(&**statement, Statement::Query(query) if reads(query))
        }
        Statement::ShowVariable { .. }
        | Statement::ShowTables { .. }
        | Statement::ShowColumns { .. }
        | Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. } => true,
        Statement::Set(set) => sets(set),
        _ => false,
    };
    if fine { Ok(()) } else { Err(Refused::other(statement)) }
}

fn reads(query: &Query) -> bool {
    let with = query.with.iter().flat_map(|with| &with.cte_tables);
    query.locks.is_empty() && with.into_iter().all(|cte| reads(&cte.query)) && body(&query.body)
}

fn body(expr: &SetExpr) -> bool {
    match expr {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Query(query) => reads(query),
        SetExpr::SetOperation { left, right, .. } => body(left) && body(right),
        SetExpr::Values(_) => true,
        _ => false,
    }
}

fn sets(set: &Set) -> bool {
    match set {
        Set::SingleAssignment { variable, .. } => {
            VARIABLES.contains(&variable.to_string().to_lowercase().as_str())
        }
        Set::SetTimeZone { .. } | Set::SetNames { .. } | Set::SetNamesDefault {} => true,
        Set::SetTransaction { .. } => true,
        _ => false,
    }
}

/// Whether a plan only reads.
///
/// # Errors
/// When a part of it would change something.
pub(super) fn reads_only(plan: &LogicalPlan) -> Result<(), DataFusionError> {
    let strict =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    strict.verify_plan(plan)?;
    plan.apply_with_subqueries(|part| match part {
        LogicalPlan::Copy(_) | LogicalPlan::Dml(_) | LogicalPlan::Ddl(_) => {
            Err(DataFusionError::Plan("only reading is answered here".to_owned()))
        }
        _ => Ok(TreeNodeRecursion::Continue),
    })?;
    Ok(())
}
