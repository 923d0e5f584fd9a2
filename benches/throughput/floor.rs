//! The least a client can do: CSV in, calls out. No checks, no store, no report, no second try.
//!
//! What any program that does the same work has to spend; the rest is the price of knowing what became of each row.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use csv::StringRecord;

use crate::Fallible;
use crate::server::ANSWER;

/// Calls under way at one time, each on a connection of its own.
const CALLS_IN_FLIGHT: usize = 16;
/// Items of one call, as the endpoint allows.
pub(crate) const ITEMS_MAX: usize = 50;

/// Sends a whole file.
pub(crate) fn send(file: &Path, address: &str) -> Fallible<()> {
    let (requests, inbox) = sync_channel(CALLS_IN_FLIGHT);
    let inbox = Arc::new(Mutex::new(inbox));
    let senders: Vec<_> = (0..CALLS_IN_FLIGHT)
        .map(|_| {
            let (inbox, stream) = (Arc::clone(&inbox), TcpStream::connect(address)?);
            Ok(std::thread::spawn(move || call(&inbox, stream)))
        })
        .collect::<Fallible<_>>()?;
    let mut reader = csv::Reader::from_path(file)?;
    let header = reader.headers()?.clone();
    let mut items = Vec::new();
    let mut count = 0;
    for record in reader.records() {
        write_item(&mut items, &header, &record?)?;
        count += 1;
        if count == ITEMS_MAX {
            requests.send(request(&items))?;
            items.clear();
            count = 0;
        }
    }
    if count > 0 {
        requests.send(request(&items))?;
    }
    drop(requests);
    for sender in senders {
        sender.join().map_err(|_| "a sender panicked")??;
    }
    Ok(())
}

/// Sends requests over one connection until there are no more.
fn call(inbox: &Mutex<Receiver<Vec<u8>>>, mut stream: TcpStream) -> Fallible<()> {
    stream.set_nodelay(true)?;
    let mut answer = vec![0; ANSWER.len()];
    loop {
        let next = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(request) = next else {
            return Ok(());
        };
        stream.write_all(&request)?;
        stream.read_exact(&mut answer)?;
        if answer != ANSWER {
            return Err("another answer than expected".into());
        }
    }
}

fn write_item(out: &mut Vec<u8>, header: &StringRecord, row: &StringRecord) -> Fallible<()> {
    if !out.is_empty() {
        out.push(b',');
    }
    for (position, (name, value)) in header.iter().zip(row).enumerate() {
        let (before, after) = match position {
            0 => ("{\"", "\":"),
            1 | 2 => (",\"", "\":"),
            3 => (",\"field_datas\":[{\"code\":\"", "\",\"value\":"),
            _ => ("},{\"code\":\"", "\",\"value\":"),
        };
        for part in [before, name, after] {
            out.extend_from_slice(part.as_bytes());
        }
        serde_json::to_writer(&mut *out, value)?;
    }
    out.extend_from_slice(b"}]}");
    Ok(())
}

fn request(items: &[u8]) -> Vec<u8> {
    const BEFORE: &[u8] = br#"{"month":"202610","operator_id":"dd31248a","archive_rule_id":"1","archive_report_datas":["#;
    const AFTER: &[u8] = b"]}";
    let length = BEFORE.len() + items.len() + AFTER.len();
    let head = format!(
        "POST /open-apis/attendance/v1/archive_rule/upload_report?employee_type=employee_id HTTP/1.1\r\n\
         host: 127.0.0.1\r\nauthorization: Bearer t-bench\r\ncontent-type: application/json; charset=utf-8\r\n\
         content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), BEFORE, items, AFTER].concat()
}
