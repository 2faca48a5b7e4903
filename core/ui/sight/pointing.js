// Pointer and keys over cells, photo and curve.
const DRAG_STARTS = 4; // px: a finger that moves less has tapped

function listenGrid(sight, on) {
  const { place } = sight.grid;
  on(place, "pointermove", (event) => {
    const cell = sight.grid.cellAt(event);
    if (event.pointerType !== "touch") sight.point(cell ?? sight.chosen);
  });
  on(place, "pointerleave", (event) => event.pointerType !== "touch" && sight.point(sight.chosen));
  on(place, "click", (event) => {
    const cell = sight.grid.cellAt(event);
    if (cell) sight.choose(cell);
  });
  on(place, "blur", () => sight.point(sight.chosen));
  on(place, "keydown", (event) => {
    const [row, column] = sight.pointed ?? sight.chosen;
    const { rows, columns } = sight.layer.sees;
    const [down, across] = [rows.count - 1, columns.count - 1];
    const to = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [row, 0], End: [row, across], PageUp: [0, column], PageDown: [down, column],
    }[event.key];
    if (to) sight.point([Math.min(Math.max(to[0], 0), down), Math.min(Math.max(to[1], 0), across)]);
    else if (event.key === "Enter" || event.key === " ") sight.choose([row, column]);
    else if (event.key === "Escape") sight.point(sight.chosen);
    else return;
    event.preventDefault();
  });
}

// A mouse asks who sees a pixel, and a click takes the nearest cell; a finger moves the cell, for the grid is small.
function listenPhoto(sight, on) {
  const { svg } = sight.photo;
  const nearest = (event) => {
    const { picture } = sight.data;
    return cellAt(sight.layer, sight.photo.pixelAt(event, true).map((at, side) => at / picture[side]), picture);
  };
  on(svg, "pointermove", (event) => {
    if (event.pointerType === "touch") {
      if (sight.held === "photo") sight.point(nearest(event));
      return;
    }
    sight.pixel = sight.photo.pixelAt(event);
    sight.draw();
  });
  on(svg, "pointerleave", () => {
    sight.pixel = null;
    sight.draw();
  });
  on(svg, "pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    sight.held = "photo";
    sight.point(nearest(event));
  });
  on(svg, "pointerup", (event) => {
    if (sight.held !== "photo") return;
    sight.held = null;
    sight.choose(nearest(event));
  });
  on(svg, "pointercancel", () => {
    sight.held = null;
    sight.point(sight.chosen);
  });
  on(svg, "click", (event) => {
    if (event.pointerType !== "touch") sight.choose(nearest(event));
  });
}

function listenCurve(sight, on) {
  const { place, handle } = sight.curve;
  const follow = (event) => sight.goTo(sight.curve.layerAt(event));
  on(place, "pointerdown", (event) => {
    if (event.button !== 0) return;
    sight.player.stop();
    sight.start = { x: event.clientX, grabbed: event.target === handle || event.pointerType !== "touch" };
    if (!sight.start.grabbed) return;
    sight.held = "curve";
    place.setPointerCapture(event.pointerId);
    sight.curve.hover(-1);
    if (event.target !== handle) follow(event);
  });
  on(place, "pointermove", (event) => {
    if (sight.held === "curve") follow(event);
    else if (event.pointerType !== "touch") sight.curve.hover(sight.curve.layerAt(event));
  });
  const end = (event) => {
    if (!sight.start) return;
    const tapped = !sight.start.grabbed && Math.abs(event.clientX - sight.start.x) < DRAG_STARTS;
    const held = sight.held === "curve";
    sight.start = sight.held = null;
    if (tapped) follow(event);
    if (tapped || held) sight.commit();
  };
  on(place, "pointerup", end);
  on(place, "pointercancel", () => {
    const held = sight.held === "curve";
    sight.start = sight.held = null;
    if (held) sight.commit();
  });
  on(place, "pointerleave", () => sight.curve.hover(-1));
  on(handle, "keydown", (event) => {
    const last = sight.data.layers.length - 1;
    const to = {
      ArrowRight: sight.at + 1, ArrowUp: sight.at + 1, ArrowLeft: sight.at - 1, ArrowDown: sight.at - 1,
      PageUp: sight.at + 5, PageDown: sight.at - 5, Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    sight.player.stop();
    sight.held = "keys"; // until the key is let go, the server's answers wait
    sight.goTo(to);
  });
  const left = () => {
    if (sight.held !== "keys") return;
    sight.held = null;
    sight.commit();
  };
  on(handle, "keyup", left);
  on(handle, "blur", left);
}
