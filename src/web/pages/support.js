// SPDX-License-Identifier: MIT
// One file for support: what the device says of itself. Secrets are *** in it, as everywhere.

const COMMANDS = ["Security Readiness Show", "Diagnostics Services", "Configuration Diff", "Security Certificates CA Show", "Security Certificates Services Show",
  "Security Certificates CRL Show", "Security Certificates CSR List", "Security Session List",
  "SystemUnit Software Show", "SystemUnit Storage Show"];

/** Asks for all of it, one after the other; what cannot be had has the reason in its place. tell(text) says how far it is. */
export async function collect(connection, tell) {
  const all = { made: new Date().toISOString(), from: location.host };
  const put = async (name, ask) => {
    tell(`Collecting: ${name} ...`);
    all[name] = await ask().catch((e) => ({ error: e.message }));
  };
  await put("Status", () => connection.get("Status"));
  await put("Configuration", () => connection.get("Configuration"));
  for (const words of COMMANDS) await put(words, () => connection.command(words));
  await put("Logging Show", () => connection.command("Logging Show", { Lines: 500 }));
  await put("Security Audit Show", () => connection.command("Security Audit Show", { Lines: 1000 }));
  return JSON.stringify(all, null, 1);
}
