// SPDX-License-Identifier: MIT
// Whether the device is well, and if not what to do.

import { card, h, mark, refresh, s, table } from "./dom.js";
import { queuePlot, timeLine } from "./plots.js";
import { date, daysUntil, list, nameOf, seconds, text, verdict } from "./words.js";

export const title = "Overview";

const RANK = { Critical: 0, Error: 1, Warning: 2 };
const LEVELS = { 1: "plain protocols", 2: "HTTPS beside plain protocols", 3: "HTTPS alone", 4: "HTTPS alone, and every server verified" };

function messages(status) {
  return list(status.Diagnostics?.Message).filter((m) => m.Level in RANK).sort((a, b) => RANK[a.Level] - RANK[b.Level]);
}

function light(colour) {
  const lamps = [["bad", 14], ["warn", 38], ["good", 62]];
  return s("svg", { class: "light", width: 28, height: 76, viewBox: "0 0 28 76", "aria-hidden": "true" },
    s("rect", { class: "case", x: 1, y: 1, width: 26, height: 74, rx: 8 }),
    lamps.map(([kind, y]) => s("circle", { class: kind === colour ? kind : "dark", cx: 14, cy: y, r: 9 })));
}

const link = (view, text = view) => h("a", { href: `#${view}` }, text);

/** The view on which that can be seen or changed. */
function where(reference) {
  const views = [[/Diagnostics|Readiness|Logging/, "diagnostics", "Diagnostics"], [/^xCommand Security Certificates|^xStatus Security (Certificates|Expiring)/, "certificates", "Certificates"],
    [/HttpFeedback/, "feedback", "Feedback"], [/^xConfiguration/, "settings", "Settings"]];
  const found = views.find(([pattern]) => pattern.test(reference));
  const sought = /^xConfiguration (.+)/.exec(reference);
  return found ? link(sought ? `${found[1]}/${encodeURIComponent(sought[1])}` : found[1], `Open ${found[2]}`) : null;
}

function health(model) {
  const found = messages(model.status);
  const colour = !found.length ? "good" : found[0].Level === "Warning" ? "warn" : "bad";
  const words = { good: "All is well", warn: "Something should be looked at", bad: "Something is wrong" };
  const describe = (m) => [m.Description, m.References ? h("span", { class: "see" }, "See: ", h("code", null, m.References), " ", where(m.References)) : null];
  return card("Health", { class: `health ${colour}` },
    h("div", { class: "verdict" }, light(colour), h("div", null, h("p", { class: "large" }, words[colour]),
      found.length ? h("p", { class: "first" }, describe(found[0])) : h("p", null, "The device's own checks find nothing wrong."))),
    found.length > 1 ? h("details", { open: found.length < 5 }, h("summary", null, `${found.length - 1} more`),
      h("ul", null, found.slice(1).map((m) => h("li", null, mark(m.Level === "Warning" ? "warn" : "bad", m.Level), " ", describe(m))))) : null);
}

function level(model) {
  const reached = Number(model.status.Security?.Level) || 0, readiness = model.readiness;
  const plain = list(readiness?.Item).find((i) => i.Outcome === "Fail" && /^(Servers|PlainServices)$/.test(i.Name));
  // The checklist begins with the first item that is missing for level 4.
  const next = reached < 3 && plain ? plain : readiness?.FirstFailure ? { Name: readiness.FirstFailure, ...readiness } : null;
  return card("Security level", { class: "level" },
    h("ol", { class: "steps", "aria-label": `Level ${reached} of 4 is reached` }, [1, 2, 3, 4].map((n) =>
      h("li", { class: n <= reached ? "reached" : "" }, h("span", null, String(n))))),
    h("p", { class: "large" }, reached ? `Level ${reached}: ${LEVELS[reached]}` : "Not known yet"),
    reached === 4 ? h("p", null, "Nothing is missing.") :
      next ? h("p", null, h("strong", null, `For level ${reached + 1}: ${next.Name}. `), `${text(next.Found)}${next.Hint ? `; ${next.Hint}` : ""}`) :
        h("p", null, "The readiness checklist says what is missing."),
    h("p", { class: "links" }, link("diagnostics/readiness", "Readiness checklist"), " ", link("diagnostics/change-the-level", "Change the level")));
}

function time(status) {
  const t = status.Time || {}, ntp = status.NetworkServices?.NTP || {};
  const isKnown = t.State === "Synchronised";
  return card("Trusted date", { class: "time" },
    h("p", { class: "large" }, isKnown ? date(t.TrustedDate) : "Not known"),
    h("p", null, isKnown ? mark("good", `from ${ntp.CurrentAddress || "the time servers"}`) : mark("bad", "No certificate can be verified until a time server has answered."),
      isKnown && ntp.Authentication === "None" ? h("span", { class: "see" }, "The time server's answers are not authenticated; NTS ends that.") : null),
    ntp.LastError ? h("p", { class: "fault" }, ntp.LastError) : null);
}

