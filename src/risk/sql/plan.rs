//! How does a text become something that runs? Parsed, checked, coerced, planned: once.

use crate::risk::sql::{Class, Formula, check};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{
    DFSchema, DataFusionError, Result, ScalarValue, SchemaError, TableReference,
};
use datafusion::functions::{core, math};
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::planner::{ContextProvider, ExprPlanner};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{
    AggregateUDF, Cast, Expr, HigherOrderUDF, ScalarUDF, TableSource, Volatility, WindowUDF,
};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::create_physical_expr;
use datafusion::sql::planner::{ParserOptions, PlannerContext, SqlToRel};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Token;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The functions that an expression may call.
pub const FUNCTIONS: [&str; 13] = [
    "abs", "ceil", "coalesce", "exp", "floor", "greatest", "least", "ln", "log10", "nullif",
    "power", "round", "sqrt",
];

/// Functions that are known and refused: two runs would differ.
const VOLATILE: [&str; 6] = ["random", "rand", "uuid", "now", "current_timestamp", "current_date"];

/// Why an expression cannot be used, with the place where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong, and what to do.
    pub message: String,
    /// The word at fault.
    pub word: Option<String>,
    /// The character at fault, counted from 0.
    pub at: Option<usize>,
}

impl Wrong {
    /// The whole expression is at fault.
    pub(super) fn whole(message: String) -> Self {
        Self { message, word: None, at: None }
    }

    /// A word is at fault.
    pub(super) fn at(word: &str, message: String) -> Self {
        Self { message, word: Some(word.to_owned()), at: None }
    }

    /// The bytes at fault within the text of the expression.
    pub fn span(&self, sql: &str) -> std::ops::Range<usize> {
        let whole = 0..sql.len();
        if let Some(word) = &self.word {
            let lower = sql.to_ascii_lowercase();
            let edge = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
            let found = lower.match_indices(&word.to_ascii_lowercase()).find(|(at, found)| {
                edge(lower[..*at].chars().next_back())
                    && edge(lower[at + found.len()..].chars().next())
            });
            return found.map_or(whole, |(at, found)| at..at + found.len());
        }
        let Some(at) = self.at else { return whole };
        let start = sql.char_indices().nth(at).map_or(sql.len(), |(byte, _)| byte);
        let length = sql[start..].chars().next().map_or(0, char::len_utf8);
        start..start + length
    }
}

