//! A process without descriptors left goes on accepting once there are some again.
//! On its own, because the limit is the whole process's. Simulated descriptors have no limit.
#![cfg(not(feature = "sim"))]

use std::net::{Ipv4Addr, SocketAddr};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use shards::io::{Listener, RingConfig, Socket, run};

#[test]
fn the_error_is_told_once_and_accepting_goes_on() {
    run(RingConfig::default(), async {
        let listener = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let clients: Vec<_> =
            (0..40).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64;
        setrlimit(Resource::RLIMIT_NOFILE, open + 20, hard).unwrap();
        let mut accepted = Vec::new();
        let error = loop {
            match listener.accept().await {
                Ok(connection) => accepted.push(Socket::from_accepted(connection)),
                Err(error) => break error,
            }
        };
        assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
        assert!(!accepted.is_empty() && accepted.len() < clients.len());
        // The rest comes as places become free; the error does not come again.
        let mut total = accepted.len();
        accepted.clear();
        while total < clients.len() {
            accepted.push(Socket::from_accepted(listener.accept().await.unwrap()));
            total += 1;
            if accepted.len() == 10 {
                accepted.clear();
            }
        }
        setrlimit(Resource::RLIMIT_NOFILE, hard.min(65536), hard).unwrap();
    })
    .unwrap();
}
