// The list of issues: each row asks for the rest of its facts when it is seen.
import { listen, say, post } from "./ask.js";

const rows = () => [...document.querySelectorAll(".issues li")];

async function fill(row) {
  const answer = await fetch(`/rows/${encodeURIComponent(row.dataset.name)}`).catch(() => null);
  if (answer?.status !== 200 || !row.isConnected) return;
  const focused = row.contains(document.activeElement);
  row.innerHTML = await answer.text();
  if (focused) row.querySelector("a").focus();
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((one) => one.isIntersecting)) {
    seen.unobserve(entry.target);
    fill(entry.target);
  }
}, { rootMargin: "200px" });
const watch = () => rows().forEach((row) => seen.observe(row));
watch();

/** The list as it is now: issues may have come and gone. What is typed above it stays. */
async function renew() {
  const answer = await fetch("/").catch(() => null);
  if (!answer?.ok) return;
  const before = new Map(rows().map((row) => [row.dataset.name, row]));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const list = page.querySelector("main");
  for (const row of list.querySelectorAll("li")) {
    const old = before.get(row.dataset.name);
    if (old) row.replaceWith(old); // filled already; it fills again when it is seen
  }
  const focused = document.activeElement;
  document.querySelector("main").replaceChildren(...list.childNodes);
  if (focused?.isConnected) focused.focus();
  watch();
}

let leaving = false;
let first = true;
listen((names) => {
  if (first) return void (first = false); // the page has just been drawn
  if (leaving) return;
  const known = new Map(rows().map((row) => [row.dataset.name, row]));
  if (!names.length || names.some((name) => !known.has(name))) return renew();
  for (const name of names) seen.observe(known.get(name));
});

document.getElementById("begin").addEventListener("submit", async (event) => {
  event.preventDefault();
  leaving = true; // the new file is a change too, and must not call the page back
  const answer = await post("/issues", { title: event.target.title.value });
  leaving = Boolean(answer.go);
  if (leaving) location.assign(answer.go);
  else say(answer.message);
});
