//! What the cloud listens on.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpListener;

use super::StartError;
use model::deployment::Deployment;
use template::ApiEndpoints;

pub(super) async fn listen(
    address: IpAddr,
    port: u16,
    what: &'static str,
    option: &'static str,
) -> Result<TcpListener, StartError> {
    let address = SocketAddr::new(address, port);
    let failed = |error| StartError::Port { address, what, option, error };
    TcpListener::bind(address).await.map_err(failed)
}

pub(super) fn url_of(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// The listeners of the services' APIs. Each is bound when the template first refers to its endpoint.
#[derive(Clone)]
pub(super) struct Apis {
    address: IpAddr,
    bound: Arc<Mutex<BTreeMap<String, StdListener>>>,
}

impl Apis {
    pub(super) fn new(address: IpAddr) -> Self {
        Self { address, bound: Arc::default() }
    }

    pub(super) fn endpoints(&self) -> ApiEndpoints {
        let apis = self.clone();
        Box::new(move |service: &str| apis.endpoint(service))
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        let mut listeners = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        if !listeners.contains_key(service) {
            let listener = StdListener::bind((self.address, 0)).ok()?;
            listener.set_nonblocking(true).ok()?;
            listeners.insert(service.to_owned(), listener);
        }
        listeners.get(service)?.local_addr().ok().map(url_of)
    }

    pub(super) fn into_listeners(
        self,
        deployment: &Deployment,
    ) -> Result<BTreeMap<String, TcpListener>, io::Error> {
        let mut listeners = std::mem::take(&mut *self.bound.lock().unwrap_or_else(PoisonError::into_inner));
        let apis = deployment.apis.iter();
        let bound = apis.filter_map(|api| Some((api.id.clone(), listeners.remove(&api.service)?)));
        bound.map(|(id, listener)| Ok((id, TcpListener::from_std(listener)?))).collect()
    }
}
