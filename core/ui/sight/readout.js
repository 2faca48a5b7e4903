// The numbers of the cell that is pointed at, as text.
const SIGNS = {
  box: '<rect x="1.5" y="1.5" width="12" height="12" class="sign-box"/>',
  local: '<rect x="1.5" y="1.5" width="12" height="12" class="sign-local"/>',
  p95: '<circle cx="7.5" cy="7.5" r="6" class="sign-95"/>',
  p50: '<circle cx="7.5" cy="7.5" r="4" class="sign-50"/>',
  shortest: '<rect x="3.5" y="3.5" width="8" height="8" class="sign-shortest"/>',
};

class Readout {
  constructor(root) {
    this.title = root.querySelector(".read-title");
    this.note = root.querySelector(".read-note");
    const list = root.querySelector(".numbers");
    const legend = root.querySelector(".signs");
    this.items = {};
    for (const [name, sign] of Object.entries(SIGNS)) {
      const item = document.createElement("div");
      item.className = `number is-${name}`;
      item.innerHTML = `<svg width="15" height="15" aria-hidden="true">${sign}</svg><dt></dt><dd><b></b><span></span></dd>`;
      list.append(item);
      const key = document.createElement("span");
      key.className = `is-${name}`;
      key.innerHTML = `<svg width="15" height="15" aria-hidden="true">${sign}</svg><i></i>`;
      legend.append(key);
      const [label, value, more] = ["dt", "b", "dd span"].map((place) => item.querySelector(place));
      this.items[name] = { item, label, value, more, key, word: key.querySelector("i") };
    }
  }

  say(name, label, value, more, word = label) {
    const found = this.items[name];
    const hidden = value === null;
    found.item.classList.toggle("away", hidden);
    found.key.classList.toggle("away", hidden);
    if (hidden) return;
    setText(found.label, label);
    setText(found.value, value);
    setText(found.more, more);
    setText(found.word, word);
  }

  // What the cell sees, in numbers; returns the same as a sentence.
  update({ layer, cell, box, picture, words, effect, waiting, cut }) {
    const [height, width] = [box[2] - box[0], box[3] - box[1]];
    const inside = areaOf(overlap(box, [0, 0, ...picture]));
    const [row, column] = cell;
    setText(this.title, `Row ${row}, column ${column}`);
    const size = layer.whole ? "the whole picture" : `${sizeText(height, width)} px`;
    const why = layer.whole || `${figures(inside)} of them in the picture`;
    this.say("box", "Can see at most", size, why, "can see");
    const local = layer.local ? `${sizeText(...layer.local.size)} px` : null;
    this.say("local", "Without that", local, "convolutions and poolings alone", "without that");
    for (const share of ["95", "50"]) {
      const label = `${share} % of the effect`;
      const short = `${share} %`;
      if (effect) this.say(`p${share}`, label, effect.holds[share][0], effect.holds[share][1], short);
      else this.say(`p${share}`, label, waiting ? "—" : null, waiting, short);
    }
    const shortest = layer.shortest ? `${sizeText(...layer.shortest)} px` : null;
    this.say("shortest", words.shortest[0], shortest, words.shortest[1], words.shortest[0].toLowerCase());
    setText(this.note, this.place({ layer, box, picture, cut, inside }));
    const sentence = layer.whole ? `can see the whole picture: ${layer.whole}` : `can see ${sizeText(height, width)} pixels, ${why}`;
    return `Row ${row}, column ${column} of ${layer.name} ${sentence}.`;
  }

  place({ layer, box, picture, cut, inside }) {
    const parts = [];
    if (layer.whole) parts.push(`Every cell can see the same${layer.local ? "; without that, this one sees the dashed box" : ""}.`);
    else {
      const [y, x] = middleOf(box);
      const steps = [layer.sees.rows.stride, layer.sees.columns.stride].map((step) => Number(step.toFixed(2)));
      const step = steps[0] === steps[1] ? steps[0] : steps.join(" × ");
      parts.push(`Centre at row ${y}, column ${x} of the picture; one cell every ${step} px.`);
    }
    if (layer.sees.rows.listed || layer.sees.columns.listed) {
      const why = layer.unequal ? ` (${layer.unequal})` : "";
      parts.push(`Its cells see boxes of different sizes${why}, ${sizeText(...layer.sees.size)} at most.`);
    }
    const leaves = box[0] < 0 || box[1] < 0 || box[2] > picture[0] || box[3] > picture[1];
    if (leaves && !layer.whole) parts.push("Hatched: padding, which holds no picture.");
    if (cut) parts.push("An open side goes on beyond what is drawn.");
    if (!inside) parts.push("This cell sees padding alone.");
    return parts.join(" ");
  }
}
