//! The proxy, the sandbox behind it, and one create request through both.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mergecast::linkedin::body::PostBody;
use mergecast::linkedin::client::Client;
use mergecast::linkedin::endpoint::Endpoint;
use mergecast::linkedin::outcome::CreateOutcome;
use mergecast::linkedin::token::AccessToken;
use mergecast::model::content::PostContent;
use mergecast::model::urn::AuthorUrn;
use mergecast::ports::{Clock as _, HttpRequest, HttpResponse, Timeout, Transport, TransportError};
use mergecast::sandbox::{Directory, Linkedin, listener};
use mergecast::system::SystemClock;
use mergecast::system::http::HttpTransport;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const AUTHOR: &str = "urn:li:organization:42";

/// Runs a test on one thread, with the proxy and the sandbox beside it.
pub(crate) fn wired(test: impl AsyncFnOnce(&Place)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async { test(&Place::start().await).await });
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// In order (FIN).
    Close,
    /// At once (RST); what is still under way may be lost.
    Reset,
}

/// What happens to the next connections.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// Nothing.
    None,
    /// LinkedIn gets so many bytes of the request, and then the connection ends.
    Request(usize, End),
    /// LinkedIn gets the request, and so many bytes of its answer come back.
    Response(usize, End),
    /// LinkedIn gets the request, and something else comes back, and then this end.
    Instead(Vec<u8>, End),
    /// Something comes back before a byte was read, and LinkedIn gets nothing.
    Early(Vec<u8>, End),
    /// The request goes on with this pause after each byte.
    SlowRequest(Duration),
    /// The answer comes back with this pause after each byte.
    SlowResponse(Duration),
    /// LinkedIn gets the request, this comes back, and then nothing, without an end.
    Hanging(Vec<u8>),
}

/// What went over the wire.
#[derive(Default)]
struct Seen {
    connections: Cell<u32>,
    /// The last request, as far as it was read, and the last answer of the sandbox.
    request: RefCell<Vec<u8>>,
    response: RefCell<Vec<u8>>,
    /// Requests of which at least the first line came.
    creates: Cell<u32>,
    busy: Cell<u32>,
}

/// A sandbox behind a listener, and the proxy before it.
pub(crate) struct Place {
    pub(crate) origin: String,
    linkedin: Arc<Mutex<Linkedin>>,
    trouble: Rc<RefCell<Trouble>>,
    seen: Rc<Seen>,
    texts: Cell<u32>,
    /// Each request has a fresh connection all the same.
    transport: HttpTransport,
}

impl Place {
    async fn start() -> Self {
        let author = AuthorUrn::parse(AUTHOR).unwrap();
        let mut linkedin = Linkedin::for_authors([(author, "acme".to_owned())].into_iter());
        linkedin.settings.dup_window_s = 0;
        linkedin.settings.quota_member = Some(u32::MAX);
        linkedin.settings.quota_app = Some(u32::MAX);
        let linkedin = Arc::new(Mutex::new(linkedin));
        let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = upstream.local_addr().unwrap();
        let served = listener::serve(upstream, Arc::clone(&linkedin), SystemClock);
        tokio::task::spawn_local(async move { served.await.unwrap() });
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = Self {
            origin: format!("http://{}", proxy.local_addr().unwrap()),
            linkedin,
            trouble: Rc::new(RefCell::new(Trouble::None)),
            seen: Rc::default(),
            texts: Cell::new(0),
            transport: HttpTransport::new().unwrap(),
        };
        let (trouble, seen) = (Rc::clone(&place.trouble), Rc::clone(&place.seen));
        tokio::task::spawn_local(async move {
            loop {
                let (client, _) = proxy.accept().await.unwrap();
                seen.busy.set(seen.busy.get() + 1);
                let (trouble, seen) = (trouble.borrow().clone(), Rc::clone(&seen));
                tokio::task::spawn_local(async move {
                    // A client that is gone is what many tests are about.
                    let _ = carry(client, sandbox, trouble, &seen).await;
                    seen.busy.set(seen.busy.get() - 1);
                });
            }
        });
        place
    }

