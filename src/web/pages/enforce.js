// SPDX-License-Identifier: MIT
// The step to a level of the deployment guide: it is tried with every server before it is made.

import { button, card, check, choice, field, h, mark, replace, table } from "./dom.js";
import { SERVER_HEADINGS, confirmation, serverRows } from "./confirm.js";

const COMMAND = "Security Enforce";

/** What the attempt has found, and the button that makes the step. */
function plan(app, level, said, result) {
  const cut = Number(said.CutOff) || 0, force = h("input", { type: "checkbox" });
  const confirm = confirmation("With a time, a server that is lost by it comes back by itself");
  const make = button(`Make the step to Level ${level}`, () => app.run(make, async () => {
    const answer = await app.connection.command(COMMAND, { Level: level, ...confirm.parameters(), ...(force.checked ? { Force: "True" } : {}) });
    if (answer.Changed !== "True") throw new Error(answer.Outcome === "Fail" ? `Nothing was changed: ${cutOff(Number(answer.CutOff))}.` : "Nothing was to be changed.");
    replace(result);
    await app.model.read();
    app.tell(`The step to Level ${level} is made.${confirm.words()}`, "good");
  }), { class: "primary" });
  replace(result, h("p", { class: "large" }, cut ? mark("bad", cutOff(cut)) : mark("good", "No server would be cut off")),
    table(`Servers at Level ${level}`, SERVER_HEADINGS, serverRows(said), "No server is set."),
    h("p", null, "Nothing has been changed yet."), confirm.element,
    cut ? check(force, "Also if a server is then cut off") : null,
    h("div", { class: "buttons" }, make, button("Leave it", () => replace(result))));
}

const cutOff = (n) => `${n} ${n === 1 ? "server" : "servers"} would be cut off`;

export function enforce(app) {
  const level = choice([[4, "Level 4: every server's certificate has to pass verification"], [3, "Level 3: servers are not verified (the way back)"]]);
  const result = h("div", { role: "status", class: "result" }), submit = h("button", { class: "primary" }, "Try it with every server");
  const form = h("form", null, field("Step to", level, "Each server is connected to as that level would; nothing is sent, and nothing is changed"), submit);
  level.addEventListener("change", () => replace(result));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    app.run(submit, async () => {
      replace(result, h("p", null, "Trying ..."));
      try {
        plan(app, Number(level.value), await app.connection.command(COMMAND, { Level: Number(level.value), DryRun: "True" }), result);
      } catch (e) {
        replace(result);
        throw e;
      }
    });
  });
  return card("Change the level", { class: "wide" }, form, result);
}
