//! The same policies and facts for both servers.

use std::path::PathBuf;

/// Who may write.
pub const TOKEN: &str = "a-token-of-the-bench-that-is-long-enough";

/// How many agents there are.
pub const AGENTS: usize = 1_000;

/// A folder with everything that the servers read.
pub struct Estate {
    folder: tempfile::TempDir,
}

impl Estate {
    /// With so many policies.
    pub fn new(policies: usize) -> Self {
        let estate = Self { folder: tempfile::tempdir().unwrap() };
        let put = |name: &str, text: &str| std::fs::write(estate.path(name), text).unwrap();
        put("gw.assize", &ours(policies));
        put("facts.ndjson", &(0..AGENTS).map(|agent| line(agent, level(agent), 0)).collect::<String>());
        put("gw.rego", &rego(policies));
        let agents = (0..AGENTS).map(|agent| format!("\"a{agent}\": {{\"level\": {}}}", level(agent)));
        let agents = agents.collect::<Vec<_>>().join(", ");
        put("data.json", &format!("{{\"agents\": {{{agents}}}}}"));
        put("writers", &format!("{TOKEN}\n"));
        put(
            "gateway.toml",
            "[policies]\npaths = [\"gw.assize\"]\nstdlib = false\n[facts]\npaths = [\"facts.ndjson\"]\n\
             [store]\npath = \"state\"\n[auth]\nwriters = \"writers\"\n[[listen]]\naddress = \"127.0.0.1:0\"\n\
             [entry.edge]\nrequest = \"Call\"\nfields.agent = \"{http.headers.x-agent}\"\n",
        );
        estate
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// How far an agent may go.
const fn level(agent: usize) -> usize {
    agent % 100
}

/// An agent, as a fact; what is said later counts, and what is said twice of one instant would be a dispute.
pub fn line(agent: usize, level: usize, second: usize) -> String {
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!(
        "{{\"Agent\": {{\"id\": \"a{agent}\", \"level\": {level}}}, \"source\": {{\"tool\": \"bench\"}}, \"observed_at\": \"2026-06-01T{hour:02}:{minute:02}:{second:02}Z\"}}\n"
    )
}

fn ours(policies: usize) -> String {
    let mut out = "package gw\nentity Agent { key id: string level: int } closed\n\
                   request Call { key id: string method: string path: string agent: Agent }\n"
        .to_owned();
    for number in 0..policies {
        out.push_str(&format!(
            "policy p{number} {{\n  for call: Call\n  decide {{\n    call.method != \"GET\" && call.path.startsWith(\"/area{number}/admin\") && call.agent.level < {} => block call because \"too low\"\n    unknown => alert low because \"{{missing}}\"\n  }}\n}}\n",
            number % 100
        ));
    }
    out
}

fn rego(policies: usize) -> String {
    let mut out =
        "package gw\n\nimport rego.v1\n\ndefault allow := false\n\nallow if not blocked\n".to_owned();
    for number in 0..policies {
        out.push_str(&format!(
            "\nblocked if {{\n\tinput.method != \"GET\"\n\tstartswith(input.path, \"/area{number}/admin\")\n\tdata.agents[input.agent].level < {}\n}}\n",
            number % 100
        ));
    }
    out
}
