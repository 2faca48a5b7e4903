// Hands what the server says on to the figure of the same key, so that the figure itself stays as it is.
export default function ({ data }) {
  const all = (window.skipscopeSight ??= {});
  (all[data.key] ??= {})[data.topic] = data;
  window.dispatchEvent(new CustomEvent("skipscope-sight", { detail: { key: data.key, topic: data.topic } }));
}
