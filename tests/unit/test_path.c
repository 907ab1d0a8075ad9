/* SPDX-License-Identifier: MIT */
/* path: expressions and typed paths: parsing, matching, selecting, finding. */
#include "doc/doc_path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "Call[3]/Status=Connected Call[4]!" below a root; "!" makes a ghost. */
static struct doc *tree(const char *root, const char *text)
{
	struct doc *d = doc_new(root);
	char *copy = strdup(text), *rest = copy;
	for (char *word; (word = strsep(&rest, " "));) {
		char *value = strchr(word, '='), *ghost = strchr(word, '!');
		if (value)
			*value++ = '\0';
		if (ghost)
			*ghost = '\0';
		struct doc *at = *word ? doc_make(d, word) : d;
		at->ghost = ghost != NULL;
		if (value)
			doc_set_value(at, DOC_STRING, value);
	}
	free(copy);
	return d;
}

static struct doc_path parsed(const char *text)
{
	struct doc_path p;
	struct err e = { .text = "" };
	if (doc_path_parse(text, &p, &e))
		fail_msg("%s: %s", text, e.text);
	return p;
}

static void expect_parse(const char *text, const char *wanted)
{
	struct doc_path p = parsed(text);
	struct buf b;
	buf_init(&b, 1000);
	doc_path_print(&p, &b);
	assert_string_equal(buf_str(&b), wanted);
	buf_done(&b);
}

static void both_forms_are_read(void **state)
{
	(void)state;
	expect_parse("/Status/Call[*]/Status", "Status/Call/Status");
	expect_parse("/Status/Call/*/Status", "Status/Call/*/Status");
	expect_parse("status/audio", "status/audio");
	expect_parse("Video/Input/Connector[3]/Name", "Video/Input/Connector[3]/Name");
	expect_parse("/Connector[@item='3']/Name", "Connector[3]/Name");
	expect_parse("/Connector[@item=\"3\"]", "Connector[3]");
	expect_parse("Network 1 DNS Server 2 Address", "Network[1]/DNS/Server[2]/Address");
	expect_parse("  Network[1]  DNS\tServer[2] ", "Network[1]/DNS/Server[2]");
	expect_parse("//vid//res", "//vid//res");
	expect_parse("// Name", "//Name");
	expect_parse("/Status/Call/3/Status/", "Status/Call[3]/Status");
	expect_parse("Video Input/Connector 3", "Video/Input/Connector[3]");
	expect_parse("Call[4294967294]", "Call[4294967294]");
	expect_parse("", "");
	expect_parse("/", "");
	expect_parse("*", "*");
}

