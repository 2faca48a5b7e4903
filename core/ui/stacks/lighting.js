// Pointing at a cell of the tree lights the paths through it; at a pixel of the box, the paths from its column.
const SVG = "http://www.w3.org/2000/svg";
const words = (count, one) => `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;

class Lighting {
  constructor(picture, frames, pixel, tell) {
    Object.assign(this, { picture, frames, pixel, tell });
    [this.tree, this.box] = frames.map((frame) => frame.querySelector("svg"));
    this.cells = new Map([...this.tree.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell]));
    this.at = { level: 0, cell: 0, row: 0, column: 0 };
    this.listen();
  }

  has(level, cell) {
    return this.cells.has(`${level}:${cell}`);
  }

  reads(level, cell) {
    const [kernel, stride, dilation] = this.picture.layers[level - 1];
    return Array.from({ length: kernel }, (_, tap) => cell * stride + tap * dilation);
  }

  // Pairs of cells, upper and lower, on every path from a cell up to the output and down to the input.
  through(level, cell) {
    const pairs = [];
    let row = new Set([cell]);
    for (let upper = level + 1; upper <= this.picture.layers.length; upper += 1) {
      const next = new Set();
      for (const key of this.cells.keys()) {
        const [at, place] = key.split(":").map(Number);
        if (at !== upper) continue;
        for (const below of this.reads(upper, place)) {
          if (!row.has(below)) continue;
          next.add(place);
          pairs.push([upper, place, below]);
        }
      }
      row = next;
    }
    row = new Set([cell]);
    for (let upper = level; upper > 0; upper -= 1) {
      const next = new Set();
      for (const place of row) {
        for (const below of this.reads(upper, place)) {
          next.add(below);
          pairs.push([upper, place, below]);
        }
      }
      row = next;
    }
    return { pairs, seen: [...row] };
  }

  clear() {
    for (const svg of [this.tree, this.box]) svg.querySelectorAll(".lit, .frame").forEach((node) => node.remove());
  }

  draw(svg, kind, attributes) {
    const node = document.createElementNS(SVG, kind);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    svg.append(node);
  }

  middle(level, cell) {
    const node = this.cells.get(`${level}:${cell}`);
    const [x, y, side] = ["x", "y", "width"].map((name) => Number(node.getAttribute(name)));
    return { x: x + side / 2, top: y, bottom: y + side, left: x, side };
  }

  light(level, cell) {
    if (!this.has(level, cell)) return null;
    const found = this.through(level, cell);
    const lines = found.pairs.map(([upper, place, below]) => {
      const [from, to] = [this.middle(upper, place), this.middle(upper - 1, below)];
      return `M${from.x} ${from.bottom}L${to.x} ${to.top}`;
    });
    if (lines.length) this.draw(this.tree, "path", { class: "lit", d: lines.join("") });
    const { left, top, side } = this.middle(level, cell);
    this.draw(this.tree, "rect", { class: "frame", x: left - 1, y: top - 1, width: side + 2, height: side + 2, rx: 2 });
    return found;
  }

  showCell(level, cell) {
    this.clear();
    Object.assign(this.at, { level, cell });
    const found = this.light(level, cell);
    const { layers, paths, field } = this.picture;
    if (!found) {
      this.tell(`Pixel ${cell + 1} of ${field}: no path leads from here.`);
    } else if (level === 0) {
      this.tell(`Pixel ${cell + 1} of ${field}: ${words(paths[cell], "path")} along this axis.`);
    } else {
      const [first, last] = [Math.min(...found.seen), Math.max(...found.seen)];
      const name = level === layers.length ? "The output cell" : `Cell ${cell + 1} of layer ${level}`;
      const those = found.seen.length === last - first + 1 ? "" : `, ${words(found.seen.length, "pixel")} of them`;
      this.tell(`${name} sees pixels ${first + 1} to ${last + 1}${those}.`);
    }
  }

  showPixel(row, column) {
    this.clear();
    Object.assign(this.at, { row, column });
    const [down, across] = [this.picture.paths[row], this.picture.paths[column]];
    const place = `Row ${row + 1}, column ${column + 1}`;
    const product = `${down.toLocaleString("en")} × ${across.toLocaleString("en")}`;
    this.tell(`${place}: ${down * across ? `${words(down * across, "path")}, ${product}` : "no path leads from here"}.`);
    this.light(0, column);
    const side = this.pixel;
    this.draw(this.box, "rect", { class: "frame", x: column * side, y: row * side, width: side, height: side });
  }

  hide() {
    this.clear();
    this.tell("");
  }

  pixelAt(event) {
    const matrix = this.box.getScreenCTM();
    if (!matrix || !this.picture.paths.length) return null;
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const [row, column] = [point.y, point.x].map((place) => Math.floor(place / this.pixel));
    const inside = [row, column].every((place) => place >= 0 && place < this.picture.field);
    return inside ? [row, column] : null;
  }

  listen() {
    const [tree, box] = this.frames;
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    for (const name of ["pointermove", "pointerdown"]) {
      tree.addEventListener(name, (event) => {
        const key = event.target.dataset?.cell;
        if (key) this.showCell(...key.split(":").map(Number));
        else this.hide();
      });
      box.addEventListener(name, (event) => {
        const found = this.pixelAt(event);
        if (found) this.showPixel(...found);
        else this.hide();
      });
    }
    for (const frame of this.frames) {
      frame.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && this.hide());
      frame.addEventListener("blur", () => this.hide());
    }
    tree.addEventListener("keydown", (event) => {
      if (!(event.key in steps) || !this.cells.size) return;
      event.preventDefault();
      const [up, across] = steps[event.key];
      const level = Math.min(Math.max(this.at.level - up, 0), this.picture.layers.length);
      const row = [...this.cells.keys()].map((key) => key.split(":").map(Number)).filter(([at]) => at === level);
      const places = row.map(([, place]) => place).sort((a, b) => a - b);
      const now = places.findIndex((place) => place >= this.at.cell);
      const next = (now < 0 ? places.length - 1 : now) + (level === this.at.level ? across : 0);
      this.showCell(level, places[Math.min(Math.max(next, 0), places.length - 1)]);
    });
    box.addEventListener("keydown", (event) => {
      if (!(event.key in steps) || !this.picture.paths.length) return;
      event.preventDefault();
      const most = this.picture.field - 1;
      const [row, column] = [this.at.row, this.at.column].map((place, axis) =>
        Math.min(Math.max(place + steps[event.key][axis], 0), most),
      );
      this.showPixel(row, column);
    });
  }
}
