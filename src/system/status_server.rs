//! A small HTTP server that says how this process is.
//!
//! Owns the socket and the headers; what is answered is a function it is given. Must not
//! know what is said. It takes no request that changes anything.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use http::{HeaderValue, Method, Response, StatusCode, header};
use tokio::net::TcpListener;

use super::few_connections::FewConnections;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// `content-type`.
    pub content_type: &'static str,
    /// The body.
    pub text: String,
}

/// The page at a path; `None`: there is none.
pub type Pages = dyn Fn(&str) -> Option<Page> + Send + Sync;

/// Listens on `address`.
///
/// # Errors
/// The system's: the port may be taken.
pub async fn bind(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Answers until the future is dropped.
///
/// # Errors
/// When it can no longer listen.
pub async fn serve(listener: TcpListener, pages: Arc<Pages>) -> io::Result<()> {
    let router = Router::new().fallback(answer).with_state(pages);
    axum::serve(FewConnections::new(listener), router).await
}

async fn answer(State(pages): State<Arc<Pages>>, request: Request) -> Response<Body> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let page = match (reads, pages(request.uri().path())) {
        (true, Some(page)) => page,
        (true, None) => plain(StatusCode::NOT_FOUND, "there is nothing here\n"),
        (false, _) => plain(StatusCode::METHOD_NOT_ALLOWED, "only GET\n"),
    };
    let mut response = Response::new(Body::from(page.text));
    *response.status_mut() = page.status;
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static(page.content_type);
    headers.insert(header::CONTENT_TYPE, content_type);
    // A connection that waits for a next request would only hold a descriptor.
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

/// A page of plain text.
#[must_use]
pub fn plain(status: StatusCode, text: &str) -> Page {
    Page {
        status,
        content_type: "text/plain; charset=utf-8",
        text: text.to_owned(),
    }
}
