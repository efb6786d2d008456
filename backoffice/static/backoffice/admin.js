// Small helpers of the admin pages; everything works without them.
"use strict";
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-copy]");
  if (target) navigator.clipboard.writeText(target.dataset.copy);
  if (event.target.closest("[data-print]")) window.print();
});

// Select2 builds its boxes without an accessible name: take the field's label.
function nameSelectBoxes() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const label = select.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    const name = select.getAttribute("aria-label") || (label ? label.textContent.trim() : select.name);
    const box = select.nextElementSibling;
    if (!box || !name) continue;
    for (const part of box.querySelectorAll(
      ".select2-selection, .select2-selection__rendered, .select2-search__field")) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", name);
    }
  }
}
window.addEventListener("load", () => {
  nameSelectBoxes();
  new MutationObserver(nameSelectBoxes).observe(document.body, { childList: true, subtree: true });
});

// A card that is wider than the window is scrolled with the arrow keys where it holds nothing to reach.
function reachWideCards() {
  for (const card of document.querySelectorAll(".rc-card")) {
    const wide = card.scrollWidth > card.clientWidth;
    if (wide && !card.querySelector("a, button, input, select, textarea, summary")) card.tabIndex = 0;
    else card.removeAttribute("tabindex");
  }
}
window.addEventListener("load", reachWideCards);
window.addEventListener("resize", reachWideCards);

// A part marked data-live (seconds) is fetched anew for as long as the page says that work goes on.
async function lookAgain(id) {
  const part = document.getElementById(id);
  if (!part || !part.dataset.live) return;
  const busy = document.hidden || part.contains(document.activeElement);
  const answer = busy ? null : await fetch(location.href).catch(() => null);
  if (answer && answer.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(id);
    // What can be done next stands outside the part: the page is read anew once the work has ended.
    if (fresh && !fresh.dataset.live && "reload" in part.dataset) return location.reload();
    if (fresh) part.replaceWith(fresh);
  }
  followLive(document.getElementById(id));
}
function followLive(part) {
  if (part && part.dataset.live) setTimeout(() => lookAgain(part.id), 1000 * Number(part.dataset.live));
}
window.addEventListener("load", () => document.querySelectorAll("[data-live][id]").forEach(followLive));
