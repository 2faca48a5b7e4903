// Kernels side by side, with the signs of the equation between them.
export default function ({ data, parentElement }) {
  const chain = parentElement.querySelector(".chain");
  const parts = data.parts.map((part) => {
    const picture = part.startsWith("<svg");
    const box = document.createElement("span");
    box.className = picture ? "kernel" : part ? "sign" : "space";
    if (picture) box.innerHTML = part; // written by our own server, text escaped there
    else box.textContent = part;
    return box;
  });
  const shares = document.createElement("div");
  shares.className = "channels-left";
  shares.append(Object.assign(document.createElement("b"), { textContent: data.heading }));
  shares.append(document.createRange().createContextualFragment(data.shares)); // ours as well
  chain.replaceChildren(...parts, shares);
}
