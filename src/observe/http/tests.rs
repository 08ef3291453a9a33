use std::net::TcpListener;

use super::*;

const PAGES: &[&str] = &["/metrics", "/well"];

fn status(head: &[u8]) -> String {
    let page = |path: &str| match path {
        "/metrics" => Some(Reply::metrics("a 1\n".to_owned())),
        "/ill" => Some(Reply::health(false, "the cores do not answer")),
        "/well" => Some(Reply::json(&serde_json::json!({ "is": "well" }))),
        _ => None,
    };
    let reply = reply_to(head, PAGES, page);
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let length = format!("Content-Length: {}", body.len());
    assert!(body.is_empty() || head.contains(&length), "{reply}");
    head.lines().next().unwrap().trim_start_matches("HTTP/1.1 ").to_owned()
}

#[test]
fn only_the_pages_are_served() {
    assert_eq!(status(b"GET /metrics HTTP/1.1\r\n\r\n"), "200 OK");
    assert_eq!(status(b"GET /metrics?x=1 HTTP/1.1\r\n\r\n"), "200 OK");
    assert_eq!(status(b"HEAD /well HTTP/1.1\r\n\r\n"), "200 OK");
    assert_eq!(status(b"GET / HTTP/1.1\r\n\r\n"), "200 OK");
    assert_eq!(status(b"GET /ill HTTP/1.1\r\n\r\n"), "503 Service Unavailable");
    assert_eq!(status(b"GET /secret HTTP/1.1\r\n\r\n"), "404 Not Found");
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let head = format!("{method} /well HTTP/1.1\r\n\r\n");
        assert_eq!(status(head.as_bytes()), "405 Method Not Allowed", "{method}");
    }
    for rubbish in [&b""[..], b"\0\0\0\x10\0\x12", b"\xff\xff\xff", b"GET", b" "] {
        let status = status(rubbish);
        assert!(status.starts_with('4'), "{status}");
    }
}

#[test]
fn a_request_in_pieces_is_answered_and_an_endless_one_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        for piece in ["GET /met", "rics HTTP/1.1\r\nHost: x\r", "\n\r\n"] {
            stream.write_all(piece.as_bytes()).unwrap();
        }
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        let endless = std::iter::repeat_with(|| stream.write(&[b'a'; 4096])).take(10_000);
        let refused = endless.into_iter().any(|written| written.is_err());
        (reply, refused)
    });
    let (stream, _) = listener.accept().unwrap();
    answer(&stream, PAGES, |_| Some(Reply::metrics("page\n".to_owned()))).unwrap();
    drop(stream);
    let (stream, _) = listener.accept().unwrap();
    assert!(answer(&stream, PAGES, |_| panic!("no request was made")).is_err());
    drop(stream);
    let (reply, refused) = client.join().unwrap();
    assert!(reply.ends_with("\r\n\r\npage\n"), "{reply}");
    assert!(refused);
}
