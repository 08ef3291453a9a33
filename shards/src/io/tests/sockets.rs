//! Listeners and connections.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use super::{Scratch, large, on_core, pattern};
use crate::clock;
use crate::io::{Buffer, Durability, File, Listener, OpenOptions, Slice, Socket, spawn, yield_now};

const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Two ends of one connection.
async fn pair() -> (Socket, Socket) {
    let listener = Listener::bind(ANY_PORT).unwrap();
    let address = listener.local_addr().unwrap();
    let connecting = spawn(async move { Socket::connect(address).await.unwrap() });
    let accepted = listener.accept().await.unwrap();
    let client = connecting.await;
    assert_eq!(accepted.peer_addr(), client.local_addr().unwrap());
    (client, Socket::from_accepted(accepted))
}

async fn receive(socket: &Socket, length: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < length {
        let (got, buffer) = socket.recv(Buffer::with_capacity(65536)).await;
        assert!(got.unwrap() > 0, "closed after {} of {length} bytes", all.len());
        all.extend_from_slice(&buffer);
    }
    all
}

#[test]
fn many_clients_are_echoed() {
    on_core(async {
        let listener = Rc::new(Listener::bind(ANY_PORT).unwrap());
        let address = listener.local_addr().unwrap();
        let server = spawn(async move {
            for _ in 0..20 {
                let socket = Socket::from_accepted(listener.accept().await.unwrap());
                drop(spawn(async move {
                    loop {
                        socket.readable().await.unwrap();
                        let (got, buffer) = socket.recv(Buffer::with_capacity(4096)).await;
                        if got.unwrap() == 0 {
                            return;
                        }
                        socket.send_all(vec![buffer.freeze()]).await.unwrap();
                    }
                }));
            }
        });
        let clients: Vec<_> = (0..20)
            .map(|seed| {
                spawn(async move {
                    let socket = Socket::connect(address).await.unwrap();
                    for round in 0..5 {
                        let message = pattern(1000 + round, seed);
                        socket.send_all(vec![Slice::from(message.clone())]).await.unwrap();
                        assert_eq!(receive(&socket, message.len()).await, message);
                    }
                })
            })
            .collect();
        for client in clients {
            client.await;
        }
        server.await;
    });
}

#[test]
fn a_large_transfer_survives_a_slow_reader() {
    on_core(async {
        let (client, server) = pair().await;
        let bytes = pattern(large(20 << 20), 9);
        let pieces = bytes.chunks(77_777).map(|piece| Slice::from(piece.to_vec())).collect();
        let sending = spawn(async move { client.send_all(pieces).await.map(|()| client) });
        for _ in 0..20 {
            yield_now().await;
        }
        assert!(receive(&server, bytes.len()).await == bytes);
        let client = sending.await.unwrap();
        client.shutdown_send();
        let (end, _) = server.recv(Buffer::with_capacity(1)).await;
        assert_eq!(end.unwrap(), 0);
    });
}

#[test]
fn a_peer_that_goes_away_fails_the_send() {
    on_core(async {
        let (client, server) = pair().await;
        let sending = spawn(async move {
            client.send_all(vec![Slice::from(pattern(large(64 << 20), 1))]).await
        });
        receive(&server, 100_000).await;
        drop(server);
        let error = sending.await.unwrap_err();
        let kinds = [std::io::ErrorKind::BrokenPipe, std::io::ErrorKind::ConnectionReset];
        assert!(kinds.contains(&error.kind()), "{error}");
    });
}

#[test]
fn a_dropped_receive_loses_no_byte() {
    on_core(async {
        let (client, server) = pair().await;
        let bytes = pattern(large(400_000), 5);
        let sent = bytes.clone();
        let sending = spawn(async move {
            for piece in sent.chunks(1_000) {
                client.send_all(vec![Slice::from(piece.to_vec())]).await.unwrap();
                yield_now().await;
            }
            client
        });
        let mut received = Vec::new();
        let mut dropped = 0;
        while received.len() < bytes.len() {
            // Given up at once, or after a moment, at any point of the operation's life.
            for patience_ns in [0, 1_000, 20_000] {
                let give_up = Duration::from_nanos(patience_ns);
                let receive = server.recv(Buffer::with_capacity(700));
                match clock::timeout(give_up, receive).await {
                    Ok((got, buffer)) => {
                        assert!(got.unwrap() > 0 || received.len() == bytes.len());
                        received.extend_from_slice(&buffer);
                    }
                    Err(clock::Elapsed) => dropped += 1,
                }
                if received.len() == bytes.len() {
                    break;
                }
            }
            if received.len() < bytes.len() {
                let (got, buffer) = server.recv(Buffer::with_capacity(100)).await;
                assert!(got.unwrap() > 0);
                received.extend_from_slice(&buffer);
            }
        }
        assert!(received == bytes && dropped > 0);
        drop(sending.await);
    });
}

