//! How do psql, Grafana and BI tools ask? The PostgreSQL protocol, one session a connection.
//!
//! A connection sees nothing until it has said who it is: an account with its password, or the user
//! `key` with a machine's key. Passwords come in clear inside TLS; beyond the loopback the server
//! does not start without it. Must not know: what is in the tables.

use crate::access::Who;
use crate::access::accounts::Accounts;
use crate::sql::{CATALOG, Engine, Fault, Session, permit};
use crate::telemetry::labels::Protocol;
use crate::telemetry::metrics;
use crate::time::Time;
use crate::tls::acceptor;
use async_trait::async_trait;
use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::Statement;
use datafusion_postgres::arrow_pg::datatypes::df::encode_dataframe;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::setup_pg_catalog;
use datafusion_postgres::hooks::HookClient;
use datafusion_postgres::hooks::set_show::SetShowHook;
use datafusion_postgres::hooks::transactions::TransactionStatementHook;
use datafusion_postgres::pgwire::api::auth::{
    DefaultServerParameterProvider, LoginInfo, StartupHandler, finish_authentication,
    protocol_negotiation, save_startup_parameters_to_metadata,
};
use datafusion_postgres::pgwire::api::cancel::{CancelHandler, DefaultCancelHandler};
use datafusion_postgres::pgwire::api::portal::Format;
use datafusion_postgres::pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use datafusion_postgres::pgwire::api::results::Response;
use datafusion_postgres::pgwire::api::{
    ClientInfo, ConnectionGuard, ConnectionHandle, ConnectionManager, PgWireConnectionState,
    PgWireServerHandlers, PidSecretKeyGenerator, RandomPidSecretKeyGenerator,
};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use datafusion_postgres::pgwire::messages::startup::Authentication;
use datafusion_postgres::pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use datafusion_postgres::pgwire::tokio::process_socket;
use datafusion_postgres::pgwire::types::format::FormatOptions;
use datafusion_postgres::{DfSessionService, QueryHook};
use futures_util::{Sink, SinkExt};
use std::fmt::Debug;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// The user that logs in with a machine's key as its password.
const KEY_USER: &str = "key";

/// Who is let in: everybody at the machine, or who has an account or a key.
pub type Door = Option<Arc<Accounts>>;

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    engine: Arc<Engine>,
    door: Door,
    clock: fn() -> Time,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("listener", &self.listener).finish_non_exhaustive()
    }
}

