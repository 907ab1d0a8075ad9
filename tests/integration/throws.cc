// SPDX-License-Identifier: MIT
// throws: C++ that throws out of each function that the library calls back. The exception passes through the library, and the
// next call goes on with what is left. Says what it has seen.
#include "sealpost.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>

namespace {

struct Failed : std::runtime_error {
	using std::runtime_error::runtime_error;
};

int thrown, called;
bool frees_first;

void on_durable(void *arg, int error)
{
	called++;
	if (frees_first && arg)
		sealpost_free(static_cast<struct sealpost *>(arg));
	if (called % 2)
		throw Failed("durable " + std::to_string(error));
}

void on_found(void *, const struct sealpost_found *f)
{
	called++;
	throw Failed("found " + std::to_string(f->outcome));
}

void on_manager(void *, const struct sealpost_manager *m)
{
	called++;
	throw Failed(std::string("manager ") + m->status);
}

void on_setting(void *, const char *path, const char *)
{
	called++;
	throw Failed(path);
}

void on_connection(void *, const struct sealpost_connection *)
{
	called++;
	throw Failed("connection");
}

void on_log(void *, int, const char *)
{
	called++;
	throw Failed("log");
}

// Has the library call back until `wanted` calls have been made.
void go_on(struct sealpost *s, int wanted)
{
	while (called < wanted) {
		try {
			if (sealpost_wait(s, 5000) < 0 && errno == ETIMEDOUT)
				return;
		} catch (const Failed &) {
			thrown++;
		}
	}
}

void publish(struct sealpost *s, void *arg)
{
	static const char event[] = "<Event><Test><Mark>thrown</Mark></Test></Event>";
	if (sealpost_publish(s, event, std::strlen(event), on_durable, arg) < 0)
		std::puts(sealpost_error(s));
}

void say(const char *what)
{
	std::printf("%s: %d called, %d thrown\n", what, called, thrown);
	called = thrown = 0;
}

} // namespace

int main()
{
	struct sealpost *s = sealpost_new(nullptr);
	struct sealpost_query q = SEALPOST_QUERY;
	for (int i = 0; i < 100; i++)
		publish(s, nullptr);
	go_on(s, 100);
	say("publications");
	sealpost_on_connection(s, on_connection, nullptr);
	go_on(s, 1);
	sealpost_on_connection(s, nullptr, nullptr);
	sealpost_search(s, &q, on_found, nullptr);
	sealpost_ask_manager(s, 0, on_manager, nullptr);
	sealpost_watch(s, "SystemUnit Name", on_setting, nullptr);
	go_on(s, 4);
	say("others");
	publish(s, nullptr);
	try {
		called = 0;
		sealpost_flush(s, 5000);
	} catch (const Failed &) {
		thrown++;
	}
	say("flush");
	std::printf("flush again: %d, pending %zu\n", sealpost_flush(s, 5000), sealpost_pending(s));
	sealpost_on_log(s, on_log, nullptr);
	frees_first = true;
	publish(s, s); // frees the handle, and throws
	publish(s, nullptr);
	try {
		sealpost_wait(s, 5000);
		sealpost_wait(s, 5000);
	} catch (const Failed &) {
		thrown++;
	}
	say("freed");
	return 0;
}
