// The whole of a large picture in small, with the part that is seen; only where scrolling would lose the overview.
const WIDE = 2; // frames
const CROWDED = 150; // marks
const MAP_HEIGHT = 34; // px
const SVG_NAMES = "http://www.w3.org/2000/svg";

class Minimap {
  constructor(root, view) {
    this.root = root;
    this.view = view;
    this.svg = root.querySelector("svg");
    const move = (event) => {
      const { width, height } = view.data;
      const box = this.svg.getBoundingClientRect();
      view.frame.scrollLeft = ((event.clientX - box.left) / box.width) * width * view.scale - view.frame.clientWidth / 2;
      view.frame.scrollTop = ((event.clientY - box.top) / box.height) * height * view.scale - view.frame.clientHeight / 2;
    };
    root.addEventListener("pointerdown", (event) => {
      root.setPointerCapture(event.pointerId);
      move(event);
    });
    root.addEventListener("pointermove", (event) => event.buttons && move(event));
  }

  // Marks as plain rectangles: a copy of the picture would double what the browser has to draw.
  rebuild() {
    const { width, height, marks } = this.view.data;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const rects = marks.map(({ opened }, index) => {
      const hit = this.view.marks[index].querySelector(".hit");
      const matrix = hit.getCTM();
      const own = this.view.svg.getCTM();
      const box = hit.getBBox();
      return this.rect(opened ? "held" : "small", box.x, box.y + (matrix.f - own.f) / own.d, box.width, box.height);
    });
    this.window = this.rect("seen", 0, 0, 0, 0);
    this.svg.replaceChildren(...rects, this.window);
    this.follow();
  }

  rect(kind, x, y, width, height) {
    const node = document.createElementNS(SVG_NAMES, "rect");
    node.setAttribute("class", kind);
    Object.entries({ x, y, width, height }).forEach(([name, value]) => node.setAttribute(name, value));
    return node;
  }

  follow() {
    if (!this.window) return;
    const { frame, scale, data } = this.view;
    const wide = data.width * scale > WIDE * frame.clientWidth;
    const crowded = data.marks.length > CROWDED && data.width * scale > frame.clientWidth + 1;
    this.root.hidden = !wide && !crowded;
    if (this.root.hidden) return;
    this.svg.style.height = `${MAP_HEIGHT}px`;
    const seen = {
      x: frame.scrollLeft / scale,
      y: frame.scrollTop / scale,
      width: Math.min(data.width, frame.clientWidth / scale),
      height: Math.min(data.height, frame.clientHeight / scale),
    };
    Object.entries(seen).forEach(([name, value]) => this.window.setAttribute(name, value));
  }
}
