/* SPDX-License-Identifier: MIT */
/* libsealpost's questions, against a real terminal and a real phone book on an https that is played. */
#include "world_terminal.h"

#include "phonebook/phonebook.h"
#include "played_https.h"
#include "sealpost.h"

#include <poll.h>

struct asking {
	struct world *world;
	struct sealpost *client;
	struct wire_identity who;
	int told;
	struct sealpost_found found;
	char text[4096]; /* what the answer said, in short */
	char status[64], reason[256];
};

static const struct wire_identity *identity(void *arg)
{
	return &((struct asking *)arg)->who;
}

static int setup(void **state)
{
	struct asking *a = mem_new(sizeof *a);
	struct settings s = { .phonebook = { .type = SETTINGS_PHONEBOOK_TMS, .url = "https://book.test/" } };
	a->world = world_new();
	a->world->agent->phonebook = phonebook_new(
		&(struct phonebook_options){ .loop = a->world->loop, .identity = identity, .arg = a });
	phonebook_configure(a->world->agent->phonebook, &s, s.phonebook.url);
	a->client = sealpost_new(a->world->path);
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct asking *a = *state;
	struct phonebook *book = a->world->agent->phonebook;
	struct world *w = a->world;
	sealpost_free(a->client);
	for (int i = 0; i < 10; i++)
		loop_run_for(w->loop, 1);
	control_free(w->control);
	w->control = NULL;
	phonebook_free(book);
	world_free(w);
	free(a);
	return 0;
}

static void on_found(void *arg, const struct sealpost_found *f)
{
	struct asking *a = arg;
	size_t len = 0;
	a->told++;
	a->found = *f;
	snprintf(a->reason, sizeof a->reason, "%s", f->reason);
	a->text[0] = '\0';
	for (size_t i = 0; i < f->n && len < sizeof a->text - 200; i++) {
		const struct sealpost_entry *e = f->entries[i];
		len += (size_t)snprintf(a->text + len, sizeof a->text - len, "%s %s %s",
					e->is_folder ? "F" : "C", e->id, e->name);
		for (size_t k = 0; k < e->n; k++)
			len += (size_t)snprintf(a->text + len, sizeof a->text - len, " %s(%s)",
						e->numbers[k]->number, e->numbers[k]->protocol);
		len += (size_t)snprintf(a->text + len, sizeof a->text - len, "\n");
	}
}

static struct https_endpoint *asked(void)
{
	for (size_t i = 0; i < played_n; i++)
		if (played[i] && played[i]->open)
			return played[i];
	return NULL;
}

static void turn(struct asking *a)
{
	sealpost_process(a->client);
	loop_run_for(a->world->loop, 1);
}

static void ask(struct asking *a, const struct sealpost_query *q)
{
	a->told = 0;
	struct sealpost_query whole = *q;
	whole.size = sizeof whole;
	assert_true(sealpost_search(a->client, &whole, on_found, a) > 0);
	assert_int_equal(a->told, 0);
	for (int i = 0; !asked() && !a->told; i++) {
		assert_true(i < 2000);
		turn(a);
	}
}

static void wait_told(struct asking *a)
{
	for (int i = 0; !a->told; i++) {
		assert_true(i < 2000);
		turn(a);
	}
}

static void finds(void **state)
{
	struct asking *a = *state;
	ask(a, &(struct sealpost_query){
		       .text = "A\"d\\a & <b>", .folder = "c_9", .limit = 5, .allow_stale = 1 });
	assert_non_null(strstr(asked()->body, "<SearchString>A&quot;d\\a &amp; &lt;b&gt;</SearchString>"));
	assert_non_null(strstr(asked()->body, "<SearchPath>c_9</SearchPath>"));
	played_status(asked(), 200, "text/xml",
		      "<SearchResult><Catalog><Id>c_1</Id><Name>Zoo \"&amp;\" "
		      "\\\nmore</Name></Catalog><Entry><Id>e_1</Id><Name>Ødegård: 東京"
		      "</Name><Route><DialString>x@y</DialString><Protocol>SIP</Protocol></"
		      "Route><Route><DialString>99</DialString>"
		      "</Route></Entry><NoOfEntries>2</NoOfEntries><IsLast>true</IsLast></SearchResult>");
	wait_told(a);
	assert_int_equal(a->found.outcome, SEALPOST_FOUND);
	assert_string_equal(a->text, "F c_1 Zoo \"&\" \\\nmore\nC e_1 Ødegård: 東京 SIP:x@y(SIP) 99()\n");
	assert_int_equal(a->found.total, 2);
	assert_int_equal(a->found.age_s, -1);
}

