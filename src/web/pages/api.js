// SPDX-License-Identifier: MIT
// How programs reach the device: addresses, examples, and the description of everything there is.

import { button, card, download, field, h, replace } from "./dom.js";

export const title = "API";

const example = (name, command) => [h("h4", null, name), h("pre", { class: "wraps", tabindex: "0" }, command)];

function examples(host) {
  const curl = "curl --cacert root.pem -u admin";
  return [
    example("Read a part of the status", `${curl} 'https://${host}/getxml?location=/Status/Time'`),
    example("Change a setting", `${curl} -H 'Content-Type: text/xml' https://${host}/putxml \\\n  --data '<Configuration><SystemUnit><Name>codec</Name></SystemUnit></Configuration>'`),
    example("Run a command", `${curl} -H 'Content-Type: text/xml' https://${host}/putxml \\\n  --data '<Command><Security><Readiness><Show/></Readiness></Security></Command>'`),
    example("Keep a session, for many requests", `${curl} -X POST -c jar https://${host}/xmlapi/session/begin\ncurl --cacert root.pem -b jar https://${host}/status.xml\n` +
      `curl --cacert root.pem -b jar -X POST https://${host}/xmlapi/session/end`),
    example("All of it over WebSocket (JavaScript)", `const xapi = await jsxapi.connect('wss://${host}', { username: 'admin', password: '...' });\nawait xapi.Status.Time.State.get();`),
  ];
}

const DOCUMENTS = [["status.xml", "the status"], ["configuration.xml", "the settings"], ["command.xml", "the commands"], ["valuespace.xml", "what values may be"]];

function schema(app) {
  const what = h("select", null, ["Configuration", "Command", "Status", "Event"].map((w) => h("option", { value: w }, w)));
  const path = h("input", { autocomplete: "off", spellcheck: "false" });
  const shown = h("div", { role: "status" });
  const read = async () => {
    const words = path.value.trim().split(/[\s/]+/).filter(Boolean).map((w) => (/^\d+$/.test(w) ? Number(w) : w));
    return app.connection.call("xDoc", { Path: [what.value, ...words], Type: "Schema" });
  };
  const show = h("button", { class: "primary" }, "Show");
  const form = h("form", null, field("Document", what), field("Below", path, "Empty: all of it. Or a path: HttpFeedback Register"),
    h("div", { class: "buttons" }, show, button("Download", (e) => app.run(e.currentTarget, async () => download(`${what.value}.json`, JSON.stringify(await read(), null, 2), "application/json")))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    app.run(show, async () => replace(shown, h("pre", { tabindex: "0", "aria-label": "Schema" }, JSON.stringify(await read(), null, 2))));
  });
  return card("Schema", { class: "wide" }, h("p", null, "The form from which the codec family's own tools make types."), form, shown);
}

export function show(body, app) {
  const { host } = location;
  replace(body,
    card("Addresses", { class: "wide" }, h("p", null, "Each wants a name and a password, or a session's cookie; this page has its own way in."),
      h("dl", null, DOCUMENTS.map(([file, words]) => [h("dt", null, h("a", { href: file, target: "_blank", rel: "noreferrer" }, file)), h("dd", null, words)]),
        h("dt", null, "getxml?location=/..."), h("dd", null, "a part of one of these"),
        h("dt", null, "putxml"), h("dd", null, "settings and commands, by POST"),
        h("dt", null, "ws"), h("dd", null, "all of it as JSON-RPC over WebSocket; this page uses nothing else"))),
    card("Examples", { class: "wide" }, h("p", null, "root.pem is the root of the authority that has issued the device's certificate."), examples(host)),
    schema(app));
}
