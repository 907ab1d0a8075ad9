// SPDX-License-Identifier: MIT
// What is wrong: connections step by step, the readiness checklist, the log and the audit lines.

import { button, card, download, field, h, mark, newId, refresh, replace, table } from "./dom.js";
import { collect } from "./support.js";
import { date, list, text } from "./words.js";

export const title = "Diagnostics";

const KINDS = { Pass: "good", Fail: "bad", Warn: "warn", Skip: "none" };
const EVERY = 3000, QUIET = 60000;

const outcome = (value) => mark(KINDS[value] || "none", value || "");

function steps(name, all) {
  return h("ol", { class: "checks", "aria-label": name }, list(all).map((s) => h("li", { class: KINDS[s.Outcome] || "" },
    h("strong", null, outcome(s.Outcome), " ", s.Check || s.Name), s.Milliseconds ? h("span", { class: "see" }, `${s.Milliseconds} ms`) : null,
    s.Found ? h("span", null, s.Found) : null, s.Hint ? h("span", { class: "hint" }, `To do: ${s.Hint}`) : null)));
}

function verdictOf(said) {
  const isGood = said.Outcome !== "Fail";
  return h("div", { class: `summary ${isGood ? "good" : "bad"}` }, h("p", { class: "large" }, mark(isGood ? "good" : "bad", isGood ? "All is well" : `Fails: ${said.FirstFailure || ""}`)),
    said.Found && !isGood ? h("p", null, said.Found) : null, said.Hint && !isGood ? h("p", null, h("strong", null, "To do: "), said.Hint) : null);
}

// --- connections

function connections(app) {
  const what = h("select", null), url = h("input", { type: "url", placeholder: "https://server.example.com/", autocomplete: "off", spellcheck: "false" });
  const address = field("Address", url, "All is tried up to the certificates; nothing is posted");
  const present = list(app.model.status.HttpFeedback).filter((f) => f.URL).map((f) => `HttpFeedback ${f.id}`);
  const services = ["ExternalManager", "Phonebook", ...present];
  what.append(h("option", { value: "all" }, "Everything that is set"), ...services.map((s) => h("option", { value: s }, s)), h("option", { value: "url" }, "An address"));
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

/** HttpFeedback 2: the service and its slot. */
function serviceOf(name) {
  const [Service, slot] = name.split(" ");
  return slot ? { Service, FeedbackSlot: Number(slot) } : { Service };
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
  #count = h("select", null, [50, 200, 500].map((n) => h("option", { value: n }, String(n))));
  #live = h("input", { type: "checkbox", checked: true, id: newId() });
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
      h("div", { class: "check" }, this.#live, h("label", { for: this.#live.id }, "Follow what comes"))),
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
  return card("For support", { class: "wide" }, h("p", null, "One file with status, settings, checks, certificates, log and audit lines. Secrets are *** in it."),
    h("div", { class: "buttons" }, button("Save a file for support", (e) => app.run(e.currentTarget, async () => {
      download("support.json", await collect(app.connection, (said) => app.tell(said)), "application/json");
      app.tell("The file was saved.", "good");
    }))));
}

export function show(body, app) {
  const list1 = new Lines(app, "Log", "Logging Show"), list2 = new Lines(app, "Audit", "Security Audit Show");
  const items = h("div");
  replace(body, connections(app), card("Readiness", { class: "wide" }, items), list1.element, list2.element, support(app));
  const leave = app.follow(() => refresh(items, readiness(app.model)));
  return () => {
    leave();
    list1.stop();
    list2.stop();
  };
}
