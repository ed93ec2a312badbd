// An issue's page: asks for what its address says, shows it, and asks again when something changed.
import { listen, say, post } from "./ask.js";
import * as stage from "./stage.js";
import * as state from "./state.js";

const here = location.pathname;
const name = decodeURIComponent(here.split("/").pop());
const part = (id) => document.getElementById(id);
const tools = part("tools");
const panel = part("panel");
const publication = document.title.slice(name.length);
let [latest, known] = [0, ""];

/** Everything the page shows, as it is now; an answer that another one overtook is dropped. */
async function refresh({ quietly = false, hurry = "" } = {}) {
  const mine = ++latest;
  const answer = await fetch(`${here}/now?${state.asked()}${hurry}`).catch(() => null);
  if (!answer || mine !== latest) return;
  const now = answer.ok ? await answer.json() : { trouble: await answer.text() };
  if (mine !== latest) return;
  part("trouble").textContent = now.trouble;
  part("trouble").hidden = !now.trouble;
  if (now.message === undefined) return;
  document.title = now.title + publication;
  part("title").textContent = now.title;
  const changed = [put(part("status"), now.status), put(part("sheet"), now.view), put(panel, now.panel), now.message !== known];
  updatePanel();
  if (now.message !== known) await stage.show((known = now.message), now.lang);
  if (!quietly && changed.some(Boolean)) say(part("updated").content.textContent, 1500);
}

/** Changes what an element holds where it differs, and leaves what was typed, chosen and reached in it. */
function put(element, html) {
  if (element.shown === html) return false;
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  const [top, at, typed] = [element.scrollTop, focused && sameAs(focused), fields(element)];
  const selection = focused?.selectionStart;
  element.shown = html;
  element.innerHTML = html;
  element.scrollTop = top;
  for (const field of element.querySelectorAll("input[name]:not([type=hidden])")) {
    const before = typed.get(`${field.name} ${field.type === "checkbox" ? field.value : ""}`);
    if (before) [field.value, field.checked] = [before.value, before.checked];
    else if (field.name === "by") field.value = localStorage.getItem("desk-by") ?? "";
  }
  if (!focused) return true;
  const again = at ? element.querySelector(at) ?? element : element;
  again.focus();
  if (selection !== undefined && selection !== null) again.setSelectionRange?.(selection, selection);
  return true;
}

const fields = (element) => new Map([...element.querySelectorAll("input[name]")].map((one) => [`${one.name} ${one.type === "checkbox" ? one.value : ""}`, { value: one.value, checked: one.checked }]));

/** A selector of the same control in the panel drawn anew. */
function sameAs(control) {
  if (control.id) return `#${CSS.escape(control.id)}`;
  if (control.dataset.action) return `[data-action="${control.dataset.action}"]`;
  if (control.name) return `[name="${control.name}"][value="${CSS.escape(control.value)}"]`;
  if (control.localName === "button" && control.form) return `[data-action="${control.form.dataset.action}"] button`;
  return control.dataset.words ? `[data-words="${control.dataset.words}"]` : "";
}

/** Tabs, the filter and the downloads, as the state has them. */
function updatePanel() {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.panel === state.get("panel");
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) panel.setAttribute("aria-labelledby", tab.id);
  }
  panel.dataset.severity = state.get("severity");
  panel.querySelectorAll('input[name="severity"]').forEach((one) => (one.checked = one.value === state.get("severity")));
  panel.querySelectorAll("[data-download]").forEach((one) => (one.href = `${here}/download.${one.dataset.download}?${state.asked()}`));
}

function updateTools() {
  for (const one of tools.elements) {
    if (one.type === "radio") one.checked = one.value === state.get(one.name);
    if (one.type === "checkbox") one.checked = one.value === state.get(one.name);
    if (one.localName === "select") one.value = state.get(one.name);
  }
  const elsewhere = state.get("view") !== "message"; // what is about the message does nothing to its other forms
  for (const one of [...document.querySelectorAll('[data-for="width"], [data-for="light"]'), tools.elements.images]) one.disabled = elsewhere;
}

tools.addEventListener("submit", (event) => event.preventDefault());
tools.addEventListener("change", (event) => {
  const one = event.target;
  if (one.value === "?") return chooseSubscriber();
  state.set(one.name, one.type === "checkbox" && !one.checked ? "on" : one.value);
  updateTools();
  stage.update();
  if (one.name === "view" || one.name === "as") refresh({ quietly: true });
});

/** Asks for the address of a subscriber; the page's address will hold a number and no address. */
function chooseSubscriber() {
  part("who-message").textContent = "";
  part("who").showModal();
  tools.elements.as.value = state.get("as");
}
part("who-cancel").addEventListener("click", () => part("who").close());
part("who-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await post("/people", { address: part("who-address").value });
  part("who-message").textContent = answer.message;
  if (!answer.ok) return;
  const select = tools.elements.as;
  if (![...select.options].some((one) => one.value === answer.as)) select.add(new Option(answer.email, answer.as), select.options.length - 1);
  state.set("as", (select.value = answer.as));
  part("who").close();
  refresh({ quietly: true });
});

document.querySelector("[role=tablist]").addEventListener("click", (event) => choose(event.target.closest("[role=tab]")));
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const at = tabs.indexOf(event.target);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const tab = tabs[(to + tabs.length) % tabs.length];
  tab.focus();
  choose(tab);
});

function choose(tab) {
  if (!tab) return;
  state.set("panel", tab.dataset.panel);
  updatePanel();
  panel.scrollTop = 0;
  refresh({ quietly: true });
}

panel.addEventListener("change", (event) => {
  if (event.target.name !== "severity") return;
  state.set("severity", event.target.value);
  updatePanel();
});
panel.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.words) {
    state.set("view", "message");
    updateTools();
    stage.update();
    if (!stage.jump(button.dataset.words, Number(button.dataset.before))) say(part("nowhere").content.textContent);
  } else if (button?.dataset.action) act(button, button.dataset.action, {});
});
panel.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  const facts = { to: new FormData(form).getAll("to"), by: form.elements.by?.value, digest: form.elements.digest?.value };
  if (facts.by) localStorage.setItem("desk-by", facts.by);
  act(form.querySelector("button"), form.dataset.action, facts);
});

/** Does what a button stands for, and says beside it what became of it. */
async function act(button, action, facts) {
  const outcome = () => panel.querySelector(`[data-action="${action}"] .outcome`);
  button.disabled = true;
  if (outcome()) outcome().textContent = "";
  const answer = await post(`${here}/${action}?${state.asked()}`, facts);
  button.disabled = false;
  await refresh({ quietly: true });
  if (outcome()) outcome().textContent = answer.message;
  else say(answer.message);
}

let first = true;
listen((names) => {
  if (!names.length || names.includes(name)) refresh({ quietly: first });
  first = false;
});
updateTools();
stage.update();
updatePanel();
refresh({ quietly: true, hurry: "&hurry" }); // the message at once; what the database says comes when the page listens
