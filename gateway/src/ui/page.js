// What the page asks its server, and what it does with the answers.
import { Decisions } from "./decisions.js";
import { drawWhy } from "./why.js";
import { drawCoverage } from "./coverage.js";

const at = (id) => document.getElementById(id);
let token = sessionStorage.getItem("token") ?? "";

async function ask(path, more = {}) {
  const headers = token ? { authorization: `Bearer ${token}`, ...more } : more;
  const answer = await fetch(path, { headers });
  at("key").hidden = answer.status !== 401;
  if (!answer.ok) {
    throw new Error(answer.status === 401 ? "say who you are" : `the server answers ${answer.status}`);
  }
  return answer;
}

const decisions = new Decisions(at("stands").tBodies[0], async (decision) => {
  at("why-text").textContent = "…";
  history.replaceState(null, "", `#${decision.id}`);
  try {
    const why = await (await ask(`/v1/decisions/${encodeURIComponent(decision.id)}/explanation`)).json();
    at("why-text").textContent = why.summary;
    at("why").replaceChildren(drawWhy(why));
  } catch (error) {
    at("why-text").textContent = error.message;
    at("why").replaceChildren();
  }
});

function told(event) {
  const about = event.decision ?? event.was;
  const line = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = event.at;
  time.textContent = event.at;
  const words = { made: "made", changed: "changed", withdrawn: "withdrawn", lost: "lost: it cannot be told any more" };
  line.append(time, ` ${words[event.change] ?? event.change}: ${Decisions.decided(about)} on ${Decisions.anchor(about)}`);
  at("changes").prepend(line);
  while (at("changes").childElementCount > 100) at("changes").lastElementChild.remove();
}

async function stands() {
  const all = await (await ask("/v1/decisions?limit=500")).json();
  decisions.show(all.decisions);
  const { block, revoke, alert, rank, undetermined } = all.summary;
  at("count").textContent = `(${block} block, ${revoke} revoke, ${alert} alert, ${rank} rank; ${undetermined} cannot be told)`;
  at("more").textContent = all.left_out ? `and ${all.left_out} more` : "";
  return all.latest_change;
}

async function coverage() {
  const all = await (await ask("/v1/coverage")).json();
  at("coverage").replaceChildren(drawCoverage(all));
}

// Read with `fetch`, since what the browser has for this sends no token.
async function listen(after) {
  const answer = await ask("/v1/decisions/stream", { "last-event-id": String(after) });
  at("state").textContent = "live";
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let due = null;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return after;
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const frame = text.slice(0, end);
      text = text.slice(end + 2);
      const data = frame.split("\n").find((line) => line.startsWith("data: "));
      if (!data) continue;
      if (frame.includes("event: reset")) return await stands();
      const event = JSON.parse(data.slice(6));
      after = event.id;
      told(event);
      // Many changes at once are one look at what stands.
      due ??= setTimeout(() => { due = null; stands().then(coverage).catch(say); }, 150);
    }
  }
}

function say(error) {
  at("state").textContent = error.message;
}

async function run() {
  for (;;) {
    try {
      let after = await stands();
      await coverage();
      decisions.choose(location.hash.slice(1));
      // One look, for whoever prints the page.
      if (new URLSearchParams(location.search).has("once")) return say(new Error("as it stood"));
      for (;;) after = await listen(after);
    } catch (error) {
      say(error);
    }
    await new Promise((again) => setTimeout(again, 2000));
  }
}

at("key").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token").value;
  sessionStorage.setItem("token", token);
  at("token").value = "";
});
run();
