//! Who is served? Connections, each bounded in time, until the server is told to end.
//!
//! Invariant: a client that sends or reads too slowly is cut; at the end, requests that are being
//! answered get their answers within the drain time.

use crate::http::body::ROOM_BYTES;
use crate::http::{Config, Gate, Handles, HttpError, Shared, routes};
use crate::tls::acceptor;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};
use tokio_rustls::TlsAcceptor;

/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// How long no connection is taken after the system could not give one.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Listens.
    ///
    /// # Errors
    /// When the configuration contradicts itself or the address cannot be had.
    pub async fn bind(config: Config, handles: Handles) -> Result<Self, HttpError> {
        config.check()?;
        if matches!(handles.gate, Gate::Open) && !config.address.ip().is_loopback() {
            return Err(HttpError::NoAccounts(config.address));
        }
        let tls = config.tls.as_ref().map(|tls| acceptor(&tls.certificate, &tls.key)).transpose();
        let tls = tls.map_err(HttpError::Tls)?;
        let listen = |error| HttpError::Listen(config.address, error);
        let listener = TcpListener::bind(config.address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        match handles.gate {
            Gate::Open => tracing::info!(
                %address,
                "HTTP listens on the loopback alone: the pipeline has no accounts ([access])"
            ),
            Gate::Accounts(_) => tracing::info!(%address, tls = tls.is_some(), "HTTP listens"),
        }
        Ok(Self { listener, address, tls, shared: Arc::new(Shared::new(config, handles)) })
    }

    /// Where it listens; tells the port when the configuration asked for any.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until told to end, then lets open requests end within the drain time.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let config = &self.shared.config;
        let limits = Limits {
            header: Duration::from_secs(config.header_seconds),
            write: Duration::from_secs(config.write_seconds),
        };
        let drain = Duration::from_secs(config.drain_seconds);
        let places = Arc::new(Semaphore::new(config.connections_max));
        let router = routes(Arc::clone(&self.shared));
        let (closing, closed) = watch::channel(());
        let mut open = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let next = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (self.listener.accept().await, place)
            };
            let (accepted, place) = tokio::select! {
                biased;
                () = &mut shutdown => break,
                next = next => next,
            };
            match accepted {
                Ok((stream, _)) => {
                    let (router, closed) = (router.clone(), closed.clone());
                    let tls = self.tls.clone();
                    open.spawn(async move {
                        serve_connection((stream, tls), router, limits, closed).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "take a connection: tried again");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
            while open.try_join_next().is_some() {}
        }
        drop(self.listener);
        drop(closing);
        let ended = async { while open.join_next().await.is_some() {} };
        if tokio::time::timeout(drain, ended).await.is_err() {
            tracing::warn!("HTTP requests are cut: they were not answered within the drain time");
        }
    }
}

/// Listens and answers until told to end: [`Server::bind`] and [`Server::run`].
///
/// # Errors
/// See [`Server::bind`].
pub async fn serve(
    config: Config,
    handles: Handles,
    shutdown: impl Future<Output = ()>,
) -> Result<(), HttpError> {
    Server::bind(config, handles).await?.run(shutdown).await;
    Ok(())
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    header: Duration,
    write: Duration,
}

async fn serve_connection(
    (stream, tls): (TcpStream, Option<TlsAcceptor>),
    router: Router,
    limits: Limits,
    closed: watch::Receiver<()>,
) {
    stream.set_nodelay(true).ok();
    let patient = Patient { stream, patience: limits.write, stalled: None };
    let Some(tls) = tls else { return serve_stream(patient, router, limits, closed).await };
    match tokio::time::timeout(limits.header, tls.accept(patient)).await {
        Ok(Ok(stream)) => serve_stream(stream, router, limits, closed).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS connection was not made"),
        Err(_) => tracing::debug!("a TLS connection was not made in time"),
    }
}

async fn serve_stream(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    limits: Limits,
    mut closed: watch::Receiver<()>,
) {
    let io = TokioIo::new(stream);
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(limits.header);
    protocol.max_buf_size(HEAD_BYTES_MAX);
    let mut connection = pin!(protocol.serve_connection(io, TowerToHyperService::new(router)));
    let result = tokio::select! {
        result = connection.as_mut() => result,
        _ = closed.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}

/// A stream whose other end must read now and then.
#[derive(Debug)]
struct Patient {
    stream: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn within<T>(
        &mut self,
        context: &mut Context<'_>,
        wrote: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if wrote.is_ready() {
            self.stalled = None;
            return wrote;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.within(context, wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.within(context, wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Shared {
    fn new(config: Config, handles: Handles) -> Self {
        use crate::http::answers::Answers;
        use crate::http::api::{Cursors, Rates, STRANGERS_MAX, Strays, VOUCHED_MAX};
        /// Password hashes at a time.
        const HASHES: usize = 2;
        let answers = Answers::new(config.idempotency_keys_max, config.idempotency_bytes_max);
        let memory = Arc::new(Semaphore::new(config.memory_bytes_max / ROOM_BYTES));
        let cursors = Cursors(handles.audit.derive("cursors"));
        let rates = Rates::new(config.requests_per_second);
        let hashing = Arc::new(Semaphore::new(HASHES));
        let strays = [Strays::new(STRANGERS_MAX), Strays::new(VOUCHED_MAX)];
        Self { config, handles, answers, memory, hashing, cursors, rates, strays }
    }
}
