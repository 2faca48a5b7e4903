// What is shown over the photo, and how strongly: for the figure of the same key, without the server.
export default function ({ data, parentElement }) {
  const all = (window.skipscopeSight ??= {});
  const mine = (all[data.key] ??= {});
  mine.show ??= { what: "both", opacity: 0.7 };
  const choices = [...parentElement.querySelectorAll("input[type=radio]")];
  const slider = parentElement.querySelector("input[type=range]");
  const said = parentElement.querySelector("output");
  const tell = () => {
    said.textContent = `${Math.round(100 * mine.show.opacity)} %`;
    slider.disabled = mine.show.what === "box";
    slider.style.setProperty("--at", `${100 * mine.show.opacity}%`);
    window.dispatchEvent(new CustomEvent("skipscope-sight", { detail: { key: data.key, topic: "show" } }));
  };
  for (const choice of choices) {
    choice.checked = choice.value === mine.show.what;
    choice.onchange = () => {
      mine.show = { ...mine.show, what: choice.value };
      tell();
    };
  }
  slider.value = Math.round(100 * mine.show.opacity);
  slider.oninput = () => {
    mine.show = { ...mine.show, opacity: slider.value / 100 };
    tell();
  };
  tell();
}