impl Server {
    /// Listens; `None` when the configuration names no address.
    ///
    /// # Errors
    /// When the address is taken, or certificate and key cannot be read.
    pub async fn bind(
        engine: Arc<Engine>,
        door: Door,
        clock: fn() -> Time,
    ) -> io::Result<Option<Self>> {
        let config = engine.config();
        let Some(address) = config.address else { return Ok(None) };
        let tls = match (&config.certificate, &config.private_key) {
            (Some(certificate), Some(key)) => Some(acceptor(certificate, key)?),
            _ => None,
        };
        let listener = TcpListener::bind(address).await.map_err(|error| {
            let why =
                format!("listen on \"{address}\" for SQL: {error}; free the port or set another");
            io::Error::new(error.kind(), why)
        })?;
        tracing::info!(%address, tls = tls.is_some(), "SQL is answered");
        Ok(Some(Self { listener, tls, engine, door, clock }))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> io::Result<std::net::SocketAddr> {
        self.listener.local_addr()
    }

    /// Takes connections for ever.
    pub async fn run(self) {
        let room = Arc::new(Semaphore::new(self.engine.config().connections_max));
        let cancels = Arc::new(ConnectionManager::new());
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            let socket = match self.listener.accept().await {
                Ok((socket, _)) => socket,
                Err(error) => {
                    tracing::warn!(%error, "a SQL connection was not taken");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            };
            let made = Connection::new(&self, cancels.clone());
            let (tls, connection) = match made {
                Ok(connection) => (self.tls.clone(), connection),
                Err(error) => {
                    tracing::error!(%error, "a SQL session cannot be set up");
                    continue;
                }
            };
            tokio::spawn(async move {
                let _open = Open::new();
                if let Err(error) = process_socket(socket, tls, Arc::new(connection)).await {
                    tracing::debug!(%error, "a SQL connection broke");
                }
                drop(permit);
            });
        }
    }
}

/// Counts a connection for as long as it is there.
struct Open;

impl Open {
    fn new() -> Self {
        metrics().sql.connections.inc();
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics().sql.connections.dec();
    }
}

/// What one connection does.
struct Connection {
    service: Arc<DfSessionService>,
    startup: Arc<Startup>,
    cancels: Arc<ConnectionManager>,
}

impl Connection {
    fn new(server: &Server, cancels: Arc<ConnectionManager>) -> Result<Self, PgWireError> {
        let nobody = match &server.door {
            None => Who::local(),
            Some(_) => Who::nobody(),
        };
        let api = |error: datafusion::error::DataFusionError| PgWireError::ApiError(error.into());
        let session = server.engine.session(Arc::new(nobody), Protocol::Postgres).map_err(api)?;
        setup_pg_catalog(session.context(), CATALOG, EmptyContextProvider)
            .map_err(|error| PgWireError::ApiError(error))?;
        let hooks: Vec<Arc<dyn QueryHook>> = vec![
            Arc::new(Reader { session: session.clone(), clock: server.clock }),
            Arc::new(SetShowHook),
            Arc::new(TransactionStatementHook),
        ];
        let service = DfSessionService::new_with_hooks(session.context().clone(), hooks);
        let startup = Startup {
            tls: server.tls.is_some(),
            session,
            door: server.door.clone(),
            clock: server.clock,
            keys: RandomPidSecretKeyGenerator::default(),
            cancels: cancels.clone(),
        };
        Ok(Self { service: Arc::new(service), startup: Arc::new(startup), cancels })
    }
}

impl PgWireServerHandlers for Connection {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        self.service.clone()
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        self.service.clone()
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        self.startup.clone()
    }

    fn cancel_handler(&self) -> Arc<impl CancelHandler> {
        Arc::new(DefaultCancelHandler::new(self.cancels.clone()))
    }
}

/// Why nobody is let in.
fn refusal(code: &str, why: &str) -> PgWireError {
    let info = ErrorInfo::new("FATAL".to_owned(), code.to_owned(), why.to_owned());
    PgWireError::UserError(Box::new(info))
}

/// Asks who it is.
struct Startup {
    /// Whether what is not encrypted is sent away.
    tls: bool,
    session: Session,
    door: Door,
    clock: fn() -> Time,
    keys: RandomPidSecretKeyGenerator,
    cancels: Arc<ConnectionManager>,
}

impl Startup {
    async fn open<C>(&self, client: &mut C) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let (pid, key) = self.keys.generate(client);
        client.set_pid_and_secret_key(pid, key.clone());
        let (handle, guard) = self.cancels.register(pid, key);
        client.session_extensions().insert::<Arc<ConnectionHandle>>(handle);
        client.session_extensions().insert::<ConnectionGuard>(guard);
        let mut told = DefaultServerParameterProvider::default();
        told.is_superuser = false;
        told.default_transaction_read_only = true;
        finish_authentication(client, &told).await
    }

    /// Who has this name and password.
    async fn who(&self, accounts: &Arc<Accounts>, user: &str, password: String) -> Option<Who> {
        if user == KEY_USER {
            return accounts.key(&password);
        }
        let (accounts, user, now) = (accounts.clone(), user.to_owned(), (self.clock)());
        // A hash takes long, on purpose.
        let checked =
            tokio::task::spawn_blocking(move || accounts.authenticate(&user, &password, now));
        checked.await.ok()?.ok()
    }
}

