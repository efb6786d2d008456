/* The ballot page: reads the credential from the address's fragment, lets the voter review, seals
   the ballot in this browser and sends only the sealed envelope. Nothing is kept. */
(function () {
  "use strict";

  var page = document.getElementById("ballot-page");
  if (!page || !window.sodium) { return; }
  var definition = JSON.parse(document.getElementById("definition").textContent);
  var words = JSON.parse(document.getElementById("words").textContent);
  var token = new URLSearchParams(window.location.hash.slice(1)).get("t") || "";
  var form = document.getElementById("paper");
  var voter = null;

  function byId(id) { return document.getElementById(id); }
  function show(id, visible) { byId(id).hidden = !visible; }
  function say(text, problem) {
    var box = byId("status");
    box.textContent = text;
    box.className = text ? (problem ? "problem" : "message") : "";
  }
  function moveTo(id) {
    var heading = byId(id).querySelector("h2");
    heading.setAttribute("tabindex", "-1");
    heading.focus();
    window.scrollTo(0, 0);
  }

  function post(address, body) {
    return fetch(address, {
      method: "POST",
      credentials: "same-origin",
      cache: "no-store",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value
      },
      body: JSON.stringify(body)
    }).then(function (response) {
      return response.json().then(function (answer) {
        if (!response.ok) { throw new Error(answer.message || words.failed); }
        return answer;
      });
    }, function () { throw new Error(words.offline); });
  }

  /* -- reading the paper ------------------------------------------------------------------- */

  function inputs(contest) {
    return Array.prototype.slice.call(
      form.querySelectorAll("[data-contest='" + contest.id + "']"));
  }

  function marks(contest) {
    var found = inputs(contest);
    if (found.length && found[0].tagName === "SELECT") {
      return found.filter(function (field) { return field.value; })
        .sort(function (a, b) { return Number(a.value) - Number(b.value); })
        .map(function (field) { return field.dataset.option; });
    }
    return found.filter(function (field) { return field.checked && field.value; })
      .map(function (field) { return field.value; });
  }

  function limit(contest) {
    if (contest.rule === "motion" || contest.rule === "majority-runoff") { return 1; }
    return contest.rule === "plurality-at-large" ? contest.seats : contest.options.length;
  }

  /* A sentence where the paper cannot be sent, null where it can. */
  function fault(contest) {
    var found = inputs(contest);
    if (found.length && found[0].tagName === "SELECT") {
      var ranks = found.map(function (field) { return field.value; })
        .filter(function (value) { return value; });
      var seen = {};
      for (var n = 0; n < ranks.length; n += 1) {
        if (seen[ranks[n]]) { return words.sameRank.replace("%s", ranks[n]); }
        seen[ranks[n]] = true;
      }
    }
    var chosen = marks(contest).length;
    if (chosen > limit(contest)) {
      return words.tooMany.replace("%a", chosen).replace("%b", limit(contest));
    }
    return null;
  }

  function nameOf(contest, id) {
    for (var n = 0; n < contest.options.length; n += 1) {
      if (contest.options[n].id === id) { return contest.options[n].shown; }
    }
    return id;
  }

  function checkPaper() {
    var first = null;
    definition.contests.forEach(function (contest) {
      var problem = fault(contest);
      var place = byId("fault-" + contest.id);
      place.textContent = problem || "";
      place.hidden = !problem;
      if (problem && !first) { first = byId("contest-" + contest.id); }
    });
    if (first) { first.scrollIntoView(); first.focus(); }
    return !first;
  }

  function fillReview() {
    var list = byId("review-list");
    list.textContent = "";
    definition.contests.forEach(function (contest) {
      var chosen = marks(contest);
      var title = document.createElement("dt");
      title.textContent = contest.shown;
      list.appendChild(title);
      if (!chosen.length) {
        var blank = document.createElement("dd");
        blank.textContent = words.blank;
        list.appendChild(blank);
      }
      chosen.forEach(function (id, place) {
        var line = document.createElement("dd");
        line.textContent = (contest.ranked ? (place + 1) + ". " : "") + nameOf(contest, id);
        list.appendChild(line);
      });
      if (chosen.length && chosen.length < limit(contest) && !contest.ranked) {
        var fewer = document.createElement("dd");
        fewer.className = "soft";
        fewer.textContent = words.fewer.replace("%a", chosen.length).replace("%b", limit(contest));
        list.appendChild(fewer);
      }
    });
  }

  /* -- sealing ----------------------------------------------------------------------------- */

  function newCode() {
    var own = byId("own-letters").value.toLowerCase().replace(/[^a-z0-9]/g, "").slice(0, 7);
    var random = window.sodium.to_hex(window.sodium.randombytes_buf(16));
    return own ? random + "-" + own : random;
  }

  function sealed(code) {
    var choices = {};
    definition.contests.forEach(function (contest) { choices[contest.id] = marks(contest); });
    var text = JSON.stringify({
      v: 1, election: definition.election, box: voter.box, choices: choices, code: code
    });
    var content = window.sodium.from_string(text);
    if (content.length >= definition.ballot_bytes) { throw new Error(words.failed); }
    var padded = new Uint8Array(definition.ballot_bytes);
    padded.set(content);
    padded[content.length] = 0x80;
    var key = window.sodium.from_hex(definition.public_key);
    return window.sodium.crypto_box_seal(padded, key);
  }

  /* SHA-256 of what is sent, to compare with the receipt; empty where the browser has none. */
  function hashOf(envelope) {
    if (!window.crypto.subtle) { return Promise.resolve(""); }
    return window.crypto.subtle.digest("SHA-256", envelope).then(function (digest) {
      return window.sodium.to_hex(new Uint8Array(digest));
    });
  }

  function cast() {
    var button = byId("cast");
    button.disabled = true;
    say(words.sealing, false);
    var code = newCode();
    window.sodium.ready.then(function () {
      var envelope = sealed(code);
      return Promise.all([hashOf(envelope), post(page.dataset.cast, {
        token: token,
        box: voter.box,
        envelope: window.sodium.to_base64(envelope, window.sodium.base64_variants.ORIGINAL)
      })]).then(function (both) {
        if (both[0] && both[1].envelope !== both[0]) { throw new Error(words.wrongReceipt); }
        finished(both[1], code);
      });
    }).catch(function (error) {
      button.disabled = false;
      say(error.message, true);
    });
  }

  function finished(receipt, code) {
    byId("receipt-hash").textContent = receipt.envelope;
    byId("receipt-signature").textContent = receipt.signature;
    byId("receipt-check").href = page.dataset.check + "?receipt=" + receipt.envelope;
    if (definition.codes) { byId("receipt-code").textContent = code; }
    form.reset();
    byId("review-list").textContent = "";
    say("", false);
    show("review", false);
    show("receipt", true);
    moveTo("receipt");
  }

  /* -- steps ------------------------------------------------------------------------------- */

  function start() {
    if (!token) {
      show("no-link", true);
      return;
    }
    post(page.dataset.voter, { token: token }).then(function (answer) {
      voter = answer;
      byId("voter-name").textContent = answer.organisation;
      show("voted-before", answer.voted);
      show("voter", true);
      if (answer.open) {
        show("paper", true);
      } else {
        say(answer.message, true);
      }
    }).catch(function (error) { say(error.message, true); });
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    say("", false);
    if (!checkPaper()) { return; }
    fillReview();
    show("paper", false);
    show("review", true);
    moveTo("review");
  });
  byId("change").addEventListener("click", function () {
    show("review", false);
    show("paper", true);
    say("", false);
    moveTo("paper");
  });
  byId("cast").addEventListener("click", cast);
  byId("again").addEventListener("click", function () {
    show("receipt", false);
    show("voted-before", true);
    byId("cast").disabled = false;
    show("paper", true);
    moveTo("paper");
  });
  definition.contests.forEach(function (contest) {
    inputs(contest).forEach(function (field) {
      field.addEventListener("change", function () {
        var problem = fault(contest);
        var place = byId("fault-" + contest.id);
        place.textContent = problem || "";
        place.hidden = !problem;
      });
    });
  });

  /* Changing the language must not lose the link: a redirect keeps the fragment of its request. */
  var languages = document.querySelector("form.languages");
  if (languages && token) { languages.action += "#t=" + encodeURIComponent(token); }

  form.hidden = true;
  Array.prototype.forEach.call(document.querySelectorAll(".plain-only"), function (part) {
    part.hidden = true;
  });
  Array.prototype.forEach.call(document.querySelectorAll(".script-only"), function (part) {
    part.hidden = false;
  });
  window.sodium.ready.then(start, function () { say(words.failed, true); });
})();
