// The picture as a file, made in the browser: colours of the theme at hand, its key, Inter inside.
const SHARP = 2; // pixels of a PNG per px
const LARGEST = 16000; // px that a browser's canvas takes in one direction
const EDGE = 16;

const asText = (text) => text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

// The rules of diagrams with every variable replaced by its value here.
function rulesOf(view) {
  const colours = getComputedStyle(view.root.querySelector(".figure"));
  const scope = view.root.getRootNode();
  const sheets = [...(scope.adoptedStyleSheets ?? []), ...(scope.styleSheets ?? [])];
  const rules = sheets.flatMap((sheet) => [...sheet.cssRules]).filter((rule) => rule.selectorText?.startsWith(".sk"));
  const value = (_, name) => colours.getPropertyValue(name).trim();
  return {
    css: rules.map((rule) => rule.cssText).join("\n").replace(/var\((--[\w-]+)\)/g, value),
    ground: colours.getPropertyValue("--background").trim(),
    ink: colours.getPropertyValue("--ink").trim(),
  };
}

let font = null;
async function fontRule() {
  font ??= fetch("app/static/inter-latin.woff2")
    .then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(`HTTP ${answer.status}`))))
    .then((blob) => new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(`@font-face{font-family:Inter;font-weight:100 900;src:url(${reader.result})}`);
      reader.readAsDataURL(blob);
    }))
    .catch(() => ""); // the picture is still right, in a font of the reader's machine
  return font;
}

// The signs and words of the key, beside one another; how far down they reach.
function keyOf(view, width, top) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "12px Inter, sans-serif";
  const parts = [];
  let x = EDGE;
  let y = top;
  for (const [sign, words] of view.data.signs) {
    const shape = new DOMParser().parseFromString(sign, "image/svg+xml").documentElement;
    const broad = Number(shape.getAttribute("width")) || 26;
    const length = broad + 6 + pen.measureText(words).width + 16;
    if (x > EDGE && x + length > width - EDGE) [x, y] = [EDGE, y + 18];
    shape.setAttribute("x", x);
    shape.setAttribute("y", y);
    shape.setAttribute("overflow", "visible");
    parts.push(shape.outerHTML, `<text x="${x + broad + 6}" y="${y + 11}">${asText(words)}</text>`);
    x += length;
  }
  return { markup: parts.join(""), bottom: view.data.signs.length ? y + 24 : top };
}

async function standalone(view) {
  const { css, ground, ink } = rulesOf(view);
  const { width: wide, height: high, title } = view.data;
  const width = wide + 2 * EDGE;
  const key = keyOf(view, width, title ? 42 : EDGE);
  const height = key.bottom + high + EDGE;
  const picture = view.svg.cloneNode(true);
  const sizes = { x: EDGE, y: key.bottom, width: wide, height: high };
  Object.entries(sizes).forEach(([name, value]) => picture.setAttribute(name, value));
  picture.removeAttribute("style");
  picture.querySelectorAll(".toggle").forEach((button) => button.remove());
  picture.querySelectorAll(".is-hovered").forEach((node) => node.classList.remove("is-hovered"));
  const style = `${await fontRule()}.sk{font-family:Inter,sans-serif}${css}`;
  const head = title ? `<text class="name" style="font-size:14px" fill="${ink}" x="${EDGE}" y="28">${asText(title)}</text>` : "";
  const body = new XMLSerializer().serializeToString(picture);
  const text =
    `<svg xmlns="http://www.w3.org/2000/svg" class="sk" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<title>${asText(view.data.file)}</title><style>${asText(style)}</style>` +
    `<rect width="${width}" height="${height}" fill="${ground}"/>${head}${key.markup}${body}</svg>\n`;
  return { text, width, height };
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function saveAs(view, kind) {
  const name = `${view.data.file.replace(/[^\p{L}\p{N}._ -]+/gu, "-").trim().slice(0, 80) || "diagram"}.${kind}`;
  const { text, width, height } = await standalone(view);
  const source = new Blob([text], { type: "image/svg+xml" });
  if (kind === "svg") return download(source, name);
  const image = new Image();
  image.src = URL.createObjectURL(source);
  await image.decode();
  const scale = Math.min(SHARP, LARGEST / width, LARGEST / height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((blob) => download(blob, name), "image/png");
}
