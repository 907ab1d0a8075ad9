// SPDX-License-Identifier: MIT
// What is wrong: connections step by step, the readiness checklist, the log and the audit lines.

import { button, card, check, choice, download, field, h, mark, refresh, replace, table } from "./dom.js";
import { bundle } from "./bundle.js";
import { enforce } from "./enforce.js";
import { date, list, text } from "./words.js";

export const title = "Diagnostics";

const KINDS = { Pass: "good", Fail: "bad", Warn: "warn", Skip: "none" };
const EVERY = 3000, QUIET = 60000;

const outcome = (value) => mark(KINDS[value] || "none", value || "");

function steps(name, all) {
  return h("ol", { class: "checks", "aria-label": name }, list(all).map((s) => h("li", { class: KINDS[s.Outcome] || "" },
    h("strong", null, outcome(s.Outcome), " ", s.Check || s.Name, s.Milliseconds ? h("small", null, ` ${s.Milliseconds} ms`) : null),
    s.Found ? h("span", null, s.Found) : null, s.Hint ? h("span", { class: "hint" }, `To do: ${s.Hint}`) : null)));
}

function verdictOf(said) {
  const isGood = said.Outcome !== "Fail";
  return h("div", { class: `summary ${isGood ? "good" : "bad"}` }, h("p", { class: "large" }, mark(isGood ? "good" : "bad", isGood ? "All is well" : `Fails: ${said.FirstFailure || ""}`)),
    said.Found && !isGood ? h("p", null, said.Found) : null, said.Hint && !isGood ? h("p", null, h("strong", null, "To do: "), said.Hint) : null);
}

// --- connections

function connections(app) {
  const url = h("input", { type: "url", placeholder: "https://server.example.com/", autocomplete: "off", spellcheck: "false" });
  const address = field("Address", url, "All is tried up to the certificates; nothing is posted");
  const present = list(app.model.status.HttpFeedback).filter((f) => f.URL).map((f) => `HttpFeedback ${f.id}`);
  const time = [1, 2, 3].map((n) => [`NTS ${n}`, `NTS: keys of time server ${n}`]);
  const what = choice([["all", "Everything that is set"], ...["ExternalManager", "Phonebook", ...present].map((s) => [s, s]), ["Logging", "Logging: the log server"], ...time,
    ["url", "An address"]]);
  address.hidden = true;
  what.addEventListener("change", () => { address.hidden = what.value !== "url"; });
  const result = h("div", { role: "status" }), submit = h("button", { class: "primary" }, "Try it");
  const form = h("form", null, field("What is tried", what), address, submit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const begun = Date.now(), progress = h("p", null, "Trying ...");
    const timer = setInterval(() => { progress.textContent = `Trying ... ${Math.round((Date.now() - begun) / 1000)} s`; }, 1000);
    replace(result, progress);
    app.run(submit, async () => {
      try {
        replace(result, await tried(app.connection, what.value, url.value));
      } catch (e) {
        replace(result);
        throw e;
      } finally {
        clearInterval(timer);
      }
    });
  });
  return card("Connections, step by step", { class: "wide" }, form, result);
}

/** HttpFeedback 2: the service and its slot. NTS 1: the service and its time server. */
function serviceOf(name) {
  const [Service, number] = name.split(" ");
  return number ? { Service, [Service === "NTS" ? "TimeServer" : "FeedbackSlot"]: Number(number) } : { Service };
}

async function tried(connection, what, url) {
  if (what !== "all") {
    const said = await connection.command("Diagnostics Connection", what === "url" ? { Url: url } : serviceOf(what));
    return [verdictOf(said), steps("Steps", said.Step)];
  }
  const said = await connection.command("Diagnostics Services");
  return [verdictOf(said), list(said.Service).map((s) => h("details", s.Outcome === "Fail" ? { open: true } : null,
    h("summary", null, outcome(s.Outcome), " ", s.Name, s.Url ? h("span", { class: "url" }, s.Url) : null), steps(s.Name, s.Step)))];
}