function attempt(service, status) {
  const slot = /^HttpFeedback (\d)$/.exec(service);
  if (slot) {
    const d = list(status.HttpFeedback).find((f) => f.id === Number(slot[1]))?.Delivery;
    return d?.NextAttempt ? `in ${seconds(d.NextAttempt)}` : d?.Parked === "True" ? "parked" : "when something is posted";
  }
  if (/^(ExternalManager|Provisioning)/.test(service)) {
    const p = status.Provisioning || {};
    return p.NextBeat ? `in ${seconds(p.NextBeat)}` : date(p.NextRetry);
  }
  return "when it is used";
}

function servers(status) {
  const rows = list(status.Security?.Server).map((v) => {
    const said = verdict(v.VerifyResult), isOff = v.Verification === "Off";
    return [v.Service, v.Host, [mark(said.isGood ? "good" : said.isKnown && !isOff ? "bad" : "warn", said.text), isOff ? " (verification is Off)" : ""],
      v.ValidUntil ? date(v.ValidUntil) : "", attempt(v.Service, status)];
  });
  return card("Servers", { class: "servers wide" },
    table("Servers that the device connects to", ["Service", "Host", "Last verdict", "Valid until", "Next attempt"], rows,
      ["No server was connected to yet. Set the address of a manager in the ", link("settings"), ", or ", link("feedback", "register a server for feedback"), "."]));
}

async function certificates(connection, status) {
  const shown = (words) => connection.command(words).then((r) => list(r.Details), () => []);
  const [roots, own] = await Promise.all([shown("Security Certificates CA Show"), shown("Security Certificates Services Show")]);
  const all = [
    ...own.map((c) => ({ name: nameOf(c.SubjectName), kind: c.UsedFor ? `own, for ${c.UsedFor}` : "own", days: c.DaysLeft })),
    ...list(status.Security?.Server).filter((v) => v.ValidUntil).map((v) => ({ name: v.Host, kind: v.Service, days: daysUntil(v.ValidUntil) })),
    ...roots.map((c) => ({ name: nameOf(c.SubjectName), kind: "root", days: c.DaysLeft })),
  ];
  return all.sort((a, b) => a.days - b.days);
}

function queue(slot, samples) {
  const d = slot.Delivery || {}, q = slot.Queue || {};
  const count = q.Count ?? 0;
  const since = samples.length ? Math.round((samples.at(-1).at - samples[0].at) / 1000) : 0;
  return h("li", null,
    h("div", null, h("strong", null, `Slot ${slot.id}`), " ", mark(slot.Status === "Failed" ? "bad" : "good", slot.Status || ""), h("span", { class: "url" }, slot.URL)),
    queuePlot(samples, `Slot ${slot.id}: ${count} posts wait now, at most ${Math.max(0, ...samples.map((p) => p.count))} in ${seconds(since)}`),
    h("div", { class: "see" }, `${count} wait${q.OldestAge ? `, the oldest for ${seconds(q.OldestAge)}` : ""}; ${d.Delivered ?? 0} delivered, ${d.Dead ?? 0} dead`));
}

function queues(model) {
  const slots = list(model.status.HttpFeedback).filter((f) => f.URL);
  return card("Feedback queues", { class: "queues wide" }, slots.length ?
    h("ul", { class: "plots" }, slots.map((f) => queue(f, model.queues[f.id] || []))) : h("p", { class: "empty" }, "No server is registered for feedback. ", link("feedback", "Register one"), "."));
}

export function show(body, app) {
  let drawn = 0, line = null, lineFor = "";
  const draw = async () => {
    const model = app.model, now = ++drawn;
    const put = () => {
      refresh(body, health(model), level(model), time(model.status), servers(model.status), queues(model),
        card("Certificates", { class: "wide" }, line?.length ? timeLine(line) :
          h("p", { class: "empty" }, line ? ["There are none yet. ", link("certificates", "Add the root"), " that has issued your servers' certificates, and a certificate of the device's own."] : "Reading ...")));
    };
    put();
    // Certificates are read when something about them has changed.
    const key = JSON.stringify([model.status.Security, model.status.NetworkServices?.HTTPS]);
    if (key === lineFor || !app.connection) return;
    lineFor = key;
    line = await certificates(app.connection, model.status);
    if (now === drawn) put();
  };
  return { leave: app.follow(draw) };
}
