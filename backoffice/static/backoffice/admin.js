// Small helpers of the admin pages; everything works without them.
"use strict";
document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-copy]");
  if (target) navigator.clipboard.writeText(target.dataset.copy);
});
