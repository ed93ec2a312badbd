// Asking the desk for something, and hearing from it.
const token = document.querySelector('meta[name="desk-token"]').content;
const boot = document.querySelector('meta[name="desk-boot"]').content;
const gone = document.getElementById("gone");

/** Tells the desk to do something; the answer says what became of it, whatever it was. */
export async function post(address, facts) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", "x-desk-token": token },
      body: JSON.stringify(facts),
    });
    const text = await answer.text();
    return text.startsWith("{") ? JSON.parse(text) : { ok: false, message: text };
  } catch {
    return { ok: false, message: gone.textContent };
  }
}

/** A desk that was started again has another key: its page says which address to open. */
async function reloadIfRefused() {
  const answer = await fetch("/static/icon.svg").catch(() => null);
  if (answer?.status === 403) location.reload();
}

/** A sentence at the foot of the page, read aloud too; it goes after a while. */
export function say(sentence, milliseconds = 6000) {
  const notice = document.getElementById("notice");
  notice.textContent = sentence;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (notice.textContent = ""), milliseconds);
}

/**
 * Calls `changed` with the names of the issues that changed; none of them by name means any. So it does whenever
 * the page begins to listen, for what changed before was heard by nobody.
 *
 * A browser keeps six connections to a host, so only a page that is looked at listens.
 */
export function listen(changed) {
  let events = null;
  const open = () => {
    if (events || document.hidden) return;
    events = new EventSource("/events");
    events.addEventListener("boot", (event) => {
      gone.hidden = true;
      if (event.data === boot) changed([]);
      else location.reload();
    });
    events.addEventListener("change", (event) => changed(JSON.parse(event.data)));
    events.addEventListener("error", () => {
      gone.hidden = false;
      if (events?.readyState === EventSource.CLOSED) reloadIfRefused();
    });
  };
  const close = () => {
    events?.close();
    events = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}
