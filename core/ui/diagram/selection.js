// Tells every diagram of a channel which mark is selected; remembers it for those that mount later.
export default function ({ data }) {
  const board = (window.skipscopeSelection ??= {});
  board[data.channel] = data.id;
  window.dispatchEvent(new CustomEvent("skipscope-select", { detail: { channel: data.channel, id: data.id } }));
}
