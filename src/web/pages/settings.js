// SPDX-License-Identifier: MIT
// All settings: what they mean, what they may be, where their values come from; and changes, which are sent together.

import { button, card, check, field, h, replace, table } from "./dom.js";
import { SERVER_HEADINGS, confirmation, serverRows } from "./confirm.js";
import { list, reason } from "./words.js";

export const title = "Settings";

/** The description of all settings as a map from the path in lower case: {path, space, help}. */
function flatten(node, path, all) {
  if (Array.isArray(node)) {
    for (const item of node) flatten(item, `${path} ${item.id}`, all);
  } else if (node && typeof node === "object") {
    if (node.ValueSpace) all.set(path.trim().toLowerCase(), { space: node.ValueSpace, help: node.description || "" });
    else for (const [name, value] of Object.entries(node)) if (name !== "id") flatten(value, `${path} ${name}`, all);
  }
  return all;
}

function spaceInWords(space) {
  switch (space.type) {
    case "Literal": return list(space.Value).join(", ");
    case "Integer": return `a whole number from ${space.Min} to ${space.Max}`;
    case "String": return `a text of ${space.MinLength} to ${space.MaxLength} characters`;
    default: return space.type;
  }
}

function originInWords(row) {
  const hidden = list(row.Hides).map((x) => `${x.Origin}: ${x.Value}`).join(", ");
  const where = row.Origin === "File" ? `file ${row.File}, line ${row.Line}` :
    { Terminal: "an administrator", Manager: "the manager", System: "the operating system" }[row.Origin] || row.Origin;
  return hidden ? `${where}, hides ${hidden}` : where;
}

/** A line as the terminal and files have it. */
const lineOf = (path, value) => `xConfiguration ${path}: ${JSON.stringify(value)}\n`;

class Settings {
  #app;
  #rows = [];
  #changes;
  #search = h("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  #onlySpecial = h("input", { type: "checkbox" });
  #count = h("p", { role: "status", class: "see" });
  #list = h("div", { class: "settings-list" });
  #review = h("div", { class: "review" });

