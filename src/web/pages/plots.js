// SPDX-License-Identifier: MIT
// Pictures in SVG: the time line of certificates, the plot of a queue, a chain of certificates.

import { h, s } from "./dom.js";
import { days, nameOf, urgency } from "./words.js";

// Days are drawn on a logarithmic scale: a week matters as much as years do later.
const LONGEST = 3650;
const place = (n) => 100 * Math.log1p(Math.max(0, Math.min(n, LONGEST))) / Math.log1p(LONGEST);
const TICKS = [[7, "7 days"], [30, "30 d"], [90, "90 d"], [365, "1 year"], [3650, "10 years"]];

const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Certificates with {name, kind, days}, the first end first. Text says what the bars show. */
export function timeLine(certificates) {
  const row = 44, top = 22, height = top + certificates.length * row + 4;
  const picture = s("svg", { class: "timeline", width: "100%", height, role: "img",
    "aria-label": "Certificates by the time that is left: " + certificates.map((c) => `${c.name}, ${c.kind}, ${days(c.days)}`).join("; ") });
  for (const [n, label] of TICKS) {
    const x = `${place(n)}%`;
    picture.append(s("line", { class: "tick", x1: x, x2: x, y1: top - 6, y2: height }),
      s("text", { class: "tick", x, y: 12, "text-anchor": n === LONGEST ? "end" : "middle" }, label));
  }
  certificates.forEach((c, i) => {
    const y = top + i * row;
    picture.append(s("text", { class: "name", x: 0, y: y + 16 }, `${short(c.name, 24)} `, s("tspan", { class: "kind" }, short(c.kind, 18))),
      s("text", { class: "left", x: "100%", y: y + 16, "text-anchor": "end" }, days(c.days).replace(" left", "")),
      s("rect", { class: "track", x: 0, y: y + 24, width: "100%", height: 9, rx: 3 }),
      s("rect", { class: urgency(c.days), x: 0, y: y + 24, width: `${Math.max(0.8, place(c.days))}%`, height: 9, rx: 3 }));
  });
  return picture;
}

/** What waited in a queue since the page was opened: samples with {at, count}. */
export function queuePlot(samples, label) {
  const width = 240, height = 48;
  const from = samples[0]?.at ?? 0, span = Math.max(1, (samples.at(-1)?.at ?? 0) - from);
  const most = Math.max(1, ...samples.map((p) => p.count));
  const x = (p) => (samples.length < 2 ? width : (p.at - from) / span * width).toFixed(1);
  const y = (p) => (height - 3 - p.count / most * (height - 8)).toFixed(1);
  const points = samples.map((p) => `${x(p)},${y(p)}`);
  if (samples.length === 1) points.unshift(`0,${y(samples[0])}`);
  return s("svg", { class: "plot", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    s("line", { class: "track", x1: 0, x2: width, y1: height - 3, y2: height - 3 }),
    points.length ? s("polygon", { points: [`0,${height - 3}`, ...points, `${width},${height - 3}`].join(" ") }) : null,
    s("polyline", { points: points.join(" ") }));
}

/** A chain from the server's certificate up: entries with {name, issuer, note, faults}. */
export function chain(entries, label) {
  return h("ol", { class: "chain", "aria-label": label }, entries.map((c, i) => h("li", { class: c.faults.length ? "bad" : c.isMissing ? "missing" : "good" },
    i ? s("svg", { class: "link", width: 20, height: 26, "aria-hidden": "true" },
      s("path", { d: "M10 2v18m-5-6l5 6 5-6" })) : null,
    h("div", { class: "box" },
      h("strong", null, c.faults.length ? "✗ " : c.isMissing ? "? " : "✓ ", nameOf(c.name)),
      c.issuer ? h("span", null, `issued by ${nameOf(c.issuer)}`) : null,
      c.note ? h("span", null, c.note) : null,
      c.faults.map((f) => h("span", { class: "fault" }, f))))));
}
