// Pan, zoom, hover, select, open and close. The server sends a laid-out SVG; nothing is laid out here.
// The parts in motion.js, minimap.js and saving.js stand before this one.
const views = new WeakMap();
const SMALLEST_TEXT = 0.86; // below this scale 12 px type is hard to read: scroll instead of shrinking
const LARGEST_START = { strip: 1.3, operations: 1 }; // a small block need not fill a wide page
const DRAG_STARTS = 4; // px
const ECHO = 1500; // ms in which an older answer of the server does not undo a newer click

class View {
  constructor(root) {
    this.root = root;
    this.frame = root.querySelector(".view");
    this.paper = root.querySelector(".paper");
    this.tip = root.querySelector(".tip");
    this.map = new Minimap(root.querySelector(".map"), this);
    this.data = null;
    this.scale = 1;
    this.zoomed = false;
    this.selected = "";
    this.pending = null;
    this.hovered = -1;
    this.hit = null;
    this.linked = null;
    this.drag = null;
    this.pinch = null;
    this.stop = new AbortController();
    this.listen();
  }

  // ---- picture -----------------------------------------------------------------------------------------------
  update(component) {
    this.send = component.setTriggerValue;
    const data = component.data;
    const text = (place, value) => {
      const node = this.root.querySelector(place);
      if (node.textContent !== value) node.textContent = value;
    };
    text(".title", data.title);
    text(".subtitle", data.subtitle);
    this.root.querySelector(".figure").classList.toggle("at-hand", data.tools === "always");
    text(".note", data.note);
    const changed = !this.data || this.data.rev !== data.rev;
    const anchor = changed && this.data ? this.anchor() : null;
    const focused = changed && this.data ? this.focused() : null;
    const before = changed && this.data ? placesOf(this) : null;
    this.data = data;
    if (changed) this.rebuild(anchor);
    const told = window.skipscopeSelection?.[data.key];
    this.crumbs(told?.path ?? []);
    this.select(this.pending?.id ?? told?.id ?? "", { reveal: !anchor && changed });
    if (before) glide(this, before);
    if (changed) this.takeFocus();
    const again = data.marks.findIndex((mark) => mark.id === focused);
    if (again >= 0) this.marks[again].focus({ preventScroll: true });
  }

