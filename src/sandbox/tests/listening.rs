//! The listener: real sockets, real faults.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::mishaps::Hands;
use super::*;
use crate::sandbox::listener::serve;

struct Served {
    address: String,
    linkedin: Arc<Mutex<Linkedin>>,
}

async fn served() -> Served {
    let world = World::new();
    let clock = Hands::at(world.now);
    let linkedin = Arc::new(Mutex::new(world.linkedin));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(serve(listener, linkedin.clone(), clock));
    Served { address, linkedin }
}

impl Served {
    /// Sends one request over its own connection; returns whatever bytes come back.
    async fn exchange(&self, ask: &Ask) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let mut bytes = format!("{} {} HTTP/1.1\r\n", ask.method, ask.target).into_bytes();
        let mut headers = ask.headers.clone();
        headers.push(("connection", "close".to_owned()));
        if headers.iter().all(|(name, _)| *name != "host") {
            headers.push(("host", self.address.clone()));
        }
        for (name, value) in headers {
            bytes.extend(format!("{name}: {value}\r\n").bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend_from_slice(&ask.body);
        stream.write_all(&bytes).await.unwrap();
        let mut answer = Vec::new();
        // A reset is an end like any other here.
        let _ = stream.read_to_end(&mut answer).await;
        answer
    }

    async fn text(&self, ask: Ask) -> String {
        String::from_utf8_lossy(&self.exchange(&ask).await).into_owned()
    }
}

#[tokio::test]
async fn a_post_goes_over_the_wire_with_its_image() {
    let served = served().await;
    let body = json!({"initializeUploadRequest": {"owner": JANE}});
    let answer = served
        .text(Ask::post("/rest/images?action=initializeUpload", body))
        .await;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let value = serde_json::from_str::<Value>(body).unwrap()["value"].clone();
    let url = value["uploadUrl"].as_str().unwrap();
    let target = url
        .strip_prefix(&format!("http://{}", served.address))
        .unwrap();
    let answer = served.text(Ask::put(target, &png(4, 4))).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    served
        .linkedin
        .lock()
        .unwrap()
        .settings
        .post_while_processing = true;
    let content = json!({"media": {"id": value["image"]}});
    let body = with(text_post(JANE, "hello"), "", "content", content);
    let answer = served.text(Ask::create(body)).await;
    assert!(answer.contains("x-restli-id: urn:li:share:"), "{answer}");
    assert_eq!(answer.matches("date: ").count(), 1);
    let id = value["image"].as_str().unwrap().rsplit(':').next().unwrap();
    let media = served
        .exchange(&Ask::get(&format!("/__sandbox/media/{id}")))
        .await;
    assert!(media.ends_with(&png(4, 4)));
}

#[tokio::test]
async fn a_dropped_answer_is_a_closed_connection_without_a_byte() {
    let served = served().await;
    for (when, posts) in [("before", 0), ("after", 1)] {
        let rule = json!([{"method": "POST", "path": "/rest/posts", "when": when, "what": "drop"}]);
        let answer = served.text(Ask::post("/__sandbox/faults", rule)).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let create = Ask::create(text_post(JANE, "hello"));
        assert_eq!(served.exchange(&create).await, b"", "{when}");
        assert_eq!(served.linkedin.lock().unwrap().posts().len(), posts);
    }
    let again = served.text(Ask::create(text_post(JANE, "other"))).await;
    assert!(again.starts_with("HTTP/1.1 201"), "{again}");
}

#[tokio::test]
async fn a_delayed_answer_comes_all_the_same() {
    let served = served().await;
    let rule = json!([{"path": "/rest", "when": "after", "what": {"delay_ms": 1}}]);
    served.text(Ask::post("/__sandbox/faults", rule)).await;
    let answer = served.text(Ask::create(text_post(JANE, "hello"))).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(served.linkedin.lock().unwrap().log()[0].fault.is_some());
}

#[tokio::test]
async fn a_browser_leaves_no_trace_in_the_log() {
    let served = served().await;
    for target in ["/", "/favicon.ico", "/__sandbox/style.css"] {
        served.text(Ask::get(target)).await;
    }
    assert!(served.linkedin.lock().unwrap().log().is_empty());
}

#[tokio::test]
async fn hooks_show_the_log_and_the_posts_and_forget_them() {
    let served = served().await;
    served.text(Ask::create(text_post(JANE, "hello"))).await;
    let posts = served.text(Ask::get("/__sandbox/posts")).await;
    assert!(posts.contains("\"raw\": \"hello\""), "{posts}");
    let log = served.text(Ask::get("/__sandbox/log")).await;
    assert!(log.contains("/rest/posts") && !log.contains("sandbox-token-jane"));
    let answer = served
        .text(Ask::post("/__sandbox/faults", json!([{"when": "never"}])))
        .await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    served.text(Ask::post("/__sandbox/reset", json!({}))).await;
    assert!(served.linkedin.lock().unwrap().posts().is_empty());
}

#[tokio::test]
async fn the_page_comes_with_a_strict_policy() {
    let served = served().await;
    let page = served.text(Ask::get("/")).await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("content-security-policy: default-src 'none';"));
    assert!(!page.contains("unsafe-inline") && !page.contains("<script"));
    let style = served.text(Ask::get("/__sandbox/style.css")).await;
    assert!(style.contains("prefers-color-scheme: dark") && !style.contains("url("));
}

#[tokio::test]
async fn strangers_are_turned_away() {
    let served = served().await;
    served.text(Ask::create(text_post(JANE, "hello"))).await;
    for host in ["evil.example", "127.0.0.1.evil.example:80", "10.0.0.1"] {
        let answer = served.text(Ask::get("/").header("host", host)).await;
        assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    }
    let local = served
        .text(Ask::get("/").header("host", "localhost:1"))
        .await;
    assert!(local.starts_with("HTTP/1.1 200"), "{local}");
    let reset = Ask::post("/__sandbox/reset", json!({})).header("origin", "https://evil.example");
    assert!(served.text(reset).await.starts_with("HTTP/1.1 403"));
    assert_eq!(served.linkedin.lock().unwrap().posts().len(), 1);
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let world = World::new();
    let linkedin = Arc::new(Mutex::new(world.linkedin));
    let problem = serve(listener, linkedin, Hands::at(world.now))
        .await
        .unwrap_err();
    assert!(problem.to_string().contains("loopback only"));
}
