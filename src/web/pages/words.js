// SPDX-License-Identifier: MIT
// How values of the device are shown to people.

/** A list of the device, whatever came: nothing, one object or an array. */
export function list(value) {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

export function text(value) {
  return value !== null && typeof value === "object" ? String(value.Value ?? "") : String(value ?? "");
}

/** What steers a reader's eye or terminal, such as marks that turn the direction of writing, becomes visible. */
export function visible(value) {
  return value.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu,
    (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, "0")}`);
}

/** The common name of /O=Example/CN=root, or the whole. */
export function nameOf(subject) {
  return /(?:^|\/)CN=([^/]+)/.exec(subject || "")?.[1] ?? subject ?? "";
}

/** Days until a date in one of the device's two forms; NaN if there is none. */
export function daysUntil(date, now = Date.now()) {
  return date ? (Date.parse(date) - now) / 86400000 : NaN;
}

/** good, warn or bad: as the agent's own warnings of certificates that end. */
export function urgency(days) {
  return days <= 7 ? "bad" : days <= 30 ? "warn" : "good";
}

export function days(n) {
  const whole = Math.floor(n);
  if (whole < 0) return `ended ${-whole} ${whole === -1 ? "day" : "days"} ago`;
  if (whole >= 1000) return `${Math.round(whole / 365.25)} years left`;
  return `${whole} ${whole === 1 ? "day" : "days"} left`;
}

export function seconds(n) {
  if (n < 60) return `${n} s`;
  if (n < 3600) return `${Math.round(n / 60)} min`;
  return n < 172800 ? `${Math.round(n / 3600)} h` : `${Math.round(n / 86400)} days`;
}

export function bytes(n) {
  return n < 1024 ? `${n} bytes` : n < 1048576 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1048576).toFixed(1)} MB`;
}

export function date(value) {
  const at = Date.parse(value);
  return Number.isNaN(at) ? String(value || "") : `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** "20=UNABLE_TO_GET_ISSUER_CERT_LOCALLY": its number, and words that a person can read. */
export function verdict(value) {
  const m = /^(\d+)(?:=(.*))?$/.exec(String(value ?? ""));
  if (!m) return { isGood: false, isKnown: false, text: value ? String(value) : "not verified yet" };
  const words = (m[2] || "").replace(/_/g, " ").toLowerCase();
  return { isGood: m[1] === "0", isKnown: true, text: m[1] === "0" ? "accepted" : `refused: ${m[1]}, ${words}` };
}

/** What to show of an error of the device. */
export function reason(error) {
  return error.isRight ? "Your user may not do this; it needs the role Admin." : error.message;
}
