//! Large replies: how many are held at a time.

use super::*;

/// A reply that is not small, compressed to almost nothing, and not compressed.
fn large() -> [Vec<u8>; 2] {
    let text = vec![b' '; 500_000];
    [ok_gzip(&gzipped(&text)), ok(str::from_utf8(&text).unwrap())]
}

#[tokio::test]
async fn only_so_many_large_replies_are_held_at_a_time() {
    for answer in large() {
        let server = Server::start(vec![Then::Close(answer)]).await;
        let http = Http::new(
            server.base(),
            Limits {
                total: Duration::from_mins(1),
                ..limits()
            },
            None,
        )
        .unwrap();
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..2 * body::LARGE_MAX {
            let http = http.clone();
            calls.spawn(async move { http.send(&call(), &Token::new(CANARY)).await.unwrap() });
        }
        let mut held = Vec::new();
        for _ in 0..body::LARGE_MAX {
            held.push(calls.join_next().await.unwrap().unwrap());
        }
        assert_eq!(http.room.available_permits(), 0);
        // The others wait until one of these is dropped, however long that takes.
        let early = tokio::time::timeout(Duration::from_millis(100), calls.join_next());
        assert!(early.await.is_err());
        drop(held.pop());
        drop(calls.join_next().await.unwrap().unwrap());
        drop(held);
        assert_eq!(calls.join_all().await.len(), body::LARGE_MAX - 1);
        assert_eq!(http.room.available_permits(), body::LARGE_MAX);
    }
}

#[tokio::test]
async fn small_replies_take_no_room() {
    let small = " ".repeat(64 * 1024);
    for answer in [ok(&small), ok_gzip(&gzipped(small.as_bytes()))] {
        let server = Server::start(vec![Then::Close(answer)]).await;
        let http = Http::new(server.base(), limits(), None).unwrap();
        let reply = http.send(&call(), &Token::new(CANARY)).await.unwrap();
        assert_eq!(
            (reply.body.len(), http.room.available_permits()),
            (small.len(), body::LARGE_MAX)
        );
    }
}

#[tokio::test]
async fn what_follows_a_compressed_answer_is_damage() {
    let whole = gzipped(b"{\"code\":0}");
    for more in [&b"x"[..], &whole] {
        let text = ambiguous_after(Then::Close(ok_gzip(&[&whole, more].concat())), limits()).await;
        assert!(
            text.starts_with("the answer broke off or is damaged: "),
            "{text}"
        );
    }
}
