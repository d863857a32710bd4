use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_http_client::tls::TrustStore;
use aws_smithy_types::body::SdkBody;
use http::Request;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;
use crate::environment::connector_of;

// A certificate for localhost, its key, and the authority that signed it. They are used by this test only.
const AUTHORITY: &[u8] = include_bytes!("tls/ca.pem");
const CERTIFICATE: &[u8] = include_bytes!("tls/cert.pem");
const KEY: &[u8] = include_bytes!("tls/key.pem");

/// Starts a server that speaks HTTP/2 over TLS, as API Gateway and Stripe do, and returns its port.
async fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.unwrap();
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_, mut respond))) = connection.accept().await {
                    let mut body = respond.send_response(Response::new(()), false).unwrap();
                    body.send_data("pong".into(), true).unwrap();
                }
            });
        }
    });
    port
}

/// The network between a client and a server.
struct Network {
    port: u16,
    connections: Arc<AtomicUsize>,
    silence: watch::Sender<()>,
}

impl Network {
    async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let network = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            silence: watch::Sender::new(()),
        };
        let (connections, silence) = (Arc::clone(&network.connections), network.silence.clone());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::Relaxed);
                let mut silenced = silence.subscribe();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
                    tokio::select! {
                        biased;
                        // Nothing is forwarded any more, and both sockets stay open.
                        _ = silenced.changed() => std::future::pending().await,
                        copied = copy_bidirectional(&mut client, &mut server) => drop(copied),
                    }
                });
            }
        });
        network
    }

    /// Drops every packet of the open connections from now on, without a reset.
    fn silence_open_connections(&self) {
        self.silence.send_replace(());
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn ping(&self) -> HttpRequest {
        let request = Request::get(format!("https://localhost:{}/ping", self.port));
        request.body(SdkBody::empty()).unwrap().try_into().unwrap()
    }
}

#[tokio::test]
async fn the_try_after_a_silently_dead_connection_opens_a_fresh_one() {
    let network = Network::before(server().await).await;
    let roots = TrustStore::empty().with_pem_certificate(AUTHORITY);
    let connector = connector_of(roots, Duration::from_secs(5), None).unwrap();
    let (patience, impatience) = (Duration::from_secs(30), Duration::from_millis(300));
    for _ in 0..2 {
        let reply = send_once(&connector, network.ping(), patience).await.unwrap();
        assert_eq!((reply.status().as_u16(), reply.body().as_slice()), (200, b"pong".as_slice()));
        assert_eq!(network.connections(), 1, "HTTP/2 puts requests on one connection");
    }

    network.silence_open_connections();
    let dead = send_once(&connector, network.ping(), impatience).await;
    assert!(matches!(dead, Err(NoReply::Timeout)), "{dead:?}");
    let reply = send_once(&connector, network.ping(), patience).await.unwrap();
    assert_eq!((reply.status().as_u16(), network.connections()), (200, 2));
}
