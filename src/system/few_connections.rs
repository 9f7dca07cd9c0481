//! A listener that silent or slow callers cannot fill.
//!
//! Owns how many connections are open at once and how long each one lives. Must not know
//! what is said on them. Descriptors are what a post needs as well: its connection, its
//! files, git. So at most 32 are open here, and a newcomer ends the oldest one.
#![allow(
    clippy::disallowed_methods,
    reason = "a connection lives so long in real time"
)]

use std::collections::VecDeque;
use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::Sleep;

/// So many connections are open at most.
const MOST: usize = 32;
/// A connection lives at most so long: request and answer are a few hundred bytes.
const LIFE: Duration = Duration::from_secs(10);

/// The listener.
#[derive(Debug)]
pub struct FewConnections {
    listener: TcpListener,
    /// The open connections, oldest first; a dropped sender ends its connection.
    open: VecDeque<oneshot::Sender<()>>,
}

impl FewConnections {
    /// Accepts what `listener` is asked for.
    #[must_use]
    pub fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            open: VecDeque::new(),
        }
    }

    /// The next connection.
    pub async fn next(&mut self) -> ShortLived {
        Listener::accept(self).await.0
    }
}

impl Listener for FewConnections {
    type Io = ShortLived;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        self.open.retain(|connection| !connection.is_closed());
        if self.open.len() >= MOST {
            self.open.pop_front();
            // The task of the ended connection closes it before the next one is taken.
            tokio::task::yield_now().await;
        }
        let (kept, ended) = oneshot::channel();
        self.open.push_back(kept);
        let end = Box::pin(tokio::time::sleep(LIFE));
        (ShortLived { stream, end, ended }, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// One connection.
#[derive(Debug)]
pub struct ShortLived {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    ended: oneshot::Receiver<()>,
}

impl ShortLived {
    /// Whether its time is over, or a newcomer took its place.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let over = self.end.as_mut().poll(context).is_ready();
        match over || Pin::new(&mut self.ended).poll(context).is_ready() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(()),
        }
    }
}

impl AsyncRead for ShortLived {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for ShortLived {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
