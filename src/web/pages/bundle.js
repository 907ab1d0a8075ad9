// SPDX-License-Identifier: MIT
// The bundle for support: the members of `sealpost bundle`, with what the device answers to this page (docs/logging.md).

import { tar } from "./tar.js";
import { list, visible } from "./words.js";

const FOLDER = "sealpost-bundle/", SLOTS = 4, PAGE = 100, PAGES = 100, BODIES = 500;

// --- addresses, in which what may be secret is ***

function redactUrl(url) {
  const [, scheme, host, path, query, rest] = /^(\w+:\/\/)([^/?#]*)([^?#]*)(\?[^#]*)?(.*)$/s.exec(url);
  const isToken = (part) => part.length >= 16 && /\d/.test(part);
  return scheme + host.replace(/^.*@/s, "***@") + path.split("/").map((p) => (isToken(p) ? "***" : p)).join("/") +
    (query || "").replace(/([?&;])(?:([^=&;]*)=)?[^&;]*/g, (all, mark, name) => mark + (name === undefined ? "" : `${name}=`) + (all.length > 1 ? "***" : "")) + rest;
}
const redact = (text) => text.replace(/\w+:\/\/[^ \t\r\n"'<>]*/g, redactUrl);

// --- answers as lines

/** [path, value] of each value of an answer, as the terminal names them: "Details 1 Key". */
function rows(node, path = "") {
  if (Array.isArray(node)) return node.flatMap((item) => rows(item, `${path} ${item.id}`));
  if (node === null || typeof node !== "object") return [[path.trim(), node]];
  return Object.entries(node).flatMap(([name, value]) =>
    (name === "id" || (name === "status" && !path) ? [] : rows(value, name === "Value" && "id" in node ? path : `${path} ${name}`)));
}

const quoted = (value) => (/^(\d+|On|Off|True|False)$/.test(value) ? String(value) : JSON.stringify(value));
const terminal = (mark, answer) => rows(answer).map(([path, value]) => `*${mark} ${path}: ${quoted(value)}\n`).join("");
const result = (name, answer) => `*r ${name} (status=OK):\n${terminal(`r ${name}`, answer)}`;
const lines = (said) => (said.Text !== undefined ? String(said.Text).split("\n").filter(Boolean) :
  list(said.Line).map((l) => `${l.Time}${l.Clock && l.Clock !== "Trusted" ? "?" : ""} ${l.Text}`));
const settings = (said) => list(said.Setting).map((s) => `${s.Path}: ${JSON.stringify(s.Value)} # ${s.Origin}${s.File ? ` ${s.File}:${s.Line}` : ""}; default ${JSON.stringify(s.Default ?? "")}` +
  list(s.Hides).map((x) => `; hides ${x.Origin} ${JSON.stringify(x.Value)}`).join(""));
const whole = (all) => all.map((line) => `${line}\n`).join("");

// --- the report

const COUNTS = { "Logging Show": { Lines: 500 }, "Security Audit Show": { Lines: 1000 } };
/** Heading, what it is about, the command or the part of the status, and how lines are made of the answer, if they are not its values. */
const SECTIONS = [
  ["Program", "The agent that runs, how it was built, and the libraries that it runs with.", "SystemUnit Software Show", lines],
  ["Device", "Which device this is.", "Status SystemUnit"],
  ["Date", "TrustedDate is by time servers and is what certificates are checked against; SystemTime is the clock of the operating system.", "Status Time"],
  ["Readiness", "The deployment guide's checklist, and the level that the device has reached.", "Security Readiness Show"],
  ["Servers", "The last verdict on each server's certificate; since when, without interruption, it was good and verified; and until when the certificate is valid.", "Status Security"],
  ["Verdicts in the log", "The last verifications, by the operating system's clock, as far as the agent keeps log lines in memory.", "Logging Show", lines, { Contains: "socklib_sslHandshake" }],
  ["Settings that differ from their defaults", "Each with where its value comes from, and what it hides. Secrets are ***.", "Configuration Diff", settings],
  ["Roots and pins", "Which certificates servers are verified with.", "Security Certificates CA Show"],
  ["Revocation lists", "Which revocation lists are loaded.", "Security Certificates CRL Show"],
  ["Own certificates", "With which the device proves who it is.", "Security Certificates Services Show"],
  ["Users", "Who may log in from the network.", "UserManagement User List"],
  ["External manager", "To which manager the device belongs, and how that goes.", "Status Provisioning"],
  ["Feedback", "Which servers have registered for changes, and what waits for them.", "Status HttpFeedback"],
  ["Log server", "Where log lines are sent as well, what waits for it, and what was lost.", "Status Logging"],
  ["Messages", "What the agent says is wrong now.", "Status Diagnostics"],
  ["Audit", "What was changed or refused, when, and by whom; the last 1,000 lines. A question mark behind the time: by the operating system's clock, since no date was trusted.", "Security Audit Show", lines],
];

async function answer(connection, what, more) {
  const [first, part] = what.split(" ");
  return first === "Status" ? { [part]: await connection.get("Status", part) ?? [] } : connection.command(what, { ...COUNTS[what], ...more });
}

/** [heading, about, lines] of each section. */
async function sections(connection) {
  const all = [];
  for (const [heading, about, what, shape, more] of SECTIONS) {
    const text = await answer(connection, what, more).then(
      shape || ((said) => rows(said).filter(([path]) => path !== "Format").map(([path, value]) => `${path}: ${value}`)), (e) => [`Missing: ${e.message}`]);
    all.push([heading, about, text.length ? text : ["None."]]);
  }
  return all;
}

const underlined = (text, mark) => `${text}\n${mark.repeat(text.length)}\n`;
const asText = (title, all) => underlined(title, "=") + all.map(([heading, about, text]) => `\n${underlined(heading, "-")}${about}\n\n${whole(text)}`).join("");

const escape = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const asHtml = (title, all) => `<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="default-src 'none'; ` +
  `style-src 'unsafe-inline'">\n<title>${escape(title)}</title>\n<style>body { font-family: sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em }\n` +
  `pre { white-space: pre-wrap; overflow-wrap: anywhere }</style>\n</head>\n<body>\n<h1>${escape(title)}</h1>\n` +
  all.map(([heading, about, text]) => `<h2>${escape(heading)}</h2>\n<p>${escape(about)}</p>\n<pre>\n${escape(whole(text))}</pre>\n`).join("") + "</body>\n</html>\n";

// --- the archive

/** Adds the list of a slot's posts, where there are any, and their first bodies where they are wanted. */
async function addPosts(connection, files, kind, slot, hasBodies) {
  const command = { queue: "Queue", "dead-letters": "DeadLetters" }[kind], posts = [];
  let text = "";
  for (let page = 0; page < PAGES && posts.length === page * PAGE; page++) {
    const said = await connection.command(`HttpFeedback ${command} List`, { FeedbackSlot: slot, From: (posts.at(-1)?.Sequence ?? 0) + 1, Limit: PAGE });
    posts.push(...list(said.Post));
    text += result(`${command}ListResult`, said);
  }
  if (posts.length) files[`${kind}-${slot}.txt`] = text;
  for (const { Sequence } of hasBodies ? posts.slice(0, BODIES) : []) {
    // It may have been delivered meanwhile.
    const post = await connection.command(`HttpFeedback ${command} Show`, { FeedbackSlot: slot, Sequence }).catch(() => null);
    if (post) files[`bodies/${kind}-${slot}-${Sequence}.txt`] = result(`${command}ShowResult`, post);
  }
}

/** Asks for all of it, one after the other, and returns the archive's parts; a member that was refused says why. tell(text) says how far it is. */
export async function bundle(connection, { name, hasBodies, tell }) {
  const files = {}, title = `Report of a device with sealpost${name ? `: ${name}` : ""}`;
  tell("Collecting the report ...");
  const all = await sections(connection);
  [files["report.txt"], files["report.html"]] = [asText(title, all), asHtml(title, all)];
  const put = async (member, what, shape) => {
    tell(`Collecting ${member} ...`);
    files[member] = await answer(connection, what).then(shape, (e) => `Missing: ${e.message}\n`);
  };
  await put("log.txt", "Logging Show", (said) => whole(lines(said)));
  await put("audit.txt", "Security Audit Show", (said) => whole(lines(said)));
  tell("Collecting status.txt ...");
  files["status.txt"] = terminal("s", await connection.get("Status"));
  await put("storage.txt", "SystemUnit Storage Show", (said) => result("StorageShowResult", said));
  const registered = list(await connection.get("Status", "HttpFeedback")).filter((f) => f.URL).map((f) => f.id);
  for (let slot = 1; slot <= SLOTS; slot++)
    for (const kind of registered.includes(slot) ? ["queue", "dead-letters"] : []) await addPosts(connection, files, kind, slot, hasBodies).catch(() => {});
  return tar(Object.fromEntries(Object.entries(files).map(([member, text]) => [FOLDER + member, visible(redact(text))])), Date.now() / 1000);
}
