// SPDX-License-Identifier: MIT
// Roots, own certificates, requests and revocation lists; and what a server sends.

import { asking, button, card, check, choice, download, field, h, mark, redraw, replace, table } from "./dom.js";
import { confirmation } from "./confirm.js";
import { chain } from "./plots.js";
import { date, days, list, nameOf, text, urgency, verdict } from "./words.js";

export const title = "Certificates";

const PEM = "-----BEGIN";
const ROOTS = "Security Certificates CA", OWN = "Security Certificates Services", LISTS = "Security Certificates CRL", CSR = "Security Certificates CSR";
const ALSO = "Also if a server is then no longer trusted";

/** A file as the commands take it: text as it is; binary forms in PEM's clothes would be wrong, so base64 alone. */
async function readFile(file) {
  if (file.size > 4000000) throw new Error(`${file.name} has ${file.size} bytes; no certificate is that long.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const asText = new TextDecoder("utf-8").decode(bytes);
  if (asText.includes(PEM)) return asText;
  let binary = "";
  for (const b of bytes) binary += String.fromCharCode(b);
  return btoa(binary).replace(/.{64}/g, "$&\n") + "\n";
}

const isOwn = (kind) => kind === "HTTPS" || kind === "HttpClient";
const left = (n) => mark(urgency(n), days(n));

function details(c) {
  const rows = [["Its name here", c.Name], ["Subject", c.SubjectName], ["Issuer", c.IssuerName], ["Names", c.SubjectAltName], ["Valid from", date(c.notBefore)], ["Valid until", date(c.notAfter)],
    ["Key", c.SignatureAlgorithm ? `${c.SignatureAlgorithm}, ${c.PublicKeySize} bits` : ""], ["Signed with", c.HashingAlgorithm], ["Uses", [c.KeyUsage, c.ExtendedKeyUsage].filter(Boolean).join(", ")],
    ["Serial number", c.SerialNumber], ["SHA-1", c.Fingerprint], ["SHA-256", c.FingerprintSHA256],
    ["Cannot serve", list(c.NotUsableFor).map(text).join("; ")]].filter(([, v]) => v);
  return h("details", null, h("summary", null, nameOf(c.SubjectName)), h("dl", null, rows.map(([k, v]) => [h("dt", null, k), h("dd", null, v)])));
}

/** The lines in which a command reports on a file. */
const report = (said) => [...list(said.Certificate), ...list(said.List), ...list(said.Note)].map(text).filter(Boolean).concat(warnings(said));

const lines = (found) => h("ul", null, found.map((line) => h("li", null, line)));
const warnings = (said) => list(said?.Warning).map(text);

/** What a dry run says: what the file is, and what each server would then answer. */
function plan(said) {
  const parts = [], found = report(said);
  if (found.length) parts.push(lines(found));
  const servers = list(said.Server);
  if (servers.some((v) => v.ClientCertificate)) {
    const kinds = { Accepted: ["good", "takes it"], Refused: ["bad", "refuses it"], NotAsked: ["none", "asks for none"] };
    parts.push(table("What each server says of it", ["Service", "Server", "Answer", "Reason"], servers.map((v) =>
      [v.Service, v.URL, mark(...(kinds[v.ClientCertificate] || ["warn", "not known"])), v.Reason || ""])));
  } else if (servers.length) {
    parts.push(table("What would change for each server", ["Service", "Server", "Now", "Then"], servers.map((v) => {
      const show = (value) => {
        const is = verdict(value);
        return is.isKnown ? mark(is.isGood ? "good" : "bad", is.text) : text(value);
      };
      return [v.Service, v.URL || v.Host, show(v.Before), show(v.After ?? v.Result ?? v.Outcome)];
    })));
  } else {
    parts.push(h("p", { class: "see" }, "No server that is set would be affected."));
  }
  return parts;
}

class Certificates {
  #app;
  #parts = { upload: h("div"), roots: h("div"), own: h("div"), requests: h("div"), lists: h("div"), server: h("div") };

  constructor(body, app) {
    this.#app = app;
    const part = (name, heading, extra) => card(heading, { class: `wide ${name}` }, this.#parts[name], extra);
    replace(body, part("upload", "Add a file"), part("roots", "Roots", this.#restore()), part("own", "Own certificates"), part("requests", "Requests", this.#create()),
      part("lists", "Revocation lists"), part("server", "What a server sends"));
    this.#drawUpload();
    this.#drawServer();
  }

  #command(words, parameters) {
    return this.#app.connection.command(words, parameters);
  }

  async read() {
    const [roots, own, lists, requests] = await Promise.all([this.#command(`${ROOTS} Show`), this.#command(`${OWN} Show`), this.#command(`${LISTS} Show`), this.#command(`${CSR} List`)]);
    this.#drawRoots(list(roots.Details));
    this.#drawOwn(list(own.Details));
    this.#drawRequests(list(requests.Request));
    this.#drawLists(list(lists.Details));
  }

  // --- a file, and what it would do

  #drawUpload(reported = []) {
    const input = h("input", { type: "file", accept: ".pem,.crt,.cer,.der,.p7b,.p7c,.p12,.pfx,.crl,.key,.txt" });
    const kind = choice([["roots", "Roots: to verify servers with"], ["replace", "Roots, in place of all that are there"],
      ["HTTPS", "Own certificate, for this page and programs (HTTPS)"], ["HttpClient", "Own certificate, for servers that ask for one (HttpClient)"], ["lists", "Revocation list"]]);
    const passphrase = h("input", { type: "password", autocomplete: "off" });
    const secret = field("Passphrase of its key", passphrase, "Only where the key or the PKCS#12 file lies under one");
    const result = h("div", { role: "status", class: "result" }, reported.length ? lines(reported) : null);
    const zone = h("div", { class: "drop" }, field("File", input, "Choose it, or drag it here: PEM, DER, PKCS#7, PKCS#12"));
    const look = button("Look at it", () => this.#look(look, input, kind, passphrase, result), { class: "primary" });
    secret.hidden = true;
    kind.addEventListener("change", () => {
      secret.hidden = !isOwn(kind.value);
      replace(result);
    });
    input.addEventListener("change", () => replace(result));
    for (const event of ["dragenter", "dragover"]) {
      zone.addEventListener(event, (e) => {
        e.preventDefault();
        zone.classList.add("over");
      });
    }
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (e) => {
      e.preventDefault();
      zone.classList.remove("over");
      if (!e.dataTransfer.files.length) return;
      input.files = e.dataTransfer.files;
      this.#look(look, input, kind, passphrase, result);
    });
    replace(this.#parts.upload, zone, field("What it is for", kind, "An own certificate comes with its key, or answers a request below"), secret, h("div", { class: "buttons" }, look), result);
  }

  #look(control, input, kind, passphrase, result) {
    return this.#app.run(control, async () => {
      replace(result);
      if (!input.files.length) throw new Error("Choose a file first.");
      const body = await readFile(input.files[0]);
      const words = { roots: `${ROOTS} Add`, replace: `${ROOTS} Upload`, lists: `${LISTS} Add` }[kind.value] || `${OWN} Add`;
      const parameters = { body, ...(isOwn(kind.value) ? { Purpose: kind.value } : {}), ...(isOwn(kind.value) && passphrase.value ? { PrivateKeyPassword: passphrase.value } : {}) };
      // Lists have no dry run: what they would do is said by the command that adds them.
      const said = kind.value === "lists" ? null : await this.#command(words, { ...parameters, DryRun: "True" });
      const force = h("input", { type: "checkbox" }), within = confirmation("With a time, the roots that were there before come back by themselves");
      const isRoots = kind.value === "roots" || kind.value === "replace";
      const confirm = button("Confirm", () => this.#add(confirm, words, { ...parameters, ...(isRoots ? within.parameters() : {}), ...(force.checked ? { Force: "True" } : {}) }), { class: "primary" });
      replace(result, h("h4", null, `${input.files[0].name}: what it would do`),
        said ? plan(said) : h("p", null, "A newer list takes the place of an older one of the same issuer and key, if a loaded certificate verifies both. Certificates that it names are refused where revocation is checked."),
        isRoots ? [within.element, check(force, ALSO)] : null,
        h("p", null, "Nothing has been changed yet."), h("div", { class: "buttons" }, confirm, button("Leave it", () => this.#drawUpload())));
      confirm.focus();
    });
  }

  #add(control, words, parameters) {
    return this.#app.run(control, async () => {
      const said = await this.#command(words, parameters);
      // A list has had no dry run: what became of it is reported only now.
      this.#drawUpload(words.startsWith(LISTS) ? report(said) : warnings(said));
      await Promise.all([this.read(), this.#app.model.read()]);
      this.#app.tell(parameters.Purpose ? `It was added; below it can be used for ${parameters.Purpose}.` :
        `It was added.${parameters.ConfirmWithin ? ` It is taken back unless it is confirmed within ${parameters.ConfirmWithin} minutes.` : ""}`, "good");
    });
  }

  /** A button that asks once more, and then runs the command. */
  #ask(text, question, words, parameters, done, more) {
    return asking(this.#app, text, question, async (passphrase, isForced) => {
      const said = await this.#command(words, { ...parameters, ...(passphrase ? { PrivateKeyPassword: passphrase } : {}), ...(isForced ? { Force: "True" } : {}) });
      await this.read();
      const warned = warnings(said);
      this.#app.tell([done, ...warned].join(" "), warned.length ? "bad" : "good");
    }, more);
  }

  // --- what there is

  #drawRoots(roots) {
    redraw(this.#parts.roots, table("Roots", ["Subject", "Ends", "Left", ""], roots.map((c) => [details(c), date(c.notAfter), left(c.DaysLeft),
      this.#ask("Delete", `Delete ${nameOf(c.SubjectName)}?`, `${ROOTS} Delete`, { Fingerprint: c.FingerprintSHA256 }, "The root was deleted.", { also: ALSO })]),
    "There are no roots yet: no server is trusted. Add the root of the authority that has issued your servers' certificates."));
  }

  #restore() {
    return h("div", { class: "buttons" }, 
      this.#ask("Restore the previous roots", "Bring back the roots as they were before the last change?", `${ROOTS} Restore`, undefined, "The roots are as they were before the last change."));
  }

  #drawOwn(own) {
    redraw(this.#parts.own, table("Own certificates", ["Subject", "Serves", "Ends", "Left", ""], own.map((c) => {
      const id = { Fingerprint: c.FingerprintSHA256 }, serves = String(c.UsedFor || ""), secret = c.Key === "Locked" ? { secret: "Passphrase of its key" } : {};
      const act = (purpose) => (serves.includes(purpose) ?
        this.#ask(`End for ${purpose}`, `End its use for ${purpose}?`, `${OWN} Deactivate`, { ...id, Purpose: purpose }, `It serves ${purpose} no more.`) :
        this.#ask(`Use for ${purpose}`, `Use it for ${purpose}?`, `${OWN} Activate`, { ...id, Purpose: purpose }, `It serves ${purpose} now.`, secret));
      return [[details(c), c.Key && c.Key !== "Plain" ? h("span", { class: "see" }, `Key: ${c.Key}`) : null], serves || "nothing", date(c.notAfter), left(c.DaysLeft), [act("HttpClient"), act("HTTPS"),
        c.Key === "Locked" && serves ? this.#ask("Unlock its key", "Until the next restart", `${OWN} Unlock`, id, "The key is unlocked.", secret) : null,
        this.#ask("Delete", `Delete ${nameOf(c.SubjectName)} and its key?`, `${OWN} Delete`, id, "The certificate and its key were deleted.")]];
    }), "There are none. Create a request below, or add a certificate with its key."));
  }

  #drawLists(lists) {
    redraw(this.#parts.lists, table("Revocation lists", ["Issuer", "Next update", ""], lists.map((c) => [nameOf(c.IssuerName), date(c.NextUpdate ?? c.nextUpdate),
      this.#ask("Delete", "Delete this list?", `${LISTS} Delete`, { Fingerprint: c.FingerprintSHA256 ?? c.Fingerprint }, "The list was deleted.")]), "There are none."));
  }

  // --- requests

  #drawRequests(requests) {
    redraw(this.#parts.requests, table("Requests that wait for the authority's answer", ["Name", "Subject", "Names", "Key", ""], requests.map((r) => [r.Name, r.SubjectName, r.SubjectAltName, r.Key, [
      button("Download", (e) => this.#app.run(e.currentTarget, async () => download(`${r.Name}.csr`, list((await this.#command(`${CSR} Show`, { Name: r.Name })).PEM).map(text).join("")))),
      this.#ask("Delete", `Delete the request ${r.Name} and its key?`, `${CSR} Delete`, { Name: r.Name }, "The request was deleted.")]]),
    "No request waits."));
  }

  #create() {
    const name = h("input", { required: true, pattern: "[A-Za-z0-9\\-]+", maxlength: 64, autocomplete: "off" }), common = h("input", { autocomplete: "off", maxlength: 64 });
    const names = h("input", { autocomplete: "off" }), organization = h("input", { autocomplete: "off", maxlength: 64 });
    const country = h("input", { autocomplete: "off", maxlength: 2 });
    const key = choice(["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"].map((k) => [k, k]));
    const submit = h("button", { class: "primary" }, "Create the request");
    const form = h("form", null, field("Name of the request", name, "Letters, digits and hyphens: under it the request is found here"),
      field("Common name", common, "Empty: the device's name with its domain"), field("Further names", names, "Host names and addresses of the device, with commas between"),
      field("Organization", organization), field("Country", country, "Two letters"), field("Kind of key", key), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#app.run(submit, async () => {
        const optional = { CommonName: common.value, SubjectAltName: names.value, Organization: organization.value, Country: country.value };
        await this.#command(`${CSR} Create`, { Name: name.value, Key: key.value, ...Object.fromEntries(Object.entries(optional).filter(([, v]) => v)) });
        form.reset();
        await this.read();
        this.#app.tell("The request was created: download it and give it to the authority. Its key stays on the device.", "good");
      });
    });
    return h("details", null, h("summary", null, "Create a request"), form);
  }

  // --- a server

  #drawServer() {
    const url = h("input", { type: "url", required: true, placeholder: "https://manager.example.com/", autocomplete: "off", spellcheck: "false" });
    const submit = h("button", { class: "primary" }, "Fetch");
    const result = h("div", { role: "status" });
    const form = h("form", null, field("Address of the server", url, "Nothing is sent to it, and nothing is trusted by this"), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#app.run(submit, async () => {
        replace(result, h("p", null, "Fetching ..."));
        try {
          replace(result, serverChain(await this.#command("Security Certificates Fetch", { Url: url.value })));
        } catch (e) {
          replace(result);
          throw e;
        }
      });
    });
    replace(this.#parts.server, form, result);
  }
}

/** What Fetch and the diagnosis of a connection say, as a picture from the server's certificate up. */
export function serverChain(said) {
  const findings = list(said.Finding).filter((f) => f.Kind !== "Warning"), sent = list(said.Certificate);
  const faultsAt = (i) => findings.filter((f) => Number(f.Depth ?? 0) === i).map((f) =>
    `${verdict(f.VerifyResult).text}: ${f.Meaning || ""}${f.Found ? `; ${f.Found}` : ""}${f.Hint ? `. To do: ${f.Hint}` : ""}`);
  const entries = sent.map((c, i) => ({ name: c.SubjectName, issuer: c.IssuerName, note: c.notAfter ? `${days(c.DaysLeft)}, until ${date(c.notAfter)}` : "", faults: faultsAt(i) }));
  const last = sent.at(-1);
  if (last && last.SubjectName !== last.IssuerName) {
    const isTrusted = said.Outcome === "Pass";
    entries.push({ name: last.IssuerName, note: isTrusted ? "uploaded root" : "neither sent nor uploaded", isMissing: !isTrusted, faults: [] });
  }
  const is = verdict(said.VerifyResult);
  return [h("p", { class: "large" }, mark(said.Outcome === "Pass" ? "good" : "bad", said.Outcome === "Pass" ? "The server is trusted" : `The server is ${is.isGood ? "refused" : is.text}`)),
    entries.length ? chain(entries, "Certificates that the server sends, its own first") : null,
    said.PEM ? h("div", { class: "buttons" }, button("Download these certificates", () => download("server.pem", text(said.PEM)))) : null];
}

export function show(body, app) {
  const certificates = new Certificates(body, app);
  return app.readWhen((status) => [status.Security?.Certificates, status.Security?.Expiring, status.Configuration?.Window?.State], () => certificates.read());
}
