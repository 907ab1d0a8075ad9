// SPDX-License-Identifier: MIT
// Elements of HTML and SVG. Texts are always set as text, never as markup, so nothing that a device, a server or a
// certificate says can become a part of the page.

import { visible } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false).map((c) =>
    c instanceof Node ? c : visible(String(c))));
  return element;
}

/** An element of HTML: h("p", {class: "note", onclick: f}, "text", otherElement). */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  // A select knows its options only now.
  if (tag === "select" && attributes && attributes.value !== undefined) element.value = attributes.value;
  return element;
}

/** An element of SVG. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

let last = 0;
/** A new id, for labels and what they belong to. */
function newId() {
  return `e${++last}`;
}

/** A label with its field below it, and a help text that screen readers read with the field. */
export function field(label, control, help) {
  control.id = control.id || newId();
  const note = help ? h("small", { id: newId(), class: "help" }, help) : null;
  if (note) control.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, note);
}

export function button(text, onclick, more) {
  return h("button", { type: "button", onclick, ...more }, text);
}

/** A button that asks once more, in its own place, before work(secret, also) is done. more: attributes; secret: the label of a field for a
 * passphrase; also: what a box to tick allows besides. */
export function asking(app, text, question, work, { secret, also, ...more } = {}) {
  const control = button(text, () => {
    const back = () => {
      asked.replaceWith(control);
      control.focus();
    };
    const passphrase = secret ? h("input", { type: "password", autocomplete: "off", onkeydown: (e) => e.key === "Enter" && yes.click() }) : null;
    const box = also ? h("input", { type: "checkbox" }) : null;
    const yes = button("Yes", async () => {
      asked.classList.add("answered");
      const isDone = await app.run(yes, () => work(passphrase?.value, box?.checked));
      asked.classList.remove("answered");
      if (asked.isConnected && (isDone || !(secret || also))) back();
    }, { class: "danger" });
    const asked = h("span", { class: "asked", role: "group", "aria-label": question, onkeydown: (e) => e.key === "Escape" && back() },
      h("span", null, question), passphrase ? field(secret, passphrase) : null, box ? check(box, also) : null, yes, button("No", back));
    control.replaceWith(asked);
    (passphrase || yes).focus();
  }, more);
  return control;
}

/** A choice of values with their texts: [["a", "the first"], ...]. */
export function choice(options) {
  return h("select", null, options.map(([value, text]) => h("option", { value }, text)));
}

/** A box to tick, with its label. */
export function check(control, label) {
  control.id = control.id || newId();
  return h("div", { class: "check" }, control, h("label", { for: control.id }, label));
}

/** A section with a heading, which names it for screen readers. No two of a view have the same title. */
export function card(title, attributes, ...children) {
  const id = `card-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
  const heading = h("h3", { id, tabindex: "-1" }, title);
  const { class: more, ...others } = attributes || {};
  return h("section", { class: `card ${more || ""}`.trim(), "aria-labelledby": id, ...others }, heading, ...children);
}

/** A table: its caption, headings and rows of values. It scrolls by itself where the window is narrow. */
export function table(caption, headings, rows, empty = "None.") {
  if (!rows.length) return h("p", { class: "empty" }, empty);
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", null,
      h("caption", null, caption),
      h("thead", null, h("tr", null, headings.map((t) => h("th", { scope: "col" }, t)))),
      h("tbody", null, rows.map((values) => row(headings, values)))));
}

function row(headings, values) {
  const tr = h("tr", null, values.map((c, i) => h("td", { "data-label": headings[i], class: headings[i] ? null : "actions" }, c)));
  // Each row has the same buttons: screen readers read with them what the row is about.
  for (const control of tr.querySelectorAll("button")) {
    tr.firstChild.id = tr.firstChild.id || newId();
    control.setAttribute("aria-describedby", tr.firstChild.id);
  }
  return tr;
}

/** A word with a sign before it, so that colour alone says nothing: good, warn, bad or none. */
export function mark(kind, text) {
  const signs = { good: "✓", warn: "!", bad: "✗", none: "–" };
  return h("span", { class: `mark ${kind}` }, h("span", { class: "sign", "aria-hidden": "true" }, signs[kind]), "\u00a0", text);
}

export function replace(container, ...children) {
  container.replaceChildren(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
}

/** As replace, but not while a question in it waits for an answer: who has asked draws it then. */
export function redraw(container, ...children) {
  if (!container.querySelector(".asked:not(.answered)")) replace(container, ...children);
}

/** As replace, but what is drawn as before stays, and so do the focus and what was opened: for what is drawn every few seconds. */
export function refresh(container, ...children) {
  const wanted = children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false);
  const can = "a, button, input, select, summary, textarea, [tabindex]";
  wanted.forEach((child, i) => {
    const old = container.children[i];
    if (!old) {
      container.append(child);
      return;
    }
    const [was, is] = [old.querySelector("details"), child.querySelector("details")];
    if (was && is) is.open = was.open;
    if (old.isEqualNode(child)) return;
    const focused = [...old.querySelectorAll(can)].indexOf(document.activeElement);
    old.replaceWith(child);
    if (focused >= 0) child.querySelectorAll(can)[focused]?.focus({ preventScroll: true });
  });
  while (container.children.length > wanted.length) container.lastElementChild.remove();
}

/** Offers a text, or the parts of a file, to be saved. */
export function download(name, content, type = "text/plain") {
  const url = URL.createObjectURL(new Blob([content].flat(), { type }));
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
