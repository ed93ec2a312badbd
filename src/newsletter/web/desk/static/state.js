// What the page shows is written in its address: it can be reloaded, kept, and sent to a colleague on this machine.
const FIRST = { view: "message", width: "600", light: "light", images: "on", as: "camille", panel: "findings", severity: "all" };
const state = { ...FIRST, ...Object.fromEntries(new URLSearchParams(location.search)) };

export const get = (name) => state[name];

export function set(name, value) {
  state[name] = value;
  const told = Object.entries(state).filter(([key, one]) => one !== FIRST[key]);
  const query = new URLSearchParams(told).toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
}

/** The part of the state that the desk must know to answer. */
export const asked = () => new URLSearchParams({ as: state.as, view: state.view, panel: state.panel });
