// SPDX-License-Identifier: MIT
// A change that is taken back unless somebody confirms it in time. It is shown above every view while it waits.

import { button, card, choice, field, h, mark, replace } from "./dom.js";
import { list, seconds, visible } from "./words.js";

/** A field that asks whether a change has to be confirmed, and what of it belongs to the parameters of the command. */
export function confirmation(help) {
  const within = choice([["", "It stays"], ...[2, 5, 10, 30, 60].map((n) => [n, `It is taken back unless it is confirmed within ${n} minutes`])]);
  return {
    element: field("Once it is made", within, help),
    parameters: () => (within.value ? { ConfirmWithin: Number(within.value) } : {}),
    words: () => (within.value ? ` It is taken back unless it is confirmed within ${within.value} minutes.` : ""),
  };
}

const STATES = { Trusted: ["good", "trusted"], Unverified: ["warn", "not verified"], Refused: ["bad", "refused"], Unreachable: ["none", "not reached"], None: ["none", "not set"] };

/** Rows of a table with what each server is now and would be then, as docs/enforce.md has it. */
export function serverRows(said) {
  const state = (value) => mark(...(STATES[value] || ["none", value || ""]));
  return list(said.Server).map((v) => [v.Service, v.Host, state(v.Before), state(v.After), v.Code && !/^0=/.test(v.Code) ? v.Code : "", v.Hint || ""]);
}
export const SERVER_HEADINGS = ["Service", "Host", "Now", "Then", "Verification", "To do"];

/** Shows the change that waits in `place`, as long as one does. Returns what ends that. */
export function watch(place, app) {
  let isShown = false, countdown = null, note = null, until = 0;

  const act = (name, parameters, done, more) => button(name, (e) => app.run(e.currentTarget, async () => {
    await app.connection.command("Configuration Confirm", parameters);
    await app.model.read();
    app.tell(done, "good");
  }), more);

  const open = () => {
    countdown = h("strong");
    note = h("p", { class: "see", role: "status" });
    replace(place, card("A change waits to be confirmed", { class: "waiting" }, h("p", null, countdown), note,
      h("div", { class: "buttons" }, act("Confirm the change", undefined, "The change stays.", { class: "primary" }),
        act("Take it back now", { TakeBack: "True" }, "The change was taken back.", { class: "danger" }))));
    isShown = true;
  };

  const tick = () => {
    if (!isShown) return;
    const left = Math.max(0, Math.round((until - Date.now()) / 1000));
    countdown.textContent = `Unless it is confirmed, it is taken back in ${seconds(left)}.`;
  };

  const draw = () => {
    const w = app.model.status.Configuration?.Window;
    if (!w || w.State === "Closed" || !w.State) {
      if (isShown) replace(place);
      isShown = false;
      return;
    }
    until = Date.now() + 1000 * (w.SecondsLeft || 0);
    if (!isShown) open();
    const said = [w.OpenedBy && `Made by ${w.OpenedBy}`, w.Holds && `It has changed ${w.Holds}`,
      w.ConfirmBy === "Manager" && "The manager may confirm it, too", w.State === "TakingBack" && "It could not be taken back yet; that is tried again"]
      .filter(Boolean).map((part) => `${visible(part)}.`).join(" ");
    if (note.textContent !== said) note.textContent = said;     // screen readers read it out when it changes
    tick();
  };

  const timer = setInterval(tick, 1000), leave = app.follow(draw);
  return () => {
    clearInterval(timer);
    leave();
    replace(place);
  };
}
