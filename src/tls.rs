//! How is a connection kept secret? Certificate and key from files, TLS 1.2 and 1.3 by rustls.
//!
//! Must not know: what is carried.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

fn at(path: &Path, why: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("\"{}\": {why}", path.display()))
}

fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let file = File::open(path).map_err(|error| at(path, &error))?;
    let read = CertificateDer::pem_reader_iter(BufReader::new(file)).collect::<Result<Vec<_>, _>>();
    read.map_err(|error| at(path, &error))
}

/// Takes connections under a certificate (PEM, the chain) and its key (PEM).
///
/// # Errors
/// When a file cannot be read, holds none, or the key does not belong to the certificate; with the
/// file.
pub fn acceptor(certificate: &Path, key: &Path) -> io::Result<TlsAcceptor> {
    let chain = certificates(certificate)?;
    if chain.is_empty() {
        return Err(at(certificate, &"holds no certificate"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| at(key, &error))?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| at(certificate, &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Makes connections to those whom a certificate of this file (PEM) vouches for.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub fn connector(roots: &Path) -> io::Result<TlsConnector> {
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates(roots)?);
    if added == 0 {
        return Err(at(roots, &"holds no certificate"));
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
