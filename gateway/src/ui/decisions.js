// What stands, strongest first, as the server orders it.
const fact = (one) => {
  if (typeof one !== "object" || one === null) return String(one);
  const [[type, key]] = Object.entries(one);
  return `${type}/${key}`;
};

export class Decisions {
  #body;
  #choose;
  #known = null;
  #chosen = null;

  constructor(body, choose) {
    this.#body = body;
    this.#choose = choose;
  }

  static anchor(decision) {
    return Object.values(decision.anchor ?? {}).map(fact).join(", ");
  }

  static decided(decision) {
    const one = (outcome) => [outcome.kind, outcome.target ? fact(outcome.target) : outcome.severity ?? outcome.tier ?? ""].join(" ").trim();
    return (decision.outcomes ?? []).map(one).join(", ");
  }

  show(decisions) {
    const rows = decisions.map((decision) => this.#row(decision));
    this.#known = new Set(decisions.map((decision) => decision.id));
    this.#body.replaceChildren(...rows);
  }

  // As if somebody had chosen it: an address may name one.
  choose(id) {
    if (id) [...this.#body.rows].find((row) => row.dataset.id === id)?.click();
  }

  #row(decision) {
    const row = document.createElement("tr");
    row.dataset.id = decision.id;
    row.tabIndex = 0;
    if (this.#known && !this.#known.has(decision.id)) row.classList.add("new");
    if (decision.id === this.#chosen) row.classList.add("chosen");
    if (decision.waived_by) row.classList.add("waived");
    if (decision.mode === "monitor") row.classList.add("monitor");
    const cells = [Decisions.decided(decision), Decisions.anchor(decision), decision.policy, decision.because];
    for (const text of cells) row.insertCell().textContent = text;
    row.cells[0].className = decision.outcomes?.[0]?.kind ?? "";
    const choose = () => {
      this.#chosen = decision.id;
      for (const other of this.#body.rows) other.classList.toggle("chosen", other === row);
      this.#choose(decision);
    };
    row.addEventListener("click", choose);
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(); });
    return row;
  }
}