static void what_is_no_path_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *wanted;
	} bad[] = {
		{ "//", "column 3: expected a name or \"*\"" },
		{ "/Status///Call", "column 10: expected a name or \"*\"" },
		{ "Call[0]", "column 6: expected an item number, 1 or more" },
		{ "Call[]", "column 6: expected an item number, 1 or more" },
		{ "Call[4294967295]", "column 6: expected an item number, 1 or more" },
		{ "Call[99999999999999999999999]", "column 6: expected an item number, 1 or more" },
		{ "Call[3", "column 7: expected \"]\"" },
		{ "Call[@item='3]", "column 14: expected a closing '" },
		{ "3 Call", "column 1: expected a name, not a number" },
		{ "Call 3 4", "column 8: expected a name, not a number" },
		{ "Call//3", "column 7: expected a name, not a number" },
		{ "Audio/Vol:ume", "column 10: expected no colon in a path" },
		{ "Audio/é", "column 7: expected a name or \"*\"" },
		{ "Call[3]x", "column 8: expected \"/\", \"[\" or a blank" },
		{ "**", "column 2: expected \"/\", \"[\" or a blank" },
		{ "x1234567890123456789012345678901234567890123456789012345678901234",
		  "column 1: expected a name of at most 63" },
		{ "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", "expected at most 24 names" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct doc_path p = { .n = 99 };
		struct err e = { .kind = ERR_NONE };
		assert_int_equal(doc_path_scan(bad[i].text, &p, &e), -1);
		assert_null(strstr(e.text, "column"));
		assert_int_equal(doc_path_parse(bad[i].text, &p, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_non_null(strstr(e.text, bad[i].wanted));
		assert_int_equal(p.n, 99);
	}
	char longer[400];
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	struct doc_path p;
	struct err e;
	assert_int_equal(doc_path_parse(longer, &p, &e), -1);
	assert_non_null(strstr(e.text, "at most 255 characters, got 399"));
}

static void a_root_is_put_before(void **state)
{
	(void)state;
	struct doc_path p = parsed("Audio Volume");
	assert_int_equal(doc_path_under(&p, "Status"), 0);
	assert_int_equal(doc_path_under(&p, "STATUS"), 0);
	assert_int_equal(p.n, 3);
	assert_string_equal(p.steps[0].name, "Status");
	p = parsed("//Status");
	assert_int_equal(doc_path_under(&p, "Status"), 0);
	assert_int_equal(p.n, 2);
	p = parsed("a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a");
	assert_int_equal(doc_path_under(&p, "Status"), -1);
	assert_int_equal(p.n, DOC_STEPS_MAX);
}

static void expect_match(const char *expression, const char *root, const char *change, int wanted)
{
	struct doc_path p = parsed(expression);
	const struct doc_path *paths[] = { &p };
	struct doc *d = tree(root, change), *selected = doc_select(d, paths, 1);
	if (doc_path_matches(&p, d) != wanted)
		fail_msg("%s on %s: %s", expression, change, wanted ? "should match" : "should not match");
	assert_int_equal(selected != NULL, wanted);
	doc_free(selected);
	doc_free(d);
}

static void changes_match_expressions(void **state)
{
	(void)state;
	expect_match("/Status/Call/*/Status", "Status", "Call[24]/Status=Connected", 1);
	expect_match("/Status/Call/Status", "Status", "Call[24]/Status=Connected", 1);
	expect_match("/Status/Call[*]/Status", "Status", "Call[24]/Status=Connected", 1);
	expect_match("/status/call[24]/STATUS", "Status", "Call[24]/Status=Connected", 1);
	expect_match("/Status/Call[23]/Status", "Status", "Call[24]/Status=Connected", 0);
	expect_match("/Status/Call[23]", "Status", "Call[22]! Call[23]/Status=Idle", 1);
	expect_match("/Status/Call", "Status", "Call[24]/Status=Connected", 1);
	expect_match("/Status", "Status", "Call[24]/Status=Connected", 1);
	expect_match("/Status/Call/*", "Status", "Call[24]!", 1);
	expect_match("/Status/Call/Status", "Status", "Call[24]!", 1);
	expect_match("/Status/Call[3]/Status", "Status", "Call[24]!", 0);
	expect_match("/Status/Call/Status", "Status", "Call[24]/Duration=3", 0);
	expect_match("/Status/Audio", "Status", "Call[24]/Duration=3", 0);
	expect_match("/Status/Cal", "Status", "Call[24]/Duration=3", 0);
	expect_match("/Event", "Status", "Call[24]/Duration=3", 0);
	expect_match("/", "Status", "Call[24]/Duration=3", 1);
	expect_match("/Status/*/Volume", "Status", "Audio/Volume=50", 1);
	expect_match("/Status/*/Volume", "Status", "Audio/Microphones/Mute=On", 0);
	expect_match("/Status//Mute", "Status", "Audio/Microphones/Mute=On", 1);
	expect_match("/Status//Muted", "Status", "Audio/Microphones/Mute=On", 0);
	expect_match("/Status//Connector[@item='3']/Name", "Status", "Video/Input/Connector[3]/Name=x", 1);
	expect_match("/Status//Connector[@item='3']/Name", "Status", "Video/Input/Connector[4]/Name=x", 0);
	expect_match("/Status/Audio[1]/Volume", "Status", "Audio/Volume=50", 1);
	expect_match("/Status/Audio/Volume/Deeper", "Status", "Audio/Volume=50", 0);
	expect_match("/Event/UserInterface/Extensions", "Event",
		     "UserInterface/Extensions/Widget/Action/Type=changed", 1);
	expect_match("/Conference/Presentation", "Status", "Conference/Presentation/Mode=On", 0);
	expect_match("/Configuration", "Configuration", "SystemUnit/Name=x", 1);
}

static void selection_keeps_only_what_is_meant(void **state)
{
	(void)state;
	struct doc *d = tree(
		"Status",
		"Audio/Volume=50 Audio/Mute=On Call[1]/Status=Idle Call[1]/Duration=3 Call[2]! Video/Mode=x");
	doc_set_attr(d, "product", "Cisco Codec");
	struct doc_path p[] = { parsed("/Status/Call/Status"), parsed("/Status//Volume"), parsed("/Event") };
	const struct doc_path *paths[] = { &p[0], &p[1], &p[2] };
	struct doc *got = doc_select(d, paths, 3);
	struct doc *wanted = tree("Status", "Audio/Volume=50 Call[1]/Status=Idle Call[2]!");
	assert_true(doc_equal(got, wanted));
	assert_string_equal(doc_attr(got, "product"), "Cisco Codec");
	doc_free(got);
	doc_free(wanted);

	const struct doc_path *many[100]; /* more than what fits on the stack */
	for (size_t i = 0; i < 100; i++)
		many[i] = i == 99 ? &p[1] : &p[2];
	got = doc_select(d, many, 100);
	wanted = tree("Status", "Audio/Volume=50 Call[2]!"); /* a call that has gone may have had a volume */
	assert_true(doc_equal(got, wanted));
	doc_free(got);
	doc_free(wanted);
	assert_null(doc_select(d, paths, 0));
	doc_free(d);
}

static void hostile_wildcards_take_no_longer(void **state)
{
	(void)state;
	struct doc *d = doc_new("Status"), *at = d;
	for (int i = 0; i < 30; i++) {
		doc_add(at, "b", 0);
		at = doc_add(at, "a", 0);
	}
	struct doc_path p = parsed("//*//*//*//*//*//*//*//*//*//*//*//*//*//*//a//a//a//a//a//a//c");
	assert_int_equal(doc_path_matches(&p, d), 0);
	for (int i = 0; i < 100; i++) /* deeper than any document may be */
		at = doc_add(at, "a", 0);
	doc_add(at, "c", 0);
	assert_int_equal(doc_path_matches(&p, d), 0);
	doc_free(d);
}

static const char CONFIG[] =
	"Audio/DefaultVolume=50 Network[1]/DNS/Server[1]/Address= Network[1]/DNS/Server[2]/Address= "
	"NetworkServices/HTTP/Mode=Off NetworkServices/HTTPS/Mode=On NetworkServices/NTP/Mode=Auto "
	"SystemUnit/Name=x Video/Input/Connector[1]/Name=a Video/Output/HDMI[1]/Resolution=Auto";

static void expect_find(const char *path, enum doc_words how, const char *wanted)
{
	struct doc *d = tree("Configuration", CONFIG);
	struct doc_path p = parsed(path);
	struct err e = { .text = "" };
	struct doc *got = doc_path_subset(d, &p, how, &e);
	if (!got)
		fail_msg("%s: %s", path, e.text);
	struct doc *sparse = doc_path_sparse(d, &p), *same = doc_path_subset(sparse, &p, how, NULL);
	assert_true(same && doc_equal(got, same));
	doc_free(sparse);
	doc_free(same);
	struct doc *expected = tree("Configuration", wanted);
	if (!doc_equal(got, expected)) {
		struct buf b;
		buf_init(&b, 10000);
		doc_print_terminal(got, "*", 0, &b);
		fail_msg("%s selected\n%s", path, buf_str(&b));
	}
	doc_free(expected);
	doc_free(got);
	doc_free(d);
}

/* It leaves out what the path cannot lead to, and keeps what an error tells. */
static void a_sparse_copy_is_small(void **state)
{
	(void)state;
	static const struct {
		const char *path, *left, *error;
		int finds;
	} cases[] = {
		{ "Call 3", "Call[1]! Call[3]/Status=a Call[9]!", NULL, 1 },
		{ "Call 4", "Call[1]! Call[9]!", "no Call 4: there are 1 to 9", 0 },
		{ "Ca 3 Status", "Call[1]! Call[3]/Status=a Call[9]! Cameras/Count=1", "ambiguous", 0 },
		{ "Call Duration", "Call[1]! Call[2]! Call[3]! Call[9]!", "no \"Duration\"", 0 },
		{ "Aud", "Audio/Volume=1", NULL, 1 },
		{ "Zone", "", "no \"Zone\"", 0 },
	};
	struct doc *d = tree("Status", "Audio/Volume=1 Call[1]/Status=a Call[2]/Status=a Call[3]/Status=a "
				       "Call[9]/Status=a Cameras/Count=1");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct doc_path p = parsed(cases[i].path);
		struct err e = { .text = "" };
		struct doc *sparse = doc_path_sparse(d, &p), *wanted = tree("Status", cases[i].left);
		assert_true(doc_count(sparse) <= doc_count(wanted));
		struct doc *part = doc_path_subset(sparse, &p, DOC_ABBREVIATED, &e);
		if (cases[i].error && !strstr(e.text, cases[i].error))
			fail_msg("%s: %s", cases[i].path, e.text);
		assert_int_equal(part != NULL, cases[i].finds);
		doc_free(part);
		doc_free(wanted);
		doc_free(sparse);
	}
	doc_free(d);
}

static void typed_paths_find(void **state)
{
	(void)state;
	expect_find("audio defaultvolume", DOC_EXACT, "Audio/DefaultVolume=50");
	expect_find("aud def", DOC_ABBREVIATED, "Audio/DefaultVolume=50");
	expect_find("audio", DOC_ABBREVIATED, "Audio/DefaultVolume=50");
	expect_find("network dns server address", DOC_EXACT,
		    "Network[1]/DNS/Server[1]/Address= Network[1]/DNS/Server[2]/Address=");
	expect_find("network 1 dns server 2", DOC_EXACT, "Network[1]/DNS/Server[2]/Address=");
	expect_find("networks http mode", DOC_ABBREVIATED, "NetworkServices/HTTP/Mode=Off"); /* exact wins */
	expect_find("network", DOC_ABBREVIATED,
		    "Network[1]/DNS/Server[1]/Address= Network[1]/DNS/Server[2]/Address=");
	expect_find(
		"//mode", DOC_ABBREVIATED,
		"NetworkServices/HTTP/Mode=Off NetworkServices/HTTPS/Mode=On NetworkServices/NTP/Mode=Auto");
	expect_find("//out//hdmi", DOC_ABBREVIATED, "Video/Output/HDMI[1]/Resolution=Auto");
	expect_find("//vid//res", DOC_ABBREVIATED, "Video/Output/HDMI[1]/Resolution=Auto");
	expect_find("// Name", DOC_ABBREVIATED, "SystemUnit/Name=x Video/Input/Connector[1]/Name=a");
	expect_find("//http", DOC_ABBREVIATED, "NetworkServices/HTTP/Mode=Off NetworkServices/HTTPS/Mode=On");
	expect_find(
		"NetworkServices * Mode", DOC_ABBREVIATED,
		"NetworkServices/HTTP/Mode=Off NetworkServices/HTTPS/Mode=On NetworkServices/NTP/Mode=Auto");
	expect_find("Video/Input/Connector/*/Name", DOC_EXACT, "Video/Input/Connector[1]/Name=a");
	expect_find("", DOC_EXACT, CONFIG);
}

static void expect_expression(const char *typed, const char *wanted)
{
	struct doc_path p;
	struct err e = { .text = "" };
	struct buf out;
	buf_init(&out, 1000);
	if (doc_path_expression(typed, &p, &e))
		fail_msg("%s: %s", typed, e.text);
	doc_path_print(&p, &out);
	assert_string_equal(buf_str(&out), wanted);
	buf_done(&out);
}

/* What drivers register: documents by their beginnings, all at once, and paths that stand below none of
 * them. */
static void expressions_of_feedback(void **state)
{
	(void)state;
	struct doc_path p;
	struct err e;
	expect_expression("/", "");
	expect_expression("", "");
	expect_expression("config", "Configuration");
	expect_expression("conf/audio", "Configuration/audio");
	expect_expression("/ev/CallDisconnect", "Event/CallDisconnect");
	expect_expression("STATUS/Call[3]", "Status/Call[3]");
	expect_expression("/Bookings", "Status/Bookings");
	expect_expression("Result", "Status/Result");
	expect_expression("Conference/Presentation", "Status/Conference/Presentation");
	expect_expression("*/Call", "*/Call");
	expect_expression("//Call", "//Call");
	assert_int_equal(doc_path_expression("/Status/[", &p, &e), -1);
	assert_int_equal(doc_path_expression("a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", &p, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
}

/* What names none of the three documents is most likely a mistake, and can be told. */
static void expressions_that_name_no_document(void **state)
{
	static const char *const good[] = {
		"/", "", "config", "/ev/CallDisconnect", "STATUS/Call[3]", "*/Call", "//Call", "/Status/["
	};
	char why[200];
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(doc_path_is_stray(good[i], why, sizeof why), 0);
	assert_int_equal(doc_path_is_stray("/Bookings", why, sizeof why), 1);
	assert_null(strstr(why, "did you mean"));
	assert_int_equal(doc_path_is_stray("/Events/CallDisconnect", why, sizeof why), 1);
	assert_non_null(strstr(why, "; did you mean Event?"));
}

static void a_root_is_taken_off(void **state)
{
	(void)state;
	static const char *const typed[] = { "/Status/Time/State", "status time state", "Time/State",
					     "//Status/x", "Status" };
	static const char *const wanted[] = { "Time/State", "time/state", "Time/State", "//Status/x", "" };
	for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
		struct doc_path p = parsed(typed[i]);
		struct buf out;
		buf_init(&out, 1000);
		doc_path_below(&p, "Status");
		doc_path_print(&p, &out);
		assert_string_equal(buf_str(&out), wanted[i]);
		buf_done(&out);
	}
}

static void expect_lost(const char *path, enum doc_words how, enum err_kind kind, const char *wanted)
{
	struct doc *d = tree("Configuration", CONFIG);
	struct doc_path p = parsed(path);
	struct err e = { .text = "" };
	assert_null(doc_path_subset(d, &p, how, &e));
	assert_int_equal(e.kind, kind);
	assert_string_equal(e.text, wanted);
	doc_free(d);
}

static void what_cannot_be_found_is_explained(void **state)
{
	(void)state;
	expect_lost("audoi", DOC_ABBREVIATED, ERR_NOTFOUND,
		    "no \"audoi\" in Configuration; did you mean Audio?");
	expect_lost("networkservices htps mode", DOC_ABBREVIATED, ERR_NOTFOUND,
		    "no \"htps\" in Configuration/NetworkServices; did you mean HTTPS?");
	expect_lost("audio defaultvolume foo", DOC_ABBREVIATED, ERR_NOTFOUND,
		    "no \"foo\" in Configuration/Audio/DefaultVolume");
	expect_lost("aud def", DOC_EXACT, ERR_NOTFOUND, "no \"aud\" in Configuration; did you mean Audio?");
	expect_lost("network 1 dns server 3", DOC_ABBREVIATED, ERR_NOTFOUND, "no Server 3: there are 1 to 2");
	expect_lost("network 2", DOC_ABBREVIATED, ERR_NOTFOUND, "no Network 2: there is 1 only");
	expect_lost("netw dns", DOC_ABBREVIATED, ERR_INPUT,
		    "\"netw\" is ambiguous: it may be Network, NetworkServices");
	expect_lost("//resolutoin", DOC_ABBREVIATED, ERR_NOTFOUND,
		    "no \"resolutoin\" anywhere in Configuration; did you mean Resolution?");
	expect_lost("//foo/mode", DOC_ABBREVIATED, ERR_NOTFOUND, "no \"foo\" anywhere in Configuration");
}

static void count(void *arg, const struct doc *d)
{
	(void)d;
	++*(int *)arg;
}

static void found_nodes_are_counted_and_not_entered(void **state)
{
	(void)state;
	struct doc *d = tree("Status", "Name/Name=x Other/Name=y");
	struct doc_path p = parsed("//Name");
	int calls = 0;
	assert_int_equal(doc_find(d, &p, DOC_EXACT, count, &calls, NULL), 2);
	assert_int_equal(calls, 2);
	doc_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_are_read),
		cmocka_unit_test(what_is_no_path_is_refused),
		cmocka_unit_test(a_root_is_put_before),
		cmocka_unit_test(changes_match_expressions),
		cmocka_unit_test(selection_keeps_only_what_is_meant),
		cmocka_unit_test(hostile_wildcards_take_no_longer),
		cmocka_unit_test(a_sparse_copy_is_small),
		cmocka_unit_test(typed_paths_find),
		cmocka_unit_test(expressions_of_feedback),
		cmocka_unit_test(expressions_that_name_no_document),
		cmocka_unit_test(a_root_is_taken_off),
		cmocka_unit_test(what_cannot_be_found_is_explained),
		cmocka_unit_test(found_nodes_are_counted_and_not_entered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
