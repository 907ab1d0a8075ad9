// SPDX-License-Identifier: MIT
// A change that is taken back unless somebody confirms it in time. It is shown above every view while it waits.

import { button, card, h, replace } from "./dom.js";
import { seconds } from "./words.js";

/** Shows the change that waits in `place`, as long as one does. Returns what ends that. */
export function watch(place, app) {
  let isShown = false, countdown = null, note = null, until = 0;

  const act = (name, parameters, done, more) => button(name, (e) => app.run(e.currentTarget, async () => {
    await app.connection.command("Configuration Confirm", parameters);
    await app.model.read();
    app.tell(done, "good");
  }), more);

  const open = (w) => {
    countdown = h("strong");
    note = h("p", { class: "see" });
    replace(place, card("A change waits to be confirmed", { class: "waiting" }, h("p", null, countdown), note,
      h("div", { class: "buttons" }, act("Confirm the change", undefined, "The change stays.", { class: "primary" }),
        act("Take it back now", { TakeBack: "True" }, "The change was taken back.", { class: "danger" }))));
    isShown = true;
    app.tell(`A change by ${w.OpenedBy || "an administrator"} waits to be confirmed.`);
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
    if (!isShown) open(w);
    note.textContent = [w.OpenedBy && `Made by ${w.OpenedBy}`, w.Holds && `It has changed ${w.Holds}`,
      w.ConfirmBy === "Manager" && "The manager may confirm it, too", w.State === "TakingBack" && "It could not be taken back yet; that is tried again"]
      .filter(Boolean).join(". ");
    tick();
  };

  const timer = setInterval(tick, 1000), leave = app.follow(draw);
  return () => {
    clearInterval(timer);
    leave();
    replace(place);
  };
}
