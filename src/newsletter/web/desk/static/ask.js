// Asking the desk for something, and hearing from it.
const token = document.querySelector('meta[name="desk-token"]').content;
const boot = document.querySelector('meta[name="desk-boot"]').content;

/** Tells the desk to do something; the answer says what became of it, whatever it was. */
export async function tell(address, facts) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", "x-desk-token": token },
    body: JSON.stringify(facts),
  });
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return { ok: false, said: text };
  }
}

/** A sentence at the foot of the page, read aloud too; it goes after a while. */
export function say(sentence) {
  const said = document.getElementById("said");
  said.textContent = sentence;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (said.textContent = ""), 6000);
}

/** Calls `changed` with the names of the issues that changed; none of them means any. */
export function listen(changed) {
  const events = new EventSource("/events");
  const gone = document.getElementById("gone");
  events.addEventListener("boot", (event) => {
    gone.hidden = true;
    if (event.data !== boot) location.reload();
  });
  events.addEventListener("change", (event) => changed(JSON.parse(event.data)));
  events.addEventListener("error", () => (gone.hidden = false));
  addEventListener("pagehide", () => events.close());
}
