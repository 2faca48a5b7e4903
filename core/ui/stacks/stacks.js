// A stack of layers that can be edited, its pictures, and what it costs for a number of channels.
const views = new WeakMap();
const HINT = "Point at a pixel, or move with the arrow keys: its paths light up.";
const MOST_CHANNELS = 11; // as a power of two

const make = (tag, properties = {}, ...inside) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...inside);
  return node;
};

class StackView {
  constructor(root) {
    this.root = root;
    this.power = 8;
    this.awaited = ""; // the stack that was sent and is not answered yet
  }

  part(name) {
    return this.root.querySelector(`.${name}`);
  }

  update({ data, setTriggerValue }) {
    this.send = setTriggerValue;
    this.data = data;
    // An answer to an earlier edit must not take back a later one that is still on its way.
    if (!this.awaited || this.awaited === data.text) {
      this.awaited = "";
      this.layers = data.pictures[0].layers.map((layer) => [...layer]);
      this.rebuildLayers();
    }
    this.rebuildPictures();
    this.rebuildCounts();
    this.part("caveats").replaceChildren(...data.caveats.map((textContent) => make("p", { textContent })));
  }

  text() {
    return this.layers
      .map(([kernel, stride, dilation, kind]) => {
        const more = `${stride > 1 ? `s${stride}` : ""}${dilation > 1 ? `d${dilation}` : ""}`;
        return `${kind === "pool" ? "p" : ""}${kernel}${more}`;
      })
      .join("-");
  }

  changed() {
    this.awaited = this.text();
    this.rebuildLayers();
    this.send("edit", this.awaited);
  }

  choice(label, values, value, change) {
    const select = make("select", { ariaLabel: label, title: label });
    for (const [of, textContent] of values) select.append(make("option", { value: of, textContent }));
    select.value = String(value);
    select.addEventListener("change", () => {
      change(select.value);
      this.changed();
    });
    return select;
  }

  rebuildLayers() {
    const { limits } = this.data;
    const count = (most, name) => Array.from({ length: most }, (_, i) => [String(i + 1), name(i + 1)]);
    const kinds = [["conv", "conv"], ["pool", "max pool"]];
    const focused = this.root.activeElement?.dataset?.field; // the same field keeps the focus in the new rows
    // The last layer stands on top, as in the picture.
    const rows = this.layers.map((layer, index) => {
      const of = `of layer ${index + 1}`;
      const set = (place) => (value) => (layer[place] = place === 3 ? value : Number(value));
      const fields = [
        this.choice(`Kernel ${of}`, count(limits.kernel, (n) => `${n}×${n}`), layer[0], set(0)),
        this.choice(`Kind ${of}`, kinds, layer[3], set(3)),
        this.choice(`Stride ${of}`, count(limits.stride, String), layer[1], set(1)),
        this.choice(`Dilation ${of}`, count(limits.dilation, String), layer[2], set(2)),
      ];
      const away = make("button", { className: "away", type: "button", textContent: "×", title: `Remove layer ${index + 1}` });
      away.ariaLabel = away.title;
      away.disabled = this.layers.length === 1;
      away.addEventListener("click", () => {
        this.layers.splice(index, 1);
        this.changed();
      });
      [...fields, away].forEach((field, place) => (field.dataset.field = `${index}.${place}`));
      return make("div", { className: "layer" }, make("b", { textContent: String(index + 1) }), ...fields, away);
    });
    const heads = ["", "Kernel", "Kind", "Stride", "Dilation", ""].map((textContent) => make("span", { textContent }));
    const head = make("div", { className: "layer heads", ariaHidden: "true" }, ...heads);
    const add = make("button", { type: "button", textContent: "Add a layer" });
    add.dataset.field = "add";
    add.disabled = this.layers.length >= limits.layers;
    add.addEventListener("click", () => {
      this.layers.push([...this.layers.at(-1)]);
      this.changed();
    });
    const save = make("span", { className: "save" });
    for (const kind of ["png", "svg"]) {
      const button = make("button", { type: "button", textContent: kind.toUpperCase(), title: `Save the picture as ${kind.toUpperCase()}` });
      button.addEventListener("click", () => saveAs(this.picture(), kind));
      save.append(button);
    }
    this.part("layers").replaceChildren(head, ...rows.reverse(), make("div", { className: "tools" }, add, save));
    if (focused) this.part("layers").querySelector(`[data-field="${focused}"]`)?.focus();
  }

