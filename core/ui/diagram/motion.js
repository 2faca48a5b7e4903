// From one picture to the next: marks glide from where they were, what is new fades in. Marks are known by their id.
const GLIDE = { duration: 180, easing: "ease-out" };
const MOST_MOVING = 400; // more marks than this would stutter

function placesOf(view) {
  const places = new Map();
  view.data.marks.forEach(({ id }, index) => {
    places.set(id, view.marks[index].querySelector(".hit").getBoundingClientRect());
  });
  return places;
}

function glide(view, before) {
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches || view.marks.length > MOST_MOVING) return;
  const appear = (node) => node.animate({ opacity: [0, 1] }, GLIDE);
  const now = view.marks.map((node) => node.querySelector(".hit").getBoundingClientRect());
  view.data.marks.forEach(({ id }, index) => {
    const was = before.get(id);
    if (!was) return appear(view.marks[index]);
    const x = (was.x - now[index].x) / view.scale;
    const y = (was.y - now[index].y) / view.scale;
    if (Math.abs(x) + Math.abs(y) < 1) return;
    view.marks[index].animate({ transform: [`translate(${x}px, ${y}px)`, "translate(0, 0)"] }, GLIDE);
  });
  const holders = [view.svg, ...view.svg.querySelectorAll(":scope > g:not(.mark)")];
  for (const holder of holders) {
    for (const node of holder.children) {
      if (!node.matches(".mark") && !node.querySelector("[data-mark]")) appear(node);
    }
  }
}
