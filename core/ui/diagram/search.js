// Find a layer by name, kind or shape. The list of all of them comes once and is searched here, so typing costs nothing.
const boxes = new WeakMap();
const SHOWN = 50;

const plain = (text) => text.toLowerCase().replaceAll("×", "x").replaceAll("·", " ");

async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const lines = (await new Response(stream).text()).split("\n");
  return lines.map((line) => {
    const [name, kind, shape] = line.split("\t");
    return { name, kind, shape, text: plain(`${name} ${kind} ${shape}`), key: plain(name) };
  });
}

// What holds every word, best names first.
function matches(entries, query) {
  const words = plain(query).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const whole = words.join(" ");
  const rank = ({ key }) =>
    key === whole ? 0 : key.endsWith(`.${whole}`) ? 1 : key.startsWith(whole) ? 2 : key.includes(whole) ? 3 : 4;
  const ranked = [[], [], [], [], []];
  for (const entry of entries) if (words.every((word) => entry.text.includes(word))) ranked[rank(entry)].push(entry);
  return ranked.flat();
}

class Box {
  constructor(root) {
    this.input = root.querySelector("input");
    this.popover = root.querySelector(".list");
    this.list = root.querySelector("[role=listbox]");
    this.rest = root.querySelector(".rest");
    this.entries = [];
    this.found = [];
    this.at = -1;
    this.stop = new AbortController();
    const on = (target, name, handler) => target.addEventListener(name, handler, { signal: this.stop.signal });
    on(this.input, "input", () => this.search());
    on(this.input, "focus", () => this.search());
    on(this.input, "keydown", (event) => this.key(event));
    on(this.input, "blur", () => this.hide());
    on(this.list, "pointerdown", (event) => event.preventDefault()); // keeps the focus in the box
    on(this.list, "click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(+option.dataset.at);
    });
    on(window, "keydown", (event) => this.slash(event));
    on(window, "scroll", () => this.place());
    on(window, "resize", () => this.place());
  }

  async update(component) {
    this.send = component.setTriggerValue;
    const { rev, packed, channel } = component.data;
    this.channel = channel;
    if (this.rev === rev) return;
    this.rev = rev;
    const entries = await unpacked(packed);
    if (this.rev === rev) this.entries = entries;
  }

  // "/" anywhere on the page, but not while somebody writes.
  slash(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.composedPath()[0];
    if (target.matches?.("input, textarea, select, [contenteditable], [contenteditable] *")) return;
    event.preventDefault();
    this.before = target.focus ? target : null;
    this.input.focus();
    this.input.select();
  }

  search() {
    const query = this.input.value;
    this.found = matches(this.entries, query);
    this.at = this.found.length ? 0 : -1;
    if (!query.trim()) return this.hide();
    this.list.replaceChildren(...this.found.slice(0, SHOWN).map((entry, at) => this.option(entry, at)));
    const more = this.found.length - SHOWN;
    this.rest.textContent = !this.found.length
      ? "Nothing of this network matches."
      : more > 0 ? `${more.toLocaleString("en")} more: type more of the name.` : "";
    this.popover.showPopover?.();
    this.input.setAttribute("aria-expanded", "true");
    this.place();
    this.mark();
  }

  option({ name, kind, shape }, at) {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.id = `option-${at}`;
    option.dataset.at = at;
    for (const [tag, text] of [["b", name], ["span", kind], ["i", shape]]) {
      const cell = document.createElement(tag);
      cell.textContent = text;
      option.append(cell);
    }
    return option;
  }

  mark() {
    [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === this.at)));
    const option = this.list.children[this.at];
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  place() {
    if (!this.popover.matches(":popover-open")) return;
    const box = this.input.getBoundingClientRect();
    const width = Math.min(Math.max(box.width, 420), innerWidth - 16);
    this.popover.style.width = `${width}px`;
    this.popover.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
    this.popover.style.top = `${box.bottom + 4}px`;
    this.popover.style.maxHeight = `${Math.max(120, Math.min(340, innerHeight - box.bottom - 16))}px`;
  }

  key(event) {
    const last = Math.min(this.found.length, SHOWN) - 1;
    const to = (at) => {
      this.at = at;
      this.mark();
    };
    const act = {
      ArrowDown: () => to(this.at >= last ? 0 : this.at + 1),
      ArrowUp: () => to(this.at <= 0 ? last : this.at - 1),
      Enter: () => this.choose(this.at),
      Escape: () => this.leave(),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  choose(at) {
    const entry = this.found[at];
    if (!entry) return;
    this.input.value = "";
    this.hide();
    window.skipscopeFocus = this.channel; // the diagram's mark takes the focus when it is there
    this.input.blur();
    this.send("choose", entry.name);
  }

  // Once to close the list, once more to leave the box.
  leave() {
    if (this.popover.matches(":popover-open")) {
      this.input.value = "";
      return this.hide();
    }
    this.input.blur();
    this.before?.focus?.({ preventScroll: true });
  }

  hide() {
    if (this.popover.matches(":popover-open")) this.popover.hidePopover();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

export default function (component) {
  const root = component.parentElement;
  let box = boxes.get(root);
  if (!box) {
    box = new Box(root);
    boxes.set(root, box);
  }
  box.update(component);
  return () => {
    box.hide();
    box.stop.abort();
    boxes.delete(root);
  };
}
