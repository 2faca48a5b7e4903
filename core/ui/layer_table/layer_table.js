// A table of layers: search, sort, select. Rows are made in chunks, as they come into sight.
const views = new WeakMap();
const CHUNK = 120;
const TELL = 350; // ms after the last key before the server hears what is shown
const NUMBER = new Intl.NumberFormat("en-US");
const SEARCHED = ["name", "kind", "type"]; // keys of the columns that a search looks into
const PLAIN = { column: "", descending: false };

class Table {
  constructor(root) {
    this.root = root;
    this.input = root.querySelector("input");
    this.frame = root.querySelector(".view");
    this.head = root.querySelector("thead");
    this.body = root.querySelector("tbody");
    this.count = root.querySelector(".count");
    this.stop = new AbortController();
    this.data = null;
    this.order = [];
    this.sort = { ...PLAIN };
    this.selected = "";
    this.hovered = "";
    this.listen();
  }

  update({ data, setTriggerValue, setStateValue }) {
    this.send = setTriggerValue;
    this.keep = setStateValue;
    const changed = !this.data || this.data.rev !== data.rev;
    this.data = data;
    if (!changed) return;
    Object.assign(this, JSON.parse(data.rows));
    const places = SEARCHED.map((key) => data.columns.findIndex((column) => column.key === key));
    this.texts = this.rows.map((row) => places.map((place) => row[place]).join(" ").toLowerCase());
    this.frame.style.maxHeight = `${data.height}px`;
    this.headings();
    this.selected = (window.skipscopeSelection ?? {})[data.key] ?? "";
    this.refresh();
    this.reveal();
  }

