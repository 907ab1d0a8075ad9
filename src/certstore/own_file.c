/* SPDX-License-Identifier: MIT */
#include "own_file.h"

#include "base/mem.h"
#include "certstore/own.h"
#include "crypto/state_file.h"
#include "x509/pem.h"
#include "x509/private_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "own";

void own_file_wipe(char *text)
{
	mem_wipe(text);
}

void own_file_free_own(struct own *o)
{
	if (!o)
		return;
	cert_free(o->cert);
	while (o->n_chain)
		cert_free(o->chain[--o->n_chain]);
	EVP_PKEY_free(o->key);
	own_file_wipe(o->key_pem);
	free(o);
}

void own_file_free_waiting(struct waiting *w)
{
	if (!w)
		return;
	X509_REQ_free(w->request);
	free(w->request_pem);
	own_file_wipe(w->key_pem);
	free(w);
}

static void list_done(struct own_list *l)
{
	while (l->n)
		own_file_free_own(l->at[--l->n]);
	while (l->n_waiting)
		own_file_free_waiting(l->waiting[--l->n_waiting]);
}

void own_done(struct anchors *a)
{
	list_done(&a->own);
}

void own_file_set_chain(struct own *o, const struct bundle *u)
{
	struct cert *below = o->cert;
	while (below && !below->self_issued && o->n_chain < BUNDLE_CHAIN_MAX) {
		struct cert *issuer = NULL;
		for (size_t i = 0; i < u->n && !issuer; i++)
			if (cert_names_join(below, u->certs[i]) && cert_signed_by(below, u->certs[i]))
				issuer = u->certs[i];
		if (issuer && !issuer->self_issued) /* servers have the root themselves */
			o->chain[o->n_chain++] = cert_ref(issuer);
		below = issuer;
	}
}

/* --- reading --- */

/* One entry of the file: its first line, and the contents of the blocks below it. */
struct entry {
	/* "own HttpClient,HTTPS" or "request NAME FINGERPRINT", up to the end of the line */
	const char *head;
	size_t head_len;
	struct bundle u;
	char *request_pem;
};

static int take_block(void *arg, const struct pem_block *b, struct err *e)
{
	struct entry *n = arg;
	struct err why;
	(void)e; /* one unreadable block does not end the reading */
	if (b->damaged)
		return 0;
	if (b->form == FORM_CERTIFICATE) {
		struct cert *c = cert_parse(b->der, b->len, &why);
		if (c)
			bundle_add(&n->u, c, &why);
	} else if (b->form == FORM_KEY && !n->u.key_pem) {
		n->u.key_pem = mem_array(b->text_len + 2, 1);
		memcpy(n->u.key_pem, b->text, b->text_len);
		n->u.key_pem[b->text_len] = '\n';
	} else if (b->form == FORM_REQUEST && !n->request_pem) {
		n->request_pem = mem_array(b->text_len + 2, 1);
		memcpy(n->request_pem, b->text, b->text_len);
		n->request_pem[b->text_len] = '\n';
	}
	return 0;
}

/* Returns 1 if an entry begins at this line. No line of a PEM block begins with a word in lower case and a
 * blank. Kinds of entries that a later version may add begin in this way, too, and are skipped. */
static int is_head(const char *line)
{
	size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz");
	return n > 0 && line[n] == ' ';
}

/* Returns the next line after p that begins an entry, or the end of the text. */
static const char *next_head(const char *p)
{
	while ((p = strchr(p, '\n')) && !is_head(p + 1))
		p++;
	return p ? p + 1 : NULL;
}

static unsigned purposes_of(const char *head, size_t len)
{
	unsigned sum = 0;
	for (unsigned p = 1; p < OWN_PURPOSES; p <<= 1) {
		const char *name = own_purpose_name((enum own_purpose)p);
		if (memmem(head, len, name, strlen(name)))
			sum |= p;
	}
	return sum;
}

