//! What does a statement read? The tables of one epoch, as one caller may see them.
//!
//! A table is read when a statement begins and shared by all that ask of the same epoch. Must not
//! know: what is in a table.

use crate::access::Who;
use crate::sql::columns;
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Rows that are read together.
const ROWS: usize = 8_192;

/// The tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Every enterprise, with its index.
    Enterprises,
    /// The index of every enterprise.
    Index,
    /// How each index went.
    IndexHistory,
    /// What adds up to each index.
    Contributions,
    /// Relations.
    Ties,
    /// Suspected successions.
    Pairs,
    /// Warnings, open and withdrawn.
    Warnings,
    /// Tasks.
    Tasks,
    /// Fund-flow patterns.
    Flows,
    /// What the model's features say.
    Features,
    /// What was learned of each enterprise, when.
    Facts,
}

impl Table {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Enterprises,
        Self::Index,
        Self::IndexHistory,
        Self::Contributions,
        Self::Ties,
        Self::Pairs,
        Self::Warnings,
        Self::Tasks,
        Self::Flows,
        Self::Features,
        Self::Facts,
    ];

    /// How it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enterprises => "enterprises",
            Self::Index => "index",
            Self::IndexHistory => "index_history",
            Self::Contributions => "contributions",
            Self::Ties => "ties",
            Self::Pairs => "pairs",
            Self::Warnings => "warnings",
            Self::Tasks => "tasks",
            Self::Flows => "flows",
            Self::Features => "features",
            Self::Facts => "facts",
        }
    }

    /// Whether it takes long to read at a city's size: it is read in parts, between which epochs
    /// are taken in.
    pub const fn is_gradual(self) -> bool {
        matches!(self, Self::Ties | Self::Facts)
    }

    /// The table of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Its columns.
    pub fn schema(self) -> SchemaRef {
        columns::schema(self)
    }
}

/// What the statement that runs reads.
#[derive(Debug, Default)]
pub(super) struct Held(RwLock<BTreeMap<Table, RecordBatch>>);

impl Held {
    /// Nothing any more: a statement that reads these has found its rows.
    pub(super) fn drop_all(&self) {
        self.put(Vec::new());
    }

    /// In place of what was held before.
    pub(super) fn put(&self, batches: Vec<(Table, RecordBatch)>) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *held = batches.into_iter().collect();
    }

    fn get(&self, table: Table) -> RecordBatch {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.get(&table).cloned().unwrap_or_else(|| RecordBatch::new_empty(table.schema()))
    }
}

/// A table whose rows are those held when it is read.
#[derive(Debug)]
pub(super) struct Lively {
    table: Table,
    schema: SchemaRef,
    held: Arc<Held>,
}

impl Lively {
    pub(super) fn new(table: Table, held: Arc<Held>) -> Self {
        Self { table, schema: table.schema(), held }
    }
}

#[async_trait]
impl TableProvider for Lively {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let whole = self.held.get(self.table);
        let slices = (0..whole.num_rows()).step_by(ROWS);
        let slices = slices.map(|from| whole.slice(from, ROWS.min(whole.num_rows() - from)));
        let parts = state.config().target_partitions().max(1);
        let mut partitions = vec![Vec::new(); parts];
        for (place, slice) in slices.enumerate() {
            partitions[place % parts].push(slice);
        }
        let rows = MemTable::try_new(self.schema.clone(), partitions)?;
        rows.scan(state, projection, filters, limit).await
    }
}

/// The journal epoch, and how many acts.
pub(super) type Version = (u64, u64);

/// A table as one caller may see it.
#[derive(Debug)]
struct Kept {
    who: Arc<Who>,
    table: Table,
    batch: RecordBatch,
}

/// Tables of the newest epoch that was asked for, within a bound of memory.
#[derive(Debug)]
pub(super) struct Cache {
    bytes_max: usize,
    kept: Mutex<(Version, Vec<Kept>)>,
}

impl Cache {
    /// With a bound.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, kept: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, (Version, Vec<Kept>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The table as of a version, if it is kept. What is kept of other versions is let go.
    pub(super) fn find(
        &self,
        (who, table): (&Arc<Who>, Table),
        version: Version,
    ) -> Option<RecordBatch> {
        let mut kept = self.lock();
        if kept.0 != version {
            *kept = (version, Vec::new());
        }
        let known = kept.1.iter().find(|one| one.table == table && alike(&one.who, who));
        known.map(|known| known.batch.clone())
    }

    /// Keeps a table as of a version, if it is still the newest and there is room. Gives it back.
    pub(super) fn keep(
        &self,
        (who, table): (&Arc<Who>, Table),
        version: Version,
        batch: RecordBatch,
    ) -> RecordBatch {
        let mut kept = self.lock();
        let size = |one: &Kept| one.batch.get_array_memory_size();
        let held: usize = kept.1.iter().map(size).sum();
        if kept.0 == version && held + batch.get_array_memory_size() <= self.bytes_max {
            kept.1.push(Kept { who: who.clone(), table, batch: batch.clone() });
        }
        batch
    }
}

/// Whether two callers see the same rows.
fn alike(one: &Who, other: &Who) -> bool {
    one.id == other.id
        && one.roles == other.roles
        && one.agency == other.agency
        && one.divisions == other.divisions
}
