//! A browser that a test drives: `WebDriver` spoken to Debian's chromedriver, over loopback and nothing else.
//!
//! A browser takes longer to start than most tests take: one that a test has done with is emptied and used by the next test of its
//! language. Waiting is done in the browser, for marks of our own; no element is kept across an action. What the console says is kept, and
//! a refusal to obey the Content-Security-Policy is said there too.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest wait for anything.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// Longest wait of one question: a page that goes away may take the answer with it.
const QUESTION_MAX: Duration = Duration::from_secs(1);

/// Keys as `WebDriver` names them.
pub(crate) mod key {
    pub(crate) const TAB: &str = "\u{e004}";
    pub(crate) const ENTER: &str = "\u{e007}";
    pub(crate) const CONTROL: &str = "\u{e009}";
    pub(crate) const ALT: &str = "\u{e00a}";
    pub(crate) const ESCAPE: &str = "\u{e00c}";
    pub(crate) const END: &str = "\u{e010}";
    pub(crate) const HOME: &str = "\u{e011}";
    pub(crate) const LEFT: &str = "\u{e012}";
    pub(crate) const RIGHT: &str = "\u{e014}";
    pub(crate) const DOWN: &str = "\u{e015}";
    pub(crate) const DELETE: &str = "\u{e017}";
    pub(crate) const F2: &str = "\u{e032}";
    pub(crate) const F8: &str = "\u{e038}";
}

/// The browser and its driver, if both are on this machine; else what is missing.
pub(crate) fn missing() -> Option<&'static str> {
    let is_there = |name: &str| {
        let asked = Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    };
    if !is_there("chromedriver") {
        Some("no chromedriver on PATH")
    } else if is_there("chromium") {
        None
    } else {
        Some("no chromium on PATH")
    }
}

/// Browsers that no test uses just now.
static IDLE: Mutex<Vec<Browser>> = Mutex::new(Vec::new());

/// One window, with a profile of its own that holds nothing of another test.
pub(crate) struct Browser {
    language: String,
    address: String,
    session: String,
    /// None once it was given to another test.
    driver: Option<(Child, TempDir)>,
    has_requests: bool,
}

/// Ends the browsers that are left.
pub(crate) fn end_all() {
    let idle = std::mem::take(&mut *IDLE.lock().unwrap_or_else(PoisonError::into_inner));
    idle.into_iter().for_each(Browser::end);
}

impl Browser {
    /// A window that asks for pages in a language: `zh-CN` or `en-US`.
    pub(crate) fn start(language: &str) -> Self {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        let found = idle.iter().position(|browser| browser.language == language);
        let found = found.map(|at| idle.remove(at));
        drop(idle);
        found.unwrap_or_else(|| Self::new(language, false))
    }

    /// One that remembers every request of its pages, which slows it down.
    pub(crate) fn with_requests(language: &str) -> Self {
        Self::new(language, true)
    }