    pub(crate) fn linkedin(&self) -> MutexGuard<'_, Linkedin> {
        self.linkedin.lock().unwrap()
    }

    pub(crate) fn meets(&self, trouble: Trouble) {
        *self.trouble.borrow_mut() = trouble;
    }

    /// Bytes of the last request and of the sandbox's last answer, and of the answer's head.
    pub(crate) fn lengths(&self) -> (usize, usize, usize) {
        let (request, response) = (self.seen.request.borrow(), self.seen.response.borrow());
        (request.len(), response.len(), head_of(&response).unwrap())
    }

    /// Create requests that came to the proxy so far, and connections.
    pub(crate) fn on_the_wire(&self) -> (u32, u32) {
        (self.seen.creates.get(), self.seen.connections.get())
    }

    /// Waits until the proxy is done with every connection, and so is the sandbox.
    pub(crate) async fn quiet(&self) {
        while self.seen.busy.get() > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// One create request that meets `trouble` and is given up after `limit`: what the
    /// client makes of it, and the URN of the post if LinkedIn has it.
    pub(crate) async fn create(&self, trouble: Trouble, limit: Duration) -> Told {
        self.create_at(&self.origin, trouble, limit).await
    }

    /// The same, sent to another address.
    pub(crate) async fn create_at(&self, origin: &str, trouble: Trouble, limit: Duration) -> Told {
        self.meets(trouble);
        self.texts.set(self.texts.get() + 1);
        let text = format!("Text {:06}", self.texts.get());
        let author = AuthorUrn::parse(AUTHOR).unwrap();
        let token = AccessToken::new(&Directory::token_of(&author), "T").unwrap();
        let content = PostContent::of_text(author, text.clone(), text.clone());
        let endpoint = Endpoint::new(Some(origin)).unwrap();
        let transport = Hurried(self.transport.clone(), limit);
        let client = Client {
            transport: &transport,
            endpoint: &endpoint,
            api_version: "202609",
        };
        let before = self.on_the_wire();
        let body = PostBody::new(&content, &[]).unwrap();
        let outcome = client.create_post(&token, &body, None).await;
        self.quiet().await;
        let after = self.on_the_wire();
        let created: Vec<String> = {
            let linkedin = self.linkedin();
            let posts = linkedin.posts().iter().filter(|post| post.raw == text);
            posts.map(|post| post.urn.to_string()).collect()
        };
        assert!(created.len() <= 1, "{created:?}");
        Told {
            outcome,
            truth: created.into_iter().next(),
            creates: after.0 - before.0,
            connections: after.1 - before.1,
        }
    }
}

/// What one create request came to.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) outcome: CreateOutcome,
    /// The post, if LinkedIn has it.
    pub(crate) truth: Option<String>,
    pub(crate) creates: u32,
    pub(crate) connections: u32,
}

impl Told {
    /// What must hold whatever happens: one request at most, and no word that is not true.
    pub(crate) fn assert_honest(&self, case: &dyn std::fmt::Debug) {
        assert!(
            self.connections <= 1 && self.creates <= 1,
            "{case:?}: {self:?}"
        );
        match &self.outcome {
            CreateOutcome::Created(urn) => {
                assert_eq!(Some(urn.to_string()), self.truth, "{case:?}: {self:?}");
            }
            outcome if outcome.created_nothing() => {
                assert_eq!(self.truth, None, "{case:?}: {self:?}");
            }
            _ => {}
        }
    }

    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.outcome, CreateOutcome::Unknown(_))
    }

    pub(crate) fn is_created(&self) -> bool {
        matches!(self.outcome, CreateOutcome::Created(_))
    }
}

/// The real client with another limit.
struct Hurried(HttpTransport, Duration);

impl Transport for Hurried {
    async fn send(&self, mut request: HttpRequest) -> Result<HttpResponse, TransportError> {
        request.extensions_mut().insert(Timeout(self.1));
        self.0.send(request).await
    }
}

/// Where the head of a message ends.
fn head_of(message: &[u8]) -> Option<usize> {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}

