// Tells a diagram which of its marks is selected and the way there; remembers it for a diagram that mounts later.
export default function ({ data }) {
  const { key, id, path } = data;
  const board = (window.skipscopeSelection ??= {});
  board[key] = { id, path };
  window.dispatchEvent(new CustomEvent("skipscope-select", { detail: { key, id, path } }));
}
