//! HTTP/1.1 connections that are kept: which call may use one, and that no answer is taken for another's.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// What a server does on a connection after each answer.
#[derive(Clone, Copy)]
enum After {
    /// Sends a second answer this much later, in the name of the same request.
    AnswersAgain(Duration),
    /// Sends the answer twice at once.
    AnswersTwice,
    /// Closes the connection this much later.
    Closes(Duration),
    /// Keeps it, and notes which connection each request came on.
    Nothing,
}

/// A server that answers with the request's own body, and the connection on which each request came.
struct Echo {
    base: BaseUrl,
    connections: Arc<Mutex<Vec<usize>>>,
}

impl Echo {
    async fn start(after: After) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = BaseUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let (seen, next) = (Arc::clone(&connections), AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let (own, seen) = (next.fetch_add(1, Ordering::SeqCst), Arc::clone(&seen));
                tokio::spawn(async move {
                    while let Some(request) = read_request(&mut stream).await {
                        seen.lock().unwrap().push(own);
                        let answer = ok(request.split_once("\r\n\r\n").unwrap().1);
                        let _ = stream.write_all(&answer).await;
                        match after {
                            After::AnswersAgain(later) => {
                                tokio::time::sleep(later).await;
                                let _ = stream.write_all(&answer).await;
                            }
                            After::AnswersTwice => {
                                let _ = stream.write_all(&answer).await;
                            }
                            After::Closes(later) => return tokio::time::sleep(later).await,
                            After::Nothing => {}
                        }
                    }
                });
            }
        });
        Self { base, connections }
    }

    fn http(&self, rest: Duration) -> Http {
        let limits = Limits { rest, ..limits() };
        Http::new(self.base.clone(), limits, None).unwrap()
    }

    fn connections(&self) -> Vec<usize> {
        self.connections.lock().unwrap().clone()
    }
}

fn numbered(number: usize) -> Request {
    Request {
        body: number.to_string().into(),
        ..call()
    }
}

async fn answer(http: &Http, request: &Request) -> Result<String, TransportError> {
    let reply = http.send(request, &Token::new(CANARY)).await?;
    Ok(String::from_utf8(reply.body).unwrap())
}

#[tokio::test]
async fn a_second_answer_is_never_taken_for_that_of_another_call() {
    for later in [0, 5, 50] {
        let server = Echo::start(After::AnswersAgain(Duration::from_millis(later))).await;
        let http = server.http(Limits::default().rest);
        for number in 0..30 {
            let answered = answer(&http, &numbered(number)).await.unwrap();
            assert_eq!(answered, number.to_string(), "{later} ms later");
            tokio::time::sleep(Duration::from_millis(later / 5)).await;
        }
    }
}

#[tokio::test]
async fn a_connection_that_brought_anything_unasked_for_is_not_used_again() {
    let server = Echo::start(After::AnswersTwice).await;
    let http = server.http(Duration::ZERO);
    for number in 0..5 {
        let answered = answer(&http, &numbered(number)).await.unwrap();
        assert_eq!(answered, number.to_string());
    }
    assert_eq!(server.connections(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn what_only_the_kernel_has_received_is_seen_before_a_connection_is_used() {
    for ends in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let mut wire: Wire = Box::new(stream);
        assert!(wire::is_quiet(&mut wire));
        // No await lets the runtime hear of it.
        if ends {
            drop(server);
        } else {
            assert_eq!(server.try_write(b"H").unwrap(), 1);
        }
        assert!(!wire::is_quiet(&mut wire), "{ends}");
    }
}

#[tokio::test]
async fn a_connection_without_surprises_is_used_again() {
    let server = Echo::start(After::Nothing).await;
    let http = server.http(Duration::ZERO);
    for number in 0..5 {
        answer(&http, &numbered(number)).await.unwrap();
    }
    assert_eq!(server.connections(), [0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn the_connection_that_rested_longest_is_used_first_and_none_before_its_rest_is_over() {
    let server = Echo::start(After::Nothing).await;
    let http = server.http(Duration::from_millis(100));
    for round in 0..2 {
        for number in 0..3 {
            answer(&http, &numbered(number)).await.unwrap();
        }
        if round == 0 {
            tokio::time::sleep(Duration::from_millis(110)).await;
        }
    }
    assert_eq!(server.connections(), [0, 1, 2, 0, 1, 2]);
}

#[tokio::test]
async fn a_call_that_may_not_be_repeated_gets_a_connection_of_its_own() {
    let server = Echo::start(After::Nothing).await;
    let http = server.http(Duration::ZERO);
    let once = Request {
        resend: Resend::Never,
        ..numbered(1)
    };
    for request in [&numbered(0), &once, &once, &numbered(2)] {
        answer(&http, request).await.unwrap();
    }
    assert_eq!(server.connections(), [0, 1, 2, 0]);
}

#[tokio::test]
async fn a_server_that_closes_after_each_answer_costs_one_call_at_most() {
    for later in [0, 1, 10, 15, 20] {
        let server = Echo::start(After::Closes(Duration::from_millis(later))).await;
        let http = server.http(Limits::default().rest);
        let mut lost = 0;
        for number in 0..300 {
            lost += usize::from(answer(&http, &numbered(number)).await.is_err());
        }
        // The first loss teaches it.
        assert!(lost <= 1, "{lost} of 300, closed {later} ms later");
    }
}

#[tokio::test]
async fn after_a_kept_connection_ended_at_its_use_each_is_used_once() {
    // The fault that no look beforehand can see: the connection ends while the request is on the way.
    let server = Server::start(vec![
        Then::Keep(ok("{}")),
        Then::Close(Vec::new()),
        Then::Keep(ok("{}")),
    ])
    .await;
    let http = Http::new(server.base(), limits(), None).unwrap();
    let sent = async || http.send(&call(), &Token::new(CANARY)).await;
    assert!(sent().await.is_ok());
    assert_eq!(sent().await.unwrap_err().fault, TransportFault::Ambiguous);
    for _ in 0..3 {
        assert!(sent().await.is_ok());
        assert!(http.pool.is_empty());
    }
}