static void says_what_went_wrong(void **state)
{
	struct asking *a = *state;
	ask(a, &(struct sealpost_query){ .text = "x" });
	played_fails(asked(), ERR_TLS, 10, "certificate verification failed: 10=CERT_HAS_EXPIRED");
	wait_told(a);
	assert_int_equal(a->found.outcome, SEALPOST_TLS_FAILED);
	assert_int_equal(a->found.verify_result, 10);
	assert_string_equal(a->reason, "certificate verification failed: 10=CERT_HAS_EXPIRED");
	ask(a, &(struct sealpost_query){ .text = "x" });
	played_status(asked(), 200, "text/xml", "<SearchResult/>");
	wait_told(a);
	assert_int_equal(a->found.outcome, SEALPOST_NO_MATCH);
	ask(a, &(struct sealpost_query){ .text = "x", .allow_stale = 1 });
	played_fails(asked(), ERR_NET, 0, "nobody there");
	wait_told(a);
	assert_int_equal(a->found.outcome, SEALPOST_UNREACHABLE);
	ask(a, &(struct sealpost_query){ .text = "x", .limit = 70000 });
	wait_told(a);
	assert_int_equal(a->found.outcome, SEALPOST_FAILED);
	assert_non_null(strstr(a->reason, "Limit"));
	assert_int_equal(sealpost_search(a->client,
					 &(struct sealpost_query){ .size = sizeof(struct sealpost_query),
								   .text = "a\nxCommand SystemUnit Boot" },
					 on_found, a),
			 -1);
	assert_int_equal(errno, EINVAL);
}

static void who_leaves_cancels(void **state)
{
	struct asking *a = *state;
	ask(a, &(struct sealpost_query){ .text = "x" });
	assert_non_null(asked());
	sealpost_free(a->client);
	a->client = sealpost_new(a->world->path);
	assert_int_equal(a->told, 1);
	assert_int_equal(a->found.outcome, SEALPOST_FAILED);
	loop_run_for(a->world->loop, 5);
	assert_null(asked());
}

/* Without the library: a client that has read all that came so far, and waits for the answer. */
static int waits(struct asking *a)
{
	int fd = world_connect(a->world);
	world_say(a->world, fd, "xCommand Phonebook Search SearchString: x\n");
	world_read(a->world, fd, NULL);
	assert_non_null(asked());
	return fd;
}

static void who_says_no_more_is_answered(void **state)
{
	struct asking *a = *state;
	int fd = waits(a);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	loop_run_for(a->world->loop, 5);
	assert_non_null(asked());
	played_status(asked(), 200, "text/xml", "<SearchResult/>");
	world_read(a->world, fd, "ResultInfo TotalRows: 0");
	close(fd);
	fd = waits(a);
	close(fd);
	loop_run_for(a->world->loop, 5);
	assert_null(asked());
}

static void on_told(void *arg, const struct sealpost_manager *m)
{
	struct asking *a = arg;
	a->told++;
	snprintf(a->status, sizeof a->status, "%s", m->status);
	snprintf(a->reason, sizeof a->reason, "%s|%s|%s|%ld|%ld", m->url, m->reason, m->last_event,
		 m->next_beat_s, m->heartbeat_s);
}

static void asks_for_the_manager(void **state)
{
	struct asking *a = *state;
	struct doc *s = a->world->agent->status;
	doc_set_value(doc_make(s, "Provisioning/Status"), DOC_LITERAL, "Failed");
	doc_set_value(doc_make(s, "Provisioning/LastError"), DOC_STRING, "no \"connection\": refused");
	doc_set_value(doc_make(s, "Provisioning/ExternalManager/URL"), DOC_STRING, "https://m.test/x");
	doc_set_value(doc_make(s, "Provisioning/Reason"), DOC_STRING, "");
	doc_set_value(doc_make(s, "Provisioning/LastEvent"), DOC_LITERAL, "Boot");
	doc_set_value(doc_make(s, "Provisioning/HeartBeatInterval"), DOC_INTEGER, "420");
	assert_true(sealpost_ask_manager(a->client, 0, on_told, a) > 0);
	wait_told(a);
	assert_string_equal(a->status, "Failed");
	assert_string_equal(a->reason, "https://m.test/x|no \"connection\": refused|Boot|-1|420");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds, setup, teardown),
		cmocka_unit_test_setup_teardown(says_what_went_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(who_leaves_cancels, setup, teardown),
		cmocka_unit_test_setup_teardown(who_says_no_more_is_answered, setup, teardown),
		cmocka_unit_test_setup_teardown(asks_for_the_manager, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
