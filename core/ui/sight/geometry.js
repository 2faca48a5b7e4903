// Which pixels cells see, and which cells see a pixel. Pixels count from 0; boxes are [top, left, bottom, right] with
// the last two exclusive, not cut at the border of the picture.

// First pixel and one past the last that a cell sees along one axis.
function spanOf(axis, cell) {
  if (axis.listed) return [axis.listed[cell][0], axis.listed[cell][1] + 1];
  const first = axis.first + axis.stride * cell;
  return [first, first + axis.size];
}

function boxOf(sees, [row, column]) {
  const [top, bottom] = spanOf(sees.rows, row);
  const [left, right] = spanOf(sees.columns, column);
  return [top, left, bottom, right];
}

const middleOf = ([top, left, bottom, right]) => [(top + bottom - 1) / 2, (left + right - 1) / 2];

const overlap = (a, b) => {
  const box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return box[0] < box[2] && box[1] < box[3] ? box : null;
};

const areaOf = (box) => (box ? (box[2] - box[0]) * (box[3] - box[1]) : 0);

const sharedAxis = (axis) => !axis.stride || axis.listed; // several cells may see the same

function nearestOn(axis, share, side) {
  if (sharedAxis(axis)) return Math.min(Math.max(Math.floor(share * axis.count), 0), axis.count - 1);
  let best = 0;
  let least = Infinity;
  for (let cell = 0; cell < axis.count; cell++) {
    const [first, end] = spanOf(axis, cell);
    const away = Math.abs((first + end - 1) / 2 - share * side);
    if (away < least) [best, least] = [cell, away];
  }
  return best;
}

function shareOn(axis, cell, side) {
  if (sharedAxis(axis)) return (cell + 0.5) / axis.count;
  const [first, end] = spanOf(axis, cell);
  return (first + end - 1) / 2 / side;
}

// The cell nearest to a spot, which is given in shares of the picture's height and width.
const cellAt = (layer, spot, picture) =>
  [layer.sees.rows, layer.sees.columns].map((axis, i) => nearestOn(axis, spot[i], picture[i]));

const spotOf = (layer, cell, picture) =>
  [layer.sees.rows, layer.sees.columns].map((axis, i) => shareOn(axis, cell[i], picture[i]));

// The cells along one axis that see a pixel: the first, one past the last, and how many.
function seersOn(axis, pixel) {
  let [first, end, count] = [axis.count, 0, 0];
  for (let cell = 0; cell < axis.count; cell++) {
    const [start, stop] = spanOf(axis, cell);
    if (pixel < start || pixel >= stop) continue;
    first = Math.min(first, cell);
    end = cell + 1;
    count++;
  }
  return { first, end, count };
}

// The rows and columns of cells that see a pixel, and how many cells these are.
function seersOf(layer, [y, x]) {
  const rows = seersOn(layer.sees.rows, y);
  const columns = seersOn(layer.sees.columns, x);
  return { rows, columns, count: rows.count * columns.count };
}

// A box of a size around where a cell lies.
function around(sees, cell, size, picture) {
  const [y, x] = [sees.rows, sees.columns].map((axis, i) => {
    if (sharedAxis(axis)) return ((cell[i] + 0.5) / axis.count) * picture[i];
    const [first, end] = spanOf(axis, cell[i]);
    return (first + end) / 2;
  });
  return [y - size[0] / 2, x - size[1] / 2, y + size[0] / 2, x + size[1] / 2];
}

const figures = (number) => number.toLocaleString("en-US");
const sizeText = (height, width) => `${figures(height)} × ${figures(width)}`;
const setText = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};
const SVG = "http://www.w3.org/2000/svg";
function shape(tag, attributes = {}, parent = null) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent?.append(node);
  return node;
}