#[test]
fn a_kept_receive_counts_as_readable() {
    on_core(async {
        let (client, server) = pair().await;
        let mut receive = Box::pin(server.recv(Buffer::with_capacity(100)));
        let first = std::future::poll_fn(|context| {
            std::task::Poll::Ready(receive.as_mut().poll(context).is_pending())
        });
        assert!(first.await);
        client.send_all(vec![Slice::from_static(b"hello")]).await.unwrap();
        for _ in 0..5 {
            yield_now().await;
        }
        drop(receive);
        server.readable().await.unwrap();
        let (got, buffer) = server.recv(Buffer::with_capacity(100)).await;
        assert_eq!((got.unwrap(), &buffer[..]), (5, &b"hello"[..]));
    });
}

#[test]
fn a_send_dropped_half_way_breaks_the_connection_for_sending() {
    on_core(async {
        let (client, server) = pair().await;
        let big = vec![Slice::from(pattern(large(64 << 20), 1))];
        assert!(clock::timeout(Duration::from_millis(2), client.send_all(big)).await.is_err());
        let next = client.send_all(vec![Slice::from_static(b"x")]).await.unwrap_err();
        assert_eq!(next.kind(), std::io::ErrorKind::BrokenPipe);
        drop(server);
    });
}

#[test]
fn a_shutdown_wakes_who_waits() {
    on_core(async {
        let (_client, server) = pair().await;
        let waiting = {
            let server = server.clone();
            spawn(async move { server.recv(Buffer::with_capacity(100)).await.0 })
        };
        let polling = {
            let (_other, _) = pair().await;
            let socket = server.clone();
            spawn(async move { socket.readable().await })
        };
        for _ in 0..3 {
            yield_now().await;
        }
        server.shutdown();
        assert!(!matches!(waiting.await, Ok(1..)));
        polling.await.unwrap();
        assert!(server.send_all(vec![Slice::from_static(b"x")]).await.is_err());
    });
}

#[test]
fn a_file_is_sent_between_two_messages() {
    let scratch = Scratch::new();
    on_core(async {
        let length = large(5 << 20);
        let bytes = pattern(length, 8);
        let options = OpenOptions::new().write(true).create(true);
        let file = File::open(&scratch.file("a"), options).await.unwrap();
        let content = vec![Slice::from(bytes.clone())];
        file.write_all_at(content, 0, Durability::Cached).await.unwrap();
        let (client, server) = pair().await;
        let sending = spawn(async move {
            client.send_all(vec![Slice::from_static(b"head")]).await.unwrap();
            client.send_file(&file, 1000, length as u64 - 2000).await.unwrap();
            client.send_all(vec![Slice::from_static(b"tail")]).await.unwrap();
            let past = client.send_file(&file, length as u64, 1).await.unwrap_err();
            assert_eq!(past.kind(), std::io::ErrorKind::UnexpectedEof);
        });
        let received = receive(&server, bytes.len() - 2000 + 8).await;
        assert_eq!((&received[..4], &received[received.len() - 4..]), (&b"head"[..], &b"tail"[..]));
        assert!(received[4..received.len() - 4] == bytes[1000..bytes.len() - 1000]);
        sending.await;
    });
}

#[test]
fn connecting_to_nobody_is_refused_and_a_used_port_is_told() {
    on_core(async {
        let listener = Listener::bind(ANY_PORT).unwrap();
        let address = listener.local_addr().unwrap();
        let used = Listener::bind(address).err().unwrap();
        assert_eq!(used.kind(), std::io::ErrorKind::AddrInUse);
        drop(listener);
        yield_now().await;
        yield_now().await;
        yield_now().await;
        let refused = Socket::connect(address).await.err().unwrap();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    });
}