  headings() {
    const row = document.createElement("tr");
    this.data.columns.forEach((column) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      if (column.kind === "text") cell.className = "text";
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = column.title;
      button.dataset.sort = column.key;
      if (column.kind === "share") {
        const whole = { parameters_percent: "Share of parameters", multiply_adds_percent: "Share of multiply-adds" };
        button.setAttribute("aria-label", whole[column.key]);
      }
      cell.append(button);
      row.append(cell);
    });
    this.head.replaceChildren(row);
  }

  // ---- what is shown: the same rules as in Python, which writes the file ----------------------------------------
  value(cell, kind) {
    if (cell === null || cell === "") return null;
    if (typeof cell === "number") return cell;
    if (kind !== "sizes") return cell;
    const numbers = cell.split(/[×\s]+/).filter((part) => /^\d+$/.test(part));
    return numbers.length ? numbers.reduce((product, part) => product * +part, 1) : -1;
  }

  refresh() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    this.texts.forEach((text, index) => words.every((word) => text.includes(word)) && found.push(index));
    const place = this.data.columns.findIndex((column) => column.key === this.sort.column);
    this.order = found;
    if (place >= 0) {
      const { kind } = this.data.columns[place];
      const keys = new Map(found.map((index) => [index, this.value(this.rows[index][place], kind)]));
      const known = found.filter((index) => keys.get(index) !== null);
      const sign = this.sort.descending ? -1 : 1;
      const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
      known.sort((a, b) => sign * compare(keys.get(a), keys.get(b)));
      this.order = [...known, ...found.filter((index) => keys.get(index) === null)];
    }
    this.flat = Boolean(words.length) || place >= 0;
    [...this.head.rows[0].cells].forEach((cell, index) => {
      if (index === place) cell.setAttribute("aria-sort", this.sort.descending ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    const all = NUMBER.format(this.rows.length);
    this.count.textContent =
      found.length === this.rows.length ? `${all} rows` : `${NUMBER.format(found.length)} of ${all} rows`;
    this.body.replaceChildren();
    this.made = 0;
    if (!found.length) this.none();
    this.more();
    this.frame.scrollTop = 0;
  }

  none() {
    const row = document.createElement("tr");
    row.className = "empty";
    const cell = document.createElement("td");
    cell.colSpan = this.data.columns.length;
    cell.textContent = "No layer has these words in its name, kind or type.";
    row.append(cell);
    this.body.append(row);
  }

  more(until = this.made + CHUNK) {
    const piece = document.createDocumentFragment();
    const stop = Math.min(until, this.order.length);
    for (; this.made < stop; this.made += 1) piece.append(this.row(this.order[this.made]));
    this.body.append(piece);
    this.rove();
  }

  row(index) {
    const row = document.createElement("tr");
    row.dataset.index = index;
    if (this.rows[index][1] === "module") row.className = "module";
    this.data.columns.forEach((column, place) => row.append(this.cell(index, column, place)));
    this.mark(row);
    return row;
  }

  cell(index, { key, kind }, place) {
    const value = this.rows[index][place];
    if (place === 0) {
      const name = document.createElement("th");
      name.scope = "row";
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      const inside = !this.flat && this.depths[index] > 1;
      button.textContent = inside ? value.slice(value.lastIndexOf(".") + 1) : value;
      button.title = value;
      if (inside) button.setAttribute("aria-label", value);
      if (!this.flat) button.style.paddingInlineStart = `${12 * Math.max(0, this.depths[index] - 1)}px`;
      name.append(button);
      return name;
    }
    const cell = document.createElement("td");
    if (kind === "text") cell.className = "text";
    if (value === null) return cell;
    if (key === "parameters" || key === "multiply_adds") cell.className = "strong";
    if (key === "role") {
      const sign = document.createElement("span");
      sign.className = `role ${value}`;
      cell.append(sign);
    }
    cell.append(kind === "number" ? NUMBER.format(value) : kind === "share" ? this.percent(value) : value);
    return cell;
  }

  percent(value) {
    if (value > 0 && value < 0.05) return "< 0.1 %";
    return value === 0 ? "0 %" : `${value >= 99.95 ? "100" : value.toFixed(1)} %`;
  }

  // ---- selection and hover -------------------------------------------------------------------------------------
  mark(row) {
    const name = this.names[+row.dataset.index];
    const on = Boolean(name) && name === this.selected;
    row.classList.toggle("is-selected", on);
    row.classList.toggle("is-hovered", Boolean(name) && name === this.hovered);
    if (on) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }

  marks() {
    for (const row of this.body.rows) if (row.dataset.index) this.mark(row);
    this.rove();
  }

  // One row is in the tab order: the selected one, else the first.
  rove() {
    const buttons = [...this.body.querySelectorAll("th button")];
    const stop = this.body.querySelector(".is-selected th button") ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  }

  select(name, reveal) {
    if (name === this.selected) return;
    this.selected = name;
    this.marks();
    if (reveal) this.reveal();
  }

  reveal() {
    const place = this.order.findIndex((index) => this.names[index] && this.names[index] === this.selected);
    if (place < 0) return;
    if (place >= this.made) this.more(place + CHUNK);
    const row = this.body.rows[place];
    const top = row.offsetTop - this.head.offsetHeight;
    if (top < this.frame.scrollTop || row.offsetTop + row.offsetHeight > this.frame.scrollTop + this.frame.clientHeight)
      this.frame.scrollTop = top - this.frame.clientHeight / 3;
  }

  pick(index) {
    const id = this.names[index];
    if (!id || id === this.selected) return;
    this.pending = performance.now();
    this.select(id, false);
    this.tell("skipscope-pick", { id });
    this.send("select", id);
  }

  hover(index) {
    const id = index >= 0 ? this.names[index] : "";
    if (id !== this.told) this.tell("skipscope-hover", { id, ids: id ? [id] : [] });
    this.told = id;
  }

  tell(name, detail) {
    window.dispatchEvent(new CustomEvent(name, { detail: { channel: this.data.channel, from: this, ...detail } }));
  }

  order_by(key) {
    const { kind } = this.data.columns.find((column) => column.key === key);
    const first = kind !== "name" && kind !== "text"; // the largest numbers first, but letters from A
    if (this.sort.column !== key) this.sort = { column: key, descending: first };
    else if (this.sort.descending === first) this.sort.descending = !first;
    else this.sort = { ...PLAIN };
    this.refresh();
    this.later();
  }

  later() {
    clearTimeout(this.late);
    this.late = setTimeout(() => this.keep("view", { query: this.input.value, ...this.sort }), TELL);
  }

  listen() {
    const on = (target, name, handler) => target.addEventListener(name, handler, { signal: this.stop.signal });
    const index = (event) => +(event.target.closest("tbody tr")?.dataset.index ?? -1);
    on(this.input, "input", () => {
      this.refresh();
      this.later();
    });
    on(this.head, "click", (event) => event.target.dataset.sort && this.order_by(event.target.dataset.sort));
    on(this.body, "click", (event) => index(event) >= 0 && this.pick(index(event)));
    on(this.body, "pointerover", (event) => event.pointerType !== "touch" && this.hover(index(event)));
    on(this.body, "pointerleave", () => this.hover(-1));
    on(this.frame, "scroll", () => {
      const { scrollTop, clientHeight, scrollHeight } = this.frame;
      if (this.made < this.order.length && scrollTop + 2 * clientHeight > scrollHeight) this.more();
    });
    on(this.body, "keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12, Home: -1e9, End: 1e9 }[event.key];
      const row = event.target.closest("tr");
      if (!step || !row) return;
      event.preventDefault();
      const wanted = Math.max(0, Math.min(this.order.length - 1, row.sectionRowIndex + step));
      if (wanted >= this.made) this.more(wanted + CHUNK);
      this.body.rows[wanted].querySelector("button").focus();
    });
    on(window, "skipscope-select", ({ detail }) => {
      const mine = this.data && detail.key === this.data.key;
      // A late answer to an earlier click must not undo a later one.
      if (mine && !(performance.now() - (this.pending ?? -1e9) < 1500 && detail.id !== this.selected))
        this.select(detail.id, true);
    });
    const heard = (name, take) =>
      on(window, name, ({ detail }) => {
        if (this.data && detail.from !== this && detail.channel === this.data.channel) take(detail.id);
      });
    heard("skipscope-pick", (id) => this.names.includes(id) && this.select(id, true));
    heard("skipscope-hover", (id) => {
      this.hovered = id;
      this.marks();
    });
  }

  close() {
    clearTimeout(this.late);
    this.stop.abort();
  }
}

export default function (component) {
  const root = component.parentElement;
  let view = views.get(root);
  if (!view) {
    view = new Table(root);
    views.set(root, view);
  }
  view.update(component);
  return () => {
    view.close();
    views.delete(root);
  };
}
