// SPDX-License-Identifier: MIT
// Who may log in from the network, and who is there now.

import { asking, button, card, choice, field, h, mark, redraw, replace, table } from "./dom.js";
import { list, seconds, text } from "./words.js";

export const title = "Users";

const OWN = "Your own password";

class Users {
  #app;
  #users = h("div");
  #sessions = h("div");
  #names = h("select", { required: true });
  #others;
  #mayOnlyRead = false;

  constructor(body, app) {
    this.#app = app;
    this.#others = [card("Who may log in", { class: "wide" }, this.#users), this.#passwordForm(), this.#addForm(), card("Sessions", { class: "wide" }, this.#sessions)];
    const [users, ...more] = this.#others;
    replace(body, users, this.#ownForm(), more);
  }

  async read() {
    if (this.#mayOnlyRead) return;
    const { connection } = this.#app;
    try {
      const [users, sessions] = await Promise.all([connection.command("UserManagement User List"), connection.command("Security Session List")]);
      this.#drawUsers(list(users.User));
      this.#drawSessions(list(sessions.Session));
    } catch (e) {
      if (!e.isRight) throw e;
      this.#mayOnlyRead = true;
      const [users, ...more] = this.#others;
      replace(this.#users, h("p", { class: "see" }, "To see and change the other users needs the role Admin."));
      for (const part of more) part.remove();
      users.classList.remove("wide");
    }
  }

  async #do(words, parameters, done) {
    await this.#app.connection.command(words, parameters);
    await this.read();
    this.#app.tell(done, "good");
  }

  #act(control, ...what) {
    return this.#app.run(control, () => this.#do(...what));
  }

  #asked(name, question, ...what) {
    return asking(this.#app, name, question, () => this.#do(...what));
  }

  /** As #asked, for a command that takes the password of the user who gives it. */
  #proved(name, question, words, parameters, done) {
    return asking(this.#app, name, question, (own) => this.#do(words, { ...parameters, YourPassphrase: own }, done), { secret: OWN });
  }

  #ownField() {
    return h("input", { type: "password", required: true, autocomplete: "current-password" });
  }

  #drawUsers(users) {
    const chosen = this.#names.value;
    replace(this.#names, users.map((u) => h("option", { value: u.Username }, u.Username)));
    if (users.some((u) => u.Username === chosen)) this.#names.value = chosen;
    redraw(this.#users, table("Users", ["Name", "Roles", "Password", "Log-ins", ""], users.map((u) => {
      const roles = list(u.Role).map(text), name = { Username: u.Username };
      return [u.Username, roles.join(", "), u.Active === "False" ? mark("none", "inactive: cannot log in") : u.Passphrase === "Set" ? "set" : mark("warn", "none: cannot log in"),
        u.LockedFor ? mark("bad", `locked for ${seconds(u.LockedFor)}`) : u.FailedLogins ? `${u.FailedLogins} failed in a row` : "none failed", [
          u.LockedFor ? button("Unblock", (e) => this.#act(e.currentTarget, "UserManagement User Unblock", name, `${u.Username} may log in again.`)) : null,
          u.Active === "False" ? this.#proved("Activate", `Let ${u.Username} log in again?`, "UserManagement User Modify", { ...name, Active: "True" }, `${u.Username} can log in again.`) :
            u.Active && u.Username !== "admin" ? this.#proved("Deactivate", `End the log-ins and sessions of ${u.Username}?`, "UserManagement User Modify", { ...name, Active: "False" }, `${u.Username} can log in no more.`) : null,
          u.Username === "admin" ? null : this.#asked("Delete", `Delete ${u.Username}?`, "UserManagement User Delete", name, `${u.Username} was deleted.`)]];
    })));
  }

  #drawSessions(sessions) {
    redraw(this.#sessions, table("Sessions", ["User", "Role", "From", "For", ""], sessions.map((s) => [s.Username, text(s.Role), s.Address, seconds(s.Age ?? 0),
      this.#asked("End", `End this session of ${s.Username}?`, "Security Session Terminate", { SessionId: s.Id }, "The session was ended.")]), "Nobody is logged in."));
  }

  /** Two fields for a new password, and a form that runs `act` when they agree. */
  #form(title, fields, label, act) {
    const first = h("input", { type: "password", autocomplete: "new-password" }), again = h("input", { type: "password", autocomplete: "new-password" });
    const submit = h("button", { class: "primary" }, title);
    const form = h("form", null, fields, field(label, first), field(`${label} again`, again), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (first.value !== again.value) {
        this.#app.tell("The two passwords are not the same.", "bad");
        again.focus();
        return;
      }
      act(submit, first.value).then((isDone) => isDone && form.reset());
    });
    return card(title, null, form);
  }

  /** What every user may do, also one who may only read. */
  #ownForm() {
    const old = this.#ownField();
    return this.#form("Change your password", [field("Your password now", old, "Your sessions end; log in with the new password")], "Your new password", (control, password) =>
      this.#app.run(control, async () => {
        await this.#app.connection.command("UserManagement User Passphrase Change", { OldPassphrase: old.value, NewPassphrase: password });
        this.#app.logOut("Your password was changed. Log in with the new one.", "good");
      }));
  }

  #passwordForm() {
    const name = this.#names, own = this.#ownField();
    return this.#form("Set a password", [field("User", name, "The user's sessions end; if it is you, log in with the new password"),
      field(OWN, own, "So that nobody changes passwords on a page that was left open")], "New password", (control, password) =>
      this.#act(control, "UserManagement User Passphrase Set", { Username: name.value, NewPassphrase: password, YourPassphrase: own.value }, `${name.value} has a new password.`));
  }

  #addForm() {
    const name = h("input", { required: true, autocomplete: "off", maxlength: 64 }), own = this.#ownField();
    const role = choice([["User", "User: sees, changes nothing"], ["Admin", "Admin: may do everything"]]);
    return this.#form("Add a user", [field("Name", name), field("Role", role), field(OWN, own, "So that nobody lets others in on a page that was left open")], "Password", (control, password) =>
      this.#act(control, "UserManagement User Add", { Username: name.value, Role: role.value, YourPassphrase: own.value, ...(password ? { Passphrase: password } : {}) }, `${name.value} was added.`));
  }
}

export function show(body, app) {
  body.classList.add("two");
  const users = new Users(body, app);
  return app.readWhen((status) => status.Security?.Session, () => users.read());
}
