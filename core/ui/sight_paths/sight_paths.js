// Bars with their exact numbers: hover, touch or arrow keys. Two layouts, of which the one that fits is shown.
const views = new WeakMap();

class PathView {
  constructor(root) {
    this.root = root;
    this.paper = root.querySelector(".paper");
    this.tip = root.querySelector(".tip");
    this.spoken = root.querySelector(".spoken");
    this.stop = new AbortController();
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.paper);
    this.at = -1;
    this.listen();
  }

  update({ data }) {
    const changed = this.sent?.rev !== data.rev;
    this.sent = data;
    this.root.querySelector(".title").textContent = data.title;
    this.root.querySelector(".subtitle").textContent = data.subtitle;
    if (changed) this.shown = null;
    this.fit();
  }

  // The widest layout that fits without shrinking its words, else the narrowest.
  fit() {
    if (!this.sent || !this.paper.clientWidth) return;
    const { pictures, title, file } = this.sent;
    const wanted = pictures.find((picture) => picture.width <= this.paper.clientWidth) ?? pictures[pictures.length - 1];
    if (this.shown === wanted) return;
    this.shown = wanted;
    this.data = { width: wanted.width, height: wanted.height, title, file, signs: [] };
    this.point(-1);
    this.paper.innerHTML = wanted.svg; // written by our own server, text escaped there
    this.svg = this.paper.firstElementChild;
    this.mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    this.mark.setAttribute("class", "at");
    this.paper.tabIndex = 0;
    this.paper.setAttribute("role", "group");
    this.paper.setAttribute("aria-label", `${this.svg.getAttribute("aria-label")}. Arrow keys go from bar to bar.`);
  }

  point(index) {
    if (index === this.at) return;
    this.at = index;
    this.mark?.remove();
    if (index < 0) {
      if (this.tip.matches(":popover-open")) this.tip.hidePopover();
      this.spoken.textContent = "";
      return;
    }
    const { box, label, rows } = this.shown.columns[index];
    ["x", "y", "width", "height"].forEach((name, i) => this.mark.setAttribute(name, box[i]));
    this.svg.append(this.mark);
    this.tip.replaceChildren(
      ...[[label, ""], ...rows].map(([first, second], row) => {
        const line = document.createElement("div");
        const names = row ? ["span", "b"] : ["b", "span"];
        line.append(...[first, second].map((text, i) => Object.assign(document.createElement(names[i]), { textContent: text })));
        return line;
      }),
    );
    this.spoken.textContent = [label, ...rows.map((row) => row.join(" "))].join(", ");
    if (!this.tip.matches(":popover-open")) this.tip.showPopover();
    const bar = this.mark.getBoundingClientRect();
    const tip = this.tip.getBoundingClientRect();
    const middle = bar.left + (bar.width - tip.width) / 2;
    this.tip.style.left = `${Math.min(Math.max(8, middle), innerWidth - tip.width - 8)}px`;
    this.tip.style.top = `${bar.top - tip.height - 6 >= 8 ? bar.top - tip.height - 6 : bar.bottom + 24}px`;
  }

  // The column under the pointer, or the nearest one of its plot a few px away: thin bars are hard to hit.
  under(event) {
    if (!this.shown) return -1;
    const frame = this.svg.getBoundingClientRect();
    const scale = this.shown.width / frame.width;
    const [px, py] = [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
    let [best, least] = [-1, 12];
    this.shown.columns.forEach(({ box: [x, y, width, height] }, index) => {
      const away = Math.max(x - px, 0, px - x - width);
      if (py >= y - 8 && py <= y + height + 8 && away < least) [best, least] = [index, away];
    });
    return best;
  }

  listen() {
    const on = (target, name, handler) => target.addEventListener(name, handler, { signal: this.stop.signal });
    on(this.paper, "pointermove", (event) => this.point(this.under(event)));
    on(this.paper, "pointerdown", (event) => this.point(this.under(event)));
    on(this.paper, "pointerleave", () => this.point(-1));
    on(this.paper, "blur", () => this.point(-1));
    on(this.paper, "keydown", (event) => {
      const last = this.shown.columns.length - 1;
      const to = {
        ArrowRight: Math.min(last, this.at + 1),
        ArrowLeft: Math.max(0, this.at < 0 ? last : this.at - 1),
        Home: 0,
        End: last,
        Escape: -1,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.point(to);
    });
    on(this.root, "click", (event) => {
      const kind = event.target.dataset?.save;
      if (kind && this.data) saveAs(this, kind);
    });
    on(window, "scroll", () => this.point(-1));
  }

  close() {
    this.point(-1);
    this.watch.disconnect();
    this.stop.abort();
  }
}

export default function (component) {
  const root = component.parentElement;
  let view = views.get(root);
  if (!view) {
    view = new PathView(root);
    views.set(root, view);
  }
  view.update(component);
  return () => {
    view.close();
    views.delete(root);
  };
}