static void add_own(struct own_list *to, struct entry *n)
{
	if (!n->u.n || !n->u.key_pem || to->n == ANCHORS_OWN_MAX)
		return;
	struct own *o = mem_new(sizeof *o);
	o->cert = cert_ref(n->u.certs[0]);
	own_file_set_chain(o, &n->u);
	o->active = purposes_of(n->head, n->head_len);
	o->encrypted = private_key_is_encrypted(n->u.key_pem);
	o->key_pem = n->u.key_pem;
	n->u.key_pem = NULL;
	to->at[to->n++] = o;
}

static void add_waiting(struct own_list *to, struct entry *n)
{
	char head[sizeof "request " + REQUESTS_NAME_MAX + 42];
	if (!n->request_pem || !n->u.key_pem || to->n_waiting == REQUESTS_MAX)
		return;
	BIO *b = BIO_new_mem_buf(n->request_pem, -1);
	X509_REQ *request = b ? PEM_read_bio_X509_REQ(b, NULL, NULL, NULL) : NULL;
	BIO_free(b);
	ERR_clear_error();
	if (!request)
		return;
	struct waiting *w = mem_new(sizeof *w);
	snprintf(head, sizeof head, "%.*s", (int)n->head_len, n->head);
	const char *name = head + strcspn(head, " ");
	name += *name == ' ';
	size_t len = strcspn(name, " ");
	snprintf(w->name, sizeof w->name, "%.*s", (int)len, name);
	snprintf(w->renews, sizeof w->renews, "%s", name[len] ? name + len + 1 : "");
	w->request = request;
	w->encrypted = private_key_is_encrypted(n->u.key_pem);
	w->key_pem = n->u.key_pem;
	w->request_pem = n->request_pem;
	n->u.key_pem = n->request_pem = NULL;
	to->waiting[to->n_waiting++] = w;
}

/* Adds one entry of the file to the list. Returns 1 if it was added, or is of a kind that a later version
 * writes; 0 if it cannot be read. */
static int add_entry(struct own_list *to, const char *p, size_t len)
{
	struct entry n = { .head = p, .head_len = strcspn(p, "\n") };
	size_t before = to->n + to->n_waiting;
	int is_own = strncmp(p, "own ", 4) == 0, is_request = strncmp(p, "request ", 8) == 0;
	pem_stored(p, len, take_block, &n, NULL);
	if (is_own)
		add_own(to, &n);
	else if (is_request)
		add_waiting(to, &n);
	bundle_done(&n.u);
	free(n.request_pem);
	return to->n + to->n_waiting > before || !(is_own || is_request);
}

/* Appends the entries of the file to the list, with the texts of all keys. notice (may be NULL) gets a line
 * for each entry that cannot be read and is left out. */
static int read_file(const struct anchors *a, struct own_list *to, struct buf *notice, struct err *e)
{
	struct buf body;
	buf_init(&body, OWN_FILE_MAX + 256);
	int r = state_file_load(a->dir, file_name, &body, notice, e);
	const char *p = r == 0 && body.len ? buf_str(&body) : NULL;
	for (size_t number = 1; p && is_head(p); number++) {
		const char *next = next_head(p);
		if (!add_entry(to, p, next ? (size_t)(next - p) : strlen(p)) && notice)
			buf_addf(notice,
				 "%s/%s: entry %zu, an own certificate or a request, cannot be read and is "
				 "left out: upload the certificate again\n",
				 a->dir, file_name, number);
		p = next;
	}
	buf_wipe(&body);
	return r;
}

static void forget_keys(const struct anchors *a, struct own_list *l)
{
	for (size_t i = 0; a->dir && i < l->n; i++) {
		own_file_wipe(l->at[i]->key_pem);
		l->at[i]->key_pem = NULL;
	}
	for (size_t i = 0; a->dir && i < l->n_waiting; i++) {
		own_file_wipe(l->waiting[i]->key_pem);
		l->waiting[i]->key_pem = NULL;
	}
}

int own_load(struct anchors *a, struct buf *notice, struct err *e)
{
	if (read_file(a, &a->own, notice, e) < 0)
		return -1;
	for (size_t i = 0; i < a->own.n; i++) {
		struct own *o = a->own.at[i];
		if (o->active && !o->encrypted)
			o->key = private_key_read(o->key_pem, NULL, NULL);
	}
	forget_keys(a, &a->own);
	return 0;
}

