// Parts that stand for operations: hover and click are shared with the other figures of the page.
const views = new WeakMap();

class View {
  constructor(root) {
    this.root = root;
    this.host = root.querySelector(".part");
    this.tip = root.querySelector(".tip");
    this.stop = new AbortController();
    this.data = null;
    this.nodes = [];
    this.hovered = -1;
    this.listen();
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    const changed = !this.data || this.data.rev !== data.rev || this.data.kind !== data.kind;
    const asked = !this.data || this.data.selected !== data.selected || changed;
    this.data = data;
    if (changed) this.rebuild();
    if (asked) this.select(data.selected);
  }

  rebuild() {
    this.hide();
    this.hovered = -1;
    if (this.data.kind === "picture") {
      this.host.innerHTML = this.data.svg; // written by our own server, text escaped there
      this.nodes = [];
      for (const node of this.host.querySelectorAll("[data-mark]")) {
        this.nodes[+node.dataset.mark] = node;
        node.setAttribute("tabindex", "0");
      }
      return;
    }
    const code = document.createElement("div");
    code.className = "code";
    code.setAttribute("role", "group");
    code.setAttribute("aria-label", this.data.label);
    this.nodes = this.data.parts.map((part) => {
      const line = document.createElement("div");
      line.classList.toggle("decisive", part.decisive);
      line.classList.toggle("first", part.first);
      line.title = `line ${part.number}`;
      const text = document.createElement("span");
      for (const [kind, piece] of part.spans) {
        const node = document.createElement(kind === "keyword" ? "b" : kind === "comment" ? "i" : "span");
        node.textContent = piece;
        text.append(node);
      }
      line.append(text);
      if (part.decisive) line.append(Object.assign(document.createElement("em"), { textContent: "the skip" }));
      if (part.id) {
        line.setAttribute("role", "button");
        line.tabIndex = 0;
      }
      return line;
    });
    code.append(...this.nodes);
    this.host.replaceChildren(code);
  }

  // What is selected elsewhere: the parts that hold it; a part of several operations only while nothing else does.
  select(id) {
    this.selected = id;
    this.data.parts.forEach((part, index) => {
      const on = Boolean(id) && part.ids.includes(id);
      this.nodes[index].classList.toggle("is-selected", on);
      if (this.nodes[index].hasAttribute("role")) this.nodes[index].setAttribute("aria-pressed", String(on));
    });
  }

  outline(ids) {
    this.data.parts.forEach((part, index) => {
      this.nodes[index].classList.toggle("is-hovered", part.ids.some((id) => ids.includes(id)));
    });
  }

  hover(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    const part = index >= 0 ? this.data.parts[index] : null;
    const ids = part ? part.ids : [];
    this.outline(ids);
    if (part?.label) this.show(index);
    else this.hide();
    this.tell("skipscope-hover", { id: part?.id ?? "", ids });
  }

  pick(index) {
    const { id } = this.data.parts[index];
    if (!id) return;
    this.select(id);
    this.tell("skipscope-pick", { id });
    this.send("select", id);
  }

  tell(name, detail) {
    window.dispatchEvent(new CustomEvent(name, { detail: { channel: this.data.channel, from: this, ...detail } }));
  }

  show(index) {
    const { label, detail, rows } = this.data.parts[index];
    this.tip.replaceChildren(
      ...[[label, detail], ...rows].map(([first, second], row) => {
        const line = document.createElement("div");
        const names = row ? ["span", "b"] : ["b", "span"];
        line.append(...[first, second].map((text, i) => Object.assign(document.createElement(names[i]), { textContent: text })));
        return line;
      }),
    );
    if (!this.tip.matches(":popover-open")) this.tip.showPopover();
    const box = this.nodes[index].getBoundingClientRect();
    const tip = this.tip.getBoundingClientRect();
    const x = Math.min(Math.max(8, (box.left + box.right - tip.width) / 2), innerWidth - tip.width - 8);
    const above = box.top - tip.height - 8;
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${above >= 8 ? above : box.bottom + 8}px`;
  }

  hide() {
    if (this.tip.matches(":popover-open")) this.tip.hidePopover();
  }

  index(event) {
    return this.nodes.findIndex((node) => node.contains(event.target));
  }

  listen() {
    const on = (target, name, handler) => target.addEventListener(name, handler, { signal: this.stop.signal });
    on(this.host, "pointerover", (event) => event.pointerType !== "touch" && this.hover(this.index(event)));
    on(this.host, "pointerleave", () => this.hover(-1));
    on(this.host, "focusin", (event) => event.target.matches(":focus-visible") && this.hover(this.index(event)));
    on(this.host, "focusout", () => this.hover(-1));
    on(this.host, "click", (event) => this.index(event) >= 0 && this.pick(this.index(event)));
    on(this.host, "keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      const index = this.index(event);
      if (index < 0) return;
      event.preventDefault();
      this.pick(index);
    });
    const heard = (name, take) =>
      on(window, name, ({ detail }) => {
        if (this.data && detail.from !== this && detail.channel === this.data.channel) take(detail);
      });
    heard("skipscope-hover", ({ id, ids }) => this.outline(ids ?? (id ? [id] : [])));
    heard("skipscope-pick", ({ id }) => this.select(id));
  }

  close() {
    this.hide();
    this.stop.abort();
  }
}

export default function (component) {
  const root = component.parentElement;
  let view = views.get(root);
  if (!view) {
    view = new View(root);
    views.set(root, view);
  }
  view.update(component);
  return () => {
    view.close();
    views.delete(root);
  };
}
