/* shell: a person at a terminal: line editing, history without secrets, completion from the agent's own rows. */
#include "cli.h"

#include <errno.h>
#include <histedit.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include <wchar.h>

enum { HISTORY_MAX = 500 };

struct shell {
	struct link link;
	EditLine *el;
	History *history;
	char history_path[PATH_MAX];	/* "" when it is not kept */
	int interrupts;			/* a signalfd that tells of Ctrl-C */
	int has_colours;
	int in_body;			/* lines go to a body until one with only "." */
	char *held;			/* the line that the body belongs to */
	int is_closed;
	int is_lost;			/* the agent went, the person did not say bye */
	int is_interrupted;		/* by Ctrl-C: the line that is being typed is given up */
};

/* --- showing -------------------------------------------------------------------------------------------------- */

static const char *colour_of(const char *line, size_t len)
{
	static const char *const bad[] = { "(status=Error)", "(status=ParameterError)", "(error=True)" };
	if (len == 5 && memcmp(line, "ERROR", 5) == 0)
		return "\033[31m";
	for (size_t i = 0; i < sizeof bad / sizeof *bad && *line == '*'; i++)
		if (memmem(line, len, bad[i], strlen(bad[i])))
			return "\033[31m";
	return len > 2 && line[0] == '*' && line[1] == '?' ? "\033[36m" : NULL;
}

static void show(const struct shell *s, const struct link_block *b)
{
	const char *end = b->text + b->len;
	for (const char *line = b->text; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t len = next ? (size_t)(next - line) : (size_t)(end - line);
		const char *colour = s->has_colours ? colour_of(line, len) : NULL;
		printf("%s%.*s%s\n", colour ? colour : "", (int)len, line, colour ? "\033[0m" : "");
		line += len + 1;
	}
	fflush(stdout);
}

static void see_end(struct shell *s, const struct link_block *b)
{
	s->is_closed = b->kind == LINK_CLOSED || b->kind == LINK_PARTED;
	s->is_lost = b->kind == LINK_CLOSED;
}

/* What is pushed while somebody types appears above the line that is being typed. */
static void show_pushed(struct shell *s)
{
	struct link_block b;
	int shown = 0;
	while (!s->is_closed && link_take(&s->link, &b)) {
		if (!shown++)
			printf("\r\033[K");
		show(s, &b);
		see_end(s, &b);
	}
	if (shown && !s->is_closed)
		el_set(s->el, EL_REFRESH);
}

/* --- the answer to one line ----------------------------------------------------------------------------------- */

static int take_interrupt(const struct shell *s)
{
	struct signalfd_siginfo which;
	return read(s->interrupts, &which, sizeof which) == sizeof which;
}

/* The next block. Who does not want to wait any longer leaves by Ctrl-C: the agent answers lines one after another. */
static void next_block(struct shell *s, struct link_block *ret)
{
	while (!link_take(&s->link, ret)) {
		struct pollfd p[] = { { .fd = s->link.fd, .events = POLLIN }, { .fd = s->interrupts, .events = POLLIN } };
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents && take_interrupt(s))
			s->link.eof = 1;
		else if (p[0].revents)
			link_fill(&s->link);
	}
}

/* Sends it and waits for its answer, which is borrowed; what is pushed meanwhile is shown. */
static int ask(struct shell *s, const char *line, size_t len, struct link_block *ret)
{
	struct err e;
	if (link_send(&s->link, line, len, &e) < 0) {
		s->is_closed = 1;
		return -1;
	}
	for (next_block(s, ret); ret->kind == LINK_PUSHED; next_block(s, ret))
		show(s, ret);
	see_end(s, ret);
	return s->is_closed ? -1 : 0;
}

/* A line that was not understood may hold a secret without anyone having noticed. */
static int may_be_secret(const char *line, const struct link_block *answer)
{
	static const char *const names[] = { "passw", "secret", "key" };
	for (size_t i = 0; answer->status && i < sizeof names / sizeof *names; i++)
		if (strcasestr(line, names[i]))
			return 1;
	return answer->is_secret;
}

static void remember(struct shell *s, const char *line, const struct link_block *answer)
{
	HistEvent ev;
	if (line[strspn(line, " \t\r\n")] && !may_be_secret(line, answer))
		history(s->history, &ev, H_ENTER, line);
}

