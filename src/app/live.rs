//! How does a service run from the command line? Signals, logs, and the state as of a moment.

use crate::app::{Failure, environment};
use crate::service::{self, Fault, Live, Overrides, Signal};
use crate::telemetry::{Counted, otlp};
use crate::time::Time;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Journal(error) => Self::Io(std::io::Error::other(error.to_string())),
            Fault::Io(error) => Self::Io(error),
            Fault::Model(why) | Fault::Setup(why) => Self::Config(miette::Report::msg(why)),
            Fault::Replay(why) => Self::Data(why),
            Fault::Engine(why) => Self::Defect(why),
        }
    }
}

/// Reads a live pipeline file.
pub(crate) fn read(path: &Path, overrides: &Overrides) -> Result<Live, Failure> {
    Live::read(path, overrides, &environment).map_err(|error| Failure::Config(error.into()))
}

/// Runs a service until SIGTERM or SIGINT.
pub(crate) fn run(live: &Live, workers: usize) -> Result<(), Failure> {
    let (traces, teller) = live.telemetry.otlp.as_ref().map(otlp::open).transpose()?.unzip();
    log(traces);
    let signals = signals()?;
    tracing::info!(pipeline = live.name, state = %live.state.display(), "starting");
    let ended = service::run(live, workers, &environment, &signals);
    if let Some(teller) = teller {
        teller.finish();
    }
    ended?;
    tracing::info!("stopped");
    Ok(())
}

/// The results as they were known and believed at a moment of arrival, in a folder that lasts as
/// long as the value.
pub(crate) fn as_of(
    pipeline: &Path,
    state: Option<PathBuf>,
    at: &str,
) -> Result<tempfile::TempDir, Failure> {
    let moment = Time::parse(at).ok_or_else(|| {
        Failure::Data(format!("\"{at}\" is no moment in RFC 3339 with an offset"))
    })?;
    let live = read(pipeline, &Overrides { state, ..Overrides::default() })?;
    let stand = service::as_of(&live, 1, moment)?;
    let folder = tempfile::tempdir()?;
    stand.write(folder.path(), 1)?;
    Ok(folder)
}

/// Logs to stderr; `VESTIGO_LOG` sets the level (`info` unless given), `VESTIGO_LOG_FORMAT=json`
/// the form. Spans that end are told to a collector of traces, if there is one.
fn log(traces: Option<otlp::Traces>) {
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    use tracing_subscriber::{EnvFilter, Layer};
    let filter = EnvFilter::try_from_env("VESTIGO_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines: Box<dyn Layer<_> + Send + Sync> =
        if environment("VESTIGO_LOG_FORMAT").as_deref() == Some("json") {
            lines.json().boxed()
        } else {
            lines.with_target(false).boxed()
        };
    // Another subscriber, as in a test, may be there already.
    tracing_subscriber::registry()
        .with(filter)
        .with(Counted)
        .with(lines)
        .with(traces)
        .try_init()
        .ok();
}

/// SIGTERM and SIGINT stop, SIGHUP loads the model again.
fn signals() -> Result<Receiver<Signal>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (send, receive) = channel();
    let (mut term, mut int, mut hup) = {
        let _within = runtime.enter();
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        )
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            loop {
                let asked = tokio::select! {
                    _ = term.recv() => Signal::Stop,
                    _ = int.recv() => Signal::Stop,
                    _ = hup.recv() => Signal::Reload,
                };
                if send.send(asked).is_err() {
                    return;
                }
            }
        });
    });
    Ok(receive)
}
