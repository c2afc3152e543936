//! Where do statements run? On threads of their own, that give way to the pipeline.

use std::io;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};

/// How far they give way: the kernel's lowest priority.
const NICE: i32 = 19;

/// The threads of all statements.
#[derive(Debug)]
pub struct Threads(Option<Runtime>);

impl Threads {
    /// So many threads.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn new(threads: usize) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("sql")
            // Of a thread, on Linux. Without the right to it they run as the others do.
            .on_thread_start(|| rustix::process::setpriority_process(None, NICE).unwrap_or(()))
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// To run something on them.
    pub fn handle(&self) -> Handle {
        self.0.as_ref().expect("they run until they are dropped").handle().clone()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
    }
}
