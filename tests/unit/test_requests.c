/* SPDX-License-Identifier: MIT */
/* Requests and the certificates that answer them: from the key to its backup. */
#include "certstore/own.h"
#include "certstore/requests.h"
#include "crypto/keygen.h"
#include "factory.h"
#include "killed.h"

#include "base/file.h"
#include "trust/fitness.h"

#include <cmocka.h>
#include <dirent.h>
#include <openssl/pkcs12.h>

static const struct request_attribute common = { "CN", "codec.example.com" };

static struct world {
	struct made root, issuing;
	struct anchors *anchors;
	struct buf report;
	struct err err;
	char folder[64], *key; /* a new key for each test */
	char fingerprint[41];
} w;

static void open_store(void)
{
	struct buf notice;
	buf_init(&notice, 4096);
	w.anchors = anchors_open(w.folder, fitness_checks(), &notice, &w.err);
	assert_non_null(w.anchors);
	assert_string_equal(buf_str(&notice), "");
	buf_done(&notice);
}

static void reopen(void)
{
	anchors_free(w.anchors);
	open_store();
}

static char *new_key(void)
{
	struct buf pem;
	buf_init(&pem, KEYGEN_PEM_MAX);
	assert_int_equal(keygen_make(KEYGEN_P256, NULL, &pem, NULL), 0);
	return buf_take(&pem);
}

static int setup(void **state)
{
	(void)state;
	struct recipe root = { .subject = "/CN=Root" },
		      issuing = { .subject = "/CN=Issuing", .key = "P-256:i" };
	w.root = factory_make(&root, NULL, factory_ca);
	w.issuing = factory_make(&issuing, &w.root, factory_ca);
	w.key = new_key();
	snprintf(w.folder, sizeof w.folder, "/tmp/requests.XXXXXX");
	assert_non_null(mkdtemp(w.folder));
	buf_init(&w.report, 65536);
	open_store();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	char path[400];
	DIR *folder = opendir(w.folder); /* whoever was killed may have left a file that was not whole */
	anchors_free(w.anchors);
	buf_done(&w.report);
	factory_free(&w.root);
	factory_free(&w.issuing);
	free(w.key);
	for (struct dirent *f; (f = readdir(folder));) {
		snprintf(path, sizeof path, "%s/%s", w.folder, f->d_name);
		unlink(path);
	}
	closedir(folder);
	rmdir(w.folder);
	return 0;
}

static int create(const char *name, const char *key)
{
	struct requests_order o = { .name = name, .request = { &common, 1, NULL, 0 }, .key_pem = key };
	return requests_create(w.anchors, &o, &w.err);
}

static struct requests_info waiting(size_t i)
{
	struct requests_info info;
	assert_int_equal(requests_info(w.anchors, i, &info), 0);
	return info;
}

static size_t count(void)
{
	struct requests_info info;
	size_t n = 0;
	while (requests_info(w.anchors, n, &info) == 0)
		n++;
	return n;
}

/* The CA's answer to a request: subject, names and key are the request's. */
static void sign(const char *request_pem, const char *subject, char *ret, size_t size)
{
	BIO *b = BIO_new_mem_buf(request_pem, -1);
	X509_REQ *req = PEM_read_bio_X509_REQ(b, NULL, NULL, NULL);
	BIO_free(b);
	assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
	struct recipe r = { .subject = subject, .add = { "extendedKeyUsage=clientAuth" } };
	struct made m = factory_make(&r, &w.issuing, factory_leaf);
	X509_set_pubkey(m.x, X509_REQ_get0_pubkey(req));
	X509_sign(m.x, w.issuing.key, EVP_sha256());
	ret[0] = '\0';
	factory_pem(&m, ret, size);
	factory_pem(&w.issuing, ret, size);
	factory_free(&m);
	X509_REQ_free(req);
}

static int put(const char *text)
{
	struct anchors_upload u = { .data = text, .len = strlen(text), .now_unix = FACTORY_NOW };
	buf_reset(&w.report);
	return own_put(w.anchors, &u, &w.report, w.fingerprint, &w.err);
}

static int activate(enum own_purpose p)
{
	return own_activate(w.anchors, &(struct own_activation){ w.fingerprint, p, NULL }, NULL, &w.err);
}

