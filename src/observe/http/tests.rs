use std::net::TcpListener;

use super::*;

fn status(head: &[u8], page: Option<&str>) -> String {
    let reply = reply_to(head, || page.map(str::to_owned));
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let length = format!("Content-Length: {}", body.len());
    assert!(body.is_empty() || head.contains(&length), "{reply}");
    head.lines().next().unwrap().trim_start_matches("HTTP/1.1 ").to_owned()
}

#[test]
fn only_the_page_is_served() {
    let page = Some("a 1\n");
    assert_eq!(status(b"GET /metrics HTTP/1.1\r\n\r\n", page), "200 OK");
    assert_eq!(status(b"GET /metrics?x=1 HTTP/1.1\r\n\r\n", page), "200 OK");
    assert_eq!(status(b"HEAD /metrics HTTP/1.1\r\n\r\n", page), "200 OK");
    assert_eq!(status(b"GET /metrics HTTP/1.1\r\n\r\n", None), "503 Service Unavailable");
    assert_eq!(status(b"GET /secret HTTP/1.1\r\n\r\n", page), "404 Not Found");
    assert_eq!(status(b"POST /metrics HTTP/1.1\r\n\r\n", page), "405 Method Not Allowed");
    for rubbish in [&b""[..], b"\0\0\0\x10\0\x12", b"\xff\xff\xff", b"GET", b" "] {
        let status = status(rubbish, page);
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
    answer(&stream, || Some("page\n".to_owned())).unwrap();
    drop(stream);
    let (stream, _) = listener.accept().unwrap();
    assert!(answer(&stream, || panic!("no request was made")).is_err());
    drop(stream);
    let (reply, refused) = client.join().unwrap();
    assert!(reply.ends_with("\r\n\r\npage\n"), "{reply}");
    assert!(refused);
}