  rebuildPictures() {
    const told = this.part("told");
    told.textContent = HINT;
    const pairs = this.data.pictures.map((picture) => {
      const [tree, box] = [["tree", "Layers along one axis"], ["box", "Paths to each pixel"]].map(([name, label]) => {
        const frame = make("div", { className: `${name}-frame`, innerHTML: picture[name] }); // our server's
        const still = name === "tree" ? !frame.querySelector("[data-cell]") : !picture.paths.length;
        if (!still) frame.tabIndex = 0;
        frame.setAttribute("role", "group");
        frame.ariaLabel = `${label}, ${picture.name}. Arrow keys move.`;
        return frame;
      });
      const both = make("div", { className: "both" }, tree, box);
      const head = [make("b", { textContent: picture.name }), make("span", { textContent: picture.below })];
      new Lighting(picture, [tree, box], this.data.pixel, (text) => (told.textContent = text || HINT));
      return make("div", { className: "pair" }, ...head, both);
    });
    this.part("pictures").replaceChildren(...pairs);
  }

  rebuildCounts() {
    const input = make("input", { type: "range", min: 0, max: MOST_CHANNELS, step: 1, value: this.power, id: "channels" });
    const label = make("label", { htmlFor: "channels" });
    const body = make("tbody");
    const head = make("tr", {}, make("th"), ...this.data.pictures.map(({ name }) => make("th", { scope: "col", textContent: name })));
    const fill = () => {
      const channels = 2 ** this.power;
      label.textContent = `C = ${channels.toLocaleString("en")} channels`;
      input.setAttribute("aria-valuetext", `${channels} channels`);
      const rows = this.data.rows.map(([kind, words, values]) => {
        const cells = values.map((value) => {
          if (kind === "text") return make("td", { textContent: value });
          const formula = make("small", { textContent: `${value.toLocaleString("en")} C²` });
          return make("td", { textContent: (value * channels ** 2).toLocaleString("en") }, formula);
        });
        const name = kind === "text" ? words : `${words}, C in and out`;
        return make("tr", {}, make("th", { scope: "row", textContent: name }), ...cells);
      });
      const [word, share] = this.data.saved;
      if (word) {
        const cell = make("td", { textContent: share, colSpan: this.data.pictures.length });
        rows.push(make("tr", { className: "saved" }, make("th", { scope: "row", textContent: word }), cell));
      }
      body.replaceChildren(...rows);
    };
    input.addEventListener("input", () => {
      this.power = Number(input.value);
      fill();
    });
    fill();
    const table = make("table", {}, make("thead", {}, head), body);
    this.part("counts").replaceChildren(make("div", { className: "channels" }, label, input), table);
  }

  // All pictures in one, as `saveAs` wants it.
  picture() {
    const svg = document.createElementNS(SVG, "svg");
    let [x, bottom] = [0, 0];
    const { pictures } = this.data;
    const high = Math.max(...pictures.flatMap((one) => [one.treeSize[1], one.boxSize[1]]));
    for (const one of pictures) {
      const name = document.createElementNS(SVG, "text");
      name.setAttribute("x", x);
      name.setAttribute("y", 12);
      name.setAttribute("class", "words");
      name.textContent = `${one.name}: ${one.below}`;
      svg.append(name);
      for (const [kind, size] of [["tree", one.treeSize], ["box", one.boxSize]]) {
        const node = new DOMParser().parseFromString(one[kind], "image/svg+xml").documentElement;
        node.setAttribute("x", x);
        node.setAttribute("y", 24 + high - size[1]);
        svg.append(node);
        x += size[0] + 24;
      }
      x += 20;
      bottom = 24 + high;
    }
    const width = Math.max(x, 8 * this.data.file.length);
    svg.setAttribute("viewBox", `0 0 ${width} ${bottom}`);
    return { root: this.root, svg, data: { width, height: bottom, title: this.data.file, file: this.data.file, signs: [] } };
  }
}

export default function (component) {
  const root = component.parentElement;
  let view = views.get(root);
  if (!view) {
    view = new StackView(root);
    views.set(root, view);
  }
  view.update(component);
  return () => views.delete(root);
}
