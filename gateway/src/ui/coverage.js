// Who watched, when: a line for each signal and scope, over the last thirty days; what is not covered is seen as such.
import { element } from "./why.js";

const DAY = 86_400_000, DAYS = 30, NAMES = 260, WIDTH = 520, LINE = 22;

export function drawCoverage({ now, coverage, left_out }) {
  const end = Date.parse(now), begin = end - DAYS * DAY;
  const height = Math.max(1, coverage.length) * LINE + 30;
  const words = coverage.length
    ? `coverage of ${coverage.length} signals and scopes over ${DAYS} days`
    : "no fact says that anybody watched";
  const svg = element("svg", { viewBox: `0 0 ${NAMES + WIDTH} ${height}`, width: NAMES + WIDTH, height, role: "img", "aria-label": words });
  svg.append(element("title", {}, words));
  if (!coverage.length) svg.append(element("text", { x: 0, y: 16, class: "faint" }, words));
  const place = (time) => NAMES + ((Math.min(Math.max(time, begin), end) - begin) / (end - begin)) * WIDTH;
  coverage.forEach((one, number) => {
    const y = number * LINE;
    const name = `${one.signal} · ${one.scope}`;
    const label = element("text", { x: 0, y: y + 14 }, name.length > 40 ? `${name.slice(0, 39)}…` : name);
    label.append(element("title", {}, name));
    svg.append(label, element("rect", { x: NAMES, y: y + 3, width: WIDTH, height: LINE - 8, class: "ground" }));
    for (const [from, until] of one.spans) {
      const x = place(Date.parse(from)), to = place(Date.parse(until));
      if (Date.parse(until) < begin) continue;
      const span = element("rect", { x, y: y + 3, width: Math.max(1, to - x), height: LINE - 8, class: "watched" });
      span.append(element("title", {}, `${name}: ${from} to ${until}`));
      svg.append(span);
    }
  });
  const foot = coverage.length * LINE + 18;
  if (coverage.length) {
    svg.append(element("text", { x: NAMES, y: foot, class: "faint" }, new Date(begin).toISOString().slice(0, 10)));
    svg.append(element("text", { x: NAMES + WIDTH, y: foot, "text-anchor": "end", class: "faint" }, `${now}${left_out ? ` · ${left_out} more` : ""}`));
  }
  return svg;
}
