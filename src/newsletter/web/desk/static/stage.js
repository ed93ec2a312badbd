// The message in its frame: shown anew without moving, wide or narrow, light or dark, with pictures or without.
import { say } from "./ask.js";
import * as state from "./state.js";
import { NARROWEST, WIDEST } from "./state.js";

const frame = document.getElementById("frame");
const device = document.getElementById("device");
const sheet = document.getElementById("sheet");
const handle = document.getElementById("handle");
const HANDLE = 17;
let ready = null;

/** Puts the message into the frame and keeps the place that was being read. */
export async function show(message, language) {
  await loaded();
  const page = frame.contentDocument;
  const { scrollTop } = page.documentElement;
  const [, attributes, inside] = /<html([^>]*)>([\s\S]*)<\/html>/i.exec(message) ?? ["", "", message];
  const pictures = [...page.images];
  page.documentElement.innerHTML = inside;
  keep(page, pictures);
  page.documentElement.lang = language ?? "";
  page.documentElement.dir = /dir="(\w+)"/.exec(attributes)?.[1] ?? "";
  update();
  page.documentElement.scrollTop = scrollTop;
  device.dataset.shown = String(Number(device.dataset.shown ?? 0) + 1);
}

/** Pictures that were there before stay loaded: one that loads anew has no height for a moment, and the page would jump. */
function keep(page, pictures) {
  for (const image of [...page.images]) {
    const address = image.getAttribute("src");
    const at = pictures.findIndex((one) => address && (one.dataset.src ?? one.getAttribute("src")) === address);
    if (at < 0) continue;
    const [old] = pictures.splice(at, 1);
    for (const name of old.getAttributeNames()) if (!image.hasAttribute(name)) old.removeAttribute(name);
    for (const name of image.getAttributeNames()) if (old.getAttribute(name) !== image.getAttribute(name)) old.setAttribute(name, image.getAttribute(name));
    image.replaceWith(old);
  }
}

/** The frame's own document is fetched once: it brings the policy under which messages are shown. */
function loaded() {
  ready ??= new Promise((done) => {
    const settle = () => {
      if (frame.contentDocument.URL === "about:blank") return;
      frame.contentDocument.addEventListener("click", inert, true);
      frame.contentDocument.addEventListener("auxclick", inert, true);
      done();
    };
    if (frame.contentDocument.readyState === "complete") settle();
    frame.addEventListener("load", settle, { once: true });
  });
  return ready;
}

/** Links lead nowhere here, and say where they would. */
function inert(event) {
  const link = event.target.closest?.("a[href]");
  if (!link) return;
  event.preventDefault();
  say(`${document.getElementById("inert").content.textContent} ${link.href}`);
}

/** Applies width, light and pictures, as the state has them. */
export function update() {
  device.style.width = `${Number(state.get("width")) + HANDLE}px`;
  handle.setAttribute("aria-valuenow", state.get("width"));
  device.classList.remove("light", "dark", "inverted");
  device.classList.add(state.get("light"));
  document.getElementById("simulated").hidden = state.get("light") !== "inverted";
  const isMessage = state.get("view") === "message";
  device.hidden = !isMessage;
  sheet.hidden = isMessage;
  lighten();
  for (const image of frame.contentDocument?.images ?? []) {
    if (state.get("images") === "off" && image.hasAttribute("src")) {
      image.dataset.src = image.getAttribute("src");
      image.removeAttribute("src");
    } else if (state.get("images") !== "off" && image.dataset.src) {
      image.setAttribute("src", image.dataset.src);
    }
    if (state.get("light") === "inverted") image.style.filter = "invert(1) hue-rotate(180deg)";
    else image.style.removeProperty("filter");
  }
}

const asked = new WeakMap();

/** The message's own dark mode, whatever this machine's is: its rules ask for a light, and are answered here. */
function lighten() {
  const light = state.get("light") === "dark" ? "dark" : "light";
  frame.style.colorScheme = light;
  for (const sheet of frame.contentDocument?.styleSheets ?? []) {
    for (const rule of sheet.cssRules) {
      if (!(rule.media?.mediaText && (asked.has(rule) || rule.media.mediaText.includes("prefers-color-scheme")))) continue;
      if (!asked.has(rule)) asked.set(rule, rule.media.mediaText);
      rule.media.mediaText = asked.get(rule).replace(/\(prefers-color-scheme:\s*(\w+)\)/g, (_, wanted) => (wanted === light ? "(min-width: 0)" : "(max-width: 0)"));
    }
  }
}

const folded = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** Scrolls to the words of a finding and marks them; says whether they are there. */
export function jump(words, before) {
  const page = frame.contentDocument;
  const all = [...page.querySelectorAll("h1, h2, h3, h4, p, li, div, td, th, pre, img")];
  const holding = all.filter((one) => folded(one.alt ?? one.textContent).includes(words));
  const found = holding.filter((one) => !holding.some((other) => other !== one && one.contains(other)))[before];
  for (const one of page.querySelectorAll("[data-jumped]")) {
    one.style.removeProperty("outline");
    one.removeAttribute("data-jumped");
  }
  if (!found) return false;
  found.dataset.jumped = "";
  found.style.outline = "3px solid #d2691e";
  found.scrollIntoView({ block: "center" });
  return true;
}

// The handle: with the mouse or a finger, and with the arrows.
handle.addEventListener("pointerdown", (event) => {
  handle.setPointerCapture(event.pointerId);
  device.classList.add("dragging");
  const middle = device.getBoundingClientRect().left + device.offsetWidth / 2;
  const move = (moved) => resize((moved.clientX - middle) * 2);
  handle.addEventListener("pointermove", move);
  handle.addEventListener("lostpointercapture", () => {
    device.classList.remove("dragging");
    handle.removeEventListener("pointermove", move);
  }, { once: true });
});
handle.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -10, ArrowRight: 10, PageDown: -100, PageUp: 100 }[event.key];
  if (!step) return;
  event.preventDefault();
  resize(Number(state.get("width")) + step);
});

function resize(width) {
  state.set("width", String(Math.round(Math.min(WIDEST, Math.max(NARROWEST, width)))));
  document.querySelectorAll('input[name="width"]').forEach((one) => (one.checked = one.value === state.get("width")));
  update();
}