static int file_holds(const char *text)
{
	struct buf file;
	char path[96];
	snprintf(path, sizeof path, "%s/own", w.folder);
	buf_init(&file, 1 << 20);
	int holds = file_read(path, &file, NULL) == 0 && strstr(buf_str(&file), text);
	buf_done(&file);
	return holds;
}

static void an_answer_takes_the_place_of_its_request(void **state)
{
	(void)state;
	char answer[8192];
	assert_int_equal(create("first", w.key), 0);
	char *other = new_key();
	assert_int_equal(create("second", other), 0);
	sign(waiting(0).pem, "/CN=codec", answer, sizeof answer);
	for (int again = 0; again < 2; again++, reopen()) { /* requests survive a restart */
		assert_int_equal(count(), 2);
		assert_string_equal(waiting(0).name, "first");
		assert_string_equal(waiting(0).subject, "/CN=codec.example.com");
		assert_string_equal(waiting(0).names, "DNS:codec.example.com");
		assert_string_equal(waiting(0).key, "EC of 256 bits");
		assert_string_equal(waiting(1).name, "second");
	}
	if (put(answer) < 0)
		fail_msg("%s", w.err.text);
	assert_non_null(strstr(buf_str(&w.report), "its private key is that of request first"));
	for (int again = 0; again < 2; again++, reopen()) {
		assert_int_equal(count(), 1);
		assert_string_equal(waiting(0).name, "second");
		assert_int_equal(own_count(w.anchors), 1);
		struct own_info info;
		own_info(w.anchors, 0, &info);
		assert_int_equal(info.chain, 1);
		assert_int_equal(info.self_signed, 0);
		assert_int_equal(activate(OWN_HTTP_CLIENT), 0); /* so the key is there */
	}
	assert_true(file_holds(strchr(w.key, '\n')));
	free(other);
}

static void a_renewal_has_the_old_key(void **state)
{
	(void)state;
	char answer[8192], old[41];
	assert_int_equal(create("first", w.key), 0);
	sign(waiting(0).pem, "/CN=codec", answer, sizeof answer);
	assert_int_equal(put(answer), 0);
	assert_int_equal(activate(OWN_HTTP_CLIENT), 0);
	memcpy(old, w.fingerprint, sizeof old);
	struct requests_order o = { .name = "renewed", .renews = old };
	if (requests_create(w.anchors, &o, &w.err) < 0)
		fail_msg("%s", w.err.text);
	reopen();
	assert_string_equal(waiting(0).renews, old);
	assert_string_equal(waiting(0).subject, "/CN=codec"); /* as in the certificate */
	assert_string_equal(waiting(0).names, "DNS:server.example");
	sign(waiting(0).pem, "/CN=codec", answer, sizeof answer);
	assert_int_equal(put(answer), 0);
	assert_int_equal(count(), 0);
	assert_int_equal(own_count(w.anchors), 2);
	struct buf replaced;
	buf_init(&replaced, 1024);
	assert_int_equal(own_activate(w.anchors,
				      &(struct own_activation){ w.fingerprint, OWN_HTTP_CLIENT, NULL },
				      &replaced, &w.err),
			 0);
	assert_non_null(strstr(buf_str(&replaced), old));
	buf_done(&replaced);
	assert_int_equal(own_delete(w.anchors, old, &w.err), 0);
	/* without a request the old key is found, too */
	BIO *b = BIO_new_mem_buf(w.key, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	BIO_free(b);
	struct recipe r = { .subject = "/CN=third", .add = { "extendedKeyUsage=clientAuth" } };
	struct made third = factory_make(&r, &w.issuing, factory_leaf);
	X509_set_pubkey(third.x, key);
	X509_sign(third.x, w.issuing.key, EVP_sha256());
	answer[0] = '\0';
	factory_pem(&third, answer, sizeof answer);
	assert_int_equal(put(answer), 0);
	assert_non_null(strstr(buf_str(&w.report), "that of the own certificate /CN=codec, which stays"));
	EVP_PKEY_free(key);
	factory_free(&third);
}

static void a_certificate_of_no_key_here_is_told_which_wait(void **state)
{
	(void)state;
	char text[8192] = "";
	struct made m = factory_make(&(struct recipe){ .subject = "/CN=x", .key = "P-256:x" }, &w.issuing,
				     factory_leaf);
	factory_pem(&m, text, sizeof text);
	assert_int_equal(put(text), -1);
	assert_int_equal(w.err.kind, ERR_NOTFOUND);
	assert_non_null(strstr(w.err.text, "requests that wait for their certificate: none"));
	char *other = new_key();
	assert_int_equal(create("first", w.key), 0);
	assert_int_equal(create("second", other), 0);
	assert_int_equal(put(text), -1);
	assert_non_null(strstr(w.err.text, "requests that wait for their certificate: first, second"));
	assert_int_equal(own_count(w.anchors), 0);
	free(other);
	factory_free(&m);
}

static void eight_wait_at_most_each_under_its_name(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"a b",
		"a.b",
		"a_b",
		"../own",
		"a\n",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(create(bad[i], w.key), -1);
		assert_int_equal(w.err.kind, ERR_INPUT);
	}
	for (int i = 0; i < REQUESTS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof name, "request-%d", i);
		assert_int_equal(create(name, w.key), 0);
		assert_int_equal(create(name, w.key), -1);
		assert_int_equal(w.err.kind, ERR_EXISTS);
	}
	assert_int_equal(create("another", w.key), -1);
	assert_int_equal(w.err.kind, ERR_FULL);
	assert_int_equal(requests_delete(w.anchors, "request-3", &w.err), 0);
	assert_int_equal(requests_delete(w.anchors, "request-3", &w.err), -1);
	assert_int_equal(w.err.kind, ERR_NOTFOUND);
	reopen();
	assert_int_equal(count(), REQUESTS_MAX - 1);
	assert_int_equal(create("another", w.key), 0);
}

