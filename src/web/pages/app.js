// SPDX-License-Identifier: MIT
// The frame of the page: log-in, the views, and what is told to the person.

import { Connection, Ended } from "./connection.js";
import { Model } from "./model.js";
import { button, field, h, replace } from "./dom.js";
import { reason, visible } from "./words.js";
import { watch } from "./confirm.js";
import * as overview from "./overview.js";
import * as certificates from "./certificates.js";
import * as feedback from "./feedback.js";
import * as diagnostics from "./diagnostics.js";
import * as settings from "./settings.js";
import * as users from "./users.js";
import * as api from "./api.js";

const views = { overview, certificates, feedback, diagnostics, settings, users, api };
// After a connection was lost: how often and when the device is asked whether it answers, and when the page logs in a second time.
const PROBES = 30, PROBE_EVERY = 2000, AGAIN_AFTER = 3000;
// A connection on which nothing comes for so long although something is awaited is looked at: without a network, a browser does not say
// for a quarter of an hour that it is lost.
const SILENT = 10000, LOOK_EVERY = 5000;
// The close code by which the device says that the agent has ended the session, so that nobody is to log in by itself.
const SESSION_ENDED = 4001;
const LOST = "The connection to the device is lost. Trying again ...";

const at = (id) => document.getElementById(id);

