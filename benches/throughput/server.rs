//! The loopback server that all contenders send to. It reads the whole request and answers at once that everything went well.
//!
//! One thread and no parsing beyond the length of the body, so that what is measured is the contender.

use std::io::{self, Error, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::{TcpListener, TcpStream};

/// What every call is answered: nobody is invalid.
pub(crate) const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: 76\r\n\r\n\
    {\"code\":0,\"msg\":\"success\",\"data\":{\"invalid_code\":[],\"invalid_member_id\":[]}}";

/// Longest request: a call has 50 items of some 200 bytes.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// The server, for as long as the program runs.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    calls: Arc<AtomicU64>,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let calls = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&calls);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::spawn(move || {
            // A server that fails shows as calls that are missing.
            runtime.block_on(accept(listener, &counter))
        });
        Ok(Self { address, calls })
    }

    /// Calls answered so far.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn accept(listener: std::net::TcpListener, calls: &Arc<AtomicU64>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, Arc::clone(calls)));
    }
}

/// Answers the requests of one connection, one after the other.
async fn serve(stream: TcpStream, calls: Arc<AtomicU64>) -> io::Result<()> {
    let mut buffer = vec![0; REQUEST_BYTES_MAX];
    let mut filled = 0;
    loop {
        let request = buffer.get(..filled).unwrap_or_default();
        if let Some(length) = whole(request)? {
            buffer.copy_within(length..filled, 0);
            filled -= length;
            calls.fetch_add(1, Ordering::SeqCst);
            write(&stream, ANSWER).await?;
            continue;
        }
        stream.readable().await?;
        match stream.try_read(buffer.get_mut(filled..).unwrap_or_default()) {
            Ok(0) => return Ok(()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// The length of the first request, if all of it is here.
fn whole(bytes: &[u8]) -> io::Result<Option<usize>> {
    const HEAD_END: &[u8] = b"\r\n\r\n";
    let Some(end) = memchr::memmem::find(bytes, HEAD_END) else {
        return Ok(None);
    };
    let head = bytes.get(..end).unwrap_or_default().to_ascii_lowercase();
    let head = String::from_utf8_lossy(&head);
    let body: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok())
        .ok_or_else(|| Error::other("a request without content-length"))?;
    let length = end + HEAD_END.len() + body;
    Ok((length <= bytes.len()).then_some(length))
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
