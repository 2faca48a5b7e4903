// Tells a diagram which of its marks is selected; remembers it for a diagram that mounts later.
export default function ({ data }) {
  const board = (window.skipscopeSelection ??= {});
  board[data.key] = data.id;
  window.dispatchEvent(new CustomEvent("skipscope-select", { detail: { key: data.key, id: data.id } }));
}
