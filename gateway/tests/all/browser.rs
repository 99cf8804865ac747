//! A browser that is driven by pipes: one page, looked at as often as one likes.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

pub struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    asked: u64,
    page: String,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Browser {
    /// A page that is open.
    pub fn open(address: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let (to, from) = (profile.path().join("to"), profile.path().join("from"));
        assert!(Command::new("mkfifo").args([&to, &from]).status().unwrap().success());
        let start = "exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
                     --remote-debugging-pipe --user-data-dir=\"$0\" 3<\"$1\" 4>\"$2\"";
        let child = Command::new("sh")
            .args(["-c", start])
            .arg(profile.path().join("profile"))
            .args([&to, &from])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Each is opened once the other end is.
        let to = File::options().write(true).open(to).unwrap();
        let from = BufReader::new(File::open(from).unwrap());
        let mut browser = Self { child, to, from, asked: 0, page: String::new(), _profile: profile };
        let target = browser.ask("Target.createTarget", &json!({"url": address}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        browser.page =
            browser.ask("Target.attachToTarget", &attach)["sessionId"].as_str().unwrap().to_owned();
        browser
    }

    /// The page as it stands once it holds a text, within half a minute.
    pub fn until(&mut self, wanted: &str) -> String {
        let outer = json!({"expression": "document.documentElement.outerHTML"});
        for _ in 0..300 {
            let answer = self.ask("Runtime.evaluate", &outer);
            let page = answer["result"]["value"].as_str().unwrap_or_default();
            if page.contains(wanted) {
                return page.to_owned();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("`{wanted}` is not on the page: {}", self.ask("Runtime.evaluate", &outer));
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked = self.asked.saturating_add(1);
        let mut asked = json!({"id": self.asked, "method": method, "params": params});
        if !self.page.is_empty() {
            asked["sessionId"] = json!(self.page);
        }
        self.to.write_all(format!("{asked}\0").as_bytes()).unwrap();
        loop {
            let mut answer = Vec::new();
            self.from.read_until(0, &mut answer).unwrap();
            let answer: Value = serde_json::from_slice(answer.strip_suffix(&[0]).unwrap()).unwrap();
            if answer["id"] == self.asked {
                return answer["result"].clone();
            }
        }
    }
}
