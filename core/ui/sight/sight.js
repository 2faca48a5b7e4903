// What each cell sees: photo, cells, numbers and growth are one figure, which asks the server for nothing while one
// points, drags or plays. A choice is sent; what is measured for it comes through told.js.
// The parts in geometry.js, photo.js, grid.js, readout.js, curve.js, play.js, pointing.js and the diagrams' saving.js stand before.
const views = new WeakMap();
const ECHO = 1500; // ms in which an older answer of the server does not undo a newer choice
const QUIET = 300; // ms without a change until it is spoken

class Sight {
  constructor(root) {
    this.root = root;
    const find = (place) => root.querySelector(place);
    this.figure = find(".figure");
    this.photo = new Photo(find(".photo"));
    this.grid = new Grid(find(".grid"));
    this.readout = new Readout(root);
    this.curve = new Curve(find(".curve-place"));
    this.player = new Player(this);
    this.stop = new AbortController();
    this.pending = {};
    this.spot = [0.5, 0.5];
    this.listen();
  }

  get mine() {
    return window.skipscopeSight?.[this.key] ?? {};
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const { key, rev, content, photo, words } = data;
    this.key = key;
    if (this.rev !== rev) {
      const name = this.data?.layers[this.at]?.name;
      this.player.stop();
      this.data = JSON.parse(content);
      this.rev = rev;
      this.at = Math.max(0, this.data.layers.findIndex((layer) => layer.name === name));
    }
    this.words = words;
    this.figure.classList.toggle("branching", !words.residual);
    this.file = data.file;
    this.photo.setup(this.data.picture, this.data.margin, photo);
    this.photo.svg.setAttribute("aria-label", words.photo);
    this.curve.setup(this.data, words);
    this.curve.svg.setAttribute("aria-label", words.curve);
    this.describe();
    this.grid.rows = 0; // colours may have changed
    this.heard("now");
    this.heard("show");
  }

  describe() {
    const scale = this.curve.log ? "log scale" : "linear scale";
    setText(this.root.querySelector(".growth-words"), `Field size of an interior cell, ${scale}. Drag the handle, or play.${this.words.band}`);
  }

  get layer() {
    return this.data.layers[this.at];
  }

  // ---- what the server says ------------------------------------------------------------------------------------
  heard(topic) {
    if (!this.data?.layers.length) return;
    if (topic === "now") this.now();
    if (topic === "show") this.showing();
    else if (!this.held) this.draw();
  }

  now() {
    const { now } = this.mine;
    if (!now) return;
    clearTimeout(this.late);
    const at = this.data.layers.findIndex((layer) => layer.name === now.layer);
    const { layer, spot } = this.pending;
    const young = ({ at }) => performance.now() - at < ECHO;
    if ((layer && layer.name !== now.layer && young(layer)) || (spot && spot.before === String(now.spot) && young(spot))) {
      this.late = setTimeout(() => this.heard("now"), ECHO);
      return;
    }
    this.pending = {};
    if (this.held || this.player.running) return;
    if (at >= 0) this.at = at;
    this.spot = now.spot;
    this.pointed = null;
  }

  showing() {
    const { what = "both", opacity = 0.7 } = this.mine.show ?? {};
    for (const one of ["box", "effect", "both"]) this.figure.classList.toggle(`shows-${one}`, one === what);
    this.photo.heat.style.opacity = opacity;
  }

  // ---- drawing -------------------------------------------------------------------------------------------------
  get chosen() {
    return cellAt(this.layer, this.spot, this.data.picture);
  }

  boxNow() {
    return this.shown ?? null;
  }

  // What was measured for the cell that is shown; null where it was measured for another one, or not at all.
  effectOf(cell) {
    const { effect } = this.mine;
    return effect?.heat && effect.layer === this.layer.name && String(effect.cell) === String(cell) ? effect : null;
  }

