/* SPDX-License-Identifier: MIT */
/* The certificate store verifies nothing: it keeps what the checks that it was opened with let pass, and its
 * copies are values. */
#include "factory.h"

#include "certstore/anchors.h"
#include "trust/fitness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

enum { TEXT = 1 << 16 };
static char text[TEXT];

static int allow_root(struct cert *c, int64_t now_unix, struct buf *why, struct buf *hosts)
{
	(void)c, (void)now_unix, (void)why, (void)hosts;
	return 0;
}

static int refuse_root(struct cert *c, int64_t now_unix, struct buf *why, struct buf *hosts)
{
	(void)c, (void)now_unix, (void)hosts;
	buf_adds(why, "the test does not like it");
	return -1;
}

static int refuse_pin(struct cert *c, const char *host, int64_t now_unix, struct buf *why)
{
	(void)c, (void)now_unix;
	buf_addf(why, "not for %s", host);
	return -1;
}

static int put(struct anchors *a, const char *pin_host, enum anchors_mode mode, struct err *e)
{
	struct anchors_upload u = {
		.data = text, .len = strlen(text), .mode = mode, .now_unix = FACTORY_NOW, .pin_host = pin_host
	};
	return anchors_put(a, &u, NULL, NULL, e);
}

/* A root that ended a year ago, which verification refuses. */
static void write_expired_root(void)
{
	struct recipe r = { .subject = "/CN=Ended", .key = "P-256", .from = -700 * DAY, .to = -365 * DAY };
	struct made m = factory_make(&r, NULL, factory_ca);
	text[0] = '\0';
	factory_pem(&m, text, TEXT);
	factory_free(&m);
}

static void test_checks_decide(void **state)
{
	static const struct anchors_checks all = { .root = allow_root, .pin = refuse_pin };
	static const struct anchors_checks none = { .root = refuse_root };
	struct err e;
	(void)state;
	write_expired_root();
	struct anchors *a = anchors_open(NULL, fitness_checks(), NULL, &e);
	assert_int_equal(put(a, NULL, ANCHORS_ADD, &e), -1);
	assert_non_null(strstr(e.text, "CERT_HAS_EXPIRED"));
	assert_int_equal(anchors_count(a), 0);
	anchors_free(a);

	a = anchors_open(NULL, &all, NULL, &e);
	assert_int_equal(put(a, NULL, ANCHORS_ADD, &e), 0);
	assert_int_equal(anchors_count(a), 1);
	assert_int_equal(put(a, "host.example", ANCHORS_ADD, &e), -1);
	assert_non_null(strstr(e.text, "not for host.example"));
	assert_int_equal(anchors_count(a), 1);
	anchors_free(a);

	a = anchors_open(NULL, &none, NULL, &e);
	assert_int_equal(put(a, NULL, ANCHORS_ADD, &e), -1);
	assert_non_null(strstr(e.text, "the test does not like it"));
	anchors_free(a);

	/* what verification will see anyhow is taken as it is, and nobody is asked */
	a = anchors_open(NULL, NULL, NULL, &e);
	assert_int_equal(put(a, NULL, ANCHORS_AS_IS, &e), 0);
	assert_int_equal(anchors_count(a), 1);
	anchors_free(a);
}

static void test_copy_is_a_value(void **state)
{
	static const struct anchors_checks all = { .root = allow_root, .pin = refuse_pin };
	char folder[] = "/tmp/sealpost-certstore-XXXXXX", path[64];
	struct cert_info info;
	struct err e;
	(void)state;
	assert_non_null(mkdtemp(folder));
	write_expired_root();
	struct anchors *a = anchors_open(folder, &all, NULL, &e);
	assert_int_equal(put(a, NULL, ANCHORS_ADD, &e), 0);
	struct anchors *copy = anchors_copy(a);
	assert_int_equal(anchors_info(copy, 0, &info), 0);
	assert_string_equal(info.subject, "/CN=Ended");
	/* the checks are copied, too */
	assert_int_equal(put(copy, "host.example", ANCHORS_ADD, &e), -1);
	/* a change of one is none of the other, nor of what is on disk */
	assert_int_equal(anchors_clear(copy, &e), 0);
	assert_int_equal(anchors_count(a), 1);
	anchors_free(copy);
	copy = anchors_copy(a);
	assert_int_equal(anchors_clear(a, &e), 0);
	assert_int_equal(anchors_count(copy), 1);
	assert_ptr_not_equal(anchors_at(copy, 0)->cert, NULL);
	assert_int_equal(anchors_restore(a, &e), 0);
	anchors_free(a);
	anchors_free(copy);
	a = anchors_open(folder, &all, NULL, &e);
	assert_int_equal(anchors_count(a), 1);
	anchors_free(a);
	snprintf(path, sizeof path, "%s/anchors", folder);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks_decide),
		cmocka_unit_test(test_copy_is_a_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
