//! Do the types of an expression fit, and is it a pure function of its row?
//!
//! The planner casts silently (`penalties > 'abc'`) and takes `random()`; here both are refused.
//! What is not named below is refused: subqueries, aggregates, windows, placeholders, stars.

use crate::risk::sql::plan::Wrong;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Between, BinaryExpr, Case, Expr, Like, Operator};

/// What an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A word.
    Word,
    /// Null, which goes with all.
    Null,
}

impl Class {
    const fn said(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Boolean => "yes or no",
            Self::Word => "a word",
            Self::Null => "null",
        }
    }

    fn of(kind: &DataType) -> Self {
        match kind {
            DataType::Boolean => Self::Boolean,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Word,
            DataType::Null => Self::Null,
            _ => Self::Number,
        }
    }
}

/// The class of an expression.
pub(super) fn class(expr: &Expr, schema: &Schema) -> Result<Class, Wrong> {
    let of = |expr: &Expr| class(expr, schema);
    let want = |expr: &Expr, wanted: Class| {
        let found = of(expr)?;
        if found == wanted || found == Class::Null {
            Ok(wanted)
        } else {
            Err(Wrong::whole(format!(
                "`{expr}` is {}, where {} is wanted",
                found.said(),
                wanted.said()
            )))
        }
    };
    match expr {
        Expr::Alias(alias) => of(&alias.expr),
        Expr::Column(column) => match schema.field_with_name(&column.name) {
            Ok(field) => Ok(Class::of(field.data_type())),
            Err(_) => {
                Err(Wrong::at(&column.name, format!("no column is called \"{}\"", column.name)))
            }
        },
        Expr::Literal(value, _) => literal(value),
        Expr::BinaryExpr(binary) => self::binary(binary, schema),
        Expr::Not(inner)
        | Expr::IsTrue(inner)
        | Expr::IsFalse(inner)
        | Expr::IsNotTrue(inner)
        | Expr::IsNotFalse(inner)
        | Expr::IsUnknown(inner)
        | Expr::IsNotUnknown(inner) => want(inner, Class::Boolean),
        Expr::IsNull(inner) | Expr::IsNotNull(inner) => of(inner).map(|_| Class::Boolean),
        Expr::Negative(inner) => want(inner, Class::Number),
        Expr::Between(Between { expr, low, high, .. }) => {
            same([&**expr, low, high], schema)?;
            Ok(Class::Boolean)
        }
        Expr::Like(Like { expr, pattern, .. }) => {
            want(expr, Class::Word)?;
            want(pattern, Class::Word)?;
            Ok(Class::Boolean)
        }
        Expr::InList(list) => {
            same(std::iter::once(&*list.expr).chain(&list.list), schema)?;
            Ok(Class::Boolean)
        }
        Expr::Case(case) => self::case(case, schema),
        Expr::Cast(cast) => {
            want(&cast.expr, Class::Number)?;
            match Class::of(cast.field.data_type()) {
                Class::Number => Ok(Class::Number),
                other => Err(Wrong::whole(format!("a cast to {} is not supported", other.said()))),
            }
        }
        Expr::ScalarFunction(call) => {
            let name = call.func.name();
            let free = ["coalesce", "nullif", "greatest", "least"].contains(&name);
            let found = same(&call.args, schema)?;
            if free || found == Class::Number || found == Class::Null {
                Ok(found)
            } else {
                Err(Wrong::at(name, format!("{name}() takes numbers")))
            }
        }
        other => Err(Wrong::whole(format!(
            "`{other}` is not supported: an expression looks at the columns of one enterprise"
        ))),
    }
}

fn literal(value: &ScalarValue) -> Result<Class, Wrong> {
    match value {
        ScalarValue::Null => Ok(Class::Null),
        ScalarValue::Boolean(_) => Ok(Class::Boolean),
        ScalarValue::Utf8(_) | ScalarValue::Utf8View(_) | ScalarValue::LargeUtf8(_) => {
            Ok(Class::Word)
        }
        ScalarValue::Int64(_) | ScalarValue::UInt64(_) | ScalarValue::Float64(_) => {
            Ok(Class::Number)
        }
        other => Err(Wrong::whole(format!("the value `{other}` is not supported"))),
    }
}

/// That all are of one class, which is given.
fn same<'a>(exprs: impl IntoIterator<Item = &'a Expr>, schema: &Schema) -> Result<Class, Wrong> {
    let mut known = Class::Null;
    for expr in exprs {
        let found = class(expr, schema)?;
        if known == Class::Null {
            known = found;
        } else if found != known && found != Class::Null {
            return Err(Wrong::whole(format!(
                "`{expr}` is {} and stands beside {}",
                found.said(),
                known.said()
            )));
        }
    }
    Ok(known)
}

fn binary(binary: &BinaryExpr, schema: &Schema) -> Result<Class, Wrong> {
    let BinaryExpr { left, op, right } = binary;
    let wanted = match op {
        Operator::And | Operator::Or => Class::Boolean,
        Operator::Plus
        | Operator::Minus
        | Operator::Multiply
        | Operator::Divide
        | Operator::Modulo => Class::Number,
        Operator::Eq
        | Operator::NotEq
        | Operator::Lt
        | Operator::LtEq
        | Operator::Gt
        | Operator::GtEq
        | Operator::IsDistinctFrom
        | Operator::IsNotDistinctFrom => {
            return same([&**left, right], schema).map(|_| Class::Boolean);
        }
        _ => return Err(Wrong::whole(format!("the operator {op} is not supported"))),
    };
    for side in [left, right] {
        let found = class(side, schema)?;
        if found != wanted && found != Class::Null {
            return Err(Wrong::whole(format!(
                "`{side}` is {}, and {op} wants {}",
                found.said(),
                wanted.said()
            )));
        }
    }
    Ok(wanted)
}

fn case(case: &Case, schema: &Schema) -> Result<Class, Wrong> {
    let whens = case.when_then_expr.iter().map(|(when, _)| &**when);
    match &case.expr {
        Some(expr) => {
            same(std::iter::once(&**expr).chain(whens), schema)?;
        }
        None => {
            for when in whens {
                let found = class(when, schema)?;
                if found != Class::Boolean {
                    return Err(Wrong::whole(format!(
                        "`{when}` is {}, and WHEN wants yes or no",
                        found.said()
                    )));
                }
            }
        }
    }
    let thens = case.when_then_expr.iter().map(|(_, then)| &**then);
    same(thens.chain(case.else_expr.as_deref()), schema)
}
