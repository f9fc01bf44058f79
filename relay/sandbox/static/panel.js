// Keeps what changes by itself up to date, and leaves the forms alone.
const EVERY_MS = 1500;

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const newer = fresh.getElementById(part.id);
    if (newer && newer.innerHTML !== part.innerHTML) part.innerHTML = newer.innerHTML;
  }
}

async function watch() {
  await refresh().catch(() => {}); // the demo has ended, or is about to answer
  setTimeout(watch, EVERY_MS);
}

document.addEventListener("submit", (event) => {
  document.body.classList.add("busy");
  if (event.submitter) event.submitter.classList.add("pressed");
});
setTimeout(watch, EVERY_MS);