static void forget_held(struct shell *s)
{
	if (s->held)
		explicit_bzero(s->held, strlen(s->held));
	free(s->held);
	s->held = NULL;
}

static void run(struct shell *s, const char *line, int len)
{
	struct link_block b = { .text = "" };
	struct err e;
	if (s->in_body) {
		int is_last = strcmp(line, ".\n") == 0;
		if (!is_last) {
			if (link_send(&s->link, line, (size_t)len, &e) < 0)
				s->is_closed = 1;
			return;
		}
		s->in_body = 0;
	}
	if (ask(s, line, (size_t)len, &b) < 0) {
		show(s, &b);
		return;
	}
	show(s, &b);
	s->in_body = b.kind == LINK_BODY_WANTED;
	if (s->in_body) {
		s->held = strdup(line);
	} else {
		remember(s, s->held ? s->held : line, &b);
		forget_held(s);
	}
	while (!s->is_closed && link_take(&s->link, &b)) {	/* what came with it: the end, perhaps */
		show(s, &b);
		see_end(s, &b);
	}
}

/* --- completion ----------------------------------------------------------------------------------------------- */

static size_t common_length(const char *a, const char *b, size_t max)
{
	size_t n = 0;
	while (n < max && a[n] && a[n] != '\n' && strncasecmp(a + n, b + n, 1) == 0)
		n++;
	return n;
}

static void list_candidates(const char *text, const char *end)
{
	size_t column = 0;
	printf("\n");
	for (const char *line = text; line < end; line += strcspn(line, "\n") + 1)
		printf(++column % 4 == 0 ? "%.*s\n" : "%-20.*s", (int)strcspn(line, "\n"), line);
	if (column % 4)
		printf("\n");
}

/* text: a candidate a line, end behind the last. Puts what they share in place of the word of `typed` bytes. */
static unsigned char insert(struct shell *s, const char *text, const char *end, size_t typed)
{
	size_t first = strcspn(text, "\n"), shared = first, n = 0;
	char word[256];
	if (text == end)
		return CC_REFRESH_BEEP;
	for (const char *line = text; line < end; line += strcspn(line, "\n") + 1, n++)
		shared = common_length(line, text, shared);
	if (n > 1 && shared <= typed) {
		list_candidates(text, end);
		return CC_REDISPLAY;
	}
	el_deletestr(s->el, (int)typed);
	snprintf(word, sizeof word, "%.*s%s", (int)shared, text, n == 1 ? " " : "");
	el_insertstr(s->el, word);
	return CC_REFRESH;
}

/* The line up to the cursor, quoted, as the agent's xComplete wants it. */
static size_t question(const struct shell *s, struct buf *out)
{
	const LineInfo *li = el_line(s->el);
	size_t len = (size_t)(li->cursor - li->buffer), word = len;
	while (word && li->buffer[word - 1] != ' ' && li->buffer[word - 1] != '\t')
		word--;
	buf_adds(out, "xComplete \"");
	for (size_t i = 0; i < len; i++) {
		if (li->buffer[i] == '"' || li->buffer[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, li->buffer[i]);
	}
	buf_adds(out, "\"\n");
	return len - word;
}

static unsigned char on_tab(EditLine *el, int ch)
{
	struct shell *s = NULL;
	struct buf line;
	struct link_block b;
	unsigned char r = CC_REFRESH_BEEP;
	(void)ch;
	el_get(el, EL_CLIENTDATA, &s);
	if (s->in_body)
		return r;
	buf_init(&line, 16384);
	size_t typed = question(s, &line);
	if (ask(s, buf_str(&line), line.len, &b) == 0 && b.status == EX_OK) {
		const char *end = strstr(b.text, "\nOK\n");	/* its line feed stands behind the last candidate's */
		r = insert(s, b.text, end ? end : b.text, typed);
	}
	buf_done(&line);
	return r;
}

/* --- editing -------------------------------------------------------------------------------------------------- */

static char *prompt(EditLine *el)
{
	static char usual[] = "sealpost> ", body[] = "| ";
	struct shell *s = NULL;
	el_get(el, EL_CLIENTDATA, &s);
	return s->in_body ? body : usual;
}

/* Reads one character of UTF-8, and meanwhile shows what the agent pushes. */
static int get_char(EditLine *el, wchar_t *ret)
{
	struct shell *s = NULL;
	mbstate_t state = { 0 };
	el_get(el, EL_CLIENTDATA, &s);
	for (;;) {
		struct pollfd p[] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = s->link.fd, .events = POLLIN },
				      { .fd = s->interrupts, .events = POLLIN } };
		if (poll(p, 3, -1) < 0)
			return errno == EINTR ? 0 : -1;
		if (p[2].revents && take_interrupt(s)) {
			s->is_interrupted = 1;
			return 0;
		}
		if (p[1].revents) {
			link_fill(&s->link);
			show_pushed(s);
			if (s->is_closed)
				return 0;
		}
		if (!p[0].revents)
			continue;
		char c;
		ssize_t n = read(STDIN_FILENO, &c, 1);
		if (n <= 0)
			return n < 0 && errno == EINTR ? 0 : (int)n;
		size_t took = mbrtowc(ret, &c, 1, &state);
		if (took == (size_t)-1)
			memset(&state, 0, sizeof state);
		else if (took != (size_t)-2)
			return 1;
	}
}

