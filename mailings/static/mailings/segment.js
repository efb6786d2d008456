// The segment builder: values follow the question, the number follows the lines. Everything works
// without this script by pressing "Show".
"use strict";
(() => {
  const form = document.getElementById("segment-form");
  const data = document.getElementById("segment-questions");
  if (!form || !data) return;
  const questions = JSON.parse(data.textContent);
  const count = document.getElementById("segment-count");
  const stale = document.getElementById("segment-stale");
  let waiting = 0;
  let asked = 0;

  function valueFor(question, old) {
    const choices = question ? question.choices : [];
    const field = document.createElement(choices.length ? "select" : "input");
    field.className = "rc-input";
    field.name = old.name;
    field.setAttribute("aria-label", old.getAttribute("aria-label"));
    if (!choices.length) {
      field.type = question ? question.kind : "text";
      return field;
    }
    for (const [code, label] of [["", "–"], ...choices]) field.add(new Option(label, code));
    return field;
  }

  // A group always ends with an empty line.
  function addLine(line) {
    const group = line.parentElement;
    const lines = group.querySelectorAll("[data-line]");
    if (line !== lines[lines.length - 1] || lines.length >= 20) return;
    const next = line.cloneNode(true);
    for (const field of next.querySelectorAll("select, input")) {
      field.name = field.name.replace(/-\d+-(field|op|value)$/, `-${lines.length}-$1`);
      field.setAttribute("aria-label",
        field.getAttribute("aria-label").replace(/\d+$/, String(lines.length + 1)));
    }
    next.querySelector("[name$='-field']").value = "";
    next.querySelector("[name$='-op']").value = "is";
    const value = next.querySelector("[name$='-value']");
    value.replaceWith(valueFor(null, value));
    group.append(next);
  }

  async function recount() {
    const mine = ++asked;
    const answer = await fetch(form.dataset.count, { method: "POST", body: new FormData(form) });
    if (!answer.ok || mine !== asked) return;
    const found = await answer.json();
    count.textContent = found.problem || found.text;
    count.classList.toggle("rc-error", Boolean(found.problem));
    stale.hidden = false;
  }

  form.addEventListener("change", (event) => {
    const line = event.target.closest("[data-line]");
    if (!line) return;
    if (event.target.name.endsWith("-field")) {
      const value = line.querySelector("[name$='-value']");
      value.replaceWith(valueFor(questions[event.target.value], value));
      if (event.target.value) addLine(line);
    }
    clearTimeout(waiting);
    waiting = setTimeout(recount, 300);
  });
  form.addEventListener("input", (event) => {
    if (!event.target.closest("[data-line]") || event.target.tagName !== "INPUT") return;
    clearTimeout(waiting);
    waiting = setTimeout(recount, 400);
  });
})();
