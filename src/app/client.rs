//! How does the command line talk to a running service? One request, one answer, over HTTP/1.1.

use crate::app::{Failure, environment};
use crate::tls::connector;
use axum::body::Body;
use http_body_util::BodyExt as _;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::rustls::pki_types::ServerName;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bytes of an answer, at most.
const ANSWER_MAX: usize = 64 << 20;

/// Where systems keep the certificates that they trust.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A service and who asks.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// `host:port`.
    authority: String,
    key: Option<String>,
    tls: bool,
}

/// A connection, in clear or not.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The body; null when it is empty.
    pub(crate) body: Value,
}

impl Answer {
    /// The body, when the service did what was asked; with the steps that came between, where others
    /// were first.
    ///
    /// # Errors
    /// With what the service says was wrong.
    pub(crate) fn good(self) -> Result<Value, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let word = |key: &str| self.body[key].as_str().unwrap_or_default().to_owned();
        let mut said = format!("{} {}: {}", self.status, word("title"), word("detail"));
        for step in self.body["current"]["steps_since"].as_array().into_iter().flatten() {
            let field = |key: &str| step[key].as_str().unwrap_or_default();
            let (at, verb, by, to) = (field("at"), field("verb"), field("by"), field("to"));
            let _ = write!(said, "\n  {at} {verb} by {by} → {to}");
        }
        Err(Failure::Data(said))
    }
}

impl Client {
    /// A client of the service at `http://host:port` or `https://host:port`.
    ///
    /// # Errors
    /// When the address is of another form.
    pub(crate) fn new(server: &str, key: Option<String>) -> Result<Self, Failure> {
        let clear = server.strip_prefix("http://");
        let tls = clear.is_none();
        let authority = clear.or_else(|| server.strip_prefix("https://"));
        match authority.map(|rest| rest.trim_end_matches('/')) {
            Some(authority) if !authority.is_empty() && !authority.contains('/') => {
                Ok(Self { authority: authority.to_owned(), key, tls })
            }
            _ => Err(Failure::Data(format!(
                "\"{server}\" is no address of a service: give http://HOST:PORT or \
                 https://HOST:PORT"
            ))),
        }
    }

    /// A connection; over TLS to whom the certificates of `VESTIGO_CA` vouch for, else those of
    /// `SSL_CERT_FILE` or of the system.
    async fn connect(&self) -> Result<Box<dyn Wire>, Failure> {
        let stream = tokio::net::TcpStream::connect(&self.authority).await;
        let stream = stream.map_err(|error| self.fault(&error))?;
        if !self.tls {
            return Ok(Box::new(stream));
        }
        let roots = environment("VESTIGO_CA").or_else(|| environment("SSL_CERT_FILE"));
        let roots = PathBuf::from(roots.unwrap_or_else(|| SYSTEM_ROOTS.to_owned()));
        let connector = connector(&roots)?;
        let host = self.authority.rsplit_once(':').map_or(&*self.authority, |(host, _)| host);
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
        let name = name.map_err(|error| self.fault(&error))?;
        let stream = connector.connect(name, stream).await.map_err(|error| self.fault(&error))?;
        Ok(Box::new(stream))
    }

    /// Asks. `headers`: further ones.
    ///
    /// # Errors
    /// When the service does not answer in time or in JSON.
    pub(crate) fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let (status, bytes) = self.fetch(method, path, headers, body)?;
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).map_err(|error| {
                Failure::Io(io::Error::other(format!("ask \"{}\": {error}", self.authority)))
            })?
        };
        Ok(Answer { status, body })
    }

    /// As [`Self::ask`], for an answer of any form.
    ///
    /// # Errors
    /// When the service does not answer in time.
    pub(crate) fn fetch(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let asked = self.exchange(method, path, headers, body);
        let answered = runtime.block_on(async { tokio::time::timeout(PATIENCE, asked).await });
        answered.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    /// Asks for text, such as the metrics.
    ///
    /// # Errors
    /// When the service does not answer in time, or with another status than 200.
    pub(crate) fn text(&self, path: &str) -> Result<String, Failure> {
        let mut text = String::new();
        let mut status = 0;
        self.follow(path, PATIENCE, &mut |told, line| {
            status = told;
            text.push_str(line);
            text.push('\n');
            true
        })?;
        match status {
            200 | 0 => Ok(text),
            status => Err(Failure::Data(format!("{status}: {}", text.trim()))),
        }
    }

    /// Hands each line of an answer out as it comes, with the answer's status, until `on_line` says
    /// that it is enough, the answer ends, or the time is over.
    ///
    /// # Errors
    /// When the service cannot be reached.
    pub(crate) fn follow(
        &self,
        path: &str,
        time: Duration,
        on_line: &mut dyn FnMut(u16, &str) -> bool,
    ) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let lines = async {
            let (status, body) = self.send(Method::GET, path, &[], None).await?;
            let mut body = Box::pin(body);
            let mut rest = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| self.fault(&error))?;
                rest.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
                while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = rest.drain(..=end).collect();
                    let line = String::from_utf8_lossy(&line);
                    if !on_line(status, line.trim_end_matches(['\r', '\n'])) {
                        return Ok(());
                    }
                }
            }
            if !rest.is_empty() {
                on_line(status, &String::from_utf8_lossy(&rest));
            }
            Ok(())
        };
        // The time that is over ends what is followed: that is no fault.
        runtime.block_on(async { tokio::time::timeout(time, lines).await }).unwrap_or(Ok(()))
    }

    fn fault(&self, why: &dyn std::fmt::Display) -> Failure {
        Failure::Io(io::Error::other(format!("ask \"{}\": {why}", self.authority)))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let (status, body) = self.send(method, path, headers, body).await?;
        let body = http_body_util::Limited::new(body, ANSWER_MAX);
        let bytes = body.collect().await.map_err(|error| self.fault(&error))?.to_bytes();
        Ok((status, bytes.to_vec()))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<(u16, hyper::body::Incoming), Failure> {
        let fault = |why: String| self.fault(&why);
        let stream = self.connect().await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| fault(error.to_string()))?;
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header(HOST, &self.authority);
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(value) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::from(value.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(body).map_err(|error| fault(error.to_string()))?;
        let response =
            sender.send_request(request).await.map_err(|error| fault(error.to_string()))?;
        Ok((response.status().as_u16(), response.into_body()))
    }
}
