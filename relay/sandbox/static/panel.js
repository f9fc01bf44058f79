// Keeps what changes by itself up to date, and leaves the forms alone.
const EVERY_MS = 1500;
document.documentElement.classList.add("js");

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const newer = fresh.getElementById(part.id);
    if (part.querySelector("details[open]") || part.contains(document.activeElement)) continue; // somebody is at it
    if (newer && newer.innerHTML !== part.innerHTML) part.innerHTML = newer.innerHTML;
  }
}

async function watch() {
  await refresh().catch(() => {}); // the demo has ended, or is about to answer
  setTimeout(watch, EVERY_MS);
}

// A field that tells at once has a button for it, which is pressed for people.
document.addEventListener("change", (event) => {
  event.target.closest(".tells")?.querySelector(".apply").click();
});
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !confirm(question)) return event.preventDefault();
  document.body.classList.add("busy");
  if (event.submitter) event.submitter.classList.add("pressed");
});
setTimeout(watch, EVERY_MS);
