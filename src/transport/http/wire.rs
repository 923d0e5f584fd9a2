//! A connection as bytes, and a look at whether the other side said anything on it.

use std::io::ErrorKind;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Waker};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A byte stream over a TCP connection, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// The socket beneath it.
    fn socket(&self) -> &TcpStream;
}

/// Any of them.
pub(super) type Wire = Box<dyn Stream>;

impl Stream for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Stream for TlsStream<Wire> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0.socket()
    }
}

/// Whether the connection is open and nothing waits on it to be read. The kernel is asked, too: what it has received in the last
/// moment, the end of the connection included, the runtime may not know of yet.
pub(super) fn is_quiet(wire: &mut Wire) -> bool {
    let mut byte = [0];
    let mut buffer = ReadBuf::new(&mut byte);
    let mut context = Context::from_waker(Waker::noop());
    let read = Pin::new(&mut *wire).poll_read(&mut context, &mut buffer);
    let peeked = SockRef::from(wire.socket()).peek(&mut [MaybeUninit::uninit()]);
    read.is_pending() && peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}