/* A certificate is checked for what it is asked for, when it is added and when it is activated. */
static void a_purpose_is_refused_where_it_is_not_fit(void **state)
{
	(void)state;
	static const struct {
		const char *usage;
		int client, https;
		const char *other; /* in place of the host among the alternative names */
	} rows[] = { { "extendedKeyUsage=clientAuth", 1, 0, NULL },
		     { "extendedKeyUsage=serverAuth", 0, 1, NULL },
		     { "extendedKeyUsage=serverAuth,clientAuth", 1, 1, NULL },
		     { "extendedKeyUsage=serverAuth,clientAuth", 1, 0, "subjectAltName=email:a@b.example" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (unsigned p = 0; p < OWN_PURPOSES; p++) {
			if (p == 3)
				continue;
			struct recipe r = { .subject = "/CN=x", .add = { rows[i].usage, rows[i].other } };
			struct made m = factory_make(&r, &w.issuing, factory_leaf);
			char text[16384] = "", *data;
			factory_pem(&m, text, sizeof text);
			BIO *b = BIO_new(BIO_s_mem());
			PEM_write_bio_PrivateKey(b, m.key, NULL, NULL, 0, NULL, NULL);
			long len = BIO_get_mem_data(b, &data);
			snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s", (int)len, data);
			BIO_free(b);
			int fit = p == 0 || (p == OWN_HTTP_CLIENT ? rows[i].client : rows[i].https);
			struct anchors_upload u = { .data = text,
						    .len = strlen(text),
						    .now_unix = FACTORY_NOW,
						    .purpose = (enum own_purpose)p };
			int r2 = own_put(w.anchors, &u, NULL, w.fingerprint, &w.err);
			assert_int_equal(r2, fit ? 0 : -1);
			if (!fit)
				assert_non_null(strstr(w.err.text, p == OWN_HTTPS
									   ? "for HTTPS: wanted"
									   : "for HttpClient: wanted"));
			if (fit) {
				assert_int_equal(activate(OWN_HTTP_CLIENT), rows[i].client ? 0 : -1);
				assert_int_equal(activate(OWN_HTTPS), rows[i].https ? 0 : -1);
				struct own_info info;
				own_info(w.anchors, 0, &info);
				assert_string_equal(info.cert.used_for, rows[i].client && rows[i].https
										? "HttpClient,HTTPS"
									: rows[i].client ? "HttpClient"
											 : "HTTPS");
				reopen();
				own_info(w.anchors, 0, &info);
				assert_int_equal(strlen(info.cert.used_for) > 0, 1);
				own_deactivate(w.anchors, w.fingerprint, OWN_HTTPS, NULL);
				own_info(w.anchors, 0, &info);
				assert_string_equal(info.cert.used_for, rows[i].client ? "HttpClient" : "");
				assert_int_equal(own_delete(w.anchors, w.fingerprint, NULL), 0);
			}
			factory_free(&m);
		}
}

/* The backup opens with its password alone, and comes back by an upload. */
static void a_backup_brings_everything_back(void **state)
{
	(void)state;
	char answer[8192];
	struct buf der;
	struct own_info info;
	buf_init(&der, 1 << 20);
	assert_int_equal(create("first", w.key), 0);
	sign(waiting(0).pem, "/CN=codec", answer, sizeof answer);
	assert_int_equal(put(answer), 0);
	struct own_backup r = { w.fingerprint, NULL, "elevenchars" };
	assert_int_equal(own_backup(w.anchors, &r, &der, &w.err), -1);
	assert_int_equal(w.err.kind, ERR_INPUT);
	r.password = "twelve chars";
	if (own_backup(w.anchors, &r, &der, &w.err) < 0)
		fail_msg("%s", w.err.text);
	const unsigned char *p = (const unsigned char *)der.data;
	PKCS12 *file = d2i_PKCS12(NULL, &p, (long)der.len);
	assert_non_null(file);
	assert_int_equal(PKCS12_verify_mac(file, "twelve charm", -1), 0);
	assert_int_equal(PKCS12_verify_mac(file, "twelve chars", -1), 1);
	PKCS12_free(file);
	assert_int_equal(own_delete(w.anchors, w.fingerprint, NULL), 0);
	struct anchors_upload u = {
		.data = der.data, .len = der.len, .passphrase = "twelve chars", .now_unix = FACTORY_NOW
	};
	assert_int_equal(own_put(w.anchors, &u, NULL, w.fingerprint, &w.err), 0);
	assert_int_equal(own_info(w.anchors, 0, &info), 0);
	assert_int_equal(info.chain, 1);
	assert_int_equal(activate(OWN_HTTP_CLIENT), -1);
	assert_int_equal(w.err.kind, ERR_DENIED);
	buf_done(&der);
}

/* --- kill -9 --- */

static char uploaded[16384];

static int add_it(void *arg)
{
	(void)arg;
	return put(uploaded);
}

static int create_it(void *arg)
{
	(void)arg;
	return create("second", w.key);
}

/* Death after each system call of fn in turn leaves the state of before or of after, never another. */
static void survives(int (*fn)(void *arg), size_t own_after, size_t waiting_after)
{
	size_t own_before = own_count(w.anchors), waiting_before = count();
	long step = crash_step(1), calls;
	int killed, old = 0, new = 0;
	for (long at = 1; (killed = killed_at(at, fn, NULL, &calls)) == 1; at += step) {
		reopen();
		int is_old = own_count(w.anchors) == own_before && count() == waiting_before;
		int is_new = own_count(w.anchors) == own_after && count() == waiting_after;
		assert_true(is_old || is_new);
		is_old ? old++ : new ++;
		if (is_new)
			break; /* fn would find its work done already */
	}
	if (killed < 0) {
		print_message("nobody may be traced here\n");
		return;
	}
	assert_true(old > 3);
	assert_true(new == 1 || killed == 0);
	if (!new)
		reopen();
	assert_int_equal(own_count(w.anchors), own_after);
	assert_int_equal(count(), waiting_after);
}

static void kill_leaves_the_old_or_the_new_state(void **state)
{
	(void)state;
	assert_int_equal(create("first", w.key), 0);
	sign(waiting(0).pem, "/CN=codec", uploaded, sizeof uploaded);
	survives(create_it, 0, 2);
	assert_int_equal(requests_delete(w.anchors, "second", NULL), 0);
	survives(add_it, 1, 0); /* the certificate comes and the request goes in one step */
	assert_int_equal(own_count(w.anchors), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_takes_the_place_of_its_request, setup, teardown),
		cmocka_unit_test_setup_teardown(a_renewal_has_the_old_key, setup, teardown),
		cmocka_unit_test_setup_teardown(a_certificate_of_no_key_here_is_told_which_wait, setup,
						teardown),
		cmocka_unit_test_setup_teardown(eight_wait_at_most_each_under_its_name, setup, teardown),
		cmocka_unit_test_setup_teardown(a_purpose_is_refused_where_it_is_not_fit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_backup_brings_everything_back, setup, teardown),
		cmocka_unit_test_setup_teardown(kill_leaves_the_old_or_the_new_state, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
