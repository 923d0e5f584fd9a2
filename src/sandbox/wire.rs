//! The connection between the HTTP server and the socket, so that a reply can be replaced by raw bytes and a connection broken.
//!
//! Without orders it passes every byte. With a [`Script`] it throws away what the server writes and plays the script instead:
//! bytes, pauses, and an end. It knows neither HTTP nor faults.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

/// What is sent in place of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) scenes: VecDeque<Scene>,
    pub(super) end: End,
}

/// A pause, then bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scene {
    pub(super) pause: Duration,
    pub(super) bytes: Vec<u8>,
    /// Played again and again, for streams that never end.
    pub(super) forever: bool,
}

/// What becomes of the connection after the last scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The next call may come over it.
    KeepOpen,
    /// Closed in order.
    Close,
    /// Reset: the peer sees a connection error, not an end.
    Reset,
    /// Left open, silent, until the peer leaves.
    Hang,
}

/// Accepts connections until the sandbox stops.
pub(super) struct WireListener {
    pub(super) listener: TcpListener,
    pub(super) stopping: watch::Receiver<bool>,
}

impl Listener for WireListener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Small replies must not wait for each other.
        let _ = stream.set_nodelay(true);
        (Wire::new(stream, self.stopping.clone()), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Lets the handler of a call give orders to the connection the call came over.
#[derive(Debug, Clone, Default)]
pub(super) struct WireHandle(Arc<Mutex<Option<Script>>>);

impl WireHandle {
    /// The next bytes the server writes are replaced by `script`.
    pub(super) fn play(&self, script: Script) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(script);
    }

    fn take(&self) -> Option<Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Connected<IncomingStream<'_, WireListener>> for WireHandle {
    fn connect_info(stream: IncomingStream<'_, WireListener>) -> Self {
        stream.io().handle.clone()
    }
}

/// One connection.
pub(super) struct Wire {
    stream: TcpStream,
    handle: WireHandle,
    playing: Option<Script>,
    pause: Option<Pin<Box<Sleep>>>,
    stopped: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Wire {
    fn new(stream: TcpStream, mut stopping: watch::Receiver<bool>) -> Self {
        let stopped = async move {
            let _ = stopping.wait_for(|stopping| *stopping).await;
        };
        Self {
            stream,
            handle: WireHandle::default(),
            playing: None,
            pause: None,
            stopped: Some(Box::pin(stopped)),
        }
    }

    /// Fails once the sandbox has stopped, and wakes the task when it does.
    fn check_stopped(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if let Some(stopped) = &mut self.stopped
            && stopped.as_mut().poll(cx).is_pending()
        {
            return Ok(());
        }
        self.stopped = None;
        Err(io::ErrorKind::ConnectionAborted.into())
    }

    /// Plays the script to its end. `Ready(Ok)` when the connection stays open afterwards.
    fn poll_play(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let Some(script) = &mut self.playing else {
                return Poll::Ready(Ok(()));
            };
            let Some(scene) = script.scenes.front_mut() else {
                let end = script.end;
                return self.poll_end(end, cx);
            };
            if !scene.pause.is_zero() {
                let pause = scene.pause;
                let sleeping = self.pause.get_or_insert_with(|| Box::pin(sleep(pause)));
                ready!(sleeping.as_mut().poll(cx));
            }
            while !scene.bytes.is_empty() {
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &scene.bytes))?;
                if scene.forever {
                    // The bytes that are left come last the next time: nobody reads this stream for its content.
                    scene.bytes.rotate_left(written);
                    break;
                }
                scene.bytes.drain(..written);
            }
            self.pause = None;
            if !scene.forever {
                script.scenes.pop_front();
            }
        }
    }

    fn poll_end(&mut self, end: End, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match end {
            End::KeepOpen => {
                self.playing = None;
                Poll::Ready(Ok(()))
            }
            // The server drops the connection on an error, and with it the socket.
            End::Close => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            End::Reset => {
                self.stream.set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
            End::Hang => {
                let mut ignored = [0_u8; 64];
                let mut buffer = ReadBuf::new(&mut ignored);
                loop {
                    buffer.clear();
                    ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
                    if buffer.filled().is_empty() {
                        return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
                    }
                }
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check_stopped(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check_stopped(cx)?;
        if self.playing.is_none() {
            self.playing = self.handle.take();
        }
        if self.playing.is_some() {
            ready!(self.poll_play(cx))?;
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
