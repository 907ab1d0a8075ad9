/* SPDX-License-Identifier: MIT */
#include "pki/pki_attributes.h"

#include "base/mem.h"
#include "base/text.h"
#include "x509/names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *keep(struct attributes *a, const char *text, size_t len)
{
	return a->texts[a->n_texts++] = mem_dup_n(text, len);
}

/* Adds one name, with or without openssl's prefix "DNS:" or "IP:". */
static int add_alt_name(struct attributes *a, const char *text, size_t len, struct err *e)
{
	while (len && text[0] == ' ') {
		text++;
		len--;
	}
	if (len > 4 && strncasecmp(text, "DNS:", 4) == 0) {
		text += 4;
		len -= 4;
	} else if (len > 3 && strncasecmp(text, "IP:", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (a->request.n_alt_names == REQUEST_ALT_NAMES_MAX)
		return err_set(e, ERR_FULL, 0, "there can be at most %d alternative names",
			       REQUEST_ALT_NAMES_MAX);
	a->alt_names[a->request.n_alt_names++] = keep(a, text, len);
	return 0;
}

static int add_alt_names(struct attributes *a, const char *list, struct err *e)
{
	for (;;) {
		size_t len = strcspn(list, ",");
		if (add_alt_name(a, list, len, e) < 0)
			return -1;
		if (!list[len])
			return 0;
		list += len + 1;
	}
}

static int add_word(struct attributes *a, const char *word, struct err *e)
{
	char shown[100];
	const char *colon = strchr(word, ':');
	if (!colon || colon == word)
		return err_set(e, ERR_INPUT, 0,
			       "%s: expected an attribute, as in CN:www.example.com or O:\"Example Ltd\"",
			       text_quoted(word, shown, sizeof shown));
	if (colon - word == 14 && strncasecmp(word, "subjectAltName", 14) == 0)
		return add_alt_names(a, colon + 1, e);
	if (a->request.n_subject == REQUEST_SUBJECT_MAX)
		return err_set(e, ERR_FULL, 0, "a subject can have at most %d attributes",
			       REQUEST_SUBJECT_MAX);
	a->subject[a->request.n_subject++] =
		(struct request_attribute){ .name = keep(a, word, (size_t)(colon - word)),
					    .value = colon + 1 };
	return 0;
}

int attributes_read(const char *const *words, size_t n, struct attributes *ret, struct err *e)
{
	*ret = (struct attributes){ .n_texts = 0 };
	ret->request.subject = ret->subject;
	ret->request.alt_names = ret->alt_names;
	for (size_t i = 0; i < n; i++)
		if (add_word(ret, words[i], e) < 0)
			return -1;
	return 0;
}

static int take_attribute(void *arg, const char *name, const char *value, struct err *e)
{
	struct attributes *a = arg;
	if (a->request.n_subject == REQUEST_SUBJECT_MAX)
		return err_set(e, ERR_FULL, 0, "a subject can have at most %d attributes",
			       REQUEST_SUBJECT_MAX);
	a->subject[a->request.n_subject].name = keep(a, name, strlen(name));
	a->subject[a->request.n_subject++].value = keep(a, value, strlen(value));
	return 0;
}

static int take_alt_name(void *arg, const char *kind, const char *name, struct err *e)
{
	(void)kind;
	return add_alt_name(arg, name, strlen(name), e);
}

int attributes_take(const struct contents *c, struct attributes *ret, struct err *e)
{
	const struct content *at = contents_first(c, FORM_CERTIFICATE);
	const struct names_taker taker = { ret, take_attribute, take_alt_name };
	if (at)
		return names_of_cert(at->cert, &taker, e);
	at = contents_first(c, FORM_REQUEST);
	return at ? csr_each_name(at->csr, &taker, e)
		  : err_set(e, ERR_INPUT, 0, "there is no certificate and no request in it");
}

void attributes_done(struct attributes *a)
{
	while (a->n_texts)
		free(a->texts[--a->n_texts]);
}