  constructor(body, app, sought) {
    this.#app = app;
    this.#search.value = sought;
    this.#changes = app.changes;
    this.#search.addEventListener("input", () => this.#draw());
    this.#onlySpecial.addEventListener("change", () => this.#draw());
    replace(body, h("form", { role: "search", class: "filter", onsubmit: (e) => e.preventDefault() },
      field("Search", this.#search, "Parts of a name, a value or its help: ntp server, TlsVerify, timeout"),
      check(this.#onlySpecial, "Only what is not default")),
    this.#review, this.#count, this.#list);
  }

  async read() {
    const { connection } = this.#app;
    const [doc, origins] = await Promise.all([connection.call("xDoc", { Path: ["Configuration"], Type: "Schema" }),
      connection.command("Configuration Origin Get")]);
    const described = flatten(doc, "", new Map());
    this.#rows = list(origins.Setting).map((row) => {
      const { space = { type: "String", MinLength: 0, MaxLength: 4096 }, help = "" } = described.get(row.Path.toLowerCase()) || {};
      return { ...row, Value: String(row.Value), space, help, found: `${row.Path} ${row.Value} ${help}`.toLowerCase() };
    });
    this.#drawReview();
    this.#drawOnceLeft();
  }

  /** Draws the list as soon as nothing in it has the focus, so that what somebody is typing into stays. */
  #drawOnceLeft() {
    if (this.#list.contains(document.activeElement))
      this.#list.addEventListener("focusout", () => setTimeout(() => this.#drawOnceLeft()), { once: true });
    else this.#draw();
  }

  #draw() {
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = this.#rows.filter((r) => words.every((w) => r.found.includes(w)) && (!this.#onlySpecial.checked || r.Origin !== "Default"));
    this.#count.textContent = `${shown.length} of ${this.#rows.length} settings`;
    const groups = new Map();
    for (const row of shown) {
      const group = row.Path.split(" ").slice(0, /^(NetworkServices|Security)/.test(row.Path) ? 2 : 1).join(" ");
      groups.set(group, [...(groups.get(group) || []), row]);
    }
    replace(this.#list, [...groups].map(([name, rows]) => card(name, { class: "wide" }, rows.map((row) => this.#row(row)))));
  }

  #row(row) {
    const value = this.#changes.get(row.Path) ?? row.Value;
    const control = row.space.type === "Literal" ?
      h("select", { value }, [...new Set([...list(row.space.Value), row.Value])].map((v) => h("option", { value: v }, v))) :
      row.space.type === "Integer" ? h("input", { type: "number", min: row.space.Min, max: row.space.Max, value }) :
        h("input", { type: "text", maxlength: row.space.MaxLength, value, autocomplete: "off", spellcheck: "false" });
    control.dataset.path = row.Path;
    const standard = `default: ${row.Default === "" || row.Default === undefined ? "empty" : row.Default}`;
    const element = h("div", { class: "setting" }, field(row.Path, control, `${row.help} May be: ${spaceInWords(row.space)}.`));
    element.firstChild.append(h("p", { class: "origin" }, row.Origin === "Default" ? `Not set${row.Inherits ? `, follows ${row.Inherits}` : ""}; ${standard}` :
      [h("strong", null, `Set by ${originInWords(row)}`), `; ${standard}`]));
    const mark = () => element.classList.toggle("changed", this.#changes.has(row.Path));
    control.addEventListener("input", () => {
      if (control.value === row.Value) this.#changes.delete(row.Path);
      else this.#changes.set(row.Path, control.value);
      mark();
      this.#drawReview();
    });
    mark();
    return element;
  }

  #drawReview() {
    if (!this.#changes.size) {
      replace(this.#review);
      return;
    }
    const rows = [...this.#changes].map(([path, value]) => [path, this.#rows.find((r) => r.Path === path).Value || "(empty)", value || "(empty)"]);
    const tried = h("div", { role: "status" });
    const confirm = confirmation("With a time, the servers are asked first, and nothing is changed if one would be cut off");
    const send = button("Send these changes", () => this.#send(send, confirm), { class: "primary" });
    replace(this.#review, card("Changes", { class: "wide changes" }, table("Changes that are not sent yet", ["Setting", "Now", "Then"], rows),
      this.#warning(), confirm.element, tried,
      h("div", { class: "buttons" }, send, button("Check without changing anything", (e) => this.#check(e.currentTarget, tried)), button("Drop them", () => this.#drop()))));
  }

  #warning() {
    const cuts = [...this.#changes.keys()].some((p) => /^NetworkServices (HTTPS (Mode|Server Port|Listen)|Websocket)/.test(p));
    return cuts ? h("p", { class: "fault" }, "This page comes over the setting that you change: it may not be reached afterwards.") : null;
  }

  #document() {
    return [...this.#changes].map(([path, value]) => lineOf(path, value)).join("");
  }

  #check(control, where) {
    return this.#app.run(control, async () => {
      const { connection } = this.#app, body = this.#document();
      const said = await connection.command("Configuration Apply", { DryRun: "True", body });
      const servers = await connection.command("Configuration Try", { body });
      replace(where, h("p", null, `All values are right; ${said.Changed} would change.`),
        table("Servers with these settings", SERVER_HEADINGS, serverRows(servers), "No server is affected."));
    });
  }

  #send(control, confirm) {
    return this.#app.run(control, async () => {
      const n = this.#changes.size, body = this.#document();
      try {
        const within = confirm.parameters();
        if (within.ConfirmWithin) {
          const said = await this.#app.connection.command("Configuration Try", { ...within, body });
          if (said.Outcome === "Fail") throw new Error(said.Found || said.Hint || "a server would be cut off; check the changes to see which.");
        } else {
          await this.#app.connection.command("Configuration Apply", { body });
        }
        this.#app.tell(`${n} ${n === 1 ? "setting was" : "settings were"} changed.${confirm.words()}`, "good");
      } catch (e) {
        // The agent says that, too, and speaks of lines, which nobody has written here.
        const why = reason(e).replace(/^nothing is changed, since the \w+ ha(s|ve) \d+ mistakes?; /, "").replace(/line \d+, column \d+: /g, "");
        this.#app.tell(`Nothing was changed: ${why}`, "bad");
        return;
      }
      this.#changes.clear();
      await Promise.all([this.read(), this.#app.model.read()]);
    });
  }

  #drop() {
    this.#changes.clear();
    this.#drawReview();
    this.#draw();
    this.#search.focus();
  }
}

export function show(body, app, sought = "") {
  const settings = new Settings(body, app, sought);
  return app.readWhen((status) => [status.Configuration?.Window?.State, app.model.settingsChanged], () => settings.read());
}
