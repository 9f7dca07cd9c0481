//! HTTP over the network.
//!
//! Owns the one client, built so that a request is on the wire at most once: HTTP/1.1, a
//! fresh connection each, no redirects, no retries of any kind. Must not know what is
//! sent.
#![allow(
    clippy::disallowed_methods,
    reason = "this is the place where HTTP clients are built"
)]

use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::TimeDelta;
use http_body::{Frame, SizeHint};

use super::SystemClock;
use super::held::{HEAD_START, Hold};
use super::in_time::{InTime, Limit, TOO_LATE};
use crate::file_bytes::{FileBytes, read_range};
use crate::model::Instant;
use crate::model::requests::{Credential, Sent};
use crate::ports::{
    AnswerLimit, Clock as _, FileBody, HttpRequest, HttpResponse, NotAfter, NotBefore, Timeout,
    Transport, TransportError,
};

/// Connecting, name look-up and TLS included, may take this long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A request whose caller sets no [`Timeout`] may take this long in all.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(45);
/// Answers of the API are a few kilobytes; more than this is not read, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;
/// How long an answer that is there already may take to be read after its time.
const READING: Duration = Duration::from_millis(250);

/// The network.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    /// The same, for requests that have a time: connects ahead of it.
    held: reqwest::Client,
    hold: Hold,
    sent: Arc<Mutex<Sent>>,
    /// What the newest answer's date told, and when it came on the clock that counts suspend.
    skew: Arc<Mutex<Option<(Duration, TimeDelta)>>>,
}

impl HttpTransport {
    /// Builds the client.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, TransportError> {
        // A second installation changes nothing: the first provider stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let hold = Hold::default();
        let build = |builder: reqwest::ClientBuilder| {
            let client = builder.build();
            client.map_err(|error| TransportError::NotSent(words(&error)))
        };
        Ok(Self {
            client: build(Self::builder())?,
            held: build(Self::builder().connector_layer(hold.clone()))?,
            hold,
            sent: Arc::default(),
            skew: Arc::default(),
        })
    }

    fn builder() -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .user_agent(concat!("mergecast/", env!("CARGO_PKG_VERSION")))
            .http1_only()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
    }

    fn counted(&self) -> MutexGuard<'_, Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let credential = request.extensions().get::<Credential>().cloned();
        // A question about the time is no call of the API.
        if request.method() != http::Method::HEAD {
            self.counted().count(credential.as_ref());
        }
        let timeout = request.extensions().get::<Timeout>();
        let timeout = timeout.map_or(TOTAL_TIMEOUT, |Timeout(timeout)| *timeout);
        let longest = request.extensions().get::<AnswerLimit>();
        let longest = longest.map_or(MAX_ANSWER, |longest| longest.0);
        let file = request.extensions().get::<FileBody>().cloned();
        let limit = request.extensions().get::<NotAfter>();
        let limit = limit.map(|NotAfter(end)| Limit::new(*end));
        let bytes = request.body().clone();
        let due = request.extensions().get::<NotBefore>().copied();
        let mut request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::NotSent(words(&error)))?;
        if let Some(FileBody { file, range }) = file {
            *request.body_mut() = Some(reqwest::Body::wrap(FileStream { file, range }));
        }
        if let Some(limit) = limit.clone() {
            *request.body_mut() = Some(reqwest::Body::wrap(InTime { bytes, limit }));
        }
        let client = match due {
            Some(NotBefore(due)) if due > SystemClock.now() => {
                self.hold.until(due);
                &self.held
            }
            Some(_) | None => &self.client,
        };
        let until = tokio::time::Instant::now() + timeout;
        let answered = self.answered(client, request, (limit, longest), until);
        or_late(answered, timeout).await
    }

    fn head_start(&self) -> TimeDelta {
        TimeDelta::from_std(HEAD_START).unwrap_or_default()
    }

    fn sent(&self) -> Option<Sent> {
        Some(self.counted().clone())
    }

    fn skew(&self) -> Option<TimeDelta> {
        let newest = self.skew.lock().unwrap_or_else(PoisonError::into_inner);
        newest.map(|(_, skew)| skew)
    }

    fn skew_since(&self, since: Duration) -> Option<TimeDelta> {
        let newest = self.skew.lock().unwrap_or_else(PoisonError::into_inner);
        newest.filter(|(at, _)| *at >= since).map(|(_, skew)| skew)
    }
}

/// What comes of `work` within `limit`. A process that was stopped finds both when it goes on,
/// the answer and that its time is over; the answer then counts, and reading it takes a moment.
async fn or_late(
    work: impl Future<Output = Result<HttpResponse, TransportError>>,
    limit: Duration,
) -> Result<HttpResponse, TransportError> {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(limit, &mut work).await {
        return done;
    }
    let late = tokio::time::timeout(READING, &mut work).await;
    late.unwrap_or_else(|_| {
        let seconds = limit.as_secs_f32();
        let problem = format!("timed out: no answer within {seconds} s");
        Err(TransportError::NoAnswer(problem))
    })
}

