//! Is TLS spoken where certificate and key are given, and nothing in clear?

use super::{bench_of, small};
use crate::http::{Config, HttpError, Tls};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A certificate for the loopback, and where it and its key stand.
fn made(folder: &std::path::Path) -> (Tls, String) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("made");
    let tls = Tls { certificate: folder.join("own.pem"), key: folder.join("own.key") };
    std::fs::write(&tls.certificate, made.cert.pem()).expect("written");
    std::fs::write(&tls.key, made.signing_key.serialize_pem()).expect("written");
    (tls, made.cert.pem())
}

#[tokio::test]
async fn a_trusted_client_is_answered_and_nobody_in_clear() {
    let folder = tempfile::tempdir().expect("a folder");
    let (tls, root) = made(folder.path());
    let config = Config { tls: Some(tls.clone()), header_seconds: 1, ..small() };
    let bench = bench_of(config, 50).await;
    let root = reqwest::Certificate::from_pem(root.as_bytes()).expect("a certificate");
    let client = reqwest::Client::builder().no_proxy().add_root_certificate(root);
    let client = client.build().expect("a client");
    let ready = format!("https://{}/health/ready", bench.address);
    let answer = client.get(&ready).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let stranger = reqwest::Client::builder().no_proxy().build().expect("a client");
    assert!(stranger.get(&ready).send().await.is_err(), "nobody vouches for it");
    let clear = format!("http://{}/health/ready", bench.address);
    assert!(client.get(&clear).send().await.is_err(), "nothing is said in clear");

    // Who says nothing is cut within the time for a head.
    let address = bench.address;
    let cut = tokio::task::spawn_blocking(move || {
        let mut silent = TcpStream::connect(address).expect("taken");
        silent.set_read_timeout(Some(Duration::from_secs(10))).expect("a patience");
        silent.write_all(&[22]).expect("sent");
        silent.read(&mut [0; 64])
    });
    assert_eq!(cut.await.expect("no panic").expect("it was cut"), 0);

    let connector = crate::tls::connector(&tls.certificate).expect("a certificate");
    let name = tokio_rustls::rustls::pki_types::ServerName::try_from("127.0.0.1").expect("a name");
    let stream = tokio::net::TcpStream::connect(bench.address).await.expect("taken");
    connector.connect(name, stream).await.expect("the command line's way");
}

#[tokio::test]
async fn a_key_of_another_certificate_stops_the_start() {
    let (one, other) = (tempfile::tempdir().expect("a"), tempfile::tempdir().expect("b"));
    let (mut tls, _) = made(one.path());
    tls.key = made(other.path()).0.key;
    let said = |tls: Tls| {
        HttpError::Tls(crate::tls::acceptor(&tls.certificate, &tls.key).err().expect("refused"))
    };
    assert!(said(tls.clone()).to_string().contains("own.pem"), "{}", said(tls.clone()));
    tls.key = one.path().join("none.key");
    assert!(said(tls).to_string().contains("none.key"));
}