/// Whether a message is there as a whole.
fn is_whole(message: &[u8]) -> bool {
    let Some(head) = head_of(message) else {
        return false;
    };
    let text = String::from_utf8_lossy(&message[..head]).to_lowercase();
    let length = text.lines().find_map(|line| {
        let value = line.strip_prefix("content-length:")?;
        value.trim().parse::<usize>().ok()
    });
    message.len() >= head + length.unwrap_or(0)
}

/// Reads one message, or up to its `limit`th byte; what came before the end.
async fn read(stream: &mut TcpStream, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut chunk = [0; 4096];
    while message.len() < limit && !is_whole(&message) {
        let room = (limit - message.len()).min(chunk.len());
        match stream.read(&mut chunk[..room]).await? {
            0 => break,
            count => message.extend_from_slice(&chunk[..count]),
        }
    }
    Ok(message)
}

async fn carry(
    mut client: TcpStream,
    sandbox: SocketAddr,
    trouble: Trouble,
    seen: &Seen,
) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    // Mishaps are for create requests: who asks for the time is told it.
    let mut first = [0; 4];
    if client.peek(&mut first).await? == first.len() && first == *b"HEAD" {
        read(&mut client, usize::MAX).await?;
        let now = SystemClock.now().format("%a, %d %b %Y %H:%M:%S GMT");
        let answer = format!("HTTP/1.1 404 Not Found\r\ndate: {now}\r\ncontent-length: 0\r\n\r\n");
        client.write_all(answer.as_bytes()).await?;
        return finish(client, End::Close).await;
    }
    seen.connections.set(seen.connections.get() + 1);
    if let Trouble::Early(bytes, end) = trouble {
        client.write_all(&bytes).await?;
        return finish(client, end).await;
    }
    let limit = match trouble {
        Trouble::Request(limit, _) => limit,
        _ => usize::MAX,
    };
    let request = read(&mut client, limit).await?;
    if request.starts_with(b"POST /rest/posts HTTP/1.1\r\n") {
        seen.creates.set(seen.creates.get() + 1);
    }
    let pause = match trouble {
        Trouble::SlowRequest(pause) => Some(pause),
        _ => None,
    };
    let response = ask(sandbox, &request, pause).await?;
    *seen.request.borrow_mut() = request;
    *seen.response.borrow_mut() = response.clone();
    match trouble {
        Trouble::None | Trouble::SlowRequest(_) => {
            client.write_all(&response).await?;
            finish(client, End::Close).await
        }
        Trouble::Request(_, end) | Trouble::Early(_, end) => finish(client, end).await,
        Trouble::Response(count, end) => {
            client.write_all(&response[..count]).await?;
            finish(client, end).await
        }
        Trouble::Instead(bytes, end) => {
            client.write_all(&bytes).await?;
            finish(client, end).await
        }
        Trouble::SlowResponse(pause) => {
            for byte in response {
                client.write_all(&[byte]).await?;
                tokio::time::sleep(pause).await;
            }
            finish(client, End::Close).await
        }
        Trouble::Hanging(bytes) => {
            client.write_all(&bytes).await?;
            // Until the client gives up.
            let mut rest = Vec::new();
            client.read_to_end(&mut rest).await.map(|_| ())
        }
    }
}

/// The sandbox's answer to as much of a request as it gets; it is done with it then.
async fn ask(
    sandbox: SocketAddr,
    request: &[u8],
    pause: Option<Duration>,
) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(sandbox).await?;
    stream.set_nodelay(true)?;
    match pause {
        Some(pause) => {
            for byte in request {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(pause).await;
            }
        }
        None => stream.write_all(request).await?,
    }
    if !is_whole(request) {
        stream.shutdown().await?;
    }
    Ok(read(&mut stream, usize::MAX).await.unwrap_or_default())
}

async fn finish(mut client: TcpStream, end: End) -> std::io::Result<()> {
    match end {
        End::Close => client.shutdown().await,
        End::Reset => client.set_zero_linger(),
    }
}