#[async_trait]
impl StartupHandler for Startup {
    async fn on_startup<C>(
        &self,
        client: &mut C,
        message: PgWireFrontendMessage,
    ) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        match message {
            PgWireFrontendMessage::Startup(startup) => {
                protocol_negotiation(client, &startup).await?;
                save_startup_parameters_to_metadata(client, &startup);
                if self.tls && !client.is_secure() {
                    return Err(refusal("28000", "this server speaks TLS alone: sslmode=require"));
                }
                if self.door.is_none() {
                    return self.open(client).await;
                }
                client.set_state(PgWireConnectionState::AuthenticationInProgress);
                let ask = PgWireBackendMessage::Authentication(Authentication::CleartextPassword);
                client.send(ask).await?;
                Ok(())
            }
            PgWireFrontendMessage::PasswordMessageFamily(password) => {
                let password = password.into_password()?.password;
                let user =
                    LoginInfo::from_client_info(client).user().unwrap_or_default().to_owned();
                let Some(accounts) = &self.door else { return self.open(client).await };
                match self.who(accounts, &user, password).await {
                    Some(who) => {
                        self.session.becomes(Arc::new(who));
                        self.open(client).await
                    }
                    // The name is not repeated: it may be a password in the wrong place.
                    None => Err(refusal(
                        "28P01",
                        "name and password are not right, or too many were wrong: try again in a \
                         minute",
                    )),
                }
            }
            _ => Ok(()),
        }
    }
}

/// Lets statements through that read, over the newest epoch.
struct Reader {
    session: Session,
    clock: fn() -> Time,
}

fn told(fault: Fault) -> PgWireError {
    let message = fault.to_string();
    let code = match &fault {
        Fault::Refused(_) => "25006",
        Fault::Query(_) => return PgWireError::ApiError(message.into()),
    };
    PgWireError::UserError(Box::new(ErrorInfo::new("ERROR".to_owned(), code.to_owned(), message)))
}

/// Whether the tables are asked, not the connection.
fn asks(statement: &Statement) -> bool {
    matches!(statement, Statement::Query(_) | Statement::Explain { .. })
}

impl Reader {
    /// Why a statement about the connection is not answered.
    fn refused(&self, statement: &Statement) -> Option<PgWireError> {
        permit(statement).err().map(|refused| told(self.session.refused(refused)))
    }

    async fn plan(&self, statement: &Statement) -> PgWireResult<LogicalPlan> {
        let parsed = Parsed::Statement(Box::new(statement.clone()));
        self.session.plan(parsed, (self.clock)()).await.map_err(told)
    }
}

#[async_trait]
impl QueryHook for Reader {
    async fn handle_simple_query(
        &self,
        statement: &Statement,
        context: &SessionContext,
        client: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        if !asks(statement) {
            return self.refused(statement).map(Err);
        }
        let options = Arc::new(FormatOptions::from_client_metadata(client.metadata()));
        let answer = async {
            let plan = self.plan(statement).await?;
            let frame = context.execute_logical_plan(plan).await;
            let frame = frame.map_err(|error| PgWireError::ApiError(Box::new(error)))?;
            let rows = encode_dataframe(frame, &Format::UnifiedText, Some(options)).await?;
            self.session.let_go();
            Ok(Response::Query(rows))
        };
        Some(answer.await)
    }

    async fn handle_extended_parse_query(
        &self,
        statement: &Statement,
        _: &SessionContext,
        _: &(dyn ClientInfo + Send + Sync),
    ) -> Option<PgWireResult<LogicalPlan>> {
        if asks(statement) {
            return Some(self.plan(statement).await);
        }
        self.refused(statement).map(Err)
    }

    async fn handle_extended_query(
        &self,
        statement: &Statement,
        _: &LogicalPlan,
        _: &ParamValues,
        _: &SessionContext,
        _: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        if asks(statement) {
            // A statement that was prepared long ago reads what stands now.
            let parsed = Parsed::Statement(Box::new(statement.clone()));
            if let Err(error) = self.session.refresh(&parsed, (self.clock)()) {
                return Some(Err(PgWireError::ApiError(Box::new(error))));
            }
        }
        None
    }
}
