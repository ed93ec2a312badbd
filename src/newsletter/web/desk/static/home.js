// The list of issues: each row asks for the rest of its facts when it is seen.
import { listen, say, tell } from "./ask.js";

const rows = new Map([...document.querySelectorAll(".issues li")].map((row) => [row.dataset.name, row]));

async function fill(row) {
  const answer = await fetch(`/rows/${encodeURIComponent(row.dataset.name)}`);
  if (!answer.ok) return;
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
rows.forEach((row) => seen.observe(row));

let leaving = false;

listen((names) => {
  if (leaving) return;
  if (names.some((name) => !rows.has(name))) return location.reload();
  for (const row of names.length ? names.map((name) => rows.get(name)) : rows.values()) {
    seen.unobserve(row);
    seen.observe(row);
  }
});

document.getElementById("begin").addEventListener("submit", async (event) => {
  event.preventDefault();
  leaving = true; // the new file is a change too, and must not call the page back
  const answer = await tell("/issues", { title: event.target.title.value });
  leaving = Boolean(answer.go);
  if (leaving) location.assign(answer.go);
  else say(answer.said);
});
