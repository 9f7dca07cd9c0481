//! A connection that can be cut from inside.
//!
//! Owns sockets whose server may end them without an answer, as a broken wire does. Must
//! not know HTTP.

use std::collections::VecDeque;
use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// The handle on one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire(Arc<AtomicBool>);

impl Wire {
    /// From now on not one more byte is written, and the connection closes.
    pub(super) fn sever(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::SeqCst) {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

/// So many connections may be open on which nothing was asked yet; one more ends the oldest.
const MOST_SILENT: usize = 64;

/// A listener whose connections can be cut.
pub(super) struct SeverableListener {
    listener: TcpListener,
    /// Those on which nothing was asked yet, oldest first; a dropped sender ends its one.
    silent: VecDeque<oneshot::Sender<()>>,
}

impl SeverableListener {
    pub(super) fn new(listener: TcpListener) -> Self {
        let silent = VecDeque::new();
        Self { listener, silent }
    }
}

impl Listener for SeverableListener {
    type Io = SeverableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        self.silent.retain(|connection| !connection.is_closed());
        if self.silent.len() >= MOST_SILENT {
            self.silent.pop_front();
            tokio::task::yield_now().await;
        }
        let (kept, ended) = oneshot::channel();
        self.silent.push_back(kept);
        let stream = SeverableStream {
            stream,
            wire: Wire::default(),
            silent: Some(ended),
        };
        (stream, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// One connection.
pub(super) struct SeverableStream {
    stream: TcpStream,
    wire: Wire,
    /// Ends it while nothing was asked yet.
    silent: Option<oneshot::Receiver<()>>,
}

impl SeverableStream {
    /// Its handle.
    pub(super) fn wire(&self) -> Wire {
        self.wire.clone()
    }
}

impl AsyncRead for SeverableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(ended) = &mut self.silent
            && Pin::new(ended).poll(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_ready() {
            self.silent = None;
        }
        read
    }
}

impl AsyncWrite for SeverableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.wire.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.wire.check()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
