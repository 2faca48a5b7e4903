// A picture of equal tiles: hover names one, a click or arrow keys and Enter choose one.
export default function ({ data, setTriggerValue, parentElement }) {
  const { source, columns, gap, labels, description } = data;
  const host = parentElement.host ?? parentElement; // a shadow root has no size of its own
  const rows = Math.ceil(labels.length / columns);
  let chosen = data.selected;
  let cursor = chosen;

  let grid = parentElement.querySelector(".grid");
  if (!grid) {
    grid = document.createElement("div");
    grid.className = "grid";
    grid.tabIndex = 0;
    grid.setAttribute("role", "listbox");
    grid.innerHTML = '<img alt=""><div class="frame hovered"></div><div class="frame chosen"></div><div class="tip"></div>';
    parentElement.append(grid);
  }
  const image = grid.querySelector("img");
  const [hoverFrame, chosenFrame, tip] = [".hovered", ".chosen", ".tip"].map((name) => grid.querySelector(name));
  grid.setAttribute("aria-label", description);
  if (image.src !== source) image.src = source;

  // Whole device pixels a cell, so that no cell looks larger than its neighbour.
  const fit = () => {
    if (!image.naturalWidth) return;
    const ratio = window.devicePixelRatio || 1;
    const room = host.getBoundingClientRect().width || image.naturalWidth;
    const times = Math.max(1, Math.floor((room * ratio) / image.naturalWidth));
    image.style.width = `${(times * image.naturalWidth) / ratio}px`;
    place(chosenFrame, chosen);
  };

  const tile = () => {
    const scale = image.clientWidth / image.naturalWidth || 1;
    return {
      width: ((image.naturalWidth - gap * (columns - 1)) / columns) * scale,
      height: ((image.naturalHeight - gap * (rows - 1)) / rows) * scale,
      gap: gap * scale,
    };
  };

  const place = (frame, index) => {
    if (index === null || index < 0 || !image.clientWidth) return;
    const { width, height, gap: space } = tile();
    Object.assign(frame.style, {
      display: "block",
      left: `${(index % columns) * (width + space) - 2}px`,
      top: `${Math.floor(index / columns) * (height + space) - 2}px`,
      width: `${width + 4}px`,
      height: `${height + 4}px`,
    });
  };

  const at = (event) => {
    const box = image.getBoundingClientRect();
    const { width, height, gap: space } = tile();
    const column = Math.floor((event.clientX - box.left) / (width + space));
    const row = Math.floor((event.clientY - box.top) / (height + space));
    const index = row * columns + column;
    return column >= 0 && column < columns && row >= 0 && index < labels.length ? index : null;
  };

  const hover = (index) => {
    const hidden = index === null;
    hoverFrame.style.display = tip.style.display = hidden ? "none" : "block";
    if (hidden) return;
    place(hoverFrame, index);
    tip.textContent = labels[index];
    const { width, height, gap: space } = tile();
    const left = (index % columns) * (width + space);
    const below = (Math.floor(index / columns) + 1) * (height + space) + 4;
    tip.style.left = `${Math.max(0, Math.min(left, image.clientWidth - tip.offsetWidth))}px`;
    tip.style.top = `${below}px`;
  };

  const choose = (index) => {
    if (index === null || index === chosen) return;
    chosen = cursor = index;
    place(chosenFrame, chosen);
    setTriggerValue("pick", { index });
  };

  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  grid.onpointermove = (event) => hover(at(event));
  grid.onpointerleave = () => hover(null);
  grid.onclick = (event) => choose(at(event));
  grid.onblur = () => hover(null);
  grid.onkeydown = (event) => {
    if (event.key in steps) {
      const next = cursor + steps[event.key];
      if (next >= 0 && next < labels.length) cursor = next;
      hover(cursor);
    } else if (event.key === "Enter" || event.key === " ") {
      choose(cursor);
    } else {
      return;
    }
    event.preventDefault();
  };
  image.onload = fit;
  const watcher = new ResizeObserver(fit);
  watcher.observe(host);
  fit();
  return () => watcher.disconnect();
}