// --- readiness

function readiness(model) {
  const said = model.readiness;
  return said ? [h("p", null, `Level ${said.Level} of 4 is reached.`), verdictOf(said), steps("Checklist", said.Item)] : [h("p", null, "It is not known.")];
}

// --- log and audit

class Lines {
  element;
  #app;
  #words;
  #table;
  #filter = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  #count = choice([50, 200, 500].map((n) => [n, String(n)]));
  #live = h("input", { type: "checkbox", checked: true });
  #shown = h("div", { class: "log" });
  #lines = [];
  #timer;
  #lastInput = Date.now();

  constructor(app, name, words) {
    this.#app = app;
    this.#words = words;
    this.#table = name;
    const again = () => this.read();
    this.#filter.addEventListener("input", again);
    this.#count.addEventListener("change", again);
    this.#live.addEventListener("change", again);
    this.element = card(name, { class: "wide" }, h("div", { class: "filter three" }, field("Only lines with", this.#filter), field("How many", this.#count),
      check(this.#live, "Follow what comes")),
    this.#shown, h("div", { class: "buttons" }, button("Save as a file", () => this.#save())));
    this.element.addEventListener("pointermove", () => { this.#lastInput = Date.now(); });
    this.element.addEventListener("keydown", () => { this.#lastInput = Date.now(); });
    this.#timer = setInterval(() => {
      if (this.#live.checked && !document.hidden && Date.now() - this.#lastInput < QUIET) this.read();
    }, EVERY);
    this.read();
  }

  stop() {
    clearInterval(this.#timer);
  }

  async read() {
    try {
      const said = await this.#app.connection.command(this.#words, { Lines: Number(this.#count.value), ...(this.#filter.value ? { Contains: this.#filter.value } : {}) });
      this.#lines = list(said.Line).reverse();
    } catch (e) {
      replace(this.#shown, h("p", { class: "fault" }, e.isRight ? "Your user may not see it; it needs the role Admin." : e.message));
      return;
    }
    refresh(this.#shown, table(this.#table, ["Time", "Level", "Text"].filter((t) => t !== "Level" || this.#lines[0]?.Level), this.#lines.map((l) =>
      [`${date(l.Time)}${l.Clock && l.Clock !== "Trusted" ? " ?" : ""}`, ...(l.Level ? [mark({ Warning: "warn", Error: "bad" }[l.Level] || "none", l.Level)] : []), text(l.Text)]), "No line."));
  }

  #save() {
    download(`${this.#table.toLowerCase().replace(/ /g, "-")}.txt`, this.#lines.map((l) => `${l.Time} ${l.Level || ""} ${l.Text}\n`).reverse().join(""));
  }
}

function support(app) {
  const bodies = h("input", { type: "checkbox" });
  return card("Bundle for support", { class: "wide" }, h("p", null, "One archive, as sealpost bundle writes it: report, log, audit lines, status, storage, and what waits for feedback servers. Secrets are *** in it."),
    check(bodies, "With the bodies of the posts that wait, which may hold names of people"),
    h("div", { class: "buttons" }, button("Download the bundle", (e) => app.run(e.currentTarget, async () => {
      const parts = await bundle(app.connection, { name: app.model.name, hasBodies: bodies.checked, tell: (said) => app.tell(said) });
      download("sealpost-bundle.tar", parts, "application/x-tar");
      app.tell("The bundle was saved.", "good");
    }))));
}

export function show(body, app) {
  const list1 = new Lines(app, "Log", "Logging Show"), list2 = new Lines(app, "Audit", "Security Audit Show");
  const items = h("div");
  replace(body, connections(app), card("Readiness", { class: "wide" }, items), enforce(app), list1.element, list2.element, support(app));
  const leave = app.follow(() => refresh(items, readiness(app.model)));
  return { leave() {
    leave();
    list1.stop();
    list2.stop();
  } };
}