    fn new(language: &str, has_requests: bool) -> Self {
        // Whatever the browser leaves on the disk goes with this folder.
        let folder = TempDir::new().unwrap();
        // A driver that finds its port taken by another one ends, and is started anew.
        let mut starts = (0..3).filter_map(|_| start_driver(&folder));
        let (driver, port) = starts.next().expect("chromedriver says its port");
        let mut browser = Self {
            language: language.to_owned(),
            address: format!("127.0.0.1:{port}"),
            session: String::new(),
            driver: Some((driver, folder)),
            has_requests,
        };
        let language_argument = format!("--lang={language}");
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--force-prefers-reduced-motion",
            "--window-size=1280,900",
            &language_argument,
        ];
        let performance = if has_requests { "ALL" } else { "OFF" };
        let capabilities = json!({
            "goog:loggingPrefs": { "browser": "ALL", "performance": performance },
            "goog:chromeOptions": { "args": arguments, "prefs": { "intl.accept_languages": language } },
            "timeouts": { "script": u64::try_from(QUESTION_MAX.as_millis()).unwrap() },
        });
        let started = browser.ask(
            "POST",
            "/session",
            &json!({ "capabilities": { "alwaysMatch": capabilities } }),
        );
        let session = started.unwrap()["sessionId"].take();
        session.as_str().unwrap().clone_into(&mut browser.session);
        browser
    }

    /// One empty tab, and nothing known of what was.
    fn empty(&self) -> Result<(), String> {
        let post = |command: &str, body: Value| self.ask("POST", &self.path(command), &body);
        let tabs = self.ask("GET", &self.path("window/handles"), &Value::Null)?;
        let tabs = tabs.as_array().into_iter().flatten();
        for (at, tab) in tabs.enumerate() {
            post("window", json!({ "handle": tab }))?;
            if at == 0 {
                post("window/new", json!({ "type": "tab" }))?;
            }
            self.ask("DELETE", &self.path("window"), &Value::Null)?;
        }
        let tab = self.ask("GET", &self.path("window/handles"), &Value::Null)?;
        post("window", json!({ "handle": tab[0] }))?;
        for (command, parameters) in [
            ("Network.clearBrowserCookies", json!({})),
            ("Emulation.setEmulatedMedia", json!({ "features": [] })),
            ("Emulation.clearDeviceMetricsOverride", json!({})),
        ] {
            let command = json!({ "cmd": command, "params": parameters });
            post("goog/cdp/execute", command)?;
        }
        post("se/log", json!({ "type": "browser" }))?;
        Ok(())
    }

    /// Ends the browser and its driver.
    fn end(mut self) {
        if let Some((mut driver, _folder)) = self.driver.take() {
            let _ = self.ask("DELETE", &self.path(""), &Value::Null);
            let _ = driver.kill();
            let _ = driver.wait();
        }
    }

    pub(crate) fn open(&self, address: &str) {
        self.command("url", &json!({ "url": address }));
    }

    /// Opens a place relative to the page.
    pub(crate) fn go(&self, path: &str) {
        let address = self.run(&format!("return new URL({path:?}, location.href).href"));
        self.open(address.as_str().unwrap());
    }

    pub(crate) fn address(&self) -> String {
        self.run("return location.href")
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Runs a script in the page.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script that ends when it calls `done` with its result.
    pub(crate) fn run_until_done(&self, script: &str) -> Value {
        let script = format!("const done = arguments[0]; {script}");
        let limit = |time: Duration| json!({ "script": u64::try_from(time.as_millis()).unwrap() });
        self.command("timeouts", &limit(WAIT_MAX));
        let done = self.command("execute/async", &json!({ "script": script, "args": [] }));
        self.command("timeouts", &limit(QUESTION_MAX));
        done
    }

    /// Waits until an expression of the page is true or something, and gives it.
    pub(crate) fn wait(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[0];
             const look = () => {{
               let found;
               try {{ found = {expression}; }} catch {{ found = null; }}
               if (found) done(found); else setTimeout(look, 10);
             }};
             look();"
        );
        let body = json!({ "script": script, "args": [] });
        let begun = Instant::now();
        loop {
            match self.ask("POST", &self.path("execute/async"), &body) {
                Ok(found) => return found,
                Err(error) if begun.elapsed() < WAIT_MAX => drop(error),
                Err(error) => panic!(
                    "waited for {expression}\n{error}\nthe page says: {}",
                    self.words()
                ),
            }
        }
    }

    /// What people read on the page.
    pub(crate) fn words(&self) -> String {
        let words = self.run("return document.body.innerText");
        words.as_str().unwrap_or_default().to_owned()
    }

    /// Text of the element that a selector finds, without spaces around it.
    pub(crate) fn text(&self, selector: &str) -> String {
        let script =
            format!("return document.querySelector({selector:?})?.textContent.trim() ?? ''");
        self.run(&script).as_str().unwrap().to_owned()
    }

    /// Clicks as a person does: the element has to be there and in reach.
    pub(crate) fn click(&self, selector: &str) {
        self.wait(&format!("document.querySelector({selector:?}) !== null"));
        let element = self.element(selector);
        self.command(&format!("element/{element}/click"), &json!({}));
    }

    /// Types into a field, or gives a file to a field for files.
    pub(crate) fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.command(
            &format!("element/{element}/value"),
            &json!({ "text": text }),
        );
    }

    /// Presses keys one after the other, on whatever is in focus.
    pub(crate) fn keys(&self, keys: &[&str]) {
        let strokes = keys.iter().flat_map(|key| key.chars());
        let actions = strokes.flat_map(|key| [stroke("keyDown", key), stroke("keyUp", key)]);
        self.act(&actions.collect());
    }

    /// Presses keys together.
    pub(crate) fn chord(&self, keys: &[&str]) {
        let keys: Vec<char> = keys.concat().chars().collect();
        let down = keys.iter().map(|key| stroke("keyDown", *key));
        let up = keys.iter().rev().map(|key| stroke("keyUp", *key));
        self.act(&down.chain(up).collect());
    }

    fn act(&self, actions: &Vec<Value>) {
        self.command(
            "actions",
            &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }),
        );
    }

    /// A command of the protocol of the browser's developer tools.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.command(
            "goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        )
    }

    /// Shows the page as somebody sees it who asks for `prefers-color-scheme`, `forced-colors` and the like.
    pub(crate) fn prefers(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> = features
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        );
    }

    /// Makes the page so wide and so high, in CSS pixels.
    pub(crate) fn size(&self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// A picture of the page, as PNG in base64.
    pub(crate) fn picture(&self) -> String {
        self.get("screenshot").as_str().unwrap().to_owned()
    }

    /// Opens a further tab and goes to it.
    pub(crate) fn tab(&self, address: &str) -> String {
        let tab = self.command("window/new", &json!({ "type": "tab" }))["handle"]
            .as_str()
            .unwrap()
            .to_owned();
        self.to_tab(&tab);
        self.open(address);
        tab
    }

    pub(crate) fn this_tab(&self) -> String {
        self.get("window").as_str().unwrap().to_owned()
    }

    pub(crate) fn to_tab(&self, tab: &str) {
        self.command("window", &json!({ "handle": tab }));
    }

    /// Closes the tab; the next command has to go to another.
    pub(crate) fn close_tab(&self) {
        self.ask("DELETE", &self.path("window"), &Value::Null)
            .unwrap();
    }

    /// What the console has said since it was asked last, but for the lines a test expects.
    pub(crate) fn console(&self, expected: &[&str]) -> Vec<String> {
        let said = self.log("browser");
        let lines = said
            .into_iter()
            .filter(|line| !expected.iter().any(|known| line.contains(known)));
        lines.collect()
    }

    /// Addresses of all requests the pages made.
    pub(crate) fn requests(&self) -> Vec<String> {
        let events = self.log("performance").into_iter().filter_map(|event| {
            let event: Value = serde_json::from_str(&event).ok()?;
            let message = &event["message"];
            (message["method"] == "Network.requestWillBeSent").then(|| {
                message["params"]["request"]["url"]
                    .as_str()
                    .map(str::to_owned)
            })?
        });
        events.collect()
    }

    fn log(&self, kind: &str) -> Vec<String> {
        let entries = self.command("se/log", &json!({ "type": kind }));
        let entries = entries.as_array().unwrap().iter();
        entries
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }

    fn element(&self, selector: &str) -> String {
        let found = self.command(
            "element",
            &json!({ "using": "css selector", "value": selector }),
        );
        found
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn path(&self, command: &str) -> String {
        let path = format!("/session/{}/{command}", self.session);
        path.trim_end_matches('/').to_owned()
    }

    fn get(&self, what: &str) -> Value {
        self.ask("GET", &self.path(what), &Value::Null).unwrap()
    }

    fn command(&self, command: &str, body: &Value) -> Value {
        match self.ask("POST", &self.path(command), body) {
            Ok(value) => value,
            Err(error) => panic!("{command} {body}\n{error}"),
        }
    }

    /// One call of the driver; what it refuses is told in its own words.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut stream = TcpStream::connect(&self.address).map_err(|error| error.to_string())?;
        let host = &self.address;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let written = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()));
        written.map_err(|error| error.to_string())?;
        let (head, body) = answer(stream).map_err(|error| error.to_string())?;
        let mut value: Value =
            serde_json::from_str(&body).map_err(|error| format!("{error}: {body}"))?;
        let value = value["value"].take();
        if head.starts_with("HTTP/1.1 200") {
            Ok(value)
        } else {
            Err(format!("{}: {}", value["error"], value["message"]))
        }
    }
}

