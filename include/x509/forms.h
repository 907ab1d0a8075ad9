/* SPDX-License-Identifier: MIT */
/* forms: recognises what an uploaded file is (a certificate, a key, PKCS#12, something else), however it was
 * written. */
#ifndef X509_FORMS_H
#define X509_FORMS_H

#include <stddef.h>

enum form {
	FORM_UNKNOWN,
	FORM_CERTIFICATE,
	FORM_CRL,
	FORM_KEY,
	FORM_REQUEST,
	FORM_PKCS7,
	FORM_PKCS12,
	FORM_PUBLIC_KEY,
	FORM_TRUSTED,
	FORM_OPENSSH_KEY,
	/* of a curve or a group: openssl writes them before a key, and the key has them, too */
	FORM_PARAMETERS
};

/* By the label between BEGIN and END. */
enum form form_of_label(const char *label, size_t len);
/* By the bytes of the encoding themselves. */
enum form form_of_der(const unsigned char *der, size_t len);
/* 1 if the bytes are DER, whatever text stands within it; 0: they are text, or nothing that is known. */
int form_is_der(const char *data, size_t len);
/* What it is called and what to do with it, as a phrase: "a certificate request: send it to ...". Static;
 * NULL for what has no name. */
const char *form_advice(enum form form);
/* The same for a file that is neither PEM nor DER: keystores, archives, and BEGIN lines written wrongly; NULL
 * when it is nothing known. */
const char *form_foreign(const char *data, size_t len);

/* An uploaded text after repair: UTF-16 becomes bytes, "\n" written as two characters a line's end, base64
 * without BEGIN lines what it holds, and quoting marks of mail before each line are taken away. */
struct form_text {
	const char *data; /* the upload itself, borrowed, while copy is NULL */
	size_t len;
	char *copy;
	size_t copy_size;
};
/* Repairs data, which is borrowed until form_text_close. */
void form_text_open(struct form_text *t, const char *data, size_t len);
/* Overwrites and frees the copy, which may hold a key. */
void form_text_close(struct form_text *t);

#endif
