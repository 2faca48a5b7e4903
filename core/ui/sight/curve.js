// How the field grows with depth; its axis is the slider that chooses a layer.
const PLOT = { left: 40, right: 140, top: 4, bottom: 54, height: 200 };
const STRIP = 16; // px between the plot and its axis, where strides are told
const NARROW = 560; // px below which lines are named in a key below
const LABELS_APART = 15; // px
const LOG_TICKS = [1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000];

class Curve {
  constructor(place) {
    this.place = place;
    this.svg = shape("svg", { class: "sk curve", role: "img" });
    place.prepend(this.svg);
    this.handle = place.querySelector(".handle");
    this.key = place.parentElement.querySelector(".line-key");
    this.log = true;
  }

  setup(data, words) {
    [this.data, this.words] = [data, words];
    this.layers = data.layers;
    this.render();
  }

  render() {
    if (!this.data) return;
    const { lines, picture, layers } = this.data;
    this.width = this.place.clientWidth;
    if (!this.width || !layers.length) return;
    const narrow = this.width < NARROW;
    const right = narrow ? 12 : PLOT.right;
    this.box = { left: PLOT.left, right: this.width - right, top: PLOT.top, bottom: PLOT.height - PLOT.bottom, base: PLOT.height - PLOT.bottom + STRIP };
    this.side = Math.max(...picture);
    const all = [...lines.flatMap((line) => line.points), ...layers.map((layer) => [layer.place, layer.reach])];
    const sizes = [this.side, ...all.map(([, size]) => size), ...layers.filter((l) => l.shortest).map((l) => Math.max(...l.shortest))];
    this.most = Math.max(...sizes) * (this.log ? 1.2 : 1.04);
    this.least = this.log ? Math.max(1, Math.min(...sizes) * 0.9) : 0;
    this.deepest = Math.max(...all.map(([place]) => place), 2);
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${PLOT.height}`);
    Object.assign(this.svg.style, { width: `${this.width}px`, height: `${PLOT.height}px` });
    this.drawAxes();
    this.drawBand();
    const ends = lines.map((line, place) => ({ ...this.drawLine(line, place), line }));
    this.drawStrides();
    this.drawEnds(ends, narrow);
    this.drawKey(ends, narrow);
    this.hair = shape("path", { class: "hair" }, this.svg);
    this.cursor = shape("path", { class: "cursor" }, this.svg);
    this.dots();
    this.mark = shape("circle", { class: "mark-ring", r: 6 }, this.svg);
    this.core = shape("circle", { class: `mark-core fill-${lines[0].role}`, r: 2.6 }, this.svg);
    this.value = shape("text", { class: "value" }, this.svg);
    this.depth = shape("text", { class: "strong depth", "text-anchor": "middle" }, this.svg);
    this.hairText = shape("text", { class: "hair-text" }, this.svg);
    if (this.at !== undefined) this.show(this.at);
  }

  x(place) {
    const { left, right } = this.box;
    return left + 14 + ((place - 1) / Math.max(this.deepest - 1, 1)) * (right - left - 30);
  }

  y(size) {
    const { top, bottom } = this.box;
    const scale = this.log ? Math.log : (value) => value;
    const share = (scale(Math.max(size, this.least || 0)) - scale(this.least)) / (scale(this.most) - scale(this.least));
    return bottom - share * (bottom - top);
  }

  text(words, x, y, name, anchor = "start") {
    const node = shape("text", { x, y, class: name, "text-anchor": anchor }, this.svg);
    node.textContent = words;
    return node;
  }

  ticks() {
    if (this.log) return LOG_TICKS.filter((tick) => tick >= this.least && tick <= this.most);
    const raw = this.most / 3;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((times) => times * power).filter((one) => one <= raw).at(-1);
    return Array.from({ length: Math.floor(this.most / step) + 1 }, (_, i) => i * step);
  }

  drawAxes() {
    const { left, right, top, base } = this.box;
    const limit = this.y(this.side);
    if (limit > top + 1) shape("rect", { class: "beyond", x: left, y: top, width: right - left, height: limit - top }, this.svg);
    let [last, highest] = [-Infinity, limit];
    for (const tick of this.ticks()) {
      const y = this.y(tick);
      if (Math.abs(y - limit) < 12 || Math.abs(y - last) < 14 || y - top < 8) continue;
      last = y;
      highest = Math.min(highest, y);
      shape("path", { class: "rule", d: `M${left},${y}H${right}` }, this.svg);
      this.text(figures(tick), left - 8, y + 4, "tick", "end");
    }
    shape("path", { class: "limit", d: `M${left},${limit}H${right}` }, this.svg);
    this.text(figures(this.side), left - 8, limit + 4, "tick strong", "end");
    if (highest - top > 20) this.text("px", left - 8, top + 10, "tick", "end");
    const words = this.width < NARROW ? "wider than the picture" : `from here on, the field is wider than the ${figures(this.side)} px picture`;
    if (limit - top > 16) this.text(words, left + 10, limit - 7, "words");
    else this.text("the side of the picture", left + 10, limit + 14, "words");
    const span = this.deepest;
    const step = [1, 2, 5, 10, 20, 50, 100].find((one) => span / one <= (this.width < NARROW ? 5 : 8)) ?? 200;
    this.depths = [1, ...Array.from({ length: Math.floor(span / step) }, (_, i) => (i + 1) * step).filter((d) => d > step * 0.6 && d > 1)];
    this.depthTexts = this.depths.map((depth) => [depth, this.text(depth, this.x(depth), base + 18, "tick", "middle")]);
    this.text("weighted layers from the input", right, base + 33, "words", "end");
    shape("path", { class: "rail", d: `M${left},${base}H${right}` }, this.svg);
    this.filled = shape("path", { class: "rail done" }, this.svg);
  }

  // From the shortest path to all of them.
  drawBand() {
    const own = this.layers;
    if (!own.some((layer) => layer.shortest)) return;
    const low = own.map((layer) => [this.x(layer.place), this.y(layer.shortest ? Math.max(...layer.shortest) : layer.reach)]);
    const high = own.map((layer) => [this.x(layer.place), this.y(layer.reach)]);
    const path = (points) => points.map(([x, y]) => `${x},${y}`).join("L");
    const role = this.data.lines[0].role;
    shape("path", { class: `band fill-${role}`, d: `M${path(high)}L${path([...low].reverse())}Z` }, this.svg);
    shape("path", { class: `shortest-line line-${role}`, d: `M${path(low)}` }, this.svg);
  }

  drawLine(line, place) {
    const points = place ? line.points : this.layers.map((layer) => [layer.place, layer.reach]);
    const whole = place ? (line.whole ?? points.length) : this.layers.findIndex((layer) => layer.whole);
    const from = whole < 0 ? points.length : whole;
    const path = (some) => some.map(([at, size]) => `${this.x(at)},${this.y(size)}`).join("L");
    const name = `line line-${line.role}${place ? "" : " own"}`;
    if (from > 0) shape("path", { class: name, d: `M${path(points.slice(0, from))}` }, this.svg);
    if (from < points.length) {
      shape("path", { class: `${name} local-line`, d: `M${path(points.slice(Math.max(from - 1, 0)))}` }, this.svg);
    }
    const [at, size] = points.at(-1) ?? [1, 1];
    return { x: this.x(at), y: this.y(size), size, whole: from < points.length };
  }

  dots() {
    const role = this.data.lines[0].role;
    for (const layer of this.layers) {
      if (layer.marked) shape("circle", { class: `stop fill-${role}`, cx: this.x(layer.place), cy: this.y(layer.reach), r: 2.6 }, this.svg);
    }
  }

  // Where cells move further apart. Of two changes close together the later one is told.
  drawStrides() {
    const { base, left, right } = this.box;
    this.text("step", left - 8, base - 4, "stride", "end");
    const changes = [];
    for (const layer of this.layers) {
      const stride = (layer.local ?? layer.sees).rows.stride;
      if (!stride || stride === (changes.at(-1)?.stride ?? 1)) continue;
      changes.push({ stride, x: this.x(layer.place) });
    }
    changes.forEach(({ stride, x }, place) => {
      const words = `${Number(stride.toFixed(2))}`;
      const next = changes[place + 1]?.x ?? Infinity;
      if (next - x < 10 + 8 * words.length) return;
      shape("path", { class: "stride-tick", d: `M${x},${base - 12}V${base - 3}` }, this.svg);
      this.text(words, x + 4, base - 4, "stride");
    });
    if (this.width >= NARROW) this.text("px from cell to cell", right + 8, base - 4, "stride");
  }

  // Names at the ends of lines, none over another.
  drawEnds(ends, narrow) {
    if (narrow) return;
    const { right } = this.box;
    const own = this.layers.filter((layer) => layer.shortest);
    const labels = ends.map((end, place) => ({
      x: end.x, y: end.y, words: end.line.label, name: `text-${end.line.role}${place ? "" : " strong"}`,
    }));
    if (own.length) {
      const size = Math.max(...own.at(-1).shortest);
      const words = `${this.words.shortest[0].toLowerCase()} ${figures(size)}`;
      labels.push({ x: this.x(own.at(-1).place), y: this.y(size), words, name: `text-${ends[0].line.role}` });
    }
    const late = labels.filter(({ x }) => x > right - 150).sort((a, b) => a.y - b.y);
    let least = 4;
    for (const label of late) {
      label.y = Math.max(label.y, least);
      least = label.y + LABELS_APART;
    }
    // Pushed below the plot: move all up.
    const over = Math.max(0, least - LABELS_APART - (this.box.bottom - 6));
    for (const label of late) this.text(label.words, right + 8, label.y - over + 4, label.name);
    for (const label of labels) {
      if (!late.includes(label)) this.text(label.words, label.x + 8, label.y + 12, label.name);
    }
    for (const node of this.svg.querySelectorAll("text[class^='text-']")) this.shorten(node);
  }

  shorten(node) {
    const room = this.width - Number(node.getAttribute("x"));
    const words = node.textContent;
    const split = words.lastIndexOf(" ");
    for (let kept = split; kept > 3 && node.getComputedTextLength() > room; kept--) {
      node.textContent = `${words.slice(0, kept - 1)}…${words.slice(split)}`;
    }
  }

  drawKey(ends, narrow) {
    const some = ends.some((end) => end.line.label.endsWith("*"));
    const items = narrow ? ends.map((end) => [end.line.role, end.line.label.replace(/ ([\d,]+\*?)$/, ", $1"), ""]) : [];
    const last = this.layers.filter((layer) => layer.shortest).at(-1);
    if (narrow && last) {
      items.splice(1, 0, [ends[0].line.role, `${this.words.shortest[0].toLowerCase()}, ${figures(Math.max(...last.shortest))}`, "thin"]);
    }
    this.key.replaceChildren(
      ...items.map(([role, words, thin]) => {
        const item = document.createElement("span");
        const sign = document.createElement("i");
        sign.className = `bar-${role} ${thin}`;
        item.append(sign, words);
        return item;
      }),
      ...(some ? [Object.assign(document.createElement("span"), { textContent: this.words.without })] : []),
    );
  }

  // The handle at a layer.
  show(at) {
    this.at = at;
    const layer = this.layers?.[at];
    if (!layer || !this.mark) return;
    const { left, right, top, bottom, base } = this.box;
    const x = this.x(layer.place);
    const y = this.y(layer.reach);
    this.cursor.setAttribute("d", `M${x},${top}V${base}`);
    this.filled.setAttribute("d", `M${left},${base}H${x}`);
    for (const node of [this.mark, this.core]) {
      node.setAttribute("cx", x);
      node.setAttribute("cy", y);
    }
    this.value.textContent = layer.whole && !layer.local ? "all of it" : `${figures(layer.reach)} px`;
    const flip = x > right - 60;
    this.value.setAttribute("x", flip ? x - 11 : x + 11);
    this.value.setAttribute("text-anchor", flip ? "end" : "start");
    this.value.setAttribute("y", y + 22 > bottom - 2 ? y - 10 : y + 22);
    this.depth.textContent = layer.depth;
    this.depth.setAttribute("x", x);
    this.depth.setAttribute("y", base + 18);
    for (const [depth, node] of this.depthTexts) node.classList.toggle("away", Math.abs(this.x(depth) - x) < 18);
    this.handle.style.left = `${x}px`;
    this.handle.style.top = `${base}px`;
  }

  // A layer that is pointed at, -1 for none.
  hover(at) {
    const layer = this.layers[at];
    const shown = layer && at !== this.at;
    this.hair.setAttribute("d", shown ? `M${this.x(layer.place)},${this.box.top}V${this.box.base}` : "");
    this.hairText.textContent = shown ? `${layer.name}: ${figures(layer.reach)} px` : "";
    if (!shown) return;
    const x = this.x(layer.place);
    const flip = x > this.box.right - 140;
    this.hairText.setAttribute("x", flip ? x - 6 : x + 6);
    this.hairText.setAttribute("text-anchor", flip ? "end" : "start");
    this.hairText.setAttribute("y", this.y(layer.reach) > this.box.top + 60 ? this.box.top + 34 : this.box.bottom - 22);
  }

  // The layer nearest to a pointer.
  layerAt(event) {
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    let best = 0;
    this.layers.forEach((layer, at) => {
      if (Math.abs(this.x(layer.place) - x) < Math.abs(this.x(this.layers[best].place) - x)) best = at;
    });
    return best;
  }
}
