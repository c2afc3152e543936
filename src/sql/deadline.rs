//! How does a statement end in time? Its plan, and each join in it, is wrapped in one that gives up.
//!
//! What reads rows gives way after some batches; a join may turn few of them into very many without
//! reading on, so it looks at the clock, and gives way, with every batch that it gives. The root of
//! the plan also tells how the statement went ([`Run`]).

use crate::sql::watch::Run;
use crate::telemetry::labels::Protocol;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coop::make_cooperative;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
    ReplaceChildrenOptions,
};
use futures_util::{Stream, StreamExt};
use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// What a statement that took too long is told.
pub(crate) const TOO_LONG: &str = "canceling statement due to statement timeout";

/// Wraps every plan.
#[derive(Debug)]
pub(super) struct Deadline {
    /// How long a statement may take.
    pub(super) limit: Duration,
    /// By which way statements come.
    pub(super) protocol: Protocol,
}

impl PhysicalOptimizerRule for Deadline {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let limit = self.limit;
        let wrap =
            |input, run| -> Arc<dyn ExecutionPlan> { Arc::new(Bounded { input, limit, run }) };
        let plan = plan.transform_up(|part| {
            Ok(if multiplies(&*part) {
                Transformed::yes(wrap(part, None))
            } else {
                Transformed::no(part)
            })
        })?;
        Ok(wrap(plan.data, Some(Arc::new(Run::new(self.protocol)))))
    }

    fn name(&self) -> &'static str {
        "deadline"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether it may give many rows for one that it reads.
fn multiplies(part: &dyn ExecutionPlan) -> bool {
    let name = part.name();
    name.ends_with("JoinExec") || matches!(name, "UnnestExec" | "RecursiveQueryExec")
}

/// A plan that gives up after some time.
#[derive(Debug)]
struct Bounded {
    input: Arc<dyn ExecutionPlan>,
    limit: Duration,
    /// Of the root: what the statement comes to.
    run: Option<Arc<Run>>,
}

impl DisplayAs for Bounded {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deadline: {} s", self.limit.as_secs())
    }
}

impl ExecutionPlan for Bounded {
    fn name(&self) -> &'static str {
        "Deadline"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match children.pop() {
            Some(input) if children.is_empty() => {
                Ok(Arc::new(Self { input, limit: self.limit, run: self.run.clone() }))
            }
            _ => Err(DataFusionError::Internal("a deadline has one child".to_owned())),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let until = Instant::now() + self.limit;
        let over = Box::pin(tokio::time::sleep_until(until));
        let run = self.run.clone();
        if let Some(run) = &run {
            run.begin();
        }
        Ok(make_cooperative(Box::pin(Timed { input, until, over, run, done: false })))
    }
}

struct Timed {
    input: SendableRecordBatchStream,
    until: Instant,
    /// Wakes what waits for its input.
    over: Pin<Box<Sleep>>,
    run: Option<Arc<Run>>,
    done: bool,
}

impl Timed {
    /// Tells what came to the statement, if this is its root.
    fn tell(&self, next: Option<&Result<RecordBatch>>) {
        let Some(run) = &self.run else { return };
        match next {
            Some(Ok(batch)) => run.rows(batch.num_rows()),
            Some(Err(error)) => run.fail(error),
            None => run.end(),
        }
    }
}

impl Stream for Timed {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        // A task that never waits has no timers.
        if Instant::now() >= self.until || self.over.as_mut().poll(context).is_ready() {
            self.done = true;
            let error = Err(DataFusionError::ResourcesExhausted(TOO_LONG.to_owned()));
            self.tell(Some(&error));
            return Poll::Ready(Some(error));
        }
        let next = self.input.poll_next_unpin(context);
        if let Poll::Ready(next) = &next {
            self.done = next.is_none();
            self.tell(next.as_ref());
        }
        next
    }
}

impl RecordBatchStream for Timed {
    fn schema(&self) -> datafusion::arrow::datatypes::SchemaRef {
        self.input.schema()
    }
}
