// The photo as the net gets it, in a margin; on it the box of a cell, the veil outside, the padding hatched, the heat.
const rectPath = ([top, left, bottom, right]) => `M${left},${top}H${right}V${bottom}H${left}Z`;

const LARGE = 40; // px from which the field of the shortest path is drawn as an outline alone

class Photo {
  constructor(place) {
    this.place = place;
    this.svg = shape("svg", { class: "sk seen", role: "img" });
    place.append(this.svg);
    const definitions = shape("defs", {}, this.svg);
    this.hatch = shape("pattern", { id: "hatch", patternUnits: "userSpaceOnUse", width: 6, height: 6 }, definitions);
    shape("path", { class: "hatch-line", d: "M0,0V6" }, this.hatch);
    const put = (tag, name, attributes = {}) => shape(tag, { class: name, ...attributes }, this.svg);
    this.ground = put("rect", "ground");
    this.image = put("image", "image", { preserveAspectRatio: "none" });
    this.edge = put("rect", "edge");
    this.veil = put("path", "veil", { "fill-rule": "evenodd" });
    this.heat = put("image", "heat", { preserveAspectRatio: "none" });
    this.padding = put("path", "padding", { "fill-rule": "evenodd", fill: "url(#hatch)" });
    this.contours = [["line95", 0.95], ["line50", 0.5]].map(([name]) => ({
      halo: put("path", `${name} dark`),
      line: put("path", `${name} light`),
    }));
    this.localHalo = put("path", "local halo");
    this.local = put("path", "local");
    this.boxHalo = put("path", "box halo");
    this.box = put("path", "box");
    this.shortest = [put("rect", "shortest halo"), put("rect", "shortest")];
    this.pixel = [put("rect", "pixel halo"), put("rect", "pixel")];
  }

  setup(picture, margin, source) {
    const [height, width] = picture;
    this.picture = picture;
    this.bounds = [-margin, -margin, height + margin, width + margin];
    this.view = [width + 2 * margin, height + 2 * margin];
    this.svg.setAttribute("viewBox", `${-margin} ${-margin} ${this.view[0]} ${this.view[1]}`);
    const fill = (node, x, y, w, h) => {
      for (const [name, value] of Object.entries({ x, y, width: w, height: h })) node.setAttribute(name, value);
    };
    fill(this.ground, -margin, -margin, ...this.view);
    for (const node of [this.image, this.edge, this.heat]) fill(node, 0, 0, width, height);
    if (this.image.getAttribute("href") !== source) this.image.setAttribute("href", source);
    this.resize();
  }

  // Screen px that a pixel of the picture takes; the pattern and small marks keep their size on the screen.
  resize() {
    this.scale = this.svg.getBoundingClientRect().width / (this.view?.[0] ?? 1) || 1;
    this.hatch.setAttribute("patternTransform", `rotate(45) scale(${1 / this.scale})`);
    this.image.classList.toggle("coarse", this.scale >= 3);
  }

  setHeat(effect) {
    this.heat.classList.toggle("away", !effect);
    const paths = effect?.contours ?? ["", ""];
    this.contours.forEach(({ halo, line }, place) => {
      for (const node of [halo, line]) node.setAttribute("d", paths[place]);
    });
    if (effect && this.heat.getAttribute("href") !== effect.heat) this.heat.setAttribute("href", effect.heat);
  }

  // Sides outside the margin are left out: the box goes on there.
  outline(box) {
    const [top, left, bottom, right] = box;
    const [y0, x0, y1, x1] = this.bounds;
    const clampY = (y) => Math.min(Math.max(y, y0), y1);
    const clampX = (x) => Math.min(Math.max(x, x0), x1);
    if (bottom <= y0 || top >= y1 || right <= x0 || left >= x1) return "";
    const parts = [];
    const across = (y) => y >= y0 && y <= y1 && parts.push(`M${clampX(left)},${y}H${clampX(right)}`);
    const down = (x) => x >= x0 && x <= x1 && parts.push(`M${x},${clampY(top)}V${clampY(bottom)}`);
    if (top >= y0 && left >= x0 && bottom <= y1 && right <= x1) return rectPath(box);
    across(top);
    across(bottom);
    down(left);
    down(right);
    return parts.join("");
  }

  draw({ box, local, shortest, empty }) {
    const whole = [0, 0, ...this.picture];
    const inside = overlap(box, whole);
    const drawn = overlap(box, this.bounds);
    this.veil.setAttribute("d", rectPath(whole) + (inside ? rectPath(inside) : ""));
    this.padding.setAttribute("d", drawn && !empty ? rectPath(drawn) + (inside ? rectPath(inside) : "") : "");
    const line = empty ? "" : this.outline(box);
    for (const node of [this.box, this.boxHalo]) node.setAttribute("d", line);
    this.box.dataset.box = box.map((edge) => Math.round(edge)).join(" ");
    const dashes = local ? this.outline(local) : "";
    for (const node of [this.local, this.localHalo]) node.setAttribute("d", dashes);
    this.small(this.shortest, shortest, 5);
  }

  // A mark of at least some screen px.
  small(nodes, box, least) {
    for (const node of nodes) node.classList.toggle("away", !box);
    if (!box) return;
    const [y, x] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    const height = Math.max(box[2] - box[0], least / this.scale);
    const width = Math.max(box[3] - box[1], least / this.scale);
    for (const node of nodes) node.classList.toggle("large", width * this.scale > LARGE);
    const values = { x: x - width / 2, y: y - height / 2, width, height };
    for (const node of nodes) for (const [name, value] of Object.entries(values)) node.setAttribute(name, value);
  }

  mark(pixel) {
    this.small(this.pixel, pixel && [pixel[0], pixel[1], pixel[0] + 1, pixel[1] + 1], 6);
  }

  // The pixel under a pointer, at the border the nearest one; null in the margin unless asked for.
  pixelAt(event, nearest = false) {
    const box = this.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * this.view[0] + this.bounds[1];
    const y = ((event.clientY - box.top) / box.height) * this.view[1] + this.bounds[0];
    const [height, width] = this.picture;
    const inside = x >= 0 && y >= 0 && x < width && y < height;
    if (!inside && !nearest) return null;
    const clamp = (value, most) => Math.min(Math.max(Math.floor(value), 0), most - 1);
    return [clamp(y, height), clamp(x, width)];
  }
}