  // The way from the network to the selection; each step selects its part, the first shows the whole picture.
  crumbs(path) {
    const list = this.root.querySelector(".crumbs ol");
    const text = JSON.stringify(path);
    if (this.path === text) return;
    this.path = text;
    list.parentElement.hidden = path.length < 2;
    list.replaceChildren(
      ...path.map(([id, title], place) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = title;
        if (place === path.length - 1) button.setAttribute("aria-current", "true");
        button.addEventListener("click", () => {
          if (place) this.go(id);
          else window.dispatchEvent(new CustomEvent("skipscope-whole"));
        });
        item.append(button);
        return item;
      }),
    );
  }

  // Selects by name; shown at once where the picture has a mark of that name.
  go(id) {
    const index = this.data.marks.findIndex((mark) => mark.id === id);
    if (index >= 0) {
      this.pick(index);
      this.reveal(index);
    } else this.send("select", id);
  }

  // Name of the mark that has the keyboard's focus.
  focused() {
    const node = this.paper.querySelector("[data-mark]:focus");
    return node ? this.data.marks[+node.dataset.mark].id : null;
  }

  rebuild(anchor) {
    this.hide();
    this.paper.innerHTML = this.data.svg; // written by our own server, text escaped there
    this.svg = this.paper.querySelector("svg");
    if (this.data.described) this.svg.setAttribute("aria-label", `${this.svg.getAttribute("aria-label")}. ${this.data.described}`);
    this.marks = [];
    for (const node of this.paper.querySelectorAll("[data-mark]")) this.marks[+node.dataset.mark] = node;
    const key = this.root.querySelector(".key");
    key.innerHTML = "";
    for (const [sign, words] of this.data.signs) {
      const item = document.createElement("span");
      item.innerHTML = sign;
      item.append(words);
      key.append(item);
    }
    this.hovered = -1;
    this.hit = this.linked = null;
    if (!this.zoomed) this.scale = this.startScale();
    this.resize();
    this.frame.scrollTop = (this.frame.scrollHeight - this.frame.clientHeight) / 2;
    if (anchor) {
      const box = this.boxOf(anchor.id);
      if (box) this.frame.scrollLeft = box.x * this.scale - anchor.at;
    }
    this.map.rebuild();
  }

  fitScale() {
    return this.frame.clientWidth / this.data.width;
  }

  largest() {
    return this.svg.classList.contains("strip") ? LARGEST_START.strip : LARGEST_START.operations;
  }

  startScale() {
    const fit = Math.min(this.fitScale(), this.largest());
    return fit >= SMALLEST_TEXT ? fit : 1;
  }

  resize() {
    const { width, height, frame } = this.data;
    this.svg.style.width = `${width * this.scale}px`;
    this.svg.style.height = `${height * this.scale}px`;
    const bar = width * this.startScale() > this.frame.clientWidth + 1 ? 12 : 0;
    this.frame.style.height = `${Math.min(height * this.startScale(), frame) + bar}px`;
    const overflows =
      width * this.scale > this.frame.clientWidth + 1 || height * this.scale > this.frame.clientHeight + 1;
    this.root.querySelector(".figure").classList.toggle("overflows", overflows);
    this.map.follow();
  }

  // A mark may have several sensitive boxes; the first one stands for it.
  boxOf(id) {
    const index = this.data.marks.findIndex((mark) => mark.id === id);
    return index < 0 ? null : this.marks[index].querySelector(".hit").getBBox();
  }

  // The box of a mark that the pointer is on, else the first one.
  hitUnder(index, event) {
    const hits = [...this.marks[index].querySelectorAll(":scope > .hit")];
    const under = ({ left, right, top, bottom }) =>
      event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    return hits.find((hit) => under(hit.getBoundingClientRect())) ?? hits[0];
  }

  // The mark that should stay where it is when the picture changes.
  anchor() {
    const id = this.toggled || this.selected;
    this.toggled = "";
    const box = id && this.svg ? this.boxOf(id) : null;
    return box ? { id, at: box.x * this.scale - this.frame.scrollLeft } : null;
  }

  zoom(factor, clientX, clientY) {
    const bounds = this.frame.getBoundingClientRect();
    const x = (clientX ?? bounds.left + bounds.width / 2) - bounds.left;
    const y = (clientY ?? bounds.top + bounds.height / 2) - bounds.top;
    const px = (this.frame.scrollLeft + x) / this.scale;
    const py = (this.frame.scrollTop + y) / this.scale;
    const least = Math.min(0.5, this.fitScale());
    this.scale = Math.min(5, Math.max(least, this.scale * factor));
    this.zoomed = true;
    this.resize();
    this.frame.scrollLeft = px * this.scale - x;
    this.frame.scrollTop = py * this.scale - y;
    this.hide();
  }

  fit() {
    this.scale = Math.min(this.fitScale(), this.data.frame / this.data.height, this.largest());
    this.zoomed = Math.abs(this.scale - this.startScale()) > 0.01;
    this.resize();
    this.hide();
  }

  // ---- selection ---------------------------------------------------------------------------------------------
  select(id, { reveal = false } = {}) {
    this.selected = id;
    let stop = -1;
    this.marks.forEach((node, index) => {
      const on = this.data.marks[index].id === id;
      node.classList.toggle("is-selected", on);
      node.setAttribute("aria-pressed", String(on));
      node.setAttribute("tabindex", "-1");
      if (on) stop = index;
    });
    (this.marks[stop] ?? this.marks[0])?.setAttribute("tabindex", "0");
    if (reveal && stop >= 0) this.reveal(stop, false);
  }

  reveal(index, smooth = true) {
    const box = this.marks[index].querySelector(".hit").getBBox();
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.frame;
    const near = (start, length, seen, room) =>
      start >= seen && start + length <= seen + room ? seen : start + (length - room) / 2;
    const left = near(box.x * this.scale, box.width * this.scale, scrollLeft, clientWidth);
    const top = near(box.y * this.scale, box.height * this.scale, scrollTop, clientHeight);
    if (left === scrollLeft && top === scrollTop) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const behavior = smooth && !still ? "smooth" : "instant";
    this.frame.scrollTo({ left, top, behavior });
  }

  pick(index) {
    const { id } = this.data.marks[index];
    if (id === this.selected) return;
    this.pending = { id, at: performance.now() };
    this.awaited = false;
    this.select(id);
    window.dispatchEvent(new CustomEvent("skipscope-pick", { detail: { channel: this.data.channel, id, from: this } }));
    this.send("select", id);
  }

  toggle(index) {
    const mark = this.data.marks[index];
    if (!mark.openable) return;
    this.toggled = mark.id;
    this.send("toggle", mark.id);
  }

  told(id) {
    // A late answer to an earlier click must not undo a later one.
    clearTimeout(this.late);
    if (this.pending && id !== this.pending.id && performance.now() - this.pending.at < ECHO) {
      this.late = setTimeout(() => this.told(id), ECHO);
      return;
    }
    this.pending = null;
    if (!this.data || id === this.selected) return;
    this.select(id, { reveal: true });
    if (window.skipscopeFocus === this.data.channel) {
      this.awaited = true;
      window.skipscopeFocus = "";
    }
    this.takeFocus();
  }

  // After a search the chosen mark has the keyboard's focus, so that one can go on from there.
  takeFocus() {
    const index = this.awaited ? this.data.marks.findIndex((mark) => mark.id === this.selected) : -1;
    if (index < 0) return;
    this.awaited = false;
    this.marks[index].focus({ preventScroll: true });
  }

  // ---- hover -------------------------------------------------------------------------------------------------
  hover(index, hit = null) {
    if (index === this.hovered && hit === this.hit) return;
    const other = index !== this.hovered;
    this.hit = hit;
    if (other) {
      this.marks?.[this.hovered]?.classList.remove("is-hovered");
      this.hovered = index;
      this.marks?.[index]?.classList.add("is-hovered");
      const id = index < 0 ? "" : this.data.marks[index].id;
      const detail = { channel: this.data?.channel, id, from: this };
      window.dispatchEvent(new CustomEvent("skipscope-hover", { detail }));
    }
    if (index < 0) return this.hide();
    this.show(index, hit);
  }

  // Outlines what is pointed at in another figure of the channel.
  link(id) {
    this.linked?.classList.remove("is-hovered");
    const index = id ? this.data.marks.findIndex((mark) => mark.id === id) : -1;
    this.linked = index < 0 ? null : this.marks[index];
    this.linked?.classList.add("is-hovered");
  }

  show(index, hit = null) {
    const mark = this.data.marks[index];
    const line = (left, right, strong) => {
      const row = document.createElement("div");
      for (const [text, tag] of [[left, strong ? "b" : "span"], [right, strong ? "span" : "b"]]) {
        const cell = document.createElement(tag);
        cell.textContent = text;
        row.append(cell);
      }
      return row;
    };
    this.tip.replaceChildren(line(mark.label, mark.detail, true), ...mark.rows.map(([a, b]) => line(a, b, false)));
    if (!this.tip.matches(":popover-open")) this.tip.showPopover?.();
    this.place((hit ?? this.marks[index].querySelector(".hit")).getBoundingClientRect());
  }

  // Beside the mark, never over it.
  place(box) {
    const tip = this.tip.getBoundingClientRect();
    const view = this.frame.getBoundingClientRect();
    const left = Math.max(box.left, view.left);
    const right = Math.min(box.right, view.right);
    let x = Math.min(Math.max(8, (left + right - tip.width) / 2), innerWidth - tip.width - 8);
    let y = box.top - tip.height - 8;
    if (y < 8) y = box.bottom + 8;
    if (y + tip.height > innerHeight - 8) {
      y = Math.max(8, innerHeight - tip.height - 8);
      x = right + 8 + tip.width < innerWidth ? right + 8 : left - tip.width - 8;
    }
    this.tip.style.left = `${x}px`;
    this.tip.style.top = `${y}px`;
  }

  hide() {
    if (this.tip.matches(":popover-open")) this.tip.hidePopover();
  }

  // ---- pointer and keys --------------------------------------------------------------------------------------
  listen() {
    const on = (target, name, handler, options = {}) =>
      target.addEventListener(name, handler, { ...options, signal: this.stop.signal });
    const index = (event) => {
      const node = event.target.closest?.("[data-mark]");
      return node ? +node.dataset.mark : -1;
    };
    on(this.paper, "click", (event) => {
      if (this.dragged) return;
      const button = event.target.closest("[data-toggle]");
      if (button) return this.toggle(+button.dataset.toggle);
      if (index(event) >= 0) this.pick(index(event));
    });
    on(this.paper, "dblclick", (event) => {
      if (index(event) >= 0 && !event.target.closest("[data-toggle]")) this.toggle(index(event));
    });
    for (const name of ["pointerover", "pointermove"]) {
      on(this.paper, name, (event) => {
        if (event.pointerType === "touch" || this.drag?.moved) return;
        const at = index(event);
        this.hover(at, at < 0 ? null : this.hitUnder(at, event));
      });
    }
    on(this.frame, "pointerleave", () => this.hover(-1));
    on(this.frame, "scroll", () => {
      this.hover(-1);
      this.map.follow();
    });
    on(this.paper, "focusin", (event) => {
      if (index(event) >= 0 && event.target.matches(":focus-visible")) this.show(index(event));
    });
    on(this.paper, "focusout", () => this.hide());
    on(this.paper, "keydown", (event) => this.key(event, index(event)));
    on(this.root.querySelector(".tools"), "click", (event) => {
      const { zoom: kind, save } = event.target.dataset;
      if (kind === "fit") this.fit();
      else if (kind) this.zoom(kind === "in" ? 1.3 : 1 / 1.3);
      if (save) saveAs(this, save);
    });
    on(this.root.querySelector(".crumbs"), "keydown", (event) => {
      if (event.key === "?") this.keys(event);
    });
    // The wheel belongs to the page; with Ctrl, Command or a trackpad's pinch it zooms.
    on(
      this.frame,
      "wheel",
      (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.004)), event.clientX, event.clientY);
      },
      { passive: false },
    );
    this.listenDrag(on);
    this.listenPinch(on);
    on(window, "skipscope-select", ({ detail }) => {
      if (!this.data || detail.key !== this.data.key) return;
      this.crumbs(detail.path);
      this.told(detail.id);
    });
    on(window, "skipscope-whole", () => this.data && this.fit());
    on(window, "skipscope-hover", ({ detail }) => {
      if (this.data && detail.from !== this && detail.channel === this.data.channel) this.link(detail.id);
    });
    // A click in another figure of the same channel shows here at once; the server's answer follows.
    on(window, "skipscope-pick", ({ detail }) => {
      if (!this.data || detail.from === this || detail.channel !== this.data.channel) return;
      if (this.data.marks.some((mark) => mark.id === detail.id)) this.select(detail.id);
    });
    this.watch = new ResizeObserver(() => {
      if (!this.data || this.width === this.frame.clientWidth) return;
      this.width = this.frame.clientWidth;
      if (!this.zoomed) this.scale = this.startScale();
      this.resize();
      const chosen = this.data.marks.findIndex((mark) => mark.id === this.selected);
      if (chosen >= 0) this.reveal(chosen, false);
    });
    this.watch.observe(this.frame);
  }

  listenDrag(on) {
    on(this.frame, "pointerdown", (event) => {
      this.dragged = false;
      if (event.pointerType === "touch" || event.button !== 0) return; // touch scrolls by itself
      const { scrollLeft, scrollTop } = this.frame;
      this.drag = { id: event.pointerId, x: event.clientX, y: event.clientY, scrollLeft, scrollTop, moved: false };
    });
    on(this.frame, "pointermove", (event) => {
      const drag = this.drag;
      if (!drag || drag.id !== event.pointerId) return;
      const dx = event.clientX - drag.x;
      const dy = event.clientY - drag.y;
      if (!drag.moved && Math.hypot(dx, dy) < DRAG_STARTS) return;
      if (!drag.moved) {
        drag.moved = true;
        this.dragged = true;
        this.hover(-1);
        this.frame.setPointerCapture(event.pointerId);
        this.frame.classList.add("dragging");
      }
      this.frame.scrollLeft = drag.scrollLeft - dx;
      this.frame.scrollTop = drag.scrollTop - dy;
    });
    const end = () => {
      this.drag = null;
      this.frame.classList.remove("dragging");
    };
    on(this.frame, "pointerup", end);
    on(this.frame, "pointercancel", end);
  }

  listenPinch(on) {
    const spread = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    on(this.frame, "touchstart", (event) => {
      this.pinch = event.touches.length === 2 ? spread(event.touches) : null;
    });
    on(
      this.frame,
      "touchmove",
      (event) => {
        if (!this.pinch || event.touches.length !== 2) return;
        event.preventDefault();
        const [a, b] = event.touches;
        const now = spread(event.touches);
        this.zoom(now / this.pinch, (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2);
        this.pinch = now;
      },
      { passive: false },
    );
    on(this.frame, "touchend", () => (this.pinch = null));
  }

  key(event, index) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const go = (to) => {
      if (to < 0 || to >= this.marks.length) return;
      this.marks[index]?.setAttribute("tabindex", "-1");
      this.marks[to].setAttribute("tabindex", "0");
      this.marks[to].focus({ preventScroll: true });
      this.reveal(to);
    };
    const act = {
      ArrowRight: () => go(index + 1),
      ArrowDown: () => go(index + 1),
      ArrowLeft: () => go(index - 1),
      ArrowUp: () => go(index - 1),
      Home: () => go(0),
      End: () => go(this.marks.length - 1),
      " ": () => this.pick(index),
      Enter: () => (this.data.marks[index].id === this.selected ? this.toggle(index) : this.pick(index)),
      o: () => this.toggle(index),
      Escape: () => this.dismiss(),
      "?": () => this.keys(event),
      "+": () => this.zoom(1.3),
      "=": () => this.zoom(1.3),
      "-": () => this.zoom(1 / 1.3),
      0: () => this.fit(),
    }[event.key];
    if (!act || index < 0) return;
    event.preventDefault();
    act();
  }

  dismiss() {
    this.hide();
    const keys = this.root.querySelector(".keys");
    if (keys.matches(":popover-open")) keys.hidePopover();
  }

  keys(event) {
    event.preventDefault();
    this.hide();
    this.root.querySelector(".keys").togglePopover?.();
  }

  close() {
    clearTimeout(this.late);
    this.hide();
    this.watch.disconnect();
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
