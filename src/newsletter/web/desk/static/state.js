// What the page shows is written in its address: it can be reloaded, kept, and sent to a colleague on this machine.
const ROOM = document.getElementById("stage")?.clientWidth ?? 0;
const FIRST = { view: "message", width: ROOM > 680 ? "600" : ROOM > 440 ? "375" : "320", light: "light", images: "on", as: "camille", panel: "findings", severity: "all" };
export const [NARROWEST, WIDEST] = [280, 1200];

const values = (name) => [...document.querySelectorAll(`input[name="${name}"]`)].map((one) => one.value);
const options = [...document.querySelectorAll('select[name="as"] option')].map((one) => one.value).filter((one) => one !== "?");
const panels = [...document.querySelectorAll("[data-panel]")].map((one) => one.dataset.panel);
const POSSIBLE = {
  view: (value) => values("view").includes(value),
  width: (value) => /^\d+$/.test(value) && Number(value) >= NARROWEST && Number(value) <= WIDEST,
  light: (value) => values("light").includes(value),
  images: (value) => ["on", "off"].includes(value),
  as: (value) => options.includes(value),
  panel: (value) => panels.includes(value),
  severity: (value) => ["all", "error", "warning", "info"].includes(value),
};

const state = { ...FIRST };
for (const [name, value] of new URLSearchParams(location.search)) {
  if (POSSIBLE[name]?.(value)) state[name] = value;
}

export const get = (name) => state[name];

export function set(name, value) {
  state[name] = value;
  const told = Object.entries(state).filter(([key, one]) => one !== FIRST[key]);
  const query = new URLSearchParams(told).toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
}

/** The part of the state that the desk must know to answer. */
export const asked = () => new URLSearchParams({ as: state.as, view: state.view, panel: state.panel });
