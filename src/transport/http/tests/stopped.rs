//! A process that is stopped for longer than its deadline, as by the sleep of a laptop, while the answer comes in.

use super::*;

/// Longer than the deadline of the stopped process.
const STOPPED: Duration = Duration::from_millis(1_500);
const DEADLINE: Duration = Duration::from_millis(600);

fn kill(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .args([signal, &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_came_while_the_process_was_stopped_is_read() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut stopped = child("stopped::stopped_child", &base, &[])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    read_request(&mut stream).await.unwrap();
    kill("-STOP", stopped.id());
    // In two pieces, so that reading it takes more than one turn.
    let answer = ok("{\"code\":0}");
    let (head, body) = answer.split_at(answer.len() - 3);
    stream.write_all(head).await.unwrap();
    tokio::time::sleep(STOPPED).await;
    stream.write_all(body).await.unwrap();
    kill("-CONT", stopped.id());
    let mut said = String::new();
    std::io::Read::read_to_string(&mut stopped.stdout.take().unwrap(), &mut said).unwrap();
    stopped.wait().unwrap();
    assert!(said.contains("status: 200"), "{said}");
}

#[tokio::test]
#[ignore = "only run by the test that stops it"]
async fn stopped_child() {
    let base = BaseUrl::parse(&std::env::var(CHILD_BASE).unwrap()).unwrap();
    let limits = Limits {
        total: DEADLINE,
        ..limits()
    };
    println!("{:?}", send(base, limits).await);
}
