// SPDX-License-Identifier: MIT
// What the page knows of the device's status. It is read anew when the device tells of a change, and each few seconds, since
// times and ages change without being told.

import { list } from "./words.js";

const PARTS = ["Configuration", "Diagnostics", "HttpFeedback", "NetworkServices", "Provisioning", "Security", "SystemUnit", "Time"];
const EVERY = 5000, AFTER_CHANGE = 400, QUIET = 60000, KEPT = 720;

let lastInput = Date.now();
for (const kind of ["pointerdown", "keydown", "wheel"])
  addEventListener(kind, () => { lastInput = Date.now(); }, { passive: true });

export class Model extends EventTarget {
  status = {};
  readiness = null;
  name = "";
  /** How often settings have changed, by whomever. */
  settingsChanged = 0;
  /** Of each slot, what waited when: {slot: [{at, count}]}, since the page was opened. */
  queues = {};
  #connection = null;
  #timer = 0;
  #soon = 0;
  #isReading = false;
  #mayExpire = false;

  /** Begins to follow the device on this connection. */
  async follow(connection) {
    this.#connection = connection;
    const expires = (session) => { this.#mayExpire = Number(session?.InactivityTimeout ?? this.#mayExpire) > 0; };
    expires(await connection.get("Configuration", "Security", "Session").catch(() => undefined));
    await connection.subscribe(["Configuration"], (e) => {
      expires(e.Configuration?.Security?.Session);
      this.settingsChanged++;
      this.#readSoon();
    }).catch(() => {});
    this.name = await connection.get("Configuration", "SystemUnit", "Name").catch(() => "");
    await this.read();
    for (const part of PARTS)
      await connection.subscribe(["Status", part], () => this.#readSoon()).catch(() => {});
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#readIfWanted(), EVERY);
  }

  stop() {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#soon = 0;
    this.#connection = null;
  }

  async read() {
    const connection = this.#connection;
    if (!connection || this.#isReading) return;
    this.#isReading = true;
    try {
      const values = await Promise.all(PARTS.map((p) => connection.get("Status", p)));
      this.readiness = await connection.command("Security Readiness Show").catch(() => null);
      this.status = Object.fromEntries(PARTS.map((p, i) => [p, values[i]]));
      this.#note();
    } finally {
      this.#isReading = false;
    }
    this.dispatchEvent(new Event("change"));
  }

  #note() {
    const at = Date.now();
    for (const slot of list(this.status.HttpFeedback)) {
      const kept = this.queues[slot.id] ||= [];
      kept.push({ at, count: slot.Queue?.Count ?? 0 });
      if (kept.length > KEPT) kept.shift();
    }
  }

  #readSoon() {
    this.#soon ||= setTimeout(() => {
      this.#soon = 0;
      this.#readIfWanted();
    }, AFTER_CHANGE);
  }

  // A session in which nobody does anything has to end when an administrator has said so; the page's own questions must
  // not keep it open.
  #readIfWanted() {
    if (document.hidden || (this.#mayExpire && Date.now() - lastInput > QUIET)) return;
    this.read().catch(() => {});
  }
}