/** A part of the address, which anybody may have typed. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

class App {
  model = new Model();
  connection = null;
  /** Changes of settings that are not sent yet: they wait while other views are looked at. */
  changes = new Map();
  #name = "";
  #password = "";
  #view = null;
  #shown = "";
  #unwatch = null;
  #turn = 0;

  /** Says something to the person, and to screen readers. kind: good, bad or nothing. */
  tell(text, kind = "") {
    at("told").className = kind;
    at("told").textContent = visible(text);
  }

  /** Runs what a person has asked for: the button waits meanwhile, and a failure is told. True if it was done. */
  async run(control, work) {
    const hadFocus = control && document.activeElement === control, section = control?.closest(".card");
    if (control) {
      control.disabled = true;
      this.tell("");
    }
    try {
      await work();
      return true;
    } catch (e) {
      // The page tells by itself how its connection has ended.
      if (!(e instanceof Ended)) this.tell(reason(e), "bad");
      else if (this.connection) this.tell(LOST, "bad");
      return false;
    } finally {
      if (control) control.disabled = false;
      // Who works with the keyboard goes on where they were, or at the heading if the button is gone.
      if (hadFocus && (!document.activeElement || document.activeElement === document.body))
        (control.isConnected ? control : section?.querySelector("h3"))?.focus({ preventScroll: true });
    }
  }

  async logIn(name, password) {
    const turn = this.#turn, before = this.connection, connection = await Connection.open(name, password);
    try {
      if (turn !== this.#turn) throw new Error("Somebody has logged out meanwhile.");
      this.connection = connection;
      await this.model.follow(connection);
    } catch (e) {
      connection.close();
      if (this.connection === connection) this.connection = before;
      throw e;
    }
    [this.#name, this.#password] = [name, password];
    connection.addEventListener("lost", (event) => this.#lost(connection, event.detail.code));
    this.#look(connection);
  }

  async #look(connection) {
    const isWanted = () => connection === this.connection;
    while (isWanted()) {
      await new Promise((done) => setTimeout(done, LOOK_EVERY));
      // A command may take minutes, so it matters whether the device answers something else meanwhile.
      if (isWanted() && connection.isSilentFor(SILENT) && !await this.#answers(2, isWanted) && connection.isSilentFor(SILENT)) connection.drop();
    }
  }

  logOut(text = "You are logged out.", kind = "") {
    this.connection?.close();
    this.#forget(text, kind);
  }

  #forget(text, kind) {
    this.model.stop();
    this.connection = null;
    this.#password = "";
    this.#turn++;
    this.model = new Model();
    this.changes.clear();
    this.showLogIn(text, kind);
  }

  // A new certificate or a restart ends connections; the page comes back by itself. Wrong passwords lock an account, so the page
  // logs in once it has seen that the device answers, at most twice, and never where the device has ended the session.
  async #lost(connection, code) {
    if (connection !== this.connection) return;
    this.model.stop();
    if (code === SESSION_ENDED) {
      this.#forget("The device has ended your session: it was idle for too long, was ended by an administrator, or your password or role has changed.", "bad");
      return;
    }
    this.tell(LOST, "bad");
    for (const wait of [500, AGAIN_AFTER]) {
      await new Promise((done) => setTimeout(done, wait));
      const answers = await this.#answers(PROBES, () => connection === this.connection);
      if (connection !== this.connection) return;
      if (!answers) {
        this.#forget("The device does not answer any more, or shows a certificate that this browser does not trust.", "bad");
        return;
      }
      try {
        await this.logIn(this.#name, this.#password);
        this.tell("The device is connected again.", "good");
        this.#view?.again?.();
        return;
      } catch {
        if (connection !== this.connection) return;
      }
    }
    this.#forget("The connection was lost, and the device did not let this page in again.", "bad");
  }

  /** Does the device answer? It is asked for a file for which nobody has to log in. */
  async #answers(times, isWanted = () => true) {
    for (let i = 0; i < times && isWanted(); i++) {
      if (i) await new Promise((done) => setTimeout(done, PROBE_EVERY));
      const answer = await fetch("icon.svg", { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(5000) }).catch(() => null);
      if (answer) return true;
    }
    return false;
  }

  showLogIn(text = "", kind = "") {
    this.#view?.leave?.();
    this.#unwatch?.();
    this.#view = this.#unwatch = null;
    this.#shown = "";
    at("views").hidden = true;
    at("device").textContent = "sealpost";
    document.title = "Log in - sealpost";
    replace(at("user"));
    this.tell(text, kind);
    const name = h("input", { name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, value: this.#name });
    const password = h("input", { name: "password", type: "password", autocomplete: "current-password", required: true });
    const submit = h("button", { class: "primary" }, "Log in");
    const form = h("form", { class: "card login", "aria-labelledby": "login" }, h("h2", { id: "login" }, "Log in"), h("p", { class: "see" }, location.host),
      field("Name", name), field("Password", password), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(name.value, password, submit);
    });
    replace(at("view"), form);
    (name.value ? password : name).focus();
  }

  async #submit(name, password, submit) {
    submit.disabled = true;
    this.tell("Logging in ...");
    try {
      await this.logIn(name, password.value);
      this.tell("");
      this.#showFrame();
    } catch {
      this.tell(await this.#answers(1) ? "The device does not let you in: the name or the password is wrong, or too many log-ins wait." :
        "The device does not answer.", "bad");
      password.value = "";
      password.focus();
    } finally {
      submit.disabled = false;
    }
  }

  #showFrame() {
    replace(at("views"), h("ul", null, Object.entries(views).map(([id, view]) => h("li", null, h("a", { href: `#${id}` }, view.title)))));
    at("views").hidden = false;
    replace(at("user"), h("span", { class: "who" }, this.#name), button("Log out", () => this.logOut()));
    this.show();
  }

  /** Shows the view that the address names: #diagnostics, #diagnostics/readiness for one of its cards, #settings/ntp for what is searched. */
  show() {
    if (!this.connection) return;
    this.#unwatch ||= watch(at("waiting"), this);
    const [named, part] = location.hash.slice(1).split("/").map(decoded);
    const id = Object.hasOwn(views, named) ? named : "overview";
    const hasMoved = id !== this.#shown;
    this.#view?.leave?.();
    this.#shown = id;
    for (const link of at("views").querySelectorAll("a")) {
      if (link.hash === `#${id}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const device = visible(this.deviceName());
    at("device").textContent = device;
    document.title = `${views[id].title} - ${device}`;
    const heading = h("h2", { tabindex: "-1" }, views[id].title);
    const body = h("div", { class: `body ${id}` });
    replace(at("view"), heading, body);
    this.#view = views[id].show(body, this, part) || null;
    const card = part && document.getElementById(`card-${part}`);
    if (card || hasMoved) (card || heading).focus({ preventScroll: true });
    if (card) card.scrollIntoView();
    else scrollTo(0, 0);
  }

  deviceName() {
    return this.model.name || location.hostname;
  }

  /** Draws now and after each change of the status; the function that it returns ends that. */
  follow(draw) {
    const model = this.model;
    draw();
    model.addEventListener("change", draw);
    return () => model.removeEventListener("change", draw);
  }

  /** For a view that reads more than the status: it reads now, and again when that part of the status changes. What show() returns. */
  readWhen(part, read) {
    let known;
    const again = () => this.run(null, read);
    const leave = this.follow(() => {
      const now = JSON.stringify(part(this.model.status));
      if (now !== known) again();
      known = now;
    });
    return { leave, again };
  }
}

const app = new App();
addEventListener("hashchange", () => {
  if (location.hash !== "#content") app.tell("");
  app.show();
});
at("skip").addEventListener("click", (event) => {
  event.preventDefault();
  at("content").focus();
});
app.showLogIn();