  draw() {
    if (!this.data?.layers.length || this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.render();
    });
  }

  render() {
    const { layer } = this;
    const { picture } = this.data;
    const cell = this.pointed ?? this.chosen;
    const box = boxOf(layer.sees, cell);
    const effect = this.effectOf(cell);
    this.paint(box, layer, cell);
    this.photo.setHeat(effect);
    this.photo.mark(this.pixel ?? null);
    const { rows, columns } = layer.sees;
    this.grid.setup(rows.count, columns.count, this.shades(layer));
    this.grid.draw(cell, this.chosen);
    const seers = this.pixel ? seersOf(layer, this.pixel) : null;
    this.grid.light(seers);
    const [y0, x0, y1, x1] = this.photo.bounds;
    const cut = box[0] < y0 || box[1] < x0 || box[2] > y1 || box[3] > x1;
    const waiting = this.words.measurable ? (this.pointed ? "Enter or a click measures it" : this.mine.effect?.doing ?? "not measured") : "";
    const sentence = this.readout.update({ layer, cell, box, picture, words: this.words, effect, waiting, cut: cut && !layer.whole });
    setText(this.root.querySelector(".grid-title"), `The ${sizeText(rows.count, columns.count)} cells of ${layer.name}`);
    setText(this.root.querySelector(".hint"), this.hint(seers));
    this.curve.show(this.at);
    this.captions(layer);
    this.say(seers ? `${this.hint(seers)} ${sentence}` : sentence);
  }

  paint(box, layer, cell) {
    this.shown = box;
    const local = layer.local ? boxOf(layer.local, cell) : null;
    const shortest = layer.shortest ? around(layer.local ?? layer.sees, cell, layer.shortest, this.data.picture) : null;
    const empty = box[2] <= box[0] || box[3] <= box[1];
    this.photo.draw({ box, local, shortest, empty });
  }

  // The box on its way from another one.
  tween(before, share) {
    const cell = this.pointed ?? this.chosen;
    const after = boxOf(this.layer.sees, cell);
    this.paint(after.map((edge, side) => before[side] + share * (edge - before[side])), this.layer, cell);
  }

  shades(layer) {
    const { now } = this.mine;
    if (now?.layer !== layer.name || !now.responses) return null;
    if (this.decoded?.text !== now.responses) {
      this.decoded = { text: now.responses, shades: Uint8Array.from(atob(now.responses), (letter) => letter.charCodeAt(0)) };
    }
    return this.decoded.shades.length === layer.sees.rows.count * layer.sees.columns.count ? this.decoded.shades : null;
  }

  hint(seers) {
    if (!seers) return window.matchMedia("(hover: none)").matches ? this.words.touch : this.words.hint;
    const { rows, columns } = this.layer.sees;
    const [row, column] = this.pixel;
    const all = rows.count * columns.count;
    const who = seers.count === all ? `All ${figures(all)} cells see` : `${figures(seers.count)} of the ${figures(all)} cells see${seers.count === 1 ? "s" : ""}`;
    return `${who} the pixel at row ${row}, column ${column}.`;
  }

  captions(layer) {
    const size = layer.whole && !layer.local ? "the whole picture" : `${figures(layer.reach)} px`;
    const whole = layer.whole && layer.local ? ` without the ${layer.whole}` : "";
    setText(this.root.querySelector(".growth-title"), `The field grows with depth: ${size}${whole} at ${layer.name}, weighted layer ${layer.depth} of ${this.data.depths}`);
    const { handle } = this.curve;
    handle.setAttribute("aria-valuemax", this.data.layers.length);
    handle.setAttribute("aria-valuenow", this.at + 1);
    handle.setAttribute("aria-valuetext", `${layer.name}: ${size}${whole}, weighted layer ${layer.depth} of ${this.data.depths}`);
  }

  // Spoken when things have come to rest.
  say(sentence) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => setText(this.root.querySelector(".said"), sentence), QUIET);
  }

  // ---- choosing ------------------------------------------------------------------------------------------------
  point(cell) {
    const same = String(cell) === String(this.chosen);
    this.pointed = same ? null : cell;
    this.draw();
  }

  choose(cell) {
    this.spot = spotOf(this.layer, cell, this.data.picture);
    this.pointed = null;
    this.draw();
    this.pending.spot = { before: String(this.mine.now?.spot), at: performance.now() };
    this.send("cell", { layer: this.layer.name, row: cell[0], column: cell[1] });
  }

  goTo(at) {
    this.at = Math.min(Math.max(at, 0), this.data.layers.length - 1);
    this.pointed = null;
    this.draw();
  }

  // Tells the server which layer the handle was left at.
  commit() {
    const { name } = this.layer;
    if (this.mine.now?.layer === name && !this.pending.layer) return;
    this.pending.layer = { name, at: performance.now() };
    this.send("layer", name);
  }

  playing(running) {
    const button = this.root.querySelector(".play");
    button.classList.toggle("running", running);
    button.setAttribute("aria-label", running ? "Stop" : "Play: the field grows layer by layer");
    if (!running) {
      this.draw();
      this.commit();
    }
  }

  save(what, kind) {
    const { svg } = what === "curve" ? this.curve : this.photo;
    const { name } = this.layer;
    const box = svg.viewBox.baseVal;
    const scale = what === "curve" ? 1 : 416 / box.width;
    const title = what === "curve" ? this.root.querySelector(".growth-title").textContent : `${this.readout.title.textContent} of ${name}: what it sees`;
    const file = what === "curve" ? `${this.file} growth` : `${this.file} ${name}`;
    saveAs({ root: this.root, svg, data: { signs: [], width: box.width * scale, height: box.height * scale, title, file } }, kind);
  }

  // ---- pointer and keys ----------------------------------------------------------------------------------------
  listen() {
    const on = (target, name, handler, options = {}) =>
      target.addEventListener(name, (event) => this.data?.layers.length && handler(event), { ...options, signal: this.stop.signal });
    listenGrid(this, on);
    listenPhoto(this, on);
    listenCurve(this, on);
    on(this.root.querySelector(".play"), "click", () => this.player.toggle());
    on(this.figure, "click", ({ target }) => {
      const { save, of, scale } = target.dataset;
      if (save) this.save(of, save);
      if (!scale) return;
      this.curve.log = scale === "log";
      this.describe();
      for (const button of this.root.querySelectorAll("[data-scale]")) button.setAttribute("aria-pressed", button === target);
      this.curve.render();
    });
    on(window, "skipscope-sight", ({ detail }) => detail.key === this.key && this.heard(detail.topic));
    this.watch = new ResizeObserver(() => {
      if (!this.data) return;
      this.photo.resize();
      this.grid.paint();
      if (this.curve.width !== this.curve.place.clientWidth) this.curve.render();
      this.draw();
    });
    for (const place of [this.photo.place, this.grid.place, this.curve.place]) this.watch.observe(place);
  }

  close() {
    this.player.running = false;
    clearTimeout(this.late);
    clearTimeout(this.speaking);
    cancelAnimationFrame(this.frame);
    this.watch.disconnect();
    this.stop.abort();
  }
}

export default function (component) {
  const root = component.parentElement;
  let view = views.get(root);
  if (!view) {
    view = new Sight(root);
    views.set(root, view);
  }
  view.update(component);
  return () => {
    view.close();
    views.delete(root);
  };
}
