// SPDX-License-Identifier: MIT
// The frame of the page: log-in, the views, and what is told to the person.

import { Connection } from "./connection.js";
import { Model } from "./model.js";
import { button, field, h, replace } from "./dom.js";
import { reason } from "./words.js";
import { watch } from "./confirm.js";
import * as overview from "./overview.js";
import * as certificates from "./certificates.js";
import * as feedback from "./feedback.js";
import * as diagnostics from "./diagnostics.js";
import * as settings from "./settings.js";
import * as users from "./users.js";
import * as api from "./api.js";

const views = { overview, certificates, feedback, diagnostics, settings, users, api };
const RETRIES = 30, RETRY_AFTER = 2000;

const at = (id) => document.getElementById(id);

class App {
  model = new Model();
  connection = null;
  #name = "";
  #password = "";
  #leave = null;
  #shown = "";
  #unwatch = null;

  /** Says something to the person, and to screen readers. kind: good, bad or nothing. */
  tell(text, kind = "") {
    at("told").className = kind;
    at("told").textContent = text;
  }

  /** Runs what a person has asked for: the button waits meanwhile, and a failure is told. */
  async run(control, work) {
    if (control) {
      control.disabled = true;
      this.tell("");
    }
    try {
      return await work();
    } catch (e) {
      this.tell(reason(e), "bad");
      return undefined;
    } finally {
      if (control) control.disabled = false;
    }
  }

  async logIn(name, password) {
    const connection = await Connection.open(name, password);
    this.connection = connection;
    [this.#name, this.#password] = [name, password];
    connection.addEventListener("lost", () => this.#lost(connection));
    await this.model.follow(connection);
  }

  logOut() {
    this.connection?.close();
    this.#forget();
    this.showLogIn("You are logged out.");
  }

  #forget() {
    this.model.stop();
    this.connection = null;
    this.#password = "";
    this.model = new Model();
  }

  // A new certificate or a restart ends connections; the page comes back by itself.
  async #lost(connection) {
    if (connection !== this.connection) return;
    this.model.stop();
    for (let i = 0; i < RETRIES && connection === this.connection; i++) {
      this.tell("The connection to the device is lost. Trying again ...", "bad");
      await new Promise((done) => setTimeout(done, i ? RETRY_AFTER : 500));
      try {
        await this.logIn(this.#name, this.#password);
        this.tell("The device is connected again.", "good");
        this.show();
        return;
      } catch { /* tried again */ }
    }
    this.#forget();
    this.showLogIn("The connection to the device is lost.");
  }

  showLogIn(text = "") {
    this.#leave?.();
    this.#unwatch?.();
    this.#leave = this.#unwatch = null;
    at("views").hidden = true;
    at("device").textContent = "sealpost";
    document.title = "Log in - sealpost";
    replace(at("user"));
    this.tell(text);
    const name = h("input", { name: "username", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true });
    const password = h("input", { name: "password", type: "password", autocomplete: "current-password", required: true });
    const submit = h("button", { class: "primary" }, "Log in");
    const form = h("form", { class: "card login", "aria-labelledby": "login" }, h("h2", { id: "login" }, "Log in"),
      field("Name", name), field("Password", password), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(name.value, password, submit);
    });
    replace(at("view"), form);
    name.focus();
  }

  async #submit(name, password, submit) {
    submit.disabled = true;
    this.tell("Logging in ...");
    try {
      await this.logIn(name, password.value);
      this.tell("");
      this.#showFrame();
    } catch {
      this.tell(await this.#whyRefused(), "bad");
      password.value = "";
      password.focus();
    } finally {
      submit.disabled = false;
    }
  }

  async #whyRefused() {
    try {
      await fetch("icon.svg", { cache: "no-store", credentials: "omit" });
      return "The device does not let you in: the name or the password is wrong, or too many log-ins wait.";
    } catch {
      return "The device does not answer.";
    }
  }

  #showFrame() {
    replace(at("views"), h("ul", null, Object.entries(views).map(([id, view]) => h("li", null, h("a", { href: `#${id}` }, view.title)))));
    at("views").hidden = false;
    replace(at("user"), h("span", { class: "who" }, this.#name), button("Log out", () => this.logOut()));
    this.show();
  }

  show() {
    if (!this.connection) return;
    this.#unwatch ||= watch(at("waiting"), this);
    const id = location.hash.slice(1) in views ? location.hash.slice(1) : "overview";
    const hasMoved = id !== this.#shown;
    this.#leave?.();
    this.#shown = id;
    for (const link of at("views").querySelectorAll("a")) {
      if (link.hash === `#${id}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    const device = this.deviceName();
    at("device").textContent = device;
    document.title = `${views[id].title} - ${device}`;
    const heading = h("h2", { tabindex: "-1" }, views[id].title);
    const body = h("div", { class: `body ${id}` });
    replace(at("view"), heading, body);
    this.#leave = views[id].show(body, this) || null;
    if (hasMoved) heading.focus({ preventScroll: true });
    scrollTo(0, 0);
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