impl HttpTransport {
    /// Sends `request` and reads its answer, of which no more than the given number of bytes,
    /// and no longer than `until`.
    async fn answered(
        &self,
        client: &reqwest::Client,
        request: reqwest::Request,
        (limit, longest): (Option<Limit>, usize),
        until: tokio::time::Instant,
    ) -> Result<HttpResponse, TransportError> {
        let mut response = client.execute(request).await.map_err(|error| {
            if limit.is_some_and(|limit| limit.was_missed()) {
                TransportError::NotSent(TOO_LATE.to_owned())
            } else if error.is_connect() || error.is_builder() {
                TransportError::NotSent(words(&error))
            } else {
                TransportError::NoAnswer(words(&error))
            }
        })?;
        if let Some(date) = date(response.headers()) {
            *self.skew.lock().unwrap_or_else(PoisonError::into_inner) =
                Some((SystemClock.uptime(), date - SystemClock.now()));
        }
        let mut answer = http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = BytesMut::new();
        loop {
            // What came so far is kept, also where the rest never comes: the headers alone may
            // hold the new post's id.
            match tokio::time::timeout_at(until, response.chunk()).await {
                Ok(Ok(Some(chunk))) if body.len() + chunk.len() <= longest => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Ok(_) | Err(_)) | Err(_) => break,
            }
        }
        answer
            .body(body.freeze())
            .map_err(|error| TransportError::NoAnswer(error.to_string()))
    }
}

/// When an answer was made, as its sender's clock says.
#[must_use]
pub fn date(headers: &http::HeaderMap) -> Option<Instant> {
    let text = headers.get(http::header::DATE)?.to_str().ok()?;
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some(date.to_utc())
}

/// Bytes read from a file at once.
const CHUNK: u64 = 64 * 1024;

/// A part of a file as the body of a request. Its length is known, so it is announced.
struct FileStream {
    file: Arc<dyn FileBytes>,
    /// What is left to send.
    range: Range<u64>,
}

impl http_body::Body for FileStream {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let Range { start, end } = self.range;
        if start >= end {
            return Poll::Ready(None);
        }
        // Reading blocks, but from a file of this machine and only a little.
        let next = end.min(start + CHUNK);
        let read = read_range(self.file.as_ref(), start..next);
        self.range.start = next;
        Poll::Ready(Some(read.map(|bytes| Frame::data(Bytes::from(bytes)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.range.end.saturating_sub(self.range.start))
    }
}

/// The innermost cause in words; never the address, which may be signed.
fn words(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() {
        format!("timed out: {cause}")
    } else {
        cause.to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// Serves `answer` to every connection and counts the requests it read.
    fn serve(answer: &'static [u8]) -> (String, std::thread::JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/x", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let mut requests = 0;
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut buffer = [0; 4096];
                let read = stream.read(&mut buffer).unwrap_or(0);
                if buffer[..read].starts_with(b"GET /stop") {
                    return requests;
                }
                requests += 1;
                stream.write_all(answer).unwrap();
            }
            requests
        });
        (address, server)
    }

    fn exchange(answer: &'static [u8]) -> (Result<HttpResponse, TransportError>, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (address, server) = serve(answer);
        let transport = HttpTransport::new().unwrap();
        let request = |url: &str| http::Request::get(url).body(Bytes::new()).unwrap();
        let result = runtime.block_on(transport.send(request(&address)));
        let _ = runtime.block_on(transport.send(request(&address.replace("/x", "/stop"))));
        (result, server.join().unwrap())
    }

    #[test]
    fn an_error_answer_is_an_answer_and_is_not_asked_for_twice() {
        let (result, requests) = exchange(b"HTTP/1.1 500 Oops\r\ncontent-length: 2\r\n\r\nno");
        assert_eq!((result.unwrap().status().as_u16(), requests), (500, 1));
    }

    #[test]
    fn redirects_are_not_followed() {
        let (result, requests) =
            exchange(b"HTTP/1.1 307 Go\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n");
        assert_eq!((result.unwrap().status().as_u16(), requests), (307, 1));
    }

    #[test]
    fn a_request_whose_time_is_over_arrives_without_its_body() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/x", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let mut received = Vec::new();
            if let Ok((mut stream, _)) = listener.accept() {
                let _ = stream.read_to_end(&mut received);
            }
            String::from_utf8(received).unwrap()
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let body = Bytes::from_static(b"{\"commentary\":\"x\"}");
        let request = http::Request::post(&address).extension(NotAfter(Duration::ZERO));
        let transport = HttpTransport::new().unwrap();
        let result = runtime.block_on(transport.send(request.body(body).unwrap()));
        drop(runtime);
        assert_eq!(
            result.unwrap_err(),
            TransportError::NotSent(TOO_LATE.to_owned())
        );
        assert!(!server.join().unwrap().contains("commentary"));
    }

    #[test]
    fn a_connection_closed_after_the_request_may_have_delivered_it() {
        let (result, requests) = exchange(b"");
        assert!(
            matches!(result, Err(TransportError::NoAnswer(_))),
            "{result:?}"
        );
        assert_eq!(requests, 1);
    }

    #[test]
    fn a_request_with_a_time_connects_before_and_leaves_at_its_time() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/x", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let connected = SystemClock.now();
            let read = stream.read(&mut [0; 4096]).unwrap();
            let came = SystemClock.now();
            stream
                .write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
            (connected, read, came)
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        // Setting up TLS takes its time, also where there is none.
        let transport = HttpTransport::new().unwrap();
        let due = SystemClock.now() + TimeDelta::milliseconds(800);
        let mut request = http::Request::get(&address).body(Bytes::new()).unwrap();
        request.extensions_mut().insert(NotBefore(due));
        let answer = runtime.block_on(transport.send(request));
        assert_eq!(answer.unwrap().status(), 201);
        let (connected, read, came) = server.join().unwrap();
        assert!(
            connected < due && read > 0 && came >= due,
            "{connected} {came}"
        );
    }

    #[test]
    fn a_refused_connection_delivered_nothing() {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let request = http::Request::get(format!("http://127.0.0.1:{port}/")).body(Bytes::new());
        let result = runtime.block_on(HttpTransport::new().unwrap().send(request.unwrap()));
        assert!(
            matches!(result, Err(TransportError::NotSent(_))),
            "{result:?}"
        );
    }
}
