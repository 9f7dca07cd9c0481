//! The sandbox behind a socket, on loopback only.
//!
//! Owns the HTTP server: the API, the hooks below `/__sandbox/` and the feed page. Must not
//! keep state of its own: what it serves is the shared [`Linkedin`].
//!
//! A web page open in the same machine's browser can send requests here too. So the server
//! answers only when it is addressed as loopback, which keeps out rebound names, and takes
//! no hook request that a page of another origin makes.
#![allow(
    clippy::disallowed_methods,
    reason = "a delay on a real socket passes in real time, whatever the sandbox's clock says"
)]

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use tokio::net::TcpListener;

use super::Linkedin;
use super::faults::{FaultScript, Reply};
use super::gate::MAX_UPLOAD;
use super::in_memory::lock;
use super::page;
use super::settings::Settings;
use super::wire::{SeverableListener, Wire};
use crate::model::Instant;
use crate::ports::Clock;

/// No scripts, no frames, no forms, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
                      media-src 'self'; object-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

#[derive(Clone)]
struct Server {
    linkedin: Arc<Mutex<Linkedin>>,
    now: Arc<dyn Fn() -> Instant + Send + Sync>,
    origin: String,
}

/// Serves `linkedin` in the time of `clock` until the future is dropped. Upload addresses
/// point to the listener from now on.
///
/// # Errors
/// When `listener` is not on loopback, or can no longer be listened to.
pub async fn serve<C>(
    listener: TcpListener,
    linkedin: Arc<Mutex<Linkedin>>,
    clock: C,
) -> io::Result<()>
where
    C: Clock + Send + Sync + 'static,
{
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        let problem = format!("the sandbox listens on loopback only, not on {address}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    let origin = format!("http://{address}");
    lock(&linkedin).settings.upload_origin.clone_from(&origin);
    let server = Server {
        linkedin,
        now: Arc::new(move || clock.now()),
        origin,
    };
    let router = Router::new().fallback(answer).with_state(server);
    let service = router.into_make_service_with_connect_info::<Wire>();
    axum::serve(SeverableListener::new(listener), service).await
}

async fn answer(
    State(server): State<Server>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response<Body> {
    if !is_addressed_as_loopback(request.headers()) {
        return plain(
            StatusCode::MISDIRECTED_REQUEST,
            "the sandbox answers on loopback only",
        );
    }
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_UPLOAD + 1).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large");
    };
    let request = http::Request::from_parts(head, body);
    let path = request.uri().path();
    // Browsers ask for an icon by themselves; that is no request of the API.
    if matches!(path, "/" | "/favicon.ico") || path.starts_with("/__sandbox/") {
        return hook(&server, &request);
    }
    let now = (server.now)();
    let mut reply = lock(&server.linkedin).handle_with_faults(&request, now);
    loop {
        match reply {
            Reply::Response(response) => return response.map(Body::from),
            Reply::Dropped | Reply::Refused => {
                wire.sever();
                return Response::new(Body::empty());
            }
            Reply::Delayed(delay, later) => {
                tokio::time::sleep(delay).await;
                reply = *later;
            }
        }
    }
}

/// Whether `Host` names this machine. Anything else is a name that was made to point here.
fn is_addressed_as_loopback(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(authority) = host.and_then(|h| h.parse::<http::uri::Authority>().ok()) else {
        return false;
    };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn hook(server: &Server, request: &http::Request<Bytes>) -> Response<Body> {
    let foreign = request
        .headers()
        .get(header::ORIGIN)
        .is_some_and(|origin| origin.as_bytes() != server.origin.as_bytes());
    if foreign {
        return plain(StatusCode::FORBIDDEN, "not for pages of another origin");
    }
    let mut linkedin = lock(&server.linkedin);
    let method = request.method();
    match (method, request.uri().path()) {
        (&Method::GET, "/") => {
            let page = page::render(&linkedin, (server.now)());
            with_type(page, "text/html; charset=utf-8")
        }
        (&Method::GET, "/__sandbox/style.css") => with_type(page::STYLE, "text/css; charset=utf-8"),
        (&Method::GET, "/__sandbox/log") => json(linkedin.log()),
        (&Method::GET, "/__sandbox/posts") => json(linkedin.posts()),
        (&Method::POST, "/__sandbox/faults") => {
            match serde_json::from_slice::<FaultScript>(request.body()) {
                Ok(script) => {
                    linkedin.faults.rules.extend(script.rules);
                    json(&linkedin.faults)
                }
                Err(problem) => plain(StatusCode::BAD_REQUEST, &problem.to_string()),
            }
        }
        (&Method::POST, "/__sandbox/settings") => match changed(&linkedin, request.body()) {
            Ok(settings) => {
                linkedin.settings = settings;
                json(&linkedin.settings)
            }
            Err(problem) => plain(StatusCode::BAD_REQUEST, &problem.to_string()),
        },
        (&Method::POST, "/__sandbox/reset") => {
            linkedin.reset();
            plain(
                StatusCode::OK,
                "every post is gone; accounts and settings stay",
            )
        }
        (&Method::GET, path) => media(&linkedin, path),
        _ => plain(StatusCode::METHOD_NOT_ALLOWED, "no such hook"),
    }
}

/// The settings with those of a JSON object in place of their own.
fn changed(linkedin: &Linkedin, body: &Bytes) -> Result<Settings, serde_json::Error> {
    let mut all = serde_json::to_value(&linkedin.settings)?;
    let own: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body)?;
    if let Some(all) = all.as_object_mut() {
        all.extend(own);
    }
    serde_json::from_value(all)
}

fn media(linkedin: &Linkedin, path: &str) -> Response<Body> {
    let id = path.strip_prefix("/__sandbox/media/");
    match id.and_then(|id| linkedin.medium(id)) {
        Some((media_type, bytes)) => with_type(bytes, media_type),
        None => plain(StatusCode::NOT_FOUND, "there is nothing here"),
    }
}

fn json(value: &(impl serde::Serialize + ?Sized)) -> Response<Body> {
    match serde_json::to_string_pretty(value) {
        Ok(text) => with_type(text, "application/json"),
        Err(problem) => plain(StatusCode::INTERNAL_SERVER_ERROR, &problem.to_string()),
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = with_type(format!("{text}\n"), "text/plain; charset=utf-8");
    *response.status_mut() = status;
    response
}

fn with_type(body: impl Into<Body>, media_type: &'static str) -> Response<Body> {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

impl axum::extract::connect_info::Connected<axum::serve::IncomingStream<'_, SeverableListener>>
    for Wire
{
    fn connect_info(stream: axum::serve::IncomingStream<'_, SeverableListener>) -> Self {
        stream.io().wire()
    }
}