/// Plans an expression.
pub(super) fn plan(sql: &str, schema: &Arc<Schema>) -> Result<Formula, Wrong> {
    let ast = parse(sql)?;
    let names = DFSchema::try_from(schema.as_ref().clone()).map_err(said)?;
    let catalogue = Catalogue::default();
    let planner = SqlToRel::new_with_options(&catalogue, ParserOptions::default());
    let logical = planner
        .sql_to_expr(ast, &names, &mut PlannerContext::new())
        .map_err(|error| explained(&error, schema))?;
    let class = check::class(&logical, schema)?;
    if !matches!(class, Class::Number | Class::Boolean) {
        return Err(Wrong::whole("the expression must give a number, or yes or no".to_owned()));
    }
    let mut uses = BTreeSet::new();
    let mut volatile = None;
    logical
        .apply(|each| {
            match each {
                Expr::Column(column) => uses.extend(schema.index_of(&column.name).ok()),
                Expr::ScalarFunction(call)
                    if call.func.signature().volatility != Volatility::Immutable =>
                {
                    volatile = Some(call.func.name().to_owned());
                }
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .map_err(said)?;
    if let Some(name) = volatile {
        return Err(Wrong::at(&name, format!("{name}() gives another result on every call")));
    }
    let logical = fractions(logical).map_err(said)?;
    let schema_ref = Arc::new(names.clone());
    let simplifier =
        ExprSimplifier::new(SimplifyContext::builder().with_schema(schema_ref).build());
    let coerced = simplifier.coerce(logical, &names).map_err(said)?;
    let coerced = match class {
        Class::Number => Expr::Cast(Cast::new(Box::new(coerced), DataType::Float64)),
        _ => coerced,
    };
    let simple = simplifier.simplify(coerced).map_err(said)?;
    let expr = create_physical_expr(
        &simple,
        &names,
        &ExecutionProps::new(),
        &PhysicalPlanningContext::default(),
    )
    .map_err(said)?;
    Ok(Formula { expr, class, uses: uses.into_iter().collect() })
}

fn parse(sql: &str) -> Result<datafusion::sql::sqlparser::ast::Expr, Wrong> {
    let placed = |message: String| {
        let number = |mark: &str| {
            let rest = &message[message.find(mark)? + mark.len()..];
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            digits.parse::<usize>().ok()
        };
        let at = match (number("Line: "), number("Column: ")) {
            (Some(line), Some(column)) if line > 0 && column > 0 => {
                let before: usize =
                    sql.lines().take(line - 1).map(|text| text.chars().count() + 1).sum();
                Some(before + column - 1)
            }
            _ => None,
        };
        Wrong { message, word: None, at }
    };
    let dialect = GenericDialect {};
    let parser = Parser::new(&dialect).try_with_sql(sql);
    let mut parser = parser.map_err(|error| placed(error.to_string()))?;
    let ast = parser.parse_expr().map_err(|error| placed(error.to_string()))?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(placed(format!(
            "one expression is wanted; \"{next}\" follows it at Line: {}, Column: {}",
            next.span.start.line, next.span.start.column
        )));
    }
    Ok(ast)
}

/// Whole numbers become fractions, so that `1 / 2` is a half.
fn fractions(logical: Expr) -> Result<Expr> {
    let rewritten = logical.transform_down(|each| match each {
        Expr::ScalarFunction(call) if call.func.name() == "round" && call.args.len() > 1 => {
            Ok(Transformed::new(Expr::ScalarFunction(call), false, TreeNodeRecursion::Jump))
        }
        Expr::Literal(ScalarValue::Int64(Some(number)), meta) => {
            Ok(Transformed::yes(Expr::Literal(ScalarValue::Float64(Some(number as f64)), meta)))
        }
        Expr::Literal(ScalarValue::UInt64(Some(number)), meta) => {
            Ok(Transformed::yes(Expr::Literal(ScalarValue::Float64(Some(number as f64)), meta)))
        }
        other => Ok(Transformed::no(other)),
    });
    rewritten.map(|transformed| transformed.data)
}

fn said(error: DataFusionError) -> Wrong {
    Wrong::whole(first_line(&error.strip_backtrace()))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// A planner's error in the words of an analyst.
fn explained(error: &DataFusionError, schema: &Schema) -> Wrong {
    if let DataFusionError::SchemaError(schema_error, _) = error.find_root()
        && let SchemaError::FieldNotFound { field, .. } = &**schema_error
    {
        let names = schema.fields().iter().map(|field| field.name().as_str());
        let hint = crate::text::did_you_mean(&field.name, names);
        return Wrong::at(&field.name, format!("no column is called \"{}\"{hint}", field.name));
    }
    let text = first_line(&error.strip_backtrace());
    if let Some((_, rest)) = text.split_once("Invalid function '")
        && let Some((name, _)) = rest.split_once('\'')
    {
        if VOLATILE.contains(&name) {
            return Wrong::at(
                name,
                format!("{name}() gives another result on every call; an index must not"),
            );
        }
        let hint = crate::text::did_you_mean(name, FUNCTIONS.into_iter());
        let message = format!("no function is called \"{name}\"{hint}; there are {FUNCTIONS:?}");
        return Wrong::at(name, message);
    }
    Wrong::whole(text)
}

/// What an expression may name beside columns: pure functions, nothing else.
#[derive(Default)]
struct Catalogue {
    options: ConfigOptions,
}

impl ContextProvider for Catalogue {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        Err(DataFusionError::Plan(format!(
            "there is no table \"{name}\": an expression looks at the columns of one enterprise"
        )))
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        &[]
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        Some(match name {
            "abs" => math::abs(),
            "ceil" => math::ceil(),
            "coalesce" => core::coalesce(),
            "exp" => math::exp(),
            "floor" => math::floor(),
            "greatest" => core::greatest(),
            "least" => core::least(),
            "ln" => math::ln(),
            "log10" => math::log10(),
            "nullif" => core::nullif(),
            "power" => math::power(),
            "round" => math::round(),
            "sqrt" => math::sqrt(),
            _ => return None,
        })
    }

    fn get_higher_order_meta(&self, _: &str) -> Option<Arc<HigherOrderUDF>> {
        None
    }

    fn get_aggregate_meta(&self, _: &str) -> Option<Arc<AggregateUDF>> {
        None
    }

    fn get_window_meta(&self, _: &str) -> Option<Arc<WindowUDF>> {
        None
    }

    fn get_variable_type(&self, _: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        &self.options
    }

    fn udf_names(&self) -> Vec<String> {
        FUNCTIONS.iter().map(|name| (*name).to_owned()).collect()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udaf_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udwf_names(&self) -> Vec<String> {
        Vec::new()
    }
}
