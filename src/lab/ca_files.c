/* SPDX-License-Identifier: MIT */
#include "ca_files.h"

#include "base/buf.h"
#include "base/file.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

enum { FILE_MAX = 1 << 16 };

int ca_files_write(const char *path, BIO *pem, mode_t mode, struct err *e)
{
	char *text = NULL;
	long len = BIO_get_mem_data(pem, &text);
	int r = file_replace(path, text, (size_t)len, mode, e);
	BIO_free(pem);
	return r;
}

static void path_of(const char *folder, const char *name, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, "%s/%s", folder, name);
}

static int read_bio(const char *folder, const char *name, struct buf *b, BIO **ret)
{
	char path[PATH_MAX];
	path_of(folder, name, path);
	buf_init(b, FILE_MAX);
	*ret = file_read(path, b, NULL) == 0 ? BIO_new_mem_buf(buf_str(b), (int)b->len) : NULL;
	return *ret ? 0 : -1;
}

static EVP_PKEY *read_key(const char *folder, const char *name)
{
	struct buf b;
	BIO *in;
	EVP_PKEY *key =
		read_bio(folder, name, &b, &in) == 0 ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
	BIO_free(in);
	buf_done(&b);
	return key;
}

int ca_files_load(struct ca *ca, const char *folder)
{
	struct buf b;
	BIO *in;
	if (read_bio(folder, "root.pem", &b, &in) == 0) {
		ca->root = PEM_read_bio_X509(in, NULL, NULL, NULL);
		ca->other = ca->root ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	}
	BIO_free(in);
	buf_done(&b);
	ca->root_key = read_key(folder, "root.key");
	ca->other_key = ca->other ? read_key(folder, "root-next.key") : NULL;
	if (ca->other_key && X509_check_private_key(ca->other, ca->other_key) != 1) {
		EVP_PKEY_free(ca->other_key);
		ca->other_key = NULL;
	}
	int whole = ca->root && ca->root_key && X509_check_private_key(ca->root, ca->root_key) == 1;
	ERR_clear_error();
	if (whole)
		return 0;
	X509_free(ca->root);
	X509_free(ca->other);
	EVP_PKEY_free(ca->root_key);
	EVP_PKEY_free(ca->other_key);
	ca->root = ca->other = NULL;
	ca->root_key = ca->other_key = NULL;
	return -1;
}

static int write_key(const char *folder, const char *name, EVP_PKEY *key, struct err *e)
{
	char path[PATH_MAX];
	path_of(folder, name, path);
	if (!key)
		return file_remove(path, e);
	BIO *pem = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL);
	return ca_files_write(path, pem, 0600, e);
}

int ca_files_save(const struct ca *ca, const char *folder, struct err *e)
{
	char path[PATH_MAX];
	BIO *pem = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(pem, ca->root);
	if (ca->other)
		PEM_write_bio_X509(pem, ca->other);
	path_of(folder, "root.pem", path);
	if (write_key(folder, "root-next.key", ca->other_key, e) < 0 ||
	    write_key(folder, "root.key", ca->root_key, e) < 0) {
		BIO_free(pem);
		return -1;
	}
	return ca_files_write(path, pem, 0644, e);
}
