// Tells a table which of its rows is selected; remembers it for a table that mounts later.
export default function ({ data }) {
  const board = (window.skipscopeSelection ??= {});
  board[data.key] = data.id;
  window.dispatchEvent(new CustomEvent("skipscope-select", { detail: { key: data.key, id: data.id } }));
}
