// An explanation as a graph: from the facts that were read, over what conditions came to, to the arm that decides.
const NS = "http://www.w3.org/2000/svg";
const WIDTH = 250, GAP = 46, LINE = 16, PAD = 8, SPACE = 12;

export function element(name, attributes, text) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// At most so many lines of so many letters.
function lines(text, letters = 36, most = 4) {
  const out = [];
  let line = "";
  for (const word of String(text).split(/\s+/)) {
    if (line && line.length + word.length >= letters) { out.push(line); line = ""; }
    line = line ? `${line} ${word}` : word;
    while (line.length > letters) { out.push(line.slice(0, letters)); line = line.slice(letters); }
  }
  if (line) out.push(line);
  return out.length > most ? [...out.slice(0, most - 1), `${out[most - 1].slice(0, letters - 1)}…`] : out;
}

const state = (judged) => judged.value === "true" ? "true" : judged.value?.startsWith("?") ? "open" : "";

function nodes(why) {
  const facts = why.evidence.slice(0, 12).map((one) => {
    const [type, key] = Object.entries(one).find(([name]) => name !== "source") ?? ["", ""];
    const source = one.source ? `${one.source.tool}${one.source.record ? ` · ${one.source.record}` : ""}` : "";
    return { text: `${type} ${typeof key === "string" ? key : ""}`, more: source, state: "" };
  });
  const values = why.values.slice(0, 12).map((one) => ({ text: one.path, more: one.value, state: "", word: one.path }));
  const conditions = [
    ...why.conditions.map((one) => ({ text: one.text, more: one.value, state: state(one), word: one.text })),
    ...why.lets.map((one) => ({ text: `${one.name} = ${one.text}`, more: one.value, state: state(one), word: one.name })),
  ];
  const arms = why.arms.map((arm) => ({
    text: `${arm.arm}. ${arm.when}`, more: `${arm.then} · ${arm.why}`, state: arm.fate, decides: arm.fate === "decides",
  }));
  const decided = why.decision
    ? why.decision.outcomes.map((it) => ({ text: [it.kind, it.severity ?? it.tier ?? "", it.target ? Object.values(it.target)[0] : ""].join(" ").trim(), more: why.decision.because, state: "outcome" }))
    : [{ text: "cannot be told", more: why.summary, state: "open" }];
  return [["facts", facts], ["values", values], ["conditions", conditions], ["table", arms], ["decided", decided]]
    .filter(([, list]) => list.length > 0);
}

// Whether one box leads to another: where what the other says names something of the column before, only from there.
function leads(one, two, starts) {
  const named = (from) => from.word && two.whole.includes(from.word);
  return starts.some(named) ? Boolean(named(one)) : true;
}

export function drawWhy(why) {
  const columns = nodes(why);
  let height = 0;
  const placed = columns.map(([title, list], column) => {
    let y = 28;
    const boxes = list.map((node) => {
      const text = lines(node.text), more = lines(node.more ?? "", 36, 3);
      const box = { ...node, whole: node.text, text, more, x: column * (WIDTH + GAP) + 2, y, height: (text.length + more.length) * LINE + PAD * 2 };
      y += box.height + SPACE;
      return box;
    });
    height = Math.max(height, y);
    return { title, boxes };
  });
  const width = columns.length * (WIDTH + GAP) - GAP + 4;
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": why.summary });
  svg.append(element("title", {}, why.summary));
  placed.slice(1).forEach((column, number) => {
    const from = placed[number].boxes, to = column.boxes;
    // The arm that decides leads to what is decided; everything else is read from left to right.
    const starts = from.some((box) => box.decides) ? from.filter((box) => box.decides) : from;
    for (const one of starts) {
      for (const two of to.filter((two) => leads(one, two, starts))) {
        const x1 = one.x + WIDTH, y1 = one.y + one.height / 2, x2 = two.x, y2 = two.y + two.height / 2;
        svg.append(element("path", { d: `M${x1} ${y1} C${x1 + GAP / 2} ${y1} ${x2 - GAP / 2} ${y2} ${x2} ${y2}` }));
      }
    }
  });
  for (const { title, boxes } of placed) {
    svg.append(element("text", { x: boxes[0].x, y: 16, class: "faint" }, title));
    for (const box of boxes) {
      const group = element("g", {});
      group.append(element("rect", { x: box.x, y: box.y, width: WIDTH, height: box.height, rx: 6, class: `node ${box.state}` }));
      [...box.text.map((line) => [line, ""]), ...box.more.map((line) => [line, "faint"])].forEach(([line, kind], number) => {
        group.append(element("text", { x: box.x + PAD, y: box.y + PAD + 12 + number * LINE, class: kind }, line));
      });
      svg.append(group);
    }
  }
  return svg;
}