/* --- keys --- */

/* Moves the text of the key out of the list that was read from the file; NULL if it is not there. */
static char *take_own_key(struct own_list *from, const struct own *o)
{
	for (size_t i = 0; i < from->n; i++)
		if (from->at[i]->key_pem && cert_same(from->at[i]->cert, o->cert)) {
			char *text = from->at[i]->key_pem;
			from->at[i]->key_pem = NULL;
			return text;
		}
	return NULL;
}

static char *take_waiting_key(struct own_list *from, const struct waiting *w)
{
	for (size_t i = 0; i < from->n_waiting; i++)
		if (from->waiting[i]->key_pem && strcmp(from->waiting[i]->name, w->name) == 0) {
			char *text = from->waiting[i]->key_pem;
			from->waiting[i]->key_pem = NULL;
			return text;
		}
	return NULL;
}

static int no_key(const struct anchors *a, struct err *e)
{
	return err_set(e, ERR_IO, 0,
		       "a private key is no longer in %s/%s, which somebody has changed: nothing is changed",
		       a->dir ? a->dir : "", file_name);
}

char *own_file_key(const struct anchors *a, const struct own *o, const struct waiting *w, struct err *e)
{
	struct own_list stored = { .n = 0 };
	const char *here = o ? o->key_pem : w->key_pem;
	char *text = NULL;
	if (here)
		return mem_dup(here);
	if (read_file(a, &stored, NULL, e) == 0) {
		text = o ? take_own_key(&stored, o) : take_waiting_key(&stored, w);
		if (!text)
			no_key(a, e);
	}
	list_done(&stored);
	return text;
}

/* --- writing --- */

/* Returns the text of the key: the entry's own, or the one in the file. NULL: there is none. */
static const char *key_text(char **found, const char *mine, char *stored)
{
	*found = stored;
	return mine ? mine : stored;
}

static void write_own(const struct own *o, const char *key, struct buf *body)
{
	const char *between = " ";
	buf_adds(body, "own");
	for (unsigned p = 1; p < OWN_PURPOSES; p <<= 1)
		if (o->active & p) {
			buf_addf(body, "%s%s", between, own_purpose_name((enum own_purpose)p));
			between = ",";
		}
	buf_adds(body, o->active ? "\n" : " -\n");
	pem_write(body, "CERTIFICATE", o->cert->der, o->cert->len);
	for (size_t k = 0; k < o->n_chain; k++)
		pem_write(body, "CERTIFICATE", o->chain[k]->der, o->chain[k]->len);
	buf_adds(body, key);
}

static int write_list(const struct own_list *l, struct own_list *stored, struct buf *body)
{
	char *found;
	int whole = 1;
	for (size_t i = 0; whole && i < l->n; i++) {
		const struct own *o = l->at[i];
		const char *key = key_text(&found, o->key_pem, take_own_key(stored, o));
		if (key)
			write_own(o, key, body);
		whole = key != NULL;
		own_file_wipe(found);
	}
	for (size_t i = 0; whole && i < l->n_waiting; i++) {
		const struct waiting *w = l->waiting[i];
		const char *key = key_text(&found, w->key_pem, take_waiting_key(stored, w));
		if (key)
			buf_addf(body, "request %s%s%s\n%s%s", w->name, w->renews[0] ? " " : "", w->renews,
				 w->request_pem, key);
		whole = key != NULL;
		own_file_wipe(found);
	}
	return whole;
}

int own_file_save(const struct anchors *a, struct own_list *next, struct err *e)
{
	struct own_list stored = { .n = 0 };
	struct buf body;
	if (!a->dir)
		return 0;
	buf_init(&body, OWN_FILE_MAX);
	/* allocated at once: growing it would leave copies of keys behind */
	buf_room(&body, OWN_FILE_MAX / 8);
	int r = read_file(a, &stored, NULL, e);
	if (r == 0 && !write_list(next, &stored, &body))
		r = no_key(a, e);
	if (r == 0)
		r = state_file_save(a->dir, file_name, &body, e);
	if (r == 0)
		forget_keys(a, next);
	buf_wipe(&body);
	list_done(&stored);
	return r;
}
