// Curves to read values from and to zoom into. The server has drawn them already; uPlot is fetched when
// somebody first reaches for one, and asks the server for finer points of what it shows.

const { library, style } = document.currentScript.dataset;
const controls = document.querySelector(".curve-controls");
const FINER = 250; // milliseconds after zooming

let loading;
const loaded = () => loading ??= new Promise((done, failed) => {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = style;
  const script = document.createElement("script");
  script.src = library;
  script.onload = done;
  script.onerror = failed;
  document.head.append(sheet, script);
});

const look = () => ({
  weight: Number(controls?.elements.smooth.value || 0),
  axis: controls?.elements.axis.value || "step",
  log: Boolean(controls?.elements.log.checked),
});
// Browsers compute light-dark() in a property that is a colour, not in a custom one.
const probe = document.createElement("span");
const computed = (name) => {
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};
const shown = (value) => value == null ? "–" : String(Number(value.toPrecision(6)));

// The rule of app.web.experiments.curves: a moving average that forgets.
function smoothed(values, weight) {
  if (!weight) return values;
  let last = 0, known = 0;
  return values.map((value) => {
    if (value == null) return value;
    last = last * weight + value * (1 - weight);
    known = known * weight + 1 - weight;
    return last / known;
  });
}

class Curve {
  constructor(figure) {
    this.figure = figure;
    this.plot = figure.querySelector(".curve-plot");
    this.note = figure.querySelector("figcaption .aside");
    this.said = document.createElement("p");
    this.said.className = "curve-said";
    figure.querySelector(".curve-frame").after(this.said);
    this.labels = new Map([...figure.querySelectorAll("[data-run]")].map((item) => [item.dataset.run, item.textContent]));
    const tools = document.createElement("span");
    tools.className = "curve-tools";
    for (const [sign, name, step] of [["+", "Zoom in", 0.5], ["−", "Zoom out", 2], ["←", "Earlier", -0.25], ["→", "Later", 0.25], ["All", "Show all", 0]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = sign;
      button.ariaLabel = button.title = `${name}: ${figure.querySelector("figcaption :first-child").textContent}`;
      button.addEventListener("click", () => this.move(step, sign));
      tools.append(button);
    }
    figure.querySelector("figcaption").append(tools);
    // Not on entering: a page that opens under a resting pointer is not reached for.
    for (const kind of ["pointermove", "focusin"]) figure.addEventListener(kind, () => this.wake(), { once: true });
  }

  wake() {
    return this.waking ??= (async () => {
      const [data] = await Promise.all([this.fetch(), loaded()]);
      this.whole = data;
      this.draw();
    })();
  }

  async fetch(low, high) {
    const url = new URL(this.figure.dataset.url, location.href);
    if (low !== undefined) url.searchParams.set("low", low), url.searchParams.set("high", high);
    const answer = await fetch(url);
    return (await answer.json()).series;
  }

  // The columns that uPlot wants: one for x, then for each run its line, and behind it the raw one if it is smoothed.
  columns(series) {
    const { weight, axis, log } = look();
    this.byStep = axis === "step" && this.whole.some((one) => new Set(one.steps).size > 1);
    const tables = series.map((one) => {
      const { times } = this.whole.find((other) => other.run === one.run);
      const begin = times.reduce((least, time) => Math.min(least, time), Infinity);
      const xs = this.byStep ? one.steps : one.times.map((time) => (time - begin) / 1000);
      const order = xs.map((_, place) => place).sort((a, b) => xs[a] - xs[b]);
      const raw = order.map((place) => one.values[place]).map((value) => log && !(value > 0) ? null : value);
      const table = [order.map((place) => xs[place]), smoothed(raw, weight)];
      return weight ? [...table, raw] : table;
    });
    return tables.length === 1 ? tables[0] : uPlot.join(tables);
  }

  draw() {
    const { weight, log } = look();
    const data = this.columns(this.whole);
    this.full = [data[0][0], data[0].at(-1)];
    this.range = "";
    const lines = this.whole.flatMap((one, place) => {
      const stroke = computed(`--curve-${place % 8}`);
      const line = { stroke, width: 2, points: { show: one.values.length < 40 } };
      return weight ? [line, { stroke, alpha: 0.3, width: 1, points: { show: false } }] : [line];
    });
    const grid = { stroke: computed("--line"), width: 1 };
    const side = { stroke: computed("--ink-soft"), grid, ticks: grid, font: "11px system-ui, sans-serif" };
    this.chart?.destroy();
    this.plot.replaceChildren();
    this.figure.classList.add("live");
    this.note.textContent = `over ${this.byStep ? "steps" : "time in seconds"}${log ? ", log scale" : ""}${weight ? ", smoothed" : ""}`;
    this.chart = new uPlot({
      width: this.plot.clientWidth, height: 182, legend: { show: false }, cursor: { drag: { x: true, y: false } },
      scales: { x: { time: false }, y: { distr: log ? 3 : 1 } },
      axes: [{ ...side, size: 30 }, { ...side, size: 62, values: (_, ticks) => ticks.map((tick) => tick == null ? "" : shown(tick)) }],
      series: [{}, ...lines],
      hooks: { setCursor: [(chart) => this.tell(chart, weight)], setScale: [(chart, key) => key === "x" && this.refine(chart)] },
    }, data, this.plot);
    this.plot.querySelector("canvas").setAttribute("aria-hidden", "true");
  }

  // What is under the pointer.
  tell(chart, weight) {
    const { idx } = chart.cursor;
    if (idx == null) { this.said.textContent = ""; return; }
    const [xs, ...rest] = chart.data;
    const values = rest.filter((_, place) => !weight || place % 2 === 0);
    const names = this.whole.map((one) => this.labels.get(one.run));
    const told = values.map((column, place) => column[idx] == null ? "" : `${names[place] ? `${names[place]} ` : ""}${shown(column[idx])}`);
    this.said.textContent = `${this.byStep ? `Step ${xs[idx]}` : `After ${shown(xs[idx])} s`}: ${told.filter(Boolean).join(", ")}`;
  }

  // Zoom to a part of what is shown, or by a part of it to the side.
  async move(step, sign) {
    await this.wake();
    const { min, max } = this.chart.scales.x, [low, high] = this.full, span = max - min;
    if (sign === "All") return this.chart.setScale("x", { min: low, max: high });
    if (sign === "+" || sign === "−") {
      const middle = (min + max) / 2, half = span * step / 2;
      return this.chart.setScale("x", { min: Math.max(low, middle - half), max: Math.min(high, middle + half) });
    }
    const shift = Math.max(low - min, Math.min(high - max, step * span));
    return this.chart.setScale("x", { min: min + shift, max: max + shift });
  }

  // Finer points of what is shown, unless the server has given all it has.
  refine(chart) {
    const { min, max } = chart.scales.x, range = `${min} ${max}`;
    const isWhole = min <= this.full[0] && max >= this.full[1];
    if (!this.byStep || range === this.range || (isWhole && !this.range) || this.whole.every((one) => one.whole)) return;
    this.range = range;
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const series = isWhole ? this.whole : await this.fetch(Math.floor(min), Math.ceil(max));
      if (chart !== this.chart || range !== this.range) return;
      chart.batch(() => { chart.setData(this.columns(series), false); chart.setScale("x", { min, max }); });
    }, FINER);
  }

  async redraw() {
    if (this.chart) this.draw();
    else await this.wake();
  }
}

const curves = [...document.querySelectorAll("figure.curve")].map((figure) => new Curve(figure));

if (controls) {
  controls.querySelector("button").hidden = true;
  controls.addEventListener("change", () => {
    const url = new URL(location.href);
    const { elements } = controls;
    for (const [name, value] of [["smooth", elements.smooth.value], ["axis", elements.axis.value], ["log", elements.log.checked ? "1" : "0"]]) {
      if (value === "0" || value === "step") url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    history.replaceState(null, "", url);
    for (const curve of curves) curve.redraw();
  });
}
addEventListener("resize", () => { for (const curve of curves) curve.chart?.setSize({ width: curve.plot.clientWidth, height: 182 }); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { for (const curve of curves) if (curve.chart) curve.draw(); });
