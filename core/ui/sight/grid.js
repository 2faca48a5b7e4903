// The cells of a layer, shaded by how strongly they respond; one of them enlarged, with guides to its numbers.
const LARGEST_CELL = 52; // px: a map of 4 × 4 cells need not fill its place
const GAP_FROM = 4; // px of a cell from which neighbours are parted by a gap
const NUMBERS = 18; // px above and at the left for row and column numbers
const FAINTEST = 0.05; // of the ink, for a cell that does not respond
const STRONGEST = 0.55;

class Grid {
  constructor(place) {
    this.place = place;
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    this.svg = shape("svg", { class: "sk marks", "aria-hidden": "true" });
    place.append(this.canvas, this.svg);
    const put = (tag, name) => shape(tag, { class: name }, this.svg);
    this.veil = put("path", "veil");
    this.veil.setAttribute("fill-rule", "evenodd");
    this.lit = put("path", "lit");
    this.guides = put("path", "guide");
    this.kept = put("rect", "kept");
    this.frame = put("rect", "frame");
    this.dot = put("circle", "dot");
    this.texts = ["row", "column", "first", "first", "last", "last"].map((name) => put("text", name));
  }

  setup(rows, columns, shades) {
    const same = this.rows === rows && this.columns === columns && this.shades === shades;
    [this.rows, this.columns, this.shades] = [rows, columns, shades];
    if (!same) this.paint();
  }

  paint() {
    const room = this.place.clientWidth - NUMBERS - 1;
    if (!this.rows || room <= 0) return;
    this.cell = Math.min(room / this.columns, (room * 1.15) / this.rows, LARGEST_CELL);
    const [width, height] = [this.cell * this.columns, this.cell * this.rows];
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.svg.setAttribute("viewBox", `${-NUMBERS} ${-NUMBERS} ${width + NUMBERS + 4} ${height + NUMBERS + 4}`);
    Object.assign(this.svg.style, { width: `${width + NUMBERS + 4}px`, height: `${height + NUMBERS + 4}px` });
    const pen = this.canvas.getContext("2d");
    pen.fillStyle = getComputedStyle(this.place).getPropertyValue("--ink");
    const gap = this.cell >= GAP_FROM ? 1 / ratio : 0;
    const each = Math.max(1, Math.floor(1 / (this.cell * ratio))); // of a million cells, as many as the screen has pixels
    for (let row = 0; row < this.rows; row += each) {
      const top = Math.round(row * this.cell * ratio);
      const tall = Math.round((row + each) * this.cell * ratio) - top;
      for (let column = 0; column < this.columns; column += each) {
        const left = Math.round(column * this.cell * ratio);
        const wide = Math.round((column + each) * this.cell * ratio) - left;
        const shade = this.shades ? this.shades[row * this.columns + column] / 255 : 0;
        pen.globalAlpha = FAINTEST + (STRONGEST - FAINTEST) * shade;
        pen.fillRect(left, top, wide - gap * ratio, tall - gap * ratio);
      }
    }
    if (this.at) this.draw(this.at, this.chosen);
  }

  draw(at, chosen) {
    [this.at, this.chosen] = [at, chosen];
    if (!this.cell) return;
    const [row, column] = at;
    const { cell } = this;
    const side = Math.max(cell + 4, 13);
    const [x, y] = [(column + 0.5) * cell, (row + 0.5) * cell];
    const set = (node, values) => {
      for (const [name, value] of Object.entries(values)) node.setAttribute(name, value);
    };
    set(this.frame, { x: x - side / 2, y: y - side / 2, width: side, height: side, rx: 2.5 });
    set(this.dot, { cx: x, cy: y, r: Math.min(4, Math.max(2.5, cell * 0.17)) });
    this.guides.setAttribute("d", `M0,${y}H${x - side / 2}M${x},0V${y - side / 2}`);
    const elsewhere = chosen[0] !== row || chosen[1] !== column;
    this.kept.classList.toggle("away", !elsewhere);
    const small = Math.max(cell - 1, 5);
    set(this.kept, {
      x: (chosen[1] + 0.5) * cell - small / 2, y: (chosen[0] + 0.5) * cell - small / 2, width: small, height: small, rx: 1.5,
    });
    const [rowText, columnText, rowFirst, columnFirst, rowLast, columnLast] = this.texts;
    const write = (node, text, values, shown = true) => {
      node.textContent = shown ? text : "";
      set(node, values);
    };
    const far = (place, other) => Math.abs(place - other) * cell > 20;
    write(rowText, row, { x: -6, y: y + 4, "text-anchor": "end" });
    write(columnText, column, { x, y: -6, "text-anchor": "middle" });
    write(rowFirst, 0, { x: -6, y: 0.5 * cell + 4, "text-anchor": "end" }, far(row, 0));
    write(columnFirst, 0, { x: 0.5 * cell, y: -6, "text-anchor": "middle" }, far(column, 0));
    const [lastRow, lastColumn] = [this.rows - 1, this.columns - 1];
    write(rowLast, lastRow, { x: -6, y: (lastRow + 0.5) * cell + 4, "text-anchor": "end" }, far(row, lastRow));
    write(columnLast, lastColumn, { x: (lastColumn + 0.5) * cell, y: -6, "text-anchor": "middle" }, far(column, lastColumn));
  }

  // Lights the cells that see a pixel; null ends it.
  light(seers) {
    this.svg.classList.toggle("lighting", !!seers);
    if (!seers) {
      this.veil.setAttribute("d", "");
      this.lit.setAttribute("d", "");
      return;
    }
    const { cell } = this;
    const { rows, columns, count } = seers;
    const box = [rows.first * cell, columns.first * cell, rows.end * cell, columns.end * cell];
    const hole = count ? rectPath(box) : "";
    this.veil.setAttribute("d", rectPath([0, 0, this.rows * cell, this.columns * cell]) + hole);
    this.lit.setAttribute("d", hole);
    this.lit.dataset.cells = count ? `${rows.first} ${columns.first} ${rows.end} ${columns.end}` : "";
  }

  cellAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top) / this.cell);
    const column = Math.floor((event.clientX - box.left) / this.cell);
    return row >= 0 && column >= 0 && row < this.rows && column < this.columns ? [row, column] : null;
  }
}
