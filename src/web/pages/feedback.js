// SPDX-License-Identifier: MIT
// Feedback servers: who is registered, what waits, what no server will take.

import { asking, button, card, choice, field, h, mark, refresh, replace, table } from "./dom.js";
import { queuePlot } from "./plots.js";
import { bytes, date, list, seconds, text, verdict } from "./words.js";

export const title = "Feedback";

const SHOWN = 20;

class Slot {
  element = h("div");
  #app;
  #id;
  #head = h("div");
  #posts = h("div");
  #opened = "";

  constructor(app, id) {
    this.#app = app;
    this.#id = id;
    const run = (text, words, parameters, done, more) => button(text, (e) => this.#run(e.currentTarget, words, parameters, done), more);
    this.element = card(`Slot ${id}`, { class: "wide" }, this.#head, h("div", { class: "buttons" },
      button("Test", (e) => this.#test(e.currentTarget)), run("Try again now", "HttpFeedback Enable", {}, "The server is tried now."),
      button("Show the queue", () => this.#open("Queue")), button("Show dead letters", () => this.#open("DeadLetters")),
      this.#asked("Deregister", `End the registration of slot ${id}? Its queue is dropped.`, "HttpFeedback Deregister", {}, `Slot ${id} is free.`)), this.#posts);
  }

  async #do(words, parameters, done) {
    await this.#app.connection.command(words, { FeedbackSlot: this.#id, ...parameters });
    this.#app.tell(done, "good");
    await Promise.all([this.#app.model.read(), this.#read()]);
  }

  #run(control, ...what) {
    return this.#app.run(control, () => this.#do(...what));
  }

  #asked(name, question, ...what) {
    return asking(this.#app, name, question, () => this.#do(...what), { class: "danger" });
  }

  #test(control) {
    return this.#app.run(control, async () => {
      this.#app.tell(`Slot ${this.#id} is tested ...`);
      const said = await this.#app.connection.command("HttpFeedback Test", { FeedbackSlot: this.#id });
      this.#app.tell(`Slot ${this.#id}: the server is ${verdict(said.VerifyResult).text} and has answered ${said.LastStatus} after ${said.Milliseconds ?? 0} ms.`, "good");
    });
  }

  draw(slot, samples) {
    const d = slot.Delivery || {}, q = slot.Queue || {};
    refresh(this.#head, h("p", null, mark(slot.Status === "Failed" ? "bad" : "good", slot.Status || ""), " ", slot.URL),
      d.LastError ? h("p", { class: "fault" }, d.LastError) : null,
      h("p", { class: "see" }, `${slot.Format}; ${list(slot.Expression).map(text).join(", ") || "no expressions"}`),
      queuePlot(samples, `Posts that waited in slot ${slot.id} since the page was opened`),
      h("p", { class: "see" }, `${q.Count ?? 0} wait (${bytes(q.Bytes ?? 0)})${d.NextAttempt ? `, next try in ${seconds(d.NextAttempt)}` : ""}; ` +
        `${d.Delivered ?? 0} delivered, ${d.Coalesced ?? 0} merged, ${d.Dropped ?? 0} dropped, ${d.Dead ?? 0} dead`));
  }

  async #open(which) {
    this.#opened = this.#opened === which ? "" : which;
    await this.#app.run(null, () => this.#read());
  }

  async #read() {
    const which = this.#opened;
    if (!which) {
      replace(this.#posts);
      return;
    }
    const said = await this.#app.connection.command(`HttpFeedback ${which} List`, { FeedbackSlot: this.#id, Limit: SHOWN });
    const isDead = which === "DeadLetters", words = `HttpFeedback ${which}`;
    const shown = h("div", { role: "status" });
    const rows = list(said.Post).map((p) => [String(p.Sequence), date(p.Created), bytes(p.Bytes), ...(isDead ? [p.Reason || ""] : []), [
      button("Show", (e) => this.#showPost(e.currentTarget, words, p.Sequence, shown)),
      isDead ? button("Replay", (e) => this.#run(e.currentTarget, `${words} Replay`, { Sequence: p.Sequence }, "The post is in the queue again.")) : null,
      this.#asked("Purge", "Purge this post?", `${words} Purge`, { Sequence: p.Sequence }, "The post was purged.")]]);
    replace(this.#posts, h("h4", null, isDead ? "Dead letters" : "Queue"), table(`Slot ${this.#id}: ${isDead ? "dead letters" : "queue"}`, ["Number", "Since", "Size", ...(isDead ? ["Reason"] : []), ""], rows,
      isDead ? "There are no dead letters." : "The queue is empty."),
    rows.length === SHOWN ? h("p", { class: "see" }, `Only the first ${SHOWN} are shown.`) : null,
    rows.length ? h("div", { class: "buttons" }, button("Replay all", (e) => this.#run(e.currentTarget, `${words} Replay`, {}, "All are sent again.")),
      this.#asked("Purge all", "Purge all of these posts?", `${words} Purge`, {}, "All were purged.")) : null, shown);
  }

  #showPost(control, words, sequence, shown) {
    return this.#app.run(control, async () => {
      const post = await this.#app.connection.command(`${words} Show`, { FeedbackSlot: this.#id, Sequence: sequence });
      replace(shown, h("h4", null, `Post ${sequence}`), h("pre", { class: "wraps", tabindex: "0" }, text(post.Body)));
    });
  }
}

function register(app) {
  const url = h("input", { type: "url", required: true, maxlength: 2048, placeholder: "https://server.example.com/feedback", autocomplete: "off" });
  const slot = choice([["", "the first that is free"], ...[1, 2, 3, 4].map((n) => [n, String(n)])]);
  const expressions = h("textarea", { rows: 3, spellcheck: "false" });
  const format = choice([["XML", "XML"], ["JSON", "JSON"]]);
  const submit = h("button", { class: "primary" }, "Register");
  const form = h("form", null, field("Address of the server", url, "https only"), field("Slot", slot, "Slot 3 is the manager's where one is set"),
    field("Expressions", expressions, "Which changes are sent, one a line: /Status/Call, /Event/CallDisconnect"), field("Format", format), submit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    app.run(submit, async () => {
      const lines = expressions.value.split("\n").map((l) => l.trim()).filter(Boolean);
      const said = await app.connection.command("HttpFeedback Register", { ServerUrl: url.value, Format: format.value, ...(slot.value ? { FeedbackSlot: Number(slot.value) } : {}),
        ...(lines.length ? { Expression: lines } : {}) });
      form.reset();
      await app.model.read();
      app.tell(`The server is registered in slot ${said.FeedbackSlot}.`, "good");
    });
  });
  return card("Register a server", { class: "wide" }, form);
}

export function show(body, app) {
  const slots = new Map(), shown = h("div", { class: "settings-list" });
  replace(body, shown, register(app));
  const leave = app.follow(() => {
    const present = list(app.model.status.HttpFeedback).filter((f) => f.URL);
    for (const id of slots.keys()) if (!present.some((f) => f.id === id)) slots.delete(id);
    let isNew = shown.children.length !== Math.max(1, present.length);
    for (const f of present) {
      if (!slots.has(f.id)) {
        slots.set(f.id, new Slot(app, f.id));
        isNew = true;
      }
      slots.get(f.id).draw(f, app.model.queues[f.id] || []);
    }
    if (isNew || !present.length) replace(shown, present.length ? present.map((f) => slots.get(f.id).element) : card("No server is registered", null, h("p", { class: "empty" }, "Register one below.")));
  });
  return { leave };
}