static void open_history(struct shell *s)
{
	HistEvent ev;
	const char *home = getenv("HOME");
	s->history = history_init();
	history(s->history, &ev, H_SETSIZE, HISTORY_MAX);
	history(s->history, &ev, H_SETUNIQUE, 1);
	if (home && *home == '/')
		snprintf(s->history_path, sizeof s->history_path, "%s/.sealpost_history", home);
	if (*s->history_path)
		history(s->history, &ev, H_LOAD, s->history_path);
}

static void close_history(struct shell *s)
{
	HistEvent ev;
	mode_t before = umask(0077);
	if (*s->history_path)
		history(s->history, &ev, H_SAVE, s->history_path);
	umask(before);
	history_end(s->history);
}

static void open_editor(struct shell *s)
{
	s->el = el_init("sealpost", stdin, stdout, stderr);
	el_set(s->el, EL_CLIENTDATA, s);
	el_set(s->el, EL_PROMPT, prompt);
	el_set(s->el, EL_EDITOR, "emacs");
	el_set(s->el, EL_SIGNAL, 1);
	el_set(s->el, EL_HIST, history, s->history);
	el_set(s->el, EL_GETCFN, get_char);
	el_set(s->el, EL_ADDFN, "sealpost-complete", "Completes the word", on_tab);
	el_set(s->el, EL_BIND, "^I", "sealpost-complete", NULL);
	el_set(s->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	el_source(s->el, NULL);
}

static int open_interrupts(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Lines until the person or the agent goes. libedit would have the terminal's driver read lines between them, and while it prints its
 * prompt: what is typed then would be echoed twice, and Ctrl-D become a NUL. */
static void converse(struct shell *s)
{
	el_set(s->el, EL_PREP_TERM, 1);
	while (!s->is_closed) {
		int len = 0;
		const char *line = el_gets(s->el, &len);
		el_set(s->el, EL_PREP_TERM, 1);
		if (s->is_interrupted && !s->in_body) {	/* a body cannot be given up but with the session */
			s->is_interrupted = 0;
			printf("^C\n");
			continue;
		}
		if (!line || len <= 0) {
			printf("\n");
			break;
		}
		if (!s->is_closed)
			run(s, line, len);
	}
}

int cli_shell(const struct cli *o)
{
	struct shell s = { .has_colours = !getenv("NO_COLOR") };
	struct link_block b;
	/* libedit needs to know how to read UTF-8; nothing else shall change with the locale. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = utf8 ? uselocale(utf8) : (locale_t)0;
	int status = cli_open(o, &s.link);
	if (status)
		goto out;
	s.interrupts = open_interrupts();
	open_history(&s);
	open_editor(&s);
	if (ask(&s, "xWelcome\n", 9, &b) == 0)
		show(&s, &b);
	converse(&s);
	status = s.is_lost ? EX_UNAVAILABLE : EX_OK;
	el_end(s.el);
	forget_held(&s);
	close_history(&s);
	close(s.interrupts);
	link_close(&s.link);
out:
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return status;
}