/// Starts the driver, and waits until it has a port.
fn start_driver(folder: &TempDir) -> Option<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let Some(port) = port(&mut lines) else {
        driver.wait().unwrap();
        return None;
    };
    // It must never wait for somebody to read what it says.
    std::thread::spawn(move || lines.for_each(drop));
    Some((driver, port))
}

fn port(lines: &mut std::io::Lines<BufReader<ChildStdout>>) -> Option<u16> {
    lines.find_map(|line| {
        let line = line.unwrap();
        let said = line.strip_suffix('.')?;
        let (_, port) = said.rsplit_once("successfully on port ")?;
        port.parse().ok()
    })
}

/// The status line and the body. The driver keeps the connection open: the length says where the body ends.
fn answer(stream: TcpStream) -> std::io::Result<(String, String)> {
    let mut stream = BufReader::new(stream);
    let mut status = String::new();
    stream.read_line(&mut status)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(said) = line.strip_prefix("content-length:") {
            length = said.trim().parse().unwrap_or_default();
        }
    }
    let mut body = Vec::new();
    stream.take(length).read_to_end(&mut body)?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

fn stroke(kind: &str, key: char) -> Value {
    json!({ "type": kind, "value": key.to_string() })
}

impl Drop for Browser {
    fn drop(&mut self) {
        let Some(driver) = self.driver.take() else {
            return;
        };
        let browser = Self {
            language: std::mem::take(&mut self.language),
            address: std::mem::take(&mut self.address),
            session: std::mem::take(&mut self.session),
            driver: Some(driver),
            has_requests: self.has_requests,
        };
        if std::thread::panicking() || browser.has_requests || browser.empty().is_err() {
            browser.end();
        } else {
            let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(browser);
        }
    }
}
